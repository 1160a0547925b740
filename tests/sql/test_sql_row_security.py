"""The catalog of the migrated database, held against the rules of isolation: each test lists what breaks one rule.

Add the next rule as a query that gives one row a finding. What is allowed all the same is named here, with the reason.
"""

from typing import Any

import asyncpg
import pytest

ROLES = ("exchange_app", "exchange_hub")

# Tables without a tenant's column that know a person or a firm all the same, and who alone may use them.
OF_ONE_ROLE = {
    "subject": "exchange_stream",
    "notice": "exchange_hub",
    "worker_failure": "exchange_hub",
    "person_mark": "exchange_hub",
    "ledger_entry": "exchange_hub",
}
# Tables that know no tenant, no person and no firm: without row security, and so granted to no caller's role.
OF_NOBODY = {
    "agreement": "the names of agreements; only the hub",
    "agreement_version": "what members promised; of it callers see the columns a decision rests on",
    "deployment": "which secret the database belongs to, as a digest; only the hub",
    "holiday": "working days, as the State Council announces them; only the hub",
    "migration": "the book of migrations; nobody but the owner",
    "signing_key": "generations of token keys; only the hub",
    "known_name": "folded names without their bearers; only the hub",
    "name_ending": "shown by its policy to whoever sees a bearer of the name",
    "stream_head": "one number; only the hub",
    "clock_progress": "a day and a number; only the hub",
    "confirmation_progress": "a day; only the hub",
    "directory_edition": "one number, by which a reader notices that the directory changed",
    "worker_cursor": "one number a worker; only the hub",
    "detection_progress": "a day and a number; only the hub",
    "ledger_head": "one number and the name of the log; only the hub",
    "ledger_tile": "hashes, of which nobody can tell what they are of; only the hub",
    "ledger_checkpoint": "hashes and signatures; only the hub",
}
# Policies for the application role that do not ask for a tenant, and why.
FOR_EVERYBODY = {
    "recognition_rule_read": "published rules are public",
    "agreement_version_read": "of what members promised, the columns a decision rests on, whoever asks for it",
    "agreement_membership_read": "who recognises under an agreement is part of every answer that rests on it",
    "name_ending_read": "asks for a bearer of the name, and the policy of name_bearer asks who it is",
    "source_confirmation_read": "how fresh a source is belongs to every answer",
    "confirmed_source_read": "how fresh a source was belongs to every answer about then",
}
TENANT_COLUMNS = ("owner_id", "tenant_id")

