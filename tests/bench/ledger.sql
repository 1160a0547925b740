-- name: off
alter table record disable trigger ledger_records

-- name: on
alter table record enable trigger ledger_records

-- name: plain
-- What an append writes, without index or constraint.
create table bench_ledger_entry as select * from ledger_entry where false;
create table bench_ledger_tile as select * from ledger_tile where false

-- name: drop_plain
drop table bench_ledger_entry, bench_ledger_tile

-- name: entries
-- Entries from an index on. $1 index
select * from ledger_entry where leaf_index >= $1 order by leaf_index

-- name: tiles
select * from ledger_tile

-- name: invent
-- Entries of nothing, to have a tree of this size. $1 first index, $2 end
insert into ledger_entry (leaf_index, type, key, version, recorded_at, logged_at, salt, digest)
select n, 'BENCH', n::text, 1, timestamptz '2026-01-01', timestamptz '2026-01-01', substr(sha256(n::text::bytea), 1, 16),
  sha256(n::text::bytea)
from generate_series($1::bigint, $2::bigint - 1) n

-- name: settle
analyze ledger_entry, ledger_tile

-- name: look_up
-- The least a proof can cost: one entry by its key. $1 key
select leaf_index from ledger_entry where type = 'BENCH' and key = $1 and version = 1
