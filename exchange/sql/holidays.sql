-- name: days
-- The operator's calendar.
select day, is_working
from holiday

-- name: keep
-- $1 days, $2 whether each is a working day
insert into holiday (day, is_working)
select day, is_working
from unnest($1::date[], $2::boolean[]) as h (day, is_working)
order by day
on conflict (day) do update set is_working = excluded.is_working, loaded_at = now()

-- name: estimated
-- Open reviews whose due day was guessed Monday to Friday.
select review_id, opened_on, workdays
from review
where is_due_estimated and state <> 'DECIDED' and ended_on is null
for update

-- name: settle
-- Due days counted anew. $1 reviews, $2 due days, $3 whether each is still guessed, $4 day
update review r
set due_on = s.due_on, is_due_estimated = s.is_due_estimated,
  due_changed_on = case when r.due_on <> s.due_on then $4 else r.due_changed_on end
from unnest($1::uuid[], $2::date[], $3::boolean[]) as s (review_id, due_on, is_due_estimated)
where r.review_id = s.review_id and (r.due_on <> s.due_on or r.is_due_estimated <> s.is_due_estimated)
returning r.review_id
