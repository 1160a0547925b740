"""Importing a file: read its rows, keep the good ones, give back every bad one with all its findings.

The same for POST /imports and `exchange import`. Rows go to the database in chunks of one transaction each.
"""

import asyncio
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from exchange.admission import admit, checks_for
from exchange.intake import parse_rows, read_rows
from exchange.intake.receipt import receipt
from exchange.metrics import IMPORTED
from exchange.publish import Kept, Publication, publish
from exchange.statements import statements
from schema.errors import Refusal
from schema.kinds import BY_NAME
from schema.record import Finding, Kind, Record, finding
from tenants.caller import Caller
from tenants.session import acting

_SQL = statements("publish")
CHUNK = 1_000


@dataclass(kw_only=True)
class ImportResult:
    """What an import did. `receipt` has one entry per finding, with row, field, masked value, code and messages."""

    batch_id: uuid.UUID
    kind: str
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("read", "new", "changed", "late", "unchanged", "refused"), 0)
    )
    receipt: list[dict[str, Any]] = field(default_factory=list)

    def as_answer(self) -> dict[str, Any]:
        """The JSON of POST /imports."""
        return {"batchId": str(self.batch_id), "kind": self.kind, "counts": self.counts, "receipt": self.receipt}


def kind_named(name: str) -> Kind:
    """A record kind by name. Raises Refusal UNKNOWN_KIND."""
    if name not in BY_NAME:
        raise Refusal("UNKNOWN_KIND", kind=name[:60], known=", ".join(BY_NAME))
    return BY_NAME[name]


async def import_file(
    pool: Any,
    caller: Caller,
    publication: Publication,
    content: bytes,
    *,
    kind: Kind,
    file_name: str,
    content_type: str | None,
) -> ImportResult:
    """Import a file for a tenant. Raises Refusal when the file as a whole cannot be read; then nothing is stored."""
    caller.require("record.publish")
    assert publication.batch_id is not None
    rows = await asyncio.to_thread(read_rows, content, filename=file_name, content_type=content_type, kind=kind)
    result = ImportResult(batch_id=publication.batch_id, kind=kind.name)
    seen: dict[str, Record] = {}
    chunks = _chunks(parse_rows(rows, kind, further=checks_for(kind, caller.tenant, publication.day)))
    while chunk := await asyncio.to_thread(next, chunks, None):
        records = _admitted(chunk, kind, publication, result, seen)
        if any(record.lifted_on for record in records):
            caller.require("flag.lift")
        async with acting(pool, caller) as connection:
            if not result.counts["read"]:
                await connection.execute(
                    _SQL["open_batch"],
                    result.batch_id,
                    caller.tenant.tenant_id,
                    kind.name,
                    file_name,
                    publication.operator,
                )
            _count(result, await publish(connection, records, publication) if records else [])
            result.counts["read"] += len(chunk)
            await connection.execute(_SQL["close_batch"], result.batch_id, *result.counts.values())
    for outcome, count in result.counts.items():
        IMPORTED.labels(kind=kind.name, outcome=outcome).inc(count)
    return result


def _admitted(
    chunk: Sequence[Any], kind: Kind, publication: Publication, result: ImportResult, seen: dict[str, Record]
) -> list[Record]:
    """The chunk's records that may be published, each key once; everything else goes to the receipt."""
    records = []
    for row, parsed in chunk:
        record, findings = parsed.record, list(parsed.findings)
        if record is not None:
            record = admit(record, publication.tenant)
            if record.key in seen and seen[record.key] != record:
                findings.append(_in_row(finding("DUPLICATE_IN_FILE", kind.identity[0]), row.number))
        is_refused = record is None or any(one.severity == "ERROR" for one in findings)
        result.receipt += receipt(findings, kind)
        if is_refused or record is None:
            result.counts["refused"] += 1
        elif record.key in seen:
            result.counts["unchanged"] += 1
        else:
            seen[record.key] = record
            records.append(record)
    return records


def _in_row(found: Finding, number: int) -> Finding:
    return replace(found, row=number)


def _count(result: ImportResult, kept: Sequence[Kept]) -> None:
    for one in kept:
        result.counts[one.outcome.lower()] += 1


def _chunks(parsed: Iterator[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for one in parsed:
        chunk.append(one)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def operator_of(headers: Mapping[str, str]) -> str | None:
    """Who at the source sends the file, from the header Exchange-Operator (percent-encoded UTF-8)."""
    value = unquote(headers.get("exchange-operator", "")).replace("\0", "")
    return value[:100] or None
