"""The dossiers where several cities speak of one firm or person: what counts, once, on which day, for whom.

The whole of both files in one query each is in tests/queries (dossier_firm, dossier_person); the rules of key staff are
in tests/spec/key_staff.md.
"""

import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from typing import Any

import orjson
import pytest
import pytest_asyncio

from exchange.demo.cast import ENTERPRISE
from exchange.demo.seed import caller_of
from exchange.publishing.publish import Publication, Report
from exchange.publishing.reports import void
from exchange.runtime import Runtime
from schema.errors import Refusal
from tenants.session import acting
from tests.flows import material
from tests.flows.material import Firm, Person
from tests.flows.neighbours import DONGGUAN, FIRM, GUANGZHOU, HOUSING, PARTNER, SHANGHAI, SHENZHEN
from tests.flows.scratch import DAY as TODAY
from tests.flows.scratch import answered, asked, keep, quiet_hub

DAY = "2026-11-23"
PURPOSE = ("档案测试", "DEM-DOSSIER-1")
DATES = {"validFrom": "2024-01-01", "validTo": "2026-11-23"}
IDENTIFIER = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"
DUTIES = "duties { duty coverage required posted certified gapCount gaps { nameMasked post status } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_dossiers") as runtime:
        yield runtime


async def enterprise(runtime: Runtime, slug: str, firm: Firm, selected: str, day: str = DAY) -> Any:
    query = f'query F($code: String!) {{ enterprise(creditCode: $code, asOf: "{day}") {{ {selected} }} }}'
    body = await answered(runtime, slug, query, code=firm.credit_code)
    assert "errors" not in body, body
    return body["data"]["enterprise"]


async def duties(runtime: Runtime, slug: str, firm: Firm, day: str = DAY) -> dict[str, Any]:
    """Coverage by duty, with the status of each gap."""
    found = await enterprise(runtime, slug, firm, f"keyStaff {{ {DUTIES} }}", day)
    return {
        one["duty"]: (one["coverage"], one["posted"], one["certified"], [gap["status"] for gap in one["gaps"]])
        for one in found["keyStaff"]["duties"]
    }


async def operator(runtime: Runtime, firm: Firm, *, until: str = "2026-11-23", slug: str = GUANGZHOU) -> Person:
    """A special operator of the firm, certified by Shenzhen until a day."""
    person = material.person()
    await keep(runtime, slug, "APPOINTMENT", post(person, firm, "SPECIAL_OPERATOR"))
    values = {**material.special_operation(person, firm), "validTo": until, "reviewDueOn": until}
    await keep(runtime, SHENZHEN, "SPECIAL_OPERATION", values)
    return person


def post(of: Person, at: Firm, name: str, **more: Any) -> dict[str, Any]:
    """An appointment to a post in the firm's own place."""
    return {**material.appointment(of, at, at.region), "post": name, **more}


async def test_a_post_is_covered_on_the_last_day_of_the_certificate_and_not_on_the_next(quiet: Runtime) -> None:
    firm = material.firm("440100")
    await operator(quiet, firm)
    assert (await duties(quiet, GUANGZHOU, firm))["SPECIAL_OPERATORS"] == ("MET", 1, 1, [])
    assert (await duties(quiet, GUANGZHOU, firm, "2026-11-24"))["SPECIAL_OPERATORS"] == ("GAP", 1, 0, ["EXPIRED"])


async def test_whoever_left_the_post_is_counted_no_more(quiet: Runtime) -> None:
    firm, person = material.firm("440100"), material.person()
    await keep(quiet, GUANGZHOU, "APPOINTMENT", post(person, firm, "SPECIAL_OPERATOR", endedOn="2026-11-23"))
    assert (await duties(quiet, GUANGZHOU, firm))["SPECIAL_OPERATORS"] == ("GAP", 1, 0, ["MISSING"])
    assert (await duties(quiet, GUANGZHOU, firm, "2026-11-24"))["SPECIAL_OPERATORS"] == ("MET", 0, 0, [])


async def test_a_post_that_two_cities_state_is_one_post(quiet: Runtime) -> None:
    firm = material.firm("440100")
    person = await operator(quiet, firm)
    await keep(quiet, DONGGUAN, "APPOINTMENT", post(person, firm, "SPECIAL_OPERATOR", region="441900"))
    found = await enterprise(quiet, GUANGZHOU, firm, "appointments(first: 5) { totalCount }")
    assert found["appointments"]["totalCount"] == 2
    assert (await duties(quiet, GUANGZHOU, firm))["SPECIAL_OPERATORS"] == ("MET", 1, 1, [])


