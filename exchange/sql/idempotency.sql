-- name: reserve
-- Takes a key, or one whose first request died a minute ago without an answer. $1 owner_id, $2 key, $3 request hash
insert into idempotency as i (owner_id, key, request_hash)
values ($1, $2, $3)
on conflict (owner_id, key) do update set started_at = now()
where i.response is null and i.request_hash = excluded.request_hash and i.started_at < now() - interval '1 minute'
returning key

-- name: known
-- $1 owner_id, $2 key
select request_hash, response
from idempotency
where owner_id = $1 and key = $2

-- name: keep_response
-- $1 owner_id, $2 key, $3 response
update idempotency
set response = $3
where owner_id = $1 and key = $2

-- name: release
-- A request that failed leaves its key free. $1 owner_id, $2 key
delete from idempotency
where owner_id = $1 and key = $2 and response is null

-- name: forget
-- Keys are kept for 48 hours (hub role).
delete from idempotency
where started_at < now() - interval '48 hours'
