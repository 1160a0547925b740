"""The neighbourhood the isolation tests look at: what Shenzhen and Guangzhou published, and who asks.

Add the next record as an entry of `ids`; its name may then stand in tests/spec/access.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import aiohttp

from exchange.demo.cast import ENTERPRISE
from tests.flows import material
from tests.flows.material import Firm, Person, publish
from tests.flows.rules import publish_in_time

PURPOSE = ("隔离测试", "DEM-ISOLATION-1")
SHENZHEN, GUANGZHOU, DONGGUAN, HOUSING, SHANGHAI = "sz-bureau", "gz-bureau", "dg-bureau", "gd-housing", "sh-bureau"
FIRM, PARTNER, OPERATOR = "huadong-construction", "bidding-platform", "operator"
COLUMNS = {
    "深圳": SHENZHEN, "广州": GUANGZHOU, "东莞": DONGGUAN, "上海": SHANGHAI,
    "本企业": FIRM, "合作方": PARTNER, "运营方": OPERATOR,
}  # fmt: skip
FORBIDDEN = "FORBIDDEN"
_RULES = count(1)
_PERSON = "query Person($by: PersonBy!) { person(by: $by) { id name } }"


@dataclass(frozen=True, kw_only=True)
class World:
    """One firm flagged by Shenzhen with a matter in Guangzhou and the enterprise that is a tenant. `ids` by name.

    A person of the firm has no certificate for the post; another firm came from it.
    """

    firm: Firm
    successor: Firm
    person: Person
    own_person: Person
    ids: Mapping[str, str]
    start: str
    month: str
    receipt: str
    log_size: int

    @property
    def names(self) -> Mapping[str, str]:
        """The names by id."""
        return {identity: name for name, identity in self.ids.items()}


async def settle_in(hub: Any, ask: Any, http: aiohttp.ClientSession) -> World:
    """Publish everything and let the reviews open."""
    own = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
    firm, person, own_person = material.firm(), material.person(), material.person()
    successor = material.firm()
    appointed = {**material.appointment(person, firm, "440300"), "post": "SPECIAL_OPERATOR"}
    post = await publish(ask, SHENZHEN, "appointment", appointed)
    await publish(ask, SHENZHEN, "succession", material.succession(firm, successor))
    alike, tip = await _look_alike(ask), await _reported(ask)
    await hub.runtime.settle()  # what other tests committed is numbered before the start, not after
    start = f"seq:{hub.runtime.signal.position}"
    today = hub.runtime.today()
    inquiry = material.flag(firm, category="ACCIDENT_INVESTIGATION")
    roster = await _listed(ask, firm)
    ids = {
        "post": post,
        "roster": roster,
        "tip": tip,
        "matter": await publish(ask, GUANGZHOU, "projectApproval", material.matter(firm, "440100")),
        "grading": await publish(ask, SHENZHEN, "riskGrading", material.grading(firm)),
        "flag": await publish(ask, SHENZHEN, "riskFlag", {**material.flag(firm), "decidedOn": str(today)}),
        "inquiry": await publish(ask, SHENZHEN, "riskFlag", inquiry),
        "certificate": await publish(ask, SHENZHEN, "safetyManagement", material.certificate(person, firm)),
        "own_certificate": await publish(ask, SHENZHEN, "safetyManagement", material.certificate(own_person, own)),
        "own_flag": await publish(ask, SHENZHEN, "riskFlag", material.flag(own)),
        "delta_flag": await publish(ask, SHANGHAI, "riskFlag", material.flag(material.firm("310000"))),
    }
    await hub.runtime.settle()
    reviews = await pages(ask, GUANGZHOU, "reviews(first: 100, after: $after)", "id flag { id }")
    caused = {one["flag"]["id"]: one["id"] for one in reviews if one["flag"]}
    ids |= {"review": caused[ids["flag"]], "inquiry_review": caused[ids["inquiry"]]}
    ids |= await _looked_up(ask, person)
    ids |= {"shown": await _shown(ask, ids["certificate"])}
    suspected = await pages(ask, SHENZHEN, "suspectedDuplicates(first: 100, after: $after)", "id record { id }")
    ids |= {"alike": next(one["id"] for one in suspected if one["record"]["id"] in alike)}
    ids |= {"batch": await _imported(hub, http), "dispute": await _disputed(ask, ids["own_flag"])}
    ids |= {"confirmation": await _confirmed(ask, person)}
    check, receipt = await _checked(ask, firm)
    ids |= {"check": check, "policy": await _policy(ask)}
    await publish_in_time(hub, SHENZHEN, material.rule(f"AR-440300-{next(_RULES):04d}", "4403") | {
        "validFrom": today.isoformat()})  # fmt: skip
    await hub.runtime.settle()
    return World(
        firm=firm, successor=successor, person=person, own_person=own_person, ids=ids, start=start, receipt=receipt,
        month=f"{today:%Y-%m}",
        log_size=await hub.database.hub_pool.fetchval("select max(size) from ledger_checkpoint"),
    )  # fmt: skip


async def _checked(ask: Any, firm: Firm) -> tuple[str, str]:
    """Shenzhen checks the firm at a gate; id and receipt."""
    query = "mutation C($x: GateCheckInput!) { gateCheck(input: $x) { gateCheck { id receiptNumber } } }"
    asked = {"gate": "BID", "creditCode": firm.credit_code, "region": "440300"}
    made = (await ask(SHENZHEN, query, x=asked)).data["gateCheck"]["gateCheck"]
    return made["id"], made["receiptNumber"]


async def _confirmed(ask: Any, person: Person) -> str:
    """Dongguan confirms that the certificate of Shenzhen counts in Guangzhou, or not; the number."""
    query = "mutation C($i: RecognitionInput!) { recognitionConfirm(input: $i) { confirmation { number } } }"
    asked = {"certificateNumber": person.id_number, "hostRegion": "440100"}
    made = (await ask(DONGGUAN, query, purpose=PURPOSE, i=asked)).data["recognitionConfirm"]
    number: str = made["confirmation"]["number"]
    return number


async def _policy(ask: Any) -> str:
    """Shenzhen publishes its next policy, which leaves everything as it is; its identifier."""
    before = (await ask(SHENZHEN, "{ policies { version } }")).data["policies"]
    query = "mutation P($x: PolicyPublishInput!) { policyPublish(input: $x) { policy { identifier } } }"
    values = {"version": before[0]["version"] + 1 if before else 1, "terms": []}
    identifier: str = (await ask(SHENZHEN, query, x=values)).data["policyPublish"]["policy"]["identifier"]
    return identifier


async def _listed(ask: Any, firm: Firm) -> str:
    """Shenzhen lists the firm in a roster; the roster's id."""
    query = "mutation R($x: RosterChangeInput!) { rosterChange(input: $x) { roster { id } } }"
    entry = {"change": "ADD", "name": firm.name, "creditCode": firm.credit_code}
    sent = {"name": firm.name, "purpose": "重点监管", "entries": [entry]}
    roster: str = (await ask(SHENZHEN, query, x=sent)).data["rosterChange"]["roster"]["id"]
    return roster


