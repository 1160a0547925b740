-- name: announce
-- Opens a check: its event takes the lock of the firm's subject, so a flag is either told before the facts are read, or it comes
-- after the check is kept and finds it. $1 check_id, $2 owner_id, $3 receipt number, $4 gate, $5 credit code, $6 region, $7 day
select append_events(array[row(
  null, $2::int, 'gate.checked', 'E:' || $5::text, null, null, 0, 0, null, $5, $1::uuid, null, $7::date,
  jsonb_build_object('checkId', $1, 'receiptNumber', $3::text, 'gate', $4::text, 'creditCode', $5, 'region', $6::text),
  null)::event])

-- name: facts
-- What bears on a firm at a gate, as far as the context may see it, as one JSON document. $1 credit code, $2 day
with line as materialized (
  select $1::text as code
  union
  select code
  from predecessors_of($1, $2) code
),
profile as materialized (
  select record_id, body
  from record
  where credit_code = $1 and family = 'PROFILE' and kind = 'ENTERPRISE_PROFILE' and effective_on <= $2
  order by effective_on desc, recorded_at desc, record_id
  limit 1
)
select json_build_object(
  'profile', (select body from profile),
  'profileId', (select record_id from profile),
  'negatives', (
    select coalesce(json_agg(json_build_object(
      'recordId', r.record_id, 'creditCode', r.credit_code, 'band', r.band, 'authority', o.name,
      'since', coalesce(r.effective_on, r.recorded_on), 'body', r.body)
      order by r.recorded_at, r.record_id), '[]')
    from record r
    join tenant o on o.tenant_id = r.owner_id
    where r.family = 'ADVERSE' and r.credit_code = any (array(select code from line))
      and (r.lifted_on is null or r.lifted_on > $2) and in_term(r.body, $2) and (r.effective_on is null or r.effective_on <= $2)),
  'permits', (
    select coalesce(json_agg(json_build_object(
      'recordId', r.record_id, 'trade', coalesce(r.body->>'trade', r.kind), 'status', dated_status(r, $2),
      'validFrom', r.valid_from, 'validTo', r.valid_to, 'authority', o.name) order by r.valid_to desc, r.record_id), '[]')
    from record r
    join tenant o on o.tenant_id = r.owner_id
    where r.family = 'PERMIT' and r.credit_code = $1),
  'gradings', (
    select coalesce(json_agg(json_build_object(
      'recordId', g.record_id, 'band', g.band, 'since', g.effective_on, 'authority', o.name) order by g.record_id), '[]')
    from (
      select distinct on (owner_id, body->>'scheme') record_id, owner_id, band, effective_on
      from record
      where family = 'RISK' and kind = 'RISK_GRADING' and credit_code = $1 and effective_on <= $2
      order by owner_id, body->>'scheme', effective_on desc, recorded_at desc, record_id
    ) g
    join tenant o on o.tenant_id = g.owner_id),
  'sources', (
    select coalesce(json_agg(json_build_object(
      'recordId', s.record_id, 'family', s.family, 'kind', s.kind, 'authority', o.name,
      'confirmedOn', greatest(c.confirmed_at, s.recorded_at)::date) order by s.kind, s.owner_id), '[]')
    from (
      select distinct on (owner_id, kind) owner_id, kind, family, record_id, recorded_at
      from record
      where credit_code = $1 and kind <> 'SUCCESSION'
        and family in ('PROFILE', 'PERMIT', 'RISK', 'ADVERSE', 'CERTIFICATE')
      order by owner_id, kind, recorded_at desc, record_id
    ) s
    join tenant o on o.tenant_id = s.owner_id
    left join source_confirmation c on c.owner_id = s.owner_id and c.kind = s.kind),
  'posted', (
    select coalesce(json_agg(json_build_object(
      'recordId', a.record_id, 'personId', a.person_id, 'nameMasked', null, 'post', a.body->>'post',
      'engagement', a.body->>'engagement', 'held', (
        select coalesce(json_agg(json_build_object(
          'recordId', c.record_id, 'kind', c.kind, 'scope', coalesce(c.body->>'personType', c.body->>'managerClass'),
          'isGood', is_good(c, $2) and not g.is_gone,
          'status', coalesce(nullif(certificate_status(c, $2), case when g.is_gone then 'VALID' end), 'TRANSFERRED_OUT'))
          order by g.is_gone, c.valid_to desc, c.record_id), '[]')
        from record c
        cross join lateral (select is_transferred(c) as is_gone offset 0) g
        where c.person_id = a.person_id and c.family = 'CERTIFICATE')) order by a.body->>'post', a.person_id), '[]')
    from (
      select distinct on (person_id, body->>'post') record_id, person_id, body
      from record
      where credit_code = $1 and family = 'PRESENCE' and kind = 'APPOINTMENT'
        and (valid_from is null or valid_from <= $2) and (valid_to is null or valid_to >= $2)
      order by person_id, body->>'post', recorded_at desc, record_id
    ) a)
  )::text

-- name: readable
-- Which of these records the caller may read, which of those are in dispute, and which firms the caller may know a firm came from.
-- $1 record ids, $2 credit code, $3 day
select array(select record_id from record where record_id = any ($1::uuid[])) as records,
  array(select record_id from record where record_id = any ($1::uuid[]) and is_disputed(record_id)) as disputed,
  array(select predecessors_of($2, $3)) as predecessors

-- name: keep
-- $1 receipt number, $2 owner_id, $3 client, $4 gate, $5 credit code, $6 region, $7 matter code, $8 case number, $9 day,
-- $10 verdict, $11 reasons, $12 check_id
insert into gate_check (
  receipt_number, owner_id, client_id, gate, credit_code, region, matter_code, case_number, day, verdict, reasons, check_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12)