async def test_without_a_profile_nothing_is_met_that_depends_on_what_the_firm_does(quiet: Runtime) -> None:
    firm, person = material.firm("440100"), material.person()
    await keep(quiet, GUANGZHOU, "APPOINTMENT", post(person, firm, "PRINCIPAL"))
    passed = {**material.certificate(person, firm), **DATES, "personType": "PRINCIPAL"}
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", passed)
    assert (await duties(quiet, GUANGZHOU, firm))["EXAMINED_PRINCIPAL"] == ("UNDETERMINED", 1, 0, [])
    await keep(quiet, SHENZHEN, "ENTERPRISE_PROFILE", material.profile(firm, "isMine"))
    assert (await duties(quiet, GUANGZHOU, firm))["EXAMINED_PRINCIPAL"] == ("MET", 1, 1, [])


async def test_of_two_profiles_the_later_statement_counts(quiet: Runtime) -> None:
    firm = material.firm("440100")
    later = {**material.profile(firm, "isConstruction"), "statedOn": "2026-11-01", "staffCount": 7}
    await keep(quiet, SHENZHEN, "ENTERPRISE_PROFILE", later)
    await keep(quiet, GUANGZHOU, "ENTERPRISE_PROFILE", material.profile(firm, "isMine"))
    found = await enterprise(quiet, GUANGZHOU, firm, "keyStaff { activities staffCount }")
    assert found["keyStaff"] == {"activities": ["CONSTRUCTION"], "staffCount": 7}
    before = await enterprise(quiet, GUANGZHOU, firm, "keyStaff { activities staffCount }", "2026-10-31")
    assert before["keyStaff"] == {"activities": ["MINING"], "staffCount": 20}


async def test_a_certificate_the_caller_may_not_see_covers_no_post(quiet: Runtime) -> None:
    """Shanghai shares nothing with Guangzhou; what Shanghai issued is missing there, and not guessed at."""
    firm, person = material.firm("440100"), material.person()
    await keep(quiet, GUANGZHOU, "APPOINTMENT", post(person, firm, "SPECIAL_OPERATOR"))
    values = material.special_operation(person, firm, region="310000")
    await keep(quiet, SHANGHAI, "SPECIAL_OPERATION", values)
    assert (await duties(quiet, GUANGZHOU, firm))["SPECIAL_OPERATORS"] == ("GAP", 1, 0, ["MISSING"])
    assert (await duties(quiet, SHANGHAI, firm))["SPECIAL_OPERATORS"] == ("MET", 0, 0, [])


async def test_a_certificate_exchanged_for_another_covers_no_post(quiet: Runtime) -> None:
    firm, person = material.firm("440100"), material.person()
    await keep(quiet, GUANGZHOU, "ENTERPRISE_PROFILE", material.profile(firm, "isConstruction"))
    await keep(quiet, GUANGZHOU, "APPOINTMENT", post(person, firm, "SAFETY_MANAGER"))
    old = {**material.construction(person, firm, region="440000"), **DATES}
    await keep(quiet, HOUSING, "CONSTRUCTION_SAFETY_MANAGER", old)
    assert (await duties(quiet, GUANGZHOU, firm))["EXAMINED_SAFETY_MANAGERS"] == ("MET", 1, 1, [])
    new = {**material.construction(person, firm, region="440000"), **DATES, "previousNumber": old["number"]}
    for_projects = {**new, "number": new["number"].replace("C3", "B"), "managerClass": "B"}
    await keep(quiet, HOUSING, "CONSTRUCTION_SAFETY_MANAGER", for_projects)
    assert (await duties(quiet, GUANGZHOU, firm))["EXAMINED_SAFETY_MANAGERS"] == ("GAP", 1, 0, ["TRANSFERRED_OUT"])
    selected = "certificatesByRegion { worst counts { total valid other } }"
    found = await enterprise(quiet, GUANGZHOU, firm, selected)
    counts = {"total": 2, "valid": 1, "other": 1}
    assert found == {"certificatesByRegion": [{"worst": "TRANSFERRED_OUT", "counts": counts}]}
    await keep(quiet, HOUSING, "CONSTRUCTION_SAFETY_MANAGER", {**new, "reportedStatus": "SUSPENDED"})
    assert (await duties(quiet, GUANGZHOU, firm))["EXAMINED_SAFETY_MANAGERS"] == ("GAP", 1, 0, ["SUSPENDED"])


