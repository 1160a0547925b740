-- What nobody reports by itself: a post without a certificate, one person in two places, a certificate its issuer does not know.
-- Guarantees:
--   * a situation is open once at most for a record and whom it is about; it is told when it opens and when it ends, and again
--     only if it ended and came back;
--   * who opens or ends it tells it in the same statement, to the authority of the record alone: of the other place it says the
--     division and what is on record there, neither firm nor number;
--   * all that was announced, and all that begins or ends by its date, is looked at (detection_progress moves with the work);
--   * a number that was presented is told as unknown only where whoever may have issued it delivered that kind later than its
--     window for new ones, and is not silent; once, and once that it is known after all;
--   * a profile that is recorded is announced, as what a post needs depends on it; so is a succession, with the firm before.

create table situation (
  situation_id uuid primary key default gen_random_uuid(),
  owner_id int not null references tenant,
  type text not null,
  record_id uuid not null,
  person_id uuid not null,
  credit_code text,
  region text,
  told jsonb not null,
  opened_on date not null,
  ended_on date
);
create unique index situation_open on situation (person_id, record_id, type) where ended_on is null;
create index situation_by_record on situation (record_id);
alter table situation enable row level security;
alter table situation force row level security;
create policy situation_hub on situation to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert, update on situation to exchange_hub;

create table detection_progress (
  only_row boolean primary key default true check (only_row),
  day date not null,
  position bigint not null
);
insert into detection_progress (day, position) values ('-infinity', 0);
grant select, update on detection_progress to exchange_hub;

-- Posts by their last day, and what is to begin after it was recorded.
create index record_by_post_end on record (valid_to) where kind = 'APPOINTMENT' and valid_to is not null;
create index record_by_later_begin on record (valid_from) where person_id is not null and valid_from > recorded_on;

create function situation_event(s public.situation, type text, day date) returns event language sql immutable
begin atomic
  select row(
    null, (s).owner_id, type, 'P:' || (s).person_id, null, null, 0, 0, null, (s).credit_code, (s).record_id, null, day,
    (s).told || jsonb_strip_nulls(jsonb_build_object(
      'situationId', (s).situation_id, 'recordId', (s).record_id, 'personId', (s).person_id, 'creditCode', (s).credit_code,
      'region', (s).region)),
    null)::event;
end;

-- As in 0020, and a profile and a succession are announced when they are first recorded.
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
    ('hazardSource.escalated', (r).kind = 'MAJOR_HAZARD_SOURCE' and (r).version = 1 and (r).lifted_on is null),
    ('profile.recorded', (r).kind = 'ENTERPRISE_PROFILE' and (r).version = 1),
    ('enterprise.succeeded', (r).kind = 'SUCCESSION' and (r).version = 1)
  ) as a (type, applies)
  where a.applies;
end;

-- As in 0020, with the firm a firm came from.
create or replace function record_event(r public.record, type text) returns event language sql stable
begin atomic
  select row(
    null, (r).owner_id, type, case when (r).person_id is null then 'E:' || (r).credit_code else 'P:' || (r).person_id end, null,
    null, (r).audience, 0, null, (r).credit_code, (r).record_id, null, (r).recorded_on,
    jsonb_strip_nulls(jsonb_build_object(
      'recordId', (r).record_id, 'kind', (r).kind, 'version', (r).version, 'creditCode', (r).credit_code,
      'personId', (r).person_id, 'region', (r).region, 'band', (r).band, 'previousBand', (r).previous_band,
      'decisionNumber', (r).decision_number, 'decidedOn', (r).body->>'decidedOn', 'category', (r).body->>'category',
      'reportedStatus', (r).reported_status,
      'measure', case when (r).family = 'ACTION' then (r).body->>'measure' end,
      'level', case when (r).kind = 'MAJOR_HAZARD_SOURCE' then (r).body->>'hazardLevel' end,
      'previousStatus', (r).previous_status, 'effectiveOn', (r).effective_on, 'validTo', (r).valid_to,
      'reviewDueOn', (r).review_due_on, 'liftedOn', (r).lifted_on, 'previousLiftedOn', (r).previous_lifted_on,
      'reportKind', case when (r).report_kind not in ('INITIAL', 'REVISION') then (r).report_kind end,
      'replacesVersion', (r).replaces_version, 'previousCode', (r).previous_code)),
    null)::event;
end;

-- A certificate number shown to an authority that nobody had recorded, of which kind and by whom it was said to be issued: a keyed
-- hash to find it by, the masked number to show to whom it is said to have issued it. An authority adds its own; only the hub reads.
create table presentation (
  presentation_id uuid primary key default gen_random_uuid(),
  owner_id int not null references tenant,
  issuer_id int references tenant,
  number_hash bytea not null,
  number_shown text not null,
  kind text not null,
  issuing_region text not null,
  host_region text not null,
  case_number text not null,
  presented_on date not null,
  raised_on date,
  ended_on date,
  check ((raised_on is null) = (issuer_id is null))
);
create unique index presentation_once on presentation (owner_id, number_hash, kind, host_region) where ended_on is null;
create index presentation_waiting on presentation (presented_on) where ended_on is null;
alter table presentation enable row level security;
alter table presentation force row level security;
create policy presentation_add on presentation for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy presentation_hub on presentation to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant insert on presentation to exchange_app;
grant select, update on presentation to exchange_hub;

-- Told by the authority it was presented to, to itself and to whom it is said to be of: neither number nor name.
create function presentation_event(p public.presentation, type text, day date) returns event language sql immutable
begin atomic
  select row(
    null, (p).owner_id, type, 'T:' || (p).presentation_id, null, null, 0, 0, (p).issuer_id, null, (p).presentation_id, null, day,
    jsonb_build_object(
      'presentationId', (p).presentation_id, 'kind', (p).kind, 'issuingRegion', (p).issuing_region, 'region', (p).host_region,
      'presentedOn', (p).presented_on),
    null)::event;
end;
