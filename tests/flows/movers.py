"""Two housing departments between which certificates move, and the steps as the flow tests take them."""

from collections.abc import Mapping
from typing import Any

from exchange.cli.onboarding import add_tenant
from exchange.cli.printing import Printer
from exchange.demo.cast import synthetic_code
from tests.flows import material
from tests.flows.material import Firm, Person

GUANGDONG, JIANGSU, ZHEJIANG = "gd-housing", "js-mover", "zj-mover"
PURPOSE = ("办理转入", "DEM-TR-1")
_PROVINCES = {JIANGSU: ("320000", "江苏"), ZHEJIANG: ("330000", "浙江")}
SIGNS = {"gd-housing": "粤", JIANGSU: "苏", ZHEJIANG: "浙"}

_SELECTED = """transfer { id state certificateId newCertificateId validTo dueOn isOverdue }
  userErrors { code field message }"""
OUT = f"mutation M($x: TransferOutInput!) {{ transferOut(input: $x) {{ {_SELECTED} }} }}"
IN = f"mutation M($x: TransferInInput!) {{ transferIn(input: $x) {{ {_SELECTED} }} }}"
WITHDRAW = f"mutation M($x: TransferEndInput!) {{ transferWithdraw(input: $x) {{ {_SELECTED} }} }}"
DECLINE = f"mutation M($x: TransferEndInput!) {{ transferDecline(input: $x) {{ {_SELECTED} }} }}"
DATA = """query D($by: TransferBy!) { transferData(by: $by) {
  transferId certificateId certificateNumber certificateIdentifier name idNumberMasked managerClass employerCode validTo
  remainingDays status losingAuthority { id } standingActions standingFlags openReviews } }"""
CARD = """query C($id: ID!) { certificate(by: {id: $id}) { number status reportedStatus validFrom validTo operation
  previousNumber previousIdentifier creditCode employerName managerClass owner { id } } }"""
_CHANGED = """changeId certificates { transferId certificateNumber state newCertificateId }
  userErrors { code field message }"""
REQUEST = f"mutation M($x: EmployerChangeRequestInput!) {{ done: employerChangeRequest(input: $x) {{ {_CHANGED} }} }}"
AGREE = f"mutation M($x: EmployerChangeInput!) {{ done: employerChangeAgree(input: $x) {{ {_CHANGED} }} }}"
REFUSE = f"mutation M($x: EmployerChangeEndInput!) {{ done: employerChangeRefuse(input: $x) {{ {_CHANGED} }} }}"
RECALL = f"mutation M($x: EmployerChangeEndInput!) {{ done: employerChangeRecall(input: $x) {{ {_CHANGED} }} }}"


async def join(hub: Any) -> None:
    """Two departments more; neither has an agreement with Guangdong."""
    for serial, (slug, (region, name)) in enumerate(_PROVINCES.items()):
        values = {
            "slug": slug, "kind": "AUTHORITY", "name": f"{name}省住房和城乡建设厅（演示）", "name_en": "Housing (demo)",
            "credit_code": synthetic_code("11", region, 9301 + serial), "region": region, "sector": "HOUSING",
            "jurisdiction": region[:2],
        }  # fmt: skip
        await add_tenant(hub.runtime, Printer(as_json=True, language="en"), values, (), rotates=False, founds=False)
    await hub.runtime.reload()


def held(
    person: Person, firm: Firm, slug: str = GUANGDONG, manager_class: str = "C3", **changed: Any
) -> dict[str, Any]:
    """A manager's certificate of a province, as its own input."""
    region = _PROVINCES.get(slug, ("440000", ""))[0]
    made = material.construction(person, firm, region=region)
    number = made["number"].replace("粤", SIGNS[slug]).replace("C3", manager_class)
    return {
        **made, "number": number, "managerClass": manager_class, "validFrom": "2025-01-01", "validTo": "2027-12-31",
        **changed,
    }  # fmt: skip


def new_number(slug: str = JIANGSU, manager_class: str = "C3") -> str:
    """A number nobody has."""
    made = material.construction(material.person(), material.firm("320000"))["number"]
    return str(made.replace("粤", SIGNS[slug]).replace("C3", manager_class))


def codes(answer: Mapping[str, Any]) -> list[str]:
    """The codes of what is wrong."""
    return [one["code"] for one in answer["userErrors"]]


class Mover:
    """A person with a certificate of Guangdong, and whoever takes a step with it."""

    def __init__(self, ask: Any) -> None:
        self.ask = ask
        self.person, self.firm, self.next = material.person(), material.firm("440000"), material.firm("320000")
        self.old: dict[str, Any] = {}
        self.old_id = ""

    async def issue(self, **changed: Any) -> "Mover":
        """Guangdong issues it."""
        self.old = held(self.person, self.firm, **changed)
        self.old_id = await material.publish(self.ask, GUANGDONG, "constructionSafetyManager", self.old)
        return self

    async def report(self, **changed: Any) -> None:
        """Guangdong reports something else of it."""
        await material.publish(self.ask, GUANGDONG, "constructionSafetyManager", {**self.old, **changed})

    async def out(self, to: str = JIANGSU, by: str = GUANGDONG) -> Any:
        """办理转出"""
        answer = await self.ask(by, OUT, x={"certificateId": self.old_id, "authorityId": to})
        return answer.data["transferOut"]

    async def sent(self) -> str:
        """Set out for Jiangsu; the transfer."""
        made = await self.out()
        assert made["userErrors"] == []
        return str(made["transfer"]["id"])

    async def take(self, transfer: str, by: str = JIANGSU, headers: Any = None, **changed: Any) -> Any:
        """办理转入"""
        values = {
            "transferId": transfer, "idNumber": self.person.id_number, "number": new_number(),
            "employerCode": self.next.credit_code, "employerName": self.next.name, **changed,
        }  # fmt: skip
        return (await self.ask(by, IN, x=values, headers=headers)).data["transferIn"]

    async def end(self, query: str, transfer: str, by: str, reason: str = "持证人不再调动") -> Any:
        """取消办理转出 or 退回"""
        (answer,) = (await self.ask(by, query, x={"transferId": transfer, "reason": reason})).data.values()
        return answer

    async def data(self, by: str = JIANGSU, **named: str) -> Any:
        """转出数据"""
        asked = named or {"number": self.old["number"]}
        return (await self.ask(by, DATA, by=asked, purpose=PURPOSE)).data["transferData"]

    async def card(self, slug: str, record: str) -> Any:
        """A certificate as a tenant sees it."""
        return (await self.ask(slug, CARD, id=record)).data["certificate"]


RECOGNISE = "query Q($i: RecognitionInput!) { recognition(input: $i) { verdict reasons } }"


async def recognised(ask: Any, slug: str, number: str, host: str, employer: str) -> tuple[str, list[str]]:
    """Verdict and reasons of a certificate at an employer in a place."""
    asked = {"certificateNumber": number, "hostRegion": host, "employerCode": employer}
    found = (await ask(slug, RECOGNISE, purpose=PURPOSE, i=asked)).data["recognition"]
    return found["verdict"], found["reasons"]
