-- How an import goes on, and the rows it gave back.
-- Guarantees:
--   * an import that no process works on any more is never RUNNING for long: whoever reads it compares touched_at
--     (import_state), so a process that died leaves nothing to clean up;
--   * refused rows are kept as they were sent, sealed, for their sender alone, and for 7 days.

alter table import_batch no force row level security;
alter table import_batch
  add column state text not null default 'SUCCEEDED'
    check (state in ('PENDING', 'RUNNING', 'SUCCEEDED', 'PARTLY', 'FAILED')),
  add column touched_at timestamptz not null default now(),
  add column finished_at timestamptz,
  add column failure text,
  add column form text check (form in ('json', 'ndjson', 'csv', 'xlsx'));
update import_batch
set state = case when rows_refused > 0 then 'PARTLY' else 'SUCCEEDED' end, touched_at = received_at, finished_at = received_at;
alter table import_batch force row level security;

-- The state of an import as it is now: one that nobody has touched for two minutes has failed.
create function import_state(state text, touched_at timestamptz) returns text language sql stable
begin atomic
  select case when state in ('PENDING', 'RUNNING') and touched_at < now() - interval '2 minutes' then 'FAILED' else state end;
end;

create table import_receipt (
  batch_id uuid not null,
  part int not null,
  owner_id int not null references tenant,
  sealed bytea not null,
  kept_at timestamptz not null default now(),
  primary key (batch_id, part)
);
alter table import_receipt enable row level security;
alter table import_receipt force row level security;
create policy import_receipt_own on import_receipt for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy import_receipt_add on import_receipt for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy import_receipt_hub on import_receipt to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert on import_receipt to exchange_app;
grant select, delete on import_receipt to exchange_hub;
create index import_receipt_by_age on import_receipt (kept_at);

-- An import is a subject of its own: B and its id.
alter table subject drop constraint subject_subject_check;
alter table subject add check (subject ~ '^[BEPT]:');

-- How far an import has got, for its owner alone.
create function import_event(b public.import_batch, day date) returns event language sql stable
begin atomic
  select row(
    null, (b).owner_id, 'import.progressed', 'B:' || (b).batch_id, null, null, 0, 0, null, null, null, null, day,
    jsonb_strip_nulls(jsonb_build_object(
      'batchId', (b).batch_id, 'kind', (b).kind, 'state', (b).state, 'read', (b).rows_read, 'new', (b).rows_new,
      'changed', (b).rows_changed, 'late', (b).rows_late, 'unchanged', (b).rows_unchanged, 'refused', (b).rows_refused)),
    null)::event;
end;
