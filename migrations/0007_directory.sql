-- Which edition of the directory (tenants, clients, agreements, token keys) is in force. Guarantees:
--   * every change of the directory, whoever makes it, raises the edition in its own transaction (trigger directory_changes);
--   * so a statement that reads events and finds its process's edition in force has seen nothing with an outdated sight:
--     an event of a tenant is committed after the tenant itself, and one snapshot shows both or neither;
--   * changes of the directory come one after another: the edition's row is locked before any row of the directory.

create table directory_edition (
  only_row boolean primary key default true check (only_row),
  edition bigint not null
);
insert into directory_edition (edition) values (1);
grant select on directory_edition to exchange_app, exchange_hub;
grant update on directory_edition to exchange_hub;

create function directory_changes() returns trigger language plpgsql as $$
begin
  update directory_edition set edition = edition + 1;
  return null;
end
$$;

create trigger directory_changes before insert or update or delete or truncate on tenant
  for each statement execute function directory_changes();
create trigger directory_changes before insert or update or delete or truncate on client
  for each statement execute function directory_changes();
create trigger directory_changes before insert or update or delete or truncate on agreement
  for each statement execute function directory_changes();
create trigger directory_changes before insert or update or delete or truncate on agreement_member
  for each statement execute function directory_changes();
create trigger directory_changes before insert or update or delete or truncate on signing_key
  for each statement execute function directory_changes();
