-- name: relying
-- Who relies on what a source delivers of a kind: recognised it within a year, or has its holders in a post, its firms at work. One of
-- each sort and authority stands for all, the oldest. $1 source, $2 kind, $3 day
with delivered as (
  select record_id, person_id, credit_code
  from record
  where owner_id = $1 and kind = $2
)
select distinct on (here.owner_id, here.kind) here.*
from (
  select s.reliance_id as record_id, s.owner_id, 'RECOGNITION' as kind, s.host_region as region, s.host_region as reference,
    s.relied_on as since
  from delivered d
  join recognition_reliance s on s.person_id = d.person_id and s.record_id = d.record_id and s.relied_on > $3::date - 365
  union all
  select p.record_id, p.owner_id, p.kind, p.region, coalesce(p.body->>'post', ''), coalesce(p.valid_from, p.effective_on)
  from delivered d
  join record p on p.person_id = d.person_id and p.family = 'PRESENCE' and p.kind = 'APPOINTMENT'
    and (p.valid_to is null or p.valid_to >= $3)
  union all
  select p.record_id, p.owner_id, p.kind, p.region, p.region, coalesce(p.valid_from, p.effective_on)
  from delivered d
  join record p on p.credit_code = d.credit_code and p.family = 'PRESENCE' and case p.kind
      when 'PROJECT_APPROVAL' then p.reported_status = 'PENDING'
      when 'SITE' then p.valid_to is null or p.valid_to >= $3
      else false end
  where d.person_id is null
) here
where here.owner_id <> $1
order by here.owner_id, here.kind, here.since, here.record_id

-- name: end_silence
-- Reviews of a silent source learn that a kind is delivered again. $1 subject of the source, $2 kind, $3 day, $4 position of the end
update review_cause k
set lifted_on = $3, lifted_as = 'LIFTED'
from event e
where k.subject = $1 and k.record_id is null and k.lifted_on is null and e.event_id = k.event_id and e.type = 'source.stale'
  and e.payload->>'kind' = $2 and e.position < $4
