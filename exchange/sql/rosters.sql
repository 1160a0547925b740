-- name: keep_roster
-- A roster by its name; null where there is none and no purpose is given. $1 owner_id, $2 name, $3 purpose or null, $4 day
with kept as (
  insert into roster (owner_id, name, purpose, created_on)
  select $1, $2, $3, $4
  where $3::text is not null
  on conflict (owner_id, name) do update set purpose = excluded.purpose
  returning roster_id
)
select roster_id from kept
union all
select roster_id
from roster
where owner_id = $1 and name = $2 and $3::text is null

-- name: before_alerts
-- The worker waits for uploads that have begun: whatever happens after somebody was entered is told.
select pg_advisory_xact_lock_shared(hashtextextended('rosters', 0))

-- name: one_at_a_time
-- Uploads of one roster follow each other. $1 roster
select pg_advisory_xact_lock(hashtextextended('roster ' || $1::uuid, 0))

-- name: employed
-- Of these persons, whom a record names as staff of the firm: a certificate, or a post that has not ended. $1 persons,
-- $2 credit code, $3 day
select p.id as person_id
from unnest($1::uuid[]) p (id)
where exists (
  select
  from record r
  where r.person_id = p.id and r.credit_code = $2
    and (r.family = 'CERTIFICATE' or r.kind = 'APPOINTMENT' and (r.valid_to is null or r.valid_to >= $3)))

-- name: standing
-- What stands of these subjects already. $1 roster, $2 subjects
select subject, content_hash
from roster_entry
where roster_id = $1 and subject = any ($2::text[]) and removed_on is null

-- name: enter
-- New entries, and those with other words; since when somebody is watched stays. $1 roster, $2 owner_id, $3 day, then arrays:
-- $4 subjects, $5 persons, $6 credit codes, $7 labels, $8 numbers shown, $9 sealed, $10 hashes
insert into roster_entry as e (
  roster_id, owner_id, added_on, subject, person_id, credit_code, label, number_shown, sealed, content_hash)
select $1, $2, $3, n.*
from unnest($4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[]) n
on conflict (roster_id, subject) do update
set label = excluded.label, number_shown = excluded.number_shown, sealed = excluded.sealed, content_hash = excluded.content_hash,
  added_on = case when e.removed_on is null then e.added_on else excluded.added_on end,
  added_at = case when e.removed_on is null then e.added_at else excluded.added_at end,
  removed_on = null

-- name: remove
-- What was kept of their names goes. $1 roster, $2 subjects, $3 day
update roster_entry
set removed_on = $3, sealed = null, label = null, number_shown = null, content_hash = null
where roster_id = $1 and subject = any ($2::text[]) and removed_on is null

-- name: roster
-- An own roster. $1 owner_id, $2 roster
select roster_id, name
from roster
where owner_id = $1 and roster_id = $2

-- name: entries
-- All that stands in an own roster, in the order it was entered. $1 owner_id, $2 roster
select subject, sealed
from roster_entry
where owner_id = $1 and roster_id = $2 and removed_on is null
order by place
