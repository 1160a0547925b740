-- Who asked to be told, and who asked before. Guarantees:
--   * a roster (名册) is its owner's alone: nobody else learns whom it watches; names and numbers in it are sealed;
--   * an entry stays until it is taken out by name; then its names go, and that it stood there is kept;
--   * alerts are written by a worker of their own, whose cursor moves in the same transaction: each event once, however many
--     workers; to the owner alone, under the roster as subject, so that no firm's or person's count of events shows it;
--   * what an alert tells of, its owner may read as an event: the conditions of event_read (0002) decide, for every owner.

create table roster (
  roster_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity unique,
  owner_id int not null references tenant,
  name text not null check (name <> '' and length(name) <= 100),
  purpose text not null check (purpose <> '' and length(purpose) <= 200),
  created_on date not null,
  unique (owner_id, name)
);

-- `label` and `number_shown` are masked where they are a person's. `content_hash` tells other words from the same.
create table roster_entry (
  entry_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity unique,
  roster_id uuid not null,
  owner_id int not null references tenant,
  subject text not null check (subject ~ '^[EP]:'),
  person_id uuid,
  credit_code text,
  label text,
  number_shown text,
  sealed bytea,
  content_hash bytea,
  added_on date not null,
  added_at timestamptz not null default clock_timestamp(),
  removed_on date,
  unique (roster_id, subject),
  check (subject = case when person_id is null then 'E:' || credit_code else 'P:' || person_id end),
  check ((person_id is null) <> (credit_code is null)),
  check ((removed_on is null) = (sealed is not null)),
  check (removed_on is null or (label is null and number_shown is null and content_hash is null))
);
create index roster_entry_watched on roster_entry (subject) where removed_on is null;

alter table roster enable row level security;
alter table roster force row level security;
create policy roster_own on roster to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
grant select, insert on roster to exchange_app;
grant update (purpose) on roster to exchange_app;

alter table roster_entry enable row level security;
alter table roster_entry force row level security;
create policy roster_entry_read on roster_entry for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy roster_entry_add on roster_entry for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (select from roster r where r.roster_id = roster_entry.roster_id and r.owner_id = roster_entry.owner_id));
create policy roster_entry_change on roster_entry for update to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy roster_entry_hub on roster_entry for select to exchange_hub using (owner_id > 0);
grant select, insert on roster_entry to exchange_app;
grant update (label, number_shown, sealed, content_hash, added_on, added_at, removed_on) on roster_entry to exchange_app;
grant select (entry_id, place, roster_id, owner_id, subject, person_id, credit_code, added_at, removed_on)
  on roster_entry to exchange_hub;

-- Whom an event is about, under every id of a person. Returns a set so that it becomes part of the statement that asks: of a
-- million events none waits for a function unless a verdict speaks of the person.
create function same_subjects(subject text) returns setof text language sql stable
begin atomic
  select same_subjects.subject
  where same_subjects.subject not like 'P:%'
  union all
  select 'P:' || id
  from (select case when same_subjects.subject like 'P:%' then substr(same_subjects.subject, 3)::uuid end as person) p
  cross join lateral unnest(
    case when exists (select from person_verdict v where v.person_id = p.person)
      or exists (select from person_verdict v where v.other_person_id = p.person)
    then person_ids(p.person) else array[p.person] end) id;
end;

-- From now on: nobody is told of years past.
insert into worker_cursor (worker, position) select 'alerts', position from stream_head;

-- How long after an answer its asker is told that it changed, in months; 0: not at all. Of several agreements the longest counts.
alter table agreement add column asker_months int not null default 12 check (asker_months between 0 and 60);

create function asker_months(asker int, source int) returns int language sql stable
begin atomic
  select coalesce(max(a.asker_months), 12)
  from agreement a
  where exists (select from agreement_member m where m.agreement_id = a.agreement_id and m.tenant_id = asker)
    and exists (select from agreement_member m where m.agreement_id = a.agreement_id and m.tenant_id = source);
end;

-- Whether a tenant may read an event: the conditions of event_read (0002), for the worker that tells on.
create function may_hear(e public.event, tenant int, level int, reads int[], firm text) returns boolean language sql immutable
begin atomic
  select coalesce((e).owner_id = tenant or (e).addressee_id = tenant
    or ((e).owner_id = any (reads) or (e).credit_code = firm) and level between (e).least_level and (e).audience, false);
end;

-- Whether an update gave a certificate or permit another end.
create function is_renewal(e public.event) returns boolean language sql stable
begin atomic
  select (e).type = 'record.revised' and (
    select f.valid_to is distinct from ((e).payload->>'validTo')::date
    from record_version f
    where f.record_id = (e).record_id and f.version < ((e).payload->>'version')::int
    order by f.version desc
    limit 1);
end;

-- Who asked about a firm or person before a moment, and in which month: by evidence of reads (recognition is one), by checks
-- at gates. `is_same` is false where it was asked under another id of the person.
create function past_askers(subject text, moment timestamptz) returns table (tenant_id int, month date, is_same boolean)
  language sql stable
begin atomic
  select r.owner_id, r.month, r.person_id = p.person
  from (select case when past_askers.subject like 'P:%' then substr(past_askers.subject, 3)::uuid end as person) p
  join person_reader r on r.person_id = any (
    case when exists (select from person_verdict v where v.person_id = p.person)
      or exists (select from person_verdict v where v.other_person_id = p.person)
    then person_ids(p.person) else array[p.person] end)
  where r.month <= past_askers.moment
  union
  select g.owner_id, date_trunc('month', g.checked_at at time zone 'Asia/Shanghai')::date, true
  from gate_check g
  where g.credit_code = substr(past_askers.subject, 3) and past_askers.subject like 'E:%' and g.checked_at <= past_askers.moment;
end;
