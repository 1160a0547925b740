"""Story, 安全码: a scan at the site catches forged certificates, and tells a stranger the state and nothing more."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import asyncpg
import pytest

from exchange.demo.cast import ENTERPRISE
from exchange.proof.safety_codes import new_code
from tests.flows import material
from tests.flows.material import Firm, Person, publish

SHENZHEN, GUANGZHOU, SHANGHAI, FIRM, PARTNER = (
    "sz-bureau", "gz-bureau", "sh-bureau", ENTERPRISE.slug, "bidding-platform",
)  # fmt: skip
OWN = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
MAKE = """mutation M($x: SafetyCodeInput!) { safetyCode(input: $x) {
  url svg statusListUri statusListIndex userErrors { code field message }
  safetyCode { id purpose madeAt expiresAt revokedAt scanCount } } }"""
SCANS = """query S($id: ID!) { safetyCodeScans(certificateId: $id) {
  id purpose revokedAt scanCount visitorCount lastScannedAt scans { outcome scannedAt } } }"""
REVOKE = """mutation R($x: SafetyCodeRevokeInput!) { safetyCodeRevoke(input: $x) {
  safetyCode { id revokedAt } userErrors { code } } }"""


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a phone got."""

    status: int
    text: str
    headers: Any

    @property
    def word(self) -> str:
        """The big word."""
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        assert found
        return found[1]


class Site:
    """A site in Shenzhen: a worker of the firm, the certificate, and a stranger with a phone."""

    def __init__(self, hub: Any, ask: Any, http: aiohttp.ClientSession, person: Person, values: dict[str, Any]) -> None:
        self.hub, self.ask, self.http, self.person, self.values = hub, ask, http, person, values
        self.certificate_id = ""

    async def issue(self, **changes: Any) -> str:
        self.values |= changes
        self.certificate_id = await publish(self.ask, SHENZHEN, "specialOperation", self.values)
        return self.certificate_id

    async def make(self, slug: str = FIRM, **values: Any) -> dict[str, Any]:
        answer = await self.ask(slug, MAKE, x={"certificateId": self.certificate_id, **values})
        made: dict[str, Any] = answer.data["safetyCode"]
        return made

    async def code(self, slug: str = FIRM, **values: Any) -> str:
        made = await self.make(slug, **values)
        assert made["userErrors"] == []
        return str(made["url"]).rsplit("/", 1)[1]

    async def scan(self, code: str, **headers: str) -> Page:
        sent = {"Accept": "text/html", **headers}
        async with self.http.get(f"{self.hub.base_url}/v/{code}", headers=sent) as response:
            return Page(status=response.status, text=await response.text(), headers=response.headers)

    async def scan_as_json(self, code: str) -> dict[str, Any]:
        async with self.http.get(f"{self.hub.base_url}/v/{code}", headers={"Accept": "application/json"}) as response:
            answer: dict[str, Any] = await response.json()
        return answer

    async def scans(self, slug: str = FIRM) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ask(slug, SCANS, id=self.certificate_id)).data["safetyCodeScans"]
        return found


@pytest.fixture
def site(hub: Any, ask: Any, http: aiohttp.ClientSession) -> Site:
    person = material.person()
    return Site(hub, ask, http, person, material.special_operation(person, OWN))


async def test_a_scan_shows_the_state_of_today_masked_and_by_whom_it_was_issued(site: Site) -> None:
    await site.issue()
    page = await site.scan(await site.code())
    assert (page.status, page.word) == (200, "有效")
    for shown in ("试**甲", "特种作业操作证（低压电工作业）", "2031-12-31", "2028-12-31", "深圳市应急管理局",
                  "以发证机关为准", "核验时间"):  # fmt: skip
        assert shown in page.text, shown
    for hidden in (site.person.name, site.person.id_number, site.values["number"], OWN.name, OWN.credit_code,
                   site.certificate_id, site.person.id_number[-4:]):  # fmt: skip
        assert hidden not in page.text, hidden


async def test_the_page_works_without_script_and_loads_nothing(site: Site) -> None:
    await site.issue()
    page = await site.scan(await site.code())
    assert "<script" not in page.text
    assert not re.search(r"(src|href)=\"(?!tel:)", page.text)
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert '<meta name="viewport" content="width=device-width' in page.text
    assert page.text.index("有效") < page.text.index("Valid")


async def test_a_forged_signature_a_made_up_number_and_an_altered_letter_are_told_from_a_real_code(site: Site) -> None:
    await site.issue()
    code = await site.code()
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    made_up = "1" + "7" * 40
    other_hub = code[:27] + "Z" * 14
    for wrong in (forged, made_up, other_hub, code[:-1], code + "0", "2" + code[1:], "x", "％00", "１" + code[1:]):
        page = await site.scan(wrong)
        assert (page.status, page.word) == (404, "核验码无效"), wrong
    unknown = await site.scan(new_code(site.hub.runtime.keys, b"no such code 123"))
    assert (unknown.status, unknown.word) == (404, "查无此码")
    assert (await site.scan(code)).word == "有效"
    assert (await site.scan(code.lower())).word == "有效"


