-- name: keep_cursor
-- A sink's progress; a new one starts at the beginning of the stream. $1 sink
insert into worker_cursor (worker)
values ($1)
on conflict (worker) do nothing

-- name: claim_cursor
-- One process at a time: no row while another one is at it. $1 sink
select position
from worker_cursor
where worker = $1
for update skip locked

-- name: move_cursor
-- $1 sink, $2 position
update worker_cursor
set position = $2, moved_at = now()
where worker = $1

-- name: next_events
-- $1 after position, $2 at most
select e.event_id, e.position, o.slug as owner, e.type, e.subject, e.version, e.audience, e.least_level,
  a.slug as addressee, e.day, e.occurred_at, e.payload
from event e
join tenant o on o.tenant_id = e.owner_id
left join tenant a on a.tenant_id = e.addressee_id
where e.position > $1
order by e.position
limit $2

-- name: progress
-- For the operator: how far each sink has got, and how far that is behind the stream.
select c.worker as sink, c.position, h.position - c.position as behind
from worker_cursor c
cross join stream_head h
where c.worker like 'relay-%'
