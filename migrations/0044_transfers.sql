-- 转出、转入: certificates that move between provinces, alone or together with their holder's employer. Guarantees:
--   * a transfer and its steps are append-only, each step is its writer's own, follows the one before and is told to both
--     authorities by the statement that writes it; nobody else reads them;
--   * IN is written only where, in the same transaction, the old certificate stands cancelled and the new one stands for the
--     same holder with the same end: a term is carried over, never prolonged;
--   * every step enters the tamper-evident log;
--   * what comes to light of the old certificate later speaks against the new one, and is told to who issued that.

create table transfer (
  transfer_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity unique,
  owner_id int not null references tenant,
  losing_id int not null references tenant,
  gaining_id int not null references tenant,
  change_id uuid,
  record_id uuid not null,
  person_id uuid not null,
  number_shown text not null,
  manager_class text not null,
  valid_to date not null,
  employer_code text,
  employer_name text,
  new_number text,
  new_identifier text,
  opened_on date not null,
  opened_at timestamptz not null default now(),
  check (owner_id in (losing_id, gaining_id)),
  check (owner_id = case when change_id is null then losing_id else gaining_id end),
  check ((change_id is null) = (employer_code is null) and (change_id is null) = (employer_name is null)),
  check (change_id is not null or losing_id <> gaining_id),
  check (losing_id <> gaining_id or new_number is null)
);
create index transfer_by_losing on transfer (losing_id, place);
create index transfer_by_gaining on transfer (gaining_id, place);
create index transfer_by_record on transfer (record_id);
create index transfer_by_change on transfer (change_id) where change_id is not null;

-- `state` is that after the step. Of IN: the new certificate and its end.
create table transfer_step (
  step_id uuid not null unique default gen_random_uuid(),
  transfer_id uuid not null,
  place int not null check (place > 0),
  owner_id int not null references tenant,
  losing_id int not null references tenant,
  gaining_id int not null references tenant,
  record_id uuid not null,
  state text not null check (state in (
    'OUT', 'IN', 'DECLINED', 'WITHDRAWN', 'REQUESTED', 'AGREED', 'REFUSED', 'RECALLED', 'CHANGED')),
  reason text check (reason <> '' and length(reason) <= 2000),
  taken_on date not null,
  due_on date,
  is_due_estimated boolean not null default false,
  successor_id uuid,
  carried_to date,
  taken_at timestamptz not null default now(),
  primary key (transfer_id, place),
  check ((state = 'IN') = (successor_id is not null) and (state = 'IN') = (carried_to is not null)),
  check ((state in ('OUT', 'REQUESTED')) = (due_on is not null)),
  check (state not in ('DECLINED', 'WITHDRAWN', 'REFUSED', 'RECALLED') or reason is not null)
);
create index transfer_step_in on transfer_step (record_id) where state = 'IN';
create index transfer_step_by_due on transfer_step (due_on) where due_on is not null;

-- Whose step it is, what it follows, and that a certificate arrives whole; a policy cannot look into its own table.
create function check_transfer_step() returns trigger language plpgsql as $$
begin
  if not exists (
      select from public.transfer t
      where t.transfer_id = new.transfer_id and t.losing_id = new.losing_id and t.gaining_id = new.gaining_id
        and t.record_id = new.record_id)
    or new.owner_id <> (case
      when new.state in ('OUT', 'WITHDRAWN', 'AGREED', 'REFUSED', 'CHANGED') then new.losing_id else new.gaining_id end)
    or (new.state in ('OUT', 'REQUESTED')) <> (new.place = 1)
    or new.place > 1 and not exists (
      select from public.transfer_step s
      where s.transfer_id = new.transfer_id and s.place = new.place - 1 and (s.state, new.state) in (
        ('OUT', 'IN'), ('AGREED', 'IN'), ('OUT', 'DECLINED'), ('OUT', 'WITHDRAWN'), ('DECLINED', 'WITHDRAWN'),
        ('REQUESTED', 'AGREED'), ('REQUESTED', 'REFUSED'), ('AGREED', 'REFUSED'), ('REQUESTED', 'RECALLED'),
        ('AGREED', 'RECALLED'), ('AGREED', 'CHANGED')))
    or new.state = 'IN' and not exists (
      select
      from public.transfer t
      join public.record former on former.record_id = t.record_id and former.reported_status = 'CANCELLED'
      join public.record successor on successor.record_id = new.successor_id and successor.owner_id = t.gaining_id
        and successor.person_id = former.person_id and successor.valid_to = new.carried_to and successor.kind = former.kind
      where t.transfer_id = new.transfer_id and new.carried_to = former.valid_to)
  then
    raise exception 'step % of transfer % cannot be', new.state, new.transfer_id using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger transfer_step_checked before insert on transfer_step for each row execute function check_transfer_step();

