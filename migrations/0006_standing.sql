-- What already stands, and what it decides. Guarantees:
--   * a certificate reported revoked, rescinded or cancelled does not become usable again by an ordinary row, even when two
--     publications cross: only a correction, or a new term under the holder's own number, brings it back;
--   * a certificate that another one names as the one it was exchanged for (办理转入) counts for nothing any more, whatever its
--     own issuer reports, and although later reports of the new one no longer name it;
--   * one thread of review per cause and matter: a matter filed after the review was opened has its own, a repeat opens none;
--   * a review learns when the severity of the flag that caused it is corrected;
--   * deadlines count the working days the operator loaded; one that was guessed is settled, and told, once its year is;
--   * who was told of a record and may no longer read it, because its audience was narrowed, is told that it is over for him.

-- Publishing checks this first (standing.py); what comes in between is undone and may be tried again.
create function refuse_return() returns trigger language plpgsql as $$
begin
  raise exception 'certificate % has ended meanwhile', new.record_id using errcode = 'lock_not_available';
end
$$;
create trigger record_stays_ended before update on record for each row
  when (old.reported_status in ('REVOKED', 'RESCINDED', 'CANCELLED') and old.family = 'CERTIFICATE'
    and new.reported_status not in ('REVOKED', 'RESCINDED', 'CANCELLED')
    and new.valid_from <= least(coalesce(old.effective_on, old.recorded_on), old.valid_to)
    and coalesce(current_setting('app.corrects', true), '') <> 'on')
  execute function refuse_return();

-- Written as text: a later migration replaces record_version.
-- Whether another certificate of the same holder was issued in exchange for this one. The latest report that names a former
-- certificate counts: an operation after the transfer names none.
create function is_transferred(r public.record) returns boolean language sql stable as $$
  select exists (
    select
    from public.record successor
    cross join lateral (
      select told.body->>'previousNumber' as number, told.body->>'previousIdentifier' as identifier
      from (
        select version, body
        from public.record_version
        where record_id = successor.record_id
        union all
        select successor.version, successor.body
      ) told
      where told.body->>'previousNumber' is not null or told.body->>'previousIdentifier' is not null
      order by told.version desc
      limit 1
    ) former
    where successor.person_id = (r).person_id and successor.family = 'CERTIFICATE' and successor.kind = (r).kind
      and successor.record_id <> (r).record_id
      and (former.number = (r).number_shown or former.identifier = (r).body->>'certificateIdentifier'))
$$;

-- As in 0002, and a certificate that was exchanged is none the holder could work with.
create or replace function is_superseded(r public.record, day date) returns boolean language sql stable
begin atomic
  select exists (
    select
    from record other
    where other.family = 'CERTIFICATE' and other.person_id = (r).person_id and other.record_id <> (r).record_id
      and other.kind = (r).kind and is_good(other, day)
      and other.body->>'operationCode' is not distinct from (r).body->>'operationCode'
      and other.body->>'managerClass' is not distinct from (r).body->>'managerClass'
      and other.body->>'personType' is not distinct from (r).body->>'personType'
      and other.body->>'industryCategory' is not distinct from (r).body->>'industryCategory'
      and not is_transferred(other));
end;

-- A review names one presence (presence_record_id) and covers further ones; `cause_band` is the severity since corrected.
alter table review
  add column further_record_ids uuid[] not null default '{}',
  add column cause_band text check (cause_band in ('RED', 'ORANGE', 'YELLOW', 'BLUE', 'UNRATED')),
  add column cause_changed_on date,
  add column due_changed_on date;
create index review_estimated on review (review_id) where is_due_estimated and state <> 'DECIDED';

-- Days that differ from Monday to Friday, as the State Council announces them each year, and the operator's own (工作日).
create table holiday (
  day date primary key,
  is_working boolean not null,
  loaded_at timestamptz not null default now()
);
grant select, insert, update on holiday to exchange_hub;

