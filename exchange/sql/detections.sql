-- name: lock_progress
-- One worker at a time: up to which day what begins and ends was looked at, and of the events up to which position.
select day, position
from detection_progress
for update

-- name: lock_day
-- The same for sweeps: as a rule they find nothing, so they are planned once a connection, by indexes however few rows there were
-- then.
select day, set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)
from detection_progress
for update

-- name: progress
-- The same unlocked, and how far events are numbered: whether there is anything to look at.
select d.day, d.position, h.position as head
from detection_progress d
cross join stream_head h

-- name: move_position
-- $1 position
update detection_progress
set position = $1

-- name: move_day
-- $1 day
update detection_progress
set day = $1

-- name: head
select position
from stream_head

-- name: touched
-- Persons of whom something was announced after a position, up to another: themselves, or the firm they are appointed at told
-- what it does. What was found here is no reason to look again. $1 after, $2 up to
with told as (
  select type, subject, credit_code, payload
  from event
  where position > $1 and position <= $2 and not payload ? 'situationId'
)
select substr(subject, 3)::uuid as person_id
from told
where subject like 'P:%'
union
select (payload->>'otherPersonId')::uuid
from told
where type in ('person.merged', 'person.split')
union
select a.person_id
from told t
join record a on a.credit_code = t.credit_code and a.family = 'PRESENCE' and a.kind = 'APPOINTMENT'
where t.subject like 'E:%' and t.payload->>'kind' in ('ENTERPRISE_PROFILE', 'SUCCESSION')

-- name: due
-- Persons with a post or certificate that began or ended since: after a day, by another. A last day still counts.
-- $1 after, $2 by
select person_id
from record
where family = 'CERTIFICATE' and valid_to >= $1 and valid_to < $2
union
select person_id
from record
where family = 'CERTIFICATE' and review_due_on is not null and review_due_on >= $1 and review_due_on < $2
union
select person_id
from record
where kind = 'APPOINTMENT' and valid_to is not null and valid_to >= $1 and valid_to < $2
union
select person_id
from record
where person_id is not null and valid_from > recorded_on and valid_from > $1 and valid_from <= $2

-- name: facts
-- Of each person, under every id, the posts held on a day and the certificates, as far as they may make a situation: nobody
-- without a post or a certificate bound to one employer can be in one. $1 persons, $2 day
with person as materialized (
  select ids
  from (
    select distinct person_ids(id) as ids
    from unnest($1::uuid[]) id
  ) asked
  where exists (
    select
    from record tie
    where tie.person_id = any (asked.ids) and tie.family in ('PRESENCE', 'CERTIFICATE')
      and tie.kind in ('APPOINTMENT', 'CONSTRUCTION_SAFETY_MANAGER'))
)
select p.ids[1] as group_id, r.record_id, r.person_id, r.owner_id, r.family, r.kind, r.credit_code, r.region,
  r.body->>'post' as post, r.body->>'engagement' as engagement, r.body->>'jobTitle' as job_title,
  coalesce(r.body->>'personType', r.body->>'managerClass') as scope,
  state.status, state.is_good,
  case when r.kind in ('APPOINTMENT', 'CONSTRUCTION_SAFETY_MANAGER')
    then array(select predecessors_of(r.credit_code, $2)) else '{}' end as predecessors,
  firm.profile
from person p
join record r on r.person_id = any (p.ids) and r.family in ('PRESENCE', 'CERTIFICATE')
cross join lateral (
  select case when r.family = 'CERTIFICATE' then certificate_status(r, $2) end as status,
    r.family = 'CERTIFICATE' and is_good(r, $2) and not is_transferred(r) as is_good
  offset 0
) state
left join lateral (
  select f.body::text as profile
  from record f
  where r.kind = 'APPOINTMENT' and f.credit_code = r.credit_code and f.family = 'PROFILE'
    and f.kind = 'ENTERPRISE_PROFILE' and f.effective_on <= $2
  order by f.effective_on desc, f.recorded_at desc, f.record_id
  limit 1
) firm on true
where r.family = 'CERTIFICATE' or r.kind = 'APPOINTMENT'
  and (r.valid_from is null or r.valid_from <= $2) and (r.valid_to is null or r.valid_to >= $2)
order by p.ids[1], state.is_good desc, r.valid_to desc, r.record_id

