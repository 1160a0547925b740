-- What more raises a review, and where it lands. Guarantees:
--   * a major hazard source newly filed, filed again after it was struck off, or of a graver level is announced in the
--     transaction of the writing, whoever writes it;
--   * a permit that is recorded is announced, so that what already stands against its firm finds it;
--   * that an authority recognised a certificate is kept by id and day, once a place, seen by that authority and the hub alone;
--   * a review that no presence of its subject but a path of steps led to carries the path, in ids.

alter table review add column path jsonb;

create table recognition_reliance (
  reliance_id uuid not null default gen_random_uuid() unique,
  owner_id int not null references tenant,
  record_id uuid not null,
  person_id uuid not null,
  host_region text not null,
  relied_on date not null,
  primary key (owner_id, record_id, host_region)
);
create index recognition_reliance_by_person on recognition_reliance (person_id, relied_on);
alter table recognition_reliance enable row level security;
alter table recognition_reliance force row level security;
create policy recognition_reliance_own on recognition_reliance to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy recognition_reliance_hub on recognition_reliance for select to exchange_hub using (owner_id > 0);
grant select, insert, update on recognition_reliance to exchange_app;
grant select on recognition_reliance to exchange_hub;

-- As in 0014; a permit and a hazard source are announced when they are first recorded.
create or replace function record_announcements(r public.record) returns setof text language sql immutable
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
    ('adverseAction.imposed', (r).family = 'ACTION' and (r).lifted_on is null
      and ((r).version = 1 or (r).previous_lifted_on is not null)),
    ('adverseAction.lifted', (r).family = 'ACTION' and (r).lifted_on is not null and (r).previous_lifted_on is null),
    ('presence.recorded', (r).family = 'PRESENCE' and (r).version = 1),
    ('permit.recorded', (r).family = 'PERMIT' and (r).version = 1),
    ('hazardSource.escalated', (r).kind = 'MAJOR_HAZARD_SOURCE' and (r).version = 1 and (r).lifted_on is null)
  ) as a (type, applies)
  where a.applies;
end;

-- As in 0014, with the level of a hazard source, and since when a flag had been lifted that stands again.
create or replace function record_event(r public.record, type text) returns event language sql stable
begin atomic
  select row(
    null, (r).owner_id, type, case when (r).person_id is null then 'E:' || (r).credit_code else 'P:' || (r).person_id end, null,
    null, (r).audience, 0, null, (r).credit_code, (r).record_id, null, (r).recorded_on,
    jsonb_strip_nulls(jsonb_build_object(
      'recordId', (r).record_id, 'kind', (r).kind, 'version', (r).version, 'creditCode', (r).credit_code,
      'personId', (r).person_id, 'region', (r).region, 'band', (r).band, 'previousBand', (r).previous_band,
      'decisionNumber', (r).decision_number, 'category', (r).body->>'category', 'reportedStatus', (r).reported_status,
      'measure', case when (r).family = 'ACTION' then (r).body->>'measure' end,
      'level', case when (r).kind = 'MAJOR_HAZARD_SOURCE' then (r).body->>'hazardLevel' end,
      'previousStatus', (r).previous_status, 'effectiveOn', (r).effective_on, 'validTo', (r).valid_to,
      'reviewDueOn', (r).review_due_on, 'liftedOn', (r).lifted_on, 'previousLiftedOn', (r).previous_lifted_on,
      'reportKind', case when (r).report_kind not in ('INITIAL', 'REVISION') then (r).report_kind end,
      'replacesVersion', (r).replaces_version)),
    null)::event;
end;

-- LEVEL_1 is the gravest. Beside the announcement of the version itself (record_updated goes first and has locked the subjects).
create function hazard_escalated() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(
      jsonb_populate_record(record_event(c, 'hazardSource.escalated'), jsonb_build_object('payload',
        (record_event(c, 'hazardSource.escalated')).payload
          || case when f.lifted_on is null then jsonb_build_object('formerLevel', f.body->>'hazardLevel') else '{}' end))
      order by c.record_id))
    from changed c
    join former f using (record_id)
    where c.kind = 'MAJOR_HAZARD_SOURCE' and c.version <> f.version and c.report_kind not in ('VOID', 'REVERT')
      and c.lifted_on is null and (f.lifted_on is not null or c.body->>'hazardLevel' < f.body->>'hazardLevel')
    having count(*) > 0;
  return null;
end
$$;
create trigger record_worsened after update on record
  referencing new table as changed old table as former for each statement execute function hazard_escalated();
