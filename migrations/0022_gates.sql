-- What a gate was answered, and the repair of credit. Guarantees:
--   * a check is written once with its verdict and every reason, and is never changed or taken back;
--   * only who asked reads it: neither the firm nor another authority learns who asks about whom;
--   * the hub itself sees where a firm was checked, so that a later flag finds the matter.

create table gate_check (
  check_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity,
  receipt_number text not null unique check (receipt_number ~ '^GC-[0-9]{6}-[0-9]{8}-[0-9A-Z]{8}$'),
  owner_id int not null references tenant,
  client_id text not null,
  gate text not null check (gate in ('PROJECT_APPROVAL', 'BID', 'FILING', 'ANNUAL_CHECK')),
  credit_code text not null,
  region text not null,
  matter_code text,
  case_number text,
  day date not null,
  verdict text not null check (verdict in ('PASS', 'UNDETERMINED', 'KEY_REVIEW', 'BLOCKED')),
  reasons jsonb not null,
  checked_at timestamptz not null default clock_timestamp(),
  check ((verdict = 'PASS') = (jsonb_array_length(reasons) = 0))
);
create index gate_check_by_owner on gate_check (owner_id, place);
create index gate_check_by_firm on gate_check (credit_code, day);

alter table gate_check enable row level security;
alter table gate_check force row level security;
create policy gate_check_read on gate_check for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy gate_check_add on gate_check for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy gate_check_hub on gate_check for select to exchange_hub using (owner_id > 0);
grant select, insert on gate_check to exchange_app;
grant select on gate_check to exchange_hub;
