-- name: next_named
-- The next events and the records they are about. $1 after position, $2 at most
select position, event_id, record_id
from event
where position > $1
order by position
limit $2

-- name: add_names
-- Enters every name these records bear now. $1 record ids
insert into name_ending (ending, owner_id, audience, credit_code, person_id)
select distinct e.ending, r.owner_id, r.audience, n.credit_code, n.person_id
from record r
cross join lateral names_borne(r.person_id, r.credit_code, r.name, r.employer_name) n
cross join lateral name_endings(n.name) as e (ending)
where r.record_id = any ($1::uuid[])
on conflict do nothing

-- name: forget_names
-- Takes out what former versions of these records bore and no record of their owner bears any more. $1 record ids
with former as materialized (
  select distinct v.owner_id, v.audience, n.credit_code, n.person_id, e.ending
  from record_version v
  cross join lateral names_borne(v.person_id, v.credit_code, v.name, v.employer_name) n
  cross join lateral name_endings(n.name) as e (ending)
  where v.record_id = any ($1::uuid[])
    and not exists (
      select
      from record r
      where r.record_id = v.record_id and r.owner_id = v.owner_id and r.audience = v.audience
        and (r.person_id, r.credit_code, r.name, r.employer_name)
          is not distinct from (v.person_id, v.credit_code, v.name, v.employer_name))
),
gone as (
  select *
  from former f
  where not exists (
    select
    from record r
    cross join lateral names_borne(r.person_id, r.credit_code, r.name, r.employer_name) n
    where (r.person_id = f.person_id or f.person_id is null and r.credit_code = f.credit_code)
      and r.owner_id = f.owner_id and r.audience = f.audience
      and n.person_id is not distinct from f.person_id and n.credit_code is not distinct from f.credit_code
      and position(f.ending in folded(n.name)) > 0)
)
delete from name_ending e
using gone g
where e.ending = g.ending and e.owner_id = g.owner_id and e.audience = g.audience
  and e.credit_code is not distinct from g.credit_code and e.person_id is not distinct from g.person_id

-- name: forget_all
-- Empties the entries, so that the worker builds them again.
delete from name_ending

-- name: names_lag
-- For the operator: events whose names are not entered yet.
select (h.position - c.position)::int as unnamed
from stream_head h, worker_cursor c
where c.worker = 'names'
