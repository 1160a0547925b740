-- name: end_records
-- The last version of own records: the report that ends them, VOID or REVERT. A flag that stood is over for whoever was told.
-- $1 owner_id, $2 records, $3 VOID or REVERT, $4 reason, $5 day, $6 operator; gives those that were there.
with ending as (
  select record_id
  from record
  where owner_id = $1 and record_id = any ($2::uuid[]) and report_kind not in ('VOID', 'REVERT')
  order by kind, key_hash
  for update
)
update record as r
set version = r.last_version + 1, last_version = r.last_version + 1, report_kind = $3, report_reason = $4,
  replaces_version = null, previous_status = r.reported_status, previous_band = r.band, previous_lifted_on = r.lifted_on,
  lifted_on = case when r.family = 'ADVERSE' then coalesce(r.lifted_on, $5) else r.lifted_on end, recorded_on = $5,
  recorded_at = greatest(now(), r.recorded_at), operator = $6, batch_id = null, source_updated_at = null
from ending e
where r.record_id = e.record_id
returning r.record_id, r.kind, r.band

-- name: remove_ended
-- Records whose end was kept and announced leave. $1 owner_id, $2 records
delete from record
where owner_id = $1 and record_id = any ($2::uuid[]) and report_kind in ('VOID', 'REVERT')

-- name: ends_a_flag
-- Whether to void a record is to lift something: a flag, an action on a certificate, a grading that raised one.
-- $1 owner_id, $2 record
select family in ('ADVERSE', 'ACTION') or kind = 'RISK_GRADING' and band = 'RED'
from record
where owner_id = $1 and record_id = $2

-- name: note
-- A note beside an own record. $1 owner_id, $2 record, $3 FOLLOW_UP or APPEAL, $4 day of it, $5 text, $6 case number, $7 outcome,
-- $8 day of recording, $9 operator; gives its id, nothing where the record is not there.
insert into record_note (
  record_id, owner_id, audience, person_id, credit_code, kind, noted_on, text, case_number, outcome, recorded_on, operator)
select record_id, owner_id, audience, person_id, credit_code, $3, $4, $5, $6, $7, $8, $9
from record
where owner_id = $1 and record_id = $2
returning note_id

-- name: batch
-- An own import, locked until the end of the transaction. $1 owner_id, $2 batch_id
select received_at, reverted_at
from import_batch
where owner_id = $1 and batch_id = $2
for update

-- name: standing_of_batch
-- The next records that stand as this batch left them, and of each the version that counts again without it, null if none.
-- $1 owner_id, $2 batch_id, $3 at most
select r.record_id, (
    select v.version
    from record_version v
    where v.record_id = r.record_id and v.batch_id is distinct from $2 and v.report_kind not in ('VOID', 'REVERT')
      and not exists (select from record_version c where c.record_id = v.record_id and c.replaces_version = v.version)
    order by case when v.family = 'RISK' then v.starts_on end desc nulls last, v.version desc
    limit 1
  ) as former_version
from record r
where r.owner_id = $1 and r.batch_id = $2
order by r.kind, r.key_hash
limit $3
for update of r

-- name: stage_former
-- Stages former versions, to be kept again as corrections. $1 owner_id, $2 records, $3 the version of each
insert into pg_temp.incoming_record (
  kind, family, key_hash, audience, person_id, credit_code, name, name_shown, id_shown, number_hash, number_shown,
  employer_name, region, issuer_code, issuer_name, first_issued_on, effective_on, valid_from, valid_to, review_due_on,
  reviewed_on, reported_status, band, decision_number, lifted_on, body, sealed, fingerprint, starts_on)
select
  v.kind, v.family, v.key_hash, v.audience, v.person_id, v.credit_code, v.name, v.name_shown, v.id_shown, v.number_hash,
  v.number_shown, v.employer_name, v.region, v.issuer_code, v.issuer_name, v.first_issued_on, v.effective_on, v.valid_from,
  v.valid_to, v.review_due_on, v.reviewed_on, v.reported_status, v.band, v.decision_number, v.lifted_on, v.body, v.sealed,
  v.fingerprint, v.starts_on
from unnest($2::uuid[], $3::int[]) as f (record_id, version)
join record_version v on v.record_id = f.record_id and v.version = f.version
where v.owner_id = $1

