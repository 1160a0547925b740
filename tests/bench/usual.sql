-- name: certificate
select * from record
where family = 'CERTIFICATE' and number_hash = $1 and (owner_id = $2 or (owner_id = any ($3::int[]) and audience >= 1))
limit 1

-- name: certificates
select * from record
where family = 'CERTIFICATE' and city = any ($1::text[]) and valid_to between $4::date and $4::date + $5::int
  and (owner_id = $2 or (owner_id = any ($3::int[]) and audience >= 1))
order by valid_to, record_id
limit $6

-- name: person
select person_id, name, name_shown, id_shown from record
where person_id = $1 and (owner_id = $2 or (owner_id = any ($3::int[]) and audience >= 1))
order by recorded_at desc
limit 1

-- name: certificates_of_persons
select * from record
where family = 'CERTIFICATE' and person_id = any ($1::uuid[])
  and (owner_id = $2 or (owner_id = any ($3::int[]) and audience >= 1))
order by valid_to, record_id

-- name: appointments_of_persons
select *, body->>'post' as post from record
where family = 'PRESENCE' and kind = 'APPOINTMENT' and person_id = any ($1::uuid[])
  and (owner_id = $2 or (owner_id = any ($3::int[]) and audience >= 1))
order by recorded_at desc, record_id desc

-- name: enterprises
select distinct on (credit_code) credit_code,
  coalesce(case when family in ('RISK', 'ADVERSE') then name end, employer_name, name) as name
from record
where credit_code = any ($1::text[]) and (owner_id = $2 or (owner_id = any ($3::int[]) and audience >= 1))
order by credit_code, (family in ('RISK', 'ADVERSE')) desc, recorded_at desc

-- name: gradings
select distinct on (credit_code) *, body->>'legalBasis' as legal_basis from record
where kind = 'RISK_GRADING' and family = 'RISK' and credit_code = any ($1::text[])
  and (owner_id = $2 or (owner_id = any ($3::int[]) and audience >= 1))
order by credit_code, effective_on desc nulls last, recorded_at desc

-- name: flags
select *, body->>'category' as category from record
where family = 'ADVERSE' and credit_code = any ($1::text[])
  and (owner_id = $2 or (owner_id = any ($3::int[]) and audience >= 1))
order by recorded_at desc, record_id desc

-- name: authorities
select tenant_id, name from tenant
where tenant_id = any ($1::int[])

-- name: evidence
insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id)
values ($1, $2, $3, $4, $5, $6, $7, $8)