async def test_a_certificate_that_another_one_replaced_is_never_called_valid_in_a_gap(quiet: Runtime) -> None:
    """Also of a kind whose state does not tell. The one after it is for another role."""
    firm, person = material.firm("440100"), material.person()
    await keep(quiet, GUANGZHOU, "ENTERPRISE_PROFILE", material.profile(firm, "isMine"))
    await keep(quiet, GUANGZHOU, "APPOINTMENT", post(person, firm, "SAFETY_MANAGER"))
    old = {**material.certificate(person, firm), **DATES, "certificateIdentifier": IDENTIFIER}
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", old)
    assert (await duties(quiet, GUANGZHOU, firm))["EXAMINED_SAFETY_MANAGERS"] == ("MET", 1, 1, [])
    new = {**material.certificate(person, firm), **DATES, "personType": "PRINCIPAL", "previousIdentifier": IDENTIFIER}
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", new)
    assert (await duties(quiet, GUANGZHOU, firm))["EXAMINED_SAFETY_MANAGERS"] == ("GAP", 1, 0, ["TRANSFERRED_OUT"])


async def test_an_enterprise_sees_the_gaps_of_its_own_and_of_nobody_else(quiet: Runtime) -> None:
    own, other = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440100"), material.firm()
    for firm in (own, other):
        await keep(quiet, GUANGZHOU, "APPOINTMENT", post(material.person(), firm, "SPECIAL_OPERATOR", region="440100"))
    assert (await duties(quiet, FIRM, own))["SPECIAL_OPERATORS"] == ("GAP", 1, 0, ["MISSING"])
    assert await enterprise(quiet, FIRM, other, "keyStaff { certifiedRate }") is None


async def test_flags_follow_a_firm_through_every_change_of_its_code(quiet: Runtime) -> None:
    first, second, third = (material.firm("440100") for _ in range(3))
    flag = await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(first))
    await keep(quiet, GUANGZHOU, "SUCCESSION", material.succession(first, second, day="2025-01-01"))
    await keep(quiet, DONGGUAN, "SUCCESSION", material.succession(second, third, day="2026-11-23"))
    inherited = "flags(first: 5) { nodes { id } } predecessorFlags(first: 5) { nodes { id enterprise { creditCode } } }"
    told = {"flags": {"nodes": []}, "predecessorFlags": {"nodes": [
        {"id": flag, "enterprise": {"creditCode": first.credit_code}},
    ]}}  # fmt: skip
    assert await enterprise(quiet, GUANGZHOU, third, inherited) == told
    assert await enterprise(quiet, PARTNER, third, inherited) == told
    before = await enterprise(quiet, GUANGZHOU, third, inherited, "2026-11-22")
    assert before is None  # nothing was said of it before the day of the change
    after = "succeededBy(first: 5) { nodes { enterprise { creditCode } } }"
    found = await enterprise(quiet, GUANGZHOU, first, after)
    assert found["succeededBy"]["nodes"] == [{"enterprise": {"creditCode": second.credit_code}}]


async def test_a_firm_that_was_only_renamed_does_not_inherit_from_itself(quiet: Runtime) -> None:
    firm = material.firm("440100")
    renamed = {**material.succession(firm, firm), "successionType": "RENAMED", "previousName": "旧名有限公司"}
    await keep(quiet, GUANGZHOU, "SUCCESSION", renamed)
    await keep(quiet, GUANGZHOU, "RISK_FLAG", material.flag(firm))
    found = await enterprise(
        quiet, GUANGZHOU, firm, "predecessorFlags(first: 5) { totalCount } succeededBy(first: 5) { totalCount }"
    )
    assert found == {"predecessorFlags": {"totalCount": 0}, "succeededBy": {"totalCount": 0}}


async def test_of_two_words_about_one_assessment_the_later_counts(quiet: Runtime) -> None:
    firm = material.firm("440100")
    for band, day in (("RED", "2025-03-01"), ("ORANGE", "2025-03-01"), ("UNRATED", "2026-03-01")):
        await keep(quiet, GUANGZHOU, "RISK_GRADING", material.grading(firm, band, day=day))
    steps = "gradingHistory { steps { assessedOn band version bandChange } }"
    orange = {"assessedOn": "2025-03-01", "band": "ORANGE", "version": 2, "bandChange": None}
    unrated = {"assessedOn": "2026-03-01", "band": "UNRATED", "version": 3, "bandChange": None}
    assert await enterprise(quiet, DONGGUAN, firm, steps) == {"gradingHistory": [{"steps": [orange, unrated]}]}
    before = await enterprise(quiet, DONGGUAN, firm, steps, "2026-02-28")
    assert before == {"gradingHistory": [{"steps": [orange]}]}


