-- name: one_at_a_time
-- Steps of one dispute, and disputes of one record by one party, follow each other. $1 what is locked
select pg_advisory_xact_lock(hashtextextended($1, 0))

-- name: standing_of_record
-- The states of the disputes a party opened of a record. $1 owner_id, $2 record
select (
    select s.state
    from dispute_step s
    where s.dispute_id = d.dispute_id
    order by s.place desc
    limit 1) as state
from dispute d
where d.owner_id = $1 and d.record_id = $2

-- name: open_dispute
-- $1 owner_id, $2 record, $3 credit code it has to bear (null: any), $4 grounds, $5 day; nothing where the record is not seen.
insert into dispute (owner_id, source_id, record_id, kind, audience, person_id, credit_code, grounds, opened_on)
select $1, r.owner_id, r.record_id, r.kind, r.audience, r.person_id, r.credit_code, $4, $5
from record r
where r.record_id = $2 and ($3::text is null or r.credit_code = $3)
returning dispute_id, source_id

-- name: superior
-- 上级机关 Who is called upon, as for an overdue review. $1 source
select superior_of($1)

-- name: last_step
-- $1 dispute
select place, disputant_id, source_id, superior_id, record_id, state, due_on
from dispute_step
where dispute_id = $1
order by place desc
limit 1

-- name: take_step
-- $1 dispute, $2 place, $3 owner_id, $4 disputant, $5 source, $6 superior, $7 record, $8 step, $9 state, $10 day, $11 due on,
-- $12 whether that is estimated
insert into dispute_step (
  dispute_id, place, owner_id, disputant_id, source_id, superior_id, record_id, step, state, taken_on, due_on, is_due_estimated)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: say
-- $1 dispute, $2 place, $3 owner_id, $4 text
insert into dispute_text (dispute_id, place, owner_id, text)
values ($1, $2, $3, $4)

-- name: state_something
-- The next version of a party's statement beside a record; withdrawn without a text. $1 owner_id, $2 record,
-- $3 credit code the record has to bear (null: a person's record), $4 text, $5 day; nothing where there is no such record.
insert into subject_statement (owner_id, record_id, version, text, made_on)
select $1, r.record_id, 1 + coalesce((
    select max(s.version) from subject_statement s where s.owner_id = $1 and s.record_id = $2), 0), $4, $5
from record r
where r.record_id = $2 and case when $3::text is null then r.person_id is not null else r.credit_code = $3 end
returning statement_id

-- name: current_statement
-- The text of a party's statement beside a record, null once withdrawn. $1 owner_id, $2 record
select text
from subject_statement
where owner_id = $1 and record_id = $2
order by version desc
limit 1

-- name: is_disputed
-- $1 record
select is_disputed($1)
