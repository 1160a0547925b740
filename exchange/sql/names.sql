-- name: next_named
-- The next events and the records they are about. $1 after position, $2 at most
select position, event_id, record_id
from event
where position > $1
order by position
limit $2

-- name: add_names
-- Enters every name these records bear now. $1 record ids
with borne as materialized (
  select distinct r.owner_id, r.audience, n.credit_code, n.person_id, folded(n.name) as name
  from record r
  cross join lateral names_borne(r.person_id, r.credit_code, r.name, r.employer_name) n
  where r.record_id = any ($1::uuid[]) and length(folded(n.name)) > 1
),
fresh as (
  insert into known_name (name)
  select distinct name
  from borne b
  where not exists (select from known_name k where k.name = b.name)
  on conflict do nothing
  returning name_id, name
),
ended as (
  insert into name_ending (ending, name_id)
  select e.ending, f.name_id
  from fresh f
  cross join lateral name_endings(f.name) as e (ending)
)
insert into name_bearer (name_id, owner_id, audience, credit_code, person_id)
select coalesce(f.name_id, k.name_id), b.owner_id, b.audience, b.credit_code, b.person_id
from borne b
left join fresh f using (name)
left join known_name k using (name)
on conflict do nothing

-- name: forget_bearers
-- Takes out what former versions of these records bore and no record of their owner bears any more; gives the names.
-- $1 record ids
with former as materialized (
  select distinct v.owner_id, v.audience, n.credit_code, n.person_id, folded(n.name) as name
  from record_version v
  cross join lateral names_borne(v.person_id, v.credit_code, v.name, v.employer_name) n
  where v.record_id = any ($1::uuid[])
    and not exists (
      select
      from record r
      where r.record_id = v.record_id and r.owner_id = v.owner_id and r.audience = v.audience
        and (r.person_id, r.credit_code, r.name, r.employer_name)
          is not distinct from (v.person_id, v.credit_code, v.name, v.employer_name))
)
delete from name_bearer b
using former f, known_name k
where k.name = f.name and b.name_id = k.name_id and b.owner_id = f.owner_id and b.audience = f.audience
  and b.credit_code is not distinct from f.credit_code and b.person_id is not distinct from f.person_id
  and not exists (
    select
    from record r
    cross join lateral names_borne(r.person_id, r.credit_code, r.name, r.employer_name) n
    where (r.person_id = f.person_id or f.person_id is null and r.credit_code = f.credit_code)
      and r.owner_id = f.owner_id and r.audience = f.audience
      and n.person_id is not distinct from f.person_id and n.credit_code is not distinct from f.credit_code
      and folded(n.name) = f.name)
returning b.name_id

-- name: forget_names
-- Takes out names that nobody bears any more, with their endings. $1 names
with unborne as (
  delete from known_name k
  where k.name_id = any ($1::bigint[]) and not exists (select from name_bearer b where b.name_id = k.name_id)
  returning name_id, name
)
delete from name_ending e
using unborne u
cross join lateral name_endings(u.name) as n (ending)
where e.ending = n.ending and e.name_id = u.name_id

-- name: forget_all
-- Empties the index, so that the worker builds it again.
with bearers as (
  delete from name_bearer
),
names as (
  delete from known_name
)
delete from name_ending

-- name: known_names
-- How many there are, for whoever had them built again.
select count(*)::int
from known_name

-- name: names_lag
-- For the operator: events whose names are not entered yet.
select (h.position - c.position)::int as unnamed
from stream_head h, worker_cursor c
where c.worker = 'names'

-- name: mark_persons
-- Enters how the persons of these records look. $1 record ids
insert into person_mark (mark, person_id)
select distinct person_mark(r), r.person_id
from record r
where r.record_id = any ($1::uuid[]) and r.person_id is not null and r.name is not null and r.id_shown is not null
on conflict do nothing

-- name: suspect_duplicates
-- Records under other persons that look like one of these, a few of each. $1 record ids
with fresh as materialized (
  select r as whole, r.record_id, r.owner_id, r.person_id
  from record r
  where r.record_id = any ($1::uuid[]) and r.person_id is not null
),
alike as (
  select f.record_id, f.owner_id, f.person_id, o.record_id as other_record_id, o.owner_id as other_owner_id,
    o.person_id as other_person_id, 'CERTIFICATE_NUMBER' as basis
  from fresh f
  cross join lateral (
    select record_id, owner_id, person_id
    from record
    where number_hash = (f.whole).number_hash and kind = (f.whole).kind and person_id <> f.person_id
    limit 5
  ) o
  union all
  select f.record_id, f.owner_id, f.person_id, o.record_id, o.owner_id, o.person_id, 'NAME_AND_ID_NUMBER'
  from fresh f
  cross join lateral (
    select other.record_id, other.owner_id, other.person_id
    from person_mark m
    join record other on other.person_id = m.person_id
    where m.mark = person_mark(f.whole) and m.person_id <> f.person_id
      and other.name is not distinct from (f.whole).name and other.id_shown is not distinct from (f.whole).id_shown
    limit 5
  ) o
)
insert into person_suspicion (owner_id, basis, person_id, record_id, other_person_id, other_record_id)
select owner_id, basis, person_id, record_id, other_person_id, other_record_id
from (
  select * from alike
  union
  select other_record_id, other_owner_id, other_person_id, record_id, owner_id, person_id, basis from alike
) found
where owner_id <> other_owner_id or record_id < other_record_id
order by record_id, other_record_id
on conflict do nothing
