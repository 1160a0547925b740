-- name: is_seeded
-- Whether a tenant has this many records of a kind, or more. $1 owner_id, $2 kind, $3 count
select count(*) >= $3::bigint
from record
where owner_id = $1 and kind = $2
