-- What a gate was answered, and the repair of credit. Guarantees:
--   * a check is written once with its verdict and every reason, and is never changed or taken back;
--   * only who asked reads it: neither the firm nor another authority learns who asks about whom;
--   * the hub itself sees where a firm was checked, so that a later flag finds the matter; a check and a flag on one firm are
--     ordered by the lock of its subject: the flag is among the facts of the check, or it finds the check.

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

-- 信用修复. Guarantees:
--   * a firm asks for repair of its own record that stands, once at a time; the hub alone writes the request;
--   * only the authority that owns the record decides; it and the firm read the request, nobody else;
--   * accepted lifts the record in the same transaction, revoked lists it again; every step is an event of codes and dates.

create table repair_request (
  repair_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity,
  owner_id int not null references tenant,
  requester_id int not null references tenant,
  record_id uuid not null,
  credit_code text not null,
  materials text not null check (materials <> ''),
  commitment text not null check (commitment <> ''),
  state text not null default 'REQUESTED' check (state in ('REQUESTED', 'ACCEPTED', 'REFUSED', 'REVOKED')),
  requested_on date not null,
  due_on date not null,
  is_due_estimated boolean not null,
  decision_reason text,
  decided_on date,
  decided_by text,
  lifted_on date,
  revoke_reason text,
  revoked_on date,
  version int not null default 1,
  requested_at timestamptz not null default now(),
  check ((state = 'REQUESTED') = (decided_on is null)),
  check ((decided_on is null) = (decision_reason is null)),
  check ((state = 'REVOKED') = (revoked_on is not null and revoke_reason is not null))
);
create unique index repair_request_open on repair_request (record_id) where state = 'REQUESTED';
create index repair_request_by_owner on repair_request (owner_id, place);
create index repair_request_by_requester on repair_request (requester_id, place);

create function repair_changed() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(row(
      null, c.owner_id,
      case c.state when 'REQUESTED' then 'repair.requested' when 'REVOKED' then 'repair.revoked' else 'repair.decided' end,
      'E:' || c.credit_code, null, null, 0, 0, c.requester_id, c.credit_code, c.record_id, null,
      coalesce(c.revoked_on, c.decided_on, c.requested_on),
      jsonb_strip_nulls(jsonb_build_object('repairId', c.repair_id, 'recordId', c.record_id, 'creditCode', c.credit_code,
        'state', c.state, 'dueOn', c.due_on, 'decidedOn', c.decided_on, 'revokedOn', c.revoked_on)),
      null)::event order by c.place))
    from changed c
    having count(*) > 0;
  return null;
end
$$;
create trigger repair_requested after insert on repair_request
  referencing new table as changed for each statement execute function repair_changed();
create trigger repair_changed after update on repair_request
  referencing new table as changed for each statement execute function repair_changed();

alter table repair_request enable row level security;
alter table repair_request force row level security;
create policy repair_request_read on repair_request for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or requester_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy repair_request_decide on repair_request for update to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]))
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy repair_request_hub on repair_request to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on repair_request to exchange_app;
grant update (state, decision_reason, decided_on, decided_by, lifted_on, revoke_reason, revoked_on, version)
  on repair_request to exchange_app;
grant select, insert on repair_request to exchange_hub;