-- name: withdraw_late
-- Assessments of a batch that came late count no more: of each a row is kept that replaces it and says so.
-- $1 owner_id, $2 batch_id, $3 reason, $4 day, $5 operator
with withdrawn as (
  select v.*
  from record_version v
  where v.owner_id = $1 and v.batch_id = $2 and v.family = 'RISK' and v.superseded_at is null and v.report_kind <> 'REVERT'
    and not exists (select from record_version c where c.record_id = v.record_id and c.replaces_version = v.version)
),
numbered as (
  update record r
  set last_version = r.last_version + 1
  from withdrawn w
  where r.record_id = w.record_id
  returning r.record_id, r.last_version
),
kept as (
  insert into record_version
  select t.*
  from withdrawn w
  join numbered n using (record_id)
  cross join lateral jsonb_populate_record(w::record_version, jsonb_build_object(
    'version', n.last_version, 'last_version', n.last_version, 'report_kind', 'REVERT', 'report_reason', $3::text,
    'replaces_version', w.version, 'recorded_on', $4::date, 'recorded_at', now(), 'batch_id', null, 'operator', $5::text,
    'source_updated_at', null)) t
  returning *
),
announced as (
  select append_events(array_agg(row(
      null, k.owner_id, 'report.voided', 'E:' || k.credit_code, null, null, k.audience, 0, null, k.credit_code, k.record_id,
      null, k.recorded_on,
      jsonb_strip_nulls(jsonb_build_object(
        'recordId', k.record_id, 'kind', k.kind, 'version', k.version, 'creditCode', k.credit_code, 'region', k.region,
        'band', k.band, 'effectiveOn', k.effective_on, 'reportKind', k.report_kind, 'replacesVersion', k.replaces_version)),
      null)::event order by k.record_id, k.version))
  from kept k
  having count(*) > 0
)
select k.record_id
from kept k
cross join (select count(*) from announced) done

-- name: changed_since_batch
-- Records this batch wrote that others changed or ended later; they are left as they are.
-- $1 owner_id, $2 batch_id, $3 the reason the revert gives, by which its own work is told from theirs
select distinct v.record_id
from record_version v
left join record r on r.record_id = v.record_id
where v.owner_id = $1 and v.batch_id = $2 and r.batch_id is distinct from $2
  and not (v.family = 'RISK' and v.superseded_at is null)  -- one that came late never stood
  and not exists (select from record_history() c where c.record_id = v.record_id and c.report_reason = $3)

-- name: close_revert
-- $1 owner_id, $2 batch_id, $3 by whom
update import_batch
set reverted_at = now(), reverted_by = $3
where owner_id = $1 and batch_id = $2

-- name: standing_identity
-- An own record as it stands, held until the end of the transaction. $1 owner_id, $2 record, $3 kind
select key_hash, version
from record
where owner_id = $1 and record_id = $2 and kind = $3 and report_kind not in ('VOID', 'REVERT')
for update

-- name: taken_identity
-- The own record that has this key. $1 owner_id, $2 kind, $3 key hash
select record_id
from record
where owner_id = $1 and kind = $2 and key_hash = $3

-- name: correct_identity
-- An own record as it is staged, under the identity it should have had: a correction of what stood. Of whom it is about now
-- nothing had been reported before. $1 owner_id, $2 record, $3 reason, $4 day, $5 operator, $6 when the source changed it
update record as r
set key_hash = i.key_hash, audience = i.audience, person_id = i.person_id, credit_code = i.credit_code, name = i.name,
  name_shown = i.name_shown, id_shown = i.id_shown, number_hash = i.number_hash, number_shown = i.number_shown,
  employer_name = i.employer_name, region = i.region, issuer_code = i.issuer_code, issuer_name = i.issuer_name,
  first_issued_on = i.first_issued_on, effective_on = i.effective_on, valid_from = i.valid_from, valid_to = i.valid_to,
  review_due_on = i.review_due_on, reviewed_on = i.reviewed_on, previous_status = null, reported_status = i.reported_status,
  previous_band = r.band, band = i.band, decision_number = i.decision_number, previous_lifted_on = r.lifted_on,
  lifted_on = i.lifted_on, body = i.body, sealed = i.sealed, fingerprint = i.fingerprint, row_hash = null,
  version = r.last_version + 1, last_version = r.last_version + 1, batch_id = null, operator = $5, recorded_on = $4,
  recorded_at = greatest(now(), r.recorded_at), source_updated_at = $6, report_kind = 'CORRECTION', report_reason = $3,
  replaces_version = r.version, starts_on = coalesce(i.effective_on, r.starts_on)
from pg_temp.incoming_record i
where r.owner_id = $1 and r.record_id = $2
returning r.version
