"""A cause leads on: from a person to the firm's sites, from a firm to its key staff's other posts. Whichever record of
the three comes last, once, for attention, and only told by records both authorities may see."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep, quiet_hub

DONGGUAN, GUANGZHOU, SHENZHEN = "dg-bureau", "gz-bureau", "sz-bureau"
SHANGHAI, NANJING = "sh-bureau", "nj-bureau"
REVIEWS = """{ reviews(first: 100) { nodes { id rule priority handling reason authority { id }
  path { zh creditCode personId } } } }"""
GOOD_TO = DAY.replace(year=DAY.year + 1)
SITE = {"siteName": "示范一号工地", "siteType": "CONSTRUCTION", "startedOn": "2024-03-01"}
Record = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """A hub whose numbering and triggers run when a test says so, and the reviews other tests left in it."""

    runtime: Runtime
    known: frozenset[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def still(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_propagation") as runtime:
        yield runtime


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(still: Runtime) -> Quiet:
    async with still.database.hub_pool.acquire() as connection:
        found = await connection.fetch("select review_id from review")
    return Quiet(runtime=still, known=frozenset(str(row["review_id"]) for row in found))


def of(firm: material.Firm, region: str, **told: Any) -> dict[str, Any]:
    return {"creditCode": firm.credit_code, "name": firm.name, "region": region, **told}


def revoked(person: material.Person, firm: material.Firm) -> Record:
    told = material.certificate(person, firm, valid_to=GOOD_TO) | {"reportedStatus": "REVOKED"}
    return SHENZHEN, "SAFETY_MANAGEMENT", told


def post(person: material.Person, firm: material.Firm, slug: str, region: str, **told: Any) -> Record:
    return slug, "APPOINTMENT", {**material.appointment(person, firm, region), **told}


def site(firm: material.Firm, slug: str = GUANGZHOU, region: str = "440100") -> Record:
    return slug, "SITE", of(firm, region, **SITE)


def listed(firm: material.Firm, **told: Any) -> Record:
    values = of(
        firm, firm.region, cause="拒不履行处罚决定", legalBasis=material.LEGAL_BASIS, decidedOn="2026-03-01",
        decisionNumber="示失信〔2026〕7号", **told,
    )  # fmt: skip
    return SHENZHEN, "SERIOUS_DISHONESTY", values


async def publish(quiet: Quiet, *records: Record) -> None:
    """One after the other, each with all its consequences before the next."""
    for record in records:
        # agreements begin on the day the cast comes on board
        await keep(quiet.runtime, *record, day=quiet.runtime.today())
        await quiet.runtime.settle()


async def reviews(quiet: Quiet, slug: str) -> list[dict[str, Any]]:
    """An authority's own reviews since the test began."""
    found = (await answered(quiet.runtime, slug, REVIEWS))["data"]["reviews"]["nodes"]
    return [one for one in found if one["authority"]["id"] == slug and one["id"] not in quiet.known]


def asked(several: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["rule"], one["priority"], one["handling"]) for one in several]


ATTENTION = ("MAY", "FOR_ATTENTION")


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_a_withdrawn_certificate_is_told_where_the_holder_s_firm_has_a_site_whatever_came_last(
    quiet: Quiet, order: tuple[int, ...]
) -> None:
    person, firm = material.person(), material.firm()
    records = [revoked(person, firm), post(person, firm, DONGGUAN, "441900"), site(firm)]
    await publish(quiet, *(records[place] for place in order), *records)
    (review,) = await reviews(quiet, GUANGZHOU)
    assert asked([review]) == [("CREDENTIAL_WITHDRAWN", *ATTENTION)]
    assert review["reason"].endswith(
        "；持证人任职于该企业，其岗位需要这一证书；该企业在本地有在办审批或工地场所；本地工地与场所：广州市"
    )
    assert [(step["zh"], step["creditCode"]) for step in review["path"]] == [
        ("持证人任职于该企业，其岗位需要这一证书", firm.credit_code),
        ("该企业在本地有在办审批或工地场所", firm.credit_code),
    ]
    assert asked(await reviews(quiet, DONGGUAN)) == [("CREDENTIAL_WITHDRAWN", "MUST", "FOR_FOLLOW_UP")]
    assert await reviews(quiet, SHENZHEN) == []


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_a_dishonest_firm_is_told_where_its_key_staff_have_another_post_whatever_came_last(
    quiet: Quiet, order: tuple[int, ...]
) -> None:
    person, firm, other = material.person(), material.firm(), material.firm("440100")
    records = [
        listed(firm),
        post(person, firm, SHENZHEN, "440300", post="PRINCIPAL"),
        post(person, other, GUANGZHOU, "440100"),
    ]
    await publish(quiet, *(records[place] for place in order), *records)
    (review,) = await reviews(quiet, GUANGZHOU)
    assert asked([review]) == [("DISHONESTY_LISTED", *ATTENTION)]
    assert review["reason"].endswith("；该企业的关键岗位人员；该人员在本地另一企业任职；本地任职：安全生产管理人员")
    assert [step["creditCode"] for step in review["path"]] == [firm.credit_code, other.credit_code]
    assert await reviews(quiet, SHENZHEN) == []


