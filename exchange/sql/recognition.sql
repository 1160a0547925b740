-- name: certificate_facts
-- The facts of certificates with a number, as far as the context may see them; each read is written down by the same statement,
-- and so is that nothing was found, where the number is a person's: who guesses too often is refused.
-- $1 number hash, $2 day, $3 owner, $4 client, $5 purpose, $6 case number, $7 request id,
-- $8 firm whose staff alone may be asked about, null for an authority: of others not even the evidence may tell anything,
-- $9 the person whose number it is, else null, $10 and $11 misses allowed to a client and to a tenant
with found as materialized (
  select r.*, greatest(s.confirmed_at, r.recorded_at) as confirmed_at
  from record r
  left join source_confirmation s on s.owner_id = r.owner_id and s.kind = r.kind
  where r.family = 'CERTIFICATE' and r.number_hash = $1
    and ($8::text is null or exists (
      select
      from record o
      where o.person_id = r.person_id and o.credit_code = $8
        and (o.family = 'CERTIFICATE' or (o.kind = 'APPOINTMENT' and (o.valid_to is null or o.valid_to >= $2)))
    ))
    and ($9::uuid is null or refuse_guessing($3, $4, $10, $11))
  order by r.valid_to desc, r.record_id
  limit 20
),
evidence as (
  insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id, sought)
  select $3, $4, $5, $6, 'recognition', array['Certificate.status'], coalesce(array_agg(distinct person_id), '{}'), $7,
    case when count(*) = 0 then $9 end
  from found
  having count(*) > 0 or $9 is not null
  returning 1
)
select record_id, kind, person_id, credit_code, region, issuer_name, valid_from, valid_to, review_due_on, reviewed_on,
  reported_status, effective_on, confirmed_at,
  coalesce(body->>'managerClass', body->>'operationCode', body->>'personType', body->>'specialty') as subkind,
  body->>'operationName' as operation_name, body->>'personType' as person_type, body->>'industryCategory' as industry_category
from found

-- name: told_elsewhere
-- Whether another issuer withdrew a certificate of this number for the same work, or one stands withdrawn under another id of
-- the holder, and whether it was exchanged for a new one; only yes or no leaves. What any authority did to it, and whether to
-- any certificate of its holder: the measure leaves, not whose it is. When the last of them ended, and the hours its holder was
-- trained in the 12 months before the day. And the state that held on a day: of the reports that had begun by then, the latest;
-- and whether its issuer still takes part.
-- $1 record_ids, $2 day
select r.record_id,
  (select t.is_active from tenant t where t.tenant_id = r.owner_id) as is_source_active,
  exists (
    select
    from record other
    where other.family = 'CERTIFICATE' and other.number_hash = r.number_hash and other.kind = r.kind
      and other.record_id <> r.record_id and other.reported_status in ('SUSPENDED', 'REVOKED', 'RESCINDED')
      and same_work(other.body, r.body)
  ) or is_contested_elsewhere(r) as is_contested,
  is_transferred(r) as is_transferred,
  (
    select coalesce(json_agg(json_build_object(
      'measure', a.measure, 'is_by_issuer', a.owner_id = r.owner_id, 'is_clear', a.is_clear)), '[]')::text
    from actions_on(r.person_id, r.number_hash, r.first_issued_on, r.valid_from, $2) a
  ) as actions,
  exists (
    select
    from record action
    where action.family = 'ACTION' and action.person_id = r.person_id and (action.lifted_on is null or action.lifted_on > $2)
  ) as holder_has_action,
  (
    select json_agg(distinct jsonb_build_object('mark', action.kind, 'tenant_id', action.owner_id))
    from record action
    where action.family = 'ACTION' and action.person_id = r.person_id and (action.lifted_on is null or action.lifted_on > $2)
  ) as holder_marks,
  (
    select max(action.lifted_on)
    from record action
    where action.family = 'ACTION' and action.person_id = r.person_id and action.lifted_on <= $2
  ) as action_ended_on,
  (
    select sum((course.body->>'hours')::numeric)::float8
    from record course
    where course.family = 'TRAINING' and course.kind = 'TRAINING' and course.person_id = r.person_id
      and course.valid_to <= $2 and course.valid_to > $2 - interval '12 months'
  ) as training_hours,
  (
    select told.reported_status
    from (
      select version, reported_status, effective_on, recorded_on
      from record_version
      where record_id = r.record_id
      union all
      select r.version, r.reported_status, r.effective_on, r.recorded_on
    ) told
    where coalesce(told.effective_on, told.recorded_on) <= $2
    order by told.version desc
    limit 1
  ) as state_then
