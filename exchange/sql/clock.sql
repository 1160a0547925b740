-- name: progress
-- Up to which day all was told, and of the events up to which position.
select day, position
from clock_progress

-- name: take_turn
-- Workers take turns, so that each sees what the others have told.
select day
from clock_progress
for update

-- name: move
-- All that is due by a day was told; a day in the past is no progress. $1 day, $2 position
update clock_progress
set day = $1, position = greatest(position, $2)
where day <= $1

-- name: head
select position
from stream_head

-- name: certificates_ending
-- Certificates that end after $1, not after $2; beyond (day $3, id $4) in their order, $5 at most.
select record_id, valid_to as due_on
from record
where family = 'CERTIFICATE' and valid_to > $1 and valid_to >= $3 and valid_to <= $2 and (valid_to, record_id) > ($3, $4)
order by valid_to, record_id
limit $5

-- name: reviews_due
-- Due after $1, not after $2, beyond (day $3, id $4), $5 at most.
select record_id, review_due_on as due_on
from record
where family = 'CERTIFICATE' and review_due_on is not null
  and review_due_on > $1 and review_due_on >= $3 and review_due_on <= $2 and (review_due_on, record_id) > ($3, $4)
order by review_due_on, record_id
limit $5

-- name: permits_ending
-- Due after $1, not after $2, beyond (day $3, id $4), $5 at most.
select record_id, valid_to as due_on
from record
where family = 'PERMIT' and valid_to > $1 and valid_to >= $3 and valid_to <= $2 and (valid_to, record_id) > ($3, $4)
order by valid_to, record_id
limit $5

-- name: reassessments_due
-- Due after $1, not after $2, beyond (day $3, id $4), $5 at most.
select record_id, review_due_on as due_on
from record
where kind = 'RISK_GRADING'
  and review_due_on > $1 and review_due_on >= $3 and review_due_on <= $2 and (review_due_on, record_id) > ($3, $4)
order by review_due_on, record_id
limit $5

-- name: rectifications_due
-- Due after $1, not after $2, beyond (day $3, id $4), $5 at most.
select record_id, stated_day(body, 'rectifyBy') as due_on
from record
where kind = 'HIDDEN_DANGER' and lifted_on is null
  and stated_day(body, 'rectifyBy') > $1 and stated_day(body, 'rectifyBy') >= $3 and stated_day(body, 'rectifyBy') <= $2
  and (stated_day(body, 'rectifyBy'), record_id) > ($3, $4)
order by stated_day(body, 'rectifyBy'), record_id
limit $5

-- name: terms_ending
-- Due after $1, not after $2, beyond (day $3, id $4), $5 at most.
select record_id, stated_day(body, 'termEndsOn') as due_on
from record
where kind = 'SERIOUS_DISHONESTY' and lifted_on is null
  and stated_day(body, 'termEndsOn') > $1 and stated_day(body, 'termEndsOn') >= $3 and stated_day(body, 'termEndsOn') <= $2
  and (stated_day(body, 'termEndsOn'), record_id) > ($3, $4)
order by stated_day(body, 'termEndsOn'), record_id
limit $5

-- name: changed
-- Records that events after a position, up to another, are about; what has a due day is the clock's own word, or a review's, and
-- no change of the record. $1 after, $2 up to
select distinct record_id
from event
where position > $1 and position <= $2 and record_id is not null and not payload ? 'dueOn'

-- name: changed_just_now
-- The same of events that have no position yet; whichever is left out has one when it is looked for again. $1 at most
select distinct record_id
from (
  select record_id
  from event
  where position is null and record_id is not null and not payload ? 'dueOn'
  order by subject, version
  limit $1
) waiting

-- name: tell
-- Tells what there is to say on a day of these records, as far as it was not told. $1 record ids, $2 day; the steps of
-- reminders: $3 kinds, $4 END or REVIEW, $5 days ahead. The last day itself still counts; whatever its issuer withdrew was
-- announced when that happened; a step is not told when a nearer one was, or that the day has passed. A review counts as the
-- due one from 180 days before the due day on.
with step as (
  select *
  from unnest($3::text[], $4::text[], $5::int[]) as s (kind, sort, days)
),
due as (
  select r.record_id, r.person_id, d.type, d.due_on, d.step
  from record r
  cross join lateral (
    select coalesce(r.reported_status, 'VALID') as state,
      r.reviewed_on is not null and r.reviewed_on <= $2 and r.reviewed_on >= r.review_due_on - 180 as is_reviewed
  ) was
  cross join lateral (
    select min(days) filter (where sort = 'END' and days >= r.valid_to - $2 and r.valid_to >= $2) as ends,
      min(days) filter (where sort = 'REVIEW' and days >= r.review_due_on - $2 and r.review_due_on >= $2) as reviews
    from step
    where step.kind = r.kind
  ) near
  cross join lateral (values
    ('credential.expired', r.valid_to, -1, r.family = 'CERTIFICATE' and r.valid_to < $2
      and was.state not in ('SUSPENDED', 'REVOKED', 'RESCINDED', 'CANCELLED')),
    ('credential.reviewLapsed', r.review_due_on, -1, r.family = 'CERTIFICATE' and r.review_due_on < $2 and r.valid_to >= $2
      and was.state = 'VALID' and not was.is_reviewed),
    ('credential.expiring', r.valid_to, near.ends, r.family = 'CERTIFICATE' and near.ends is not null
      and was.state = 'VALID' and not is_renewed(r, $2)),
    ('credential.reviewDue', r.review_due_on, near.reviews, r.family = 'CERTIFICATE' and near.reviews is not null
      and r.valid_to >= $2 and was.state = 'VALID' and not was.is_reviewed and not is_renewed(r, $2)),
    ('permit.expired', r.valid_to, -1, r.family = 'PERMIT' and r.valid_to < $2
      and was.state not in ('SUSPENDED', 'REVOKED', 'RESCINDED', 'CANCELLED')),
    ('permit.expiring', r.valid_to, near.ends, r.family = 'PERMIT' and near.ends is not null and was.state = 'VALID'),
    ('grading.reassessDue', r.review_due_on, -1, r.kind = 'RISK_GRADING' and r.review_due_on < $2),
    ('hiddenDanger.overdue', stated_day(r.body, 'rectifyBy'), -1, r.kind = 'HIDDEN_DANGER' and r.lifted_on is null
      and stated_day(r.body, 'rectifyBy') < $2),
    ('dishonesty.termEnded', stated_day(r.body, 'termEndsOn'), -1, r.kind = 'SERIOUS_DISHONESTY' and r.lifted_on is null
      and stated_day(r.body, 'termEndsOn') < $2)
  ) as d (type, due_on, step, applies)
  where r.record_id = any ($1::uuid[]) and d.applies
    and not exists (
      select
      from notice n
      where n.record_id = r.record_id and n.person_id is not distinct from r.person_id and n.due_on = d.due_on
        and n.step <= d.step and (n.type = d.type or n.step = -1 and d.step >= 0))
),
noticed as (
  insert into notice (record_id, person_id, type, due_on, step)
  select record_id, person_id, type, due_on, step
  from due
  order by record_id, type
  on conflict do nothing
  returning record_id, type, due_on, step
),
announced as (
  select append_events(array_agg(clock_event(r, n.type, $2, n.due_on, n.step) order by r.record_id, n.type))
  from record r
  join noticed n using (record_id)
  having count(*) > 0
)
select type, count(*)::int as told
from noticed, (select count(*) from announced) done
group by type
