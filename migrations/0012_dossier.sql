-- What the file of a firm needs beside the records. Guarantees:
--   * the firms that came from another one are found by its credit code, under row security (a column, because an
--     expression over the body is not leakproof and would reach no index);
--   * which firms a firm came from is told from the successions the reader may see, and from no others;
--   * which certificate a post needs is said in one place only, exchange/posts.py, and reaches statistics as parameters.

alter table record add column previous_code text
  generated always as (case when kind = 'SUCCESSION' then body->>'previousCode' end) stored;
alter table record_version add column previous_code text;
create index record_by_previous_code on record (previous_code, family) where previous_code is not null;

-- The firms a firm came from by the day, step by step, however long the line; a firm that was only renamed is no other.
create function predecessors_of(code text, day date) returns setof text language sql stable
begin atomic
  with recursive line (code) as (
    select code
    union
    select s.previous_code
    from line
    join record s on s.credit_code = line.code and s.family = 'PROFILE' and s.kind = 'SUCCESSION'
      and s.effective_on <= day
  )
  select line.code from line where line.code <> predecessors_of.code;
end;

drop function kinds_for_post(text);
