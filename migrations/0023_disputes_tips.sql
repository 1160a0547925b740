-- Who is concerned has a word, and who knows something may say so without being known. Guarantees:
--   * a dispute (异议) stands beside its record for whoever may read the record, and its texts are read by its parties alone:
--     who disputes, the source, and the source's superior once it was called upon;
--   * a dispute is a row of steps, append-only, one after the other; each step is taken by the party whose step it is, and the
--     correction or the voiding of the record closes its disputes in the same statement;
--   * a statement of the subject stands beside the record; its former versions are kept;
--   * who reports something (举报人) is sealed and read by nobody but the authority competent at that moment, also not by who
--     handed the report in; no event, list or other table has it;
--   * steps of disputes and reports are announced first to who took them (owner alone), in the same statement; the worker tells
--     the others.

create table dispute (
  dispute_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity unique,
  owner_id int not null references tenant,
  source_id int not null references tenant,
  record_id uuid not null,
  kind text not null,
  audience smallint not null check (audience between 0 and 4),
  person_id uuid,
  credit_code text,
  grounds text not null check (grounds in ('NOT_THE_SUBJECT', 'FACTS_WRONG', 'BASIS_WRONG', 'OUT_OF_DATE', 'TERM_OVER', 'OTHER')),
  opened_on date not null
);
create index dispute_by_record on dispute (record_id);
create index dispute_by_source on dispute (source_id, place);
create index dispute_by_owner on dispute (owner_id, place);

-- `state` is that after the step; from the step ELEVATED on every step names the superior.
create table dispute_step (
  dispute_id uuid not null,
  place int not null check (place > 0),
  owner_id int not null references tenant,
  disputant_id int not null references tenant,
  source_id int not null references tenant,
  superior_id int references tenant,
  record_id uuid not null,
  step text not null check (step in (
    'OPENED', 'CONFIRMED', 'ELEVATED', 'UPHELD', 'ORDERED', 'WITHDRAWN', 'CORRECTED', 'VOIDED')),
  state text not null check (state in (
    'OPEN', 'CONFIRMED', 'ELEVATED', 'UPHELD', 'ORDERED', 'WITHDRAWN', 'CORRECTED', 'VOIDED')),
  taken_on date not null,
  due_on date,
  is_due_estimated boolean not null default false,
  record_version int,
  recorded_at timestamptz not null default now(),
  primary key (dispute_id, place)
);
create index dispute_step_by_superior on dispute_step (superior_id) where superior_id is not null;

create table dispute_text (
  dispute_id uuid not null,
  place int not null,
  owner_id int not null references tenant,
  text text not null check (text <> '' and length(text) <= 2000),
  primary key (dispute_id, place)
);

-- `offset 0` keeps each condition a look-up per row.
alter table dispute_step enable row level security;
alter table dispute_step force row level security;
create policy dispute_step_read on dispute_step for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or disputant_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or source_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or superior_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or exists (select from record r where r.record_id = dispute_step.record_id offset 0)
  or exists (
    select from record_version e
    where e.record_id = dispute_step.record_id and e.report_kind in ('VOID', 'REVERT') and e.replaces_version is null offset 0));
create policy dispute_step_add on dispute_step for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy dispute_step_hub on dispute_step for select to exchange_hub using (owner_id > 0);
grant select, insert on dispute_step to exchange_app;
grant select on dispute_step to exchange_hub;

alter table dispute enable row level security;
alter table dispute force row level security;
create policy dispute_read on dispute for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or source_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or exists (
    select from dispute_step s
    where s.dispute_id = dispute.dispute_id
      and s.superior_id = any ((select current_setting('app.writes', true)::int[])::int[]) offset 0)
  or exists (select from record r where r.record_id = dispute.record_id offset 0)
  or exists (
    select from record_version e
    where e.record_id = dispute.record_id and e.report_kind in ('VOID', 'REVERT') and e.replaces_version is null offset 0));
create policy dispute_open on dispute for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (select from record r where r.record_id = dispute.record_id and r.owner_id = dispute.source_id));
create policy dispute_hub on dispute for select to exchange_hub using (owner_id > 0);
grant select, insert on dispute to exchange_app;
grant select on dispute to exchange_hub;

alter table dispute_text enable row level security;
alter table dispute_text force row level security;
create policy dispute_text_read on dispute_text for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or exists (
    select from dispute_step s
    where s.dispute_id = dispute_text.dispute_id
      and (s.disputant_id = any ((select current_setting('app.writes', true)::int[])::int[])
        or s.source_id = any ((select current_setting('app.writes', true)::int[])::int[])
        or s.superior_id = any ((select current_setting('app.writes', true)::int[])::int[])) offset 0));
create policy dispute_text_add on dispute_text for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (
    select from dispute_step s
    where s.dispute_id = dispute_text.dispute_id and s.place = dispute_text.place and s.owner_id = dispute_text.owner_id));
grant select, insert on dispute_text to exchange_app;

