-- name: fill
-- Certificates in turn valid, one in a hundred revoked; a thousand actions on others. $1 how many
insert into record (owner_id, kind, family, key_hash, audience, person_id, number_hash, name_shown, region, valid_from, valid_to,
  review_due_on, reported_status, body, fingerprint, recorded_on, starts_on)
select $2, 'SPECIAL_OPERATION', 'CERTIFICATE', sha256(n::text::bytea), 2, md5(n::text)::uuid, sha256(('n' || n)::bytea), '甲*',
  '440300', current_date - 400, current_date + 1000 + n % 700, current_date + 400,
  case when n % 100 = 0 then 'REVOKED' else 'VALID' end, '{"operationCode": "1.2"}', 'x', current_date, current_date
from generate_series(1, $1) n

-- name: act
insert into record (owner_id, kind, family, key_hash, audience, person_id, number_hash, region, effective_on, body, fingerprint,
  recorded_on, starts_on)
select $1, 'CERTIFICATE_ACTION', 'ACTION', sha256(('a' || n)::bytea), 2, md5((n * 7 + 1)::text)::uuid,
  sha256(('n' || n * 7 + 1)::bytea), '440300', current_date - 10, '{"measure": "REVOKED"}', 'x', current_date, current_date
from generate_series(1, 1000) n

-- name: certificates
select record_id from record where family = 'CERTIFICATE'

-- name: plain
-- The base of the ratio: what a list would be if what was reported were all.
select s.idx
from status_slot s
join record r on r.record_id = s.item_id
where s.list_id = $1 and r.reported_status <> 'VALID'

-- name: revoke
update record
set reported_status = 'REVOKED', version = version + 1, previous_status = 'VALID'
where record_id = (select item_id from status_slot where list_id = 1 order by idx offset 5000 limit 1)
