"""A reason of a gate whose record is in dispute says so, in the table and in the receipt; the verdict is the same."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from exchange.demo.cast import ENTERPRISE
from exchange.demo.seed import caller_of
from exchange.runtime import Runtime
from exchange.sheets.gates import check_sheet, request_for_sheet
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub

SHENZHEN, GUANGZHOU, FIRM = "sz-bureau", "gz-bureau", "huadong-construction"
OPEN = "mutation D($x: DisputeOpenInput!) { disputeOpen(input: $x) { dispute { id } userErrors { code } } }"
WITHDRAW = "mutation W($x: DisputeStepInput!) { disputeWithdraw(input: $x) { userErrors { code } } }"
RECEIPT = "query One($n: String!) { gateReceipt(receiptNumber: $n) { verdict reasons { recordId isDisputed } } }"
TABLE = f"统一社会信用代码,关卡,办理地行政区划代码\n{ENTERPRISE.credit_code},投标,440100\n"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_gate_disputes") as runtime:
        yield runtime


async def checked(quiet: Runtime) -> list[str]:
    """The row as it comes back: verdict, reasons, receipt …"""
    asking = quiet.ask(request_for_sheet("gate-disputes"), caller_of(quiet, GUANGZHOU))
    sent = io.BytesIO(TABLE.encode())
    answer = await check_sheet(quiet.database.pool, asking, quiet, sent, filename="a.csv", content_type=None)
    back = io.BytesIO()
    answer.write(back)
    _, row = csv.reader(io.StringIO(back.getvalue().decode("utf-8-sig")))
    return row


async def test_a_dispute_is_marked_while_it_is_open_and_a_receipt_goes_on_saying_what_was_so(quiet: Runtime) -> None:
    own = material.Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
    flag = await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(own))
    before = await checked(quiet)
    sent = {"recordId": flag, "grounds": "FACTS_WRONG", "text": "隐患已整改"}
    opened = (await answered(quiet, FIRM, OPEN, x=sent))["data"]["disputeOpen"]
    assert opened["userErrors"] == []
    row = await checked(quiet)
    assert row[0] == before[0]
    assert row[1] == before[1].replace("（演示）", "（演示）；所依记录有异议未决", 1)
    kept = (await answered(quiet, GUANGZHOU, RECEIPT, n=row[2]))["data"]["gateReceipt"]
    assert {one["recordId"] for one in kept["reasons"] if one["isDisputed"]} == {flag}
    await answered(quiet, FIRM, WITHDRAW, x={"disputeId": opened["dispute"]["id"], "reason": "撤回"})
    assert (await checked(quiet))[:2] == before[:2]
    assert (await answered(quiet, GUANGZHOU, RECEIPT, n=row[2]))["data"]["gateReceipt"] == kept
