-- 互认确认书: decisions on recognition kept as evidence. Guarantees:
--   * a confirmation is written once, with its verdict, conditions, rules and signed receipt, and is never changed or taken back;
--   * only who asked, the authorities of the place of use and the one that issued the certificate read it, and what became of it;
--   * what changes the answer later is a row of confirmation_change, written by the hub alone; the event for each of them is
--     written by the same statement, so none is told without a row and none is kept untold;
--   * what may have changed waits in confirmation_due until it was looked at, at most once a confirmation;
--   * a published rule is announced.
-- The present answer is never stored: it is computed from the facts whenever somebody asks (exchange/proof/present.py).

create table confirmation (
  confirmation_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity,
  number text not null unique check (number ~ '^HR-[0-9]{8}-[0-9A-HJKMNP-TV-Z]{8}$'),
  owner_id int not null references tenant,
  client_id text not null,
  case_number text,
  host_region text not null,
  host_ids int[] not null,
  day date not null,
  employer_code text,
  asked jsonb not null,
  number_hash bytea not null,
  number_shown text not null,
  issuer_id int references tenant,
  record_id uuid,
  record_version int,
  person_id uuid,
  kind text,
  credit_code text,
  verdict text not null check (verdict in ('ACCEPTED', 'CONDITIONAL', 'REFUSED', 'UNDETERMINED')),
  mode text,
  reasons text[] not null,
  rules text[] not null,
  conditions jsonb not null,
  fact_digests jsonb not null,
  source_updated_on date,
  valid_until date not null,
  receipt text not null,
  confirmed_at timestamptz not null,
  check (valid_until >= day),
  check ((record_id is null) = (issuer_id is null)),
  check (record_id is not null or verdict = 'UNDETERMINED')
);
create index confirmation_by_owner on confirmation (owner_id, place);
create index confirmation_by_record on confirmation (record_id, valid_until);
create index confirmation_by_person on confirmation (person_id, valid_until);
create index confirmation_by_number on confirmation (number_hash, valid_until);
create index confirmation_by_firm on confirmation (credit_code, valid_until);
create index confirmation_by_employer on confirmation (employer_code, valid_until);
create index confirmation_by_source on confirmation (issuer_id, kind, valid_until);
create index confirmation_by_kind on confirmation (kind, valid_until);

create table confirmation_change (
  change_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity,
  confirmation_id uuid not null,
  owner_id int not null references tenant,
  state text not null check (state in ('STANDS', 'CHANGED', 'WITHDRAWN')),
  verdict text not null check (verdict in ('ACCEPTED', 'CONDITIONAL', 'REFUSED', 'UNDETERMINED')),
  reasons text[] not null,
  rules text[] not null,
  cause_type text not null,
  cause_event_id uuid,
  day date not null,
  noted_at timestamptz not null default clock_timestamp()
);
create index confirmation_change_by_confirmation on confirmation_change (confirmation_id, place desc);

create table confirmation_due (
  confirmation_id uuid primary key,
  owner_id int not null references tenant,
  place bigint generated always as identity,
  cause_type text not null,
  cause_event_id uuid
);
create index confirmation_due_in_order on confirmation_due (place);

-- A receipt in a status list: what was accepted holds as long as the facts of the certificate do, seen from their commit on; and
-- whatever was told of it last, a verdict other than the receipt's ends it.
create function confirmation_status(c public.confirmation, day date) returns int language sql stable
begin atomic
  select case
      when told.verdict <> (c).verdict then 1
      when (c).verdict not in ('ACCEPTED', 'CONDITIONAL') then 0
      else coalesce((
        select proof_status(r, day) from record r where r.record_id = (c).record_id and r.family = 'CERTIFICATE'), 1)
      end
  from (
    select (
      select n.verdict
      from confirmation_change n
      where n.confirmation_id = (c).confirmation_id
      order by n.place desc
      limit 1) as verdict
  ) told;
end;

-- Up to which day rules that begin or end were looked at.
create table confirmation_progress (
  only_row boolean primary key default true check (only_row),
  day date not null
);
insert into confirmation_progress (day) values (current_date);

insert into worker_cursor (worker, position) select 'confirmations', position from stream_head;

