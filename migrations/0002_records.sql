-- What is exchanged. Guarantees:
--   * one current row per (owner, kind, key), and every version of it kept for ever in record_version;
--   * a certificate or ID number is never stored readable: a keyed hash joins, a sealed value keeps, a masked one shows;
--   * an announcement has a version within its subject, taken under the subject's row lock, and gets its position
--     in the stream only after it is committed (0004), so a reader's cursor can miss nothing;
--   * whoever changes a record, the same statement keeps the version and announces it (trigger record_changed);
--   * an event reaches readers whose level lies between its least level and its audience, besides its owner and addressee;
--   * append-only tables grant no update and no delete.

create table import_batch (
  batch_id uuid primary key,
  owner_id int not null references tenant,
  kind text not null,
  file_name text,
  operator text,
  received_at timestamptz not null default now(),
  rows_read int not null default 0,
  rows_new int not null default 0,
  rows_changed int not null default 0,
  rows_unchanged int not null default 0,
  rows_refused int not null default 0
);
create index import_batch_by_owner on import_batch (owner_id, received_at desc, batch_id);

create table record (
  record_id uuid primary key default gen_random_uuid(),
  owner_id int not null references tenant,
  kind text not null,
  family text not null check (family in ('CERTIFICATE', 'RISK', 'ADVERSE', 'PRESENCE')),
  key_hash bytea not null,
  version int not null default 1,
  audience smallint not null check (audience between 0 and 4),
  person_id uuid,
  credit_code text,
  name text,
  name_shown text,
  id_shown text,
  number_hash bytea,
  number_shown text,
  employer_name text,
  region text,
  city text generated always as (left(region, 4)) stored,
  issuer_code text,
  issuer_name text,
  first_issued_on date,
  effective_on date,
  valid_from date,
  valid_to date,
  review_due_on date,
  reviewed_on date,
  reported_status text,
  previous_status text,
  band text check (band in ('RED', 'ORANGE', 'YELLOW', 'BLUE', 'UNRATED')),
  previous_band text,
  decision_number text,
  lifted_on date,
  previous_lifted_on date,
  body jsonb not null,
  sealed bytea,
  fingerprint bytea not null,
  batch_id uuid,
  operator text,
  recorded_on date not null,
  recorded_at timestamptz not null default now(),
  unique (owner_id, kind, key_hash),
  check (person_id is not null or credit_code is not null),
  check (family <> 'CERTIFICATE' or valid_to is not null)
) with (fillfactor = 90);

create index record_by_number on record (number_hash) where number_hash is not null;
create index record_by_person on record (person_id, family) where person_id is not null;
create index record_by_credit_code on record (credit_code, family) where credit_code is not null;
create index record_of_firm on record (credit_code, recorded_at desc) where person_id is null;
create index record_by_city_end on record (city, valid_to, record_id) where family = 'CERTIFICATE';
create index record_by_end on record (valid_to) where family = 'CERTIFICATE';
create index record_by_review_due on record (review_due_on) where family = 'CERTIFICATE' and review_due_on is not null;
create index record_by_flag on record (recorded_at desc, record_id) where family = 'ADVERSE';
create index record_by_matter on record (recorded_at desc, record_id desc) where kind = 'PROJECT_APPROVAL';

create table record_version (like record, primary key (record_id, version));

-- The version counter of each subject: its row lock, held to commit, orders the subject's events.
create table subject (
  subject text primary key check (subject ~ '^[EPT]:'),
  version bigint not null
) with (fillfactor = 70);

create table event (
  event_id uuid primary key default gen_random_uuid(),
  owner_id int not null references tenant,
  type text not null,
  subject text not null,
  version bigint not null,
  position bigint unique,
  audience smallint not null check (audience between 0 and 4),
  least_level smallint not null check (least_level between 0 and 4),
  addressee_id int references tenant,
  credit_code text,
  record_id uuid,
  review_id uuid,
  day date not null,
  payload jsonb not null,
  occurred_at timestamptz not null default clock_timestamp(),
  unique (subject, version)
);
create index event_unnumbered on event (subject, version) where position is null;
create index event_by_owner on event (owner_id, position);

