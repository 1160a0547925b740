-- What became of a record. Guarantees:
--   * record holds the standing version of each record, record_version the former ones and what ended it, append-only;
--   * each version says which kind of report it is: INITIAL, REVISION, CORRECTION, VOID, REVERT, and since which day its
--     content holds (starts_on) and since when the hub knew (recorded_at): record_at() answers "what did we know then";
--   * a row leaves record only after a report VOID or REVERT was kept and announced for it;
--   * a former version carries when and from which day on the next one took its place, so that a reader who may not see the
--     next one never takes the former for the state of things;
--   * follow-up actions and appeals are notes beside the record, append-only, seen by whoever sees the record.

-- The owner is held by forced row security too; what is moved here is everybody's.
alter table record no force row level security;
alter table record disable trigger user;
alter table record_version no force row level security;

alter table record
  add column report_kind text not null default 'INITIAL'
    check (report_kind in ('INITIAL', 'REVISION', 'CORRECTION', 'VOID', 'REVERT')),
  add column report_reason text,
  add column replaces_version int,
  add column last_version int not null default 1,
  add column starts_on date not null default '-infinity',
  add column source_updated_at timestamptz,
  add column row_hash bytea;

-- Of a version without a day of its own: the first holds since ever, another since it was recorded. Else a certificate restored
-- without a day would never have been suspended.
update record
set report_kind = case when version > 1 then 'REVISION' else 'INITIAL' end, last_version = version,
  starts_on = coalesce(effective_on, case when version > 1 then recorded_on end, '-infinity')
where version > 1 or effective_on is not null;

alter table record_version rename to former_record_version;
create table record_version (superseded_at timestamptz, superseded_from date, like record, primary key (record_id, version));
insert into record_version
select n.recorded_at, coalesce(n.effective_on, n.recorded_on), v.*,
  case when v.version > 1 then 'REVISION' else 'INITIAL' end, null, null, r.version,
  coalesce(v.effective_on, case when v.version > 1 then v.recorded_on end, '-infinity'), null, null
from former_record_version v
join record r on r.record_id = v.record_id and v.version < r.version
join former_record_version n on n.record_id = v.record_id and n.version = v.version + 1;
drop table former_record_version;

create index record_version_by_person on record_version (person_id) where person_id is not null;
create index record_version_by_credit_code on record_version (credit_code) where credit_code is not null;
create index record_version_by_number on record_version (number_hash) where number_hash is not null;
create index record_version_by_batch on record_version (batch_id) where batch_id is not null;
create index record_by_batch on record (batch_id) where batch_id is not null;

-- No statement enters by it: the policy is a disjunction, and the stream is read in order of position.
drop index event_by_owner;

alter table record enable trigger user;
alter table record force row level security;
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

create policy record_remove on record for delete to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]) and report_kind in ('VOID', 'REVERT'));
grant delete on record to exchange_app;

-- Every version of every record, and what ended it. Written as text, so that a column added to both tables is there at once.
create function record_history() returns setof public.record_version language sql stable as $$
  select null::timestamptz, null::date, r.* from public.record r
  union all
  select * from public.record_version
$$;

-- Whether version w of a record goes before version v of it, where both could count. An assessment of risk counts by the day
-- it was made, however late it arrives; of anything else the latest word counts.
create function goes_before(w_family text, w_starts_on date, w_version int, v_starts_on date, v_version int) returns boolean
  language sql immutable
begin atomic
  select case when w_family = 'RISK' then (w_starts_on, w_version) > (v_starts_on, v_version) else w_version > v_version end;
end;

