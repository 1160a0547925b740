-- Confirmations that stand when they are made, are shown to whoever holds one, and are told of. Guarantees:
--   * while a confirmation is made nothing it rests on changes: events about its person and firms, rules, verdicts on who is one
--     person and the directory wait for it, or it waits for them and is decided by what they say (exchange/proof/keeping.py);
--   * whoever holds subjects still learns nothing of them and moves no counter;
--   * every scan of a confirmation leaves a row for who made it, which no caller writes or changes; of the visitor there is a hash
--     keyed by the day and no address;
--   * a tenant that is suspended or resumed, and a new member of an agreement, has the confirmations looked at that rest on it.

-- A subject of which nothing was announced yet is held by a counter that stands at 0.
alter policy subject_count on subject using (version >= 0) with check (version >= 0);

-- What changes rarely and concerns many is one lock: held shared by who confirms, alone by who changes it.
create function recognition_lock() returns bigint language sql immutable
begin atomic
  select hashtextextended('what confirmations rest on', 0);
end;

-- Until the end of the transaction no event about these persons and firms is appended, and no rule, verdict or member of the
-- directory changes; what is being changed at the moment is waited for. Locked in the order of append_events.
create function hold_subjects(subjects text[]) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  held text;
begin
  perform pg_advisory_xact_lock_shared(public.recognition_lock());
  for held in select distinct s from unnest(subjects) s where s ~ '^[EP]:' order by s loop
    insert into public.subject (subject, version) values (held, 0) on conflict do nothing;
    perform from public.subject where subject = held for share;
  end loop;
end
$$;
revoke execute on function hold_subjects(text[]) from public;
grant execute on function hold_subjects(text[]) to exchange_app;
grant create on schema public to exchange_stream;  -- an owner must have it at the moment it becomes one
alter function hold_subjects(text[]) owner to exchange_stream;
revoke create on schema public from exchange_stream;

create function waits_for_confirmations() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(recognition_lock());
  return null;
end
$$;
create trigger waits_for_confirmations before insert on recognition_rule
  for each statement execute function waits_for_confirmations();
create trigger waits_for_confirmations before insert on person_verdict
  for each statement execute function waits_for_confirmations();
create trigger waits_for_confirmations before update on directory_edition
  for each statement execute function waits_for_confirmations();

-- Who opened the page of a confirmation is not kept, but that somebody did, and what he saw.
create table confirmation_scan (
  scan_id bigint generated always as identity primary key,
  owner_id int not null references tenant,
  confirmation_id uuid not null,
  scanned_at timestamptz not null,
  outcome text not null check (outcome in ('ACCEPTED', 'CONDITIONAL', 'NOT_YET', 'REFUSED', 'UNDETERMINED', 'WITHDRAWN', 'EXPIRED',
    'SUSPENDED')),
  visitor bytea not null
);
create index confirmation_scan_of_confirmation on confirmation_scan (confirmation_id, scanned_at desc);
alter table confirmation_scan enable row level security;
alter table confirmation_scan force row level security;
create policy confirmation_scan_read on confirmation_scan for select to exchange_app
  using (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy confirmation_scan_hub on confirmation_scan to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on confirmation_scan to exchange_app;
grant select, insert on confirmation_scan to exchange_hub;

-- Who has to do with confirmations reads them the latest first.
create index confirmation_by_issuer on confirmation (issuer_id, place);
create index confirmation_by_host on confirmation using gin (host_ids);

-- What nobody announces: an issuer is suspended or resumed, somebody takes part in an agreement. Each that rests on it is looked
-- at anew; of a later day it is found on that day (queue_by_day in exchange/sql/reconfirming.sql).
create index confirmation_unfound on confirmation (owner_id, valid_until) where record_id is null;

create function tenant_turned() returns trigger language plpgsql as $$
begin
  insert into confirmation_due (confirmation_id, owner_id, cause_type)
    select c.confirmation_id, c.owner_id, case when t.is_active then 'tenant.resumed' else 'tenant.suspended' end
    from changed t
    join former f using (tenant_id)
    join confirmation c on c.issuer_id = t.tenant_id
    where t.is_active <> f.is_active and c.valid_until >= current_date - 1
    order by c.place
    on conflict (confirmation_id) do nothing;
  return null;
end
$$;
create trigger tenant_turned after update on tenant
  referencing new table as changed old table as former for each statement execute function tenant_turned();

create function agreement_joined() returns trigger language plpgsql as $$
begin
  insert into confirmation_due (confirmation_id, owner_id, cause_type)
    select c.confirmation_id, c.owner_id, 'agreement.joined'
    from (
      select c.confirmation_id, c.owner_id
      from changed m
      join confirmation c on m.tenant_id in (c.issuer_id, c.owner_id)
      where c.valid_until >= current_date - 1
      union
      select c.confirmation_id, c.owner_id
      from changed m
      join agreement_member o using (agreement_id)
      join confirmation c on c.owner_id = o.tenant_id
      where c.record_id is null and c.valid_until >= current_date - 1
    ) c
    order by c.confirmation_id
    on conflict (confirmation_id) do nothing;
  return null;
end
$$;
create trigger agreement_joined after insert on agreement_member
  referencing new table as changed for each statement execute function agreement_joined();

-- Posts and courses by their last day: when it is over, a confirmation may rest on nothing.
create index record_by_running_out on record (valid_to) where person_id is not null and kind in ('APPOINTMENT', 'TRAINING');