from record r
where r.record_id = any ($1::uuid[])

-- name: adverse
-- Whether an adverse record of any authority stands against each of these firms, and when the last that does not stand any more
-- ended; and of those that stand, of which kind and whose they are, for agreements that say what they do at other members.
-- Nothing of a firm that has none. $1 credit codes, $2 day
select a.credit_code, bool_or(a.stands) as stands, max(a.ended_on) filter (where not a.stands) as ended_on,
  json_agg(distinct jsonb_build_object('mark', a.kind, 'tenant_id', a.owner_id)) filter (where a.stands) as marks
from (
  select credit_code, kind, owner_id, (lifted_on is null or lifted_on > $2) and in_term(body, $2) as stands,
    least(lifted_on, stated_day(body, 'termEndsOn') + 1) as ended_on
  from record
  where family = 'ADVERSE' and credit_code = any ($1::text[])
) a
group by a.credit_code

-- name: rely
-- An authority recognised a certificate: of a place the latest day counts. $1 owner, $2 certificate, $3 person, $4 place, $5 day
insert into recognition_reliance as s (owner_id, record_id, person_id, host_region, relied_on)
values ($1, $2, $3, $4, $5)
on conflict (owner_id, record_id, host_region) do update
set person_id = excluded.person_id, relied_on = excluded.relied_on
where s.relied_on < excluded.relied_on or s.person_id <> excluded.person_id

-- name: present
-- A number nobody had recorded was presented; of each place once, until it is known. $1 owner, $2 number hash, $3 masked number,
-- $4 kind, $5 division of the issuer, $6 place, $7 case number, $8 day
insert into presentation (
  owner_id, number_hash, number_shown, kind, issuing_region, host_region, case_number, presented_on)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing

-- name: certificate_facts_then
-- As certificate_facts, of what was known at a moment; whom one may ask about is said by the records of today.
-- $1 number hash, $2 day, $3 owner, $4 client, $5 purpose, $6 case number, $7 request id, $8 firm whose staff may be asked about,
-- $9 the person whose number it is, $10 and $11 misses allowed, $12 the moment
with found as materialized (
  select r.*, greatest((
    select max(c.confirmed_at)
    from confirmed_source c
    where c.owner_id = r.owner_id and c.kind = r.kind and c.confirmed_at <= $12
  ), r.recorded_at) as confirmed_at
  from known_records('infinity', $12) r
  where r.family = 'CERTIFICATE' and r.number_hash = $1
    and ($8::text is null or exists (
      select
      from record o
      where o.person_id = r.person_id and o.credit_code = $8
        and (o.family = 'CERTIFICATE' or (o.kind = 'APPOINTMENT' and (o.valid_to is null or o.valid_to >= $2)))
    ))
    and ($9::uuid is null or refuse_guessing($3, $4, $10, $11))
  order by r.valid_to desc, r.record_id
  limit 20
),
evidence as (
  insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id, sought)
  select $3, $4, $5, $6, 'recognition', array['Certificate.status'], coalesce(array_agg(distinct person_id), '{}'), $7,
    case when count(*) = 0 then $9 end
  from found
  having count(*) > 0 or $9 is not null
  returning 1
)
select record_id, kind, person_id, credit_code, region, issuer_name, valid_from, valid_to, review_due_on, reviewed_on,
  reported_status, effective_on, confirmed_at,
  coalesce(body->>'managerClass', body->>'operationCode', body->>'personType', body->>'specialty') as subkind,
  body->>'operationName' as operation_name, body->>'personType' as person_type, body->>'industryCategory' as industry_category
from found