-- A confirmation is an event for its asker alone; by it the hub looks once more at facts that changed meanwhile.
create function confirmation_made() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(row(
      null, c.owner_id, 'recognition.confirmed', 'T:' || t.slug || '/confirmations/' || c.number, null, null, 0, 0, null, null,
      c.record_id, null, c.day,
      jsonb_strip_nulls(jsonb_build_object(
        'confirmationId', c.confirmation_id, 'number', c.number, 'verdict', c.verdict, 'hostRegion', c.host_region,
        'validUntil', c.valid_until, 'kind', c.kind, 'recordId', c.record_id)),
      null)::event order by c.place))
    from changed c
    join tenant t on t.tenant_id = c.owner_id
    having count(*) > 0;
  return null;
end
$$;
create trigger confirmation_made after insert on confirmation
  referencing new table as changed for each statement execute function confirmation_made();

-- Each that has to do with it is told in an event of its own, under a subject nobody else has.
create function confirmation_changed() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(row(
      null, t.tenant_id, 'confirmation.changed', 'T:' || t.slug || '/confirmations/' || c.number, null, null, 0, 0, null, null,
      c.record_id, null, n.day,
      jsonb_strip_nulls(jsonb_build_object(
        'confirmationId', c.confirmation_id, 'number', c.number, 'state', n.state, 'verdict', n.verdict,
        'confirmedVerdict', c.verdict, 'hostRegion', c.host_region, 'recordId', c.record_id, 'causeType', n.cause_type,
        'causeEventId', n.cause_event_id)),
      null)::event order by n.place, t.tenant_id))
    from changed n
    join confirmation c on c.confirmation_id = n.confirmation_id
    join tenant t on t.is_active and (t.tenant_id in (c.owner_id, c.issuer_id) or t.tenant_id = any (c.host_ids))
    having count(*) > 0;
  return null;
end
$$;
create trigger confirmation_changed after insert on confirmation_change
  referencing new table as changed for each statement execute function confirmation_changed();

create function recognition_rule_published() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(row(
      null, c.owner_id, 'rule.published', 'T:' || t.slug || '/rules/' || c.identifier, null, null, 3, 0, null, null, null, null,
      c.valid_from,
      jsonb_strip_nulls(jsonb_build_object(
        'identifier', c.identifier, 'version', c.version, 'kinds', c.terms->'kinds', 'validFrom', c.valid_from,
        'validTo', c.valid_to)),
      null)::event order by c.identifier, c.version))
    from changed c
    join tenant t on t.tenant_id = c.owner_id
    having count(*) > 0;
  return null;
end
$$;
create trigger recognition_rule_published after insert on recognition_rule
  referencing new table as changed for each statement execute function recognition_rule_published();

-- The receipt is what the log holds: whoever has it can check that.
create function ledger_confirmations() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (owner_id, type, key, version)
    select owner_id, 'CONFIRMATION', number, 1 from changed order by place;
  return null;
end
$$;
create trigger ledger_confirmations after insert on confirmation
  referencing new table as changed for each statement execute function ledger_confirmations();

alter table confirmation enable row level security;
alter table confirmation force row level security;
create policy confirmation_read on confirmation for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or issuer_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or host_ids && (select current_setting('app.writes', true)::int[])::int[]);
create policy confirmation_add on confirmation for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy confirmation_hub on confirmation for select to exchange_hub using (owner_id > 0);
grant select, insert on confirmation to exchange_app;
grant select on confirmation to exchange_hub;

alter table confirmation_change enable row level security;
alter table confirmation_change force row level security;
create policy confirmation_change_read on confirmation_change for select to exchange_app
  using (exists (
    select
    from confirmation c
    where c.confirmation_id = confirmation_change.confirmation_id and (
      c.owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
      or c.issuer_id = any ((select current_setting('app.writes', true)::int[])::int[])
      or c.host_ids && (select current_setting('app.writes', true)::int[])::int[])));
create policy confirmation_change_hub on confirmation_change to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on confirmation_change to exchange_app;
grant select, insert on confirmation_change to exchange_hub;

alter table confirmation_due enable row level security;
alter table confirmation_due force row level security;
create policy confirmation_due_hub on confirmation_due to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert, delete on confirmation_due to exchange_hub;

grant select, update on confirmation_progress to exchange_hub;
