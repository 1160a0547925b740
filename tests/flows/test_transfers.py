"""转出、转入: a construction manager's certificate goes from one province to another, and only once."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from tests.flows import material
from tests.flows.movers import (
    DATA,
    DECLINE,
    GUANGDONG,
    JIANGSU,
    PURPOSE,
    WITHDRAW,
    ZHEJIANG,
    Mover,
    codes,
    join,
    new_number,
    recognised,
)

LISTED = """query L($after: String) {{ {field}(first: 100, after: $after{more}) {{
  nodes {{ id state certificateNumber newCertificateId
    steps(first: 9) {{ nodes {{ state reason authority {{ id }} }} }} }}
  pageInfo {{ hasNextPage endCursor }} }} }}"""
EVENTS = "query E($after: String!) { events(first: 100, after: $after) { nodes { type recordId payload } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mover(hub: Any, ask: Any) -> Any:
    await join(hub)

    async def made(**changed: Any) -> Mover:
        return await Mover(ask).issue(**changed)

    return made


async def listed(ask: Any, slug: str, field: str, more: str = "") -> dict[str, Any]:
    """All transfers of a list, by id; page by page."""
    found: dict[str, Any] = {}
    after = None
    while True:
        page = (await ask(slug, LISTED.format(field=field, more=more), after=after)).data[field]
        found |= {node["id"]: node for node in page["nodes"]}
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def test_a_certificate_goes_to_another_province_with_its_remaining_term(mover: Any, ask: Any) -> None:
    moving = await mover(gender="MALE", firstIssuedOn="2022-01-01", jobTitle="SAFETY_MANAGER")
    transfer = await moving.sent()
    assert (await moving.card(GUANGDONG, moving.old_id))["status"] == "TRANSFERRING_OUT"
    told = await moving.data()
    assert (told["transferId"], told["status"], told["validTo"]) == (transfer, "TRANSFERRING_OUT", "2027-12-31")
    assert (told["name"], told["losingAuthority"]) == (moving.person.name, {"id": GUANGDONG})
    number = new_number()
    taken = await moving.take(transfer, number=number)
    assert (taken["userErrors"], taken["transfer"]["state"]) == ([], "IN")
    new = await moving.card(JIANGSU, taken["transfer"]["newCertificateId"])
    today = str(ask._hub.runtime.today())
    assert new == {
        "number": number, "status": "VALID", "reportedStatus": "VALID", "validFrom": today, "validTo": "2027-12-31",
        "operation": "TRANSFER_IN", "previousNumber": moving.old["number"], "previousIdentifier": None,
        "creditCode": moving.next.credit_code, "employerName": moving.next.name, "managerClass": "C3",
        "owner": {"id": JIANGSU},
    }  # fmt: skip
    old = await moving.card(GUANGDONG, moving.old_id)
    assert (old["status"], old["operation"], old["validTo"]) == ("CANCELLED", "CANCEL", "2027-12-31")


async def test_the_old_identifier_is_the_associated_one_of_the_new(mover: Any) -> None:
    identifier = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"
    moving = await mover(certificateIdentifier=identifier)
    transfer = await moving.sent()
    assert (await moving.data(certificateIdentifier=identifier))["transferId"] == transfer
    taken = await moving.take(transfer)
    new = await moving.card(JIANGSU, taken["transfer"]["newCertificateId"])
    assert new["previousIdentifier"] == identifier


async def test_the_losing_province_polls_whether_it_was_taken_in(mover: Any, ask: Any) -> None:
    moving = await mover()
    transfer = await moving.sent()
    assert (await listed(ask, GUANGDONG, "transfersOut", ", state: OUT"))[transfer]["state"] == "OUT"
    assert transfer in await listed(ask, JIANGSU, "transfersIn", ", state: OUT, isOverdue: false")
    taken = await moving.take(transfer)
    found = (await listed(ask, GUANGDONG, "transfersOut", ", state: IN"))[transfer]
    assert found["newCertificateId"] == taken["transfer"]["newCertificateId"]
    steps = [(one["state"], one["authority"]["id"]) for one in found["steps"]["nodes"]]
    assert steps == [("OUT", GUANGDONG), ("IN", JIANGSU)]
    assert transfer not in await listed(ask, GUANGDONG, "transfersOut", ", state: OUT")


async def test_a_transfer_withdrawn_in_time_leaves_the_certificate_as_it_was(mover: Any) -> None:
    moving = await mover()
    transfer = await moving.sent()
    ended = await moving.end(WITHDRAW, transfer, GUANGDONG)
    assert (ended["userErrors"], ended["transfer"]["state"]) == ([], "WITHDRAWN")
    card = await moving.card(GUANGDONG, moving.old_id)
    assert (card["status"], card["operation"], card["validTo"]) == ("VALID", "WITHDRAW_TRANSFER", "2027-12-31")
    assert codes(await moving.take(transfer)) == ["TRANSFER_STEP_INVALID"]
    assert await moving.data() is None
    assert (await moving.sent()) != transfer


async def test_a_transfer_declined_waits_for_its_issuer_to_withdraw_it(mover: Any) -> None:
    moving = await mover()
    transfer = await moving.sent()
    ended = await moving.end(DECLINE, transfer, JIANGSU, f"{moving.person.name}未到岗")
    assert (ended["userErrors"], ended["transfer"]["state"]) == ([], "DECLINED")
    assert (await moving.card(GUANGDONG, moving.old_id))["status"] == "TRANSFERRING_OUT"
    assert codes(await moving.take(transfer)) == ["TRANSFER_STEP_INVALID"]
    assert codes(await moving.out(ZHEJIANG)) == ["TRANSFER_PENDING"]
    assert (await moving.end(WITHDRAW, transfer, GUANGDONG))["transfer"]["state"] == "WITHDRAWN"
    assert (await moving.card(GUANGDONG, moving.old_id))["status"] == "VALID"


async def test_a_reason_is_kept_without_the_holder_s_name(mover: Any, ask: Any) -> None:
    moving = await mover()
    transfer = await moving.sent()
    assert codes(await moving.end(DECLINE, transfer, JIANGSU, " ")) == ["REASON_REQUIRED"]
    await moving.end(DECLINE, transfer, JIANGSU, f"{moving.person.name}（{moving.person.id_number}）未到岗")
    steps = (await listed(ask, GUANGDONG, "transfersOut", ", state: DECLINED"))[transfer]["steps"]["nodes"]
    assert moving.person.name not in str(steps)
    assert moving.person.id_number not in str(steps)


async def test_on_the_way_it_counts_nowhere_but_for_the_transfer_and_then_only_the_new_one(
    mover: Any, ask: Any
) -> None:
    moving = await mover()
    old, former, new = moving.old["number"], moving.firm.credit_code, moving.next.credit_code
    assert await recognised(ask, "gz-bureau", old, "440100", former) == ("ACCEPTED", [])
    transfer = await moving.sent()
    assert await recognised(ask, "gz-bureau", old, "440100", former) == ("REFUSED", ["STATE_TRANSFERRING_OUT"])
    assert await recognised(ask, "gz-bureau", old, "320100", new) == ("CONDITIONAL", [])
    number = new_number()
    assert codes(await moving.take(transfer, number=number)) == []
    assert await recognised(ask, "gz-bureau", old, "440100", former) == ("REFUSED", ["STATE_TRANSFERRED"])
    assert await recognised(ask, "gz-bureau", old, "320100", new) == ("REFUSED", ["STATE_TRANSFERRED"])
    assert await recognised(ask, JIANGSU, number, "320100", new) == ("ACCEPTED", [])


# What must not work


async def test_an_authority_that_was_not_named_sees_and_takes_nothing(mover: Any, ask: Any) -> None:
    moving = await mover()
    transfer = await moving.sent()
    assert await moving.data(by=ZHEJIANG) is None
    for slug in (ZHEJIANG, "sz-bureau"):
        assert codes(await moving.take(transfer, by=slug)) == ["NOT_FOUND"]
        assert codes(await moving.end(DECLINE, transfer, slug)) == ["NOT_FOUND"]
        assert codes(await moving.end(WITHDRAW, transfer, slug)) == ["NOT_FOUND"]
        for field in ("transfersOut", "transfersIn"):
            assert transfer not in await listed(ask, slug, field)
    assert codes(await moving.take(transfer, by=GUANGDONG)) == ["TRANSFER_STEP_INVALID"]
    assert codes(await moving.end(WITHDRAW, transfer, JIANGSU)) == ["TRANSFER_STEP_INVALID"]
    assert (await moving.card(GUANGDONG, moving.old_id))["status"] == "TRANSFERRING_OUT"


async def test_taken_in_twice_at_once_it_arrives_once(mover: Any, ask: Any) -> None:
    moving = await mover()
    transfer = await moving.sent()
    both = await asyncio.gather(moving.take(transfer), moving.take(transfer))
    assert sorted(tuple(codes(one)) for one in both) == [(), ("TRANSFER_STEP_INVALID",)]
    query = """query C($x: String!) { certificates(first: 9, kind: CONSTRUCTION_SAFETY_MANAGER, creditCode: $x) {
      nodes { id } } }"""
    found = (await ask(JIANGSU, query, x=moving.next.credit_code)).data["certificates"]["nodes"]
    assert len(found) == 1


async def test_set_out_twice_at_once_it_leaves_once(mover: Any) -> None:
    moving = await mover()
    both = await asyncio.gather(moving.out(JIANGSU), moving.out(ZHEJIANG))
    assert sorted(tuple(codes(one)) for one in both) == [(), ("TRANSFER_PENDING",)]


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"reportedStatus": "REVOKED", "operation": "CANCEL"}, "REVOKED"),
        ({"reportedStatus": "SUSPENDED", "operation": "SUSPEND"}, "SUSPENDED"),
        ({"reportedStatus": "CANCELLED", "operation": "CANCEL"}, "CANCELLED"),
        ({"validFrom": "2022-01-01", "validTo": "2025-01-01"}, "EXPIRED"),
    ],
)
async def test_what_does_not_hold_is_not_set_out(mover: Any, changed: dict[str, Any], state: str) -> None:
    moving = await mover()
    await moving.report(**changed)
    refused = await moving.out()
    assert codes(refused) == ["TRANSFER_NOT_POSSIBLE"]
    assert state in refused["userErrors"][0]["message"]


@pytest.mark.parametrize("changed", [
    {"reportedStatus": "REVOKED", "operation": "CANCEL"}, {"reportedStatus": "SUSPENDED", "operation": "SUSPEND"},
])  # fmt: skip
async def test_what_was_withdrawn_on_the_way_does_not_arrive(mover: Any, changed: dict[str, Any]) -> None:
    moving = await mover()
    transfer = await moving.sent()
    await moving.report(**changed)
    assert codes(await moving.take(transfer)) == ["TRANSFER_NOT_POSSIBLE"]
    assert (await moving.end(WITHDRAW, transfer, GUANGDONG))["transfer"]["state"] == "WITHDRAWN"
    assert (await moving.card(GUANGDONG, moving.old_id))["status"] == changed["reportedStatus"]


async def test_what_another_authority_did_to_a_certificate_keeps_it_from_leaving(mover: Any, ask: Any) -> None:
    """Of an authority Guangdong has no agreement with: it cannot see the action, and it counts all the same."""
    moving = await mover()
    action = material.action(moving.person, moving.old, "REVOKED", certificateType="建筑施工企业安管人员考核合格证书")
    await material.publish(ask, "sh-bureau", "certificateAction", action)
    refused = await moving.out()
    assert codes(refused) == ["TRANSFER_NOT_POSSIBLE"]
    assert "REVOKED" in refused["userErrors"][0]["message"]


VOID = "mutation V($x: RecordVoidInput!) { recordVoid(input: $x) { userErrors { code } } }"


async def test_a_certificate_voided_on_the_way_does_not_arrive_and_its_transfer_can_be_ended(
    mover: Any, ask: Any
) -> None:
    moving = await mover()
    transfer = await moving.sent()
    voided = await ask(GUANGDONG, VOID, x={"recordId": moving.old_id, "reason": "误报"})
    assert voided.data["recordVoid"]["userErrors"] == []
    assert codes(await moving.take(transfer)) == ["NOT_FOUND"]
    assert await moving.data() is None
    assert (await moving.end(WITHDRAW, transfer, GUANGDONG))["transfer"]["state"] == "WITHDRAWN"


async def test_a_holder_corrected_on_the_way_is_the_right_one_on_arrival(mover: Any, ask: Any) -> None:
    moving, right = await mover(), material.person()
    transfer = await moving.sent()
    query = "mutation C($x: PersonCorrectInput!) { personCorrect(input: $x) { userErrors { code } } }"
    values = {"previousIdNumber": moving.person.id_number, "idNumber": right.id_number, "reason": "录入差错"}
    corrected = await ask(GUANGDONG, query, purpose=PURPOSE, x=values)
    assert corrected.data["personCorrect"]["userErrors"] == []
    assert codes(await moving.take(transfer)) == ["TRANSFER_HOLDER_DIFFERS"]
    assert codes(await moving.take(transfer, idNumber=right.id_number)) == []


async def test_nothing_is_undone_after_the_end(mover: Any) -> None:
    moving = await mover()
    transfer = await moving.sent()
    taken = await moving.take(transfer)
    assert codes(await moving.end(WITHDRAW, transfer, GUANGDONG)) == ["TRANSFER_STEP_INVALID"]
    assert codes(await moving.end(DECLINE, transfer, JIANGSU)) == ["TRANSFER_STEP_INVALID"]
    assert codes(await moving.out()) == ["TRANSFER_NOT_POSSIBLE"]
    assert (await moving.card(GUANGDONG, moving.old_id))["status"] == "CANCELLED"
    assert (await moving.card(JIANGSU, taken["transfer"]["newCertificateId"]))["status"] == "VALID"


@pytest.mark.parametrize("end", ["2028-12-31", "2027-06-30"])
async def test_the_term_is_neither_prolonged_nor_cut(mover: Any, end: str) -> None:
    moving = await mover()
    transfer = await moving.sent()
    refused = await moving.take(transfer, validTo=end)
    assert codes(refused) == ["TRANSFER_TERM"]
    assert "2027-12-31" in refused["userErrors"][0]["message"]
    assert (await moving.take(transfer, validTo="2027-12-31"))["transfer"]["state"] == "IN"


async def test_another_person_or_a_number_in_use_does_not_get_the_certificate(mover: Any) -> None:
    other, moving = await mover(), await mover()
    transfer, first = await moving.sent(), await other.sent()
    assert codes(await moving.take(transfer, idNumber=other.person.id_number)) == ["TRANSFER_HOLDER_DIFFERS"]
    number = new_number()
    assert codes(await other.take(first, number=number)) == []
    assert codes(await moving.take(transfer, number=number)) == ["CERTIFICATE_NUMBER_TAKEN"]
    assert codes(await moving.take(transfer, number=moving.person.id_number)) == ["CERTIFICATE_NUMBER_INVALID"]
    assert codes(await moving.take(transfer, number=new_number(manager_class="A"))) == ["CERTIFICATE_NUMBER_INVALID"]
    assert (await moving.card(GUANGDONG, moving.old_id))["status"] == "TRANSFERRING_OUT"


async def test_it_goes_to_a_housing_authority_of_another_province_only(mover: Any, ask: Any) -> None:
    moving = await mover()
    for slug in ("nobody", "sh-bureau", "huadong-construction"):
        assert codes(await moving.out(slug)) == ["TRANSFER_RECEIVER_UNFIT"]
    assert codes(await moving.out(GUANGDONG)) == ["TRANSFER_SAME_PROVINCE"]
    assert codes(await moving.out(by=JIANGSU, to=ZHEJIANG)) == ["NOT_FOUND"]
    assert (await moving.card(GUANGDONG, moving.old_id))["status"] == "VALID"


async def test_the_data_need_a_purpose_and_leave_evidence(mover: Any, ask: Any) -> None:
    moving = await mover()
    await moving.sent()
    refused = await ask(JIANGSU, DATA, by={"number": moving.old["number"]})
    assert refused.codes == ["PURPOSE_REQUIRED"]
    told = await moving.data()
    assert told["idNumberMasked"] != moving.person.id_number
    query = "{ accessRecords(first: 1) { nodes { rootField purpose caseNumber persons } } }"
    (kept,) = (await ask(JIANGSU, query)).data["accessRecords"]["nodes"]
    assert (kept["rootField"], kept["purpose"], kept["caseNumber"]) == ("transferData", *PURPOSE)
    assert len(kept["persons"]) == 1


async def test_flags_and_actions_go_with_the_person_and_do_not_keep_it(mover: Any, ask: Any) -> None:
    moving = await mover()
    flag = {**material.flag(moving.firm), "region": "440300"}
    await material.publish(ask, "sz-bureau", "riskFlag", flag)
    other = material.special_operation(moving.person, moving.firm)
    await material.publish(ask, "sz-bureau", "certificateAction", material.action(moving.person, other, "SUSPENDED"))
    transfer = await moving.sent()
    told = await moving.data()
    assert (told["standingFlags"], told["standingActions"]) == (1, 1)
    assert codes(await moving.take(transfer)) == []


async def test_repeated_with_its_key_a_transfer_in_is_done_once(mover: Any, ask: Any) -> None:
    moving = await mover()
    transfer = await moving.sent()
    headers, number = {"Idempotency-Key": f"tr-{transfer}"}, new_number()
    first = await moving.take(transfer, headers=headers, number=number)
    again = await moving.take(transfer, headers=headers, number=number)
    assert again == first
    assert codes(again) == []
