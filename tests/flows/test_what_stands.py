"""What already stands is not undone by an ordinary row: it comes back to its sender, and nothing is stored."""

import asyncio
from typing import Any

import asyncpg
import orjson
import pytest

from exchange.demo.client import until
from exchange.publishing.admission import admit
from exchange.publishing.publish import Publication, Report, publish
from schema.errors import Refusal
from schema.kinds import BY_NAME
from schema.record import Record, parse
from tenants.caller import caller_for
from tenants.session import acting
from tests.flows import material

CERTIFICATE = "query C($id: ID!) { certificate(by: {id: $id}) { reportedStatus version } }"
IMPORTED = "application/x-ndjson"


def operator_certificate(**changed: Any) -> dict[str, Any]:
    person, firm = material.person(), material.firm()
    return {**material.special_operation(person, firm), **changed}


async def publication(ask: Any, kind: str, values: dict[str, Any], slug: str = "sz-bureau") -> dict[str, Any]:
    answer = (await ask(slug, material.publishing(kind), input=values)).data[f"{kind}Publish"]
    found: dict[str, Any] = answer
    return found


async def test_a_revoked_certificate_sent_as_valid_again_comes_back_and_stays_revoked(ask: Any, hub: Any) -> None:
    good = operator_certificate()
    record_id = await material.publish(ask, "sz-bureau", "specialOperation", {**good, "reportedStatus": "REVOKED"})
    await hub.runtime.settle()
    events = "query E($c: String!) { events(first: 100, creditCode: $c) { nodes { recordId type } } }"
    before = await ask("sz-bureau", events, c=good["creditCode"])
    told = [one["type"] for one in before.data["events"]["nodes"]]
    assert told == ["credential.ingested", "credential.statusChanged"]
    answer = await publication(ask, "specialOperation", good)
    assert (answer["recordId"], answer["outcome"]) == (None, None)
    (error,) = answer["userErrors"]
    assert (error["code"], error["field"], error["message"]) == (
        "STATE_TRANSITION_INVALID", ["input", "reportedStatus"], "证书状态不能这样变更：REVOKED → VALID",
    )  # fmt: skip
    await hub.runtime.settle()
    assert (await ask("sz-bureau", CERTIFICATE, id=record_id)).data["certificate"] == {
        "reportedStatus": "REVOKED", "version": 1,
    }  # fmt: skip
    assert (await ask("sz-bureau", events, c=good["creditCode"])).data == before.data


async def test_a_file_brings_the_impossible_row_back_and_keeps_the_others(ask: Any, hub: Any, http: Any) -> None:
    ended, other, unread = operator_certificate(), operator_certificate(), operator_certificate(reviewDueOn="")
    record_id = await material.publish(ask, "sz-bureau", "specialOperation", {**ended, "reportedStatus": "CANCELLED"})
    answer = await post(http, hub, "SPECIAL_OPERATION", b"\n".join(orjson.dumps(one) for one in (other, ended, unread)))
    assert answer["counts"] == {"read": 3, "new": 1, "changed": 0, "late": 0, "unchanged": 0, "refused": 2}
    assert [(one["row"], one["field"], one["value"], one["code"]) for one in answer["receipt"]] == [
        (2, "reportedStatus", "VALID", "STATE_TRANSITION_INVALID"),
        (3, "reviewDueOn", "", "FIELD_REQUIRED"),
    ]
    found = (await ask("sz-bureau", CERTIFICATE, id=record_id)).data["certificate"]
    assert found == {"reportedStatus": "CANCELLED", "version": 1}


async def post(http: Any, hub: Any, kind: str, content: bytes, slug: str = "sz-bureau") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {hub.token(slug)}", "Content-Type": IMPORTED}
    address = f"{hub.base_url}/imports?kind={kind}&filename=rows.ndjson"
    async with http.post(address, data=content, headers=headers) as response:
        assert response.status == 200, await response.text()
        found: dict[str, Any] = await response.json()
        return found


async def test_a_person_examined_again_after_revocation_has_a_new_certificate(ask: Any) -> None:
    good = operator_certificate()
    revoked = {**good, "reportedStatus": "REVOKED", "statusEffectiveOn": "2026-02-01"}
    await material.publish(ask, "sz-bureau", "specialOperation", revoked)
    anew = {**good, "validFrom": "2026-09-01", "validTo": "2032-08-31", "reviewDueOn": "2029-08-31"}
    assert (await publication(ask, "specialOperation", anew))["outcome"] == "CHANGED"


