-- name: showable
-- The certificate, if it is the caller's own, or of the staff of the firm that asks; a firm asks in the sight of all issuers.
-- $1 record, $2 owner, $3 firm, null for an authority, $4 day
select r.record_id, r.person_id, r.valid_to
from record r
where r.record_id = $1 and r.family = 'CERTIFICATE' and r.person_id is not null
  and ($3::text is null and r.owner_id = $2 or exists (
    select
    from record o
    where o.person_id = r.person_id and o.credit_code = $3
      and (o.family = 'CERTIFICATE' or (o.kind = 'APPOINTMENT' and (o.valid_to is null or o.valid_to >= $4)))))

-- name: make
-- $1 hash of the code, $2 owner, $3 record, $4 purpose, $5 now, $6 until when
insert into safety_code (code_hash, owner_id, record_id, purpose, made_at, expires_at)
values ($1, $2, $3, $4, $5, $6)
returning code_id

-- name: revoke
-- A code of one's own; that it was revoked before stays as it was. $1 owner, $2 code, $3 now
update safety_code
set revoked_at = $3
where owner_id = $1 and code_id = $2
returning code_id, record_id, purpose, made_at, expires_at, revoked_at

-- name: own_codes
-- The latest codes of one's own for a certificate, or the one code, with how often they were scanned. $1 owner, $2 record, or
-- $3 code
select c.code_id, c.record_id, c.purpose, c.made_at, c.expires_at, c.revoked_at, s.scans, s.visitors, s.last_at
from safety_code c
cross join lateral (
  select count(*)::int as scans, count(distinct visitor)::int as visitors, max(scanned_at) as last_at
  from safety_code_scan
  where code_id = c.code_id
) s
where c.owner_id = $1 and (c.record_id = $2 or c.code_id = $3)
order by c.made_at desc, c.code_id
limit 50

-- name: scans
-- The latest scans of these codes, fifty of each. $1 codes
select c.code_id, s.scanned_at, s.outcome
from unnest($1::uuid[]) c (code_id)
cross join lateral (
  select scanned_at, outcome, scan_id
  from safety_code_scan
  where code_id = c.code_id
  order by scanned_at desc
  limit 50
) s
order by s.scanned_at desc, s.scan_id desc

-- name: code
-- Whose code it is, and for what. $1 hash of the code
select code_id, owner_id, record_id, expires_at, revoked_at
from safety_code
where code_hash = $1

-- name: face
-- What may be shown of a certificate to anybody, and what its reasons are made of; no row once it was voided. $1 record, $2 day
select r.kind, r.owner_id, r.name_shown, r.valid_from, r.valid_to, r.review_due_on, r.reviewed_on,
  coalesce(r.issuer_name, t.name) as issuer,
  coalesce(r.body->>'operationName', r.body->>'managerClass', r.body->>'operationCode') as work,
  certificate_status(r, $2) as status, is_doubtful(r, $2) as is_doubtful, is_disputed(r.record_id) as is_disputed,
  greatest(c.confirmed_at, r.recorded_at) as confirmed_at,
  json_build_object(
    'kind', r.kind, 'reported', r.reported_status, 'owner', null, 'validFrom', r.valid_from, 'validTo', r.valid_to,
    'reviewDueOn', r.review_due_on, 'reviewedOn', r.reviewed_on,
    'isExchanged', r.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_transferred(r),
    'actions', (
      select json_agg(json_build_object('measure', a.measure, 'authority', '', 'decisionNumber', null,
        'effectiveOn', a.effective_on) order by a.measure, a.effective_on)
      from actions_on(r.person_id, r.number_hash, r.first_issued_on, r.valid_from, $2) a
      where a.is_clear))::text as told
from record r
join tenant t on t.tenant_id = r.owner_id
left join source_confirmation c on c.owner_id = r.owner_id and c.kind = r.kind
where r.record_id = $1 and r.family = 'CERTIFICATE'

-- name: keep_scan
-- A page opened again within a minute is one scan. $1 owner, $2 code, $3 now, $4 what was found, $5 visitor
insert into safety_code_scan (owner_id, code_id, scanned_at, outcome, visitor)
select $1, $2::uuid, $3::timestamptz, $4::text, $5::bytea
where not exists (
  select
  from safety_code_scan s
  where s.code_id = $2 and s.visitor = $5 and s.outcome = $4 and s.scanned_at > $3::timestamptz - interval '1 minute')
