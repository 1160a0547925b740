"""Asks PostgreSQL how it would run a statement on well-filled tables, for any values, avoiding sequential scans.

On empty tables every plan costs the same and none tells anything; so the rows are made here.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from exchange.database import APPLICATION_ROLE, HUB_ROLE, SETTINGS
from tests.flows.scratch import scratch_database

LARGE = {
    "record", "record_version", "event", "review", "access_record", "known_name", "name_ending", "name_bearer",
    "person_verdict", "person_mark", "person_suspicion", "roster_entry", "person_reader",
    "recognition_reliance", "review_step", "review_reading", "review_cause", "ledger_entry",
}  # fmt: skip
# Indexes that hold only the rows in question, so that reading one of them whole is no sweep.
PARTIAL = {
    "event_unnumbered", "review_estimated", "review_overdue", "record_by_rectification", "record_by_term",
    "record_by_action", "record_by_exchange", "record_version_by_exchange", "event_tip_confirmed",
    "record_by_withdrawal",
}  # fmt: skip
_GENERIC = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}

_FILL = """
alter table record disable trigger user;
alter table review disable trigger user;
insert into tenant (slug, kind, name, name_en, credit_code, sector, region, jurisdiction)
select 'a' || n, 'AUTHORITY', '机关', 'authority', 'DEM' || n, 'EMERGENCY', '440300', array['4403']
from generate_series(1, 40) n;
insert into record (owner_id, kind, family, key_hash, audience, person_id, credit_code, name, number_hash, region,
valid_to,
  review_due_on, reported_status, band, body, fingerprint, recorded_on, recorded_at)
select 1 + n % 40, k.kind, k.family, sha256(n::text::bytea), 2, p.id, 'DEM' || n % 900, 'x',
  case when k.family = 'CERTIFICATE' then sha256(('n' || n)::bytea) end, (440000 + n % 100 * 100)::text,
  date '2026-01-01' + n % 1500, case when n % 3 = 0 then date '2026-01-01' + n % 700 end, 'VALID', 'RED', '{}', 'x',
  current_date, now() - n * interval '1 minute'
from generate_series(1, 9000) n
cross join lateral (values (0, 'SAFETY_MANAGEMENT', 'CERTIFICATE'), (1, 'SPECIAL_OPERATION', 'CERTIFICATE'),
  (2, 'RISK_GRADING', 'RISK'), (3, 'RISK_FLAG', 'ADVERSE'), (4, 'PROJECT_APPROVAL', 'PRESENCE'),
  (5, 'APPOINTMENT', 'PRESENCE')) as k (sort, kind, family)
cross join lateral (select md5((n % 2500)::text)::uuid as id where k.family = 'CERTIFICATE' or k.kind = 'APPOINTMENT'
  union all select null where not (k.family = 'CERTIFICATE' or k.kind = 'APPOINTMENT')) as p
where n % 6 = k.sort;
insert into record_version select now(), current_date, * from record;
insert into event (owner_id, type, subject, version, position, audience, least_level, credit_code, record_id, day,
payload)
select 1 + n % 40, case n % 3 when 0 then 'riskFlag.raised' when 1 then 'credential.expired' else 'record.revised'
end,
  'E:DEM' || n % 900, n, n, 2, 0, 'DEM' || n % 900, r.record_id, current_date, '{}'
from (select record_id, row_number() over (order by record_id) as n from record) r;
insert into review (owner_id, cause_owner_id, rule, cause_key, cause_event_id, cause_record_id, subject, person_id,
credit_code,
  priority, handling, reason_zh, reason_en, opened_on, due_on, is_due_estimated)
select 1 + n % 40, 1 + (n + 1) % 40, 'RED_FLAG', n::text, gen_random_uuid(), r.record_id, 'E:DEM' || n % 900,
r.person_id,
  'DEM' || n % 900, 'MUST', 'FOR_FOLLOW_UP', '因', 'cause', current_date, current_date + (n % 60)::int, false