async def test_an_assessment_that_was_corrected_or_arrived_late_has_its_true_place(quiet: Runtime) -> None:
    """The day itself was wrong: what was corrected is no assessment any more. An older one told later is one."""
    firm = material.firm("440100")
    await keep(quiet, GUANGZHOU, "RISK_GRADING", material.grading(firm, "BLUE", day="2024-03-01"))
    await keep(quiet, GUANGZHOU, "RISK_GRADING", material.grading(firm, "ORANGE", day="2025-03-01"))
    async with quiet.database.pool.acquire() as connection:
        before: datetime = await connection.fetchval("select clock_timestamp()")
    corrected = material.grading(firm, "YELLOW", day="2026-03-01")
    await keep(quiet, GUANGZHOU, "RISK_GRADING", corrected, report=Report(kind="CORRECTION", reason="日期有误"))
    await keep(quiet, GUANGZHOU, "RISK_GRADING", material.grading(firm, "UNRATED", day="2025-06-01"))
    found = await enterprise(quiet, DONGGUAN, firm, "gradingHistory { steps { assessedOn band } }")
    steps = [(one["assessedOn"], one["band"]) for one in found["gradingHistory"][0]["steps"]]
    assert steps == [("2024-03-01", "BLUE"), ("2025-06-01", "UNRATED"), ("2026-03-01", "YELLOW")]
    query = """query K($code: String!, $known: DateTime!) { enterprise(creditCode: $code, knownAt: $known) {
      gradingHistory { steps { band } } } }"""
    body = await answered(quiet, DONGGUAN, query, code=firm.credit_code, known=before.isoformat())
    assert body["data"]["enterprise"]["gradingHistory"] == [{"steps": [{"band": "BLUE"}, {"band": "ORANGE"}]}]


async def test_a_grading_that_was_voided_leaves_no_history(quiet: Runtime) -> None:
    firm = material.firm("440100")
    for band, day in (("BLUE", "2024-03-01"), ("ORANGE", "2025-03-01")):
        record_id = await keep(quiet, GUANGZHOU, "RISK_GRADING", material.grading(firm, band, day=day))
    await keep(quiet, GUANGZHOU, "RISK_GRADING", {**material.grading(firm), "scheme": "另一办法"})
    told = Publication(tenant=quiet.directory.by_slug[GUANGZHOU], keys=quiet.keys, day=TODAY)
    async with acting(quiet.database.pool, caller_of(quiet, GUANGZHOU)) as connection:
        await void(connection, [uuid.UUID(record_id)], told, "误报")
    found = await enterprise(quiet, GUANGZHOU, firm, "gradingHistory { scheme }")
    assert found == {"gradingHistory": [{"scheme": "另一办法"}]}


async def test_an_assessment_that_was_corrected_is_no_step_of_the_history(quiet: Runtime) -> None:
    firm = material.firm("440100")
    for band, day in (("RED", "2025-03-01"), ("ORANGE", "2026-02-01"), ("UNRATED", "2026-03-01")):
        await keep(quiet, GUANGZHOU, "RISK_GRADING", material.grading(firm, band, day=day))
    for replaced, (band, day) in ((1, ("BLUE", "2025-04-01")), (3, ("YELLOW", "2026-04-01"))):
        told = Report(kind="CORRECTION", reason="录入差错", replaces=replaced)
        await keep(quiet, GUANGZHOU, "RISK_GRADING", material.grading(firm, band, day=day), report=told)
    found = await enterprise(quiet, DONGGUAN, firm, "gradingHistory { steps { assessedOn band version } }")
    assert [tuple(step.values()) for step in found["gradingHistory"][0]["steps"]] == [
        ("2025-04-01", "BLUE", 4), ("2026-02-01", "ORANGE", 2), ("2026-04-01", "YELLOW", 5),
    ]  # fmt: skip


