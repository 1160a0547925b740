-- name: facing
-- Staged records that face something of their owner's they cannot simply follow, or only into the history. $1 owner_id
select i.kind, i.family, i.key_hash, r.record_id, r.version,
  r.reported_status as before, coalesce(r.effective_on, r.recorded_on) as since, r.valid_to, r.lifted_on as lifted_before,
  r.starts_on, i.reported_status as after, i.body->>'operation' as operation, i.valid_from, i.lifted_on, i.effective_on
from pg_temp.incoming_record i
join record r on r.owner_id = $1 and r.kind = i.kind and r.key_hash = i.key_hash
where i.family = 'CERTIFICATE' and r.reported_status is distinct from 'VALID'
  or i.family in ('ADVERSE', 'ACTION') and r.lifted_on is not null
  or i.family = 'RISK' and i.effective_on < r.starts_on

-- name: leave_out
-- Staged records that are not to be kept. $1 key hashes
delete from pg_temp.incoming_record
where key_hash = any ($1::bytea[])

-- name: correct
-- This transaction corrects what was reported: a certificate that had ended may come back.
select set_config('app.corrects', 'on', true)
