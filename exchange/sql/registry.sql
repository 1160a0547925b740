-- name: tenants
select tenant_id, slug, kind, name, name_en, credit_code, sector, region, jurisdiction, is_active, is_demo
from tenant
order by tenant_id

-- name: clients
select client_id, tenant_id, secret_hash, scopes, is_active
from client

-- name: memberships
-- Members of agreements in force; whether on a given day is asked in Python.
select m.agreement_id, m.tenant_id, m.participation, greatest(m.joined_on, a.valid_from) as joined_on,
  least(m.left_on, a.valid_to) as left_on, a.decide_workdays
from agreement_member m
join agreement a using (agreement_id)

-- name: generations
-- Generations of token keys still trusted, newest first; the first one signs.
select generation, retired_at is not null as is_retired
from signing_key
where starts_at <= now()
order by generation desc

-- name: edition
-- Which state of the directory is in force; every change raises it (0007).
select edition
from directory_edition

-- name: keep_tenant
-- $1 slug, $2 kind, $3 name, $4 name_en, $5 credit_code, $6 sector, $7 region, $8 jurisdiction, $9 is_demo
insert into tenant (slug, kind, name, name_en, credit_code, sector, region, jurisdiction, is_demo)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (credit_code) do update
set name = excluded.name, name_en = excluded.name_en, region = excluded.region, jurisdiction = excluded.jurisdiction
where tenant.slug = excluded.slug and tenant.kind = excluded.kind and tenant.is_demo = excluded.is_demo
returning tenant_id

-- name: slug_owner
-- $1 slug
select credit_code
from tenant
where slug = $1

-- name: keep_client
-- A client never moves to another tenant. $1 client_id, $2 tenant_id, $3 secret_hash, $4 scopes
insert into client (client_id, tenant_id, secret_hash, scopes)
values ($1, $2, $3, $4)
on conflict (client_id) do update
set secret_hash = excluded.secret_hash, scopes = excluded.scopes, is_active = true
where client.tenant_id = excluded.tenant_id
returning client_id

-- name: scopes_of
-- What a client may, held until the end of the transaction. $1 client_id
select scopes
from client
where client_id = $1
for update

-- name: give_scopes
-- $1 client_id, $2 scopes
update client
set scopes = $2
where client_id = $1

-- name: disable_client
-- $1 client_id
update client
set is_active = false
where client_id = $1
returning client_id

-- name: is_agreement
-- $1 agreement_id
select exists (select from agreement where agreement_id = $1)

-- name: keep_agreement
-- $1 agreement_id, $2 name, $3 name_en, $4 valid_from
insert into agreement (agreement_id, name, name_en, valid_from)
values ($1, $2, $3, $4)
on conflict (agreement_id) do nothing

-- name: join_agreement
-- $1 agreement_id, $2 tenant_id, $3 participation, $4 joined_on
with joined as (
  insert into agreement_member (agreement_id, tenant_id, participation, joined_on)
  values ($1, $2, $3, $4)
  on conflict (agreement_id, tenant_id) do nothing
  returning agreement_id, tenant_id, participation, joined_on, left_on
)
insert into agreement_membership (agreement_id, tenant_id, participation, joined_on, left_on)
select agreement_id, tenant_id, participation, joined_on, left_on
from joined

-- name: keep_fingerprint
-- The first process of a new database says which secret it belongs to. $1 fingerprint
insert into deployment (secret_fingerprint)
values ($1)
on conflict (only_row) do nothing

-- name: fingerprint
select secret_fingerprint
from deployment

-- name: announce_change
-- Tell every process of the hub to read the directory again.
select pg_notify('exchange_directory', '')