async def test_a_certificate_in_the_name_of_a_red_firm_makes_key_staff_too(quiet: Quiet) -> None:
    person, firm, other = material.person(), material.firm(), material.firm("440100")
    await publish(
        quiet, (SHENZHEN, "SAFETY_MANAGEMENT", material.certificate(person, firm, valid_to=GOOD_TO)),
        post(person, other, GUANGZHOU, "440100", post="OTHER"), (SHENZHEN, "RISK_FLAG", material.flag(firm)),
    )  # fmt: skip
    assert asked(await reviews(quiet, GUANGZHOU)) == [("RED_FLAG", *ATTENTION)]


@pytest.mark.parametrize("told", [
    {"post": "SPECIAL_OPERATOR"}, {"post": "OTHER"}, {"post": "PRINCIPAL", "endedOn": "2026-11-22"},
])  # fmt: skip
async def test_what_a_firm_did_follows_neither_its_operators_nor_who_left_it(
    quiet: Quiet, told: dict[str, str]
) -> None:
    person, firm, other = material.person(), material.firm(), material.firm("440100")
    await publish(
        quiet, post(person, firm, SHENZHEN, "440300", **told), post(person, other, GUANGZHOU, "440100"), listed(firm)
    )
    assert await reviews(quiet, GUANGZHOU) == []


async def test_a_post_that_does_not_need_the_certificate_leads_nowhere(quiet: Quiet) -> None:
    person, firm = material.person(), material.firm()
    await publish(
        quiet, post(person, firm, DONGGUAN, "441900", post="SPECIAL_OPERATOR"), site(firm), revoked(person, firm)
    )
    assert await reviews(quiet, GUANGZHOU) == []


async def test_a_holder_with_another_good_certificate_for_the_work_leaves_no_site_uncovered(quiet: Quiet) -> None:
    person, firm = material.person(), material.firm()
    another = material.certificate(person, firm, valid_to=GOOD_TO) | {"number": "粤安2026000077"}
    await publish(
        quiet, (SHENZHEN, "SAFETY_MANAGEMENT", another), post(person, firm, DONGGUAN, "441900"), site(firm),
        revoked(person, firm),
    )  # fmt: skip
    assert await reviews(quiet, GUANGZHOU) == []
    assert len(await reviews(quiet, DONGGUAN)) == 1


async def test_where_the_holder_is_appointed_and_the_firm_has_a_site_there_is_one_review(quiet: Quiet) -> None:
    person, firm = material.person(), material.firm()
    await publish(quiet, post(person, firm, GUANGZHOU, "440100"), site(firm), revoked(person, firm))
    (review,) = await reviews(quiet, GUANGZHOU)
    assert asked([review]) == [("CREDENTIAL_WITHDRAWN", "MUST", "FOR_FOLLOW_UP")]
    assert (review["path"], review["reason"].endswith("，另有 1 项")) == ([], True)


async def test_an_action_on_a_certificate_leads_to_the_sites_of_the_firm_and_a_lifted_one_does_not(
    quiet: Quiet,
) -> None:
    for lifted, wanted in ({}, [("CERTIFICATE_ACTION", *ATTENTION)]), ({"liftedOn": str(DAY), "liftReason": "误"}, []):
        person, firm = material.person(), material.firm()
        held = material.certificate(person, firm, valid_to=GOOD_TO)
        before = len(await reviews(quiet, GUANGZHOU))
        await publish(
            quiet, (DONGGUAN, "SAFETY_MANAGEMENT", held | {"region": "441900"}), post(person, firm, DONGGUAN, "441900"),
            (SHENZHEN, "CERTIFICATE_ACTION", material.action(person, held, certificateType="合格证", **lifted)),
            site(firm),
        )  # fmt: skip
        assert asked((await reviews(quiet, GUANGZHOU))[before:]) == wanted


async def test_a_tie_that_the_receiving_authority_may_not_see_leads_nowhere(quiet: Quiet) -> None:
    """Nanjing has no agreement with Shenzhen, whose appointment is the only tie; its own would do."""
    person, firm, other = material.person(), material.firm(), material.firm("320100")
    await publish(
        quiet, post(person, firm, SHENZHEN, "440300", post="PRINCIPAL"), post(person, other, NANJING, "320100"),
        listed(firm),
    )  # fmt: skip
    assert await reviews(quiet, NANJING) == []
    await publish(quiet, post(person, firm, NANJING, "320100", post="PRINCIPAL"))
    assert asked(await reviews(quiet, NANJING)) == [("DISHONESTY_LISTED", *ATTENTION)]


async def test_two_firms_that_share_their_staff_are_told_of_once_each_and_no_circle_is_run(quiet: Quiet) -> None:
    person, firm, other = material.person(), material.firm(), material.firm("440100")
    both = [
        post(person, firm, SHENZHEN, "440300", post="PRINCIPAL"),
        post(person, other, GUANGZHOU, "440100", post="PRINCIPAL"),
        site(other, DONGGUAN, "441900"),
    ]
    await publish(quiet, *both, listed(firm))
    assert asked(await reviews(quiet, GUANGZHOU)) == [("DISHONESTY_LISTED", *ATTENTION)]
    assert await reviews(quiet, DONGGUAN) == []  # a third step