RULES = {
    "a table with a tenant's column has row security, forced": """
        select c.relname from pg_class c
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname in ('owner_id', 'tenant_id'))
          and not (c.relrowsecurity and c.relforcerowsecurity)""",
    "a table that names a subject, a person or a firm has row security, forced": """
        select c.relname from pg_class c
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
          and exists (
            select from pg_attribute a where a.attrelid = c.oid and not a.attisdropped
              and a.attname in ('subject', 'person_id', 'credit_code', 'record_id', 'event_id', 'name_shown'))
          and not (c.relrowsecurity and c.relforcerowsecurity)""",
    "a caller's role has no part in a table without row security, but the number of the directory's edition": """
        select c.relname || ' ' || p.privilege from pg_class c
        cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) as p (privilege)
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
          and (c.relname <> 'directory_edition' or p.privilege <> 'SELECT')
          and not (c.relrowsecurity and c.relforcerowsecurity)
          and (has_any_column_privilege('exchange_app', c.oid, p.privilege)
            or has_table_privilege('exchange_app', c.oid, 'DELETE'))""",
    "a subject's counter is moved by append_events alone, and nothing else adds to the stream": """
        select c.relname || ' ' || r.role from pg_class c
        cross join unnest(array['exchange_app', 'exchange_hub', 'public']) as r (role)
        cross join unnest(array['SELECT', 'INSERT', 'UPDATE']) as p (privilege)
        where c.oid in ('subject'::regclass, 'event'::regclass) and has_any_column_privilege(r.role, c.oid, p.privilege)
          and (c.oid = 'subject'::regclass or p.privilege = 'INSERT')""",
    "what appends to the stream may do nothing else": """
        select c.relname || ' ' || a.privilege_type from pg_class c cross join lateral aclexplode(c.relacl) as a
        where a.grantee = 'exchange_stream'::regrole and c.oid <> 'subject'::regclass
        union all
        select relname from pg_class where relowner = 'exchange_stream'::regrole
        union all
        select t.attrelid::regclass || '.' || t.attname from pg_attribute t cross join lateral aclexplode(t.attacl) as a
        where a.grantee = 'exchange_stream'::regrole
          and (t.attrelid <> 'event'::regclass or t.attname in ('event_id', 'position', 'occurred_at')
            or a.privilege_type <> 'INSERT')""",
    "a role of the hub stands above nothing": """
        select rolname from pg_roles
        where rolname in ('exchange_app', 'exchange_hub', 'exchange_stream')
          and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolcanlogin or
          rolinherit)""",
    "a role of the hub is a member of no other role": """
        select m.member::regrole || ' in ' || m.roleid::regrole from pg_auth_members m
        where m.member::regrole::text in ('exchange_app', 'exchange_hub', 'exchange_stream')""",
    "a role of the hub owns nothing": """
        select relname from pg_class
        where relowner::regrole::text in ('exchange_app', 'exchange_hub')
          and relpersistence <> 't'  -- of one session alone
        union all
        select proname from pg_proc where proowner::regrole::text in ('exchange_app', 'exchange_hub')""",
    "no role empties, references or hooks into a table": """
        select c.relname || ' ' || p.privilege || ' ' || r.role from pg_class c
        cross join unnest(array['TRUNCATE', 'REFERENCES', 'TRIGGER']) as p (privilege)
        cross join unnest(array['exchange_app', 'exchange_hub', 'exchange_stream', 'public']) as r (role)
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
          and has_table_privilege(r.role::name, c.oid, p.privilege)""",
    "nothing is granted to everybody": """
        select c.relname from pg_class c
        cross join lateral aclexplode(c.relacl) as a
        where c.relnamespace = 'public'::regnamespace and a.grantee = 0""",
    "no role may create in the schema": """
        select r from unnest(array['exchange_app', 'exchange_hub', 'exchange_stream', 'public']) as r
        where has_schema_privilege(r::name, 'public', 'create')""",
    "no policy is always true": """
        select polname from pg_policy
        where btrim(coalesce(pg_get_expr(polqual, polrelid), ''), '()') in ('true', '1 = 1')
          or btrim(coalesce(pg_get_expr(polwithcheck, polrelid), ''), '()') in ('true', '1 = 1')""",
    "no policy lets an unset sight pass": """
        select polname from pg_policy
        where pg_get_expr(polqual, polrelid) ~* '(coalesce|nullif)|current_setting[^)]*\\)[^)]*\\)? is null'""",
    "a sight is read once a statement, not once a row": """
        select polname from pg_policy
        where regexp_count(coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck,
        polrelid), ''),
            'current_setting\\(')
          <> regexp_count(coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck,
          polrelid), ''),
            'SELECT \\(?current_setting\\(')""",
    "a policy names the roles it is for": "select polname from pg_policy where 0::oid = any (polroles)",
    "every policy adds to what is allowed in one place only": """
        select polrelid::regclass || ' ' || polcmd::text from pg_policy
        where 'exchange_app'::regrole = any (polroles)
        group by polrelid, polcmd having count(*) > 1""",
    "what may be written is checked as what is written": """
        select polname from pg_policy
        where polroles && array['exchange_app'::regrole::oid, 'exchange_stream'::regrole::oid]
          and polcmd in ('a', 'w', '*') and polrelid <> 'subject'::regclass
          and pg_get_expr(polwithcheck, polrelid) !~ 'owner_id = ANY \\(.*app.writes'""",
    "what is changed is the writer's own": """
        select polname from pg_policy
        where 'exchange_app'::regrole = any (polroles) and polcmd in ('w', 'd', '*')
          and pg_get_expr(polqual, polrelid) !~ 'owner_id = ANY \\(.*app.writes'""",
    "a table that is granted for a command has a policy for it": """
        select c.relname || ' ' || k.privilege from pg_class c
        cross join (values ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd')) as k (privilege, command)
        where c.relrowsecurity and c.relnamespace = 'public'::regnamespace
          and has_table_privilege('exchange_app', c.oid, k.privilege)
          and not exists (
            select from pg_policy p where p.polrelid = c.oid and p.polcmd::text in ('*', k.command)
              and 'exchange_app'::regrole = any (p.polroles))""",
    "no view, no foreign table, no partition goes round a policy": """
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and (relkind in ('v', 'm', 'f') or relispartition)""",
    "no function but those that move or hold a subject's counter runs with another's rights, of a role of its own": """
        select proname from pg_proc
        where pronamespace = 'public'::regnamespace and (proleakproof or prosecdef and (
          proname not in ('append_events', 'hold_subjects') or proowner <> 'exchange_stream'::regrole
          or proconfig is distinct from array['search_path=pg_catalog, pg_temp']
          or has_function_privilege('public', oid, 'execute')))""",
    "the functions that move and hold a subject's counter run with the rights of their role": """
        select p.name from (values ('append_events'), ('hold_subjects')) as p (name)
        where not exists (select from pg_proc where proname = p.name and prosecdef)""",
    "no function of the hub is written in a language that reaches outside": """
        select proname from pg_proc p join pg_language l on l.oid = p.prolang
        where pronamespace = 'public'::regnamespace and l.lanname not in ('sql', 'plpgsql')""",
    "a unique key over tenants' rows carries the tenant, an opaque id or no secret": """
        select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid
        where i.indisunique and c.relrowsecurity
          and c.relname in (
            'record', 'review', 'import_batch', 'idempotency', 'source_confirmation', 'confirmed_source')
          and not exists (
            select from pg_attribute a where a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])
              and (a.attname = 'owner_id' or a.atttypid = 'uuid'::regtype))""",
    "no foreign key tells whether another tenant's row exists": """
        select conname from pg_constraint
        where contype = 'f' and confrelid not in ('tenant'::regclass, 'agreement'::regclass)""",
    "nothing is granted beforehand on what a later migration makes": """
        select defaclacl::text from pg_default_acl where defaclacl::text ~ 'exchange_(app|hub)='""",
    "nothing is published past row security": "select pubname from pg_publication",
    "what is append-only is granted so": """
        select t || ' ' || p
        from unnest(array['record_version', 'record_note', 'event', 'access_record', 'recognition_rule',
          'person_verdict', 'dispute', 'dispute_step', 'dispute_text', 'subject_statement', 'person_reader', 'tip',
          'tip_link', 'tip_reporter', 'tip_reward', 'tip_step', 'tip_text', 'review_step', 'review_evidence',
          'review_policy', 'review_unopened', 'review_cause', 'agreement_version', 'agreement_membership',
          'ledger_pending', 'transfer', 'transfer_step',
          'ledger_entry', 'ledger_checkpoint', 'ledger_witness', 'ledger_cosignature']) as t
        cross join unnest(array['UPDATE', 'DELETE']) as p
        where has_any_column_privilege('exchange_app', t, case when p = 'UPDATE' then p else 'SELECT' end) and p =
        'UPDATE'
          or p = 'DELETE' and has_table_privilege('exchange_app', t, p)""",
    "only the application role writes evidence, and the hub deletes none": """
        select p from unnest(array['UPDATE', 'DELETE']) as p where has_table_privilege('exchange_hub',
        'access_record', p)""",
    "what seals a person's number is read by nobody but its publisher's own policies": """
        select table_name || '.' || column_name from information_schema.columns
        where table_schema = 'public' and column_name ~ 'id_number|identity|phone'""",
}


