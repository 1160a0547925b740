"""`exchange roster`: a table of persons or firms to be watched, through the same check as POST /rosters."""

import asyncio
from pathlib import Path

from exchange.cli.printing import Printer, unknown_client
from exchange.cli.result_files import keep, named_beside
from exchange.rosters import SCOPE, roster_name
from exchange.runtime import Runtime
from exchange.sheets.gates import request_for_sheet
from exchange.sheets.rosters import FORMS, upload
from exchange.transport.parameters import new_request_id
from tenants.caller import caller_for

SHOWN = 20
_LABELS = {
    "read": "读取", "added": "新增", "changed": "更新", "removed": "移除", "unchanged": "未变", "refused": "错误",
}  # fmt: skip


async def keep_path(
    runtime: Runtime, printer: Printer, *, path: Path, tenant: str, name: str, purpose: str | None,
    receipt: Path | None = None,
) -> int:  # fmt: skip
    """Keep the roster of a file for a tenant: 0 all kept, 2 some rows refused. Raises Refusal when none can be read."""
    client = runtime.directory.clients.get(tenant)
    if client is None:
        raise unknown_client(runtime, tenant)
    caller = caller_for(runtime.directory, client, expires_at=float("inf"), day=runtime.today())
    caller.require(SCOPE)
    asking = runtime.ask(request_for_sheet(new_request_id()), caller)
    with path.open("rb") as file:
        done = await upload(
            runtime.database.pool, asking, roster_name(name, purpose), file, filename=path.name, content_type=None
        )
    counted = "  ".join(f"{zh} {outcome} {done.counts[outcome]}" for outcome, zh in _LABELS.items())
    lines = [f"{'!' if done.back else '√'} {counted}", f"  名册 roster {done.roster_id}"]
    lines += [f"  第 {one['row']} 行 {one['header']} {one['code']} {one['message']}" for one in done.found[:SHOWN]]
    if done.back:
        wanted = receipt or named_beside(path, "待修改", done.form)
        suffix = wanted.suffix.removeprefix(".")
        form = suffix if suffix in FORMS else done.form
        receipt = await asyncio.to_thread(keep, wanted, lambda file: done.write(file, form))
        lines.append(f"! 错误行已写入 refused rows: {receipt}；改后直接再上传 mend it and send it again")
    printer.show(done.as_answer(), lines=lines)
    return 2 if done.back else 0
