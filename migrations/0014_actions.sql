-- What other authorities did to a certificate counts. Guarantees:
--   * an action (暂扣、吊销、撤销) names a certificate by its number and its holder; whoever decided it, no state computed from
--     records is good while it is in effect, and what is not clear about it is told and never read as the better;
--   * imposing and lifting an action are announced like a flag's, about the person, with ids, codes and dates only;
--   * one function says whether two certificates are for the same work.

create index record_by_action on record (person_id, number_hash) where family = 'ACTION' and person_id is not null;

-- Actions on a certificate in effect on a day, as far as the reader sees them. A rescission undoes the certificate from its
-- beginning, the others count from their day. Not clear: a suspension whose term is over while nobody said that the certificate
-- was returned; an action older than the certificate that bars nobody from a new one. The worst measure sorts first.
create function actions_on(person uuid, number bytea, first_issued_on date, valid_from date, day date)
  returns table (measure text, owner_id int, effective_on date, decision_number text, is_clear boolean) language sql stable
begin atomic
  select a.body->>'measure', a.owner_id, a.effective_on, a.decision_number,
    coalesce((a.body->>'measure' <> 'SUSPENDED' or (a.body->>'suspendedTo')::date >= $5 or a.body->>'suspendedTo' is null)
      and (a.body->>'barredTo' is not null or $3 is null or $3 <= a.effective_on), true)
  from public.record a
  where a.family = 'ACTION' and a.person_id = $1 and a.number_hash = $2
    and (a.lifted_on is null or a.lifted_on > $5)
    and (a.effective_on is null or a.effective_on <= $5 or a.body->>'measure' = 'RESCINDED')
    and (a.body->>'barredTo' is null or $4 is null or $4 <= (a.body->>'barredTo')::date);
end;

-- The same by what was known at a moment.
create function actions_on(person uuid, number bytea, first_issued_on date, valid_from date, day date, known_at timestamptz)
  returns table (measure text, owner_id int, effective_on date, decision_number text, is_clear boolean) language sql stable as $$
  select a.body->>'measure', a.owner_id, a.effective_on, a.decision_number,
    coalesce((a.body->>'measure' <> 'SUSPENDED' or (a.body->>'suspendedTo')::date >= $5 or a.body->>'suspendedTo' is null)
      and (a.body->>'barredTo' is not null or $3 is null or $3 <= a.effective_on), true)
  from public.known_records($5, $6) a
  where a.family = 'ACTION' and a.person_id = $1 and a.number_hash = $2
    and (a.lifted_on is null or a.lifted_on > $5)
    and (a.effective_on is null or a.effective_on <= $5 or a.body->>'measure' = 'RESCINDED')
    and (a.body->>'barredTo' is null or $4 is null or $4 <= (a.body->>'barredTo')::date)
$$;

-- Whether two certificates of a kind are for the same work, by their bodies: item of work, class, post, industry, field of
-- practice; of a trade a province recognises by itself (99) its name too.
create function same_work(a jsonb, b jsonb) returns boolean language sql immutable
begin atomic
  select a->>'operationCode' is not distinct from b->>'operationCode'
    and (a->>'operationCode' is distinct from '99' or a->>'operationNote' is not distinct from b->>'operationNote')
    and a->>'managerClass' is not distinct from b->>'managerClass'
    and a->>'personType' is not distinct from b->>'personType'
    and a->>'industryCategory' is not distinct from b->>'industryCategory'
    and a->>'specialty' is not distinct from b->>'specialty';
end;

-- As is_good() of 0002: by what the certificate's own issuer reported, and its dates.
create function is_reported_good(r public.record, day date) returns boolean language sql immutable
begin atomic
  select coalesce((r).reported_status, 'VALID') = 'VALID' and (r).valid_to >= day and ((r).valid_from is null or (r).valid_from <= day)
    and ((r).review_due_on is null or (r).review_due_on >= day
      or ((r).reviewed_on is not null and (r).reviewed_on <= day and (r).reviewed_on >= (r).review_due_on - 180));
end;

-- As in 0002, and no action of any authority is in effect.
create or replace function is_good(r public.record, day date) returns boolean language sql stable
begin atomic
  select is_reported_good(r, day) and not exists (
    select
    from actions_on((r).person_id, (r).number_hash, (r).first_issued_on, (r).valid_from, day) a
    where a.is_clear);
end;

