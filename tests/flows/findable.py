"""The records the search is asked of: whose they are, what they are called, and who else may see them.

Add the next record as an entry of `settle`; its name may then stand in the tables of test_finding.py.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from exchange.demo.cast import ENTERPRISE
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.material import Firm, Person
from tests.flows.neighbours import GUANGZHOU, SHANGHAI, SHENZHEN
from tests.flows.scratch import answered, keep, quiet_hub

PURPOSE = ("检索测试", "DEM-FIND-1")


def called(name: str, region: str = "440300") -> Firm:
    """A firm with this name that nobody else has."""
    return Firm(name=name, credit_code=material.firm(region).credit_code, region=region)


@dataclass(frozen=True, kw_only=True)
class Findable:
    """A quiet hub with the records; `ids` by name."""

    runtime: Runtime
    firm: Firm
    person: Person
    ids: dict[str, str]

    async def search(self, slug: str, arguments: str, selected: str = "id", **more: Any) -> list[Any]:
        """What a tenant finds, by the names of the records where only the id is asked for."""
        query = f"{{ search(first: 100, {arguments}) {{ nodes {{ {selected} }} }} }}"
        body = await answered(self.runtime, slug, query, more.get("purpose"))
        assert "errors" not in body, body
        names = {identity: name for name, identity in self.ids.items()}
        nodes = body["data"]["search"]["nodes"]
        return [names.get(node["id"], "foreign") for node in nodes] if selected == "id" else nodes

    async def totals(self, slug: str, arguments: str) -> tuple[int, int]:
        """The exact total and the estimate."""
        query = f"{{ search(first: 1, {arguments}) {{ totalCount totalEstimate }} }}"
        found = (await answered(self.runtime, slug, query))["data"]["search"]
        return found["totalCount"], found["totalEstimate"]


@asynccontextmanager
async def findable(dsn: str, name: str) -> AsyncIterator[Findable]:
    """A hub of its own with everything published and followed."""
    async with quiet_hub(dsn, name) as runtime:
        firm, person = (
            called("深圳市明珠机电安装有限公司"),
            Person(name="欧阳试验", id_number=material.person().id_number),
        )
        ids = await _settle(runtime, firm, person)
        await runtime.settle()
        yield Findable(runtime=runtime, firm=firm, person=person, ids=ids)


async def _settle(runtime: Runtime, firm: Firm, person: Person) -> dict[str, str]:
    """Publish in this order, so that what comes later is found earlier."""
    own = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
    own_person = Person(name="司徒示范", id_number=material.person().id_number)
    renamed = Firm(name="内部代号南山公司", credit_code=firm.credit_code, region="440100")
    inquired, delta = called("ＡＢ 明珠化工・试验厂"), called("上海明珠化工有限公司", "310000")
    district = Firm(name=firm.name, credit_code=firm.credit_code, region="440305")
    return {
        "grading": await keep(runtime, SHENZHEN, "RISK_GRADING", material.grading(firm, "YELLOW")),
        "flag": await keep(runtime, SHENZHEN, "RISK_FLAG", material.flag(district)),
        "certificate": await keep(runtime, SHENZHEN, "SAFETY_MANAGEMENT", material.certificate(person, firm)),
        "operation": await keep(runtime, SHENZHEN, "SPECIAL_OPERATION", material.special_operation(person, firm)),
        "appointment": await keep(runtime, GUANGZHOU, "APPOINTMENT", material.appointment(person, firm, "440100")),
        "matter": await keep(runtime, GUANGZHOU, "PROJECT_APPROVAL", material.matter(renamed, "440100")),
        "inquiry": await keep(
            runtime, SHENZHEN, "RISK_FLAG", material.flag(inquired, category="ACCIDENT_INVESTIGATION")
        ),
        "own_flag": await keep(runtime, SHENZHEN, "RISK_FLAG", material.flag(own)),
        "own_certificate": await keep(runtime, SHENZHEN, "SAFETY_MANAGEMENT", material.certificate(own_person, own)),
        "delta_flag": await keep(runtime, SHANGHAI, "RISK_FLAG", material.flag(delta)),
    }
