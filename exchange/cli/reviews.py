"""`exchange reviews`: the desk of a tenant as a table, by the same question as GET /reviews.xlsx."""

from collections.abc import Sequence
from pathlib import Path

import click

from exchange.cli.printing import Printer, unknown_client
from exchange.runtime import Runtime
from exchange.sheets.gates import request_for_sheet
from exchange.sheets.reviews import FORMS, desk_of, write_desk
from exchange.transport.parameters import new_request_id
from tenants.caller import caller_for


async def write_path(
    runtime: Runtime, printer: Printer, *, tenant: str, output: Path, filters: Sequence[str], has_names: bool,
    purpose: str | None, case_number: str | None,
) -> int:  # fmt: skip
    """Write the reviews a tenant sees to a file. Raises Refusal."""
    client = runtime.directory.clients.get(tenant)
    if client is None:
        raise unknown_client(runtime, tenant)
    form = output.suffix.removeprefix(".")
    if form not in FORMS:
        raise click.BadParameter(".xlsx, .csv", param_hint="--out")
    caller = caller_for(runtime.directory, client, expires_at=float("inf"), day=runtime.today())
    asked = {name: value for name, _, value in (one.partition("=") for one in filters)}
    desk = desk_of(
        runtime.engine, request_for_sheet(new_request_id(), purpose, case_number), asked, has_names=has_names
    )
    with output.open("wb") as file:
        count = await write_desk(runtime.engine, caller, desk, file, form)
    printer.show({"output": str(output), "reviews": count}, lines=[f"√ {count} 项 reviews: {output}"])
    return 0
