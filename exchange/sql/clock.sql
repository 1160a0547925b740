-- name: progress
-- Up to which day all was told, and of the events up to which position; as of the same moment how far they are numbered, and which
-- records those are about that are not. Whichever is left out has a position when it is looked for again. $1 at most
select p.day, p.position, h.position as head, array(
    select distinct record_id
    from (
      select record_id
      from event
      where position is null and record_id is not null and not payload ? 'dueOn'
      order by subject, version
      limit $1
    ) waiting) as waiting
from clock_progress p
cross join stream_head h

-- name: take_turn
-- Workers take turns, so that each sees what the others have told.
select day
from clock_progress
for update

-- name: take_turn_to_sweep
-- The same for sweeps: as a rule nothing is due, so they are planned once a connection, by indexes however few rows there were then.
select day, set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)
from clock_progress
for update

-- name: move
-- All that is due by a day was told; a day in the past is no progress. $1 day, $2 position
update clock_progress
set day = $1, position = greatest(position, $2)
where day <= $1

-- name: due
-- Records of which something may have come due, by their days: of each sort of day ($1) those after $2 and not after $3; beyond
-- (day $4, id $5) in their order, $6 at most.
with span as (
  select *
  from unnest($1::text[], $2::date[], $3::date[]) as s (sort, after, until)
)
select record_id, due_on
from (
  select r.*
  from span
  cross join lateral (
    select record_id, valid_to as due_on
    from record
    where family = 'CERTIFICATE'
      and valid_to > span.after and valid_to >= $4 and valid_to <= span.until
      and (valid_to, record_id) > ($4, $5)
    order by valid_to, record_id
    limit $6
  ) r
  where span.sort = 'CERTIFICATE_END'
  union all
  select r.*
  from span
  cross join lateral (
    select record_id, review_due_on as due_on
    from record
    where family = 'CERTIFICATE' and review_due_on is not null
      and review_due_on > span.after and review_due_on >= $4 and review_due_on <= span.until
      and (review_due_on, record_id) > ($4, $5)
    order by review_due_on, record_id
    limit $6
  ) r
  where span.sort = 'CERTIFICATE_REVIEW'
  union all
  select r.*
  from span
  cross join lateral (
    select record_id, valid_to as due_on
    from record
    where family = 'PERMIT'
      and valid_to > span.after and valid_to >= $4 and valid_to <= span.until
      and (valid_to, record_id) > ($4, $5)
    order by valid_to, record_id
    limit $6
  ) r
  where span.sort = 'PERMIT_END'
  union all
  select r.*
  from span
  cross join lateral (
    select record_id, review_due_on as due_on
    from record
    where kind = 'RISK_GRADING'
      and review_due_on > span.after and review_due_on >= $4 and review_due_on <= span.until
      and (review_due_on, record_id) > ($4, $5)
    order by review_due_on, record_id
    limit $6
  ) r
  where span.sort = 'REASSESSMENT'
  union all
  select r.*
  from span
  cross join lateral (
    select record_id, stated_day(body, 'rectifyBy') as due_on
    from record
    where kind = 'HIDDEN_DANGER' and lifted_on is null
      and stated_day(body, 'rectifyBy') > span.after and stated_day(body, 'rectifyBy') >= $4 and stated_day(body, 'rectifyBy') <= span.until
      and (stated_day(body, 'rectifyBy'), record_id) > ($4, $5)
    order by stated_day(body, 'rectifyBy'), record_id
    limit $6
  ) r
  where span.sort = 'RECTIFICATION'
  union all
  select r.*
  from span
  cross join lateral (
    select record_id, stated_day(body, 'termEndsOn') as due_on
    from record
    where kind = 'SERIOUS_DISHONESTY' and lifted_on is null
      and stated_day(body, 'termEndsOn') > span.after and stated_day(body, 'termEndsOn') >= $4 and stated_day(body, 'termEndsOn') <= span.until
      and (stated_day(body, 'termEndsOn'), record_id) > ($4, $5)
    order by stated_day(body, 'termEndsOn'), record_id
    limit $6
  ) r
  where span.sort = 'TERM_END'
) due
order by due_on, record_id
limit $6

-- name: changed
-- Records that events after a position, up to another, are about; what has a due day is the clock's own word, or a review's, and
-- no change of the record. $1 after, $2 up to
select distinct record_id
from event
where position > $1 and position <= $2 and record_id is not null and not payload ? 'dueOn'

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
  select r.record_id, r.person_id, was.firm, d.type, d.due_on, d.step
  from record r
  cross join lateral (
    select coalesce(r.reported_status, 'VALID') as state, case when r.person_id is null then r.credit_code end as firm,
      r.reviewed_on is not null and r.reviewed_on <= $2 and r.reviewed_on >= r.review_due_on - 180 as is_reviewed,
      case when r.kind = 'HIDDEN_DANGER' and r.lifted_on is null then stated_day(r.body, 'rectifyBy') end as rectify_by,
      case when r.kind = 'SERIOUS_DISHONESTY' and r.lifted_on is null then stated_day(r.body, 'termEndsOn') end as term_ends_on
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
    ('hiddenDanger.overdue', was.rectify_by, -1, was.rectify_by < $2),
    ('dishonesty.termEnded', was.term_ends_on, -1, was.term_ends_on < $2)
  ) as d (type, due_on, step, applies)
  where r.record_id = any ($1::uuid[]) and d.applies
    and not exists (
      select
      from notice n
      where n.record_id = r.record_id and n.record_id = any ($1::uuid[]) and n.person_id is not distinct from r.person_id
        and n.credit_code is not distinct from was.firm and n.due_on = d.due_on
        and n.step <= d.step and (n.type = d.type or n.step = -1 and d.step >= 0))
),
noticed as (
  insert into notice (record_id, person_id, credit_code, type, due_on, step)
  select record_id, person_id, firm, type, due_on, step
  from due
  order by record_id, type
  on conflict do nothing
  returning record_id, type, due_on, step
),
announced as (
  select append_events(array_agg(clock_event(r, n.type, $2, n.due_on, n.step) order by r.record_id, n.type))
  from record r
  join noticed n using (record_id)
  where r.record_id = any ($1::uuid[])
  having count(*) > 0
)
select type, count(*)::int as told
from noticed, (select count(*) from announced) done
group by type