-- Who read which persons, for what purpose; written by the reading statement itself.
create table access_record (
  access_id bigint generated always as identity primary key,
  owner_id int not null references tenant,
  client_id text not null,
  purpose text not null check (purpose <> ''),
  case_number text not null check (case_number <> ''),
  root_field text not null,
  fields text[] not null,
  subjects uuid[] not null,
  request_id text not null,
  read_at timestamptz not null default clock_timestamp()
);
create index access_record_by_owner on access_record (owner_id, access_id);

create table idempotency (
  owner_id int not null references tenant,
  key text not null check (length(key) between 1 and 255),
  request_hash bytea not null,
  response bytea,
  started_at timestamptz not null default now(),
  primary key (owner_id, key)
);

create type answer as (j json, persons text);

create index event_by_record on event (record_id, version) where record_id is not null;

-- Whether a certificate is good on a day by what is recorded: reported valid, within its dates (the last day still counts),
-- its review not missed (a review counts as the due one from 180 days before the due day on).
create function is_good(r public.record, day date) returns boolean language sql immutable
begin atomic
  select coalesce((r).reported_status, 'VALID') = 'VALID' and (r).valid_to >= day and ((r).valid_from is null or (r).valid_from <= day)
    and ((r).review_due_on is null or (r).review_due_on >= day
      or ((r).reviewed_on is not null and (r).reviewed_on <= day and (r).reviewed_on >= (r).review_due_on - 180));
end;

-- Whether the holder has another certificate for the same work that is good on the day: then the end of this one leaves no gap.
create function is_superseded(r public.record, day date) returns boolean language sql stable
begin atomic
  select exists (
    select
    from record other
    where other.family = 'CERTIFICATE' and other.person_id = (r).person_id and other.record_id <> (r).record_id
      and other.kind = (r).kind and is_good(other, day)
      and other.body->>'operationCode' is not distinct from (r).body->>'operationCode'
      and other.body->>'managerClass' is not distinct from (r).body->>'managerClass'
      and other.body->>'personType' is not distinct from (r).body->>'personType'
      and other.body->>'industryCategory' is not distinct from (r).body->>'industryCategory');
end;

-- When a source last confirmed its records of a kind, changed or not: how fresh an answer is.
create table source_confirmation (
  owner_id int not null references tenant,
  kind text not null,
  confirmed_at timestamptz not null default now(),
  primary key (owner_id, kind)
);

-- The only way into the stream: gives each event its version within its subject, under the subject's row lock, which is held
-- to commit. Subjects are locked in one order, so two writers never wait for each other in a circle.
create function append_events(pending public.event[]) returns void language sql
begin atomic
  with item as materialized (
    select p.*, row_number() over (partition by p.subject order by n) as place
    from unnest(pending) with ordinality as p (event_id, owner_id, type, subject, version, "position", audience, least_level,
      addressee_id, credit_code, record_id, review_id, day, payload, occurred_at, n)
  ),
  counted as (
    select subject, count(*) as added
    from item
    group by subject
  ),
  locked as (
    insert into subject as s (subject, version)
    select subject, added
    from counted
    order by subject
    on conflict (subject) do update set version = s.version + excluded.version
    returning s.subject, s.version
  )
  insert into event (owner_id, type, subject, version, audience, least_level, addressee_id, credit_code, record_id, review_id,
    day, payload)
  select i.owner_id, i.type, i.subject, l.version - c.added + i.place, i.audience, i.least_level, i.addressee_id,
    i.credit_code, i.record_id, i.review_id, i.day, i.payload
  from item i
  join counted c using (subject)
  join locked l using (subject)
  order by i.subject, i.place;
end;

-- What the versions of a record announce. Payloads hold ids, codes and dates, never a name or a number of a person.
create function record_announcements(r public.record) returns setof text language sql immutable
begin atomic
  select a.type
  from (values
    ('credential.ingested', (r).family = 'CERTIFICATE' and (r).version = 1),
    ('credential.statusChanged', (r).family = 'CERTIFICATE'
      and (r).reported_status is distinct from coalesce((r).previous_status, 'VALID')),
    ('riskBand.changed', (r).family = 'RISK' and (r).band is distinct from (r).previous_band),
    ('riskFlag.raised', (r).family = 'ADVERSE' and (r).lifted_on is null
      and ((r).version = 1 or (r).previous_lifted_on is not null or ((r).band = 'RED' and (r).previous_band <> 'RED'))),
    ('riskFlag.lifted', (r).family = 'ADVERSE' and (r).lifted_on is not null and (r).previous_lifted_on is null),
    ('presence.recorded', (r).family = 'PRESENCE' and (r).version = 1)
  ) as a (type, applies)
  where a.applies;
