-- name: one_at_a_time
-- Waits for another table of the same tenant, which counts its look-ups that find nobody. $1 tenant
select pg_advisory_xact_lock(hashtextextended('recognition ' || $1::int, 0))

-- name: certificates
-- As certificate_facts (recognition.sql), of many numbers: one row for each certificate, one without for a number of which none
-- is found. Numbers of persons are answered in order until as many found nobody as may; of those after, hit or miss, nothing is
-- told or written. What is told is written down: the persons found together, each person sought in vain apart.
-- $1 number hashes, $2 of each the person whose number it is, else null, $3 day, $4 owner, $5 client, $6 purpose,
-- $7 case number, $8 request id, $9 firm whose staff alone may be asked about, null for an authority,
-- $10 and $11 misses allowed to a client and to a tenant
with asked as materialized (
  select a.place, a.number_hash, a.person_id
  from unnest($1::bytea[], $2::uuid[]) with ordinality as a (number_hash, person_id, place)
),
found as materialized (
  select a.place, r.*, greatest(s.confirmed_at, r.recorded_at) as confirmed_at
  from asked a
  cross join lateral (
    select c.*
    from record c
    where c.family = 'CERTIFICATE' and c.number_hash = a.number_hash
      and ($9::text is null or exists (
        select
        from record o
        where o.person_id = c.person_id and o.credit_code = $9
          and (o.family = 'CERTIFICATE' or (o.kind = 'APPOINTMENT' and (o.valid_to is null or o.valid_to >= $3)))
      ))
    order by c.valid_to desc, c.record_id
    limit 20
  ) r
  left join source_confirmation s on s.owner_id = r.owner_id and s.kind = r.kind
),
missed as materialized (
  select a.place, a.person_id, row_number() over (order by a.place) as nth
  from asked a
  where a.person_id is not null and not exists (select from found f where f.place = a.place)
),
allowed as (
  select least(
    $10::int - (
      select count(*)
      from access_record
      where owner_id = $4 and client_id = $5 and sought is not null and read_at > now() - interval '15 minutes'),
    $11::int - (
      select count(*)
      from access_record
      where owner_id = $4 and sought is not null and read_at > now() - interval '1 day')) as misses
),
answered as materialized (
  select a.place
  from asked a
  cross join allowed
  where a.person_id is null
    or (allowed.misses > 0 and a.place <= coalesce((select m.place from missed m where m.nth = allowed.misses), a.place))
),
evidence as (
  insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id, sought)
  select $4, $5, $6, $7, 'recognition', array['Certificate.status'], told.subjects, $8, told.sought
  from (
    select array_agg(distinct f.person_id) as subjects, null::uuid as sought
    from found f
    join answered using (place)
    having count(*) > 0
    union all
    select '{}', m.person_id
    from missed m
    join answered using (place)
  ) told
  returning 1
)
select a.place, n.place is not null as is_answered, f.record_id, f.kind, f.person_id, f.credit_code, f.region, f.issuer_name,
  f.valid_from, f.valid_to, f.review_due_on, f.reviewed_on, f.reported_status, f.effective_on, f.confirmed_at,
  coalesce(f.body->>'managerClass', f.body->>'operationCode', f.body->>'personType', f.body->>'specialty') as subkind,
  f.body->>'operationName' as operation_name, f.body->>'personType' as person_type,
  f.body->>'industryCategory' as industry_category
from asked a
left join answered n using (place)
left join found f on f.place = n.place
order by a.place

-- name: disputed
-- Which of these records are in dispute. $1 record ids
select one.record_id
from unnest($1::uuid[]) as one (record_id)
where is_disputed(one.record_id)

-- name: fired
-- As fired (recognition_rules.sql), of several rules. $1 identifiers, $2 versions, $3 day, $4 who asked
insert into recognition_rule_fired (identifier, version, fired_on, owner_id)
select distinct one.identifier, one.version, $3::date, $4::int
from unnest($1::text[], $2::int[]) as one (identifier, version)
order by one.identifier, one.version
on conflict do nothing

-- name: rely
-- As rely (recognition.sql), of several certificates; in one order, so that nobody waits for each other in a circle.
-- $1 owner, $2 certificates, $3 persons, $4 places, $5 day
insert into recognition_reliance as s (owner_id, record_id, person_id, host_region, relied_on)
select distinct on (one.record_id, one.host_region) $1::int, one.record_id, one.person_id, one.host_region, $5::date
from unnest($2::uuid[], $3::uuid[], $4::text[]) as one (record_id, person_id, host_region)
order by one.record_id, one.host_region
on conflict (owner_id, record_id, host_region) do update
set person_id = excluded.person_id, relied_on = excluded.relied_on
where s.relied_on < excluded.relied_on or s.person_id <> excluded.person_id

-- name: present
-- As present (recognition.sql), of several numbers. $1 owner, $2 number hashes, $3 masked numbers, $4 kinds, $5 divisions of the
-- issuers, $6 places, $7 case number, $8 day
insert into presentation (
  owner_id, number_hash, number_shown, kind, issuing_region, host_region, case_number, presented_on)
select $1::int, one.number_hash, one.number_shown, one.kind, one.issuing_region, one.host_region, $7::text, $8::date
from unnest($2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[])
  as one (number_hash, number_shown, kind, issuing_region, host_region)
order by one.number_hash, one.kind, one.host_region
on conflict do nothing