-- As in 0003, with the severity of the cause.
create or replace function review_event(r review, type text, day date) returns event language sql immutable
begin atomic
  select row(
    null, (r).owner_id, type, (r).subject, null, null,
    case when type = 'review.decided' and (r).credit_code is not null then 3 else 0 end,
    case when type = 'review.decided' and (r).credit_code is not null then 2 else 0 end, (r).cause_owner_id,
    (r).credit_code, (r).cause_record_id, (r).review_id, day,
    jsonb_strip_nulls(jsonb_build_object(
      'reviewId', (r).review_id, 'rule', (r).rule, 'creditCode', (r).credit_code, 'personId', (r).person_id,
      'causeRecordId', (r).cause_record_id, 'state', (r).state, 'dueOn', (r).due_on, 'outcome', (r).outcome,
      'causeLiftedOn', (r).cause_lifted_on, 'causeBand', (r).cause_band, 'causeChangedOn', (r).cause_changed_on)),
    null)::event;
end;

create or replace function review_changed() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(review_event(c, step.type, step.day) order by c.review_id, step.place))
    from changed c
    join former f using (review_id)
    cross join lateral (values
      (1, 'review.decided', c.decided_on, c.state = 'DECIDED' and f.state <> 'DECIDED'),
      (2, 'review.causeChanged', c.cause_changed_on, c.cause_band is distinct from f.cause_band),
      (3, 'review.causeLifted', c.cause_lifted_on, c.cause_lifted_on is not null and f.cause_lifted_on is null),
      (4, 'review.dueChanged', c.due_changed_on, c.due_on <> f.due_on)
    ) as step (place, type, day, applies)
    where step.applies
    having count(*) > 0;
  return null;
end
$$;

-- For those who may read the former version and not the new one: that it is over for them, and nothing of the new one.
create function narrowed_announcements(former public.record, changed public.record) returns setof event language sql immutable
begin atomic
  select row(
    null, (changed).owner_id, 'record.withdrawn',
    case when (former).person_id is null then 'E:' || (former).credit_code else 'P:' || (former).person_id end, null, null,
    (former).audience, (changed).audience + 1, null, (former).credit_code, (former).record_id, null, (changed).recorded_on,
    jsonb_strip_nulls(jsonb_build_object(
      'recordId', (former).record_id, 'kind', (former).kind, 'version', (changed).version, 'creditCode', (former).credit_code,
      'personId', (former).person_id, 'decisionNumber', (former).decision_number, 'category', (former).body->>'category')),
    null)::event
  where (changed).audience < (former).audience;
end;

-- As in 0002, and whoever is left out by a change is told so. One call: all subjects of a statement are locked in one order.
create or replace function record_changed() returns trigger language plpgsql as $$
declare
  pending event[];
begin
  insert into record_version select * from changed;
  select array_agg(row(
      null, c.owner_id, a.type, case when c.person_id is null then 'E:' || c.credit_code else 'P:' || c.person_id end, null, null,
      c.audience, 0, null, c.credit_code, c.record_id, null, c.recorded_on,
      jsonb_strip_nulls(jsonb_build_object(
        'recordId', c.record_id, 'kind', c.kind, 'version', c.version, 'creditCode', c.credit_code, 'personId', c.person_id,
        'region', c.region, 'band', c.band, 'previousBand', c.previous_band, 'decisionNumber', c.decision_number,
        'category', c.body->>'category', 'reportedStatus', c.reported_status, 'previousStatus', c.previous_status,
        'effectiveOn', c.effective_on, 'validTo', c.valid_to, 'reviewDueOn', c.review_due_on, 'liftedOn', c.lifted_on)),
      null)::event order by c.record_id, a.n)
    into pending
    from changed c
    cross join lateral (
      select t.type, t.n from record_announcements(c) with ordinality as t (type, n)
      union all
      select 'record.corrected', 99 where c.version > 1 and not exists (select from record_announcements(c))
    ) a;
  if tg_op = 'UPDATE' then
    pending := pending || (
      select array_agg(n order by c.record_id)
      from changed c
      join former f using (record_id)
      cross join lateral narrowed_announcements(f, c) n);
  end if;
  if cardinality(pending) > 0 then
    perform append_events(pending);
  end if;
  return null;
end
$$;
drop trigger record_updated on record;
create trigger record_updated after update on record
  referencing new table as changed old table as former for each statement execute function record_changed();
