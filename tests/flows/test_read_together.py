"""Look-ups that wait are answered together: as one by one, byte for byte, with the same evidence, each caller apart.

A root field that finds one row by a key is a line in DOCUMENTS.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange import gathering
from exchange.database import open_pool
from exchange.demo.seed import caller_of
from exchange.runtime import Runtime
from schema.errors import Refusal
from tenants.access import Misses
from tests.flows import material
from tests.flows.scratch import asked, keep, quiet_hub

SHENZHEN, GUANGZHOU, SHANGHAI = "sz-bureau", "gz-bureau", "sh-bureau"
CALLERS = (SHENZHEN, GUANGZHOU, SHANGHAI)
WHY = (("在岗核验", "DEM-CASE-1"), ("投诉核查", "DEM-CASE-2"))
TOGETHER = "asked.place"  # only statements for several have it
SOUGHT = "select count(*) from access_record where sought is not null"
EVIDENCE = """
select owner_id, client_id, purpose, case_number, root_field, fields, subjects::text[], request_id, sought::text
from access_record where access_id > $1 order by request_id, root_field, subjects
"""
# By name: the document, and which of a subject's names it asks by.
DOCUMENTS = {
    "a certificate": ("""query Q($x: String!) { certificate(by: {number: $x}) { number status statusReason
      statusReasons { code } holder { name } employer { name } owner { id } } }""", "number"),
    "a certificate by id": ("query Q($x: ID!) { certificate(by: {id: $x}) { status holder { nameMasked } } }", "id"),
    "a person's file": ("""query Q($x: String!) { person(by: {idNumber: $x}) { id name certificates(first: 2) {
      totalCount nodes { status } edges { cursor } pageInfo { hasNextPage } } reviews(first: 3) { nodes { id } } } }""",
      "number"),
    "a firm's file": ("""query Q($x: String!) { enterprise(creditCode: $x) { name grading { band }
      certificates(first: 9) { nodes { status holder { name } } } flags(first: 9, isCurrent: true) { nodes { id } } }
      }""", "code"),
    "a firm today and two in one": ("""query Q($x: String!) { a: enterprise(creditCode: $x) { measures { flagId } }
      b: certificate(by: {number: "DEM1"}) { id } }""", "code"),
}  # fmt: skip


@dataclass(kw_only=True)
class World:
    """Subjects by name, found and not; every statement that was run, with its parameters."""

    runtime: Runtime
    subjects: list[dict[str, str]]
    statements: list[tuple[str, list[Any]]] = field(default_factory=list)

    def ask(self, document: str, subject: dict[str, str], slug: str = GUANGZHOU, why: Any = WHY[0], at: int = 0) -> Any:
        """The bytes of an answer, to come; `at` and who asks make the request's id."""
        text, name = DOCUMENTS[document]
        request = replace(asked(text, why, x=subject[name]), request_id=f"{slug} {at}")
        return self._answer(request, slug)

    async def _answer(self, request: Any, slug: str) -> bytes:
        return (await self.runtime.engine.execute(request, caller_of(self.runtime, slug))).body

    def several(self) -> list[list[Any]]:
        """The parameters of the statements for several."""
        return [parameters for sql, parameters in self.statements if TOGETHER in sql]

    async def fetch(self, query: str, *values: Any) -> Any:
        """As the server's superuser: no role of the hub sees all evidence."""
        owner = await asyncpg.connect(self.runtime.database.dsn)
        try:
            return await owner.fetch(query, *values)
        finally:
            await owner.close()

    async def last(self) -> int:
        """The last evidence there is."""
        return int((await self.fetch("select coalesce(max(access_id), 0) from access_record"))[0][0])

    async def evidence(self, after: int) -> list[tuple[Any, ...]]:
        """What was written down since."""
        return [tuple(row) for row in await self.fetch(EVIDENCE, after)]

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """No statement on records ends meanwhile."""
        owner = await asyncpg.connect(self.runtime.database.dsn)
        try:
            async with owner.transaction():
                await owner.execute("lock table record in access exclusive mode")
                yield
        finally:
            await owner.close()

    async def at_once(self, several: list[Awaitable[bytes]]) -> list[Any]:
        """All are asked before any is answered; what each was answered or raised."""
        async with self.held():
            tasks = await started(several)
        return await asyncio.gather(*tasks, return_exceptions=True)


