"""批量互认查询: a table of certificates goes in, the same table comes back; each row is answered as if asked alone."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import python_calamine
import xlsxwriter

from exchange.cli.printing import Printer
from exchange.cli.recognising import recognise_path
from exchange.demo.cast import ENTERPRISE
from exchange.demo.seed import caller_of
from exchange.desks import recognition_batches
from exchange.desks.recognition import recognised
from exchange.runtime import Runtime
from exchange.sheets import recognitions as sheets
from exchange.sheets.gates import request_for_sheet
from schema.errors import Refusal
from tenants.access import Misses
from tests.flows import material
from tests.flows.material import Firm, Person, publish
from tests.flows.scratch import keep, quiet_hub
from tests.flows.test_evidence import EVIDENCE

SHENZHEN, GUANGZHOU, PARTNER, FIRM = "sz-bureau", "gz-bureau", "bidding-platform", ENTERPRISE.slug
OWN = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="310000")
TITLES = [
    "姓名",
    "证书编号",
    "使用地行政区划代码",
    "使用单位统一社会信用代码",
    "证书类型",
    "发证地行政区划代码",
    "备注",
]
PURPOSE = ("上岗核验", "DEM-RS-1")
HEADERS = {"Exchange-Purpose": "post check", "Exchange-Case": "DEM-RS-1"}


def line(number: str, host: str = "440100", at: Firm | None = None, kind: str = "", issued: str = "") -> list[str]:
    return ["试验员甲", number, host, at.credit_code if at else "", kind, issued, "原样保留"]


def workbook(*rows: list[str]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as made:
        sheet = made.add_worksheet()
        for place, row in enumerate([TITLES, *rows]):
            sheet.write_row(place, 0, row)
    return buffer.getvalue()


def table(*rows: list[str]) -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text).writerows([TITLES, *rows])
    return io.BytesIO(text.getvalue().encode())


def read(content: bytes) -> list[list[Any]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [list(row) for row in book.get_sheet_by_index(0).to_python()]


async def send(
    hub: Any, http: Any, slug: str, content: bytes, query: str = "filename=a.xlsx", headers: Any = HEADERS
) -> tuple[int, bytes]:
    sent = {"Authorization": f"Bearer {hub.token(slug)}", **headers}
    async with http.post(f"{hub.base_url}/recognitions?{query}", data=content, headers=sent) as response:
        return response.status, await response.read()


def asking(runtime: Runtime, slug: str, purpose: tuple[str, str] = PURPOSE) -> Any:
    return runtime.ask(request_for_sheet("request-1", *purpose), caller_of(runtime, slug))


async def answered(runtime: Runtime, slug: str, *rows: list[str], **more: Any) -> list[tuple[str, str]]:
    """Verdict and reasons of each row."""
    told = await sheets.recognise_sheet(
        runtime.database.pool, asking(runtime, slug), runtime.directory, table(*rows), filename="a.csv",
        content_type=None, **more,
    )  # fmt: skip
    return [(one.problem, one.codes) for one in told.rows]


async def verdicts(runtime: Runtime, slug: str, *rows: list[str], **more: Any) -> list[str]:
    return [verdict for verdict, _ in await answered(runtime, slug, *rows, **more)]


async def written(runtime: Runtime, query: str) -> list[dict[str, Any]]:
    owner = await asyncpg.connect(runtime.database.dsn)
    try:
        return [dict(row) for row in await owner.fetch(query)]
    finally:
        await owner.close()


@pytest_asyncio.fixture
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub of its own where three look-ups of persons may find nobody."""
    misses = Misses(per_client=3, per_tenant=100)
    async with quiet_hub(database.dsn, "exchange_recognitions", misses) as runtime:
        yield runtime


async def operator(runtime: Runtime, at: Firm, owner: str = SHENZHEN) -> tuple[Person, str]:
    """A special operator, and the number of the certificate."""
    person = material.person()
    values = material.special_operation(person, at)
    await keep(runtime, owner, "SPECIAL_OPERATION", values, day=runtime.today())
    return person, values["number"]


async def engineer(runtime: Runtime, at: Firm) -> str:
    """The number of an engineer's certificate, which is nobody's own number."""
    values = material.engineer(material.person(), at)
    await keep(runtime, SHENZHEN, "ASSISTANT_SAFETY_ENGINEER", values, day=runtime.today())
    return str(values["number"])


# The door


