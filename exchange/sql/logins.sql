-- Logins of the hub's own, asked and made as the owner.

-- name: describe_login
-- A login as it stands, null where there is none: whether it is a member of its role, of nothing else, and above nothing.
-- $1 login, $2 role
select r.rolcanlogin and not r.rolsuper and not r.rolbypassrls and not r.rolcreaterole and not r.rolcreatedb
  and not r.rolreplication and not r.rolinherit
  and array(select distinct m.roleid::regrole::text from pg_auth_members m where m.member = r.oid) = array[$2]
from pg_roles r
where r.rolname = $1

-- name: create_login
-- The statement that makes it; a password is given as its SCRAM verifier, so that it is in no log. $1 login, $2 verifier
select format('create role %I login noinherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication password %L', $1::text, $2::text)

-- name: join_role
-- The statement by which a login may work as its role. $1 role, $2 login
select format('grant %I to %I', $1::text, $2::text)
