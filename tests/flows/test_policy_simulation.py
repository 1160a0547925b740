"""What a simulation tells is what then happens: random histories, simulated under a draft, and lived through again
under it by firms and persons in the same situation. Also how far back it looks, how much, and that it cannot write."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.months import since
from exchange.rules import Handling, Priority
from exchange.rules.policy import Policy, Term
from exchange.runtime import Runtime
from exchange.statements import statements
from exchange.triggering import simulation as simulating
from exchange.triggering.policies import ALL_RULES, check_terms, publish_policy, term_from
from exchange.triggering.simulated_threads import Desk
from exchange.triggering.simulation import Outcome, outcome, simulate
from schema.errors import Refusal
from tenants.session import acting, rehearsing
from tests.flows import material
from tests.flows.scratch import keep, quiet_hub

DONGGUAN, GUANGZHOU, SHENZHEN = "dg-bureau", "gz-bureau", "sz-bureau"
WEIGHED = statements("policies")["weighed"]
LONG_AGO = date(2020, 1, 1)
NOTHING = Policy(identifier="LP-gz-bureau", version=0, valid_from=LONG_AGO, terms=())
Step = tuple[str, int, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_simulation") as runtime:
        yield runtime


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Two firms and two persons, in the same part each time a history is lived through."""

    firms: tuple[material.Firm, ...]
    persons: tuple[material.Person, ...]
    numbers: tuple[str, ...]


def cast() -> Cast:
    return Cast(
        firms=tuple(material.firm() for _ in range(2)),
        persons=tuple(material.person() for _ in range(2)),
        numbers=tuple(material.number() for _ in range(40)),
    )


SORTS = (
    "matter", "site", "bid", "post", "orange", "red", "flag", "lesser", "listed", "revoked", "again", "lift",
    "second", "second",
)  # fmt: skip
SANCTIONS = ("RISK_FLAG", "SERIOUS_DISHONESTY")


def history(chance: random.Random) -> list[Step]:
    return [
        (chance.choice(SORTS), chance.randrange(2), chance.choice(("440100", "440111")))
        for _ in range(chance.randint(4, 10))
    ]


def record(of: Cast, place: int, step: Step, before: list[Any]) -> tuple[str, str, dict[str, Any]]:
    """The record of a step; the same step of another cast says the same of somebody else."""
    sort, number, region = step
    firm, person, decision = of.firms[number], of.persons[number], of.numbers[place]
    if sort == "again" and before:
        slug, kind, values = before[-1]
        return slug, kind, values
    sanctions = [one for one in before if one[1] in SANCTIONS]
    if sort == "second" and sanctions:
        return second(sanctions[number % len(sanctions)], region)
    if sort == "lift" and sanctions:
        slug, kind, values = sanctions[-1 - number % len(sanctions)]
        return slug, kind, {**values, "liftedOn": "2026-11-20", "liftReason": "整改完成"}
    named = {"creditCode": firm.credit_code, "name": firm.name}
    listed = {
        "cause": "拒不履行处罚决定", "legalBasis": material.LEGAL_BASIS, "decidedOn": "2026-03-01",
        "decisionNumber": decision, "region": "440300",
    }  # fmt: skip
    site = {"region": region, "siteName": f"工地{place}", "siteType": "CONSTRUCTION", "startedOn": "2024-03-01"}
    bid = {"region": region, "projectName": f"项目{place}", "tenderNumber": decision, "bidStatus": "SUBMITTED"}
    employer = of.firms[1 - number] if region == "440111" else firm  # so that persons come to have two
    withdrawn = material.certificate(person, firm, valid_to=date(2030, 1, 1)) | {"reportedStatus": "REVOKED"}
    made: dict[str, tuple[str, str, dict[str, Any]]] = {
        "site": (GUANGZHOU, "SITE", named | site),
        "bid": (GUANGZHOU, "BID", named | bid | {"bidOn": "2024-03-01"}),
        "post": (GUANGZHOU, "APPOINTMENT", material.appointment(person, employer, region)),
        "orange": (SHENZHEN, "RISK_GRADING", material.grading(firm, "ORANGE", decision=decision)),
        "red": (SHENZHEN, "RISK_GRADING", material.grading(firm, "RED", decision=decision)),
        "flag": (SHENZHEN, "RISK_FLAG", material.flag(firm, decision=decision)),
        "lesser": (SHENZHEN, "RISK_FLAG", material.flag(firm, decision=decision) | {"severity": "ORANGE"}),
        "listed": (SHENZHEN, "SERIOUS_DISHONESTY", named | listed),
        "revoked": (SHENZHEN, "SAFETY_MANAGEMENT", withdrawn),
    }
    return made.get(sort, (GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, region)))


