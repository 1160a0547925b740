-- name: raise_expired
-- Certificates whose end day has passed and that nobody was told of yet. $1 day, $2 at most; returns how many.
-- The end day itself is still valid; one withdrawn by its issuer was announced when that happened.
with due as (
  select r.record_id, r.person_id, r.valid_to
  from record r
  where r.family = 'CERTIFICATE' and r.valid_to < $1 and coalesce(r.reported_status, 'VALID') not in ('SUSPENDED', 'REVOKED', 'RESCINDED', 'CANCELLED')
    and not exists (
      select from notice n where n.record_id = r.record_id and n.person_id = r.person_id and n.type = 'credential.expired' and n.due_on = r.valid_to)
  order by r.valid_to, r.record_id
  limit $2
),
noticed as (
  insert into notice (record_id, person_id, type, due_on)
  select record_id, person_id, 'credential.expired', valid_to
  from due
  on conflict do nothing
  returning record_id
),
announced as (
  select append_events(array_agg(certificate_event(r, 'credential.expired', $1) order by r.record_id))
  from record r
  join noticed using (record_id)
  having count(*) > 0
)
select (select count(*) from noticed)::int
from (select count(*) from announced) done

-- name: raise_review_lapsed
-- Certificates whose review-due day has passed without a review, while their end day has not. $1 day, $2 at most.
-- A review counts as the due one from 180 days before the due day on.
with due as (
  select r.record_id, r.person_id, r.review_due_on
  from record r
  where r.family = 'CERTIFICATE' and r.review_due_on < $1 and r.valid_to >= $1
    and coalesce(r.reported_status, 'VALID') = 'VALID'
    and (r.reviewed_on is null or r.reviewed_on > $1 or r.reviewed_on < r.review_due_on - 180)
    and not exists (
      select from notice n where n.record_id = r.record_id and n.person_id = r.person_id and n.type = 'credential.reviewLapsed' and n.due_on = r.review_due_on)
  order by r.review_due_on, r.record_id
  limit $2
),
noticed as (
  insert into notice (record_id, person_id, type, due_on)
  select record_id, person_id, 'credential.reviewLapsed', review_due_on
  from due
  on conflict do nothing
  returning record_id
),
announced as (
  select append_events(array_agg(certificate_event(r, 'credential.reviewLapsed', $1) order by r.record_id))
  from record r
  join noticed using (record_id)
  having count(*) > 0
)
select (select count(*) from noticed)::int
from (select count(*) from announced) done

-- name: raise_disputes_overdue
-- Disputes whose next step is due since before the day and did not come: told once to the source and to who waits for it, or to
-- the superior whose turn it is. $1 day, $2 at most; returns how many.
with due as (
  select s.dispute_id, s.place, s.source_id
  from dispute_step s
  where s.due_on < $1
    and not exists (select from dispute_step n where n.dispute_id = s.dispute_id and n.place > s.place)
    and not exists (select from dispute_overdue o where o.dispute_id = s.dispute_id and o.place = s.place)
  order by s.due_on, s.dispute_id
  limit $2
),
noticed as (
  insert into dispute_overdue (dispute_id, place, owner_id)
  select dispute_id, place, source_id
  from due
  on conflict do nothing
  returning dispute_id, place
),
announced as (
  select append_events(array_agg(row(
      null, s.source_id, 'dispute.overdue', 'T:' || s.dispute_id, null, null, 0, 0,
      case when s.state = 'ELEVATED' then s.superior_id else s.disputant_id end, null, s.record_id, null, $1,
      jsonb_build_object('disputeId', s.dispute_id, 'recordId', s.record_id, 'state', s.state, 'dueOn', s.due_on),
      null)::event order by s.dispute_id))
  from dispute_step s
  join noticed using (dispute_id, place)
  having count(*) > 0
)
select (select count(*) from noticed)::int
from (select count(*) from announced) done
