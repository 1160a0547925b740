-- name: open_batch
-- $1 batch_id, $2 owner_id, $3 kind, $4 file_name, $5 operator, $6 state, $7 form
insert into import_batch (batch_id, owner_id, kind, file_name, operator, state, form)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (batch_id) do update set state = excluded.state, form = excluded.form, touched_at = now()

-- name: count_rows
-- Rows of one more chunk. $1 batch_id, $2 read, $3 new, $4 changed, $5 late, $6 unchanged, $7 refused
update import_batch
set rows_read = rows_read + $2, rows_new = rows_new + $3, rows_changed = rows_changed + $4, rows_late = rows_late + $5,
  rows_unchanged = rows_unchanged + $6, rows_refused = rows_refused + $7, touched_at = now()
where batch_id = $1

-- name: touch_batch
-- Somebody still works on it. $1 batch_id
update import_batch
set touched_at = now()
where batch_id = $1 and finished_at is null

-- name: finish_batch
-- $1 batch_id, $2 the code it failed with, null for none
update import_batch
set state = case when $2::text is not null then 'FAILED' when rows_refused > 0 then 'PARTLY' else 'SUCCEEDED' end,
  failure = $2, finished_at = now(), touched_at = now()
where batch_id = $1

-- name: announce_batch
-- $1 batch_id, $2 day
select append_events(array_agg(import_event(b, $2)))
from import_batch b
where batch_id = $1
having count(*) > 0

-- name: batch_now
-- An own import as it is now. $1 owner_id, $2 batch_id
select batch_id, kind, file_name, operator, import_state(state, touched_at) as state, failure, form, received_at, finished_at,
  reverted_at, rows_read, rows_new, rows_changed, rows_late, rows_unchanged, rows_refused
from import_batch
where owner_id = $1 and batch_id = $2

-- name: keep_returned
-- $1 batch_id, $2 part, $3 owner_id, $4 sealed rows
insert into import_receipt (batch_id, part, owner_id, sealed)
values ($1, $2, $3, $4)

-- name: returned_parts
-- Rows an own import gave back, in order, for 7 days. $1 owner_id, $2 batch_id
select part, sealed
from import_receipt
where owner_id = $1 and batch_id = $2 and kept_at > now() - interval '7 days'
order by part

-- name: forget_returned
-- Rows given back are kept for 7 days (hub role).
delete from import_receipt
where kept_at < now() - interval '7 days'
