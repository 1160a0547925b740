-- Agreements do what they say. Guarantees:
--   * every version of an agreement, and whatever became of a membership (joined, other part, last day), is a row that is never
--     changed, and stands in the tamper-evident log; agreement and agreement_member say no more than these rows (AGREEMENT in
--     exchange/ledger/verifying.py);
--   * decisions, whoever asks, see of agreements what decisions rest on and nothing else: equivalences, how adverse marks spread,
--     deadlines, and who is a member since when. What else was promised, members alone are told.

-- Every state a membership had. Its last row is the one in agreement_member.
create table agreement_membership (
  membership_id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity,
  agreement_id text not null references agreement,
  tenant_id int not null references tenant,
  participation text not null check (participation in ('FULL', 'READ_ONLY')),
  joined_on date not null,
  left_on date,
  recorded_at timestamptz not null default clock_timestamp()
);
create index agreement_membership_in_order on agreement_membership (agreement_id, tenant_id, place desc);

-- What decisions rest on.
alter table agreement_version
  add column equivalences jsonb generated always as (terms->'equivalences') stored,
  add column contagion jsonb generated always as (terms->'contagion') stored,
  add column accept_workdays int generated always as ((terms->>'accept_workdays')::int) stored;

alter table agreement_member no force row level security;
insert into agreement_membership (agreement_id, tenant_id, participation, joined_on, left_on, recorded_at)
select agreement_id, tenant_id, participation, joined_on, left_on, least(now(), joined_on::timestamp at time zone 'Asia/Shanghai')
from agreement_member
order by joined_on, agreement_id, tenant_id;
alter table agreement_member force row level security;

create function ledger_agreements() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (owner_id, type, key, version)
    select 0, 'AGREEMENT', agreement_id, version from changed order by agreement_id, version;
  return null;
end
$$;
create trigger ledger_agreements after insert on agreement_version
  referencing new table as changed for each statement execute function ledger_agreements();

create function ledger_memberships() returns trigger language plpgsql as $$
begin
  insert into ledger_pending (owner_id, type, key, version)
    select tenant_id, 'MEMBERSHIP', membership_id, 1 from changed order by place;
  return null;
end
$$;
create trigger ledger_memberships after insert on agreement_membership
  referencing new table as changed for each statement execute function ledger_memberships();

-- What is there already is logged in the order it was recorded.
insert into ledger_pending (owner_id, type, key, version)
select owner_id, type, key, version
from (
  select 0 as owner_id, 'AGREEMENT' as type, agreement_id as key, version, published_at as recorded_at from agreement_version
  union all
  select tenant_id, 'MEMBERSHIP', membership_id::text, 1, recorded_at from agreement_membership
) present
order by recorded_at, type, key, version;

alter table agreement_version enable row level security;
alter table agreement_version force row level security;
create policy agreement_version_hub on agreement_version to exchange_hub using (version > 0) with check (version > 0);
create policy agreement_version_read on agreement_version for select to exchange_app using (version > 0);
grant select (agreement_id, version, published_on, published_at, equivalences, contagion, accept_workdays) on agreement_version
  to exchange_app;

alter table agreement_membership enable row level security;
alter table agreement_membership force row level security;
create policy agreement_membership_hub on agreement_membership to exchange_hub using (tenant_id > 0) with check (tenant_id > 0);
create policy agreement_membership_read on agreement_membership for select to exchange_app using (tenant_id > 0);
grant select, insert on agreement_membership to exchange_hub;
grant select on agreement_membership to exchange_app;