async def _shown(ask: Any, certificate_id: str) -> str:
    """Shenzhen makes a safety code for its certificate; the code's id."""
    query = "mutation S($x: SafetyCodeInput!) { safetyCode(input: $x) { safetyCode { id } } }"
    code: str = (await ask(SHENZHEN, query, x={"certificateId": certificate_id})).data["safetyCode"]["safetyCode"]["id"]
    return code


async def _look_alike(ask: Any) -> set[str]:
    """Certificates of one number under two persons, of Shenzhen and of Guangzhou; the ids."""
    firm = material.firm()
    first, second = (material.engineer(material.person(), firm, region=region) for region in ("440300", "440100"))
    mine = await publish(ask, SHENZHEN, "assistantSafetyEngineer", first)
    theirs = await publish(ask, GUANGZHOU, "assistantSafetyEngineer", {**second, "number": first["number"]})
    return {mine, theirs}


async def _disputed(ask: Any, record_id: str) -> str:
    """The enterprise disputes what Shenzhen said of it; the dispute's id."""
    query = "mutation D($x: DisputeOpenInput!) { disputeOpen(input: $x) { dispute { id } } }"
    values = {"recordId": record_id, "grounds": "FACTS_WRONG", "text": "与事实不符"}
    dispute: str = (await ask(FIRM, query, x=values)).data["disputeOpen"]["dispute"]["id"]
    return dispute


