"""The tiny fixed data the example queries are asked of: one firm, three persons, two cities; and for the dossiers those
of dossier_dataset.py. Always the same."""

from datetime import date, timedelta

from exchange.clock import run_clock
from exchange.demo.cast import synthetic_code
from exchange.runtime import Runtime
from schema.fields import id_number_check
from tests.flows import material
from tests.flows.material import Firm, Person
from tests.flows.scratch import keep
from tests.queries.dossier_dataset import FOUNDRY, MANAGER, fill_dossiers

FIRM = Firm(name="示范化工有限公司", credit_code=synthetic_code("91", "440300", 27_000_001), region="440300")


def _person(name: str, place: int) -> Person:
    first = f"9900001985061{place}100{place}"[:17]
    return Person(name=name, id_number=first + id_number_check(first))


PERSONS = (_person("示例张三", 1), _person("示例李四", 2), _person("示例王五", 3))
# `known` is set by `fill`: between the first grading and the second
VARIABLES = {
    "number": PERSONS[0].id_number, "code": FIRM.credit_code, "firmCode": FOUNDRY.credit_code,
    "managerNumber": MANAGER.id_number, "known": "2026-11-23T00:00:00+08:00",
}  # fmt: skip


async def fill(runtime: Runtime) -> None:
    """Publish it all, let one certificate end, and let the reviews open."""
    for place, person in enumerate(PERSONS):
        ends = date(2026, 11, 22) + timedelta(days=9 * place)
        values = {**material.certificate(person, FIRM, valid_to=ends), "firstIssuedOn": "2020-11-01"}
        await keep(runtime, "sz-bureau", "SAFETY_MANAGEMENT", values)
    await keep(runtime, "sz-bureau", "SPECIAL_OPERATION", material.special_operation(PERSONS[1], FIRM))
    appointed = {**material.appointment(PERSONS[0], FIRM, "440100")}
    await keep(runtime, "gz-bureau", "APPOINTMENT", appointed)
    matter = {**material.matter(FIRM, "440100"), "caseNumber": "DEM00000001"}
    await keep(runtime, "gz-bureau", "PROJECT_APPROVAL", matter)
    for band, decision in (("ORANGE", None), ("RED", "示应急决〔2026〕1号")):
        values = material.grading(FIRM, band, decision=decision)
        await keep(runtime, "sz-bureau", "RISK_GRADING", values)
        if band == "ORANGE":
            async with runtime.database.hub_pool.acquire() as connection:
                VARIABLES["known"] = (await connection.fetchval("select clock_timestamp()")).isoformat()
    await fill_dossiers(runtime)
    async with runtime.database.hub_pool.acquire() as connection:
        await run_clock(connection, date(2026, 11, 24))
    await runtime.settle()