@pytest.mark.parametrize("rule", RULES)
async def test_the_catalog_keeps_the_rule(rule: str, database: Any) -> None:
    async with database.pool.acquire() as connection:
        found = [row[0] for row in await connection.fetch(RULES[rule])]
    assert found == []


async def test_every_table_has_a_tenant_s_column_or_a_role_or_a_reason(database: Any) -> None:
    query = """
        select c.relname from pg_class c
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
          and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = any ($1::text[]))"""
    async with database.pool.acquire() as connection:
        found = {row[0] for row in await connection.fetch(query, list(TENANT_COLUMNS))}
    assert found == set(OF_ONE_ROLE) | set(OF_NOBODY)


@pytest.mark.parametrize("table", OF_ONE_ROLE)
async def test_what_one_role_alone_may_use_is_granted_and_opened_to_no_other(table: str, database: Any) -> None:
    granted = """
        select distinct a.grantee::regrole::text from pg_class c cross join lateral aclexplode(c.relacl) as a
        where c.oid = to_regclass($1) and a.grantee <> c.relowner"""
    opened = "select distinct r::regrole::text from pg_policy, unnest(polroles) as r where polrelid = to_regclass($1)"
    async with database.pool.acquire() as connection:
        for query in (granted, opened):
            assert [row[0] for row in await connection.fetch(query, table)] == [OF_ONE_ROLE[table]]