-- name: settle
-- Opens what was found and is not open, ends what is open and was not found; each is told. Of a situation that goes on nothing.
-- $1 persons looked at, $2 day, $3 json array of what was found; $4 types, $5 the types that tell their end
with found as (
  select *
  from json_to_recordset($3::text::json) as f (
    type text, owner_id int, record_id uuid, person_id uuid, credit_code text, region text, told jsonb)
),
ended as (
  update situation s
  set ended_on = $2
  where s.person_id = any (person_ids($1::uuid[])) and s.ended_on is null
    and not exists (
      select from found f where f.person_id = s.person_id and f.record_id = s.record_id and f.type = s.type)
  returning s.*
),
opened as (
  insert into situation (owner_id, type, record_id, person_id, credit_code, region, told, opened_on)
  select owner_id, type, record_id, person_id, credit_code, region, told, $2
  from found
  order by person_id, record_id, type
  on conflict (person_id, record_id, type) where ended_on is null do nothing
  returning *
),
told as (
  select o.type, situation_event(row(o.*)::situation, o.type, $2) as event, o.situation_id
  from opened o
  union all
  select t.ends, situation_event(row(e.*)::situation, t.ends, $2), e.situation_id
  from ended e
  join unnest($4::text[], $5::text[]) as t (type, ends) using (type)
),
announced as (
  select append_events(array_agg(event order by situation_id))
  from told
  having count(*) > 0
)
select type, count(*)::int as told
from told, (select count(*) from announced) done
group by type

-- name: end_reviews
-- The review a situation led to learns that it ended. $1 record, $2 day, $3 situation
update review w
set cause_lifted_on = $2, cause_lifted_as = 'LIFTED'
from event e
where w.cause_record_id = $1 and w.cause_lifted_on is null and e.event_id = w.cause_event_id and e.payload->>'situationId' = $3

-- name: raise_unknown
-- Numbers presented that no authority has recorded, though each that delivers this kind for the division has delivered it since, after
-- the days it takes with new ones, and is not silent. Of several the nearest is asked. $1 day, $2 at most, $3 days for new ones,
-- $4 kinds, $5 days each may be silent
with unknown as (
  select p.presentation_id, source.issuer_id
  from presentation p
  join unnest($4::text[], $5::int[]) as allowed (kind, days) on allowed.kind = p.kind
  cross join lateral (
    select (array_agg(t.tenant_id order by near.digits desc, t.tenant_id))[1] as issuer_id,
      bool_and(c.confirmed_on >= p.presented_on + $3::int and c.confirmed_on + allowed.days >= $1::date) as is_fresh
    from tenant t
    join source_confirmation s on s.owner_id = t.tenant_id and s.kind = p.kind
    cross join lateral (select (s.confirmed_at at time zone 'Asia/Shanghai')::date as confirmed_on) c
    cross join lateral (
      select max(length(j)) as digits from unnest(t.jurisdiction) j where starts_with(p.issuing_region, j)) near
    where t.kind = 'AUTHORITY' and t.is_active and near.digits is not null
  ) source
  where p.ended_on is null and p.raised_on is null and p.presented_on <= $1::date - $3::int and source.is_fresh
    and not exists (select from record r where r.number_hash = p.number_hash)
  order by p.presented_on, p.presentation_id
  limit $2
),
raised as (
  update presentation p
  set raised_on = $1, issuer_id = u.issuer_id
  from unknown u
  where p.presentation_id = u.presentation_id
  returning p.*
),
announced as (
  select append_events(array_agg(
    presentation_event(row(r.*)::presentation, 'credential.unknownPresented', $1) order by r.presentation_id))
  from raised r
  having count(*) > 0
)
select (select count(*) from raised)::int
from (select count(*) from announced) done

-- name: end_unknown
-- Numbers presented that some authority has recorded by now; told where it had been told that nobody had. $1 day, $2 at most
with known as (
  select p.presentation_id
  from presentation p
  where p.ended_on is null and exists (select from record r where r.number_hash = p.number_hash)
  order by p.presented_on, p.presentation_id
  limit $2
),
ended as (
  update presentation p
  set ended_on = $1
  from known k
  where p.presentation_id = k.presentation_id
  returning p.*
),
announced as (
  select append_events(array_agg(
    presentation_event(row(e.*)::presentation, 'credential.unknownResolved', $1) order by e.presentation_id))
  from ended e
  where e.raised_on is not null
  having count(*) > 0
)
select (select count(*) from ended where raised_on is not null)::int
from (select count(*) from announced) done

-- name: end_presentation
-- Reviews of a number that was presented learn that it is known. $1 presentation, $2 day
update review
set cause_lifted_on = $2, cause_lifted_as = 'LIFTED'
where cause_record_id = $1 and cause_lifted_on is null