async def test_a_card_with_another_name_or_date_differs_from_what_the_scan_shows(site: Site) -> None:
    await site.issue()
    shown = (await site.scan_as_json(await site.code()))["facts"]
    forged_card = {"maskedName": "王*明", "validTo": "2035-12-31", "certificate": "特种作业操作证（高压电工作业）"}
    differing = {name for name, value in forged_card.items() if shown[name] != value}
    assert differing == {"maskedName", "validTo", "certificate"}
    assert "有一项不符，即不应采信" in (await site.scan(await site.code())).text


async def test_a_revocation_shows_at_the_next_scan_of_the_same_code(site: Site) -> None:
    await site.issue()
    code = await site.code()
    assert (await site.scan(code)).word == "有效"
    await site.issue(reportedStatus="REVOKED")
    page = await site.scan(code)
    assert (page.status, page.word) == (200, "吊销")
    assert "发证机关报送：吊销" in page.text


async def test_a_decision_of_another_authority_shows_without_its_number_or_whose_it_is(site: Site, ask: Any) -> None:
    await site.issue()
    code, decision = await site.code(), material.number()
    await publish(ask, GUANGZHOU, "certificateAction", {
        "number": site.values["number"], "name": site.person.name, "idNumber": site.person.id_number,
        "certificateType": "特种作业操作证", "measure": "REVOKED", "cause": "伪造培训记录", "region": "440100",
        "legalBasis": material.LEGAL_BASIS, "decisionNumber": decision, "decidedOn": "2026-03-01",
        "effectiveOn": "2026-03-01",
    })  # fmt: skip
    page = await site.scan(code)
    assert page.word == "吊销"
    assert "自 2026-03-01 起吊销" in page.text
    assert decision not in page.text
    assert "广州" not in page.text


async def test_missed_review_end_and_begin_show_in_words(site: Site) -> None:
    today = site.hub.runtime.today()
    await site.issue(validFrom="2023-01-01", reviewDueOn=str(today - timedelta(days=1)))
    page = await site.scan(await site.code(SHENZHEN))
    assert page.word == "逾期未复审"
    assert f"应于 {today - timedelta(days=1)} 前复审，未见复审记录" in page.text


async def test_a_voided_record_says_so(site: Site, ask: Any) -> None:
    await site.issue()
    code = await site.code()
    query = "mutation V($x: RecordVoidInput!) { recordVoid(input: $x) { userErrors { code } } }"
    await ask(SHENZHEN, query, x={"recordId": site.certificate_id, "reason": "误报"})
    page = await site.scan(code)
    assert (page.status, page.word) == (404, "记录已作废")
    assert "试**甲" not in page.text


async def test_a_dispute_is_marked_and_does_not_change_the_state(site: Site, ask: Any) -> None:
    await site.issue()
    code = await site.code()
    query = "mutation D($x: DisputeOpenInput!) { disputeOpen(input: $x) { userErrors { code } } }"
    values = {"recordId": site.certificate_id, "grounds": "FACTS_WRONG", "text": "姓名有误"}
    assert (await ask(FIRM, query, x=values)).data["disputeOpen"]["userErrors"] == []
    page = await site.scan(code)
    assert page.word == "有效"
    assert "本记录有异议" in page.text
    assert (await site.scan_as_json(code))["isDisputed"] is True


async def test_a_certificate_two_issuers_contradict_each_other_about_is_never_simply_valid(
    site: Site, ask: Any
) -> None:
    await site.issue()
    code = await site.code()
    elsewhere = {**site.values, "region": "440100", "reportedStatus": "RESCINDED"}
    await publish(ask, GUANGZHOU, "specialOperation", elsewhere)
    shown = await site.scan_as_json(code)
    assert (shown["outcome"], shown["state"]) == ("UNCLEAR", "待核实")
    assert shown["reasons"] == [
        {"zh": "另有机关的记录与此不一致", "en": "What another authority recorded contradicts it"}
    ]


async def test_a_code_ends_by_itself_and_when_it_is_withdrawn(site: Site, ask: Any) -> None:
    await site.issue()
    first, second = await site.make(), await site.make()
    code = second["url"].rsplit("/", 1)[1]
    done = (await ask(FIRM, REVOKE, x={"codeId": second["safetyCode"]["id"]})).data["safetyCodeRevoke"]
    assert done["userErrors"] == []
    again = (await ask(FIRM, REVOKE, x={"codeId": second["safetyCode"]["id"]})).data["safetyCodeRevoke"]
    assert again["safetyCode"] == done["safetyCode"]
    assert ((await site.scan(code)).status, (await site.scan(code)).word) == (404, "此码已停用")
    old = first["url"].rsplit("/", 1)[1]
    await _owner(site, "update safety_code set made_at = now() - interval '2 days',"
                 " expires_at = now() - interval '1 second' where code_id = $1", first["safetyCode"]["id"])  # fmt: skip
    expired = await site.scan(old)
    assert (expired.status, expired.word) == (404, "此码已过期")
    assert "请持证人重新出示" in expired.text


