-- Who is who. Guarantees:
--   * an authority's verdict that two ids are the same person, or that they are two persons, is append-only with its reason and
--     case; of each authority the latest word on a pair counts, an earlier one stays readable;
--   * a verdict opens nobody's records: it only leads from one id to another, and row security decides what is seen under it;
--   * who is one person is said by any authority that is visible; the hub's own work goes by the verdicts of all, and only ever
--     to find more against a certificate, never for it;
--   * merging and splitting is announced in the same statement, in ids.

create table person_verdict (
  verdict_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity,
  owner_id int not null references tenant,
  person_id uuid not null,
  other_person_id uuid not null,
  verdict text not null check (verdict in ('SAME', 'DIFFERENT')),
  previous_verdict text check (previous_verdict in ('SAME', 'DIFFERENT')),
  reason text not null check (reason <> ''),
  case_number text not null check (case_number <> ''),
  decided_by text,
  decided_on date not null,
  recorded_on date not null,
  recorded_at timestamptz not null default now(),
  check (person_id < other_person_id)
);
create index person_verdict_by_person on person_verdict (person_id, other_person_id, owner_id, place);
create index person_verdict_by_other_person on person_verdict (other_person_id);

-- As a record for authorities is: the owner and those it shares with, no firm and no partner.
alter table person_verdict enable row level security;
alter table person_verdict force row level security;
create policy person_verdict_read on person_verdict for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  or (owner_id = any ((select current_setting('app.reads', true)::int[])::int[])
      and 1 >= (select current_setting('app.level', true)::int)));
create policy person_verdict_add on person_verdict for insert to exchange_app
  with check (owner_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy person_verdict_hub on person_verdict for select to exchange_hub using (owner_id > 0);
grant select, insert on person_verdict to exchange_app;
grant select on person_verdict to exchange_hub;

-- Whether a verdict is the latest word of its authority on the pair.
create function is_latest(v public.person_verdict) returns boolean language sql stable
begin atomic
  select not exists (
    select
    from person_verdict later
    where later.person_id = (v).person_id and later.other_person_id = (v).other_person_id and later.owner_id = (v).owner_id
      and later.place > (v).place);
end;

-- Every id of a person, by the verdicts the reader sees: itself, and what any authority's latest word joins to it, however
-- many steps away. A hundred ids are more than anybody has; beyond, a mistake must not read a whole city.
create function person_group(person uuid) returns setof uuid language sql stable
begin atomic
  with recursive linked (person_id) as (
    select person
    where person is not null
    union
    select next.person_id
    from linked l
    cross join lateral (
      select v.other_person_id
      from person_verdict v
      where v.person_id = l.person_id and v.verdict = 'SAME' and is_latest(v)
      union all
      select v.person_id
      from person_verdict v
      where v.other_person_id = l.person_id and v.verdict = 'SAME' and is_latest(v)
    ) next (person_id)
  )
  select person_id
  from linked
  limit 100;
end;

-- Whether a certificate recorded under another id of the same person speaks against this one: it was withdrawn, or was issued
-- in exchange for it. That it is good says nothing for this one.
create function is_contested_elsewhere(r public.record) returns boolean language sql stable
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
        or other.body->>'previousIdentifier' = (r).body->>'certificateIdentifier'));
end;

-- What a verdict changes is announced; a suspicion dismissed changes nothing.
create function person_judged() returns trigger language plpgsql as $$
begin
  perform append_events(array_agg(row(
      null, c.owner_id, case c.verdict when 'SAME' then 'person.merged' else 'person.split' end, 'P:' || c.person_id, null, null,
      1, 0, null, null, null, null, c.recorded_on,
      jsonb_build_object('personId', c.person_id, 'otherPersonId', c.other_person_id, 'decidedOn', c.decided_on),
      null)::event order by c.place))
    from changed c
    where c.verdict is distinct from c.previous_verdict and (c.verdict = 'SAME' or c.previous_verdict = 'SAME')
    having count(*) > 0;
  return null;
end
$$;
create trigger person_judged after insert on person_verdict
  referencing new table as changed for each statement execute function person_judged();

-- What is called how and shows which masked number: one row a person and look, to find who looks alike. The hub's own.
create table person_mark (
  mark bytea not null,
  person_id uuid not null,
  primary key (mark, person_id)
);
alter table person_mark enable row level security;
alter table person_mark force row level security;
create policy person_mark_hub on person_mark to exchange_hub using (mark <> '') with check (mark <> '');
grant select, insert on person_mark to exchange_hub;

create function person_mark(r public.record) returns bytea language sql immutable
begin atomic
  select sha256(convert_to(folded((r).name) || ' ' || (r).id_shown, 'UTF8'));
end;

-- Two records under different persons that may be one: the same number of the same kind, or the same name and masked ID number.
-- Found by the worker that enters names, from both sides; the own side's owner is told, where it may read the other record.
create table person_suspicion (
  suspicion_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity,
  owner_id int not null references tenant,
  basis text not null check (basis in ('CERTIFICATE_NUMBER', 'NAME_AND_ID_NUMBER')),
  person_id uuid not null,
  record_id uuid not null,
  other_person_id uuid not null,
  other_record_id uuid not null,
  found_at timestamptz not null default now(),
  unique (record_id, other_record_id, basis)
);
create index person_suspicion_by_owner on person_suspicion (owner_id, place);
create index person_suspicion_by_pair on person_suspicion (owner_id, person_id, other_person_id);

-- The policy of record holds within this one; a record that went to another person since proves nothing.
alter table person_suspicion enable row level security;
alter table person_suspicion force row level security;
create policy person_suspicion_read on person_suspicion for select to exchange_app using (
  owner_id = any ((select current_setting('app.writes', true)::int[])::int[])
  and exists (
    select from record r
    where r.record_id = person_suspicion.record_id and r.person_id = person_suspicion.person_id offset 0)
  and exists (
    select from record r
    where r.record_id = person_suspicion.other_record_id and r.person_id = person_suspicion.other_person_id offset 0));
create policy person_suspicion_hub on person_suspicion to exchange_hub using (owner_id > 0) with check (owner_id > 0);
grant select on person_suspicion to exchange_app;
grant select, insert on person_suspicion to exchange_hub;
