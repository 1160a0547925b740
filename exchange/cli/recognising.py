"""`exchange recognise`: the certificates of a table, through the same answers as POST /recognitions."""

import asyncio
from pathlib import Path

from exchange.cli.printing import Printer, unknown_client
from exchange.cli.result_files import keep, named_beside
from exchange.runtime import Runtime
from exchange.sheets.gates import request_for_sheet
from exchange.sheets.recognitions import UNASKED, recognise_sheet
from exchange.transport.parameters import new_request_id
from tenants.caller import caller_for


async def recognise_path(
    runtime: Runtime, printer: Printer, *, path: Path, tenant: str, purpose: str, case_number: str,
    output: Path | None = None,
) -> int:  # fmt: skip
    """Answer a file for a tenant: 0 all answered, 2 some rows could not be asked. Raises Refusal when none can."""
    client = runtime.directory.clients.get(tenant)
    if client is None:
        raise unknown_client(runtime, tenant)
    caller = caller_for(runtime.directory, client, expires_at=float("inf"), day=runtime.today())
    caller.require("recognition.ask")
    asking = runtime.ask(request_for_sheet(new_request_id(), purpose, case_number), caller)
    with path.open("rb") as file, printer.progress(100) as bar:
        answered = await recognise_sheet(
            runtime.database.pool, asking, runtime.directory, file, filename=path.name, content_type=None,
            progress=lambda done, total: bar(100 * done // total, f"{done}/{total}"),
        )  # fmt: skip
    wanted = output or named_beside(path, "互认结果", answered.form)
    suffix = wanted.suffix.removeprefix(".")
    form = suffix if suffix in ("xlsx", "csv") else None
    output = await asyncio.to_thread(keep, wanted, lambda file: answered.write(file, form))
    counted = "  ".join(f"{verdict} {count}" for verdict, count in answered.counts.items())
    mark = "!" if answered.counts.get(UNASKED) else "√"
    document = {"output": str(output), "counts": dict(answered.counts)}
    printer.show(document, lines=[f"{mark} {counted or '没有数据行 no rows'}", f"  结果 answers: {output}"])
    return 2 if answered.counts.get(UNASKED) else 0
