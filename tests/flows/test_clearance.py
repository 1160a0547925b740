"""How a firm stands at a gate, asked by itself: what a check would say, and nothing is left of the question."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from exchange.demo.cast import ENTERPRISE
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub
from tests.flows.test_gates import CHECK

SHENZHEN, GUANGZHOU, FIRM = "sz-bureau", "gz-bureau", "huadong-construction"
CLEARANCE = "query C($g: Gate!, $r: String!) { clearance(gate: $g, region: $r) { verdict reasons { code recordId } } }"
CHECKS = "select count(*) from gate_check"
REVIEWS = "select count(*) from review"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_clearance") as runtime:
        yield runtime


async def test_a_firm_sees_how_it_stands_itself_and_leaves_no_check_and_no_presence(quiet: Runtime) -> None:
    """A flag raised afterwards finds nobody who checked; a check that an authority makes is found."""
    firm = material.Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
    first = (await answered(quiet, FIRM, CLEARANCE, g="BID", r="440100"))["data"]["clearance"]
    await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm))
    await quiet.settle()
    async with quiet.database.hub_pool.acquire() as connection:
        assert (await connection.fetchval(CHECKS), await connection.fetchval(REVIEWS)) == (0, 0)
    flagged = (await answered(quiet, FIRM, CLEARANCE, g="BID", r="440100"))["data"]["clearance"]
    asked = {"gate": "BID", "creditCode": firm.credit_code, "region": "440100"}
    made = (await answered(quiet, GUANGZHOU, CHECK, input=asked))["data"]["gateCheck"]
    assert made["userErrors"] == []
    assert flagged["verdict"] == made["gateCheck"]["verdict"]
    assert "HIDDEN_DANGER" in {one["code"] for one in flagged["reasons"]} - {one["code"] for one in first["reasons"]}
