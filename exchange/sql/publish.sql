-- name: keep_records
-- Keeps new and changed records; an unchanged fingerprint writes nothing, so announces nothing (trigger record_changed).
-- $1 owner_id, $2 batch_id, $3 operator, $4 day, $5 json array of records; gives one row per record that was written.
with incoming as materialized (
  select *
  from json_to_recordset($5::json) as i (
    place int, kind text, family text, key_hash text, audience smallint, person_id uuid, credit_code text, name text,
    name_shown text, id_shown text, number_hash text, number_shown text, employer_name text, region text, issuer_code text,
    issuer_name text, first_issued_on date, effective_on date, valid_from date, valid_to date, review_due_on date,
    reviewed_on date, reported_status text, band text, decision_number text, lifted_on date, body jsonb, sealed text,
    fingerprint text)
),
kept as (
  insert into record as r (
    owner_id, kind, family, key_hash, audience, person_id, credit_code, name, name_shown, id_shown, number_hash, number_shown,
    employer_name, region, issuer_code, issuer_name, first_issued_on, effective_on, valid_from, valid_to, review_due_on,
    reviewed_on, reported_status, band, decision_number, lifted_on, body, sealed, fingerprint, batch_id, operator, recorded_on)
  select
    $1, kind, family, key_hash::bytea, audience, person_id, credit_code, name, name_shown, id_shown, number_hash::bytea,
    number_shown, employer_name, region, issuer_code, issuer_name, first_issued_on, effective_on, valid_from, valid_to,
    review_due_on, reviewed_on, reported_status, band, decision_number, lifted_on, body, sealed::bytea, fingerprint::bytea,
    $2, $3, $4
  from incoming
  order by kind, key_hash
  on conflict (owner_id, kind, key_hash) do update
  set version = r.version + 1, audience = excluded.audience, person_id = excluded.person_id,
    credit_code = excluded.credit_code, name = excluded.name, name_shown = excluded.name_shown, id_shown = excluded.id_shown,
    number_hash = excluded.number_hash, number_shown = excluded.number_shown, employer_name = excluded.employer_name,
    region = excluded.region, issuer_code = excluded.issuer_code, issuer_name = excluded.issuer_name,
    first_issued_on = excluded.first_issued_on, effective_on = excluded.effective_on, valid_from = excluded.valid_from,
    valid_to = excluded.valid_to, review_due_on = excluded.review_due_on, reviewed_on = excluded.reviewed_on,
    previous_status = r.reported_status, reported_status = excluded.reported_status, previous_band = r.band,
    band = excluded.band, decision_number = excluded.decision_number, previous_lifted_on = r.lifted_on,
    lifted_on = excluded.lifted_on, body = excluded.body, sealed = excluded.sealed, fingerprint = excluded.fingerprint,
    batch_id = excluded.batch_id, operator = excluded.operator, recorded_on = excluded.recorded_on, recorded_at = now()
  where r.fingerprint <> excluded.fingerprint
    -- an assessment that arrives late does not replace a newer one
    and not (r.family = 'RISK' and excluded.effective_on < r.effective_on)
  returning r.record_id, r.kind, r.key_hash, r.version, r.credit_code, r.band, r.previous_band
)
select i.place, k.record_id, k.version, k.credit_code, k.band, k.previous_band
from kept k
join incoming i on i.kind = k.kind and i.key_hash::bytea = k.key_hash

-- name: find_records
-- Ids and versions of own records by key. $1 owner_id, $2 kind, $3 key hashes
select key_hash, record_id, version
from record
where owner_id = $1 and kind = $2 and key_hash = any ($3::bytea[])

-- name: lift_flags
-- $1 owner_id, $2 flag ids, $3 lifted on, $4 reason, $5 day of recording
update record as r
set version = r.version + 1, previous_lifted_on = r.lifted_on, lifted_on = $3, previous_band = r.band,
  body = r.body || jsonb_build_object('liftReason', $4::text), recorded_on = $5, recorded_at = now()
where owner_id = $1 and family = 'ADVERSE' and record_id = any ($2::uuid[]) and lifted_on is null
returning record_id

-- name: flags_of_gradings
-- Standing flags that these gradings gave rise to under an earlier decision, and that no other grading still stands for.
-- $1 owner_id, $2 gradings
select f.record_id
from record f
where f.owner_id = $1 and f.family = 'ADVERSE' and f.lifted_on is null and f.body->>'category' = 'HIGH_RISK_GRADE'
  and f.credit_code in (select credit_code from record where record_id = any ($2::uuid[]))
  and exists (
    select
    from record_version v
    where v.record_id = any ($2::uuid[]) and v.band = 'RED' and v.credit_code = f.credit_code
      and v.decision_number = f.decision_number)
  and not exists (
    select
    from record g
    where g.owner_id = $1 and g.kind = 'RISK_GRADING' and g.band = 'RED' and g.credit_code = f.credit_code
      and g.decision_number = f.decision_number)

-- name: relist_flags
-- A firm graded RED again under a decision whose flag was lifted: the flag stands again. $1 owner_id, $2 keys, $3 day
update record as r
set version = r.version + 1, previous_lifted_on = r.lifted_on, lifted_on = null, previous_band = r.band,
  body = r.body - 'liftReason', recorded_on = $3, recorded_at = now()
where owner_id = $1 and kind = 'RISK_FLAG' and key_hash = any ($2::bytea[]) and lifted_on is not null

-- name: find_flag
-- An own flag. $1 owner_id, $2 record_id
select record_id, lifted_on, effective_on
from record
where owner_id = $1 and family = 'ADVERSE' and record_id = $2

-- name: confirm_source
-- $1 owner_id, $2 kinds
insert into source_confirmation (owner_id, kind, confirmed_at)
select $1, kind, now()
from unnest($2::text[]) as k (kind)
order by kind
on conflict (owner_id, kind) do update set confirmed_at = excluded.confirmed_at

-- name: open_batch
-- $1 batch_id, $2 owner_id, $3 kind, $4 file_name, $5 operator
insert into import_batch (batch_id, owner_id, kind, file_name, operator)
values ($1, $2, $3, $4, $5)

-- name: close_batch
-- $1 batch_id, $2 read, $3 new, $4 changed, $5 unchanged, $6 refused
update import_batch
set rows_read = $2, rows_new = $3, rows_changed = $4, rows_unchanged = $5, rows_refused = $6
where batch_id = $1
