-- name: in_force
-- Of each authority the policy that holds on a day. $1 owners, $2 day
select distinct on (p.owner_id) p.owner_id, t.slug, p.version, p.valid_from, p.terms
from review_policy p
join tenant t on t.tenant_id = p.owner_id
where p.owner_id = any ($1::int[]) and p.valid_from <= $2
order by p.owner_id, p.version desc

-- name: latest
-- $1 owner
select version, valid_from
from review_policy
where owner_id = $1
order by version desc
limit 1

-- name: publish
-- Nothing where somebody else was first. $1 owner, $2 version, $3 valid from, $4 terms, $5 who, $6 day
insert into review_policy (owner_id, version, valid_from, terms, published_by, published_on)
values ($1, $2, $3, $4::jsonb, $5, $6)
on conflict (owner_id, version) do nothing
returning version

-- name: published
-- An authority's own, the latest first. $1 owner, $2 at most
select owner_id, version, valid_from, terms, published_by, published_on
from review_policy
where owner_id = $1
order by version desc
limit $2

-- name: only_reading
-- From here on the transaction changes nothing.
select set_config('transaction_read_only', 'on', true)

-- name: weighed
-- What rules found for an authority since a day, opened or not, in the order it was found; of a review without sightings, opened
-- before they were kept, what its presences say now. What ended, closed or was declined did so before a finding where its place or
-- moment is the lesser. $1 owner, $2 since, $3 at most
select coalesce(w.review_id::text, '') as review_id, w.rule, w.day, w.subject, w.credit_code, w.priority, w.handling,
  w.workdays, w.sightings, w.event_id, w.record_id, w.document, w.is_joined, w.place, w.found_at, w.lifted_on, w.ended_place,
  w.closed_at, w.is_declined
from (
  select review.review_id, rule, opened_on as day, review.subject, credit_code, priority, handling, workdays,
    k.event_id, k.record_id, k.document, false as is_joined, k.place, opened_at as found_at, k.lifted_on, k.ended_place,
    coalesce(decided_at, (
      select max(s.taken_at) from review_step s where s.review_id = review.review_id and s.thread_id = review.thread_id
        and s.step = 'DECLINED')) as closed_at, state = 'DECLINED' and handed_to is null as is_declined,
    coalesce(sightings, (
      select jsonb_agg(jsonb_build_object(
        'presence', p.record_id, 'kind', case p.family when 'PERMIT' then 'PERMIT' else p.kind end, 'region', p.region,
        'path', review.path is not null, 'priority', priority, 'handling', handling, 'workdays', workdays, 'usual', true)
        order by p.record_id <> presence_record_id, p.record_id)
      from record p
      where p.record_id = any (further_record_ids || presence_record_id)
        and (p.family = 'PERMIT' or p.kind in ('PROJECT_APPROVAL', 'BID', 'SITE', 'FILING', 'APPOINTMENT')))) as sightings
  from review
  join review_cause k on k.review_id = review.review_id and k.event_id = cause_event_id
  where review.owner_id = $1 and opened_on >= $2 and handed_from_id is null
  union all
  select null, rule, weighed_on, subject, credit_code, null, null, null,
    cause_event_id, cause_record_id, document, is_joined, place, weighed_at, lifted_on, ended_place, null, false, sightings
  from review_unopened
  where owner_id = $1 and weighed_on >= $2
) w
where w.sightings is not null
order by w.day, w.place
limit $3
