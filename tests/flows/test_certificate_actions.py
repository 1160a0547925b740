"""Story, a certificate acted upon by a city that did not issue it: it counts nowhere, and where its holder works a
review opens; lifting the action restores both."""

from datetime import timedelta
from typing import Any

import pytest

from tests.flows import material

DONGGUAN, GUANGZHOU, SHENZHEN, SHANGHAI = "dg-bureau", "gz-bureau", "sz-bureau", "sh-bureau"
PURPOSE = ("上岗核验", "DEM-CA-1")
RECOGNISE = "query Q($i: RecognitionInput!) { recognition(input: $i) { verdict reasons } }"
CARD = "query C($n: String!) { certificate(by: {number: $n}) { status statusReason reportedStatus } }"
REVIEWS = """query P($n: String!) { person(by: {idNumber: $n}) { reviews(first: 9) { nodes {
  rule reason causeLiftedOn causeAuthority { id } certificateAction { measure decisionNumber } } } } }"""
EVENTS = """query E($c: String!) { events(first: 99, creditCode: $c, types: ["adverseAction.imposed",
  "adverseAction.lifted"]) { nodes { type subject recordId payload } } }"""
LIFTING = {"liftedOn": "2026-06-01", "liftReason": "复查合格"}


class Case:
    """A special operator of Shenzhen, who works in Dongguan."""

    def __init__(self, ask: Any, hub: Any) -> None:
        self.ask, self.hub = ask, hub
        self.person, self.firm = material.person(), material.firm()
        self.certificate = material.special_operation(self.person, self.firm)

    async def issue(self, **changed: Any) -> None:
        self.certificate = {**self.certificate, **changed}
        await material.publish(self.ask, SHENZHEN, "specialOperation", self.certificate)

    async def appoint(self, slug: str = DONGGUAN, region: str = "441900") -> None:
        appointment = material.appointment(self.person, self.firm, region)
        await material.publish(self.ask, slug, "appointment", appointment)

    def action(self, measure: str = "REVOKED", **changed: Any) -> dict[str, Any]:
        return material.action(self.person, self.certificate, measure, **changed)

    async def impose(self, action: dict[str, Any], slug: str = GUANGZHOU) -> str:
        return await material.publish(self.ask, slug, "certificateAction", action)

    async def verdict(self, **told: Any) -> tuple[str, list[str]]:
        question = {"certificateNumber": self.certificate["number"], "hostRegion": "441900", **told}
        found = (await self.ask(DONGGUAN, RECOGNISE, purpose=PURPOSE, i=question)).data["recognition"]
        return found["verdict"], found["reasons"]

    async def card(self, slug: str = DONGGUAN) -> tuple[str, str]:
        found = (await self.ask(slug, CARD, purpose=PURPOSE, n=self.certificate["number"])).data["certificate"]
        return found["status"], found["statusReason"]

    async def reviews(self, slug: str = DONGGUAN) -> list[dict[str, Any]]:
        await self.hub.runtime.settle()
        found = (await self.ask(slug, REVIEWS, purpose=PURPOSE, n=self.person.id_number)).data["person"]
        nodes: list[dict[str, Any]] = found["reviews"]["nodes"] if found else []
        return nodes


@pytest.fixture
def case(ask: Any, hub: Any) -> Case:
    """Nothing published yet."""
    return Case(ask, hub)


async def test_a_revocation_by_another_city_refuses_the_certificate_everywhere_until_it_is_lifted(case: Case) -> None:
    await case.issue()
    assert await case.verdict() == ("ACCEPTED", [])
    action = case.action()
    await case.impose(action)
    assert await case.verdict() == ("REFUSED", ["ACTION_REVOKED"])
    await case.impose({**action, **LIFTING})
    assert await case.verdict() == ("ACCEPTED", [])
    assert await case.verdict(on="2026-05-31") == ("REFUSED", ["ACTION_REVOKED"])


async def test_where_the_holder_works_a_review_opens_and_learns_of_the_lifting(case: Case) -> None:
    await case.issue()
    await case.appoint()
    action = case.action()
    await case.impose(action)
    reason = f"广州市决定吊销其证书（{action['decisionNumber']}）；本地任职：安全生产管理人员"
    cause = {"measure": "REVOKED", "decisionNumber": action["decisionNumber"]}
    told = {
        "rule": "CERTIFICATE_ACTION", "reason": reason, "causeAuthority": {"id": GUANGZHOU}, "certificateAction": cause,
    }  # fmt: skip
    assert await case.reviews() == [{**told, "causeLiftedOn": None}]
    await case.impose(action)
    assert len(await case.reviews()) == 1
    await case.impose({**action, **LIFTING})
    assert await case.reviews() == [{**told, "causeLiftedOn": "2026-06-01"}]


