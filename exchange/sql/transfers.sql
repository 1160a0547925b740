-- name: one_at_a_time
-- What is done to one certificate, or within one change of employer, follows each other. $1 what is locked
select pg_advisory_xact_lock(hashtextextended($1, 0))

-- name: certificate
-- A certificate as far as it is seen, with its effective state on a day. $1 record, $2 day
select record_id, owner_id, kind, key_hash, audience, name, id_shown, person_id, number_shown, credit_code, employer_name, region,
  issuer_code, issuer_name, first_issued_on, effective_on, valid_from, valid_to, review_due_on, reviewed_on, reported_status, band,
  decision_number, lifted_on, body, sealed, certificate_status(r, $2) as status
from record r
where record_id = $1 and family = 'CERTIFICATE'

-- name: own_certificate
-- A certificate of an owner, held until the end of the transaction. $1 owner_id, $2 record
select record_id
from record
where owner_id = $1 and record_id = $2 and family = 'CERTIFICATE'
for update

-- name: standing_in
-- Whether a transfer of a certificate, as far as they are seen, is in one of these states. $1 record, $2 states
select exists (
  select
  from transfer t
  cross join lateral (
    select s.state
    from transfer_step s
    where s.transfer_id = t.transfer_id
    order by s.place desc
    limit 1) last
  where t.record_id = $1 and last.state = any ($2::text[]))

-- name: open_transfer
-- $1 owner_id, $2 losing, $3 gaining, $4 change, $5 record, $6 person, $7 number shown, $8 class, $9 end, $10 employer's code,
-- $11 and name, $12 new number, $13 new identifier, $14 day
insert into transfer (
  owner_id, losing_id, gaining_id, change_id, record_id, person_id, number_shown, manager_class, valid_to, employer_code,
  employer_name, new_number, new_identifier, opened_on)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
returning transfer_id

-- name: take_step
-- $1 transfer, $2 place, $3 owner_id, $4 losing, $5 gaining, $6 record, $7 state, $8 reason, $9 day, $10 due on, $11 whether that is
-- estimated, $12 new certificate, $13 its end
insert into transfer_step (
  transfer_id, place, owner_id, losing_id, gaining_id, record_id, state, reason, taken_on, due_on, is_due_estimated, successor_id,
  carried_to)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: transfer
-- A transfer with its last step. $1 transfer
select t.*, s.place as last_place, s.state
from transfer t
join transfer_step s using (transfer_id)
where t.transfer_id = $1
order by s.place desc
limit 1

-- name: parts_of_change
-- The transfers of one change of employer the context is a party of, each with its last step. $1 change
select t.*, last.place as last_place, last.state, last.successor_id
from transfer t
cross join lateral (
  select s.place, s.state, s.successor_id
  from transfer_step s
  where s.transfer_id = t.transfer_id
  order by s.place desc
  limit 1) last
where t.change_id = $1
order by t.record_id

-- name: transferable
-- The certificate an authority may take in, by its number or its identifier; who looks leaves evidence by the same statement.
-- $1 number hash, $2 identifier, $3 owner_id, $4 client, $5 purpose, $6 case number, $7 request id, $8 day
with found as materialized (
  select t.transfer_id, t.losing_id, t.valid_to as ends_on, r.*, s.due_on, s.is_due_estimated, certificate_status(r, $8) as status
  from transfer t
  join transfer_step s on s.transfer_id = t.transfer_id and s.state = 'OUT'
  join record r on r.record_id = t.record_id
  where t.gaining_id = $3 and (r.number_hash = $1 or r.body->>'certificateIdentifier' = $2)
    and not exists (select from transfer_step n where n.transfer_id = t.transfer_id and n.place > s.place)
  limit 1
),
evidence as (
  insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id)
  select $3, $4, $5, $6, 'transferData', array['TransferData.name', 'TransferData.gender'], array[person_id], $7
  from found
)
select f.transfer_id, f.losing_id, f.record_id, f.person_id, f.key_hash, f.name, f.id_shown, f.number_shown, f.credit_code,
  f.employer_name, f.first_issued_on, f.valid_from, f.valid_to, f.body, f.sealed, f.due_on, f.is_due_estimated, f.status, (
    select count(*)::int
    from record a
    where a.family = 'ACTION' and a.person_id = any (person_ids(f.person_id)) and (a.lifted_on is null or a.lifted_on > $8)
  ) as actions, (
    select count(*)::int
    from record a
    where a.family = 'ADVERSE' and a.credit_code = f.credit_code and (a.lifted_on is null or a.lifted_on > $8) and in_term(a.body, $8)
  ) as flags
from found f

-- name: open_reviews
-- How many reviews of a person are open anywhere; the hub's own sight, only the number leaves. $1 person
select count(*)::int
from review
where person_id = any (person_ids($1::uuid)) and state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW')