async def test_a_table_comes_back_with_verdict_reasons_rule_and_next_step_of_each_row(
    ask: Any, hub: Any, http: Any
) -> None:
    person, lapsed, firm = material.person(), material.person(), material.firm()
    await publish(ask, SHENZHEN, "specialOperation", material.special_operation(person, firm))
    await publish(ask, SHENZHEN, "safetyManagement", material.certificate(lapsed, firm))
    rows = [line(f"T{person.id_number}", at=firm), line(lapsed.id_number), line("DEMNOBODY01")]
    status, content = await send(hub, http, GUANGZHOU, workbook(*rows))
    titles, *told = read(content)
    assert (status, titles) == (200, ["结论", "理由", "适用规则", "下一步", *TITLES])
    assert [row[4:] for row in told] == rows
    assert [row[0] for row in told] == ["予以认可", "不予认可", "无法判定"]
    assert told[0][1:4] == ["", "NR-000000-0001 v1", ""]
    assert "有效期" in told[1][1]
    assert told[2][1].count("查无记录") == 1  # each reason once, however many conditions it holds open
    assert told[2][3] != ""


async def test_an_answered_table_may_be_sent_again_as_it_is(ask: Any, hub: Any, http: Any) -> None:
    person, firm = material.person(), material.firm()
    await publish(ask, SHENZHEN, "specialOperation", material.special_operation(person, firm))
    _, once = await send(hub, http, GUANGZHOU, workbook(line(f"T{person.id_number}", at=firm)))
    _, twice = await send(hub, http, GUANGZHOU, once)
    assert read(twice) == read(once)


async def test_a_delimited_file_comes_back_delimited(hub: Any, http: Any) -> None:
    sent = table(line("DEMNOBODY02"))
    status, content = await send(hub, http, GUANGZHOU, sent.getvalue(), "filename=a.csv")
    titles, row = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert (status, titles[:4], row[0], row[4:]) == (200, list(sheets.RESULTS), "无法判定", line("DEMNOBODY02"))


async def test_the_day_is_named_beside_the_table(ask: Any, hub: Any, http: Any) -> None:
    person, firm = material.person(), material.firm()
    await publish(ask, SHENZHEN, "specialOperation", material.special_operation(person, firm))
    sent = workbook(line(f"T{person.id_number}", at=firm))
    _, content = await send(hub, http, GUANGZHOU, sent, "filename=a.xlsx&on=2032-01-01")
    assert read(content)[1][0] == "不予认可"
    status, content = await send(hub, http, GUANGZHOU, sent, "filename=a.xlsx&on=soon")
    assert (status, b"DATE_INVALID" in content) == (422, True)


async def test_the_sample_row_of_the_template_is_not_asked(hub: Any, http: Any) -> None:
    async with http.get(f"{hub.base_url}/recognitions/template") as response:
        template = await response.read()
    status, content = await send(hub, http, GUANGZHOU, template)
    assert (status, len(read(content))) == (200, 1)


async def test_no_table_is_answered_without_purpose_and_case_or_to_whom_may_not_ask(hub: Any, http: Any) -> None:
    status, content = await send(hub, http, GUANGZHOU, workbook(line("DEMNOBODY03")), headers={})
    assert (status, b"PURPOSE_REQUIRED" in content) == (403, True)
    status, content = await send(hub, http, PARTNER, workbook(line("DEMNOBODY03")))
    assert (status, b"FORBIDDEN" in content) == (403, True)


async def test_too_many_rows_are_refused_before_any_is_asked(quiet: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 1)
    rows = [line(material.person().id_number)] * 2
    with pytest.raises(Refusal) as refused:
        await answered(quiet, GUANGZHOU, *rows)
    assert refused.value.code == "BAD_INPUT"
    assert await written(quiet, EVIDENCE) == []


# The answers