async def test_whoever_is_appointed_later_is_reviewed_for_an_action_that_stands(case: Case) -> None:
    await case.issue()
    await case.impose(case.action("SUSPENDED"))
    await case.appoint()
    assert [one["rule"] for one in await case.reviews()] == ["CERTIFICATE_ACTION"]


async def test_an_action_lifted_before_the_appointment_opens_no_review(case: Case) -> None:
    await case.issue()
    action = case.action()
    await case.impose(action)
    await case.impose({**action, **LIFTING})
    await case.appoint()
    assert await case.reviews() == []


async def test_the_city_that_acted_reviews_nothing_of_its_own(case: Case) -> None:
    await case.issue()
    await case.appoint(GUANGZHOU, "440100")
    await case.impose(case.action())
    assert await case.reviews(GUANGZHOU) == []


async def test_of_a_day_before_it_was_rescinded_a_certificate_was_none_either(case: Case) -> None:
    await case.issue()
    decided = case.action("RESCINDED")
    await case.impose(decided)
    query = "query C($n: String!, $on: Date!) { certificate(by: {number: $n}, asOf: $on) { status } }"

    async def on(day: str) -> str:
        number = case.certificate["number"]
        found = (await case.ask(DONGGUAN, query, purpose=PURPOSE, n=number, on=day)).data["certificate"]
        status: str = found["status"]
        return status

    assert [await on(day) for day in ("2026-02-28", "2026-03-01")] == ["RESCINDED", "RESCINDED"]
    await case.impose({**decided, **LIFTING})
    assert [await on(day) for day in ("2026-02-28", "2026-05-31", "2026-06-01")] == ["RESCINDED", "RESCINDED", "VALID"]


async def test_events_tell_of_an_action_by_ids_and_nobody_is_named(case: Case) -> None:
    await case.issue()
    action = case.action("RESCINDED", creditCode=case.firm.credit_code)
    record = await case.impose(action)
    await case.impose({**action, **LIFTING})
    await case.hub.runtime.settle()
    found = (await case.ask(DONGGUAN, EVENTS, c=case.firm.credit_code)).data["events"]["nodes"]
    told = [(one["recordId"], one["type"], one["payload"]["measure"], one["payload"].get("liftedOn")) for one in found]
    assert told == [
        (record, "adverseAction.imposed", "RESCINDED", None),
        (record, "adverseAction.lifted", "RESCINDED", "2026-06-01"),
    ]
    secrets = (case.person.name, case.person.id_number, action["cause"])
    assert [secret for secret in secrets if secret in str(found)] == []


@pytest.mark.parametrize(
    ("slug", "measure", "told", "answer"),
    [
        (SHENZHEN, "SUSPENDED", {}, ("REFUSED", ["ACTION_SUSPENDED"])),
        (GUANGZHOU, "SUSPENDED", {}, ("UNDETERMINED", ["ACTION_CONTESTED"])),
        (SHENZHEN, "SUSPENDED", {"suspendedTo": "2026-04-30"}, ("UNDETERMINED", ["ACTION_UNCLEAR"])),
        (GUANGZHOU, "RESCINDED", {}, ("REFUSED", ["ACTION_RESCINDED"])),
        (GUANGZHOU, "REVOKED", {"effectiveOn": "2031-01-01"}, ("ACCEPTED", [])),
        (GUANGZHOU, "RESCINDED", {"effectiveOn": "2031-01-01"}, ("REFUSED", ["ACTION_RESCINDED"])),
    ],
)
async def test_an_action_counts_by_its_measure_its_day_and_who_decided_it(
    case: Case, slug: str, measure: str, told: dict[str, str], answer: tuple[str, list[str]]
) -> None:
    await case.issue()
    await case.impose(case.action(measure, **told), slug)
    assert await case.verdict() == answer


async def test_an_action_upon_the_same_number_of_somebody_else_changes_nothing(case: Case) -> None:
    await case.issue()
    stranger = material.person()
    await case.impose({**case.action(), "name": stranger.name, "idNumber": stranger.id_number})
    assert await case.verdict() == ("ACCEPTED", [])


