-- name: certificate
select * from record
where family = 'CERTIFICATE' and number_hash = $1
order by reported_status = 'VALID', valid_to desc, record_id
limit 1

-- name: certificates
select * from record
where family = 'CERTIFICATE' and city = any ($1::text[]) and valid_to between $2::date and $2::date + $3::int
order by valid_to, record_id
limit $4

-- name: person
select r.person_id, r.name, r.name_shown, r.id_shown, known.ids
from (select array(select person_group($1)) as ids offset 0) known, record r
where r.person_id = any (known.ids)
order by r.person_id = $1 desc, r.recorded_at desc
limit 1

-- name: certificates_of_persons
select * from record
where family = 'CERTIFICATE' and person_id = any ($1::uuid[])
order by valid_to, record_id

-- name: appointments_of_persons
select *, body->>'post' as post from record
where family = 'PRESENCE' and kind = 'APPOINTMENT' and person_id = any ($1::uuid[])
order by recorded_at desc, record_id desc

-- name: befallen
-- What was done to certificates, and whether they were exchanged.
select r.record_id,
  (select a.measure from actions_on(r.person_id, r.number_hash, r.first_issued_on, r.valid_from, $2) a
    where a.is_clear order by a.measure, a.effective_on limit 1) as measure,
  r.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    r.record_id, r.person_id, r.kind, r.number_shown, r.body->>'certificateIdentifier') as is_exchanged
from record r
where r.record_id = any ($1::uuid[])

-- name: enterprises
select distinct on (credit_code) credit_code,
  coalesce(case when family in ('RISK', 'ADVERSE') then name end, employer_name, name) as name
from record
where credit_code = any ($1::text[])
order by credit_code, (family in ('RISK', 'ADVERSE')) desc, recorded_at desc

-- name: gradings
select distinct on (credit_code) *, body->>'legalBasis' as legal_basis from record
where kind = 'RISK_GRADING' and family = 'RISK' and credit_code = any ($1::text[])
order by credit_code, effective_on desc nulls last, recorded_at desc

-- name: flags
select *, body->>'category' as category from record
where family = 'ADVERSE' and credit_code = any ($1::text[])
order by recorded_at desc, record_id desc

-- name: authorities
select tenant_id, name from tenant
where tenant_id = any ($1::int[])

-- name: refuse_guessing
select refuse_guessing($1, $2, $3, $4)

-- name: evidence
insert into access_record (
  owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id, sought)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
