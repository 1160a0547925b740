-- name: plain
-- What the reviews of a flag are written to, without index, constraint or trigger.
create table bench_reviews as select * from review where false;
create table bench_steps as select * from review_step where false;
create table bench_opened as select * from event where false;
create table bench_causes as select * from review_cause where false

-- name: indexed
-- The same with every index, and so what is unique, but without any other constraint or trigger.
create table bench_reviews (like review including indexes);
create table bench_steps (like review_step including indexes);
create table bench_opened (like event including indexes);
create table bench_causes (like review_cause including indexes)

-- name: drop
drop table bench_reviews, bench_steps, bench_opened, bench_causes

-- name: reviews
-- $1 flags
select * from review where cause_record_id = any ($1::uuid[]) order by cause_record_id

-- name: steps
-- $1 flags
select s.*
from review_step s
join review r using (review_id)
where r.cause_record_id = any ($1::uuid[])
order by r.cause_record_id

-- name: opened
-- $1 flags
select e.*
from event e
join review r on r.review_id = (e.payload->>'reviewId')::uuid
where e.type = 'review.opened' and r.cause_record_id = any ($1::uuid[])
order by r.cause_record_id

-- name: transactions
-- How many transactions opened the reviews of a flag, at most. $1 flags
select max(n)::int
from (
  select count(distinct xmin::text) as n
  from review
  where cause_record_id = any ($1::uuid[])
  group by cause_record_id
) counted

-- name: causes
-- $1 flags
select k.*
from review_cause k
join review r using (review_id)
where r.cause_record_id = any ($1::uuid[])
order by r.cause_record_id
