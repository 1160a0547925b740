"""A certificate another city acted upon, as statistics and search tell it: never as a good one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub

SHENZHEN, GUANGZHOU = "sz-bureau", "gz-bureau"
COUNTED = """{ statistics { certificates { total valid suspended revoked } posts { required certified } } }"""
FOUND = """query S($t: String!) { search(first: 9, kinds: [SPECIAL_OPERATION], creditCode: $t) { nodes { status } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_actions_counted") as runtime:
        yield runtime


async def told(quiet: Runtime, firm: material.Firm) -> tuple[Any, list[str]]:
    (row,) = (await answered(quiet, SHENZHEN, COUNTED))["data"]["statistics"]
    found = await answered(quiet, SHENZHEN, FOUND, t=firm.credit_code)
    return (*row["certificates"].values(), *row["posts"].values()), [
        one["status"] for one in found["data"]["search"]["nodes"]
    ]


async def test_a_certificate_acted_upon_elsewhere_is_not_counted_as_good(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    certificate = material.special_operation(person, firm)
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", certificate)
    post = {**material.appointment(person, firm, "440300"), "post": "SPECIAL_OPERATOR"}
    await keep(quiet, SHENZHEN, "APPOINTMENT", post)
    assert await told(quiet, firm) == ((1, 1, 0, 0, 1, 1), ["VALID"])
    action = material.action(person, certificate, "SUSPENDED")
    await keep(quiet, GUANGZHOU, "CERTIFICATE_ACTION", action)
    assert await told(quiet, firm) == ((1, 0, 1, 0, 1, 0), ["SUSPENDED"])
    await keep(quiet, GUANGZHOU, "CERTIFICATE_ACTION", {**action, "liftedOn": "2026-06-01", "liftReason": "复查合格"})
    assert await told(quiet, firm) == ((1, 1, 0, 0, 1, 1), ["VALID"])
