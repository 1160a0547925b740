-- name: after_uploads
-- Uploads that have begun are waited for; those that come wait for this batch. Taken before all else.
select pg_advisory_xact_lock(hashtextextended('rosters', 0))

-- name: last_position
-- Where the next batch of events ends. $1 position reached, $2 at most
select coalesce(max(position), $1)
from (
  select position
  from event
  where position > $1
  order by position
  limit $2
) next

-- name: watching
-- Whose rosters have the subject of an event. $1 after position, $2 up to position, $3 types, $4 kinds
select distinct w.owner_id
from event e
cross join lateral same_subjects(e.subject) s (id)
join roster_entry w on w.subject = s.id and w.removed_on is null
where e.position > $1 and e.position <= $2 and e.payload->>'kind' = any ($4::text[]) and (e.type = any ($3::text[]) or is_renewal(e))

-- name: alert
-- One alert for each roster entry and event its owner may read, of events since it was entered. Only an authority learns that
-- two ids are one person. $1 after position, $2 up to position, $3 types, $4 kinds, $5 json array of sights
select append_events(array_agg(row(
    null, w.owner_id, 'roster.alerted', 'T:' || w.roster_id, null, null, 0, 0, null, null, e.record_id, null, e.day,
    jsonb_build_object(
      'rosterId', w.roster_id, 'subject', w.subject, 'causeType', e.type, 'causeEventId', e.event_id, 'recordId', e.record_id,
      'day', e.day),
    null)::event order by e.position, w.place))
from event e
cross join lateral same_subjects(e.subject) s (id)
join roster_entry w on w.subject = s.id and w.removed_on is null
join json_to_recordset($5::json) as o (tenant_id int, level int, reads int[], firm text) on o.tenant_id = w.owner_id
where e.position > $1 and e.position <= $2 and e.payload->>'kind' = any ($4::text[]) and (e.type = any ($3::text[]) or is_renewal(e))
  and e.occurred_at >= w.added_at and may_hear(e, o.tenant_id, o.level, o.reads, o.firm)
  and (o.level < 3 or w.person_id is null) and (o.level = 1 or w.subject = e.subject)
having count(*) > 0

-- name: asking
-- Who asked about the subject of an event before. $1 after position, $2 up to position, $3 types, $4 kinds
select distinct a.tenant_id as owner_id
from event e
cross join lateral past_askers(e.subject, e.occurred_at) a
where e.position > $1 and e.position <= $2 and e.payload->>'kind' = any ($4::text[]) and (e.type = any ($3::text[]) or is_renewal(e))
  and a.month >= e.day - interval '61 months'

-- name: tell_askers
-- One event for each asker and event that may change what he was told, as far as he may read it; what he reported himself is no
-- news to him, what time brought is. Under a subject that no other event has, so that no count shows it. $1 after position,
-- $2 up to position, $3 types, $4 kinds, $5 json array of sights, $6 types of events that time brings
select append_events(array_agg(row(
    null, o.tenant_id, 'answer.changed', 'T:' || t.slug || '/answers', null, null, 0, 0, null, null, e.record_id, null, e.day,
    jsonb_build_object(
      'subject', e.subject, 'causeType', e.type, 'causeEventId', e.event_id, 'recordId', e.record_id, 'day', e.day),
    null)::event order by e.position, o.tenant_id))
from event e
cross join lateral (
  select a.tenant_id, max(a.month) filter (where a.is_same) as month, max(a.month) as month_of_any
  from past_askers(e.subject, e.occurred_at) a
  group by a.tenant_id
) a
join json_to_recordset($5::json) as o (tenant_id int, level int, reads int[], firm text) on o.tenant_id = a.tenant_id
join tenant t on t.tenant_id = o.tenant_id
cross join lateral (select asker_months(o.tenant_id, e.owner_id) as months) term
where e.position > $1 and e.position <= $2 and e.payload->>'kind' = any ($4::text[]) and (e.type = any ($3::text[]) or is_renewal(e))
  and (e.owner_id <> o.tenant_id or e.type = any ($6::text[])) and may_hear(e, o.tenant_id, o.level, o.reads, o.firm)
  and case when o.level = 1 then a.month_of_any else a.month end >= date_trunc('month', e.day - make_interval(months => term.months))
  and term.months > 0
having count(*) > 0

-- name: keep_failure
-- $1 worker, $2 position, $3 error
insert into worker_failure (worker, position, event_id, error)
select $1, e.position, e.event_id, $3
from event e
where e.position = $2
on conflict (worker, position) do update set error = excluded.error, failed_at = now()