async def _owner(site: Site, statement: str, *values: Any) -> None:
    """As the owner of the database, who alone can change what is kept."""
    connection = await asyncpg.connect(site.hub.database.dsn)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


async def test_a_shown_code_lasts_a_day_and_a_printed_one_as_long_as_the_certificate(site: Site) -> None:
    await site.issue()
    shown, printed = (await site.make())["safetyCode"], (await site.make(purpose="PRINTED"))["safetyCode"]
    assert (shown["purpose"], shown["scanCount"], shown["revokedAt"]) == ("SHOWN", 0, None)
    assert _seconds(shown) == 86_400
    assert printed["expiresAt"].startswith(("2032-01-01T00:00:00+08:00", "2031-12-31T16:00:00"))
    assert _seconds((await site.make(validForHours=2))["safetyCode"]) == 7_200
    for wrong in ({"validForHours": 0}, {"validForHours": 169}, {"purpose": "PRINTED", "validForHours": 3}):
        (error,) = (await site.make(**wrong))["userErrors"]
        assert (error["code"], error["field"]) == ("BAD_INPUT", ["input", "validForHours"])


def _seconds(code: dict[str, Any]) -> int:
    made, ends = (datetime.fromisoformat(code[name]) for name in ("madeAt", "expiresAt"))
    return round((ends - made).total_seconds())


async def test_an_ended_certificate_can_be_shown_and_not_printed(site: Site) -> None:
    await site.issue(validFrom="2019-01-01", validTo="2024-12-31", reviewDueOn="2022-01-01", reviewedOn="2021-12-01")
    (error,) = (await site.make(purpose="PRINTED"))["userErrors"]
    assert error["code"] == "CERTIFICATE_ENDED"
    assert "2024-12-31" in error["message"]
    assert (await site.scan(await site.code())).word == "已过期"


async def test_its_issuer_and_the_firm_of_its_holder_make_codes_and_nobody_else(site: Site) -> None:
    await site.issue()
    assert (await site.scan(await site.code(SHENZHEN))).word == "有效"
    for slug in (GUANGZHOU, SHANGHAI):
        assert [one["code"] for one in (await site.make(slug))["userErrors"]] == ["NOT_FOUND"]
    refused = await site.ask(PARTNER, MAKE, x={"certificateId": site.certificate_id})
    assert refused.codes == ["FORBIDDEN"]
    stranger = await publish(site.ask, SHENZHEN, "specialOperation",
                             material.special_operation(material.person(), material.firm()))  # fmt: skip
    site.certificate_id = stranger
    assert [one["code"] for one in (await site.make(FIRM))["userErrors"]] == ["NOT_FOUND"]


async def test_a_firm_shows_the_certificate_of_somebody_it_employs_though_the_certificate_names_no_firm(
    site: Site, ask: Any
) -> None:
    bare = {name: value for name, value in site.values.items() if name not in ("creditCode", "employerName")}
    site.values = bare
    await site.issue()
    assert [one["code"] for one in (await site.make())["userErrors"]] == ["NOT_FOUND"]
    await publish(ask, SHENZHEN, "appointment", material.appointment(site.person, OWN, "440300"))
    assert (await site.scan(await site.code())).word == "有效"


async def test_its_owner_sees_how_often_it_was_scanned_and_nobody_else_does(site: Site) -> None:
    await site.issue()
    code = await site.code()
    for _ in range(3):
        await site.scan(code)  # again within a minute is one
    await site.issue(reportedStatus="SUSPENDED")
    await site.scan(code)
    (seen,) = await site.scans()
    assert (seen["scanCount"], seen["visitorCount"]) == (2, 1)
    assert [one["outcome"] for one in seen["scans"]] == ["INVALID", "VALID"]
    assert seen["lastScannedAt"] == seen["scans"][0]["scannedAt"]
    assert await site.scans(SHENZHEN) == []
    kept = await site.hub.database.hub_pool.fetch("select code_hash from safety_code order by made_at desc limit 1")
    assert code.encode() not in bytes(kept[0]["code_hash"])


async def test_the_qr_says_the_address_and_the_slot_is_the_certificate_s(site: Site) -> None:
    await site.issue()
    made = await site.make()
    assert made["url"].startswith(f"{site.hub.base_url}/v/1")
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{41}", made["url"].rsplit("/", 1)[1])
    assert made["svg"].startswith("<svg ")
    assert made["statusListUri"] == f"{site.hub.base_url}/status-lists/1"
    shown = await site.scan_as_json(made["url"].rsplit("/", 1)[1])
    assert shown["status"] == {"status_list": {"idx": made["statusListIndex"], "uri": made["statusListUri"]}}
    assert (await site.make())["statusListIndex"] == made["statusListIndex"]


async def test_making_a_code_leaves_evidence_of_whose_certificate_was_shown(site: Site, ask: Any) -> None:
    await site.issue()
    await site.code()
    query = "{ accessRecords(first: 1) { nodes { purpose fields } } }"
    (left,) = (await ask(FIRM, query)).data["accessRecords"]["nodes"]
    assert left == {"purpose": "出示安全码", "fields": ["Holder.nameMasked", "Certificate.status"]}