def second(first: tuple[str, str, dict[str, Any]], region: str) -> tuple[str, str, dict[str, Any]]:
    """A further report of a sanction: by another authority, or by the same one as another kind."""
    _, kind, values = first
    if region == "440111":
        return DONGGUAN, kind, {**values, "region": "441900"}
    graver = {**values, "severity": "RED"} if kind == "RISK_FLAG" else values
    return "gd-housing", kind, {**graver, "region": "440000"}


async def live(quiet: Runtime, of: Cast, steps: list[Step]) -> None:
    before: list[Any] = []
    for place, step in enumerate(steps):
        before.append(record(of, place, step, before))
        await keep(quiet, *before[-1], day=quiet.today())
        await quiet.settle()


def policy(chance: random.Random, quiet: Runtime) -> tuple[Term, ...]:
    """Some terms that may be published."""
    kinds = ("PROJECT_APPROVAL", "SITE", "BID", "APPOINTMENT")
    terms: list[Term] = []
    for _ in range(30):
        term = term_from({
            "rule": chance.choice(sorted(ALL_RULES)),
            "presence_kinds": chance.choice(((), (), chance.sample(kinds, 2))),
            "regions": chance.choice(((), ("440111",))),
            "is_by_path": chance.choice((None, None, True)),
            "is_off": chance.random() < 0.4,
            "priority": chance.choice((None, "MUST")),
            "handling": chance.choice((None, "FOR_FOLLOW_UP")),
            "workdays": chance.choice((None, 2, 8)),
        })  # fmt: skip
        if not check_terms([*terms, term], quiet.directory.by_slug[GUANGZHOU]):
            terms.append(term)
    return tuple(terms)


async def publish(quiet: Runtime, terms: tuple[Term, ...]) -> Policy:
    tenant, day = quiet.directory.by_slug[GUANGZHOU], quiet.today()
    async with acting(quiet.database.pool, caller_of(quiet, GUANGZHOU)) as connection:
        latest = await connection.fetchval("select coalesce(max(version), 0) from review_policy")
        made = Policy(identifier="LP-gz-bureau", version=latest + 1, valid_from=day, terms=terms)
        assert await publish_policy(connection, tenant, made, operator="test", day=day) == []
    return made


async def outcomes(quiet: Runtime, of: Cast, in_force: Policy, draft: Policy) -> list[Outcome]:
    """What was found of these firms and persons, as a simulation weighs it."""
    owner = quiet.directory.by_slug[GUANGZHOU].tenant_id
    async with acting(quiet.database.pool, caller_of(quiet, GUANGZHOU)) as connection:
        now, then = Desk(in_force), Desk(draft)
        found = [outcome(row, now, then) for row in await connection.fetch(WEIGHED, owner, LONG_AGO, 10_000)]
        ids = await connection.fetch(
            "select distinct person_id from record where credit_code = any ($1) and person_id is not null",
            [firm.credit_code for firm in of.firms],
        )
    own = {f"E:{firm.credit_code}" for firm in of.firms} | {f"P:{row['person_id']}" for row in ids}
    return [one for one in found if one.subject in own]


def told(several: list[Any], name: str) -> Counter[tuple[str, Any]]:
    return Counter((one.rule, getattr(one, name)) for one in several if getattr(one, name) is not None)


@pytest.mark.parametrize("seed", range(24))
async def test_what_a_simulation_tells_is_what_happens_when_it_is_lived_through_under_the_draft(
    quiet: Runtime, seed: int
) -> None:
    chance = random.Random(seed)
    steps, first, second = history(chance), cast(), cast()
    in_force = await publish(quiet, policy(chance, quiet) if seed % 2 else ())
    draft = Policy(identifier="LP-gz-bureau", version=0, valid_from=quiet.today(), terms=policy(chance, quiet))
    await live(quiet, first, steps)
    simulated = await outcomes(quiet, first, in_force, draft)
    assert [one.opened for one in simulated] == [one.in_force for one in simulated]
    published = await publish(quiet, draft.terms)
    await live(quiet, second, steps)
    happened = await outcomes(quiet, second, published, published)
    assert told(happened, "opened") == told(simulated, "draft")
    assert [one.change for one in happened] == [None] * len(happened)


