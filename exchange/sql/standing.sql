-- name: certificates
-- Own certificates that are not simply valid. $1 owner_id, $2 kind, $3 key hashes
select key_hash, record_id, version, reported_status, coalesce(effective_on, recorded_on) as since, valid_to
from record
where owner_id = $1 and kind = $2 and key_hash = any ($3::bytea[]) and family = 'CERTIFICATE'
  and reported_status is distinct from 'VALID'

-- name: flags
-- Own flags that were lifted. $1 owner_id, $2 kind, $3 key hashes
select key_hash, record_id, version, lifted_on
from record
where owner_id = $1 and kind = $2 and key_hash = any ($3::bytea[]) and family = 'ADVERSE' and lifted_on is not null

-- name: assessments
-- Own assessments of risk and their days. $1 owner_id, $2 kind, $3 key hashes
select key_hash, record_id, version, effective_on
from record
where owner_id = $1 and kind = $2 and key_hash = any ($3::bytea[]) and family = 'RISK'

-- name: correct
-- This transaction corrects what was reported: a certificate that had ended may come back.
select set_config('app.corrects', 'on', true)