-- The records as they stood on the day `as_of` by what the hub knew at `known_at`: of each record, among the versions known
-- then, not replaced by a correction known then, and begun by the day, the one that goes before all others; none once its end
-- (VOID or REVERT of the whole record) is known. Conditions on person, firm, number or record reach the indexes of both tables.
create function record_at(as_of date, known_at timestamptz) returns setof public.record_version language sql stable as $$
  select v.*
  from public.record_history() v
  where v.recorded_at <= known_at and v.starts_on <= as_of and v.report_kind not in ('VOID', 'REVERT')
    -- a next version that the reader may not see ends this one all the same
    and (v.superseded_at is null or v.superseded_at > known_at or v.superseded_from > as_of or exists (
      select
      from public.record_history() n
      where n.record_id = v.record_id and n.version > v.version and n.recorded_at = v.superseded_at))
    and not exists (
      select
      from public.record_version e
      where e.record_id = v.record_id and e.report_kind in ('VOID', 'REVERT') and e.replaces_version is null
        and e.recorded_at <= known_at)
    and not exists (
      select
      from public.record_history() c
      where c.record_id = v.record_id and c.replaces_version = v.version and c.recorded_at <= known_at)
    and not exists (
      select
      from public.record_history() w
      where w.record_id = v.record_id and w.recorded_at <= known_at and w.starts_on <= as_of
        and w.report_kind not in ('VOID', 'REVERT')
        and public.goes_before(w.family, w.starts_on, w.version, v.starts_on, v.version)
        and not exists (
          select
          from public.record_history() c
          where c.record_id = w.record_id and c.replaces_version = w.version and c.recorded_at <= known_at))
$$;

-- Where incoming records wait to be kept: of this session alone, empty again after each transaction.
do $$
begin
  execute format('grant temporary on database %I to exchange_app', current_database());
end
$$;

create function stage_records() returns void language plpgsql as $$
begin
  if to_regclass('pg_temp.incoming_record') is null then
    create temporary table incoming_record on commit delete rows as
      select kind, family, key_hash, audience, person_id, credit_code, name, name_shown, id_shown, number_hash, number_shown,
        employer_name, region, issuer_code, issuer_name, first_issued_on, effective_on, valid_from, valid_to, review_due_on,
        reviewed_on, reported_status, band, decision_number, lifted_on, body, sealed, fingerprint, row_hash, starts_on
      from public.record
      with no data;
  else
    delete from pg_temp.incoming_record;
  end if;
end
$$;

-- An event about a record (stable, as jsonb_build_object is: else it would be called for each row). Payloads hold ids, codes and dates, never a name or a number of a person, never a reason.
create function record_event(r public.record, type text) returns event language sql stable
begin atomic
  select row(
    null, (r).owner_id, type, case when (r).person_id is null then 'E:' || (r).credit_code else 'P:' || (r).person_id end, null,
    null, (r).audience, 0, null, (r).credit_code, (r).record_id, null, (r).recorded_on,
    jsonb_strip_nulls(jsonb_build_object(
      'recordId', (r).record_id, 'kind', (r).kind, 'version', (r).version, 'creditCode', (r).credit_code,
      'personId', (r).person_id, 'region', (r).region, 'band', (r).band, 'previousBand', (r).previous_band,
      'decisionNumber', (r).decision_number, 'category', (r).body->>'category', 'reportedStatus', (r).reported_status,
      'previousStatus', (r).previous_status, 'effectiveOn', (r).effective_on, 'validTo', (r).valid_to,
      'reviewDueOn', (r).review_due_on, 'liftedOn', (r).lifted_on,
      'reportKind', case when (r).report_kind not in ('INITIAL', 'REVISION') then (r).report_kind end,
      'replacesVersion', (r).replaces_version)),
    null)::event;
end;

-- What a standing version announces beyond record_announcements().
create function report_announcements(r public.record) returns setof text language sql immutable
begin atomic
  select a.type
  from (values
    ('report.corrected', (r).report_kind = 'CORRECTION'),
    ('report.voided', (r).report_kind in ('VOID', 'REVERT')),
    ('record.revised', (r).report_kind = 'REVISION' and not exists (select from record_announcements(r)))
  ) as a (type, applies)
  where a.applies;
end;

create function record_added() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(record_event(c, a.type) order by c.record_id, a.type))
    from changed c
    cross join lateral record_announcements(c) as a (type)
    having count(*) > 0;
  return null;
end
$$;

