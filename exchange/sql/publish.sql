-- name: stage
-- The place where the next statements find incoming records (filled by COPY).
select stage_records()

-- name: changed_among
-- Which of these records are not there, or are there with other content: their places, counted from 0.
-- $1 owner_id, $2 kind, $3 key hashes, $4 fingerprints
select (i.place - 1)::int as place
from unnest($3::bytea[], $4::bytea[]) with ordinality as i (key_hash, fingerprint, place)
left join record r on r.owner_id = $1 and r.kind = $2 and r.key_hash = i.key_hash
where r.fingerprint is distinct from i.fingerprint
  or r.family in ('ADVERSE', 'ACTION') and r.lifted_on is not null  -- lifted since it was said: standing.py judges

-- name: unmatched_among
-- Which of these rows of a file are not what the standing record of their identity came from: their places, counted from 0.
-- $1 owner_id, $2 kind, $3 key hashes, $4 row hashes
select (i.place - 1)::int as place
from unnest($3::bytea[], $4::bytea[]) with ordinality as i (key_hash, row_hash, place)
left join record r on r.owner_id = $1 and r.kind = $2 and r.key_hash = i.key_hash
where r.row_hash is distinct from i.row_hash or r.family in ('ADVERSE', 'ACTION') and r.lifted_on is not null

-- name: remember_rows
-- Staged records whose content stands came from rows that look otherwise than before: next time these match. $1 owner_id
update record r
set row_hash = i.row_hash
from pg_temp.incoming_record i
where r.owner_id = $1 and r.kind = i.kind and r.key_hash = i.key_hash and r.fingerprint = i.fingerprint
  and r.row_hash is distinct from i.row_hash and i.row_hash is not null

-- name: keep_records
-- Keeps what is staged; an unchanged fingerprint writes nothing, so announces nothing (triggers of record).
-- $1 owner_id, $2 batch_id, $3 operator, $4 day, $5 REVISION or CORRECTION, $6 its reason, $7 when the source changed it,
-- $8 whether former content is restored as it was; gives one row per record that was written.
insert into record as r (
  owner_id, kind, family, key_hash, audience, person_id, credit_code, name, name_shown, id_shown, number_hash, number_shown,
  employer_name, region, issuer_code, issuer_name, first_issued_on, effective_on, valid_from, valid_to, review_due_on,
  reviewed_on, reported_status, band, decision_number, lifted_on, body, sealed, fingerprint, row_hash, starts_on, batch_id,
  operator, recorded_on, source_updated_at)
select
  $1, kind, family, key_hash, audience, person_id, credit_code, name, name_shown, id_shown, number_hash, number_shown,
  employer_name, region, issuer_code, issuer_name, first_issued_on, effective_on, valid_from, valid_to, review_due_on,
  reviewed_on, reported_status, band, decision_number, lifted_on, body, sealed, fingerprint, row_hash,
  coalesce(starts_on, effective_on, '-infinity'), $2, $3, $4, $7
from pg_temp.incoming_record
order by kind, key_hash
on conflict (owner_id, kind, key_hash) do update
set version = r.last_version + 1, last_version = r.last_version + 1, audience = excluded.audience,
  person_id = excluded.person_id, credit_code = excluded.credit_code, name = excluded.name,
  name_shown = excluded.name_shown, id_shown = excluded.id_shown, number_hash = excluded.number_hash,
  number_shown = excluded.number_shown, employer_name = excluded.employer_name, region = excluded.region,
  issuer_code = excluded.issuer_code, issuer_name = excluded.issuer_name, first_issued_on = excluded.first_issued_on,
  effective_on = excluded.effective_on, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
  review_due_on = excluded.review_due_on, reviewed_on = excluded.reviewed_on, previous_status = r.reported_status,
  reported_status = excluded.reported_status, previous_band = r.band, band = excluded.band,
  decision_number = excluded.decision_number, previous_lifted_on = r.lifted_on, lifted_on = excluded.lifted_on,
  body = excluded.body, sealed = excluded.sealed, fingerprint = excluded.fingerprint, row_hash = excluded.row_hash,
  batch_id = excluded.batch_id, operator = excluded.operator, recorded_on = excluded.recorded_on, recorded_at = greatest(now(), r.recorded_at),
  source_updated_at = excluded.source_updated_at, report_kind = $5, report_reason = $6,
  replaces_version = case when $5 = 'CORRECTION' then r.version end,
  -- a version without a day of its own: a correction holds since what it replaces, another since it was recorded
  starts_on = case when $8 then excluded.starts_on
    else coalesce(excluded.effective_on, case when $5 = 'CORRECTION' then r.starts_on else greatest($4, r.starts_on) end) end