-- name: told_elsewhere_then
-- As told_elsewhere, of what was known at a moment; that two ids are one person speaks against it whenever that was found.
-- $1 record_ids, $2 day, $3 moment
select r.record_id, true as is_source_active,
  exists (
    select
    from known_records('infinity', $3) other
    where other.family = 'CERTIFICATE' and other.number_hash = r.number_hash and other.kind = r.kind
      and other.record_id <> r.record_id and other.reported_status in ('SUSPENDED', 'REVOKED', 'RESCINDED')
      and same_work(other.body, r.body)
  ) or exists (select from record now where now.record_id = r.record_id and is_contested_elsewhere(now)) as is_contested,
  is_exchanged(r.record_id, r.person_id, r.kind, r.number_shown, r.body->>'certificateIdentifier', 'infinity', $3)
    as is_transferred,
  (
    select coalesce(json_agg(json_build_object(
      'measure', a.measure, 'is_by_issuer', a.owner_id = r.owner_id, 'is_clear', a.is_clear)), '[]')::text
    from actions_on(r.person_id, r.number_hash, r.first_issued_on, r.valid_from, $2, $3) a
  ) as actions,
  exists (
    select
    from known_records('infinity', $3) action
    where action.family = 'ACTION' and action.person_id = r.person_id and (action.lifted_on is null or action.lifted_on > $2)
  ) as holder_has_action,
  (
    select json_agg(distinct jsonb_build_object('mark', action.kind, 'tenant_id', action.owner_id))
    from known_records('infinity', $3) action
    where action.family = 'ACTION' and action.person_id = r.person_id and (action.lifted_on is null or action.lifted_on > $2)
  ) as holder_marks,
  (
    select max(action.lifted_on)
    from known_records('infinity', $3) action
    where action.family = 'ACTION' and action.person_id = r.person_id and action.lifted_on <= $2
  ) as action_ended_on,
  (
    select sum((course.body->>'hours')::numeric)::float8
    from known_records('infinity', $3) course
    where course.family = 'TRAINING' and course.kind = 'TRAINING' and course.person_id = r.person_id
      and course.valid_to <= $2 and course.valid_to > $2 - interval '12 months'
  ) as training_hours,
  (
    select told.reported_status
    from record_history() told
    where told.record_id = r.record_id and told.recorded_at <= $3 and coalesce(told.effective_on, told.recorded_on) <= $2
    order by told.version desc
    limit 1
  ) as state_then
from known_records('infinity', $3) r
where r.record_id = any ($1::uuid[])

-- name: adverse_then
-- As adverse, of what was known at a moment. $1 credit codes, $2 day, $3 moment
select a.credit_code, bool_or(a.stands) as stands, max(a.ended_on) filter (where not a.stands) as ended_on,
  json_agg(distinct jsonb_build_object('mark', a.kind, 'tenant_id', a.owner_id)) filter (where a.stands) as marks
from (
  select credit_code, kind, owner_id, (lifted_on is null or lifted_on > $2) and in_term(body, $2) as stands,
    least(lifted_on, stated_day(body, 'termEndsOn') + 1) as ended_on
  from known_records('infinity', $3)
  where family = 'ADVERSE' and credit_code = any ($1::text[])
) a
group by a.credit_code

-- name: population
-- Certificates of some kinds and places the context may see, by their ids, for many questions at once. No name and no number.
-- $1 kinds, $2 patterns of issuing divisions, $3 after this id, $4 at most
select record_id, r.kind, person_id, credit_code, region, issuer_name, valid_from, valid_to, review_due_on, reviewed_on,
  reported_status, effective_on, greatest(s.confirmed_at, r.recorded_at) as confirmed_at,
  coalesce(body->>'managerClass', body->>'operationCode', body->>'personType', body->>'specialty') as subkind,
  body->>'industryCategory' as industry_category
from record r
left join source_confirmation s on s.owner_id = r.owner_id and s.kind = r.kind
where r.family = 'CERTIFICATE' and r.kind = any ($1::text[]) and r.region like any ($2::text[]) and r.record_id > $3
order by r.record_id
limit $4
