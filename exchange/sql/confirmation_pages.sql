-- name: page
-- A confirmation with what may be shown to anybody of its certificate, which may be gone, its place in a status list, and the
-- directory in force. $1 confirmation
select c.confirmation_id, c.number, c.owner_id, c.host_region, c.day, c.employer_code, c.asked, c.number_hash, c.number_shown,
  c.record_id, c.verdict, c.reasons, c.rules, c.valid_until, c.confirmed_at,
  s.list_id, s.idx, r.kind, r.name_shown, r.valid_from, r.valid_to, r.review_due_on, r.reviewed_on,
  coalesce(r.issuer_name, t.name) as issuer,
  coalesce(r.body->>'operationName', r.body->>'managerClass', r.body->>'operationCode') as work,
  coalesce(is_disputed(r.record_id), false) as is_disputed, (select edition from directory_edition) as edition
from confirmation c
left join record r on r.record_id = c.record_id and r.family = 'CERTIFICATE'
left join tenant t on t.tenant_id = c.issuer_id
left join status_slot s on s.owner_id = c.owner_id and s.kind = 'CONFIRMATION' and s.item_id = c.confirmation_id
where c.confirmation_id = $1

-- name: keep_scan
-- A page opened again within a minute is one scan. $1 owner, $2 confirmation, $3 now, $4 what was seen, $5 visitor
insert into confirmation_scan (owner_id, confirmation_id, scanned_at, outcome, visitor)
select $1, $2::uuid, $3::timestamptz, $4::text, $5::bytea
where not exists (
  select
  from confirmation_scan s
  where s.confirmation_id = $2 and s.visitor = $5 and s.outcome = $4 and s.scanned_at > $3::timestamptz - interval '1 minute')