async def test_a_policy_of_the_application_role_asks_who_it_is_or_is_named(database: Any) -> None:
    query = """
        select polname from pg_policy
        where 'exchange_app'::regrole = any (polroles)
          and coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '')
            !~ 'current_setting'"""
    async with database.pool.acquire() as connection:
        found = {row[0] for row in await connection.fetch(query)}
    assert found == set(FOR_EVERYBODY)


async def test_the_application_role_reads_only_what_callers_need(database: Any) -> None:
    """Who may log in, which keys sign, what the clock has told: none of its business."""
    query = """
        select relname from pg_class
        where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
          and has_any_column_privilege('exchange_app', oid, 'select')"""
    async with database.pool.acquire() as connection:
        found = {row[0] for row in await connection.fetch(query)}
    assert found == {
        "access_record", "agreement_membership", "agreement_version", "confirmation", "confirmation_change",
        "confirmation_scan",
        "confirmed_source", "digest", "directory_edition", "dispute", "dispute_step", "dispute_text",
        "event", "gate_check", "idempotency", "import_batch", "import_receipt", "name_bearer", "name_ending",
        "person_suspicion", "person_verdict", "recognition_reliance", "recognition_rule", "recognition_rule_fired",
        "record", "record_note",
        "record_version", "repair_request", "review", "review_cause", "review_evidence", "review_policy",
        "safety_code", "safety_code_scan", "status_slot",
        "review_reading",
        "review_step", "review_unopened", "roster", "roster_entry", "source_confirmation", "subject_statement",
        "tenant", "tip", "tip_link", "tip_reporter", "tip_reward", "tip_step", "tip_text",
        "transfer", "transfer_step",
    }  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
async def test_a_pool_works_as_its_role_and_cannot_become_more(role: str, database: Any) -> None:
    pool = database.pool if role == "exchange_app" else database.hub_pool
    async with pool.acquire() as connection:
        owner = await connection.fetchval("select relowner::regrole::text from pg_class where relname = 'record'")
        for other in {owner, *ROLES, "exchange_stream"} - {role}:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"set role {other}")
        for statement in ("reset role", "reset all", "reset session authorization"):
            await connection.execute(statement)
            assert await connection.fetchval("select current_user") == role
        assert await connection.fetchval("select current_setting('row_security')") == "on"


@pytest.mark.parametrize("role", ROLES)
async def test_a_session_that_gives_its_role_back_has_no_rights_at_all(role: str, database: Any) -> None:
    pool = database.pool if role == "exchange_app" else database.hub_pool
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local role none")
        assert await connection.fetchval("select current_user = session_user")
        tables = """select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
          and (has_any_column_privilege(oid, 'select, insert, update') or has_table_privilege(oid, 'delete'))"""
        assert await connection.fetchval(tables) == 0
        functions = """select count(*) from pg_proc where pronamespace = 'public'::regnamespace
          and proname = 'append_events' and has_function_privilege(oid, 'execute')"""
        assert await connection.fetchval(functions) == 0


