-- Who takes part. Guarantees:
--   * two roles without login, ownership, superuser or BYPASSRLS: exchange_app serves callers behind row security,
--     exchange_hub runs the hub's own work (numbering events, opening reviews, the clock);
--   * every authority, enterprise and partner is known by its own unified social credit code;
--   * a caller sees the directory of authorities and its own row, never the list of enterprises and partners.
--
-- The context of a caller is four settings, local to one transaction (tenants/session.py is the only place that sets them):
--   app.writes    tenants whose rows it may write (itself)
--   app.reads     tenants whose shared rows it may read (co-members of its agreements)
--   app.level     the least audience it may read: 1 authorities, 2 the subject itself, 3 partners, 4 everybody
--   app.subjects  unified social credit codes it stands for
-- Unset, each of them admits nothing.

do $$
begin
  if not exists (select from pg_roles where rolname = 'exchange_app') then
    create role exchange_app nologin noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  end if;
  if not exists (select from pg_roles where rolname = 'exchange_hub') then
    create role exchange_hub nologin noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  end if;
exception when unique_violation or duplicate_object then
  null;  -- another database of the same cluster migrates at this moment
end
$$;

-- An owner that is no superuser must be a member of a role to start sessions as it.
do $$
begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant exchange_app, exchange_hub to %I', current_user);
  end if;
end
$$;

revoke create on schema public from public;
grant usage on schema public to exchange_app, exchange_hub;

create table tenant (
  tenant_id int generated always as identity primary key,
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  kind text not null check (kind in ('AUTHORITY', 'ENTERPRISE', 'PARTNER', 'OPERATOR')),
  name text not null,
  name_en text not null,
  credit_code text not null unique,
  sector text check (sector in ('EMERGENCY', 'HOUSING')),
  region text,
  jurisdiction text[] not null default '{}',
  superior_id int references tenant,
  is_active boolean not null default true,
  is_demo boolean not null default false,
  onboarded_at timestamptz not null default now(),
  check (kind <> 'AUTHORITY' or (region is not null and sector is not null and cardinality(jurisdiction) > 0))
);

-- A client is one system of a tenant; scopes attach here.
create table client (
  client_id text primary key,
  tenant_id int not null references tenant,
  secret_hash text not null,
  scopes text[] not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now()
);

-- Token keys are derived from the deployment secret; a row per generation makes rotation a fact.
create table signing_key (
  generation int primary key,
  starts_at timestamptz not null default now(),
  retired_at timestamptz
);
insert into signing_key (generation) values (1);

-- Which deployment secret this database belongs to: with another one persons would not join and sealed values not open.
create table deployment (
  only_row boolean primary key default true check (only_row),
  secret_fingerprint text not null,
  since timestamptz not null default now()
);

create table agreement (
  agreement_id text primary key,
  name text not null,
  name_en text not null,
  valid_from date not null,
  valid_to date
);

create table agreement_member (
  agreement_id text not null references agreement,
  tenant_id int not null references tenant,
  participation text not null check (participation in ('FULL', 'READ_ONLY')),
  joined_on date not null,
  left_on date,
  primary key (agreement_id, tenant_id)
);

alter table tenant enable row level security;
alter table tenant force row level security;
create policy tenant_directory on tenant for select to exchange_app
  using (kind = 'AUTHORITY' or tenant_id = any ((select current_setting('app.writes', true)::int[])::int[]));
create policy tenant_hub on tenant to exchange_hub using (tenant_id > 0) with check (tenant_id > 0);
grant select on tenant to exchange_app;
grant select, insert, update on tenant to exchange_hub;

alter table client enable row level security;
alter table client force row level security;
create policy client_hub on client to exchange_hub using (tenant_id > 0) with check (tenant_id > 0);
grant select, insert, update on client to exchange_hub;

alter table agreement_member enable row level security;
alter table agreement_member force row level security;
create policy agreement_member_hub on agreement_member to exchange_hub using (tenant_id > 0) with check (tenant_id > 0);
grant select, insert, update on agreement_member to exchange_hub;
grant select, insert, update on agreement, signing_key to exchange_hub;
grant select, insert on deployment to exchange_hub;