end;

create function record_changed() returns trigger language plpgsql as $$
begin
  insert into record_version select * from changed;
  perform append_events(array_agg(row(
      null, c.owner_id, a.type, case when c.person_id is null then 'E:' || c.credit_code else 'P:' || c.person_id end, null, null,
      c.audience, 0, null, c.credit_code, c.record_id, null, c.recorded_on,
      jsonb_strip_nulls(jsonb_build_object(
        'recordId', c.record_id, 'kind', c.kind, 'version', c.version, 'creditCode', c.credit_code, 'personId', c.person_id,
        'region', c.region, 'band', c.band, 'previousBand', c.previous_band, 'decisionNumber', c.decision_number,
        'category', c.body->>'category', 'reportedStatus', c.reported_status, 'previousStatus', c.previous_status,
        'effectiveOn', c.effective_on, 'validTo', c.valid_to, 'reviewDueOn', c.review_due_on, 'liftedOn', c.lifted_on)),
      null)::event order by c.record_id, a.n))
    from changed c
    cross join lateral (
      select t.type, t.n from record_announcements(c) with ordinality as t (type, n)
      union all
      select 'record.corrected', 99 where c.version > 1 and not exists (select from record_announcements(c))
    ) a
    having count(*) > 0;
  return null;
end
$$;

create trigger record_added after insert on record
  referencing new table as changed for each statement execute function record_changed();
create trigger record_updated after update on record
  referencing new table as changed for each statement execute function record_changed();

alter table import_batch enable row level security;
alter table import_batch force row level security;
create policy import_batch_own on import_batch to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
grant select, insert, update on import_batch to exchange_app;

alter table record enable row level security;
alter table record force row level security;
create policy record_read on record for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or (owner_id = any ((select current_setting('app.reads', true)::int[])::int[])
      and audience >= (select current_setting('app.level', true)::int))
  or (credit_code = any ((select current_setting('app.subjects', true)::text[])::text[])
      and audience >= (select current_setting('app.level', true)::int)));
create policy record_add on record for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy record_change on record for update to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy record_hub on record for select to exchange_hub using (owner_id > 0);
grant select, insert, update on record to exchange_app;
grant select on record to exchange_hub;

alter table record_version enable row level security;
alter table record_version force row level security;
create policy record_version_read on record_version for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or (owner_id = any ((select current_setting('app.reads', true)::int[])::int[])
      and audience >= (select current_setting('app.level', true)::int))
  or (credit_code = any ((select current_setting('app.subjects', true)::text[])::text[])
      and audience >= (select current_setting('app.level', true)::int)));
create policy record_version_add on record_version for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy record_version_hub on record_version for select to exchange_hub using (owner_id > 0);
grant select, insert on record_version to exchange_app;
grant select on record_version to exchange_hub;

grant select, insert, update on subject to exchange_app, exchange_hub;

alter table event enable row level security;
alter table event force row level security;
create policy event_read on event for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or addressee_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or (owner_id = any ((select current_setting('app.reads', true)::int[])::int[])
      and (select current_setting('app.level', true)::int) between least_level and audience)
  or (credit_code = any ((select current_setting('app.subjects', true)::text[])::text[])
      and (select current_setting('app.level', true)::int) between least_level and audience));
create policy event_add on event for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy event_hub on event to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert on event to exchange_app;
grant select, insert, update (position) on event to exchange_hub;

alter table source_confirmation enable row level security;
alter table source_confirmation force row level security;
create policy source_confirmation_read on source_confirmation for select to exchange_app using (owner_id > 0);
create policy source_confirmation_add on source_confirmation for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy source_confirmation_renew on source_confirmation for update to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
grant select, insert, update on source_confirmation to exchange_app;

alter table access_record enable row level security;
alter table access_record force row level security;
create policy access_record_read on access_record for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy access_record_add on access_record for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
grant select, insert on access_record to exchange_app;

alter table idempotency enable row level security;
alter table idempotency force row level security;
create policy idempotency_own on idempotency to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy idempotency_hub on idempotency to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert, update, delete on idempotency to exchange_app;
grant select, delete on idempotency to exchange_hub;
