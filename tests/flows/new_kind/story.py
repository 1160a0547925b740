"""What three added kinds do by themselves: Excel template, import, list, dossiers, history, masking.

Run by tests/flows/test_new_kind.py in a copy of the house to which the kinds were added; nothing else there knows them.
"""

import io
import zipfile
from typing import Any

import pytest

from exchange.intake.headers import SAMPLE_MARK
from exchange.intake.template import template
from schema.kinds import BY_NAME
from tests.flows import material
from tests.flows.neighbours import DONGGUAN, PURPOSE, SHENZHEN
from tests.flows.samples import publish_sample, sent

ADDED = ("SCAFFOLD_ACCEPTANCE", "RESCUE_CERTIFICATE", "CERTIFICATE_LENDING")


async def imported(hub: Any, http: Any, kind: str, content: bytes) -> Any:
    headers = {"Authorization": f"Bearer {hub.token(SHENZHEN)}"}
    address = f"{hub.base_url}/imports?kind={kind}&filename=a.xlsx"
    async with http.post(address, data=content, headers=headers) as response:
        return await response.json()


def filled_in(kind: str, **changes: str) -> bytes:
    """The template of a kind as somebody sends it back: the sample without its mark, some cells changed."""
    with zipfile.ZipFile(io.BytesIO(template(BY_NAME[kind]))) as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    strings = contents["xl/sharedStrings.xml"].decode().replace(SAMPLE_MARK, "")
    for sample, value in {"310000": "440300", **changes}.items():
        strings = strings.replace(f">{sample}<", f">{value}<")
    contents["xl/sharedStrings.xml"] = strings.encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as parts:
        for name, content in contents.items():
            parts.writestr(name, content)
    return buffer.getvalue()


def test_its_template_offers_its_values_to_choose_from() -> None:
    with zipfile.ZipFile(io.BytesIO(template(BY_NAME["SCAFFOLD_ACCEPTANCE"]))) as parts:
        sheet, strings = (parts.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "sharedStrings"))
    assert sheet.count("<dataValidation ") == 2
    assert {title for title in ("脚手架编号*", "验收结论", "不合格", "高处作业") if f">{title}<" in strings} == {
        "脚手架编号*", "验收结论", "不合格", "高处作业",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ADDED)
async def test_a_filled_in_template_is_imported_and_the_same_file_again_changes_nothing(
    kind: str, hub: Any, http: Any
) -> None:
    first, again = [await imported(hub, http, kind, filled_in(kind)) for _ in range(2)]
    assert (first["receipt"], again["receipt"]) == ([], [])
    assert first["counts"] == {"read": 1, "new": 1, "changed": 0, "late": 0, "unchanged": 0, "refused": 0}
    assert again["counts"] == {"read": 1, "new": 0, "changed": 0, "late": 0, "unchanged": 1, "refused": 0}


async def test_its_list_and_the_firm_s_file_give_every_field_with_its_type(ask: Any) -> None:
    firm, kind = material.firm(), BY_NAME["SCAFFOLD_ACCEPTANCE"]
    identity = await publish_sample(ask, kind, sent(kind, firm, material.person()))
    selected = """nodes { id kind region version creditCode name scaffoldNumber storeys height result workCode workName
      acceptedOn nextOn enterprise { name } owner { id } }"""
    query = f"""query Q($x: String!) {{
      scaffoldAcceptances(first: 9, creditCode: $x, region: "440000") {{ totalCount {selected} }}
      enterprise(creditCode: $x) {{ scaffoldAcceptances(first: 9) {{ {selected} }} }} }}"""
    found = (await ask(DONGGUAN, query, x=firm.credit_code)).data
    expected = {
        "id": identity, "kind": "SCAFFOLD_ACCEPTANCE", "region": "440300", "version": 1,
        "creditCode": firm.credit_code, "name": "示例化工有限公司", "scaffoldNumber": "DEM-0001", "storeys": 12,
        "height": 36.5, "result": "PASSED", "workCode": "3", "workName": "高处作业", "acceptedOn": "2026-03-01",
        "nextOn": "2026-09-01", "enterprise": {"name": "示例化工有限公司"}, "owner": {"id": SHENZHEN},
    }  # fmt: skip
    assert found["scaffoldAcceptances"] == {"totalCount": 1, "nodes": [expected]}
    assert found["enterprise"]["scaffoldAcceptances"]["nodes"] == [expected]


