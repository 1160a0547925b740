-- 安全码与状态列表: what can be shown to a stranger, and what can be checked without asking. Guarantees:
--   * a slot of a status list is given once and never again: its place comes from a sequence, nothing is locked for it; who got a
--     slot, and for what, is read by its owner and the hub alone;
--   * the status of a slot is not stored: proof_status() derives it from the facts of a day, never better than they are;
--   * a safety code is kept as a keyed hash; nobody who reads this table can show one; it is revoked once, by its owner, for good;
--   * every scan of a code leaves a row for the owner of the code, which no caller writes or changes; of the visitor there is a
--     hash keyed by the day and no address.

create sequence status_slot_place minvalue 0 start 0;
grant usage on sequence status_slot_place to exchange_app, exchange_hub;

create table status_slot (
  list_id int not null,
  idx int not null check (idx between 0 and 1048575),
  owner_id int not null references tenant,
  kind text not null check (kind in ('CERTIFICATE', 'CONFIRMATION')),
  item_id uuid not null,
  made_in xid8 not null default pg_current_xact_id(),
  primary key (list_id, idx),
  unique (owner_id, kind, item_id)
);
create index status_slot_by_item on status_slot (item_id);
create index status_slot_by_making on status_slot (list_id, made_in);
alter table status_slot enable row level security;
alter table status_slot force row level security;
create policy status_slot_read on status_slot for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy status_slot_add on status_slot for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy status_slot_hub on status_slot for select to exchange_hub using (owner_id > 0);
grant select, insert on status_slot to exchange_app;
grant select on status_slot to exchange_hub;

create table safety_code (
  code_hash bytea primary key,
  code_id uuid not null unique default gen_random_uuid(),
  owner_id int not null references tenant,
  record_id uuid not null,
  purpose text not null check (purpose in ('SHOWN', 'PRINTED')),
  made_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > made_at),
  revoked_at timestamptz
);
create index safety_code_of_record on safety_code (owner_id, record_id, made_at desc);
alter table safety_code enable row level security;
alter table safety_code force row level security;
create policy safety_code_read on safety_code for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy safety_code_add on safety_code for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy safety_code_revoke on safety_code for update to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy safety_code_hub on safety_code for select to exchange_hub using (owner_id > 0);
grant select, insert, update (revoked_at) on safety_code to exchange_app;
grant select on safety_code to exchange_hub;

create function stays_revoked() returns trigger language plpgsql as $$
begin
  new.revoked_at := old.revoked_at;
  return new;
end
$$;
create trigger safety_code_stays_revoked before update on safety_code for each row
  when (old.revoked_at is not null) execute function stays_revoked();

create table safety_code_scan (
  scan_id bigint generated always as identity primary key,
  owner_id int not null references tenant,
  code_id uuid not null,
  scanned_at timestamptz not null,
  outcome text not null check (outcome in ('VALID', 'UNCLEAR', 'INVALID', 'VOIDED', 'EXPIRED', 'REVOKED', 'SUSPENDED')),
  visitor bytea not null
);
create index safety_code_scan_of_code on safety_code_scan (code_id, scanned_at desc);
alter table safety_code_scan enable row level security;
alter table safety_code_scan force row level security;
create policy safety_code_scan_read on safety_code_scan for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy safety_code_scan_hub on safety_code_scan to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on safety_code_scan to exchange_app;
grant select, insert on safety_code_scan to exchange_hub;

-- Withdrawn certificates, few among all, by the number they share with others and by their holder.
create index record_by_withdrawal on record (number_hash)
  where family = 'CERTIFICATE' and reported_status in ('SUSPENDED', 'REVOKED', 'RESCINDED', 'CANCELLED');

-- Why a certificate whose state is VALID may not be shown as simply valid: nothing was reported, another issuer withdrew one of
-- this number for the same work, one of the holder's other ids speaks against it, or an action upon it is not clear.
create function is_doubtful(r public.record, day date) returns boolean language sql stable
begin atomic
  select (r).reported_status is null
    or exists (
      select
      from record other
      where other.family = 'CERTIFICATE' and other.number_hash = (r).number_hash and other.kind = (r).kind
        and other.record_id <> (r).record_id and other.reported_status in ('SUSPENDED', 'REVOKED', 'RESCINDED')
        and same_work(other.body, (r).body))
    or is_contested_elsewhere(r)
    or exists (select from actions_on((r).person_id, (r).number_hash, (r).first_issued_on, (r).valid_from, day));
end;

-- A certificate in a status list (draft-ietf-oauth-status-list): 0 valid, 2 what may pass (suspended, review missed, not yet
-- begun, being transferred, in doubt), 1 all else.
create function proof_status(r public.record, day date) returns int language sql stable
begin atomic
  select case
      when s.status = 'VALID' then case when is_doubtful(r, day) then 2 else 0 end
      when s.status in ('SUSPENDED', 'REVIEW_LAPSED', 'NOT_YET_VALID', 'TRANSFERRING_OUT', 'OTHER') then 2
      else 1 end
  from (select certificate_status(r, day) as status) s;
end;

-- Whether its own columns could make it other than valid: to find among a million the few to look at closely. Of one where
-- they do not, only what was done, judged or recorded elsewhere can (certificate_slots in sql/status_lists.sql).
create function needs_looking(r public.record, day date) returns boolean language sql stable
begin atomic
  select (r).reported_status is distinct from 'VALID' or (r).valid_to < day or (r).valid_from > day
    or coalesce((r).review_due_on < day, false);
end;

-- The certificates whose state an event after a position may have changed: of its person under every id, of the same numbers, and
-- the record itself, which may be gone.
create function certificates_touched(after bigint) returns setof uuid language sql stable
begin atomic
  with news as (
    select e.subject, e.record_id, e.payload
    from event e
    where e."position" > after
    union all
    select e.subject, e.record_id, e.payload
    from event e
    where e."position" is null
  ),
  named as (
    select substr(n.subject, 3)::uuid as person_id from news n where n.subject like 'P:%'
    union
    select (n.payload->>'otherPersonId')::uuid from news n where n.payload->>'otherPersonId' is not null
  ),
  person as (
    select distinct id
    from (select array_agg(person_id) as persons from named) m
    cross join lateral unnest(person_ids(m.persons)) id
  ),
  own as (
    select r.record_id, r.number_hash
    from person p
    join record r on r.person_id = p.id and r.family = 'CERTIFICATE'
  )
  select n.record_id from news n where n.record_id is not null
  union
  select record_id from own
  union
  select other.record_id
  from own o
  join record other on other.number_hash = o.number_hash and other.family = 'CERTIFICATE';
end;
