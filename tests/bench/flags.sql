-- name: plain
-- What the reviews of a flag are written to, without index, constraint or trigger.
create table bench_review as select * from review where false;
create table bench_step as select * from review_step where false;
create table bench_opened as select * from event where false

-- name: drop_plain
drop table bench_review, bench_step, bench_opened

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
