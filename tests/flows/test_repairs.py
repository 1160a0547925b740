"""信用修复: the firm asks, the record's authority decides, everybody who was told of the flag is told of its end."""

import uuid
from typing import Any

from exchange.demo.cast import ENTERPRISE
from tenants.session import acting
from tests.flows import material
from tests.flows.material import Firm, publish
from tests.flows.neighbours import caller

SHENZHEN, GUANGZHOU, FIRM = "sz-bureau", "gz-bureau", "huadong-construction"
OWN = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
_SELECTED = "repair { id state dueOn version flag { id } } userErrors { code field message }"
REQUEST = f"mutation R($x: RepairRequestInput!) {{ repairRequest(input: $x) {{ {_SELECTED} }} }}"
DECIDE = f"mutation D($x: RepairDecideInput!) {{ repairDecide(input: $x) {{ {_SELECTED} }} }}"
REVOKE = f"mutation V($x: RepairRevokeInput!) {{ repairRevoke(input: $x) {{ {_SELECTED} }} }}"
FLAG = "query F($id: ID!) { riskFlag(id: $id) { isCurrent liftedOn } }"
EVENTS = (
    "query E($after: String!) { events(first: 100, after: $after) { nodes { type recordId owner { id } payload } } }"
)


def penalty(**changed: Any) -> dict[str, Any]:
    """PENALTY"""
    return {"creditCode": OWN.credit_code, "name": OWN.name, "region": OWN.region, "penaltyType": "FINE",
            "fineAmount": 50000, "cause": "未如实记录培训", "legalBasis": "《安全生产法》第九十七条",
            "decisionNumber": material.number(), "decidedOn": "2024-03-01", **changed}  # fmt: skip


async def request(ask: Any, record: str, **changed: Any) -> Any:
    values = {"riskFlagId": record, "materials": "罚款已缴，已整改", "commitment": "如实记录培训", **changed}
    return (await ask(FIRM, REQUEST, x=values)).data["repairRequest"]


async def decide(ask: Any, repair: Any, outcome: str, **changed: Any) -> Any:
    values = {"repairId": repair["id"], "outcome": outcome, "reason": "材料属实", "expectedVersion": repair["version"]}
    return (await ask(SHENZHEN, DECIDE, x={**values, **changed})).data["repairDecide"]


async def asked(ask: Any) -> tuple[str, Any]:
    """A penalty of the firm and its request for repair."""
    record = await publish(ask, SHENZHEN, "penalty", penalty())
    made = await request(ask, record)
    assert made["userErrors"] == []
    return record, made["repair"]


def codes(answer: Any) -> list[tuple[str, list[str]]]:
    return [(one["code"], one["field"]) for one in answer["userErrors"]]


def _of_record(heard: Any, record: str) -> list[str]:
    """What was told of it, but for what is told to who asked about the firm at a gate before (test_past_askers.py)."""
    return [one["type"] for one in heard if one["recordId"] == record and one["type"] != "answer.changed"]


async def test_an_accepted_repair_lifts_the_record_and_every_step_is_told_to_both_and_to_nobody_else(
    ask: Any, hub: Any
) -> None:
    await hub.runtime.settle()
    start = f"seq:{hub.runtime.signal.position}"
    record, repair = await asked(ask)
    assert (repair["state"], repair["version"], repair["flag"]) == ("REQUESTED", 1, {"id": record})
    decided = await decide(ask, repair, "ACCEPTED")
    assert (decided["repair"]["state"], decided["repair"]["version"]) == ("ACCEPTED", 2)
    flag = (await ask(GUANGZHOU, FLAG, id=record)).data["riskFlag"]
    assert flag == {"isCurrent": False, "liftedOn": str(hub.runtime.today())}
    await hub.runtime.settle()
    for slug in (SHENZHEN, FIRM):
        told = (await ask(slug, EVENTS, after=start)).data["events"]["nodes"]
        assert [one["type"] for one in told if one["recordId"] == record] == [
            "riskFlag.raised", "repair.requested", "riskFlag.lifted", "repair.decided",
        ]  # fmt: skip
        assert "罚款已缴" not in str(told)
    heard = (await ask(GUANGZHOU, EVENTS, after=start)).data["events"]["nodes"]
    assert _of_record(heard, record) == ["riskFlag.raised", "riskFlag.lifted"]


async def test_a_refused_repair_leaves_the_record_and_may_be_asked_again(ask: Any) -> None:
    record, repair = await asked(ask)
    assert codes(await request(ask, record)) == [("REPAIR_PENDING", ["input", "riskFlagId"])]
    decided = await decide(ask, repair, "REFUSED", reason="整改未完成")
    assert decided["repair"]["state"] == "REFUSED"
    assert (await ask(GUANGZHOU, FLAG, id=record)).data["riskFlag"]["isCurrent"] is True
    assert (await request(ask, record))["repair"]["state"] == "REQUESTED"


async def test_a_repair_before_its_day_is_refused_with_the_day(ask: Any) -> None:
    record = await publish(ask, SHENZHEN, "penalty", penalty(decidedOn="2026-10-01"))
    refused = await request(ask, record)
    assert codes(refused) == [("REPAIR_TOO_EARLY", ["input", "riskFlagId"])]
    assert refused["userErrors"][0]["message"] == "该记录自 2027-10-01 起方可申请信用修复"


async def test_a_record_that_ends_otherwise_is_not_repaired(ask: Any) -> None:
    record = await publish(ask, SHENZHEN, "riskFlag", material.flag(OWN))
    assert codes(await request(ask, record)) == [("REPAIR_NOT_PROVIDED", ["input", "riskFlagId"])]