-- Whose step it is; a policy cannot look into its own table.
create function check_dispute_step() returns trigger language plpgsql as $$
begin
  if not exists (
      select from public.dispute d
      where d.dispute_id = new.dispute_id and d.owner_id = new.disputant_id and d.source_id = new.source_id
        and d.record_id = new.record_id)
    or not (case
      when new.step in ('OPENED', 'ELEVATED', 'WITHDRAWN') then new.owner_id = new.disputant_id
      when new.step in ('CONFIRMED', 'CORRECTED', 'VOIDED') then new.owner_id = new.source_id
      else exists (
        select from public.dispute_step s
        where s.dispute_id = new.dispute_id and s.place = new.place - 1 and s.superior_id = new.owner_id) end)
    or (new.step = 'OPENED') <> (new.place = 1)
    or new.place > 1 and not exists (
      select from public.dispute_step s where s.dispute_id = new.dispute_id and s.place = new.place - 1)
  then
    raise exception 'step % of dispute % is not the writer''s', new.step, new.dispute_id using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger dispute_step_checked before insert on dispute_step for each row execute function check_dispute_step();

-- Under the source as subject, whoever takes the step: so the steps of one dispute are told in their order.
create function dispute_stepped() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(row(
      null, c.owner_id, 'dispute.stepped', 'T:' || c.source_id, null, null, 0, 0, null, null, c.record_id, null, c.taken_on,
      jsonb_strip_nulls(jsonb_build_object(
        'disputeId', c.dispute_id, 'recordId', c.record_id, 'place', c.place, 'step', c.step, 'state', c.state,
        'dueOn', c.due_on)),
      null)::event order by c.dispute_id, c.place))
    from changed c
    having count(*) > 0;
  return null;
end
$$;
create trigger dispute_stepped after insert on dispute_step
  referencing new table as changed for each statement execute function dispute_stepped();

-- The source corrects or voids the record, whatever the reason: what was disputed is settled. Steps of one dispute follow each
-- other under its lock, taken before any subject's.
create function close_disputes() returns trigger language plpgsql as $$
begin
  if not exists (select from changed where report_kind in ('CORRECTION', 'VOID', 'REVERT')) then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('dispute ' || found.dispute_id, 0))
    from (
      select d.dispute_id
      from changed c
      join dispute d using (record_id)
      where c.report_kind in ('CORRECTION', 'VOID', 'REVERT')
      order by d.dispute_id
      offset 0
    ) found;
  insert into dispute_step (
    dispute_id, place, owner_id, disputant_id, source_id, superior_id, record_id, step, state, taken_on, record_version)
  select d.dispute_id, last.place + 1, c.owner_id, d.owner_id, d.source_id, last.superior_id, c.record_id, ended.state, ended.state,
    c.recorded_on, c.version
  from changed c
  join former f using (record_id)
  join dispute d using (record_id)
  cross join lateral (
    select s.place, s.state, s.superior_id
    from dispute_step s
    where s.dispute_id = d.dispute_id
    order by s.place desc
    limit 1
  ) last
  cross join lateral (select case c.report_kind when 'CORRECTION' then 'CORRECTED' else 'VOIDED' end as state) ended
  where c.version <> f.version and c.report_kind in ('CORRECTION', 'VOID', 'REVERT')
    and last.state in ('OPEN', 'CONFIRMED', 'ELEVATED', 'ORDERED');
  return null;
end
$$;
create trigger record_disputes_closed after update on record
  referencing new table as changed old table as former for each statement execute function close_disputes();

-- What the subject says itself; without a text it is withdrawn.
create table subject_statement (
  statement_id uuid primary key default gen_random_uuid(),
  owner_id int not null references tenant,
  record_id uuid not null,
  version int not null check (version > 0),
  text text check (text <> '' and length(text) <= 500),
  made_on date not null,
  recorded_at timestamptz not null default now(),
  unique (owner_id, record_id, version)
);
create index subject_statement_by_record on subject_statement (record_id, owner_id, version);
alter table subject_statement enable row level security;
alter table subject_statement force row level security;
create policy subject_statement_read on subject_statement for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or exists (select from record r where r.record_id = subject_statement.record_id offset 0));
create policy subject_statement_add on subject_statement for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (select from record r where r.record_id = subject_statement.record_id));
grant select, insert on subject_statement to exchange_app;

-- Whether the record is in dispute: said of any record by whoever reads it.
create function is_disputed(record uuid) returns boolean language sql stable as $$
  select exists (
    select
    from public.dispute d
    where d.record_id = $1 and (
      select s.state
      from public.dispute_step s
      where s.dispute_id = d.dispute_id
      order by s.place desc
      limit 1) in ('OPEN', 'ELEVATED', 'ORDERED'))
$$;

-- Who read a person's record in which month: what evidence says, reachable by person for the worker that tells past readers.
create table person_reader (
  person_id uuid not null,
  owner_id int not null references tenant,
  month date not null,
  primary key (person_id, owner_id, month)
);
alter table access_record no force row level security;
insert into person_reader
select distinct person.id, a.owner_id, date_trunc('month', a.read_at)::date
from access_record a
cross join unnest(a.subjects) as person (id)
where a.read_at > now() - interval '13 months';
alter table access_record force row level security;

alter table person_reader enable row level security;
alter table person_reader force row level security;
create policy person_reader_add on person_reader for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy person_reader_hub on person_reader for select to exchange_hub using (owner_id > 0);
grant insert on person_reader to exchange_app;
grant select on person_reader to exchange_hub;

-- In one order, so that two readers of the same persons never wait for each other in a circle.
create function person_read() returns trigger language plpgsql as $$
begin
  insert into person_reader (person_id, owner_id, month)
  select distinct person.id, c.owner_id, date_trunc('month', c.read_at)::date
  from changed c
  cross join unnest(c.subjects) as person (id)
  order by 1, 2, 3
  on conflict do nothing;
  return null;
end
$$;
create trigger person_read after insert on access_record
  referencing new table as changed for each statement execute function person_read();