from (select record_id, person_id, row_number() over (order by record_id) as n from record) r;
insert into review_cause (review_id, owner_id, subject, event_id, record_id, document, joined_on)
select review_id, cause_owner_id, subject, cause_event_id, cause_record_id,
  '示〔2026〕' || (row_number() over ()) % 900 || '号', opened_on
from review;
alter table review_step disable trigger user;
insert into review_step (thread_id, review_id, owner_id, step, state, taken_on, question)
select thread_id, review_id, owner_id, s.step, state, opened_on - (row_number() over () % 700)::int, s.question
from review cross join (values ('OPENED', null), ('INFORMATION_REQUESTED', 'IS_RECTIFIED')) as s (step, question);
alter table review_reading disable trigger user;
insert into review_reading (review_id, owner_id, cause_owner_id, read_on)
select review_id, owner_id, cause_owner_id, opened_on from review;
insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id)
select 1 + n % 40, 'c', 'p', 'c', 'person', '{}', '{}', 'r'
from generate_series(1, 9000) n;
insert into recognition_reliance (owner_id, record_id, person_id, host_region, relied_on)
select owner_id, record_id, person_id, '440300', current_date from record where family = 'CERTIFICATE';
insert into ledger_entry (leaf_index, type, key, version, recorded_at, logged_at, salt, digest)
select row_number() over () - 1, 'RECORD', record_id, version, now(), now(), substr(sha256(''), 1, 16), sha256('')
from record;
insert into known_name (name)
select '示范' || n || '有限公司' from generate_series(1, 9000) n;
insert into name_ending (ending, name_id)
select e.ending, k.name_id from known_name k cross join lateral name_endings(k.name) as e (ending);
insert into name_bearer (name_id, owner_id, audience, credit_code, person_id)
select n, r.owner_id, r.audience, r.credit_code, r.person_id
from (select *, row_number() over (order by record_id) as n from record) r;
alter table person_verdict disable trigger user;
insert into person_verdict (owner_id, person_id, other_person_id, verdict, reason, case_number, decided_on, recorded_on)
select 1 + n % 40, least(a, b), greatest(a, b), 'SAME', 'x', 'x', current_date, current_date
from generate_series(1, 9000) n
cross join lateral (select md5(n::text)::uuid as a, md5((n + 9000)::text)::uuid as b) pair;
insert into person_mark (mark, person_id)
select sha256((n / 2)::text::bytea), md5((n % 2500)::text)::uuid from generate_series(1, 9000) n;
insert into person_suspicion (owner_id, basis, person_id, record_id, other_person_id, other_record_id)
select 1 + n % 40, 'CERTIFICATE_NUMBER', md5((n % 2500)::text)::uuid, gen_random_uuid(), md5((n % 2400)::text)::uuid,
  gen_random_uuid()
from generate_series(1, 9000) n;
insert into roster (owner_id, name, purpose, created_on)
select n, 'x', 'x', current_date from generate_series(1, 40) n;
insert into roster_entry (roster_id, owner_id, subject, person_id, sealed, added_on)
select r.roster_id, r.owner_id, 'P:' || p.id, p.id, 'x', current_date
from roster r
cross join lateral (
  select distinct md5((n % 2500)::text)::uuid as id from generate_series(r.owner_id * 200, r.owner_id * 200 + 199) n) p;
