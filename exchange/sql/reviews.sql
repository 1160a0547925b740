-- name: decide
-- $1 review, $2 expected version, $3 outcome, $4 reason, $5 legal basis, $6 decided on, $7 decided by, $8 owner
update review
set state = 'DECIDED', outcome = $3, decision_reason = $4, legal_basis = $5, decided_on = $6, decided_by = $7,
  decided_at = now(), version = version + 1
where review_id = $1 and version = $2 and state <> 'DECIDED' and owner_id = $8
returning review_id

-- name: standing
-- A review of one's own as it stands. $1 review, $2 owner
select version, state
from review
where review_id = $1 and owner_id = $2