async def test_what_is_personal_in_it_is_not_even_in_the_schema(ask: Any) -> None:
    answer = await ask(DONGGUAN, "{ scaffoldAcceptances(first: 1) { nodes { inspector } } }", purpose=PURPOSE)
    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]


async def test_its_history_is_kept(ask: Any, hub: Any) -> None:
    kind = BY_NAME["SCAFFOLD_ACCEPTANCE"]
    values = sent(kind, material.firm(), material.person())
    identity = await publish_sample(ask, kind, values)
    assert await publish_sample(ask, kind, {**values, "storeys": 13}) == identity
    versions = """select version, (body->>'storeys')::int from record where record_id = $1
      union select version, (body->>'storeys')::int from record_version where record_id = $1 order by version"""
    async with hub.database.hub_pool.acquire() as connection:
        assert [tuple(row) for row in await connection.fetch(versions, identity)] == [(1, 12), (2, 13)]


async def test_a_certificate_joins_the_others_with_its_state_holder_and_field(ask: Any) -> None:
    firm, person, kind = material.firm(), material.person(), BY_NAME["RESCUE_CERTIFICATE"]
    identity = await publish_sample(ask, kind, sent(kind, firm, person))
    selected = "nodes { id kind status rescueLevel personType holder { name nameMasked } employer { creditCode } }"
    query = f"""query Q($x: String!, $firm: String!) {{
      certificates(first: 9, kind: RESCUE_CERTIFICATE, creditCode: $firm) {{ {selected} }}
      person(by: {{idNumber: $x}}) {{ certificates(first: 9) {{ {selected} }} }} }}"""
    found = (await ask(DONGGUAN, query, purpose=PURPOSE, x=person.id_number, firm=firm.credit_code)).data
    expected = {
        "id": identity, "kind": "RESCUE_CERTIFICATE", "status": "VALID", "rescueLevel": "FULL", "personType": None,
        "holder": {"name": "示例张三", "nameMasked": "示**三"}, "employer": {"creditCode": firm.credit_code},
    }  # fmt: skip
    assert found["certificates"]["nodes"] == found["person"]["certificates"]["nodes"] == [expected]


async def test_a_flag_on_a_person_shows_no_name_and_no_day_of_another_meaning(ask: Any) -> None:
    """Columns that RISK_FLAG fills with a firm's name and the day in effect hold something else here."""
    firm, person = material.firm(), material.person()
    lending = BY_NAME["CERTIFICATE_LENDING"]
    of_person = await publish_sample(ask, lending, sent(lending, firm, person))
    of_firm = await publish_sample(ask, BY_NAME["RISK_FLAG"], material.flag(firm))
    selected = """nodes { id kind name effectiveOn foundOn decidedOn lentTo cause isCurrent severity
      holder { id nameMasked } }"""
    query = f"""query Q($firm: String!, $x: String!) {{ riskFlags(first: 9, creditCode: $firm) {{ {selected} }}
      person(by: {{idNumber: $x}}) {{ flags(first: 9) {{ nodes {{ id }} }} }} }}"""
    found = (await ask(DONGGUAN, query, purpose=PURPOSE, firm=firm.credit_code, x=person.id_number)).data
    newest, oldest = found["riskFlags"]["nodes"]
    assert newest == {
        "id": of_firm, "kind": "RISK_FLAG", "name": firm.name, "effectiveOn": "2024-03-01", "foundOn": None,
        "decidedOn": "2024-03-01", "lentTo": None, "cause": "重大事故隐患未按期整改", "isCurrent": True,
        "severity": "RED", "holder": None,
    }  # fmt: skip
    assert oldest.pop("holder")["nameMasked"] == "示**三"
    assert oldest == {
        "id": of_person, "kind": "CERTIFICATE_LENDING", "name": None, "effectiveOn": None, "foundOn": "2026-03-01",
        "decidedOn": "2026-03-05", "lentTo": "示例乙公司", "cause": None, "isCurrent": True, "severity": "ORANGE",
    }  # fmt: skip
    assert found["person"]["flags"]["nodes"] == [{"id": of_person}]
