-- name: next_place
-- The place of the next slot, never given twice.
select nextval('status_slot_place')

-- name: keep_slot
-- $1 list, $2 index, $3 owner, $4 kind, $5 what it is about
insert into status_slot (list_id, idx, owner_id, kind, item_id)
values ($1, $2, $3, $4, $5)
on conflict (owner_id, kind, item_id) do nothing
returning list_id, idx

-- name: slot_of
-- $1 owner, $2 kind, $3 what it is about
select list_id, idx
from status_slot
where owner_id = $1 and kind = $2 and item_id = $3

-- name: last_list
-- The number of lists that have slots; null while there is none.
select list_id
from status_slot
order by list_id desc
limit 1

-- name: mark
-- How far this transaction sees: the last event, and the oldest transaction that may still commit a slot.
select coalesce((select max(position) from event), 0) as position, pg_snapshot_xmin(pg_current_snapshot())::text as horizon

-- name: certificate_slots
-- Slots of a list, from one index to another, that are not valid on a day. Most are looked at by their own columns alone;
-- a certificate that is gone was voided. $1 list, $2 day, $3 first, $4 last
with candidate as materialized (
  select s.idx, r as certificate
  from status_slot s
  left join record r on r.record_id = s.item_id and r.family = 'CERTIFICATE'
  where s.list_id = $1 and s.idx between $3 and $4 and s.kind = 'CERTIFICATE'
    and (r.record_id is null or needs_looking(r, $2)
      or r.kind = 'CONSTRUCTION_SAFETY_MANAGER' and exists (
        select
        from record other
        where other.person_id = r.person_id and other.family = 'CERTIFICATE' and other.kind = r.kind
          and other.record_id <> r.record_id)
      or exists (select from record a where a.family = 'ACTION' and a.person_id = r.person_id)
      or exists (select from person_verdict v where v.person_id = r.person_id)
      or exists (select from person_verdict v where v.other_person_id = r.person_id)
      or exists (
        select
        from record other
        where other.number_hash = r.number_hash and other.family = 'CERTIFICATE'
          and other.reported_status in ('SUSPENDED', 'REVOKED', 'RESCINDED', 'CANCELLED')))
),
judged as (
  select idx, case when (certificate).record_id is null then 1 else proof_status(certificate, $2) end as status
  from candidate
)
select idx, status
from judged
where status <> 0

-- name: certificate_slots_touched
-- Slots of a list that events after a position, or transactions from a horizon on, may have changed, with their status.
-- $1 list, $2 day, $3 position, $4 horizon
with touched as materialized (
  select s.idx, s.item_id
  from certificates_touched($3) c (record_id)
  join status_slot s on s.item_id = c.record_id
  where s.list_id = $1 and s.kind = 'CERTIFICATE'
  union
  select s.idx, s.item_id
  from status_slot s
  where s.list_id = $1 and s.made_in >= $4::text::xid8 and s.kind = 'CERTIFICATE'
)
select t.idx, case when r.record_id is null then 1 else proof_status(r, $2) end as status
from touched t
left join record r on r.record_id = t.item_id and r.family = 'CERTIFICATE'

-- name: confirmation_slots
-- Slots of confirmations, from one index to another, whose verdict holds no more. When one has run out its receipt says so.
-- $1 list, $2 day, $3 first, $4 last
select s.idx, v.status
from status_slot s
join confirmation c on c.confirmation_id = s.item_id
cross join lateral confirmation_status(c, $2) v (status)
where s.list_id = $1 and s.idx between $3 and $4 and s.kind = 'CONFIRMATION' and c.valid_until >= $2 and v.status <> 0

-- name: confirmation_slots_touched
-- The same of those that events after a position, or transactions from a horizon on, may have changed, with their status.
-- $1 list, $2 day, $3 position, $4 horizon
with touched as materialized (
  select c.confirmation_id
  from certificates_touched($3) t (record_id)
  join confirmation c on c.record_id = t.record_id
  union
  select (e.payload->>'confirmationId')::uuid
  from event e
  where e.position > $3 and e.type = 'confirmation.changed'
  union
  select (e.payload->>'confirmationId')::uuid
  from event e
  where e.position is null and e.type = 'confirmation.changed'
  union
  select s.item_id
  from status_slot s
  where s.list_id = $1 and s.made_in >= $4::text::xid8 and s.kind = 'CONFIRMATION'
)
select s.idx, case when c.valid_until >= $2 then v.status else 0 end as status
from touched t
join confirmation c using (confirmation_id)
join status_slot s on s.item_id = c.confirmation_id and s.list_id = $1
cross join lateral confirmation_status(c, $2) v (status)