async def test_a_certificate_with_a_number_of_its_own_is_not_issued_anew_under_it(ask: Any) -> None:
    engineer = material.engineer(material.person(), material.firm())
    revoked = {**engineer, "reportedStatus": "REVOKED", "statusEffectiveOn": "2000-01-01"}
    await material.publish(ask, "sz-bureau", "assistantSafetyEngineer", revoked)
    anew = {**engineer, "validFrom": "2026-09-01", "validTo": "2031-08-31"}
    answer = await publication(ask, "assistantSafetyEngineer", anew)
    assert [one["code"] for one in answer["userErrors"]] == ["STATE_TRANSITION_INVALID"]


async def test_a_suspended_manager_comes_back_by_return_and_not_by_a_change_of_employer(ask: Any) -> None:
    held = {**material.construction(material.person(), material.firm("440000"), region="440000"),
            "reportedStatus": "SUSPENDED", "operation": "SUSPEND"}  # fmt: skip
    await material.publish(ask, "gd-housing", "constructionSafetyManager", held)
    moved = {**held, "reportedStatus": "VALID", "operation": "CHANGE"}
    answer = await publication(ask, "constructionSafetyManager", moved, "gd-housing")
    assert [one["message"] for one in answer["userErrors"]] == ["证书状态不能这样变更：SUSPENDED → VALID (CHANGE)"]
    returned = {**held, "reportedStatus": "VALID", "operation": "RETURN"}
    assert (await publication(ask, "constructionSafetyManager", returned, "gd-housing"))["outcome"] == "CHANGED"


async def test_a_row_that_says_cancelled_and_valid_at_once_is_refused(ask: Any) -> None:
    held = material.construction(material.person(), material.firm("440000"), region="440000")
    answer = await publication(ask, "constructionSafetyManager", {**held, "operation": "CANCEL"}, "gd-housing")
    assert [(one["code"], one["message"]) for one in answer["userErrors"]] == [
        ("STATE_TRANSITION_INVALID", "证书状态不能这样变更：CANCEL → VALID")
    ]


def parsed(values: dict[str, Any]) -> Record:
    found = parse(BY_NAME["SPECIAL_OPERATION"], values)
    assert found.record is not None, found.findings
    return found.record


def bureau(hub: Any) -> tuple[Any, Publication]:
    runtime = hub.runtime
    client = runtime.directory.clients["sz-bureau"]
    caller = caller_for(runtime.directory, client, expires_at=float("inf"), day=runtime.today())
    return caller, Publication(tenant=caller.tenant, keys=runtime.keys, day=runtime.today())


async def test_a_valid_row_that_crosses_the_first_report_of_the_revocation_does_not_win(ask: Any, hub: Any) -> None:
    caller, told = bureau(hub)
    values = operator_certificate()
    good = admit(parsed(values), caller.tenant)
    revoked = admit(parsed({**values, "reportedStatus": "REVOKED"}), caller.tenant)

    async def believe() -> None:
        async with acting(hub.database.pool, caller) as connection:
            await publish(connection, [good], told)

    async with acting(hub.database.pool, caller) as first:
        (kept,) = await publish(first, [revoked], told)
        crossing = asyncio.create_task(believe())  # finds nothing on record, and waits for the row
        await waiting(hub)
    with pytest.raises(Refusal) as refused:
        await crossing
    assert refused.value.code == "UNAVAILABLE"
    found = (await ask("sz-bureau", CERTIFICATE, id=str(kept.record_id))).data["certificate"]
    assert found == {"reportedStatus": "REVOKED", "version": 1}
    async with acting(hub.database.pool, caller) as connection:
        (again,) = await publish(connection, [good], told)
    assert (again.outcome, [one.code for one in again.findings]) == ("REFUSED", ["STATE_TRANSITION_INVALID"])


async def waiting(hub: Any) -> None:
    """Until some session of this database waits for a row that another transaction has written."""
    query = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    owner = await asyncpg.connect(hub.database.dsn)
    try:
        assert await until(lambda: owner.fetchval(query), bool)
    finally:
        await owner.close()


async def test_a_correction_may_bring_a_certificate_back(ask: Any, hub: Any) -> None:
    caller, told = bureau(hub)
    values = operator_certificate()
    record_id = await material.publish(ask, "sz-bureau", "specialOperation", {**values, "reportedStatus": "REVOKED"})
    good = admit(parsed(values), caller.tenant)
    report = Report(kind="CORRECTION", reason="吊销系误报")
    async with acting(hub.database.pool, caller) as connection:
        (kept,) = await publish(connection, [good], told, report=report)
    assert (kept.outcome, kept.findings) == ("CHANGED", ())
    found = (await ask("sz-bureau", CERTIFICATE, id=record_id)).data["certificate"]
    assert found == {"reportedStatus": "VALID", "version": 2}