-- Under the transfer as subject, whoever takes the step: so its steps are told in their order, to both.
create function transfer_stepped() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(row(
      null, c.owner_id,
      case
        when c.state in ('OUT', 'REQUESTED') then 'transfer.opened'
        when c.state in ('AGREED', 'DECLINED') then 'transfer.progressed'
        when c.state in ('IN', 'CHANGED') then 'transfer.completed'
        else 'transfer.ended' end,
      'T:' || c.transfer_id, null, null, 0, 0,
      nullif(case c.owner_id when c.losing_id then c.gaining_id else c.losing_id end, c.owner_id), null, c.record_id, null,
      c.taken_on,
      jsonb_strip_nulls(jsonb_build_object(
        'transferId', c.transfer_id, 'changeId', t.change_id, 'recordId', c.record_id, 'personId', t.person_id,
        'state', c.state, 'dueOn', c.due_on, 'newRecordId', c.successor_id, 'validTo', t.valid_to)),
      null)::event order by c.transfer_id, c.place))
    from changed c
    join transfer t using (transfer_id)
    having count(*) > 0;
  return null;
end
$$;
create trigger transfer_stepped after insert on transfer_step
  referencing new table as changed for each statement execute function transfer_stepped();

create function ledger_transfer_steps() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (owner_id, type, key, version)
    select owner_id, 'TRANSFER', step_id, 1 from changed order by transfer_id, place;
  return null;
end
$$;
create trigger ledger_transfer_steps after insert on transfer_step
  referencing new table as changed for each statement execute function ledger_transfer_steps();

alter table transfer enable row level security;
alter table transfer force row level security;
create policy transfer_read on transfer for select to exchange_app using (
  losing_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or gaining_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy transfer_open on transfer for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy transfer_hub on transfer for select to exchange_hub using (owner_id > 0);
grant select, insert on transfer to exchange_app;
grant select on transfer to exchange_hub;

alter table transfer_step enable row level security;
alter table transfer_step force row level security;
create policy transfer_step_read on transfer_step for select to exchange_app using (
  losing_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or gaining_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy transfer_step_add on transfer_step for insert to exchange_app with check (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy transfer_step_hub on transfer_step for select to exchange_hub using (owner_id > 0);
grant select, insert on transfer_step to exchange_app;
grant select on transfer_step to exchange_hub;

-- Whether a certificate was cancelled because another one was issued for it by a transfer here: nothing was withdrawn. That a
-- certificate merely says it was issued for it does not count.
create function ended_by_transfer(r public.record) returns boolean language sql stable
begin atomic
  select coalesce((r).reported_status = 'CANCELLED', false) and exists (
    select
    from transfer_step s
    where s.record_id = (r).record_id and s.state = 'IN');
end;

-- Whether a certificate was revoked or rescinded, by its issuer or by an action of any authority that stands.
create function is_withdrawn_for_good(r public.record) returns boolean language sql stable
begin atomic
  select coalesce((r).reported_status in ('REVOKED', 'RESCINDED'), false) or exists (
    select
    from record a
    where a.family = 'ACTION' and a.person_id = (r).person_id and a.number_hash = (r).number_hash
      and a.body->>'measure' in ('REVOKED', 'RESCINDED') and a.lifted_on is null);
end;

-- As in 0010; and a certificate issued on transfer is no better than the one it was issued for.
create or replace function is_contested_elsewhere(r public.record) returns boolean language sql stable
begin atomic
  select exists (
    select
    from record other
    where other.person_id = any (array(select person_group((r).person_id))) and other.person_id <> (r).person_id
      and other.family = 'CERTIFICATE' and other.kind = (r).kind
      and (
        other.reported_status in ('SUSPENDED', 'REVOKED', 'RESCINDED', 'CANCELLED')
          and other.body->>'operationCode' is not distinct from (r).body->>'operationCode'
          and other.body->>'managerClass' is not distinct from (r).body->>'managerClass'
          and other.body->>'personType' is not distinct from (r).body->>'personType'
          and other.body->>'industryCategory' is not distinct from (r).body->>'industryCategory'
        or other.body->>'previousNumber' = (r).number_shown
        or other.body->>'previousIdentifier' = (r).body->>'certificateIdentifier'))
    or (r).body->>'previousNumber' is not null and exists (
      select
      from record former
      where former.person_id = any (person_ids((r).person_id)) and former.family = 'CERTIFICATE' and former.kind = (r).kind
        and former.record_id <> (r).record_id and former.number_shown = (r).body->>'previousNumber'
        and is_withdrawn_for_good(former));
end;

-- Of which that was told, once. The hub's own.
create table transfer_questioned (
  transfer_id uuid primary key,
  owner_id int not null references tenant
);
alter table transfer_questioned enable row level security;
alter table transfer_questioned force row level security;
create policy transfer_questioned_hub on transfer_questioned to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select, insert on transfer_questioned to exchange_hub;