async def _reported(ask: Any) -> str:
    """The partner hands in who works in Guangzhou with a certificate of Shenzhen, which accepts it; the report's id."""
    holder, firm = material.person(), material.firm()
    values = material.special_operation(holder, firm)
    await publish(ask, SHENZHEN, "specialOperation", values)
    await publish(ask, GUANGZHOU, "appointment", material.appointment(holder, firm, "440100"))
    query = "mutation T($x: TipFileInput!) { tipFile(input: $x) { tip { id } } }"
    sent = {"category": "CERTIFICATE_LENDING", "region": "440300", "text": "证书挂靠",
            "certificateNumber": values["number"], "reporter": {"phone": "13900002222"}}  # fmt: skip
    tip: str = (await ask(PARTNER, query, x=sent)).data["tipFile"]["tip"]["id"]
    accept = "mutation T($x: TipTriageInput!) { tipTriage(input: $x) { userErrors { code } } }"
    await ask(SHENZHEN, accept, x={"tipId": tip, "decision": "ACCEPTED"})
    return tip


async def _looked_up(ask: Any, person: Person) -> dict[str, str]:
    found = (await ask(SHENZHEN, _PERSON, purpose=PURPOSE, by={"idNumber": person.id_number})).data["person"]
    trace = (await ask(SHENZHEN, "{ accessRecords(first: 1) { nodes { id persons } } }")).data["accessRecords"]
    (access,) = trace["nodes"]
    assert access["persons"] == [found["id"]]
    return {"person": found["id"], "access": access["id"]}


async def _imported(hub: Any, http: aiohttp.ClientSession) -> str:
    headers = {"Authorization": f"Bearer {hub.token(SHENZHEN)}"}
    address = f"{hub.base_url}/imports?kind=RISK_GRADING&filename=a.ndjson"
    async with http.post(address, data=b'{"creditCode": "wrong"}\n', headers=headers) as response:
        batch: str = (await response.json())["batchId"]
    return batch


async def pages(
    ask: Any, slug: str, field: str, selected: str, holds: Callable[[Any], bool] = lambda _: True
) -> list[Any]:
    """The nodes of a whole list that hold, page by page; `field` continues with `after: $after`."""
    query = (
        f"query Page($after: String) {{ list: {field} "
        f"{{ nodes {{ {selected} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    found, after = [], None
    while True:
        page = (await ask(slug, query, after=after)).data["list"]
        found += [node for node in page["nodes"] if holds(node)]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def caller(hub: Any, slug: str) -> Any:
    """The caller a tenant's fresh token stands for."""
    return hub.runtime.tokens.verify(hub.token(slug), now=hub.runtime.now().timestamp(), day=hub.runtime.today())


async def row_counts(hub: Any) -> list[int]:
    """How many rows and versions there are, as the hub's own role counts them."""
    query = """select array[(select count(*) from record), (select count(*) from record_version),
      (select count(*) from review), (select count(*) from event), (select count(*) from dispute_step),
      (select count(*) from tip_step), (select count(*) from recognition_rule), (select count(*) from review_policy),
      (select count(*) from safety_code), (select count(revoked_at) from safety_code),
      (select sum(version) from record), (select sum(version) from review),
      (select count(*) from review_step)]::int[]"""
    async with hub.database.hub_pool.acquire() as connection:
        counts: list[int] = await connection.fetchval(query)
    return counts
