-- name: visible_persons
-- Which of these persons the caller knows by a record. $1 persons
select distinct person_id
from record
where person_id = any ($1::uuid[])

-- name: one_at_a_time
-- Verdicts of one authority on one pair follow each other. $1 owner and pair
select pg_advisory_xact_lock(hashtextextended($1, 0))

-- name: latest_verdict
-- The owner's latest word on a pair. $1 owner_id, $2 person, $3 other person
select verdict_id, verdict
from person_verdict
where person_id = $2 and other_person_id = $3 and owner_id = $1
order by place desc
limit 1

-- name: judge
-- $1 owner_id, $2 person, $3 other person, $4 verdict, $5 the one before, $6 reason, $7 case number, $8 decided by,
-- $9 decided on, $10 day of recording
insert into person_verdict (owner_id, person_id, other_person_id, verdict, previous_verdict, reason, case_number, decided_by,
  decided_on, recorded_on)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
returning verdict_id

-- name: leave_evidence
-- That persons were handled by name of their ids. $1 owner_id, $2 client, $3 purpose, $4 case number, $5 root field, $6 fields,
-- $7 persons, $8 request id
insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: own_records
-- Own records of a person, held until the end of the transaction. $1 owner_id, $2 person
select record_id, kind, key_hash, audience, name, number_shown, credit_code, employer_name, region, issuer_code, issuer_name,
  first_issued_on, effective_on, valid_from, valid_to, review_due_on, reviewed_on, reported_status, band, decision_number,
  lifted_on, body, sealed
from record
where owner_id = $1 and person_id = $2 and report_kind not in ('VOID', 'REVERT')
order by kind, key_hash
for update

-- name: taken
-- Other own records that have one of these keys already. $1 owner_id, $2 records, $3 kind of each, $4 new key hash of each
select distinct r.kind, r.record_id
from unnest($3::text[], $4::bytea[]) as n (kind, key_hash)
join record r on r.owner_id = $1 and r.kind = n.kind and r.key_hash = n.key_hash
where not r.record_id = any ($2::uuid[])
order by r.kind, r.record_id

-- name: move_records
-- Own records as they are staged, under the right person: corrections of what stood, announced as such. Of the right person
-- nothing had been reported before, so a state other than valid is told anew.
-- $1 owner_id, $2 records, $3 kind of each, $4 new key hash of each, $5 reason, $6 day, $7 operator
update record as r
set key_hash = i.key_hash, person_id = i.person_id, name = i.name, name_shown = i.name_shown, id_shown = i.id_shown,
  number_hash = i.number_hash, number_shown = i.number_shown, body = i.body, sealed = i.sealed, fingerprint = i.fingerprint,
  row_hash = null, version = r.last_version + 1, last_version = r.last_version + 1, report_kind = 'CORRECTION',
  report_reason = $5, replaces_version = r.version, previous_status = null, previous_band = r.band,
  previous_lifted_on = r.lifted_on, recorded_on = $6, recorded_at = greatest(now(), r.recorded_at), operator = $7,
  batch_id = null, source_updated_at = null
from unnest($2::uuid[], $3::text[], $4::bytea[]) as n (record_id, kind, key_hash)
join pg_temp.incoming_record i using (kind, key_hash)
where r.owner_id = $1 and r.record_id = n.record_id
returning r.record_id