_OWN = "owner_id = any ((select current_setting('app.writes', true))::int[])"
# A fault planted in a transaction that is rolled back, for each rule that shall find it.
FAULTS = {
    "a table with a tenant's column has row security, forced": [
        "create table planted (owner_id int)",
        "alter table review no force row level security",
    ],
    "a table that names a subject, a person or a firm has row security, forced": [
        "alter table subject no force row level security",
        "alter table notice disable row level security",
        "create table planted (person_id uuid)",
    ],
    "a caller's role has no part in a table without row security, but the number of the directory's edition": [
        "grant select on stream_head to exchange_app",
        "grant update (position) on worker_cursor to exchange_app",
        "create table planted (at date); grant delete on planted to exchange_app",
    ],
    "a subject's counter is moved by append_events alone, and nothing else adds to the stream": [
        "grant select on subject to exchange_app",
        "grant update on subject to exchange_hub",
        "grant insert (position) on event to exchange_app",
    ],
    "what appends to the stream may do nothing else": [
        "grant select on event to exchange_stream",
        "grant insert (position) on event to exchange_stream",
        "grant usage, create on schema public to exchange_stream; alter table notice owner to exchange_stream",
    ],
    "the functions that move and hold a subject's counter run with the rights of their role": [
        "alter function hold_subjects security invoker",
        "alter function append_events security invoker",
    ],
    "a role of the hub stands above nothing": ["alter role exchange_app bypassrls"],
    "a role of the hub is a member of no other role": ["grant pg_read_all_data to exchange_app"],
    "a role of the hub owns nothing": [
        "grant create on schema public to exchange_hub; alter table notice owner to exchange_hub"
    ],
    "no role empties, references or hooks into a table": ["grant truncate on record to exchange_app"],
    "nothing is granted to everybody": ["grant select on notice to public"],
    "no role may create in the schema": ["grant create on schema public to exchange_app"],
    "no policy is always true": ["create policy planted on record for delete to exchange_hub using (true)"],
    "no policy lets an unset sight pass": [
        (
            "create policy planted on record for delete to exchange_hub using "
            "(current_setting('app.writes', true) is null)"
        ),
        "create policy planted on record for delete to exchange_hub"
        " using (coalesce(current_setting('app.writes', true), '1') = '1')",
    ],
    "a sight is read once a statement, not once a row": [
        "create policy planted on record for delete to exchange_app"
        " using (owner_id = any (current_setting('app.writes', true)::int[]))"
    ],
    "a policy names the roles it is for": [f"create policy planted on record for delete using ({_OWN})"],
    "every policy adds to what is allowed in one place only": [
        "create policy planted on record for select to exchange_app using (owner_id > 0)"
    ],
    "what may be written is checked as what is written": [
        "alter policy record_add on record with check (owner_id > 0)",
        "alter policy event_append on event with check (owner_id > 0)",
    ],
    "what is changed is the writer's own": ["alter policy record_change on record using (owner_id > 0)"],
    "a table that is granted for a command has a policy for it": ["grant delete on review to exchange_app"],
    "no view, no foreign table, no partition goes round a policy": ["create view planted as select * from record"],
    "no function but those that move or hold a subject's counter runs with another's rights, of a role of its own": [
        "create function planted() returns int language sql security definer as 'select 1'",
        "alter function hold_subjects reset search_path",
        "grant execute on function hold_subjects to public",
        "alter function append_events owner to current_user",
        "alter function append_events reset search_path",
        "grant execute on function append_events to public",
    ],
    "a unique key over tenants' rows carries the tenant, an opaque id or no secret": [
        "create unique index planted on record (number_hash) where version < 0"
    ],
    "no foreign key tells whether another tenant's row exists": [
        "alter table notice add constraint planted foreign key (record_id) references record"
    ],
    "nothing is granted beforehand on what a later migration makes": [
        "alter default privileges in schema public grant select on tables to exchange_app"
    ],
    "nothing is published past row security": ["create publication planted for table record"],
    "what is append-only is granted so": [
        "grant update (payload) on event to exchange_app",
        "grant delete on access_record to exchange_app",
    ],
    "only the application role writes evidence, and the hub deletes none": [
        "grant delete on access_record to exchange_hub"
    ],
    "what seals a person's number is read by nobody but its publisher's own policies": [
        "alter table record add column id_number text"
    ],
}


@pytest.mark.parametrize(("rule", "fault"), [(rule, fault) for rule, faults in FAULTS.items() for fault in faults])
@pytest.mark.filterwarnings("ignore")  # some servers warn that a publication needs wal_level logical
async def test_the_rule_finds_the_fault_it_is_there_for(rule: str, fault: str, database: Any) -> None:
    owner = await asyncpg.connect(database.dsn)
    try:
        transaction = owner.transaction()
        await transaction.start()
        await owner.execute(fault)
        found = await owner.fetch(RULES[rule])
        await transaction.rollback()
    finally:
        await owner.close()
    assert len(found) >= 1