async def test_every_row_is_answered_as_the_question_asked_alone(quiet: Runtime) -> None:
    firm = material.firm()
    _, accepted = await operator(quiet, firm)
    _, strange = await operator(quiet, material.firm())
    lapsed, twice = material.person(), material.person()
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", material.certificate(lapsed, firm), day=quiet.today())
    for code in ("1.1", "1.2"):
        values = {**material.special_operation(twice, firm), "operationCode": code}
        await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", values, day=quiet.today())
    numbers = [accepted, strange, lapsed.id_number, f"T{twice.id_number}", await engineer(quiet, firm), "DEMNONE"]
    asked = [(number, host) for number in numbers for host in ("440100", "320100", "810000")]
    together = await answered(quiet, GUANGZHOU, *(line(number, host, firm) for number, host in asked))
    for (number, host), (verdict, reasons) in zip(asked, together, strict=True):
        values = {"certificate_number": number, "host_region": host, "employer_code": firm.credit_code}
        pool, who = quiet.database.pool, asking(quiet, GUANGZHOU)
        alone = await recognised(pool, who, quiet.directory, values)
        assert verdict == alone.decision.verdict.zh
        assert [one.zh for one in alone.decision.results if one.zh and one.zh in reasons] == [
            one.zh for one in alone.decision.results if one.reason
        ]
    assert {verdict for verdict, _ in together} == {"予以认可", "不予认可", "无法判定"}


async def test_a_row_that_cannot_be_asked_says_so_and_holds_up_no_other(quiet: Runtime) -> None:
    firm = material.firm()
    _, number = await operator(quiet, firm)
    told = await answered(quiet, GUANGZHOU, line("", "440100"), line(number, "no"), line(number, at=firm))
    assert [verdict for verdict, _ in told] == ["未查询", "未查询", "予以认可"]
    assert told[0][1] == "证书编号：必填项为空"
    assert told[1][1].startswith("使用地行政区划代码：")


