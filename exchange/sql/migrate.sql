-- The book of applied migrations. Written only by the owner, under the lock.

-- name: has_book
select to_regclass('public.migration') is not null;

-- name: create_book
create table public.migration (
  number int primary key,
  name text not null unique,
  checksum text not null,
  applied_at timestamptz not null default clock_timestamp()
);

-- name: applied
select number, name, checksum
from public.migration
order by number;

-- name: record
insert into public.migration (number, name, checksum)
values ($1, $2, $3);

-- name: try_lock
-- Polled: to wait inside pg_advisory_lock deadlocks with another process's create index concurrently.
select pg_try_advisory_lock($1);

-- name: unlock
select pg_advisory_unlock($1);
