-- name: is_seeded
-- Whether a tenant has published records of a kind. $1 owner_id, $2 kind
select exists (
  select
  from source_confirmation
  where owner_id = $1 and kind = $2
)
