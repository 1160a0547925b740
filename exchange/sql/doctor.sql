-- Questions of `exchange doctor`, asked as the owner.

-- name: version
select version()

-- name: owner
select current_user

-- name: tables_without_row_security
-- Tables that know a tenant, or that a caller's role has a part in, and that no policy guards; of the number of the
-- directory's edition, everybody may know it.
select c.relname as name
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
  and c.relname <> 'directory_edition'
  and (has_any_column_privilege('exchange_app', c.oid, 'select, insert, update')
    or exists (
      select from pg_attribute a
      where a.attrelid = c.oid and a.attname in ('owner_id', 'tenant_id', 'person_id', 'subject') and not a.attisdropped))
order by 1

-- name: roles_above_row_security
-- Roles that row security does not hold, and the tables they own, which an owner may lay open; a session's temporary tables are its
-- own and gone with it.
select rolname as name, array(
    select c.oid::regclass::text
    from pg_class c
    where c.relowner = r.oid and c.relkind in ('r', 'p') and c.relpersistence <> 't'
    order by 1) as tables
from pg_roles r
where rolname in ('exchange_app', 'exchange_hub', 'exchange_stream')
  and (rolsuper or rolbypassrls
    or exists (select from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p') and c.relpersistence <> 't'))
order by 1

-- name: as_hub
-- To the end of the transaction: row security hides events from an owner that is no superuser.
select set_config('role', 'exchange_hub', true)

-- name: clients
select c.client_id, t.kind, c.scopes
from client c
join tenant t using (tenant_id)
where c.is_active and t.is_active
order by c.client_id

-- name: ledger
-- The log: how much waits for it, and how old its last checkpoint is.
select (select count(*) from ledger_pending)::int as waiting, (select max(size) from ledger_checkpoint) as size,
  (select max(made_at) from ledger_checkpoint) as made_at

-- name: lag
select
  (select count(*) from event where position is null)::int as unnumbered,
  (select h.position - min(c.position) from stream_head h, worker_cursor c where c.worker in ('triggers', 'alerts') group by h.position)::int
    as untriggered,
  (select h.position - c.position + (select count(*) from confirmation_due)
    from stream_head h, worker_cursor c where c.worker = 'confirmations')::int as unchecked,
  (select count(*) from worker_failure where resolved_at is null)::int as failures