async def test_the_random_histories_find_enough_of_everything_to_tell_policies_apart(quiet: Runtime) -> None:
    """Else the test above might pass on empty desks."""
    chance, some = random.Random(1), cast()
    await publish(quiet, ())
    for place, sort in enumerate(("matter", "site", "post", "orange", "flag", "lesser", "listed", "revoked")):
        values = record(some, place, (sort, 0, "440100"), [])
        await keep(quiet, *values, day=quiet.today())
        await quiet.settle()
    draft = Policy(identifier="LP", version=0, valid_from=quiet.today(), terms=(Term(rule="LESSER_FLAG"),))
    found = await outcomes(quiet, some, draft, draft)
    assert Counter(one.rule for one in found) == Counter(
        ["RED_FLAG", "ORANGE_BAND", "LESSER_FLAG", "DISHONESTY_LISTED", "CREDENTIAL_WITHDRAWN"]
    )
    assert {one.change for one in found} == {None, "ADDED"}
    assert len({len(history(chance)) for _ in range(20)}) > 3


async def test_too_much_is_refused_and_not_counted_halfway(quiet: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = quiet.directory.by_slug[GUANGZHOU].tenant_id
    some = cast()
    await live(quiet, some, [("matter", 0, "440100"), ("flag", 0, "440100"), ("listed", 0, "440100")])
    monkeypatch.setattr(simulating, "MOST_FINDINGS", 1)
    async with acting(quiet.database.pool, caller_of(quiet, GUANGZHOU)) as connection:
        with pytest.raises(Refusal) as refused:
            await simulate(
                connection, owner, LONG_AGO, None, Policy(identifier="LP", version=0, valid_from=LONG_AGO, terms=())
            )
    assert (refused.value.code, refused.value.field) == ("SIMULATION_TOO_LARGE", ("input", "months"))


async def test_a_simulation_runs_where_nothing_can_be_written(quiet: Runtime) -> None:
    owner = quiet.directory.by_slug[GUANGZHOU].tenant_id
    async with rehearsing(quiet.database.pool, caller_of(quiet, GUANGZHOU)) as connection:
        await simulate(connection, owner, LONG_AGO, None, NOTHING)
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("update review set outcome = outcome")


@pytest.mark.parametrize(("day", "months", "first"), [
    ("2026-11-23", 1, "2026-10-23"), ("2026-11-23", 12, "2025-11-23"), ("2026-03-31", 1, "2026-02-28"),
    ("2024-03-31", 1, "2024-02-29"), ("2026-01-15", 2, "2025-11-15"), ("2026-12-31", 1, "2026-11-30"),
])  # fmt: skip
def test_months_are_counted_back_to_the_same_day_or_the_last_there_is(day: str, months: int, first: str) -> None:
    assert since(date.fromisoformat(day), months) == date.fromisoformat(first)


def test_a_review_that_only_its_officer_changes_is_counted_as_assigned_not_as_changed() -> None:
    seen = {
        "presence": "p", "kind": "SITE", "region": "440100", "path": False, "priority": "MUST",
        "handling": "FOR_FOLLOW_UP", "workdays": 5, "usual": True,
    }  # fmt: skip
    row = {
        "rule": "RED_FLAG", "day": LONG_AGO, "subject": "E:1", "credit_code": "1", "review_id": "r",
        "priority": "MUST", "handling": "FOR_FOLLOW_UP", "workdays": 5, "sightings": orjson.dumps([seen]),
        "event_id": "e", "record_id": "f", "document": None, "is_joined": False,
    }  # fmt: skip
    terms = (Term(rule="RED_FLAG", assignee="GZ-01"),)
    draft = Policy(identifier="LP", version=0, valid_from=LONG_AGO, terms=terms)
    one = outcome(row, Desk(None), Desk(draft))
    assert (one.change, one.is_assigned, one.term) == (None, True, 1)
    assert one.draft == simulating.Review(priority=Priority.MUST, handling=Handling.FOR_FOLLOW_UP, workdays=5)
