"""The firm and the persons whose dossiers are asked for: three cities publish, one firm went over into another.

Add the next record where `fill_dossiers` publishes what is like it.
"""

from typing import Any

from exchange.demo.cast import synthetic_code
from exchange.runtime import Runtime
from schema.fields import id_number_check
from schema.kinds import BY_NAME
from schema.record import Role
from tests.flows import material
from tests.flows.material import Firm, Person
from tests.flows.samples import sent
from tests.flows.scratch import keep

DONGGUAN, GUANGZHOU, SHENZHEN = "dg-bureau", "gz-bureau", "sz-bureau"
FOUNDRY = Firm(name="岭南冶炼有限公司", credit_code=synthetic_code("91", "440100", 27_000_002), region="440100")
FORMER = Firm(name="岭南铸造有限公司", credit_code=synthetic_code("91", "440100", 27_000_003), region="440100")


def _person(name: str, place: int) -> Person:
    first = f"99000019750512{place:03d}"
    return Person(name=name, id_number=first + id_number_check(first))


PRINCIPAL, MANAGER, OPERATOR = _person("示例赵六", 1), _person("示例钱七", 2), _person("示例孙八", 3)
OTHERS = ("MAJOR_HAZARD_SOURCE", "INSPECTION", "HIDDEN_DANGER", "SITE", "FILING", "BID")


async def fill_dossiers(runtime: Runtime) -> None:
    """Publish all of it."""
    await keep(runtime, GUANGZHOU, "ENTERPRISE_PROFILE", material.profile(FOUNDRY, "isMetalSmelting", staff=130))
    await _staff(runtime)
    await _of_the_manager(runtime)
    for slug, region, scheme, version, score, band, on in (
        (GUANGZHOU, "440100", "示范办法甲", "2018", 55, "ORANGE", "2024-03-01"),
        (GUANGZHOU, "440100", "示范办法甲", "2018", 72.5, "YELLOW", "2025-03-01"),
        (GUANGZHOU, "440100", "示范办法甲", "2026", 3, "YELLOW", "2026-03-01"),
        (DONGGUAN, "441900", "示范办法乙", "1", 990, "BLUE", "2025-06-01"),
    ):
        graded = {**material.grading(FOUNDRY, band, day=on), "region": region, "scheme": scheme, "score": score}
        await keep(runtime, slug, "RISK_GRADING", {**graded, "methodVersion": version})
    await keep(runtime, GUANGZHOU, "SUCCESSION", material.succession(FORMER, FOUNDRY))
    penalty = {**material.flag(FORMER, category="PENALTY", decision="示应急罚〔2024〕9号"), "severity": "ORANGE"}
    await keep(runtime, GUANGZHOU, "RISK_FLAG", penalty)
    matter = {**material.matter(FOUNDRY, "440100"), "caseNumber": "DEM00000002"}
    await keep(runtime, GUANGZHOU, "PROJECT_APPROVAL", matter)
    permit = {**sample("SAFETY_PRODUCTION_PERMIT", FOUNDRY), "validFrom": "2023-11-23", "validTo": "2026-11-22"}
    await keep(runtime, SHENZHEN, "SAFETY_PRODUCTION_PERMIT", permit)
    for kind in OTHERS:
        await keep(runtime, SHENZHEN, kind, sample(kind, FOUNDRY))


async def _staff(runtime: Runtime) -> None:
    """A principal with a good certificate, a safety manager whose one ended, an operator who missed the review."""
    for person, post in ((PRINCIPAL, "PRINCIPAL"), (MANAGER, "SAFETY_MANAGER"), (OPERATOR, "SPECIAL_OPERATOR")):
        appointed = {**material.appointment(person, FOUNDRY, "440100"), "post": post}
        await keep(runtime, GUANGZHOU, "APPOINTMENT", appointed)
    dates = {"validFrom": "2024-01-01", "validTo": "2029-12-31"}
    good = {**material.certificate(PRINCIPAL, FOUNDRY, region="440100"), "personType": "PRINCIPAL", **dates}
    await keep(runtime, GUANGZHOU, "SAFETY_MANAGEMENT", good)
    ended = {**material.certificate(MANAGER, FOUNDRY), "validFrom": "2023-11-01", "validTo": "2026-10-31"}
    await keep(runtime, SHENZHEN, "SAFETY_MANAGEMENT", ended)
    missed = {**material.special_operation(OPERATOR, FOUNDRY, region="441900"), "reviewDueOn": "2026-11-01"}
    await keep(runtime, DONGGUAN, "SPECIAL_OPERATION", missed)


async def _of_the_manager(runtime: Runtime) -> None:
    """Training in two years, one course told by two cities; an examination; a measure against the certificate."""
    for slug, region, sort, day, hours in (
        (GUANGZHOU, "440100", "REFRESHER", "2025-05-10", 12),
        (GUANGZHOU, "440100", "REFRESHER", "2026-05-10", 8),
        (SHENZHEN, "440300", "REFRESHER", "2026-05-10", 8),
        (SHENZHEN, "440300", "REFRESHER", "2026-06-10", 4.5),
        (SHENZHEN, "440300", "CONTINUING", "2026-06-20", 24),
    ):
        course = {**sent(BY_NAME["TRAINING"], FOUNDRY, MANAGER), "employerName": FOUNDRY.name, "region": region}
        course |= {"trainingType": sort, "startedOn": day, "endedOn": day, "hours": hours}
        await keep(runtime, slug, "TRAINING", course)
    for kind in ("ASSESSMENT_RESULT", "CERTIFICATE_ACTION"):
        values = {**sent(BY_NAME[kind], FOUNDRY, MANAGER), "name": MANAGER.name, "employerName": FOUNDRY.name}
        await keep(runtime, SHENZHEN, kind, values)


def sample(kind: str, of: Firm) -> dict[str, Any]:
    """The sample row of a kind about this firm."""
    values = sent(BY_NAME[kind], of, PRINCIPAL)
    return {**values, **({"name": of.name} if Role.NAME in BY_NAME[kind].by_role else {})}
