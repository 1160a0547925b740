-- name: plain
-- What a sweep writes, without index, constraint or trigger.
create table bench_notice as select * from notice where false;
create table bench_event as select * from event where false

-- name: drop_plain
drop table bench_notice, bench_event

-- name: notices
select * from notice

-- name: events
select * from event where payload ? 'dueOn'

-- name: certificates
select count(*)::int from record where family = 'CERTIFICATE'
