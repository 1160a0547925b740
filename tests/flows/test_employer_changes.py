"""跨省变更受聘企业: one person's A, B and C certificates change the employer together, or none of them does."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from tests.flows import material
from tests.flows.movers import (
    AGREE,
    CARD,
    GUANGDONG,
    JIANGSU,
    PURPOSE,
    RECALL,
    REFUSE,
    REQUEST,
    ZHEJIANG,
    codes,
    held,
    join,
    new_number,
)

LISTED = """query L($state: TransferState) { transfersOut(first: 100, state: $state) {
  nodes { id changeId state employerCode employerName } } }"""


class Person:
    """Somebody with a certificate each of Guangdong (A), Zhejiang (B) and Jiangsu (C3), all at one firm."""

    def __init__(self, ask: Any) -> None:
        self.ask, self.person = ask, material.person()
        self.firm, self.next = material.firm("440000"), material.firm("320000")
        self.certificates: dict[str, dict[str, Any]] = {}
        self.ids: dict[str, str] = {}

    async def certified(self) -> "Person":
        """All three are issued."""
        for slug, manager_class in ((GUANGDONG, "A"), (ZHEJIANG, "B"), (JIANGSU, "C3")):
            made = held(self.person, self.firm, slug, manager_class)
            self.certificates[slug] = made
            self.ids[slug] = await material.publish(self.ask, slug, "constructionSafetyManager", made)
        return self

    async def request(self, by: str = JIANGSU, **changed: Any) -> Any:
        """Jiangsu asks: those of other provinces get a number of its own."""
        moving = [
            {"number": self.certificates[GUANGDONG]["number"], "newNumber": new_number(manager_class="A")},
            {"number": self.certificates[ZHEJIANG]["number"], "newNumber": new_number(manager_class="B")},
            {"number": self.certificates[JIANGSU]["number"]},
        ]
        values = {
            "idNumber": self.person.id_number, "formerEmployerCode": self.firm.credit_code,
            "employerCode": self.next.credit_code, "employerName": self.next.name, "certificates": moving, **changed,
        }  # fmt: skip
        return (await self.ask(by, REQUEST, x=values, purpose=PURPOSE)).data["done"]

    async def step(self, query: str, by: str, change: str, **values: Any) -> Any:
        """A step of one of the parties."""
        return (await self.ask(by, query, x={"changeId": change, **values})).data["done"]

    async def cards(self) -> dict[str, tuple[str, str]]:
        """State and employer of each certificate, as its issuer has it."""
        found = {}
        for slug, record in self.ids.items():
            card = (await self.ask(slug, CARD, id=record)).data["certificate"]
            found[slug] = (card["status"], card["creditCode"])
        return found

    @property
    def unchanged(self) -> dict[str, tuple[str, str]]:
        """As they were issued."""
        return dict.fromkeys(self.ids, ("VALID", self.firm.credit_code))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def person(hub: Any, ask: Any) -> Any:
    await join(hub)

    async def made() -> Person:
        return await Person(ask).certified()

    return made


async def test_with_the_last_agreement_all_certificates_change_at_once(person: Any, ask: Any) -> None:
    someone = await person()
    asked = await someone.request()
    assert (asked["userErrors"], [one["state"] for one in asked["certificates"]].count("AGREED")) == ([], 1)
    change = asked["changeId"]
    assert codes(await someone.step(AGREE, GUANGDONG, change)) == []
    assert await someone.cards() == someone.unchanged
    last = await someone.step(AGREE, ZHEJIANG, change)
    assert [(one["certificateNumber"], one["state"]) for one in last["certificates"]] == [
        (someone.certificates[ZHEJIANG]["number"], "IN")
    ]
    assert await someone.cards() == {
        GUANGDONG: ("CANCELLED", someone.firm.credit_code),
        ZHEJIANG: ("CANCELLED", someone.firm.credit_code),
        JIANGSU: ("VALID", someone.next.credit_code),
    }
    query = """query C($x: String!) { certificates(first: 9, kind: CONSTRUCTION_SAFETY_MANAGER, creditCode: $x) {
      nodes { managerClass validTo status previousNumber } } }"""
    nodes = (await ask(JIANGSU, query, x=someone.next.credit_code)).data["certificates"]["nodes"]
    assert sorted((one["managerClass"], one["validTo"], one["status"], one["previousNumber"]) for one in nodes) == [
        ("A", "2027-12-31", "VALID", someone.certificates[GUANGDONG]["number"]),
        ("B", "2027-12-31", "VALID", someone.certificates[ZHEJIANG]["number"]),
        ("C3", "2027-12-31", "VALID", None),
    ]


async def test_an_issuer_sees_what_it_is_asked_and_nothing_of_the_others(person: Any, ask: Any) -> None:
    someone = await person()
    change = (await someone.request())["changeId"]
    for slug, seen in ((GUANGDONG, 1), (ZHEJIANG, 1), ("gz-bureau", 0)):
        nodes = (await ask(slug, LISTED, state="REQUESTED")).data["transfersOut"]["nodes"]
        own = [one for one in nodes if one["changeId"] == change]
        assert len(own) == seen
        assert all(one["employerCode"] == someone.next.credit_code for one in own)
    assert codes(await someone.step(AGREE, "gz-bureau", change)) == ["NOT_FOUND"]
    assert codes(await someone.step(REFUSE, "gz-bureau", change, reason="x")) == ["NOT_FOUND"]


async def test_one_refusal_ends_the_whole_and_changes_nothing(person: Any) -> None:
    someone = await person()
    change = (await someone.request())["changeId"]
    assert codes(await someone.step(AGREE, GUANGDONG, change)) == []
    assert codes(await someone.step(REFUSE, ZHEJIANG, change, reason="")) == ["REASON_REQUIRED"]
    assert codes(await someone.step(REFUSE, ZHEJIANG, change, reason="未解除劳动关系")) == []
    assert codes(await someone.step(AGREE, ZHEJIANG, change)) == ["TRANSFER_STEP_INVALID"]
    assert codes(await someone.step(AGREE, GUANGDONG, change)) == ["TRANSFER_STEP_INVALID"]
    assert await someone.cards() == someone.unchanged
    assert codes(await someone.request()) == []


async def test_an_issuer_may_take_its_agreement_back_until_the_last_has_agreed(person: Any) -> None:
    someone = await person()
    change = (await someone.request())["changeId"]
    await someone.step(AGREE, GUANGDONG, change)
    assert codes(await someone.step(REFUSE, GUANGDONG, change, reason="查明有处罚未结")) == []
    assert codes(await someone.step(AGREE, ZHEJIANG, change)) == ["TRANSFER_STEP_INVALID"]
    assert await someone.cards() == someone.unchanged


async def test_the_requester_takes_its_request_back_and_nobody_after_the_end(person: Any) -> None:
    someone = await person()
    change = (await someone.request())["changeId"]
    assert codes(await someone.step(RECALL, GUANGDONG, change, reason="x")) == ["TRANSFER_STEP_INVALID"]
    assert codes(await someone.step(RECALL, JIANGSU, change, reason="持证人不来了")) == []
    assert codes(await someone.step(AGREE, GUANGDONG, change)) == ["TRANSFER_STEP_INVALID"]
    second = (await someone.request())["changeId"]
    for slug in (GUANGDONG, ZHEJIANG):
        await someone.step(AGREE, slug, second)
    assert codes(await someone.step(RECALL, JIANGSU, second, reason="x")) == ["TRANSFER_STEP_INVALID"]
    assert codes(await someone.step(REFUSE, GUANGDONG, second, reason="x")) == ["TRANSFER_STEP_INVALID"]


async def test_one_certificate_that_no_longer_holds_keeps_all_where_they_are(person: Any) -> None:
    """Guangdong agreed, then suspended its own: the last agreement is refused and not kept."""
    someone = await person()
    change = (await someone.request())["changeId"]
    await someone.step(AGREE, GUANGDONG, change)
    suspended = {**someone.certificates[GUANGDONG], "reportedStatus": "SUSPENDED", "operation": "SUSPEND"}
    await material.publish(someone.ask, GUANGDONG, "constructionSafetyManager", suspended)
    assert codes(await someone.step(AGREE, ZHEJIANG, change)) == ["TRANSFER_NOT_POSSIBLE"]
    assert await someone.cards() == {**someone.unchanged, GUANGDONG: ("SUSPENDED", someone.firm.credit_code)}
    returned = {**someone.certificates[GUANGDONG], "operation": "RETURN"}
    await material.publish(someone.ask, GUANGDONG, "constructionSafetyManager", returned)
    assert codes(await someone.step(AGREE, ZHEJIANG, change)) == []
    assert (await someone.cards())[GUANGDONG] == ("CANCELLED", someone.firm.credit_code)


async def test_a_certificate_issued_meanwhile_is_not_left_behind(person: Any) -> None:
    someone = await person()
    change = (await someone.request())["changeId"]
    await someone.step(AGREE, GUANGDONG, change)
    later = held(someone.person, someone.firm, ZHEJIANG, "C1")
    await material.publish(someone.ask, ZHEJIANG, "constructionSafetyManager", later)
    assert codes(await someone.step(AGREE, ZHEJIANG, change)) == ["EMPLOYER_CHANGE_INCOMPLETE"]
    assert await someone.cards() == someone.unchanged


async def test_what_is_asked_for_already_is_not_asked_for_again(person: Any) -> None:
    someone = await person()
    both = await asyncio.gather(someone.request(), someone.request())
    assert sorted(tuple(codes(one)) for one in both) == [(), ("TRANSFER_PENDING",)]


async def test_two_last_agreements_at_once_end_in_one_change(person: Any) -> None:
    someone = await person()
    change = (await someone.request())["changeId"]
    answers = await asyncio.gather(*(someone.step(AGREE, slug, change) for slug in (GUANGDONG, ZHEJIANG)))
    assert [codes(one) for one in answers] == [[], []]
    assert [status for status, _ in (await someone.cards()).values()] == ["CANCELLED", "CANCELLED", "VALID"]


async def test_all_certificates_at_the_former_employer_have_to_be_named(person: Any) -> None:
    someone = await person()
    first = [{"number": someone.certificates[GUANGDONG]["number"], "newNumber": new_number(manager_class="A")}]
    refused = await someone.request(certificates=first)
    assert codes(refused) == ["EMPLOYER_CHANGE_INCOMPLETE"]
    assert "2 本" in refused["userErrors"][0]["message"]
    assert someone.certificates[ZHEJIANG]["number"] not in str(refused)


@pytest.mark.parametrize("what", ["person", "firm", "number"])
async def test_who_does_not_know_the_certificates_learns_nothing(person: Any, ask: Any, what: str) -> None:
    someone, stranger = await person(), await person()
    changed: dict[str, Any] = {
        "person": {"idNumber": stranger.person.id_number},
        "firm": {"formerEmployerCode": stranger.firm.credit_code},
        "number": {"certificates": [{"number": stranger.certificates[GUANGDONG]["number"], "newNumber": new_number()}]},
    }[what]
    assert codes(await someone.request(**changed)) == ["NOT_FOUND"]
    query = "{ accessRecords(first: 1) { nodes { rootField persons } } }"
    (kept,) = (await ask(JIANGSU, query)).data["accessRecords"]["nodes"]
    assert kept == {"rootField": "employerChangeRequest", "persons": []}


async def test_numbers_are_given_to_those_that_leave_their_province_and_to_no_other(person: Any) -> None:
    someone = await person()
    numbers = {slug: made["number"] for slug, made in someone.certificates.items()}
    moving = [
        {"number": numbers[GUANGDONG], "newNumber": new_number(manager_class="A")},
        {"number": numbers[ZHEJIANG], "newNumber": new_number(manager_class="B")},
    ]
    missing = [moving[0], {"number": numbers[ZHEJIANG]}, {"number": numbers[JIANGSU]}]
    assert codes(await someone.request(certificates=missing)) == ["FIELD_REQUIRED"]
    extra = [*moving, {"number": numbers[JIANGSU], "newNumber": new_number()}]
    assert codes(await someone.request(certificates=extra)) == ["VALUES_CONTRADICT"]
    wrong = [{**moving[0], "newNumber": new_number(manager_class="B")}, moving[1], {"number": numbers[JIANGSU]}]
    assert codes(await someone.request(certificates=wrong)) == ["CERTIFICATE_NUMBER_INVALID"]
    taken = [{**moving[0], "newNumber": numbers[JIANGSU]}, moving[1], {"number": numbers[JIANGSU]}]
    assert codes(await someone.request(certificates=taken)) == ["CERTIFICATE_NUMBER_INVALID"]


async def test_only_a_housing_authority_asks_and_for_another_employer(person: Any, ask: Any) -> None:
    someone = await person()
    assert codes(await someone.request(by="gz-bureau")) == ["TRANSFER_RECEIVER_UNFIT"]
    assert codes(await someone.request(employerCode=someone.firm.credit_code)) == ["EMPLOYER_UNCHANGED"]
    values = {"changeId": "x"}
    assert (await ask("huadong-construction", AGREE, x=values)).codes == ["FORBIDDEN"]


async def test_a_certificate_promised_to_another_province_is_not_agreed_to(person: Any, ask: Any) -> None:
    someone = await person()
    change = (await someone.request())["changeId"]
    out = """mutation M($x: TransferOutInput!) { transferOut(input: $x) { userErrors { code } } }"""
    values = {"certificateId": someone.ids[GUANGDONG], "authorityId": ZHEJIANG}
    assert (await ask(GUANGDONG, out, x=values)).data["transferOut"]["userErrors"] == []
    assert codes(await someone.step(AGREE, GUANGDONG, change)) == ["TRANSFER_PENDING"]