-- name: certificates_at
-- The certificates a person holds at an employer that have not ended, if the numbers given are among them; who looks leaves
-- evidence by the same statement, also that nothing was found. $1 person, $2 employer, $3 number hashes, $4 owner_id, $5 client,
-- $6 purpose, $7 case number, $8 request id, $9 and $10 misses allowed, $11 day
with held as materialized (
  select r.record_id, r.owner_id, r.person_id, r.number_hash, r.number_shown, r.valid_to, r.body,
    certificate_status(r, $11) as status
  from record r
  where r.person_id = $1 and r.family = 'CERTIFICATE' and r.kind = 'CONSTRUCTION_SAFETY_MANAGER' and r.credit_code = $2
    and r.reported_status not in ('CANCELLED', 'REVOKED', 'RESCINDED') and not is_transferred(r)
    and refuse_guessing($4, $5, $9, $10)
),
found as materialized (
  select h.*
  from held h
  where not exists (select from unnest($3::bytea[]) n where not exists (select from held where number_hash = n))
),
evidence as (
  insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id, sought)
  select $4, $5, $6, $7, 'employerChangeRequest', array['Person.id'], coalesce(array_agg(distinct person_id), '{}'), $8,
    case when count(*) = 0 then $1::uuid end
  from found
)
select record_id, owner_id, person_id, number_hash, number_shown, valid_to, body, status
from found
order by record_id

-- name: refuse_guessing
-- An ID number compared is a look-up: who is wrong too often is refused. $1 owner_id, $2 client, $3 and $4 misses allowed
select refuse_guessing($1, $2, $3, $4)

-- name: leave_miss
-- An ID number that was not the holder's. $1 owner_id, $2 client, $3 purpose, $4 case number, $5 request id, $6 whose it would be
insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id, sought)
values ($1, $2, $3, $4, 'transferIn', array['Person.id'], '{}', $5, $6)

-- name: left_behind
-- How many more certificates that have not ended a person holds at an employer. $1 person, $2 employer, $3 records
select count(*)::int
from record r
where r.person_id = $1 and r.family = 'CERTIFICATE' and r.kind = 'CONSTRUCTION_SAFETY_MANAGER' and r.credit_code = $2
  and r.reported_status not in ('CANCELLED', 'REVOKED', 'RESCINDED') and not is_transferred(r) and not r.record_id = any ($3::uuid[])

-- name: taken_number
-- Whether a number is an own certificate's already. $1 owner_id, $2 kind, $3 number hash
select exists (
  select
  from record
  where owner_id = $1 and kind = $2 and number_hash = $3)

-- name: raise_questioned
-- Certificates taken in whose former one was revoked or rescinded since, by its issuer or any authority: told once, to who took it in
-- and so perhaps does not see it. $1 day, $2 at most; returns how many.
with found as (
  select s.transfer_id, s.gaining_id
  from transfer_step s
  join record former on former.record_id = s.record_id
  where s.state = 'IN' and not exists (select from transfer_questioned q where q.transfer_id = s.transfer_id)
    and is_withdrawn_for_good(former)
  order by s.transfer_id
  limit $2
),
noticed as (
  insert into transfer_questioned (transfer_id, owner_id)
  select transfer_id, gaining_id
  from found
  on conflict do nothing
  returning transfer_id
),
announced as (
  select append_events(array_agg(row(
      null, s.gaining_id, 'transfer.questioned', 'T:' || s.transfer_id, null, null, 0, 0, nullif(s.losing_id, s.gaining_id), null,
      s.successor_id, null, $1,
      jsonb_build_object('transferId', s.transfer_id, 'recordId', s.record_id, 'newRecordId', s.successor_id),
      null)::event order by s.transfer_id))
  from transfer_step s
  join noticed n on n.transfer_id = s.transfer_id and s.state = 'IN'
  having count(*) > 0
)
select (select count(*) from noticed)::int
from (select count(*) from announced) done

-- name: raise_overdue
-- Transfers nobody took in, requests nobody answered by their due day: told once, to both. $1 day, $2 at most; returns how many.
with due as (
  select s.transfer_id, s.place, s.owner_id
  from transfer_step s
  where s.due_on < $1
    and not exists (select from transfer_step n where n.transfer_id = s.transfer_id and n.place > s.place)
    and not exists (select from overdue_told o where o.case_id = s.transfer_id and o.place = s.place)
  order by s.due_on, s.transfer_id
  limit $2
),
noticed as (
  insert into overdue_told (case_id, place, owner_id)
  select transfer_id, place, owner_id
  from due
  on conflict do nothing
  returning case_id, place
),
announced as (
  select append_events(array_agg(row(
      null, s.losing_id, 'transfer.overdue', 'T:' || s.transfer_id, null, null, 0, 0, nullif(s.gaining_id, s.losing_id), null,
      s.record_id, null, $1,
      jsonb_build_object('transferId', s.transfer_id, 'recordId', s.record_id, 'state', s.state, 'dueOn', s.due_on),
      null)::event order by s.transfer_id))
  from transfer_step s
  join noticed n on n.case_id = s.transfer_id and n.place = s.place
  having count(*) > 0
)
select (select count(*) from noticed)::int
from (select count(*) from announced) done
