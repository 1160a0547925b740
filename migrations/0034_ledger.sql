-- The tamper-evident log (防篡改日志). Guarantees:
--   * whatever is logged has its line in ledger_pending from the same statement that wrote it, and the line goes in the same
--     transaction that adds its entry: none is lost, none is logged twice, and no writer waits for the log;
--   * an entry names a row by an id nobody can guess and holds the digest of its content under a salt of its own: nothing of
--     the content can be guessed from it, and any later change of the row shows;
--   * entries, checkpoints and cosignatures are append-only; a tile of hashes only grows;
--   * callers neither read nor write the log: they queue what is their own, register as witness and cosign in their own name.
--
-- A further kind of entry: a trigger here that queues it, a statement `content_…` and one `unlogged_…` in exchange/sql/ledger.sql,
-- a line in exchange/ledger/entries.py. A column added later to a logged table is null in former rows (nulls are left out of the
-- content) or is taken out there; else every former row would look changed.

create table ledger_head (
  only_row boolean primary key default true check (only_row),
  size bigint not null,
  origin text
);
insert into ledger_head (size) values (0);

create table ledger_pending (
  place bigint generated always as identity primary key,
  owner_id int not null,
  type text not null,
  key text not null,
  version int not null
);

create table ledger_entry (
  leaf_index bigint primary key,
  type text not null,
  key text not null,
  version int not null,
  recorded_at timestamptz not null,
  logged_at timestamptz not null,
  salt bytea not null check (length(salt) = 16),
  digest bytea not null check (length(digest) = 32),
  unique (type, key, version)
);

-- 256 hashes side by side: of leaves in level 0, of full tiles of the level below in the others.
create table ledger_tile (
  level smallint not null,
  number bigint not null,
  hashes bytea not null check (length(hashes) between 32 and 8192 and length(hashes) % 32 = 0),
  primary key (level, number)
);
alter table ledger_tile alter column hashes set storage external;

create function ledger_tile_grows() returns trigger language plpgsql as $$
begin
  if substr(new.hashes, 1, length(old.hashes)) <> old.hashes then
    raise exception 'a tile of the log only grows';
  end if;
  return new;
end
$$;
create trigger ledger_tile_grows before update on ledger_tile for each row execute function ledger_tile_grows();

create table ledger_checkpoint (
  size bigint primary key,
  root bytea not null check (length(root) = 32),
  note text not null,
  made_at timestamptz not null
);

-- Authorities that watch the log, and what they signed. The latest key of a witness counts.
create table ledger_witness (
  witness_id uuid primary key default gen_random_uuid(),
  owner_id int not null references tenant,
  public_key bytea not null check (length(public_key) = 32),
  registered_at timestamptz not null default clock_timestamp()
);
create index ledger_witness_by_owner on ledger_witness (owner_id, registered_at desc);

create table ledger_cosignature (
  size bigint not null,
  owner_id int not null references tenant,
  witness_id uuid not null,
  signed_at timestamptz not null,
  line text not null,
  primary key (size, owner_id, witness_id)
);

create function ledger_records() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (owner_id, type, key, version)
    select owner_id, 'RECORD', record_id, version from changed order by record_id;
  return null;
end
$$;

create function ledger_next_versions() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (owner_id, type, key, version)
    select c.owner_id, 'RECORD', c.record_id, c.version
    from changed c
    join former f using (record_id)
    where c.version <> f.version
    order by c.record_id;
  return null;
end
$$;

-- What never stood: an assessment that came late, or what takes one back. The others were queued when they began to stand.
create function ledger_late_versions() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (owner_id, type, key, version)
    select owner_id, 'RECORD', record_id, version
    from changed
    where superseded_at is null and (report_kind not in ('VOID', 'REVERT') or replaces_version is not null)
    order by record_id;
  return null;
end
$$;

create function ledger_review_steps() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (owner_id, type, key, version)
    select owner_id, 'REVIEW', step_id, 1
    from changed
    where step in ('DECIDED', 'CORRECTED', 'DECLINED', 'WITHDRAWN', 'HANDED_OVER')
    order by place;
  return null;
end
$$;

create function ledger_rules() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (owner_id, type, key, version) select owner_id, 'RULE', identifier, version from changed;
  return null;
end
$$;

create function ledger_witnesses() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (owner_id, type, key, version) select owner_id, 'WITNESS', witness_id, 1 from changed;
  return null;
end
$$;

create trigger ledger_records after insert on record
  referencing new table as changed for each statement execute function ledger_records();
create trigger ledger_next_versions after update on record
  referencing new table as changed old table as former for each statement execute function ledger_next_versions();
create trigger ledger_late_versions after insert on record_version
  referencing new table as changed for each statement execute function ledger_late_versions();
create trigger ledger_review_steps after insert on review_step
  referencing new table as changed for each statement execute function ledger_review_steps();
create trigger ledger_rules after insert on recognition_rule
  referencing new table as changed for each statement execute function ledger_rules();
create trigger ledger_witnesses after insert on ledger_witness
  referencing new table as changed for each statement execute function ledger_witnesses();

-- What is there already is logged first, in the order it was recorded. The owner is held by forced row security too.
alter table record no force row level security;
alter table record_version no force row level security;
alter table review_step no force row level security;
alter table recognition_rule no force row level security;
insert into ledger_pending (owner_id, type, key, version)
select owner_id, type, key, version
from (
  select owner_id, 'RECORD' as type, record_id::text as key, version, recorded_at from record
  union all
  select owner_id, 'RECORD', record_id::text, version, recorded_at from record_version
  union all
  select owner_id, 'REVIEW', step_id::text, 1, taken_at from review_step
  where step in ('DECIDED', 'CORRECTED', 'DECLINED', 'WITHDRAWN', 'HANDED_OVER')
  union all
  select owner_id, 'RULE', identifier, version, published_at from recognition_rule
) present
order by recorded_at, key, version;
alter table record force row level security;
alter table record_version force row level security;
alter table review_step force row level security;
alter table recognition_rule force row level security;

alter table ledger_pending enable row level security;
alter table ledger_pending force row level security;
create policy ledger_pending_add on ledger_pending for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy ledger_pending_hub on ledger_pending to exchange_hub using (place > 0) with check (place > 0);
grant insert on ledger_pending to exchange_app;
grant select, insert, delete on ledger_pending to exchange_hub;

alter table ledger_entry enable row level security;
alter table ledger_entry force row level security;
create policy ledger_entry_hub on ledger_entry to exchange_hub using (leaf_index >= 0) with check (leaf_index >= 0);
grant select, insert on ledger_entry to exchange_hub;

grant select, update on ledger_head to exchange_hub;
grant select, insert, update (hashes) on ledger_tile to exchange_hub;
grant select, insert on ledger_checkpoint to exchange_hub;

alter table ledger_witness enable row level security;
alter table ledger_witness force row level security;
create policy ledger_witness_add on ledger_witness for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy ledger_witness_hub on ledger_witness for select to exchange_hub using (owner_id > 0);
grant insert on ledger_witness to exchange_app;
grant select on ledger_witness to exchange_hub;

alter table ledger_cosignature enable row level security;
alter table ledger_cosignature force row level security;
create policy ledger_cosignature_add on ledger_cosignature for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy ledger_cosignature_hub on ledger_cosignature for select to exchange_hub using (owner_id > 0);
grant insert on ledger_cosignature to exchange_app;
grant select on ledger_cosignature to exchange_hub;