async def test_a_certificate_issued_after_the_bar_ran_out_counts_and_before_it_does_not(case: Case) -> None:
    await case.issue(validFrom="2026-09-01", firstIssuedOn="2026-09-01")
    await case.impose(case.action(decidedOn="2023-08-31", barredTo="2026-09-01"))
    assert await case.verdict() == ("REFUSED", ["ACTION_REVOKED"])
    await case.issue(validFrom="2026-09-02", firstIssuedOn="2026-09-02")
    assert await case.verdict() == ("ACCEPTED", [])


async def test_a_certificate_first_issued_after_an_action_without_a_bar_is_left_open(case: Case) -> None:
    await case.issue(validFrom="2026-04-01", firstIssuedOn="2026-04-01")
    await case.impose(case.action())
    assert await case.verdict() == ("UNDETERMINED", ["ACTION_UNCLEAR"])


async def test_the_state_of_a_certificate_is_what_was_done_to_it(case: Case) -> None:
    await case.issue()
    action = case.action("SUSPENDED")
    await case.impose(action)
    assert await case.card() == ("SUSPENDED", f"处理决定 {action['decisionNumber']} 自 2026-03-01 起暂扣")
    await case.impose({**action, **LIFTING})
    assert await case.card() == ("VALID", "在有效期内")


async def test_the_worst_of_several_actions_is_shown(case: Case) -> None:
    await case.issue()
    await case.impose(case.action("SUSPENDED"))
    revocation = case.action("REVOKED")
    await case.impose(revocation, SHENZHEN)
    assert await case.card() == ("REVOKED", f"处理决定 {revocation['decisionNumber']} 自 2026-03-01 起吊销")


async def test_a_repetition_without_the_day_of_lifting_does_not_impose_the_action_again(case: Case, ask: Any) -> None:
    await case.issue()
    action = case.action()
    await case.impose({**action, **LIFTING})
    answer = (await ask(GUANGZHOU, material.publishing("certificateAction"), input=action)).data
    assert [one["code"] for one in answer["certificateActionPublish"]["userErrors"]] == ["FLAG_LIFTED"]
    assert await case.verdict() == ("ACCEPTED", [])


async def test_another_certificate_that_was_revoked_does_not_fill_the_gap_of_one_that_ended(
    case: Case, hub: Any
) -> None:
    yesterday = hub.runtime.today() - timedelta(days=1)
    await case.appoint()
    engineer = material.engineer(case.person, case.firm)
    good = {**engineer, "validFrom": "2026-01-01", "validTo": "2031-01-01"}
    ended = {**material.engineer(case.person, case.firm), "validTo": yesterday.isoformat()}
    await material.publish(case.ask, SHANGHAI, "assistantSafetyEngineer", {**good, "region": "310000"})
    revoked = {**case.action(), "number": good["number"], "certificateType": "初级注册安全工程师注册证"}
    await case.impose(revoked)
    await material.publish(case.ask, SHENZHEN, "assistantSafetyEngineer", ended)
    day = hub.runtime.today().isoformat()
    await case.ask("operator", "mutation R($d: Date!) { clockRun(day: $d) { expired } }", d=day)
    assert sorted(one["rule"] for one in await case.reviews()) == ["CERTIFICATE_ACTION", "CREDENTIAL_EXPIRED"]


@pytest.mark.parametrize(("other", "rules"), [("CHEMICAL", []), ("CONSTRUCTION", ["CREDENTIAL_EXPIRED"])])
async def test_an_engineer_s_certificate_of_another_field_of_practice_leaves_the_gap(
    case: Case, hub: Any, other: str, rules: list[str]
) -> None:
    yesterday = hub.runtime.today() - timedelta(days=1)
    await case.appoint()
    good = {**material.engineer(case.person, case.firm), "validTo": "2031-01-01", "specialty": other}
    ended = {**material.engineer(case.person, case.firm), "validTo": yesterday.isoformat(), "specialty": "CHEMICAL"}
    for one in (good, ended):
        await material.publish(case.ask, SHENZHEN, "assistantSafetyEngineer", one)
    day = hub.runtime.today().isoformat()
    await case.ask("operator", "mutation R($d: Date!) { clockRun(day: $d) { expired } }", d=day)
    assert [one["rule"] for one in await case.reviews()] == rules
