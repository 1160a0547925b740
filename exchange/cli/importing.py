"""`exchange import`: a file from disk, through the same importer as POST /imports; the receipt goes to a file beside
it."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import orjson

from exchange.cli.printing import Printer
from exchange.imports import import_file, kind_named
from exchange.publish import Publication
from exchange.runtime import Runtime
from tenants.caller import caller_for

_LABELS = {"read": "读取", "new": "新增", "changed": "更新", "late": "补报", "unchanged": "未变", "refused": "错误"}


async def import_path(
    runtime: Runtime, printer: Printer, path: Path, *, kind: str, tenant: str, operator: str | None
) -> int:
    """Import one file for a tenant: 0 all kept, 2 some rows refused. Raises Refusal when nothing of it can be read."""
    from exchange.cli import unknown_client

    client = runtime.directory.clients.get(tenant)
    if client is None:
        raise unknown_client(runtime, tenant)
    caller = caller_for(runtime.directory, client, expires_at=float("inf"), day=runtime.today())
    publication = Publication(
        tenant=caller.tenant, keys=runtime.keys, day=runtime.today(), batch_id=uuid.uuid4(), operator=operator
    )
    wanted = kind_named(kind)
    with await asyncio.to_thread(path.open, "rb") as file:
        result = await import_file(
            runtime.database.pool, caller, publication, file, kind=wanted, file_name=path.name, content_type=None
        )
    await runtime.settle()
    counts = result.counts
    mark = "!" if counts["refused"] else "√"
    lines = [f"{mark} " + "  ".join(f"{zh} {name} {counts[name]}" for name, zh in _LABELS.items())]
    lines += [f"  {_line(one, printer.language)}" for one in result.receipt[:20]]
    if not counts["read"]:
        lines.append("! 没有数据行（示例行不计） no rows; sample rows do not count")
    if len(result.receipt) > 20:
        receipt = path.with_suffix(".receipt.json")
        await asyncio.to_thread(receipt.write_bytes, orjson.dumps(result.receipt, option=orjson.OPT_INDENT_2))
        lines.append(f"  全部 {len(result.receipt)} 条见 all in {receipt}")
    printer.show(result.as_answer(), lines=lines)
    return 2 if counts["refused"] else 0


def _line(found: dict[str, Any], language: str) -> str:
    """An entry of the receipt for people; what is found of a whole column has no row."""
    if language == "en":
        place = "column" if found["row"] is None else f"row {found['row']}"
        return f"{place} {found['field']} {found['value']} {found['code']} {found['messageEn']}"
    place = "整列" if found["row"] is None else f"第 {found['row']} 行"
    return f"{place} {found['header'] or found['field']} {found['value']} {found['code']} {found['message']}"
