"""`exchange import` and `exchange revert`: a file from disk, through the same importer as POST /imports; refused rows
go to a file to be mended and imported again."""

import asyncio
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from exchange.cli.printing import Printer, unknown_client
from exchange.cli.result_files import keep, named_beside
from exchange.importing.imports import ImportResult, Manner, import_file, kind_named
from exchange.intake.spool import Spool
from exchange.publishing.publish import Publication
from exchange.publishing.reports import revert
from exchange.runtime import Runtime
from tenants.caller import Caller, caller_for

SHOWN = 20
_LABELS = {"read": "读取", "new": "新增", "changed": "更新", "late": "补报", "unchanged": "未变", "refused": "错误"}


async def import_path(
    runtime: Runtime, printer: Printer, *, path: Path, kind: str, tenant: str, operator: str | None,
    is_rehearsal: bool = False, receipt: Path | None = None,
) -> int:  # fmt: skip
    """Import one file for a tenant: 0 all kept, 2 some rows refused. Raises Refusal when nothing of it can be read."""
    caller, wanted = _caller(runtime, tenant), kind_named(kind)
    publication = _publication(runtime, caller, operator, uuid.uuid4())
    size = (await asyncio.to_thread(path.stat)).st_size
    with path.open("rb") as file, tempfile.TemporaryFile() as spool, printer.progress(size) as bar:
        back = Spool(spool)
        manner = Manner(
            is_rehearsal=is_rehearsal,
            progress=lambda counts: bar(file.tell(), _counted(counts)),
            giving_back=back.add,
        )
        result = await import_file(
            runtime.database.pool, caller, publication, file, kind=wanted, file_name=path.name, content_type=None,
            manner=manner,
        )  # fmt: skip
        if result.counts["refused"]:
            wanted_file = receipt or named_beside(path, "待修改", result.form)
            receipt = await asyncio.to_thread(_write, wanted_file, result.form, back)
    if not is_rehearsal:
        await runtime.settle()
    printer.show(result.as_answer(), lines=list(_lines(result, receipt, printer.language)))
    return 2 if result.counts["refused"] else 0


def _write(receipt: Path, form: str, back: Spool) -> Path:
    suffix = receipt.suffix.removeprefix(".")
    chosen = suffix if suffix in ("xlsx", "csv") and form in ("xlsx", "csv") else form
    return keep(receipt, lambda file: back.write(file, chosen))


async def revert_batch(
    runtime: Runtime, printer: Printer, *, batch: uuid.UUID, tenant: str, operator: str | None
) -> int:
    """Take an import back: 0 all of it, 2 when records were changed since and left alone. Raises Refusal."""
    caller = _caller(runtime, tenant)
    publication = _publication(runtime, caller, operator, None)
    done = await revert(runtime.database.pool, caller, batch, publication, now=runtime.now())
    await runtime.settle()
    lines = [f"√ 撤回 {done.removed} 条，恢复 {done.restored} 条 removed, restored"]
    lines += [f"! 此后已变更，未动 changed since, left alone: {one}" for one in done.skipped[:SHOWN]]
    if len(done.skipped) > SHOWN:
        lines.append(f"! 共 {len(done.skipped)} 条；全部见 --json all of them with --json")
    document = {"batchId": batch, "removed": done.removed, "restored": done.restored, "skipped": list(done.skipped)}
    printer.show(document, lines=lines)
    return 2 if done.skipped else 0


def _caller(runtime: Runtime, tenant: str) -> Caller:
    client = runtime.directory.clients.get(tenant)
    if client is None:
        raise unknown_client(runtime, tenant)
    return caller_for(runtime.directory, client, expires_at=float("inf"), day=runtime.today())


def _publication(runtime: Runtime, caller: Caller, operator: str | None, batch_id: uuid.UUID | None) -> Publication:
    return Publication(
        tenant=caller.tenant, keys=runtime.keys, day=runtime.today(), batch_id=batch_id,
        operator=operator or caller.client_id,
    )  # fmt: skip


def _lines(result: ImportResult, receipt: Path | None, language: str) -> Iterator[str]:
    mark = "!" if result.counts["refused"] else "√"
    head = f"{mark} 试导入，未保存 dry run, nothing kept  " if result.batch_id is None else f"{mark} "
    yield head + _counted(result.counts)
    yield from (f"  {_line(one, language)}" for one in result.receipt[:SHOWN])
    if result.findings > SHOWN:
        codes = "，".join(f"{code} {count}" for code, count in result.codes.items())
        yield f"  共 {result.findings} 条 findings in all: {codes}"
    if not result.counts["read"]:
        yield "! 没有数据行（示例行不计） no rows; sample rows do not count"
    if result.counts["refused"]:
        yield f"! 错误行已写入 refused rows: {receipt}；改后直接再导入 mend it and import it"
    if result.batch_id is not None and result.counts["read"]:
        yield f"  批次 batch {result.batch_id}"


def _counted(counts: Mapping[str, int]) -> str:
    return "  ".join(f"{zh} {name} {counts[name]}" for name, zh in _LABELS.items())


def _line(found: dict[str, Any], language: str) -> str:
    """An entry of the receipt for people; what is found of a whole column has no row."""
    if language == "en":
        place = "column" if found["row"] is None else f"row {found['row']}"
        return f"{place} {found['field']} {found['value']} {found['code']} {found['messageEn']}"
    place = "整列" if found["row"] is None else f"第 {found['row']} 行"
    return f"{place} {found['header'] or found['field']} {found['value']} {found['code']} {found['message']}"