where (r.fingerprint <> excluded.fingerprint or $8)
  -- an assessment that arrives late does not replace a newer one (keep_late)
  and not (r.family = 'RISK' and excluded.effective_on < r.starts_on and $5 <> 'CORRECTION')
returning r.record_id, r.kind, r.key_hash, r.version, r.replaces_version, r.band, r.previous_band

-- name: keep_late
-- Keeps staged assessments that are older than the standing one as former versions, once; the standing one stays as it is.
-- $1 owner_id, $2 batch_id, $3 operator, $4 day, $5 REVISION or CORRECTION, $6 its reason, $7 when the source changed it,
-- $8 the version a correction replaces; gives one row per assessment that was kept.
with late as (
  update record r
  set last_version = r.last_version + 1
  from (
    select staged.*, (
        select record_id from record where owner_id = $1 and kind = staged.kind and key_hash = staged.key_hash) as standing_id
    from pg_temp.incoming_record staged
    offset 0
  ) i
  where r.record_id = i.standing_id and r.owner_id = $1 and r.family = 'RISK' and i.effective_on < r.starts_on
    and r.fingerprint <> i.fingerprint
    and not exists (
      select from record_version v where v.record_id = r.record_id and v.fingerprint = i.fingerprint)
  returning r.record_id, r.kind, r.key_hash, r.last_version as version,
    greatest(now(), r.recorded_at) as known_at
),
kept as (
  insert into record_version (
    record_id, owner_id, kind, family, key_hash, version, last_version, audience, person_id,
    credit_code, name, name_shown, id_shown, number_hash, number_shown, employer_name, region, city, issuer_code, issuer_name,
    first_issued_on, effective_on, valid_from, valid_to, review_due_on, reviewed_on, reported_status, band, decision_number,
    lifted_on, body, sealed, fingerprint, batch_id, operator, recorded_on, recorded_at, source_updated_at, report_kind,
    report_reason, replaces_version, starts_on)
  select
    l.record_id, $1, i.kind, i.family, i.key_hash, l.version, l.version, i.audience, i.person_id,
    i.credit_code, i.name, i.name_shown, i.id_shown, i.number_hash, i.number_shown, i.employer_name, i.region,
    left(i.region, 4), i.issuer_code, i.issuer_name, i.first_issued_on, i.effective_on, i.valid_from, i.valid_to,
    i.review_due_on, i.reviewed_on, i.reported_status, i.band, i.decision_number, i.lifted_on, i.body, i.sealed,
    i.fingerprint, $2, $3, $4, l.known_at, $7, $5, $6, $8, i.effective_on
  from late l
  join pg_temp.incoming_record i using (kind, key_hash)
  returning *
),
announced as (
  select append_events(array_agg(row(
      null, k.owner_id, case when k.report_kind = 'CORRECTION' then 'report.corrected' else 'report.filedLate' end,
      'E:' || k.credit_code, null, null, k.audience, 0, null, k.credit_code, k.record_id, null, k.recorded_on,
      jsonb_strip_nulls(jsonb_build_object(
        'recordId', k.record_id, 'kind', k.kind, 'version', k.version, 'creditCode', k.credit_code, 'region', k.region,
        'band', k.band, 'decisionNumber', k.decision_number, 'effectiveOn', k.effective_on, 'reportKind', nullif(k.report_kind, 'REVISION'),
        'replacesVersion', k.replaces_version)),
      null)::event order by k.record_id, k.version))
  from kept k
  having count(*) > 0
)
select k.record_id, k.kind, k.key_hash, k.version
from kept k
cross join (select count(*) from announced) done

-- name: find_records
-- Ids and versions of own records by key. $1 owner_id, $2 kind, $3 key hashes
select key_hash, record_id, version
from record
where owner_id = $1 and kind = $2 and key_hash = any ($3::bytea[])

