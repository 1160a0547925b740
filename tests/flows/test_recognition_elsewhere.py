"""What other records say of a certificate: every kind of flag on its firm, actions upon its holder, another issuer's
withdrawal, an exchange on transfer. What is information only blocks nothing."""

from typing import Any

import pytest
import pytest_asyncio

from schema.kinds import KINDS
from schema.record import Family, Kind
from tests.flows import material
from tests.flows.rules import publish_in_time
from tests.flows.samples import publish_sample, sent
from tests.flows.test_certificate_actions import CARD, PURPOSE
from tests.flows.test_recognition_cases import verdict

NANJING, SHANGHAI, SHENZHEN = "nj-bureau", "sh-bureau", "sz-bureau"
DAY = "2026-06-15"
Engineer = tuple[material.Person, material.Firm, dict[str, Any]]


def of_family(family: Family) -> list[Kind]:
    return [kind for kind in KINDS if kind.family is family]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rule(hub: Any) -> None:
    """Nanjing takes engineers of Shanghai against whom nothing stands."""
    terms = material.rule("AR-320100-0079", "3201") | {
        "kinds": ["ASSISTANT_SAFETY_ENGINEER"], "issuingPrefixes": ["31"], "validFrom": "2026-02-01",
        "validTo": "2026-07-01", "requiresNoAdverse": True,
    }  # fmt: skip
    await publish_in_time(hub, NANJING, terms)


async def engineer(ask: Any) -> Engineer:
    """An engineer of Shanghai, registered with a firm of Shenzhen."""
    person, firm = material.person(), material.firm()
    values = material.engineer(person, firm, region="310000") | {"validFrom": "2026-01-01", "validTo": "2031-01-01"}
    await material.publish(ask, SHANGHAI, "assistantSafetyEngineer", values)
    return person, firm, values


async def in_nanjing(ask: Any, values: dict[str, Any]) -> tuple[str, list[str]]:
    return await verdict(ask, NANJING, certificateNumber=values["number"], hostRegion="320100", on=DAY)


@pytest.mark.parametrize("kind", of_family(Family.ADVERSE), ids=lambda kind: kind.name)
async def test_every_kind_of_flag_is_an_adverse_record(ask: Any, rule: None, kind: Kind) -> None:
    person, firm, values = await engineer(ask)
    assert await in_nanjing(ask, values) == ("ACCEPTED", [])
    await publish_sample(ask, kind, sent(kind, firm, person))
    assert await in_nanjing(ask, values) == ("REFUSED", ["ADVERSE_RECORD"])


@pytest.mark.parametrize("kind", of_family(Family.INFORMATION), ids=lambda kind: kind.name)
async def test_information_blocks_nothing(ask: Any, rule: None, kind: Kind) -> None:
    person, firm, values = await engineer(ask)
    await publish_sample(ask, kind, sent(kind, firm, person))
    assert await in_nanjing(ask, values) == ("ACCEPTED", [])


async def test_an_action_upon_another_certificate_of_the_holder_is_an_adverse_record_until_lifted(
    ask: Any, rule: None
) -> None:
    person, firm, values = await engineer(ask)
    action = material.action(person, material.special_operation(person, firm))
    await material.publish(ask, SHENZHEN, "certificateAction", action)
    assert await in_nanjing(ask, values) == ("REFUSED", ["ADVERSE_RECORD"])
    lifted = {**action, "liftedOn": "2026-06-15", "liftReason": "复查合格"}
    await material.publish(ask, SHENZHEN, "certificateAction", lifted)
    assert await in_nanjing(ask, values) == ("ACCEPTED", [])


async def test_an_action_upon_a_colleague_s_certificate_is_none(ask: Any, rule: None) -> None:
    _, firm, values = await engineer(ask)
    colleague = material.person()
    action = material.action(colleague, material.special_operation(colleague, firm))
    await material.publish(ask, SHENZHEN, "certificateAction", {**action, "creditCode": firm.credit_code})
    assert await in_nanjing(ask, values) == ("ACCEPTED", [])


@pytest.mark.parametrize(
    ("specialty", "answer"),
    [("CHEMICAL", ("UNDETERMINED", ["STATE_UNKNOWN"])), ("CONSTRUCTION", ("ACCEPTED", []))],
)
async def test_another_issuer_s_withdrawal_contests_a_certificate_of_the_same_field_of_practice(
    ask: Any, rule: None, specialty: str, answer: tuple[str, list[str]]
) -> None:
    _, _, values = await engineer(ask)
    withdrawn = {**values, "region": "440300", "specialty": specialty, "reportedStatus": "REVOKED"}
    await material.publish(ask, SHENZHEN, "assistantSafetyEngineer", withdrawn)
    question = {"certificateNumber": values["number"], "hostRegion": "320100", "issuingRegion": "310000", "on": DAY}
    assert await verdict(ask, NANJING, **question) == answer


async def test_a_certificate_exchanged_on_transfer_is_shown_as_such_to_who_sees_the_new_one(ask: Any) -> None:
    person, firm = material.person(), material.firm("440000")
    old = material.construction(person, firm, region="440000") | {"validFrom": "2025-01-01", "validTo": "2027-12-31"}
    await material.publish(ask, "gd-housing", "constructionSafetyManager", old)
    new = {
        **old, "number": material.construction(person, firm)["number"], "operation": "TRANSFER_IN",
        "validFrom": "2026-02-01", "previousNumber": old["number"],
    }  # fmt: skip
    await material.publish(ask, "gd-housing", "constructionSafetyManager", new)
    found = [
        (await ask("gd-housing", CARD, purpose=PURPOSE, n=one["number"])).data["certificate"] for one in (old, new)
    ]
    assert [(one["status"], one["statusReason"]) for one in found] == [
        ("TRANSFERRED_OUT", "已办理转入换发新证"), ("VALID", "在有效期内"),
    ]  # fmt: skip
