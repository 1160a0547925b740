-- name: starts
-- When a flag or an action was announced, and to what circle. $1 record, $2 subject, $3 position of the end
select day, audience
from event
where record_id = $1 and subject = $2 and position < $3 and type in ('riskFlag.raised', 'adverseAction.imposed')

-- name: audience
-- To what circle an event was announced. $1 event
select audience
from event
where event_id = $1

-- name: tell_left
-- One event for each tenant, for it alone, once since the last announcement. $1 event of the end, $2 tenants
select append_events(array_agg(row(
    null, e.owner_id, 'record.withdrawn', e.subject, null, null, 0, 0, a.tenant_id, e.credit_code, e.record_id, null, e.day,
    jsonb_strip_nulls(jsonb_build_object(
      'recordId', e.record_id, 'kind', e.payload->>'kind', 'version', (e.payload->>'version')::int,
      'creditCode', e.payload->>'creditCode', 'personId', e.payload->>'personId',
      'decisionNumber', e.payload->>'decisionNumber', 'category', e.payload->>'category', 'liftedOn', e.payload->>'liftedOn')),
    null)::event order by a.tenant_id))
from event e
cross join unnest($2::int[]) as a (tenant_id)
where e.event_id = $1 and not exists (
  select
  from event told
  where told.record_id = e.record_id and told.type = 'record.withdrawn' and told.addressee_id = a.tenant_id
    and told.subject = e.subject and told.version > (
      select max(s.version)
      from event s
      where s.record_id = e.record_id and s.subject = e.subject and s.version < e.version
        and s.type in ('riskFlag.raised', 'adverseAction.imposed')))
having count(*) > 0
