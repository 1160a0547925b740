-- Where a name leads, and what statistics count. Guarantees:
--   * a name is found by any two characters or more within it, by an index that works under row security;
--   * that a name is borne is seen by whoever may see a record that bears it, and by nobody else: the policy is the record's
--     own; an ending of a name is seen by whoever sees a bearer of that name;
--   * entries are written off the path of publication, by a worker that reads the event stream from its start
--     (worker_cursor 'names'); emptied, they are built again by reading it once more.
--
-- No function runs with another's rights here: text comparison is leakproof, so a range of endings reaches the index for a
-- caller behind row security, which an inverted index over character pairs would not.

-- How names are compared: one width, no blanks, one middle dot, ASCII letters small. Nothing is guessed beyond that.
-- schema/fields/text.py says the same.
create function folded(name text) returns text language sql immutable strict
begin atomic
  select lower(replace(translate(normalize(name, nfkc), '•‧∙・', '····'), ' ', '') collate "C");
end;

-- Every ending of a name of two characters or more: what is looked for stands at the beginning of one of them.
-- Sixty characters of each are enough to look by.
create function name_endings(name text) returns setof text language sql immutable strict
begin atomic
  select distinct substr(f.name, n, 60)
  from (select folded(name)) as f (name)
  cross join lateral generate_series(1, length(f.name) - 1) n;
end;

-- The names a record bears: the firm's, and the person's where it is about one.
create function names_borne(person_id uuid, credit_code text, name text, employer_name text)
  returns table (credit_code text, person_id uuid, name text) language sql immutable
begin atomic
  select credit_code, null::uuid, case when person_id is null then name else employer_name end
  where credit_code is not null and case when person_id is null then name else employer_name end is not null
  union all
  select credit_code, person_id, name
  where person_id is not null and name is not null;
end;

-- Every folded name once, however many bear it; the hub's own.
create table known_name (
  name_id bigint generated always as identity primary key,
  name text collate "C" not null unique
);

create table name_ending (
  ending text collate "C" not null,
  name_id bigint not null,
  primary key (ending, name_id)
);

-- Whose records say that a firm (person_id is null) or a person of a firm bears a name.
create table name_bearer (
  name_id bigint not null,
  owner_id int not null references tenant,
  audience smallint not null check (audience between 0 and 4),
  credit_code text,
  person_id uuid,
  unique nulls not distinct (name_id, owner_id, credit_code, person_id, audience),
  check (person_id is not null or credit_code is not null)
);

grant select, insert, delete on known_name to exchange_hub;

alter table name_bearer enable row level security;
alter table name_bearer force row level security;
create policy name_bearer_read on name_bearer for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or (owner_id = any ((select current_setting('app.reads', true)::int[])::int[])
      and audience >= (select current_setting('app.level', true)::int))
  or (credit_code = any ((select current_setting('app.subjects', true)::text[])::text[])
      and audience >= (select current_setting('app.level', true)::int)));
create policy name_bearer_hub on name_bearer to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on name_bearer to exchange_app;
grant select, insert, delete on name_bearer to exchange_hub;

-- The policy of name_bearer holds within this one. `offset 0` keeps it a look-up by name, never a scan of all bearers.
alter table name_ending enable row level security;
alter table name_ending force row level security;
create policy name_ending_read on name_ending for select to exchange_app
  using (exists (select from name_bearer b where b.name_id = name_ending.name_id offset 0));
create policy name_ending_hub on name_ending to exchange_hub using (name_id > 0) with check (name_id > 0);
grant select on name_ending to exchange_app;
grant select, insert, delete on name_ending to exchange_hub;

insert into worker_cursor (worker) values ('names');

-- What a name leads to, refused when it is too much to look through (SX001 becomes SEARCH_TOO_BROAD).
create function narrow_enough(several anyarray) returns anyarray language plpgsql immutable as $$
begin
  if cardinality(several) > 1000 then
    raise exception 'the text leads to too many' using errcode = 'SX001';
  end if;
  return several;
end
$$;

-- The lists of search, latest first; and what statistics count of a region beside certificates, which have an index already.
create index record_by_recency on record (recorded_at desc, record_id desc);
create index record_by_place on record (city, kind) where family <> 'CERTIFICATE';

-- A certificate's state on a day, as exchange/engine says it: what was reported, then what the dates say.
create function certificate_status(r public.record, day date) returns text language sql immutable
begin atomic
  select case
    when (r).reported_status not in ('VALID', 'LAPSED') then (r).reported_status
    when (r).valid_to < day or (r).reported_status = 'LAPSED' then 'EXPIRED'
    when (r).review_due_on < day and (
      (r).reviewed_on is null or (r).reviewed_on > day or (r).reviewed_on < (r).review_due_on - 180) then 'REVIEW_LAPSED'
    when (r).valid_from > day then 'NOT_YET_VALID'
    else 'VALID' end;
end;

-- Which kinds of certificate a post needs; none for a post that needs none or is not known. The one place for the rule of
-- who must hold what (《安全生产法》第二十七条、第三十条); a firm's industry will come into it here.
create function kinds_for_post(post text) returns text[] language sql immutable
begin atomic
  select case post
    when 'PRINCIPAL' then array['SAFETY_MANAGEMENT', 'CONSTRUCTION_SAFETY_MANAGER']
    when 'SAFETY_MANAGER' then array['SAFETY_MANAGEMENT', 'CONSTRUCTION_SAFETY_MANAGER']
    when 'FULL_TIME_SAFETY_MANAGER' then array['SAFETY_MANAGEMENT', 'CONSTRUCTION_SAFETY_MANAGER']
    when 'SAFETY_DIRECTOR' then array['SAFETY_MANAGEMENT', 'CONSTRUCTION_SAFETY_MANAGER']
    when 'PROJECT_MANAGER' then array['CONSTRUCTION_SAFETY_MANAGER']
    when 'SPECIAL_OPERATOR' then array['SPECIAL_OPERATION', 'CONSTRUCTION_SPECIAL_OPERATION']
    when 'CONSTRUCTION_SPECIAL_OPERATOR' then array['CONSTRUCTION_SPECIAL_OPERATION']
    when 'SAFETY_ENGINEER' then array['ASSISTANT_SAFETY_ENGINEER', 'INTERMEDIATE_SAFETY_ENGINEER']
  end;
end;