async def started(several: list[Awaitable[bytes]]) -> "list[asyncio.Task[bytes]]":
    """As tasks that have come as far as they come without PostgreSQL."""
    tasks = [asyncio.ensure_future(one) for one in several]
    await asyncio.sleep(0)
    return tasks  # type: ignore[return-value]


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110  (the reader has no bell)
            await asyncio.sleep(0.001)


def watched(runtime: Runtime, monkeypatch: Any) -> list[tuple[str, list[Any]]]:
    """Every statement that the runtime's reader runs from now on."""
    found: list[tuple[str, list[Any]]] = []
    fetch = runtime.reader.fetch_all

    async def noted(sql: str, parameters: list[Any]) -> Any:
        found.append((sql, parameters))
        return await fetch(sql, parameters)

    monkeypatch.setattr(runtime.reader, "fetch_all", noted)
    return found


async def known(runtime: Runtime) -> list[dict[str, str]]:
    """Five subjects: three with a certificate of Shenzhen, one of them revoked by Guangzhou, and two nobody knows."""
    found = []
    for place in range(5):
        firm, person = material.firm(), material.person()
        values = material.certificate(person, firm, valid_to=date(2028, 1, 1))
        record_id = "no id"
        if place < 3:
            record_id = await keep(runtime, SHENZHEN, "SAFETY_MANAGEMENT", values)
            await keep(runtime, SHENZHEN, "RISK_FLAG", material.flag(firm))
        if place == 1:
            action = material.action(person, values, certificateType="考核合格证")
            await keep(runtime, GUANGZHOU, "CERTIFICATE_ACTION", action)
        found.append({"number": person.id_number, "code": firm.credit_code, "id": record_id})
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[tuple[Runtime, list[dict[str, str]]]]:
    """A hub of its own and its subjects."""
    async with quiet_hub(database.dsn, "exchange_together", Misses(per_client=10_000, per_tenant=10_000)) as runtime:
        yield runtime, await known(runtime)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits is not let go before its turn, however slow the machine."""
    monkeypatch.setattr(gathering, "HOLD_SECONDS", 60)
    monkeypatch.setattr(gathering, "SLOW_SECONDS", 60)


@pytest.fixture
def world(quiet: Any, patient: None, monkeypatch: pytest.MonkeyPatch) -> World:
    runtime, subjects = quiet
    return World(runtime=runtime, subjects=subjects, statements=watched(runtime, monkeypatch))


requests = st.lists(
    st.tuples(st.sampled_from(CALLERS), st.sampled_from(sorted(DOCUMENTS)), st.integers(0, 4), st.sampled_from(WHY)),
    min_size=4,
    max_size=40,
)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(wanted=requests)
async def test_together_they_get_the_answers_and_leave_the_evidence_of_one_by_one(wanted: Any, world: World) -> None:
    def several() -> list[Awaitable[bytes]]:
        return [world.ask(name, world.subjects[n], slug, why, at) for at, (slug, name, n, why) in enumerate(wanted)]

    before = await world.last()
    together = await world.at_once(several())
    left, between = await world.evidence(before), await world.last()
    one_by_one = [await one for one in several()]
    assert together == one_by_one
    assert left == await world.evidence(between)


async def test_who_finds_the_hub_idle_goes_alone(world: World) -> None:
    for subject in world.subjects:
        await world.ask("a person's file", subject)
    assert (len(world.statements), world.several()) == (5, [])


async def test_the_first_two_go_alone_and_those_that_come_meanwhile_together(world: World) -> None:
    await world.at_once([world.ask("a person's file", world.subjects[n % 5], at=n) for n in range(12)])
    assert len(world.statements) == 2 + 2
    assert [rows_of(parameters) for parameters in world.several()] == [8, 2]


def rows_of(parameters: list[Any]) -> int:
    return max(len(one) for one in parameters if isinstance(one, list))


@pytest.mark.parametrize("document", ["a certificate", "a person's file"])
async def test_callers_never_share_a_statement(document: str, world: World) -> None:
    await world.at_once([world.ask(document, world.subjects[0], CALLERS[n % 3], at=n) for n in range(30)])
    tenants = {slug: world.runtime.directory.by_slug[slug].tenant_id for slug in CALLERS}
    expected = []
    for parameters in world.several():
        ids = next(one for one in parameters if isinstance(one, list) and str(one[0]).split(" ")[0] in tenants)
        (slug,) = {one.split(" ")[0] for one in ids}
        assert parameters[0] == f"{{{tenants[slug]}}}"
        expected.append((slug, len(ids)))
    assert sorted(expected) == sorted((slug, 8) for slug in CALLERS)


async def test_another_edition_of_the_directory_is_another_caller(world: World) -> None:
    runtime, known = world.runtime, world.runtime.directory
    try:
        async with world.held():
            tasks = await started([world.ask("a firm's file", world.subjects[0]) for _ in range(5)])
            runtime.directory = replace(known, edition=known.edition + 1)
            tasks += await started([world.ask("a firm's file", world.subjects[0]) for _ in range(5)])
        answers = await asyncio.gather(*tasks)
    finally:
        runtime.directory = known
    assert len(set(answers)) == 1
    assert [rows_of(parameters) for parameters in world.several()] == [3, 3]


async def test_one_that_fails_fails_alone(world: World) -> None:
    """PostgreSQL keeps no NUL in a text."""
    before = await world.last()
    several = [world.ask("a person's file", world.subjects[n % 3], at=n) for n in range(3)]
    several += [world.ask("a person's file", world.subjects[0], why=("\0", "DEM-CASE-3"), at=3)]
    several += [world.ask("a person's file", world.subjects[n % 3], at=n) for n in range(4, 7)]
    answers = await world.at_once(several)
    failed = answers.pop(3)
    assert isinstance(failed, Refusal)
    assert failed.code == "BAD_INPUT"
    assert answers == [await world.ask("a person's file", world.subjects[n % 3]) for n in (0, 1, 2, 4, 5, 6)]
    ids = [row[7] for row in await world.evidence(before)][1:]
    assert [rows_of(parameters) for parameters in world.several()] == [5]
    assert sorted({*ids}) == [f"{GUANGZHOU} {n}" for n in (0, 1, 2, 4, 5, 6)]


async def test_who_goes_away_waiting_or_asking_takes_nobody_along(world: World) -> None:
    several = [world.ask("a certificate", world.subjects[n % 3], at=n) for n in range(9)]
    async with world.held():
        tasks = await started(several)
        tasks[4].cancel()  # waits
        tasks[0].cancel()  # asks alone; those that wait have its turn
        await until(lambda: len(world.several()) == 1)
        tasks[7].cancel()  # asks with others
        await asyncio.sleep(0)
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    gone = [place for place, answer in enumerate(answers) if isinstance(answer, asyncio.CancelledError)]
    assert gone == [0, 4, 7]
    expected = [await world.ask("a certificate", world.subjects[n % 3]) for n in range(9) if n not in gone]
    assert [one for one in answers if isinstance(one, bytes)] == expected


async def test_in_an_outage_everybody_is_told_so_and_afterwards_answered(world: World) -> None:
    several = [world.ask("a certificate", world.subjects[0], at=n) for n in range(6)]
    async with world.held():
        tasks = await started(several)
        tasks[0].cancel()
        await until(lambda: len(world.several()) == 1)
        query = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and "
        while not all(task.done() for task in tasks):
            await world.fetch(f"{query} application_name = 'exchange' and wait_event_type = 'Lock'")
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [one.code for one in answers if isinstance(one, Refusal)] == ["UNAVAILABLE"] * 5
    assert b"SAFETY" not in await world.ask("a certificate", world.subjects[0])


async def test_nobody_is_held_up_by_what_hangs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "HOLD_SECONDS", 0.01)
    async with world.held():
        tasks = await started([world.ask("a certificate", world.subjects[0], at=n) for n in range(5)])
        await until(lambda: len(world.statements) == 5)
    assert len({*await asyncio.gather(*tasks)}) == 1
    assert world.several() == []


async def test_what_takes_long_goes_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "SLOW_SECONDS", 0)
    await world.at_once([world.ask("a certificate", world.subjects[0], at=n) for n in range(9)])
    assert (len(world.statements), world.several()) == (9, [])


async def test_who_waits_too_long_is_shed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "HOLD_SECONDS", 0.01)
    monkeypatch.setattr(gathering, "PATIENCE_SECONDS", 0)
    async with world.held():
        tasks = await started([world.ask("a certificate", world.subjects[0], at=n) for n in range(5)])
        await asyncio.wait(tasks[2:])
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(one, bytes) or one.code for one in answers] == [True, True] + ["UNAVAILABLE"] * 3  # type: ignore[union-attr]


@asynccontextmanager
async def narrow(runtime: Runtime, misses: Misses, together: int = 8) -> AsyncIterator[Runtime]:
    """The same hub with one connection for all that is read."""
    async with open_pool(runtime.database.dsn, 3) as pool:
        made = Runtime(
            database=replace(runtime.database, pool=pool), keys=runtime.keys, issuer=runtime.issuer, now=runtime.now,
            directory=runtime.directory, misses=misses, read_together=together,
        )  # fmt: skip
        yield made
        await made.reader.close()


async def test_switched_off_each_goes_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with narrow(world.runtime, world.runtime.misses, together=1) as alone:
        lonely = World(runtime=alone, subjects=world.subjects, statements=watched(alone, monkeypatch))
        await lonely.at_once([lonely.ask("a certificate", world.subjects[0], at=n) for n in range(9)])
    assert (len(lonely.statements), lonely.several()) == (9, [])


async def test_misses_together_are_counted_as_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more miss is allowed: of six that go together the first is told that there is nobody, the others nothing."""
    (count,) = (await world.fetch(SOUGHT))[0]
    mine = "select count(*) from access_record where sought is not null and client_id = $1"
    (already,) = (await world.fetch(mine, GUANGZHOU))[0]
    async with narrow(world.runtime, Misses(per_client=already + 1, per_tenant=10_000)) as strict:
        other = World(runtime=strict, subjects=world.subjects, statements=watched(strict, monkeypatch))
        seen, nobody = world.subjects[0], world.subjects[4]
        several = [other.ask("a person's file", seen, at=n) for n in range(2)]
        several += [other.ask("a person's file", nobody, at=n) for n in range(2, 8)]
        answers = await other.at_once(several)
    assert [rows_of(parameters) for parameters in other.several()] == [6]
    assert [one for one in answers if isinstance(one, bytes)][-1] == b'{"data":{"person":null}}'
    assert [one.code for one in answers if isinstance(one, Refusal)] == ["TOO_MANY_MISSES"] * 5
    assert (await world.fetch(SOUGHT))[0][0] == count + 1


async def test_misses_far_from_the_limit_go_together(world: World) -> None:
    (count,) = (await world.fetch(SOUGHT))[0]
    answers = await world.at_once([world.ask("a person's file", world.subjects[3], at=n) for n in range(10)])
    assert answers == [b'{"data":{"person":null}}'] * 10
    assert [rows_of(parameters) for parameters in world.several()] == [8]
    assert (await world.fetch(SOUGHT))[0][0] == count + 10