LIFT = "mutation L($i: RiskFlagLiftInput!) { riskFlagLift(input: $i) { userErrors { code } } }"
FLAG = "query F($id: ID!) { riskFlag(id: $id) { isCurrent version } }"


async def test_a_lifted_flag_that_is_sent_again_stays_lifted_and_says_what_to_do(ask: Any, hub: Any, http: Any) -> None:
    flag = material.flag(material.firm())
    flag_id = await material.publish(ask, "sz-bureau", "riskFlag", flag)
    assert (await ask("sz-bureau", LIFT, i={"riskFlagId": flag_id, "reason": "整改完成"})).data["riskFlagLift"] == {
        "userErrors": []
    }
    today = hub.runtime.today().isoformat()
    for again in (flag, {**flag, "cause": "措辞有改动"}):
        (error,) = (await publication(ask, "riskFlag", again))["userErrors"]
        assert (error["code"], error["message"]) == ("FLAG_LIFTED", f"该标记已于 {today} 移出，重复报送不会恢复列入")
    imported = await post(http, hub, "RISK_FLAG", orjson.dumps(flag))
    assert [(one["row"], one["code"]) for one in imported["receipt"]] == [(1, "FLAG_LIFTED")]
    assert (await ask("sz-bureau", FLAG, id=flag_id)).data["riskFlag"] == {"isCurrent": False, "version": 2}


async def test_a_lifted_flag_sent_with_its_day_of_removal_is_welcome(ask: Any, hub: Any) -> None:
    flag, today = material.flag(material.firm()), hub.runtime.today().isoformat()
    flag_id = await material.publish(ask, "sz-bureau", "riskFlag", flag)
    await ask("sz-bureau", LIFT, i={"riskFlagId": flag_id, "reason": "整改完成"})
    told = {**flag, "liftedOn": today, "liftReason": "整改完成"}
    assert (await publication(ask, "riskFlag", told))["userErrors"] == []
    assert (await publication(ask, "riskFlag", told))["outcome"] == "UNCHANGED"


async def test_a_correction_of_the_grading_does_not_list_the_lifted_flag_again(ask: Any) -> None:
    firm, decision = material.firm(), material.number()
    graded = material.grading(firm, "RED", decision=decision)
    await material.publish(ask, "sz-bureau", "riskGrading", graded)
    query = "query F($c: String!) { enterprise(creditCode: $c) { flags(first: 1) { nodes { id isCurrent } } } }"
    (flag,) = (await ask("sz-bureau", query, c=firm.credit_code)).data["enterprise"]["flags"]["nodes"]
    await ask("sz-bureau", LIFT, i={"riskFlagId": flag["id"], "reason": "整改完成"})
    corrected = {**graded, "legalBasis": "《中华人民共和国安全生产法》第四十一条第一款"}
    assert (await publication(ask, "riskGrading", corrected))["outcome"] == "CHANGED"
    assert (await ask("sz-bureau", FLAG, id=flag["id"])).data["riskFlag"]["isCurrent"] is False


async def test_an_older_assessment_says_that_it_changes_nothing(ask: Any, hub: Any, http: Any) -> None:
    firm = material.firm()
    await material.publish(ask, "sz-bureau", "riskGrading", material.grading(firm, "YELLOW", day="2026-03-01"))
    query = material.publishing("riskGrading").replace("userErrors", "warnings { code field message } userErrors")
    older = material.grading(firm, "BLUE", day="2021-03-01")
    answer = (await ask("sz-bureau", query, input=older)).data["riskGradingPublish"]
    assert (answer["userErrors"], answer["warnings"]) == ([], [
        {"code": "OLDER_THAN_CURRENT", "field": ["input", "assessedOn"],
         "message": "早于现行评定（2026-03-01），现行评定不变（仅提示）"},
    ])  # fmt: skip
    imported = await post(http, hub, "RISK_GRADING", orjson.dumps(older))
    assert imported["counts"]["refused"] == 0
    assert [(one["row"], one["code"], one["severity"]) for one in imported["receipt"]] == [
        (1, "OLDER_THAN_CURRENT", "WARNING")
    ]


async def test_a_column_nobody_knows_is_told_once_and_its_rows_are_kept(hub: Any, http: Any) -> None:
    lines = [{**material.grading(material.firm()), "备注": "无"} for _ in range(3)]
    imported = await post(http, hub, "RISK_GRADING", b"\n".join(orjson.dumps(one) for one in lines))
    assert imported["counts"] == {"read": 3, "new": 3, "changed": 0, "late": 0, "unchanged": 0, "refused": 0}
    assert [(one["row"], one["field"], one["code"], one["severity"]) for one in imported["receipt"]] == [
        (None, "备注", "FIELD_UNKNOWN", "WARNING")
    ]
