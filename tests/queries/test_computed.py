"""Queries that the hub computes, with the answers they give: computed/x.graphql gives x.json. No statement is compiled
for them.

Add a query as computed/x.graphql and run `EXCHANGE_RENEW=1 pytest tests/queries` once; then read its answer.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.confirmations import NANJING, SHANGHAI, confirm
from tests.flows.scratch import answered, keep, quiet_hub
from tests.queries.test_queries import FOLDER, PURPOSE, kept

COMPUTED = FOLDER / "computed"
QUERIES = sorted(path.stem for path in COMPUTED.glob("*.graphql"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hub_with_confirmations(database: Any) -> AsyncIterator[Runtime]:
    """Nanjing confirms three welders of Shanghai: one as he stands, one revoked since, one reinstated since."""
    async with quiet_hub(database.dsn, "exchange_computed") as runtime:
        today = runtime.today()
        for before, since in (("VALID", "VALID"), ("VALID", "REVOKED"), ("SUSPENDED", "VALID")):
            welder = material.special_operation(material.person(), material.firm("310000"), region="310000") | {
                "validTo": str(today + timedelta(days=900)), "reviewDueOn": str(today + timedelta(days=300)),
            }  # fmt: skip
            await keep(runtime, SHANGHAI, "SPECIAL_OPERATION", {**welder, "reportedStatus": before}, day=today)
            await confirm(runtime, welder)
            await runtime.settle()
            await keep(runtime, SHANGHAI, "SPECIAL_OPERATION", {**welder, "reportedStatus": since}, day=today)
        yield runtime


@pytest.mark.parametrize("name", QUERIES)
async def test_the_computed_example_gives_its_answer(name: str, hub_with_confirmations: Runtime) -> None:
    text = (COMPUTED / f"{name}.graphql").read_text("utf-8")
    await hub_with_confirmations.settle()
    body = await answered(hub_with_confirmations, NANJING, text, PURPOSE)
    assert list(body) == ["data"]
    shown = orjson.dumps(body["data"], option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    assert shown == kept(COMPUTED / f"{name}.json", shown)
