-- name: number_events
-- Gives the next positions to committed events, hints at it to other processes and returns the last position. $1 at most
select number_events($1)

-- name: head
select position
from stream_head

-- name: is_behind
-- Whether there is an event that a worker has not seen. $1 worker
select c.position < h.position
from worker_cursor c
cross join stream_head h
where c.worker = $1

-- name: lock_cursor
-- $1 worker
select position
from worker_cursor
where worker = $1
for update

-- name: move_cursor
-- $1 worker, $2 position
update worker_cursor
set position = $2, moved_at = now()
where worker = $1

-- name: take_events
-- The next events, behind which the worker's cursor moves: it is locked first, so nobody else takes them. Of a flag whether others
-- came from its firm; with the edition of the directory as of the same moment: whoever they are about was in it before them. What
-- follows in the transaction is planned once a connection, by indexes however few rows there were then, as planning it for every
-- event costs more than it does. $1 worker, $2 at most
with reached as materialized (
  select position, set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)
  from worker_cursor
  where worker = $1
  for update
),
taken as materialized (
  select e.*
  from reached
  cross join lateral (
    select event_id, position, owner_id, type, subject, credit_code, record_id, day, payload
    from event
    where position > reached.position
    order by position
    limit $2
  ) e
),
moved as (
  update worker_cursor
  set position = t.last, moved_at = now()
  from (select max(position) as last from taken having count(*) > 0) t
  where worker = $1
)
select t.*, (select edition from directory_edition) as edition,
  t.type = 'riskFlag.raised' and exists (
    select from record r where r.previous_code = t.credit_code and r.family = 'PROFILE' and r.kind = 'SUCCESSION') as has_successors
from taken t
order by t.position

-- name: edition
-- Asked after the events: whoever they are about was in the directory before them.
select edition
from directory_edition

-- name: presences
-- Where a subject is present: of a firm pending approvals, bids not lost, filings and sites not ended, permits that are good; of a
-- person running appointments, under whatever id, and where the certificate in question was recognised within a year.
-- For each asked, by its place: $1 credit codes, $2 persons, $3 days, $4 records of the causes
select asked.place, here.*
from unnest($1::text[], $2::uuid[], $3::date[], $4::uuid[]) with ordinality as asked (credit_code, person_id, day, record_id, place)
cross join lateral (
  select record_id, owner_id, kind, region, region as reference,
    coalesce(valid_from, effective_on) as since
  from record
  where family = 'PRESENCE' and credit_code = asked.credit_code and asked.person_id is null and case kind
      when 'PROJECT_APPROVAL' then reported_status = 'PENDING'
      when 'BID' then body->>'bidStatus' in ('SUBMITTED', 'SHORTLISTED', 'WON')
      when 'FILING' then body->>'filingStatus' in ('RECEIVED', 'FILED') and (valid_to is null or valid_to >= asked.day)
      when 'SITE' then valid_to is null or valid_to >= asked.day
      else false end
  union all
  select r.record_id, r.owner_id, 'PERMIT', r.region, r.region, r.valid_from
  from record r
  where r.family = 'PERMIT' and r.credit_code = asked.credit_code and asked.person_id is null and is_reported_good(r, asked.day)
  union all
  select record_id, owner_id, kind, region, coalesce(body->>'post', ''), coalesce(valid_from, effective_on)
  from record
  where kind = 'APPOINTMENT' and person_id = any (array(select person_group(asked.person_id))) and (valid_to is null or valid_to >= asked.day) and family = 'PRESENCE'
  union all
  select record_id, owner_id, 'CERTIFICATE', region, coalesce(region, ''), valid_from
  from record
  where record_id = asked.record_id and family = 'CERTIFICATE'
  union all
  select p.presentation_id, o.owner_id, 'PRESENTATION', p.host_region,
    case when o.owner_id = p.owner_id then p.case_number else p.number_shown end, p.presented_on
  from presentation p
  cross join lateral (select p.owner_id union select p.issuer_id) o
  where p.presentation_id = asked.record_id and p.raised_on is not null and p.ended_on is null
  union all
  select s.reliance_id, s.owner_id, 'RECOGNITION', s.host_region, s.host_region, s.relied_on
  from record cause
  join recognition_reliance s on s.person_id = any (array(select person_group(asked.person_id))) and s.relied_on > asked.day - 365
  join record c on c.record_id = s.record_id and c.number_hash = cause.number_hash
  where cause.record_id = asked.record_id
  union all
  (
    -- a firm an authority checked at a gate in the last twelve months, each matter once, by its latest receipt
    select distinct on (g.owner_id, g.gate, g.matter_code, g.case_number)
      g.check_id, g.owner_id, 'GATE_CHECK', g.region, g.receipt_number, g.day
    from gate_check g
    join tenant t on t.tenant_id = g.owner_id and t.kind = 'AUTHORITY'
    where g.credit_code = asked.credit_code and asked.person_id is null and g.day > asked.day - interval '12 months'
    order by g.owner_id, g.gate, g.matter_code, g.case_number, g.place desc
  )
) here

