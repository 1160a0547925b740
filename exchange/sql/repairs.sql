-- name: own_record
-- A negative record on the caller's own firm, as far as it may see it. $1 record, $2 credit code
select record_id, owner_id, credit_code, band, lifted_on, coalesce(effective_on, recorded_on) as since, body
from record
where record_id = $1 and credit_code = $2 and family = 'ADVERSE'

-- name: request
-- Written by the hub, of a record that stands; nothing when one is open already. $1 record, $2 credit code, $3 requester,
-- $4 materials, $5 commitment, $6 day, $7 due, $8 whether due was guessed
insert into repair_request (
  owner_id, requester_id, record_id, credit_code, materials, commitment, requested_on, due_on, is_due_estimated)
select owner_id, $3, record_id, credit_code, $4, $5, $6, $7, $8
from record
where record_id = $1 and credit_code = $2 and family = 'ADVERSE' and lifted_on is null
on conflict (record_id) where state = 'REQUESTED' do nothing
returning repair_id

-- name: standing
-- A request as it stands, held until the end of the transaction, and whether its record does, of the firm that asked. $1 repair,
-- $2 owner
select q.state, q.version, q.record_id, q.lifted_on, exists (
    select
    from record r
    where r.record_id = q.record_id and r.credit_code = q.credit_code and r.lifted_on is null
  ) as is_listed
from repair_request q
where q.repair_id = $1 and q.owner_id = $2
for update of q

-- name: decide
-- $1 repair, $2 owner, $3 state, $4 reason, $5 day, $6 decided by, $7 day of lifting
update repair_request
set state = $3, decision_reason = $4, decided_on = $5, decided_by = $6, lifted_on = $7, version = version + 1
where repair_id = $1 and owner_id = $2 and state = 'REQUESTED'

-- name: revoke
-- $1 repair, $2 owner, $3 reason, $4 day
update repair_request
set state = 'REVOKED', revoke_reason = $3, revoked_on = $4, version = version + 1
where repair_id = $1 and owner_id = $2 and state = 'ACCEPTED'

-- name: relist
-- A record lifted by a repair that rested on false statements stands again, from this day on; one that ended otherwise does
-- not. $1 owner, $2 record, $3 day, $4 the day the repair lifted it
update record as r
set version = r.last_version + 1, last_version = r.last_version + 1, previous_lifted_on = r.lifted_on, lifted_on = null,
  previous_band = r.band, body = r.body - 'liftReason', recorded_on = $3, recorded_at = greatest(now(), r.recorded_at),
  batch_id = null, row_hash = null, starts_on = greatest($3, r.starts_on), report_kind = 'REVISION', report_reason = null,
  replaces_version = null
where owner_id = $1 and record_id = $2 and family = 'ADVERSE' and lifted_on = $4 and exists (
    select
    from repair_request q
    where q.record_id = r.record_id and q.credit_code = r.credit_code and q.state = 'REVOKED' and q.lifted_on = $4)
returning record_id

-- name: raise_overdue
-- Repairs nobody decided by their due day: told once to the authority and to the firm. $1 day, $2 at most; returns how many.
with due as (
  select q.repair_id, q.owner_id
  from repair_request q
  where q.state = 'REQUESTED' and q.due_on < $1
    and not exists (select from overdue_told o where o.case_id = q.repair_id and o.place = 1)
  order by q.due_on, q.repair_id
  limit $2
),
noticed as (
  insert into overdue_told (case_id, place, owner_id)
  select repair_id, 1, owner_id
  from due
  on conflict do nothing
  returning case_id
),
announced as (
  select append_events(array_agg(row(
      null, q.owner_id, 'repair.overdue', 'E:' || q.credit_code, null, null, 0, 0, q.requester_id, q.credit_code, q.record_id, null,
      $1, jsonb_build_object('repairId', q.repair_id, 'recordId', q.record_id, 'creditCode', q.credit_code, 'state', q.state,
        'dueOn', q.due_on),
      null)::event order by q.place))
  from repair_request q
  join noticed n on n.case_id = q.repair_id
  having count(*) > 0
)
select (select count(*) from noticed)::int
from (select count(*) from announced) done
