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

-- Under the dispute as subject, whoever takes the step: so its steps are told in their order.
create function dispute_stepped() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(row(
      null, c.owner_id, 'dispute.stepped', 'T:' || c.dispute_id, null, null, 0, 0, null, null, c.record_id, null, c.taken_on,
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

-- Steps whose next one is overdue and was told so, once. The hub's own.
create table dispute_overdue (
  dispute_id uuid not null,
  place int not null,
  owner_id int not null references tenant,
  primary key (dispute_id, place)
);
create index dispute_step_by_due on dispute_step (due_on) where due_on is not null;
alter table dispute_overdue enable row level security;
alter table dispute_overdue force row level security;
create policy dispute_overdue_hub on dispute_overdue to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert on dispute_overdue to exchange_hub;

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

-- A whistle-blower report (举报). `owner_id` handed it in; nothing here tells who reported. `code_hash` stands for the code by
-- which it can be followed up.
create table tip (
  tip_id uuid primary key,
  place bigint generated always as identity unique,
  owner_id int not null references tenant,
  category text not null check (category in (
    'UNCERTIFIED_WORK', 'CERTIFICATE_LENDING', 'FORGED_CERTIFICATE', 'HIDDEN_DANGER', 'OTHER')),
  region text not null,
  credit_code text,
  person_id uuid,
  number_hash bytea,
  number_shown text,
  post text,
  code_hash bytea not null,
  filed_on date not null,
  check (credit_code is not null or number_hash is not null or post is not null)
);
create index tip_by_owner on tip (owner_id, place);
create index tip_by_code on tip (code_hash);

-- `state` and `competent_id` are those after the step; the competent authority alone takes the next one.
create table tip_step (
  tip_id uuid not null,
  place int not null check (place > 0),
  owner_id int not null references tenant,
  filer_id int not null references tenant,
  competent_id int not null references tenant,
  step text not null check (step in ('FILED', 'ACCEPTED', 'REJECTED', 'TRANSFERRED', 'CONFIRMED', 'UNFOUNDED', 'REWARDED')),
  taken_on date not null,
  record_id uuid,
  recorded_at timestamptz not null default now(),
  primary key (tip_id, place)
);
create index tip_step_by_competent on tip_step (competent_id, tip_id);

-- Certificates and posts of other authorities the report bears upon, found by the worker once it is accepted.
create table tip_link (
  tip_id uuid not null,
  owner_id int not null references tenant,
  other_id int not null references tenant,
  record_id uuid not null,
  person_id uuid,
  credit_code text,
  role text not null check (role in ('CERTIFICATE', 'POST')),
  primary key (tip_id, owner_id, record_id)
);
create index tip_link_by_other on tip_link (other_id, tip_id);

create table tip_text (
  tip_id uuid not null,
  place int not null,
  owner_id int not null references tenant,
  text text not null check (text <> '' and length(text) <= 2000),
  primary key (tip_id, place)
);

-- Who reported: sealed with a key of the deployment, bound to the report.
create table tip_reporter (
  tip_id uuid primary key,
  owner_id int not null references tenant,
  sealed bytea not null
);

create table tip_reward (
  tip_id uuid primary key,
  owner_id int not null references tenant,
  amount numeric(12, 2) not null check (amount > 0),
  basis text not null check (basis <> ''),
  paid_on date not null
);

alter table tip_link enable row level security;
alter table tip_link force row level security;
create policy tip_link_read on tip_link for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or other_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy tip_link_hub on tip_link to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on tip_link to exchange_app;
grant select, insert on tip_link to exchange_hub;

-- Who gave a report away sees the step that gave it away, so that it never looks like the competent one any more.
alter table tip_step enable row level security;
alter table tip_step force row level security;
create policy tip_step_read on tip_step for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or filer_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or competent_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or exists (
    select from tip_link l
    where l.tip_id = tip_step.tip_id
      and l.other_id = any ((select current_setting('app.writes', true)::int[])::int[]) offset 0));
create policy tip_step_add on tip_step for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy tip_step_hub on tip_step for select to exchange_hub using (owner_id > 0);
grant select, insert on tip_step to exchange_app;
grant select on tip_step to exchange_hub;

alter table tip enable row level security;
alter table tip force row level security;
create policy tip_read on tip for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or exists (select from tip_step s where s.tip_id = tip.tip_id offset 0));
create policy tip_file on tip for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy tip_hub on tip for select to exchange_hub using (owner_id > 0);
grant select, insert on tip to exchange_app;
grant select on tip to exchange_hub;

-- What was reported, why it was decided so: the competent authority's.
alter table tip_text enable row level security;
alter table tip_text force row level security;
create policy tip_text_read on tip_text for select to exchange_app using (
  (select s.competent_id from tip_step s where s.tip_id = tip_text.tip_id order by s.place desc limit 1)
    = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy tip_text_add on tip_text for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (
    select from tip_step s where s.tip_id = tip_text.tip_id and s.place = tip_text.place and s.owner_id = tip_text.owner_id));
grant select, insert on tip_text to exchange_app;

-- Written by who handed the report in, with its first step, and read by the competent authority.
alter table tip_reporter enable row level security;
alter table tip_reporter force row level security;
create policy tip_reporter_read on tip_reporter for select to exchange_app using (
  (select s.competent_id from tip_step s where s.tip_id = tip_reporter.tip_id order by s.place desc limit 1)
    = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy tip_reporter_add on tip_reporter for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (
    select from tip_step s where s.tip_id = tip_reporter.tip_id and s.place = 1 and s.owner_id = tip_reporter.owner_id));
grant select, insert on tip_reporter to exchange_app;

alter table tip_reward enable row level security;
alter table tip_reward force row level security;
create policy tip_reward_read on tip_reward for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy tip_reward_add on tip_reward for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (
    select from tip_step s
    where s.tip_id = tip_reward.tip_id and s.step = 'REWARDED' and s.owner_id = tip_reward.owner_id));
grant select, insert on tip_reward to exchange_app;

-- The competent authority takes the next step and alone passes its competence on.
create function check_tip_step() returns trigger language plpgsql as $$
declare
  last public.tip_step;
begin
  select * into last from public.tip_step s where s.tip_id = new.tip_id order by s.place desc limit 1;
  if not (case when last.tip_id is null
      then new.place = 1 and new.step = 'FILED' and new.owner_id = new.filer_id and exists (
        select from public.tip t where t.tip_id = new.tip_id and t.owner_id = new.filer_id)
      else new.place = last.place + 1 and new.step <> 'FILED' and new.owner_id = last.competent_id and new.filer_id = last.filer_id
        and (new.step = 'TRANSFERRED' or new.competent_id = new.owner_id) end)
  then
    raise exception 'step % of tip % is not the writer''s', new.step, new.tip_id using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger tip_step_checked before insert on tip_step for each row execute function check_tip_step();

-- Under the report as subject: so its steps are told in their order, and no firm's or person's count of events shows that there
-- is one.
create function tip_stepped() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(row(
      null, c.owner_id, 'tip.stepped', 'T:' || c.tip_id, null, null, 0, 0, null, null, null, null, c.taken_on,
      jsonb_build_object('tipId', c.tip_id, 'place', c.place, 'state', c.step),
      null)::event order by c.tip_id, c.place))
    from changed c
    having count(*) > 0;
  return null;
end
$$;
create trigger tip_stepped after insert on tip_step
  referencing new table as changed for each statement execute function tip_stepped();
