-- name: rests_on
-- The subjects a decision on certificates of a number rests on: their holders under every id, the firms on them, the firm of use.
-- $1 number hash, $2 firm of use, null when none is named
with certificate as materialized (
  select person_id, credit_code
  from record
  where family = 'CERTIFICATE' and number_hash = $1
)
select 'P:' || id as subject
from (select array_agg(distinct person_id) as persons from certificate) c
cross join lateral unnest(person_ids(c.persons)) id
union
select 'E:' || credit_code
from certificate
where credit_code is not null
union
select 'E:' || $2::text
where $2::text is not null

-- name: hold
-- Nothing is announced of these subjects, and no rule or member changes, until the end of the transaction. $1 subjects
select hold_subjects($1::text[])

-- name: edition
-- The directory in force, once it is held.
select edition
from directory_edition

-- name: certificate
-- Who issued a certificate, and in which version it was judged. $1 record_id
select owner_id, version, credit_code
from record
where record_id = $1

-- name: keep
-- The receipt with all it rests on; nothing where the number is taken. $1 number, $2 owner, $3 client, $4 case number,
-- $5 host region, $6 authorities there, $7 day, $8 employer, $9 asked, $10 number hash, $11 masked number, $12 issuer,
-- $13 certificate, $14 its version, $15 person, $16 kind, $17 firm on it, $18 verdict, $19 mode, $20 reasons, $21 rules,
-- $22 conditions, $23 digests, $24 source updated on, $25 valid until, $26 receipt, $27 moment, $28 id
insert into confirmation (
  number, owner_id, client_id, case_number, host_region, host_ids, day, employer_code, asked, number_hash, number_shown,
  issuer_id, record_id, record_version, person_id, kind, credit_code, verdict, mode, reasons, rules, conditions, fact_digests,
  source_updated_on, valid_until, receipt, confirmed_at, confirmation_id)
values ($1, $2, $3, $4, $5, $6::int[], $7, $8, $9::jsonb, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20::text[],
  $21::text[], $22::jsonb, $23::jsonb, $24, $25, $26, $27, $28)
on conflict (number) do nothing

-- name: confirmation
-- Those of some the caller has to do with. $1 numbers
select c.confirmation_id, c.place, c.number, c.owner_id, c.case_number, c.host_region, c.day, c.employer_code, c.asked,
  c.number_hash, c.number_shown, c.issuer_id, c.record_id, c.person_id, c.kind, c.verdict, c.mode, c.reasons, c.rules,
  c.conditions, c.source_updated_on, c.valid_until, c.receipt, c.confirmed_at
from confirmation c
where c.number = any ($1::text[])

-- name: confirmations
-- The next that the caller has to do with, the latest first. $1 before this place, $2 number hash, $3 host region, $4 confirmed
-- since this day, $5 whether its time is over, by $6 today, $7 at most
select c.confirmation_id, c.place, c.number, c.owner_id, c.case_number, c.host_region, c.day, c.employer_code, c.asked,
  c.number_hash, c.number_shown, c.issuer_id, c.record_id, c.person_id, c.kind, c.verdict, c.mode, c.reasons, c.rules,
  c.conditions, c.source_updated_on, c.valid_until, c.receipt, c.confirmed_at
from confirmation c
where ($1::bigint is null or c.place < $1) and ($2::bytea is null or c.number_hash = $2)
  and ($3::text is null or c.host_region = $3)
  and ($4::date is null or c.confirmed_at >= $4::timestamp at time zone 'Asia/Shanghai')
  and ($5::boolean is null or (c.valid_until < $6) = $5)
order by c.place desc
limit $7

-- name: changes
-- What became of confirmations, the latest of each first. $1 confirmations, $2 at most of each
select n.confirmation_id, n.state, n.verdict, n.reasons, n.rules, n.cause_type, n.day, n.noted_at
from unnest($1::uuid[]) c (confirmation_id)
cross join lateral (
  select *
  from confirmation_change
  where confirmation_id = c.confirmation_id
  order by place desc
  limit $2
) n
order by n.place desc

-- name: beside
-- Whether the certificates of confirmations are in dispute, and how often their pages were opened, as far as the caller may know.
-- $1 confirmations
select c.confirmation_id, c.record_id is not null and is_disputed(c.record_id) as is_disputed, s.scans, s.last_at
from confirmation c
cross join lateral (
  select count(*)::int as scans, max(scanned_at) as last_at
  from confirmation_scan
  where confirmation_id = c.confirmation_id
) s
where c.confirmation_id = any ($1::uuid[])

-- name: certificates_now
-- The certificates of confirmations, or of the numbers some were asked for in vain, as far as the context may see them.
-- $1 record_ids, $2 number hashes, $3 firm whose staff alone may be asked about, null for an authority, $4 day
select record_id, r.number_hash, r.kind, person_id, credit_code, region, issuer_name, valid_from, valid_to, review_due_on,
  reviewed_on, reported_status, effective_on, greatest(s.confirmed_at, r.recorded_at) as confirmed_at,
  coalesce(body->>'managerClass', body->>'operationCode', body->>'personType', body->>'specialty') as subkind,
  body->>'operationName' as operation_name, body->>'personType' as person_type, body->>'industryCategory' as industry_category
from record r
left join source_confirmation s on s.owner_id = r.owner_id and s.kind = r.kind
where r.family = 'CERTIFICATE' and (r.record_id = any ($1::uuid[]) or r.number_hash = any ($2::bytea[]))
  and ($3::text is null or exists (
    select
    from record o
    where o.person_id = r.person_id and o.credit_code = $3
      and (o.family = 'CERTIFICATE' or (o.kind = 'APPOINTMENT' and (o.valid_to is null or o.valid_to >= $4)))))
order by r.valid_to desc, r.record_id