async def test_a_firm_repairs_its_own_records_only(ask: Any) -> None:
    record = await publish(ask, SHENZHEN, "riskFlag", material.flag(material.firm()))
    assert codes(await request(ask, record)) == [("NOT_FOUND", ["input", "riskFlagId"])]


async def test_a_repair_without_materials_or_reason_is_refused(ask: Any) -> None:
    record, repair = await asked(ask)
    assert codes(await request(ask, record, materials=" ")) == [("REASON_REQUIRED", ["input", "materials"])]
    too_long = await request(ask, record, commitment="诺" * 2001)
    assert codes(too_long) == [("FIELD_UNREADABLE", ["input", "commitment"])]
    assert codes(await decide(ask, repair, "ACCEPTED", reason="")) == [("REASON_REQUIRED", ["input", "reason"])]
    assert (await ask(GUANGZHOU, FLAG, id=record)).data["riskFlag"]["isCurrent"] is True


async def test_two_officers_deciding_end_in_one_decision(ask: Any) -> None:
    _, repair = await asked(ask)
    await decide(ask, repair, "REFUSED")
    assert codes(await decide(ask, repair, "ACCEPTED")) == [("VERSION_CONFLICT", ["input", "expectedVersion"])]
    assert codes(await decide(ask, {**repair, "version": 2}, "ACCEPTED")) == [("REPAIR_STATE", ["input", "repairId"])]


async def test_a_repair_that_rested_on_false_statements_is_revoked_and_all_are_told_again(ask: Any, hub: Any) -> None:
    record, repair = await asked(ask)
    accepted = (await decide(ask, repair, "ACCEPTED"))["repair"]
    await hub.runtime.settle()
    start = f"seq:{hub.runtime.signal.position}"
    values = {"repairId": repair["id"], "reason": "陈述不实", "expectedVersion": accepted["version"]}
    revoked = (await ask(SHENZHEN, REVOKE, x=values)).data["repairRevoke"]
    assert (revoked["userErrors"], revoked["repair"]["state"]) == ([], "REVOKED")
    assert (await ask(GUANGZHOU, FLAG, id=record)).data["riskFlag"] == {"isCurrent": True, "liftedOn": None}
    await hub.runtime.settle()
    heard = (await ask(GUANGZHOU, EVENTS, after=start)).data["events"]["nodes"]
    assert _of_record(heard, record) == ["riskFlag.raised"]


async def test_a_record_that_had_ended_otherwise_does_not_come_back_with_a_revoked_repair(ask: Any) -> None:
    record, repair = await asked(ask)
    lift = "mutation L($x: RiskFlagLiftInput!) { riskFlagLift(input: $x) { userErrors { code } } }"
    lifted = await ask(SHENZHEN, lift, x={"riskFlagId": record, "reason": "复议撤销"})
    assert lifted.data["riskFlagLift"]["userErrors"] == []
    accepted = (await decide(ask, repair, "ACCEPTED"))["repair"]
    values = {"repairId": repair["id"], "reason": "陈述不实", "expectedVersion": accepted["version"]}
    assert (await ask(SHENZHEN, REVOKE, x=values)).data["repairRevoke"]["userErrors"] == []
    assert (await ask(GUANGZHOU, FLAG, id=record)).data["riskFlag"]["isCurrent"] is False


async def test_a_repair_never_lifts_the_record_of_another_firm(ask: Any) -> None:
    """Asked for by the firm the record named by mistake, decided once it names the right one."""
    values, right = penalty(), material.firm()
    record = await publish(ask, SHENZHEN, "penalty", values)
    repair = (await request(ask, record))["repair"]
    query = """mutation C($x: PenaltyInput!, $r: ReportInput!) {
      penaltyPublish(input: $x, report: $r) { recordId userErrors { code field } } }"""
    report = {"kind": "CORRECTION", "recordId": record, "reason": "信用代码录错"}
    corrected = {**values, "creditCode": right.credit_code, "name": right.name}
    moved = (await ask(SHENZHEN, query, x=corrected, r=report)).data["penaltyPublish"]
    assert moved == {"recordId": record, "userErrors": []}
    assert (await decide(ask, repair, "ACCEPTED"))["repair"]["state"] == "ACCEPTED"
    assert (await ask(SHENZHEN, FLAG, id=record)).data["riskFlag"] == {"isCurrent": True, "liftedOn": None}


async def test_a_repair_is_decided_by_nobody_else_even_by_direct_sql(ask: Any, hub: Any) -> None:
    _, repair = await asked(ask)
    statement = """update repair_request set state = 'ACCEPTED', decision_reason = 'x', decided_on = current_date
      where repair_id = $1 returning 1"""
    for slug in (FIRM, GUANGZHOU):
        async with acting(hub.database.pool, caller(hub, slug)) as connection:
            assert await connection.fetch(statement, uuid.UUID(repair["id"])) == []
    assert (await decide(ask, repair, "REFUSED"))["repair"]["state"] == "REFUSED"


async def test_a_repair_is_read_by_the_firm_and_the_authority_of_the_record_alone(ask: Any) -> None:
    record, repair = await asked(ask)
    listed = "{ repairs(first: 1) { nodes { id materials isOverdue authority { id } flag { id } } } }"
    for slug in (FIRM, SHENZHEN):
        (found,) = (await ask(slug, listed)).data["repairs"]["nodes"]
        assert found == {
            "id": repair["id"], "materials": "罚款已缴，已整改", "isOverdue": False, "authority": {"id": SHENZHEN},
            "flag": {"id": record},
        }  # fmt: skip
    assert (await ask(GUANGZHOU, listed)).data["repairs"]["nodes"] == []