-- name: standing_of_firm
-- The events by which other authorities flagged or graded a firm and that still stand; a severity or level as it is
-- now. One that is still to be handled will see for itself. By the place of each asked: $1 credit codes, $2 owners, $3 days,
-- $4 positions reached
select asked.place, stands.*
from unnest($1::text[], $2::int[], $3::date[], $4::bigint[]) with ordinality as asked (credit_code, owner_id, day, position, place)
cross join lateral (
  select e.event_id, e.position, e.owner_id, e.type, e.subject, e.credit_code, e.record_id, e.day,
    e.payload || jsonb_strip_nulls(jsonb_build_object('band', r.band, 'level', r.body->>'hazardLevel')) as payload
  from record r
  join lateral (
    select distinct on (type) *
    from event
    where record_id = r.record_id and subject = subject_of(r)
      and type in ('riskFlag.raised', 'hiddenDanger.overdue', 'riskBand.changed', 'hazardSource.escalated')
    order by type, version desc
  ) e on true
  where r.family in ('ADVERSE', 'RISK') and r.credit_code = asked.credit_code and r.owner_id <> asked.owner_id
    and (r.lifted_on is null or r.lifted_on > asked.day) and in_term(r.body, asked.day) and e.position < asked.position
    and (e.type <> 'hiddenDanger.overdue' or e.payload->>'dueOn' = r.body->>'rectifyBy')
  offset 0
) stands
order by asked.place, stands.position

-- name: standing_lapses
-- The events by which certificates of persons, issued by others, stopped being good. One that ended is none where another
-- for the same work is good; one that was withdrawn always is, one exchanged on transfer was not. By the place of each asked:
-- $1 persons, $2 owners, $3 days, $4 positions reached
select asked.place, stands.*
from unnest($1::uuid[], $2::int[], $3::date[], $4::bigint[]) with ordinality as asked (person_id, owner_id, day, position, place)
cross join lateral (
  select e.event_id, e.position, e.owner_id, e.type, e.subject, e.credit_code, e.record_id, e.day, e.payload
  from record r
  join lateral (
    select *
    from event
    where record_id = r.record_id and subject = 'P:' || r.person_id
      and (type in ('credential.expired', 'credential.reviewLapsed')
        or type = 'credential.statusChanged'
          and (payload->>'reportedStatus' in ('SUSPENDED', 'REVOKED', 'RESCINDED', 'CANCELLED')
            or payload->>'reportedStatus' = 'LAPSED' and payload->>'validTo' >= day::text))
    order by version desc
    limit 1
  ) e on true
  where r.family = 'CERTIFICATE' and r.person_id = any (array(select person_group(asked.person_id))) and r.owner_id <> asked.owner_id
    and not is_reported_good(r, asked.day)
    and (e.type = 'credential.statusChanged' or not is_superseded(r, asked.day)) and e.position < asked.position
    and not ended_by_transfer(r)
  offset 0
) stands
order by asked.place

-- name: standing_actions
-- The events by which other authorities imposed actions on certificates of persons that are still in effect. By the place of each
-- asked: $1 persons, $2 owners, $3 days, $4 positions reached
select asked.place, stands.*
from unnest($1::uuid[], $2::int[], $3::date[], $4::bigint[]) with ordinality as asked (person_id, owner_id, day, position, place)
cross join lateral (
  select e.event_id, e.position, e.owner_id, e.type, e.subject, e.credit_code, e.record_id, e.day, e.payload
  from record r
  join lateral (
    select *
    from event
    where record_id = r.record_id and type = 'adverseAction.imposed' and subject = subject_of(r)
    order by version desc
    limit 1
  ) e on true
  where r.family = 'ACTION' and r.person_id = any (array(select person_group(asked.person_id))) and r.owner_id <> asked.owner_id
    and (r.lifted_on is null or r.lifted_on > asked.day) and e.position < asked.position
  offset 0
) stands
order by asked.place, stands.position

-- name: standing_tips
-- Reports other authorities confirmed within a year of a firm, or of a person under whatever id: nothing ever lifts one. By the
-- place of each asked: $1 credit codes, $2 persons, $3 owners, $4 days, $5 positions reached
select asked.place, stands.*
from unnest($1::text[], $2::uuid[], $3::int[], $4::date[], $5::bigint[]) with ordinality
  as asked (credit_code, person_id, owner_id, day, position, place)
cross join lateral (
  select e.event_id, e.position, e.owner_id, e.type, e.subject, e.credit_code, e.record_id, e.day, e.payload
  from event e
  where e.type = 'tip.confirmed' and e.owner_id <> asked.owner_id and e.day > asked.day - interval '12 months'
    and e.position < asked.position
    and e.subject = any (array(
      select 'E:' || asked.credit_code where asked.credit_code is not null
      union all
      select 'P:' || id from person_group(asked.person_id) as p (id)))
  offset 0
) stands
order by asked.place, stands.position

