-- name: one_at_a_time
-- Steps of one report follow each other. $1 what is locked
select pg_advisory_xact_lock(hashtextextended($1, 0))

-- name: file_tip
-- $1 tip, $2 owner_id, $3 category, $4 region, $5 credit code, $6 person, $7 hash of the certificate's number, $8 the number masked,
-- $9 post, $10 hash of the code, $11 day
insert into tip (
  tip_id, owner_id, category, region, credit_code, person_id, number_hash, number_shown, post, code_hash, filed_on)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: last_step
-- $1 tip
select place, filer_id, competent_id, step
from tip_step
where tip_id = $1
order by place desc
limit 1

-- name: take_step
-- $1 tip, $2 place, $3 owner_id, $4 filer, $5 competent authority after it, $6 step, $7 day, $8 record, $9 day by which whether
-- it is accepted has to be said, $10 whether that is estimated
insert into tip_step (tip_id, place, owner_id, filer_id, competent_id, step, taken_on, record_id, due_on, is_due_estimated)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: say
-- $1 tip, $2 place, $3 owner_id, $4 text
insert into tip_text (tip_id, place, owner_id, text)
values ($1, $2, $3, $4)

-- name: keep_reporter
-- $1 tip, $2 owner_id, $3 who reported, sealed
insert into tip_reporter (tip_id, owner_id, sealed)
values ($1, $2, $3)

-- name: sees_record
-- $1 record
select exists (
  select
  from record
  where record_id = $1)

-- name: reward
-- $1 tip, $2 owner_id, $3 amount, $4 basis, $5 day
insert into tip_reward (tip_id, owner_id, amount, basis, paid_on)
values ($1, $2, $3, $4, $5)

-- name: open_reporter
-- Who reported, sealed, and in the same statement the evidence that it was read. $1 tip, $2 owner_id, $3 client, $4 purpose,
-- $5 case number, $6 request
with found as materialized (
  select sealed
  from tip_reporter
  where tip_id = $1
),
evidence as (
  insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id)
  select $2, $3, $4, $5, 'tipReporter', array['TipReporter.name', 'TipReporter.phone', 'TipReporter.address'], array[$1], $6
  from found
  returning 1
)
select f.sealed
from found f
cross join (select count(*) as written from evidence) e
where e.written = 1

-- name: raise_overdue
-- Reports nobody accepted, rejected or handed over by their due day: told once to the competent authority and to who handed the
-- report in. $1 day, $2 at most; returns how many.
with due as (
  select s.tip_id, s.place, s.competent_id
  from tip_step s
  where s.due_on < $1
    and not exists (select from tip_step n where n.tip_id = s.tip_id and n.place > s.place)
    and not exists (select from overdue_told o where o.case_id = s.tip_id and o.place = s.place)
  order by s.due_on, s.tip_id
  limit $2
),
noticed as (
  insert into overdue_told (case_id, place, owner_id)
  select tip_id, place, competent_id
  from due
  on conflict do nothing
  returning case_id, place
),
announced as (
  select append_events(array_agg(row(
      null, s.competent_id, 'tip.overdue', 'T:' || s.tip_id, null, null, 0, 0, nullif(s.filer_id, s.competent_id), null, null, null,
      $1, jsonb_build_object('tipId', t.tip_id, 'region', t.region, 'category', t.category, 'state', s.step, 'dueOn', s.due_on),
      null)::event order by s.tip_id))
  from tip_step s
  join tip t using (tip_id)
  join noticed n on n.case_id = s.tip_id and n.place = s.place
  having count(*) > 0
)
select (select count(*) from noticed)::int
from (select count(*) from announced) done