-- Written as text, as is_transferred() in 0006, of which it is the body: by columns, so that a former version can be asked about;
-- by versions that count, so that what was named by mistake was not exchanged once that is corrected.
create function is_exchanged(id uuid, person uuid, kind text, number text, identifier text) returns boolean
  language sql stable as $$
  select exists (
    select
    from public.record successor
    cross join lateral (
      select told.body->>'previousNumber' as number, told.body->>'previousIdentifier' as identifier
      from (
        select v.version, v.body
        from public.record_version v
        where v.record_id = successor.record_id and not exists (
          select
          from public.record_history() c
          where c.record_id = v.record_id and c.replaces_version = v.version)
        union all
        select successor.version, successor.body
      ) told
      where told.body->>'previousNumber' is not null or told.body->>'previousIdentifier' is not null
      order by told.version desc
      limit 1
    ) former
    where successor.person_id = $2 and successor.family = 'CERTIFICATE' and successor.kind = $3
      and successor.record_id <> $1
      and (former.number = $4 or former.identifier = $5))
$$;

-- As certificate_status() of 0009: by what the issuer reported, and the dates.
create function dated_status(r public.record, day date) returns text language sql immutable
begin atomic
  select case
    when (r).reported_status not in ('VALID', 'LAPSED') then (r).reported_status
    when (r).valid_to < day or (r).reported_status = 'LAPSED' then 'EXPIRED'
    when (r).review_due_on < day and (
      (r).reviewed_on is null or (r).reviewed_on > day or (r).reviewed_on < (r).review_due_on - 180) then 'REVIEW_LAPSED'
    when (r).valid_from > day then 'NOT_YET_VALID'
    else 'VALID' end;
end;

-- As exchange/engine says it: what was reported, what was done to it, what it was exchanged for, what the dates say.
create or replace function certificate_status(r public.record, day date) returns text language sql stable
begin atomic
  select case
    when (r).reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then (r).reported_status
    else coalesce(
      (
        select min(a.measure)
        from actions_on((r).person_id, (r).number_hash, (r).first_issued_on, (r).valid_from, day) a
        where a.is_clear
      ),
      case
        when (r).kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
          (r).record_id, (r).person_id, (r).kind, (r).number_shown, (r).body->>'certificateIdentifier') then 'TRANSFERRED_OUT'
        else dated_status(r, day) end) end;
end;

create or replace function is_transferred(r public.record) returns boolean language sql stable as $$
  select public.is_exchanged(
    (r).record_id, (r).person_id, (r).kind, (r).number_shown, (r).body->>'certificateIdentifier')
$$;

-- As in 0009, with what was done to a certificate: families.py has the same for one row of a query.
create or replace function certificate_status(r public.record, day date) returns text language sql stable
begin atomic
  select case
    when (r).reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then (r).reported_status
    else coalesce(
      (select a.measure
      from actions_on((r).person_id, (r).number_hash, (r).first_issued_on, (r).valid_from, day) a
      where a.is_clear
      order by a.measure, a.effective_on
      limit 1),
      case
        when (r).kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_transferred(r) then 'TRANSFERRED_OUT'
        when (r).reported_status = 'TRANSFERRING_OUT' then (r).reported_status
        when (r).valid_to < day or (r).reported_status = 'LAPSED' then 'EXPIRED'
        when (r).review_due_on < day and ((r).reviewed_on is null or (r).reviewed_on > day
          or (r).reviewed_on < (r).review_due_on - 180) then 'REVIEW_LAPSED'
        when (r).valid_from > day then 'NOT_YET_VALID'
        else 'VALID' end) end;
end;

-- As in 0006, for the same work by one function.
create or replace function is_superseded(r public.record, day date) returns boolean language sql stable
begin atomic
  select exists (
    select
    from record other
    where other.family = 'CERTIFICATE' and other.person_id = (r).person_id and other.record_id <> (r).record_id
      and other.kind = (r).kind and same_work(other.body, (r).body) and is_good(other, day)
      and not is_transferred(other));
end;

-- As in 0002, and an action on a certificate is imposed and lifted like a flag.
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
    ('presence.recorded', (r).family = 'PRESENCE' and (r).version = 1)
  ) as a (type, applies)
  where a.applies;
end;

-- As in 0008, with the measure of an action.
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
      'previousStatus', (r).previous_status, 'effectiveOn', (r).effective_on, 'validTo', (r).valid_to,
      'reviewDueOn', (r).review_due_on, 'liftedOn', (r).lifted_on,
      'reportKind', case when (r).report_kind not in ('INITIAL', 'REVISION') then (r).report_kind end,
      'replacesVersion', (r).replaces_version)),
    null)::event;
end;