-- name: raise_stale
-- Sources that confirmed nothing of a kind for longer than it allows; told once, until they are back. $1 day, $2 at most,
-- $3 kinds, $4 days each allows
with gone as (
  select s.owner_id, s.kind, s.confirmed_at
  from source_confirmation s
  join unnest($3::text[], $4::int[]) as allowed (kind, days) using (kind)
  join tenant t on t.tenant_id = s.owner_id
  where t.is_active and (s.confirmed_at at time zone 'Asia/Shanghai')::date + allowed.days < $1
    and not exists (
      select from source_silence q where q.owner_id = s.owner_id and q.kind = s.kind)
  order by s.owner_id, s.kind
  limit $2
),
noticed as (
  insert into source_silence (owner_id, kind, confirmed_at)
  select owner_id, kind, confirmed_at
  from gone
  on conflict do nothing
  returning owner_id, kind, confirmed_at
),
announced as (
  select append_events(array_agg(
    source_event(n.owner_id, t.slug, n.kind, n.confirmed_at, 'source.stale', $1) order by t.slug, n.kind))
  from noticed n
  join tenant t on t.tenant_id = n.owner_id
  having count(*) > 0
)
select (select count(*) from noticed)::int
from (select count(*) from announced) done

-- name: raise_recovered
-- Silent sources that have confirmed since, recently enough. $1 day, $2 at most, $3 kinds, $4 days each allows
with back as (
  select q.owner_id, q.kind, s.confirmed_at
  from source_silence q
  join source_confirmation s on s.owner_id = q.owner_id and s.kind = q.kind and s.confirmed_at > q.confirmed_at
  join unnest($3::text[], $4::int[]) as allowed (kind, days) on allowed.kind = q.kind
  where (s.confirmed_at at time zone 'Asia/Shanghai')::date + allowed.days >= $1
  order by q.owner_id, q.kind
  limit $2
),
noticed as (
  delete from source_silence q
  using back b
  where q.owner_id = b.owner_id and q.kind = b.kind
  returning b.owner_id, b.kind, b.confirmed_at
),
announced as (
  select append_events(array_agg(
    source_event(n.owner_id, t.slug, n.kind, n.confirmed_at, 'source.recovered', $1) order by t.slug, n.kind))
  from noticed n
  join tenant t on t.tenant_id = n.owner_id
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

-- name: prepare_digests
-- Closes the day before $1 for authorities that got reviews for attention only; $2 authorities at most. One that comes later
-- is in the digest of the next day. The first hundred are named, all are counted.
with waiting as (
  select distinct w.owner_id
  from review w
  where w.handling = 'FOR_ATTENTION' and w.digest_on is null and w.opened_on < $1
    and not exists (
      select from digest d where d.owner_id = w.owner_id and d.day = $1 - 1)
  order by w.owner_id
  limit $2
),
made as (
  insert into digest (owner_id, day)
  select owner_id, $1 - 1
  from waiting
  on conflict do nothing
  returning owner_id, day
),
listed as (
  update review w
  set digest_on = m.day
  from made m
  where w.owner_id = m.owner_id and w.handling = 'FOR_ATTENTION' and w.digest_on is null and w.opened_on < $1
  returning w.owner_id, w.review_id, w.rule
),
counted as (
  select owner_id, sum(reviews)::int as reviews, jsonb_object_agg(rule, reviews) as rules
  from (
    select owner_id, rule, count(*)::int as reviews
    from listed
    group by owner_id, rule
  ) each
  group by owner_id
),
named as (
  select owner_id, jsonb_agg(review_id order by place) as review_ids
  from (
    select owner_id, review_id, row_number() over (partition by owner_id order by review_id) as place
    from listed
  ) placed
  where place <= 100
  group by owner_id
),
announced as (
  select append_events(array_agg(row(
      null, owner_id, 'digest.prepared', 'T:' || t.slug, null, null, 0, 0, null, null, null, null, $1,
      jsonb_build_object('day', $1 - 1, 'reviews', c.reviews, 'rules', c.rules, 'reviewIds', n.review_ids),
      null)::event order by t.slug))
  from counted c
  join named n using (owner_id)
  join tenant t on t.tenant_id = owner_id
  having count(*) > 0
)
select (select count(*) from made)::int
from (select count(*) from announced) done
