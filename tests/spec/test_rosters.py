"""Every row of rosters.md is a test; add a row there."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from exchange.triggering.alerting import CHANGING, WATCHED
from schema.kinds import BY_NAME
from tests.flows import material
from tests.flows.material import Firm, Person
from tests.flows.samples import sent
from tests.flows.scratch import keep, quiet_hub
from tests.flows.test_roster_alerts import causes
from tests.flows.test_rosters import BUREAU, FIRM, NEIGHBOUR, OWN, PARTNER, listing, uploaded
from tests.spec.tables import rows

UPLOADERS = {"机关": NEIGHBOUR, "企业": FIRM, "合作单位": PARTNER}
READERS = {"同协议的机关": NEIGHBOUR, "无协议的机关": "gz-bureau", "本企业": FIRM, "合作单位": PARTNER}
HEARD = rows("rosters.md", "何事提醒")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_rosters_spec") as runtime:
        yield runtime


async def _subject(quiet: Runtime, which: str) -> Person | Firm:
    """The firm or person of a cell, with the records that make it so."""
    person = material.person()
    appointed = material.appointment(person, OWN, "320100")
    if which == "证书在本企业的人员":
        await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", material.certificate(person, OWN, region="320100"))
    if which == "在本企业任职的人员":
        await keep(quiet, BUREAU, "APPOINTMENT", appointed)
    if which == "已离任的人员":
        await keep(quiet, BUREAU, "APPOINTMENT", {**appointed, "endedOn": "2025-01-01"})
    return {"本企业": OWN, "他企业": material.firm()}.get(which, person)


@pytest.mark.parametrize("row", rows("rosters.md", "谁能列入谁"), ids=lambda row: row["情形"])
async def test_a_tenant_lists_whom_the_table_lets_it(row: dict[str, str], quiet: Runtime) -> None:
    subject = await _subject(quiet, row["对象"])
    done = await uploaded(quiet, UPLOADERS[row["单位"]], listing(subject), name=row["情形"])
    assert [one["code"] for one in done.found] == ([] if row["结果"] == "列入" else [row["结果"]])
    assert done.counts["added"] == (row["结果"] == "列入")


def test_rosters_and_askers_hear_of_what_the_table_says() -> None:
    assert {row["事件"] for row in HEARD if row["名册"]} == set(WATCHED)
    assert {row["事件"] for row in HEARD if row["查询人"]} == set(CHANGING)


async def _published(quiet: Runtime, what: str, staff: Person) -> str:
    other = material.firm()
    kind, values = {
        "标记": ("RISK_FLAG", material.flag(OWN)),
        "调查": ("RISK_FLAG", material.flag(OWN, category="ACCIDENT_INVESTIGATION")),
        "分级": ("RISK_GRADING", material.grading(OWN, "ORANGE")),
        "本企业证书": ("SPECIAL_OPERATION", material.special_operation(staff, OWN, region="320100")),
        "他企业证书": ("SAFETY_MANAGEMENT", material.certificate(staff, other, region="320100")),
        "许可证": ("SAFETY_PRODUCTION_PERMIT", sent(BY_NAME["SAFETY_PRODUCTION_PERMIT"], OWN, staff)),
        "处理": (
            "CERTIFICATE_ACTION",
            material.action(staff, material.special_operation(staff, OWN, region="320100")),
        ),
        "审批": ("PROJECT_APPROVAL", material.matter(OWN, "320100")),
    }[what]
    return await keep(quiet, BUREAU, kind, values)


@pytest.mark.parametrize("row", rows("rosters.md", "谁得知"), ids=lambda row: row["情形"])
async def test_a_tenant_is_alerted_of_what_the_table_says(row: dict[str, str], quiet: Runtime) -> None:
    staff = material.person()
    await keep(quiet, BUREAU, "APPOINTMENT", material.appointment(staff, OWN, "320100"))
    for slug in READERS.values():
        listed = [listing(OWN)] if slug == PARTNER else [listing(OWN), listing(staff)]
        assert (await uploaded(quiet, slug, *listed, name=row["情形"])).found == []
    record = await _published(quiet, row["记录"], staff)
    for column, slug in READERS.items():
        rosters = len(await causes(quiet, slug, record, name=row["情形"]))
        assert rosters == (row[column] == "提醒"), column