async def test_of_several_certificates_under_a_number_the_row_says_which(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", material.special_operation(person, firm), day=quiet.today())
    values = {**material.special_operation(person, firm), "operationCode": "1.1"}
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", values, day=quiet.today())
    number = values["number"]
    named = table(line(number, at=firm))
    lines = named.getvalue().decode().splitlines()
    sent = "\n".join([f"{lines[0]},操作项目代码", f"{lines[1]},", f"{lines[1]},1.1"]).encode()
    told = await sheets.recognise_sheet(
        quiet.database.pool, asking(quiet, GUANGZHOU), quiet.directory, io.BytesIO(sent), filename="a.csv",
        content_type=None,
    )  # fmt: skip
    assert [one.problem for one in told.rows] == ["无法判定", "予以认可"]


async def test_slices_answer_as_the_whole_and_say_how_far_they_are(
    quiet: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = material.firm()
    rows = [line((await operator(quiet, firm))[1], at=firm) for _ in range(4)] + [line("DEMNONE")]
    whole = await answered(quiet, GUANGZHOU, *rows)
    monkeypatch.setattr(recognition_batches, "SLICE", 2)
    steps: list[tuple[int, int]] = []
    assert await answered(quiet, GUANGZHOU, *rows, progress=lambda *step: steps.append(step)) == whole
    assert steps == [(2, 5), (4, 5), (5, 5)]


# Who may ask about whom


async def test_an_enterprise_hears_of_others_staff_what_it_hears_of_unknown_numbers(quiet: Runtime) -> None:
    _, own = await operator(quiet, OWN)
    _, others = await operator(quiet, material.firm())
    unknown = f"T{material.person().id_number}"
    told = await answered(quiet, FIRM, line(own), line(others), line(unknown))
    assert told[0] == ("予以认可", "")
    assert told[1] == told[2]
    assert told[1][0] == "无法判定"


async def test_an_appointed_person_is_own_staff(quiet: Runtime) -> None:
    person, number = await operator(quiet, material.firm())
    assert await verdicts(quiet, FIRM, line(number)) == ["无法判定"]
    values = material.appointment(person, OWN, "440100")
    await keep(quiet, GUANGZHOU, "APPOINTMENT", values, day=quiet.today())
    assert await verdicts(quiet, FIRM, line(number)) != ["无法判定"]


async def test_persons_found_are_written_down_together_and_each_sought_in_vain_apart(quiet: Runtime) -> None:
    firm, unknown = material.firm(), material.person()
    (first, one), (second, other) = await operator(quiet, firm), await operator(quiet, firm)
    await answered(quiet, GUANGZHOU, line(one), line(unknown.id_number), line(other), line("DEMNONE"))
    ids = [str(quiet.keys.person_id(person.id_number)) for person in (first, second, unknown)]
    found, missed = await written(quiet, EVIDENCE)
    common = {
        "slug": GUANGZHOU, "client_id": GUANGZHOU, "purpose": PURPOSE[0], "case_number": PURPOSE[1],
        "root_field": "recognition", "fields": ["Certificate.status"], "request_id": "request-1",
    }  # fmt: skip
    assert found == {**common, "subjects": sorted(ids[:2]), "sought": None}
    assert missed == {**common, "subjects": [], "sought": ids[2]}


async def test_after_the_last_miss_no_persons_number_is_answered_be_it_known_or_not(quiet: Runtime) -> None:
    firm = material.firm()
    _, known = await operator(quiet, firm)
    _, after = await operator(quiet, firm)
    number = await engineer(quiet, firm)
    strangers = [line(material.person().id_number) for _ in range(5)]
    rows = [line(known, at=firm), *strangers, line(after, at=firm), line(number, at=firm)]
    told = await verdicts(quiet, GUANGZHOU, *rows)
    assert told[:7] == ["予以认可", "无法判定", "无法判定", "无法判定", "未查询", "未查询", "未查询"]
    assert told[7] != "未查询"
    assert len([one for one in await written(quiet, EVIDENCE) if one["sought"]]) == 3
    assert await verdicts(quiet, GUANGZHOU, line(known, at=firm)) == ["未查询"]
    alone = {"certificate_number": known, "host_region": "440100"}
    with pytest.raises(Refusal) as refused:
        await recognised(quiet.database.pool, asking(quiet, GUANGZHOU), quiet.directory, alone)
    assert refused.value.code == "TOO_MANY_MISSES"


async def test_two_tables_at_once_have_no_more_misses_than_one(quiet: Runtime) -> None:
    several = [[line(material.person().id_number) for _ in range(3)] for _ in range(4)]
    told = await asyncio.gather(*(verdicts(quiet, GUANGZHOU, *rows) for rows in several))
    assert sorted(verdict for one in told for verdict in one) == ["无法判定"] * 3 + ["未查询"] * 9


async def test_the_misses_of_one_tenant_are_not_anothers(quiet: Runtime) -> None:
    await answered(quiet, GUANGZHOU, *(line(material.person().id_number) for _ in range(3)))
    assert await verdicts(quiet, SHENZHEN, line(material.person().id_number, "440300")) == ["无法判定"]


# What is kept of the answers

RELIED = "select host_region, relied_on from recognition_reliance order by host_region"
PRESENTED = "select kind, issuing_region, host_region, case_number from presentation"


async def test_an_authority_relies_on_what_it_accepts_at_a_place_it_governs(quiet: Runtime) -> None:
    firm = material.firm()
    _, number = await operator(quiet, firm)
    rows = [line(number, host, firm) for host in ("440100", "440100", "440106", "320100")]
    assert await verdicts(quiet, GUANGZHOU, *rows) == ["予以认可"] * 4
    today = quiet.today()
    assert await written(quiet, RELIED) == [
        {"host_region": "440100", "relied_on": today}, {"host_region": "440106", "relied_on": today},
    ]  # fmt: skip


async def test_an_enterprise_that_asks_relies_on_nothing(quiet: Runtime) -> None:
    _, number = await operator(quiet, OWN)
    assert await verdicts(quiet, FIRM, line(number)) == ["予以认可"]
    assert await written(quiet, RELIED) == []


async def test_numbers_nobody_recorded_are_kept_as_presented_once_of_each_place(quiet: Runtime) -> None:
    row = line("DEMFORGED1", kind="特种作业操作证", issued="310000")
    rows = [row, row, line("DEMFORGED2", kind="特种作业操作证"), line("DEMFORGED1", "320100", None, *row[4:6])]
    await answered(quiet, GUANGZHOU, *rows)
    assert await written(quiet, PRESENTED) == [
        {"kind": "SPECIAL_OPERATION", "issuing_region": "310000", "host_region": "440100", "case_number": PURPOSE[1]}
    ]


# The verb


async def test_the_verb_writes_the_answers_beside_the_file(quiet: Runtime, tmp_path: Path, capsys: Any) -> None:
    firm = material.firm()
    _, number = await operator(quiet, firm)
    path, printer = tmp_path / "进场人员.xlsx", Printer(as_json=False, language="zh")
    path.write_bytes(workbook(line(number, at=firm), line("")))
    code = await recognise_path(quiet, printer, path=path, tenant=GUANGZHOU, purpose=PURPOSE[0], case_number=PURPOSE[1])
    assert code == 2
    _, first, second = read((tmp_path / "进场人员-互认结果.xlsx").read_bytes())
    assert (first[0], second[0]) == ("予以认可", "未查询")
    assert "予以认可 1  未查询 1" in capsys.readouterr().out