-- A version that stands no more is kept, and the next one is announced. That only the counter of versions moved is neither.
create or replace function record_changed() returns trigger language plpgsql as $$
begin
  insert into record_version
    select c.recorded_at, case when c.report_kind in ('VOID', 'REVERT') or c.replaces_version = f.version then '-infinity' else c.starts_on end, f.*
    from former f
    join changed c using (record_id)
    where c.version <> f.version;
  -- One call, so that all subjects of a statement are locked in one order; who is left out by a change is told so.
  perform append_events(array_agg(told.event order by told.record_id, told.place, told.type))
    from (
      select c.record_id, 1 as place, a.type, record_event(c, a.type) as event
      from changed c
      join former f using (record_id)
      cross join lateral (
        select t.type from record_announcements(c) as t (type)
        union
        -- of whoever it is about now, nobody has heard yet that it is no good
        select 'credential.statusChanged'
        where c.family = 'CERTIFICATE' and c.person_id is distinct from f.person_id and c.reported_status <> 'VALID'
          and c.report_kind not in ('VOID', 'REVERT')
        union
        select t.type from report_announcements(c) as t (type)
      ) a
      where c.version <> f.version
      union all
      select c.record_id, 2, 'record.withdrawn', n
      from changed c
      join former f using (record_id)
      cross join lateral narrowed_announcements(f, c) n
      where c.version <> f.version
    ) told
    having count(*) > 0;
  return null;
end
$$;

create function record_removed() returns trigger language plpgsql as $$
begin
  insert into record_version select null, null, f.* from former f;
  return null;
end
$$;

drop trigger record_added on record;
create trigger record_added after insert on record
  referencing new table as changed for each statement execute function record_added();
drop trigger record_updated on record;
create trigger record_updated after update on record
  referencing new table as changed old table as former for each statement execute function record_changed();
create trigger record_removed after delete on record
  referencing old table as former for each statement execute function record_removed();

-- A follow-up action adds to a record, an appeal marks it. Owner, audience and firm are the record's.
create table record_note (
  note_id uuid primary key default gen_random_uuid(),
  record_id uuid not null,
  owner_id int not null references tenant,
  audience smallint not null check (audience between 0 and 4),
  person_id uuid,
  credit_code text,
  kind text not null check (kind in ('FOLLOW_UP', 'APPEAL')),
  noted_on date not null,
  text text not null check (text <> ''),
  case_number text,
  outcome text,
  recorded_on date not null,
  recorded_at timestamptz not null default now(),
  operator text
);
create index record_note_by_record on record_note (record_id, recorded_at);

alter table record_note enable row level security;
alter table record_note force row level security;
-- Whoever may not see the record any more, because its audience was narrowed, sees its notes no more either.
create policy record_note_read on record_note for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or ((owner_id = any ((select current_setting('app.reads', true)::int[])::int[])
      or credit_code = any ((select current_setting('app.subjects', true)::text[])::text[]))
    and audience >= (select current_setting('app.level', true)::int)
    and (exists (select from record r where r.record_id = record_note.record_id)
      or exists (
        select
        from record_version e
        where e.record_id = record_note.record_id and e.report_kind in ('VOID', 'REVERT') and e.replaces_version is null))));
create policy record_note_add on record_note for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy record_note_hub on record_note for select to exchange_hub using (owner_id > 0);
grant select, insert on record_note to exchange_app;
grant select on record_note to exchange_hub;

create function record_noted() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(row(
      null, n.owner_id, case n.kind when 'APPEAL' then 'report.appealed' else 'report.followedUp' end,
      case when n.person_id is null then 'E:' || n.credit_code else 'P:' || n.person_id end, null, null, n.audience, 0, null,
      n.credit_code, n.record_id, null, n.recorded_on,
      jsonb_strip_nulls(jsonb_build_object(
        'recordId', n.record_id, 'noteId', n.note_id, 'noteKind', n.kind, 'creditCode', n.credit_code,
        'personId', n.person_id, 'notedOn', n.noted_on, 'isClosed', n.outcome is not null)),
      null)::event order by n.note_id))
    from changed n
    having count(*) > 0;
  return null;
end
$$;
create trigger record_noted after insert on record_note
  referencing new table as changed for each statement execute function record_noted();

alter table import_batch
  add column rows_late int not null default 0,
  add column reverted_at timestamptz,
  add column reverted_by text;