-- name: lift_flags
-- $1 owner_id, $2 flag ids, $3 lifted on, $4 reason, $5 day of recording, $6 batch_id
update record as r
set version = r.last_version + 1, last_version = r.last_version + 1, previous_lifted_on = r.lifted_on, lifted_on = $3,
  previous_band = r.band, body = r.body || jsonb_build_object('liftReason', $4::text), recorded_on = $5,
  recorded_at = greatest(now(), r.recorded_at), batch_id = $6, row_hash = null, report_kind = 'REVISION', report_reason = null,
  replaces_version = null
where owner_id = $1 and family = 'ADVERSE' and record_id = any ($2::uuid[]) and lifted_on is null
returning record_id

-- name: flags_of_gradings
-- Standing flags that these gradings gave rise to under an earlier decision, and that no other grading still stands for.
-- $1 owner_id, $2 gradings, $3 of each the version that gave rise to them, null for any
select f.record_id
from record f
where f.owner_id = $1 and f.family = 'ADVERSE' and f.lifted_on is null and f.body->>'category' = 'HIGH_RISK_GRADE'
  and f.credit_code in (select credit_code from record where record_id = any ($2::uuid[]))
  and exists (
    select
    from unnest($2::uuid[], $3::int[]) as g (record_id, version)
    join record_version v on v.record_id = g.record_id and v.version = coalesce(g.version, v.version)
    where v.band = 'RED' and v.credit_code = f.credit_code and v.decision_number = f.decision_number)
  and not exists (
    select
    from record g
    where g.owner_id = $1 and g.kind = 'RISK_GRADING' and g.band = 'RED' and g.credit_code = f.credit_code
      and g.decision_number = f.decision_number and g.report_kind not in ('VOID', 'REVERT'))

-- name: relist_flags
-- A firm graded RED again under a decision whose flag was lifted: the flag stands again, from this day on.
-- $1 owner_id, $2 keys, $3 day, $4 batch_id
update record as r
set version = r.last_version + 1, last_version = r.last_version + 1, previous_lifted_on = r.lifted_on, lifted_on = null,
  previous_band = r.band, body = r.body - 'liftReason', recorded_on = $3, recorded_at = greatest(now(), r.recorded_at),
  batch_id = $4, row_hash = null, starts_on = greatest($3, r.starts_on), report_kind = 'REVISION', report_reason = null,
  replaces_version = null
where owner_id = $1 and kind = 'RISK_FLAG' and key_hash = any ($2::bytea[]) and lifted_on is not null

-- name: find_flag
-- An own flag. $1 owner_id, $2 record_id
select record_id, lifted_on, effective_on
from record
where owner_id = $1 and family = 'ADVERSE' and record_id = $2

-- name: confirm_source
-- The last confirmation of each kind, and for later questions about now: once a batch, else at most one a minute.
-- $1 owner_id, $2 kinds, $3 batch_id
with confirmed as (
  insert into source_confirmation (owner_id, kind, confirmed_at)
  select $1, kind, now()
  from unnest($2::text[]) as k (kind)
  order by kind
  on conflict (owner_id, kind) do update set confirmed_at = excluded.confirmed_at
)
insert into confirmed_source (owner_id, kind, batch_id)
select $1, kind, $3::uuid
from unnest($2::text[]) as k (kind)
where $3::uuid is not null or not exists (
  select
  from confirmed_source c
  where c.owner_id = $1 and c.kind = k.kind and c.confirmed_at > now() - interval '1 minute')
order by kind
on conflict do nothing

-- name: standing_version
-- An own record as it stands, by its key. $1 owner_id, $2 kind, $3 key hash
select record_id, version, family, starts_on, fingerprint
from record
where owner_id = $1 and kind = $2 and key_hash = $3
for update

-- name: former_start
-- A version of an own record that counts: what it held from which day on. $1 record, $2 version, $3 owner_id
select v.starts_on
from record_version v
where v.record_id = $1 and v.version = $2 and v.owner_id = $3 and v.report_kind not in ('VOID', 'REVERT')
  and not exists (select from record_history() c where c.record_id = v.record_id and c.replaces_version = v.version)

-- name: latest_former_start
-- The latest day another counting version of a record holds from. $1 record, $2 version that is left out
select max(v.starts_on)
from record_version v
where v.record_id = $1 and v.version <> $2 and v.report_kind not in ('VOID', 'REVERT')
  and not exists (select from record_history() c where c.record_id = v.record_id and c.replaces_version = v.version)