-- name: superseded
-- Of which certificates the holder has another good one for the same work, or which were voided, are another's, or have another end
-- by now: their places. $1 record_ids, $2 days, $3 ends and $4 subjects announced
select asked.place
from unnest($1::uuid[], $2::date[], $3::date[], $4::text[]) with ordinality as asked (record_id, day, ends_on, subject, place)
where asked.record_id is not null and not coalesce((
  select subject_of(r) = asked.subject and (asked.ends_on is null or r.valid_to = asked.ends_on) and not is_superseded(r, asked.day)
  from record r
  where r.record_id = asked.record_id), false)

-- name: stands_no_more
-- What was announced of a firm, or which action on a certificate, does not stand any more as it was announced: its place.
-- $1 record_ids, $2 days, and as far as they count: $3 bands, $4 days by which a danger had to be removed; $5 subjects announced
select asked.place
from unnest($1::uuid[], $2::date[], $3::text[], $4::text[], $5::text[]) with ordinality
  as asked (record_id, day, band, rectify_by, subject, place)
where asked.record_id is not null and not coalesce((
  select subject_of(r) = asked.subject and (r.lifted_on is null or r.lifted_on > asked.day) and in_term(r.body, asked.day)
    and (asked.band is null or r.band = asked.band)
    and (asked.rectify_by is null or r.body->>'rectifyBy' = asked.rectify_by)
  from record r
  where r.record_id = asked.record_id), false)

-- name: voided
-- Which records were voided, left with a reverted import, are about somebody else, or ended because they were exchanged on
-- transfer: their places. $1 record_ids, $2 subjects announced
select asked.place
from unnest($1::uuid[], $2::text[]) with ordinality as asked (record_id, subject, place)
where asked.record_id is not null and not coalesce((
  select subject_of(r) = asked.subject and not ended_by_transfer(r)
  from record r
  where r.record_id = asked.record_id), false)

-- name: tell_reviews_of_lifting
-- Reviews caused by a flag or an action that was lifted, or by a record that was voided, learn of it; what was announced after
-- that is another cause. $1 record, $2 day, $3 LIFTED or VOIDED, $4 position of the end
with unopened as (
  update review_unopened u
  set lifted_on = $2, ended_place = nextval('review_cause_place_seq')
  from event e
  where u.cause_record_id = $1 and u.lifted_on is null and e.event_id = u.cause_event_id and e.position < $4
)
update review_cause k
set lifted_on = $2, lifted_as = $3, ended_place = nextval('review_cause_place_seq')
from event e
where k.record_id = $1 and k.lifted_on is null and e.event_id = k.event_id and e.position < $4

-- name: tell_reviews_of_move
-- Reviews of whom a record turned out not to be about learn of it. $1 record, $2 day, $3 subject it was said to be about,
-- $4 position of the move
with unopened as (
  update review_unopened u
  set lifted_on = $2, ended_place = nextval('review_cause_place_seq')
  from event e
  where u.cause_record_id = $1 and u.subject = $3 and u.lifted_on is null and e.event_id = u.cause_event_id and e.position < $4
)
update review_cause k
set lifted_on = $2, lifted_as = 'MOVED', ended_place = nextval('review_cause_place_seq')
from event e
where k.record_id = $1 and k.subject = $3 and k.lifted_on is null and e.event_id = k.event_id and e.position < $4

-- name: forget_notices
-- What the clock told of a certificate and a person it turned out not to be of. $1 record, $2 person
delete from notice
where record_id = $1 and person_id = $2

-- name: tell_reviews_of_change
-- Reviews a flag is a cause of, also a successor's, learn that the severity it was announced with was corrected, or corrected back.
-- $1 flag, $2 day
update review_cause k
set cause_band = r.band, changed_on = $2
from record r, event e
where r.record_id = $1 and k.record_id = $1 and e.event_id = k.event_id and e.subject = subject_of(r)
  and coalesce(k.cause_band, e.payload->>'band', 'RED') <> r.band

-- name: keep_failure
-- $1 worker, $2 position, $3 event_id, $4 error
insert into worker_failure (worker, position, event_id, error)
values ($1, $2, $3, $4)
on conflict (worker, position) do update set error = excluded.error, failed_at = now()

-- name: worker_lag
-- For the operator: events waiting for a number, events not yet looked at, confirmations not yet looked at anew, failures nobody
-- resolved.
select
  (select count(*) from event where position is null)::int as unnumbered,
  (select h.position - c.position from stream_head h, worker_cursor c where c.worker = 'triggers')::int as untriggered,
  (select h.position - c.position from stream_head h, worker_cursor c where c.worker = 'alerts')::int as untold,
  (select h.position - c.position + (select count(*) from confirmation_due)
    from stream_head h, worker_cursor c where c.worker = 'confirmations')::int as unchecked,
  (select count(*) from worker_failure where resolved_at is null)::int as failures