insert into person_reader (person_id, owner_id, month)
select md5(n::text)::uuid, 1 + n % 40, date '2026-01-01' from generate_series(1, 9000) n;
analyze;
"""


@dataclass(frozen=True, kw_only=True)
class Planning:
    """A connection in each role, as the pools have them, but planning for any values and never scanning by choice."""

    connections: Mapping[str, Any]

    async def plan(self, role: str, sql: str) -> Any:
        """The generic plan, as EXPLAIN gives it; nothing is run."""
        connection = self.connections[role]
        parameters = (await connection.prepare(sql)).get_parameters()
        types = ", ".join(_type(one) for one in parameters)
        values = ", ".join(["null"] * len(parameters))
        await connection.execute(f"prepare looked_at{f'({types})' if types else ''} as {sql}")
        try:
            call = f"execute looked_at{f'({values})' if values else ''}"
            return json.loads(await connection.fetchval(f"explain (format json) {call}"))
        finally:
            await connection.execute("deallocate looked_at")


def _type(parameter: Any) -> str:
    """The name of a parameter's type as SQL writes it; asyncpg gives int4[] for an array of int4."""
    name = str(parameter.name).removesuffix("[]").lstrip("_")
    return f'{parameter.schema}."{name}"' + ("[]" if parameter.kind == "array" else "")


@asynccontextmanager
async def open_planning(dsn: str) -> AsyncIterator[Planning]:
    """Fills a database of its own and opens the connections."""
    async with scratch_database(dsn, "exchange_planning") as made, AsyncExitStack() as stack:
        async with made.as_owner() as owner:
            await owner.execute(_FILL)
        opened = {}
        for role in (APPLICATION_ROLE, HUB_ROLE):
            connection = await asyncpg.connect(made.dsn, server_settings={**SETTINGS, **_GENERIC, "role": role})
            stack.push_async_callback(connection.close)
            opened[role] = connection
        await opened[APPLICATION_ROLE].execute("select stage_records()")
        yield Planning(connections=opened)


# A condition of row security alone: all rows the caller, or the hub, may see. Before PostgreSQL 17 a sight looks like a
# parameter, and only the column tells it from one. No sight is a person's: those are the few ids of one (person_group).
_SIGHT = re.compile(
    r"\b(?!person_id\b)\w+ = ANY \(\(*InitPlan \d+\)\.col1\)*(::\w+\[\])?\)|owner_id = ANY \(\(*\$\d+\)*(::\w+\[\])?\)|"
    r"(owner|name)_id > 0"
)


def scanned(plan: Any) -> set[str]:
    """Large tables that are read from end to end, or as far as the caller may see: nothing else narrows them."""
    found, waiting = set(), [(one["Plan"], False) for one in plan]
    while waiting:
        node, is_limited = waiting.pop()
        # a sort has to see everything, so a limit above it helps nothing below
        is_limited = (is_limited or node["Node Type"] == "Limit") and node["Node Type"] != "Sort"
        waiting += [(inner, is_limited) for inner in node.get("Plans", [])]
        if node.get("Relation Name", "") in LARGE and _is_whole(node, is_limited=is_limited):
            found.add(node["Relation Name"])
    return found


def _is_whole(node: Mapping[str, Any], *, is_limited: bool) -> bool:
    if node["Node Type"] == "Seq Scan":
        return True
    if node["Node Type"] == "Bitmap Heap Scan":
        return any(_is_unnarrowed(entry) for entry in _entries(node))
    return node["Node Type"] in ("Index Scan", "Index Only Scan") and not is_limited and _is_unnarrowed(node)


def _entries(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The indexes a bitmap is made of. Of several that all have to agree, the best one counts."""
    for inner in node.get("Plans", []):
        if inner["Node Type"] == "Bitmap Index Scan":
            yield inner
        elif inner["Node Type"] == "BitmapAnd":
            entries = list(_entries(inner))
            yield next((entry for entry in entries if not _is_unnarrowed(entry)), entries[0])
        elif inner["Node Type"] == "BitmapOr":
            yield from _entries(inner)


def _is_unnarrowed(node: Mapping[str, Any]) -> bool:
    """Whether an index is entered with nothing but the caller's sight. One that is partial for its purpose is small."""
    condition = _SIGHT.sub("", node.get("Index Cond", ""))
    return node["Index Name"] not in PARTIAL and not condition.strip("() AND")
