"""Story, a certificate that nobody alters unseen: who writes to the database itself lengthens it, takes a revocation
back or deletes a receipt, and is found by the operator, by a program not ours, and by a receipt given before."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio

from exchange.cli.printing import Printer
from exchange.cli.verifying import check_database
from exchange.demo.cast import ENTERPRISE
from exchange.ledger.receipts import check, keys_of
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.confirmations import as_owner, confirm, look
from tests.flows.material import Firm
from tests.flows.scratch import keep, quiet_hub
from tests.verifier import check_log, check_receipt
from tests.verifier import keys_of as raw_keys_of

SHANGHAI, FIRM = "sh-bureau", ENTERPRISE.slug
OWN = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="310000")
PRINTER = Printer(as_json=True, language="zh")
BEHIND = "set session_replication_role = replica; "
LENGTHENED = "update record set valid_to = valid_to {} 365 where record_id = '{}'"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_unaltered") as runtime:
        yield runtime


class Welder:
    """A certificate of the firm's staff, and what the operator and others find."""

    def __init__(self, quiet: Runtime, folder: Path, capsys: Any) -> None:
        self.quiet, self.folder, self.capsys = quiet, folder, capsys
        self.values = material.special_operation(material.person(), OWN, region="310000")
        self.record_id = ""

    async def issued(self, **changed: Any) -> None:
        day = self.quiet.today()
        self.record_id = await keep(self.quiet, SHANGHAI, "SPECIAL_OPERATION", {**self.values, **changed}, day=day)
        await self.quiet.settle()

    async def altered(self, statement: str) -> None:
        """Somebody writes past the hub, its triggers and row security."""
        await as_owner(self.quiet, BEHIND + statement)

    async def found(self) -> list[tuple[str, str]]:
        """What `exchange verify` says, as (problem, of which record)."""
        await self._verify(None)
        said = json.loads(self.capsys.readouterr().out)
        return [(one["problem"], one["of"].split(" ")[1]) for one in said["findings"]]

    async def found_by_others(self) -> list[str]:
        """What a program that is not ours says of an exported log, with the public keys alone."""
        file = self.folder / "log.ndjson"
        await self._verify(file)
        self.capsys.readouterr()
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        file.unlink()
        return check_log(lines, raw_keys_of(self.quiet.tokens.key_set()))

    async def _verify(self, exported: Path | None) -> None:
        code = await check_database(self.quiet, PRINTER, [], exported)
        assert code in (0, 1)


@pytest.fixture
def welder(quiet: Runtime, tmp_path: Path, capsys: Any) -> Welder:
    return Welder(quiet, tmp_path, capsys)


async def test_a_certificate_made_longer_is_found_and_named_until_it_is_put_right(welder: Welder) -> None:
    await welder.issued()
    await welder.altered(LENGTHENED.format("+", welder.record_id))
    try:
        assert await welder.found() == [("CHANGED", welder.record_id)]
        assert [one.partition(": ")[2] for one in await welder.found_by_others()] == ["the row is not what was logged"]
    finally:
        await welder.altered(LENGTHENED.format("-", welder.record_id))
    assert (await welder.found(), await welder.found_by_others()) == ([], [])


async def test_a_receipt_given_before_still_proves_what_the_certificate_said(welder: Welder) -> None:
    await welder.issued()
    made = await confirm(welder.quiet, welder.values, FIRM)
    await welder.quiet.settle()
    file = (await look(welder.quiet, made["number"], FIRM))["receiptFile"]
    await welder.altered(LENGTHENED.format("+", welder.record_id))
    try:
        keys = welder.quiet.tokens.key_set()
        checked = check(orjson.dumps(file), keys_of(orjson.dumps(keys)))
        assert (checked.is_logged, checked.problems) == (True, ())
        assert checked.claims["recognition"]["certificate"]["validTo"] == welder.values["validTo"]
        assert check_receipt(file, raw_keys_of(keys)) == []
    finally:
        await welder.altered(LENGTHENED.format("-", welder.record_id))


async def test_a_revocation_taken_back_behind_the_hub_is_found(welder: Welder) -> None:
    await welder.issued()
    await welder.issued(reportedStatus="REVOKED")
    state = "update record set reported_status = '{}' where record_id = '{}'"
    await welder.altered(state.format("VALID", welder.record_id))
    try:
        assert await welder.found() == [("CHANGED", welder.record_id)]
    finally:
        await welder.altered(state.format("REVOKED", welder.record_id))
    assert await welder.found() == []


async def test_a_receipt_that_is_deleted_is_missed(welder: Welder) -> None:
    await welder.issued()
    made = await confirm(welder.quiet, welder.values, FIRM)
    await welder.quiet.settle()
    keep_aside = "create table aside as select * from confirmation where number = '{0}'; "
    await welder.altered((keep_aside + "delete from confirmation where number = '{0}'").format(made["number"]))
    try:
        assert await welder.found() == [("MISSING", made["number"])]
    finally:
        await welder.altered("insert into confirmation overriding system value select * from aside; drop table aside")
    assert await welder.found() == []
