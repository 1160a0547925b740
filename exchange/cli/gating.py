"""`exchange gate`: the firms of a table checked at gates, through the same check as POST /gate-checks."""

import asyncio
from pathlib import Path

from exchange.cli.printing import Printer, unknown_client
from exchange.cli.result_files import keep, named_beside
from exchange.runtime import Runtime
from exchange.sheets.gates import UNCHECKED, check_sheet, request_for_sheet
from exchange.transport.parameters import new_request_id
from tenants.caller import caller_for


async def check_path(runtime: Runtime, printer: Printer, *, path: Path, tenant: str, output: Path | None = None) -> int:
    """Check a file for a tenant: 0 all checked, 2 some rows could not be. Raises Refusal when nothing can be read."""
    client = runtime.directory.clients.get(tenant)
    if client is None:
        raise unknown_client(runtime, tenant)
    caller = caller_for(runtime.directory, client, expires_at=float("inf"), day=runtime.today())
    caller.require("gate.check")
    asking = runtime.ask(request_for_sheet(new_request_id()), caller)
    with path.open("rb") as file:
        answered = await check_sheet(
            runtime.database.pool, asking, runtime, file, filename=path.name, content_type=None
        )
    wanted = output or named_beside(path, "核验结果", answered.form)
    suffix = wanted.suffix.removeprefix(".")
    form = suffix if suffix in ("xlsx", "csv") else None
    output = await asyncio.to_thread(keep, wanted, lambda file: answered.write(file, form))
    counted = "  ".join(f"{verdict} {count}" for verdict, count in answered.counts.items())
    mark = "!" if answered.counts.get(UNCHECKED) else "√"
    document = {"output": str(output), "counts": dict(answered.counts)}
    printer.show(document, lines=[f"{mark} {counted or '没有数据行 no rows'}", f"  结果 answers: {output}"])
    return 2 if answered.counts.get(UNCHECKED) else 0