async def test_a_permit_is_found_by_its_state_on_the_day(quiet: Runtime) -> None:
    firm = material.firm("440300")
    permit = {"creditCode": firm.credit_code, "name": firm.name, "region": "440300", "trade": "MINE",
              "number": "（粤）FM安许证字〔2026〕0009", "reportedStatus": "VALID", **DATES}  # fmt: skip
    await keep(quiet, SHENZHEN, "SAFETY_PRODUCTION_PERMIT", permit)
    query = """query S($code: String!, $day: Date!, $status: String!) { search(first: 5, creditCode: $code, asOf: $day,
      status: $status) { nodes { status } } }"""
    for day, status in ((DAY, "VALID"), ("2026-11-24", "EXPIRED")):
        given = {"code": firm.credit_code, "day": day, "status": status}
        body = await answered(quiet, GUANGZHOU, query, **given)
        assert body["data"]["search"]["nodes"] == [{"status": status}]


PERSON = """query P($number: String!) { person(by: {idNumber: $number}, asOf: "2026-11-23") {
  postFindings { creditCode post coverage status } } }"""


async def test_a_person_is_told_of_each_post_by_what_its_firm_does(quiet: Runtime) -> None:
    """One mine without a certificate for it, one building firm, one firm nobody has described, one post that needs
    none."""
    person, firms = material.person(), [material.firm("440100") for _ in range(4)]
    await keep(quiet, GUANGZHOU, "ENTERPRISE_PROFILE", material.profile(firms[0], "isMine"))
    await keep(quiet, GUANGZHOU, "ENTERPRISE_PROFILE", material.profile(firms[1], "isConstruction"))
    for firm, name in zip(firms, ("SAFETY_MANAGER", "SAFETY_MANAGER", "SAFETY_MANAGER", "OTHER"), strict=True):
        await keep(quiet, GUANGZHOU, "APPOINTMENT", post(person, firm, name))
    certificate = {**material.construction(person, firms[1], region="440000"), **DATES}
    await keep(quiet, HOUSING, "CONSTRUCTION_SAFETY_MANAGER", certificate)
    body = await answered(quiet, GUANGZHOU, PERSON, PURPOSE, number=person.id_number)
    found = {one["creditCode"]: (one["coverage"], one["status"]) for one in body["data"]["person"]["postFindings"]}
    assert found == {
        firms[0].credit_code: ("GAP", "MISSING"),
        firms[1].credit_code: ("MET", "VALID"),
        firms[2].credit_code: ("UNDETERMINED", None),
    }


async def test_a_person_s_file_needs_a_purpose(quiet: Runtime) -> None:
    with pytest.raises(Refusal) as refused:
        await answered(quiet, GUANGZHOU, PERSON, number=material.person().id_number)
    assert refused.value.code == "PURPOSE_REQUIRED"


async def test_a_dossier_is_one_statement_beside_what_else_is_asked(
    quiet: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    firm, fetch = material.firm("440100"), quiet.reader.fetch_json
    await operator(quiet, firm)

    async def counted(sql: str, parameters: list[Any]) -> bytes | None:
        statements.append(sql)
        return await fetch(sql, parameters)

    monkeypatch.setattr(quiet.reader, "fetch_json", counted)
    whole = f"name keyStaff {{ {DUTIES} }} certificatesByRegion {{ worst }} gradingHistory {{ scheme }}"
    query = f'{{ enterprise(creditCode: "{firm.credit_code}", asOf: "{DAY}") {{ {whole} }} }}'
    alone = (await answered(quiet, GUANGZHOU, query))["data"]["enterprise"]
    assert len(statements) == 1
    beside = (await answered(quiet, GUANGZHOU, query.replace("{", "{ viewer { id }", 1)))["data"]
    assert (len(statements), beside) == (2, {"viewer": {"id": GUANGZHOU}, "enterprise": alone})


async def test_an_event_leads_to_the_judged_file_of_its_firm(quiet: Runtime) -> None:
    firm = material.firm("440100")
    await keep(quiet, GUANGZHOU, "ENTERPRISE_PROFILE", material.profile(firm, "isMine", staff=7))
    await quiet.settle()
    start = f"seq:{quiet.signal.position}"
    await keep(quiet, GUANGZHOU, "RISK_GRADING", material.grading(firm))
    await quiet.settle()
    query = """subscription S($after: String!) { eventPublished(after: $after) { enterprise { keyStaff { activities
      staffCount } } } }"""
    followed = await quiet.engine.subscribe(asked(query, after=start), caller_of(quiet, GUANGZHOU))
    assert isinstance(followed, AsyncGenerator)
    event = orjson.loads((await anext(followed)).body)["data"]["eventPublished"]
    await followed.aclose()
    assert event == {"enterprise": {"keyStaff": {"activities": ["MINING"], "staffCount": 7}}}
