"""A roster as a table: read from an .xlsx or .csv, kept, its refused rows given back; and the roster as such a table.

What is given back can be sent again as it is: refused rows mended, an export with 移除 where somebody goes.
"""

import asyncio
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any, BinaryIO

from exchange.engine.asking import Asking
from exchange.intake.receipt import receipt
from exchange.intake.returned import Returned, returned, write_delimited, write_workbook
from exchange.intake.row import Part, Source
from exchange.rosters import Line, RosterName, keep_lines, objections, opened_entries
from exchange.sheets.table import open_table
from schema.record import Finding, finding, parse
from schema.rosters import ROSTER_SHEET, RosterChange
from tenants.session import acting

MOST_ROWS = 10_000
FORMS = ("xlsx", "csv")
TOLD = 1_000  # findings an answer holds; the file of returned rows holds all
_TITLES = tuple(field.zh for field in ROSTER_SHEET.fields)


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """What became of a table. `back` are the refused rows, under the `titles` they were sent with."""

    roster_id: uuid.UUID
    name: str
    form: str
    counts: Mapping[str, int]
    found: Sequence[dict[str, Any]]
    titles: Sequence[str]
    back: Sequence[Returned]

    def as_answer(self) -> dict[str, Any]:
        """The JSON of POST /rosters."""
        return {
            "rosterId": str(self.roster_id), "name": self.name, "counts": dict(self.counts),
            "findings": len(self.found), "receipt": list(self.found[:TOLD]),
        }  # fmt: skip

    def write(self, file: IO[bytes], form: str) -> None:
        """The refused rows, as a table that can be sent again."""
        (write_delimited if form == "csv" else write_workbook)(file, self.titles, self.back)


async def upload(
    pool: Any, asking: Asking, named: RosterName, file: BinaryIO, *, filename: str, content_type: str | None
) -> Uploaded:
    """Keep the good rows of a table, give the others back. Raises Refusal for a file that cannot be read."""
    source, parts = await open_table(file, ROSTER_SHEET, filename=filename, content_type=content_type, most=MOST_ROWS)
    lines, findings, read = await asyncio.to_thread(_lines, source, parts)
    caller, keys = asking.caller, asking.keys
    async with acting(pool, caller) as connection:
        findings += await objections(connection, caller, keys, lines, asking.day)
        refused = {one.row for one in findings if one.severity == "ERROR"}
        good = [one for one in lines if one.number not in refused]
        roster_id, counts = await keep_lines(connection, caller.tenant.tenant_id, keys, named, good, asking.day)
    found = receipt(sorted(findings, key=lambda one: one.row or 0), ROSTER_SHEET)
    return Uploaded(
        roster_id=roster_id, name=named.name, form="csv" if source.form == "csv" else "xlsx",
        counts={"read": read, **counts, "refused": len(refused)}, found=found,
        titles=source.titles, back=_back(source, parts, found, refused),
    )  # fmt: skip


def _lines(source: Source, parts: Iterable[Part]) -> tuple[list[Line], list[Finding], int]:
    lines, findings, read = [], list[Finding](), 0
    for part in parts:
        row = source.read(*part)
        if row is None:  # blank, or the sample
            continue
        read += 1
        if row.fault:
            findings.append(replace(finding("ROW_UNREADABLE", "", detail=row.fault), row=row.number))
            continue
        parsed = parse(ROSTER_SHEET, row.values, row_number=row.number)
        findings += parsed.findings
        if parsed.record is not None:
            lines.append(Line(number=row.number, record=parsed.record))
    return lines, findings, read


def _back(
    source: Source, parts: Iterable[Part], found: Iterable[dict[str, Any]], refused: set[int | None]
) -> list[Returned]:
    of_row: dict[int, list[dict[str, Any]]] = {}
    for one in found:
        of_row.setdefault(one["row"], []).append(one)
    return [returned(part, of_row[part[0]], source.titles) for part in parts if part[0] in refused]


async def exported(pool: Any, asking: Asking, roster_id: uuid.UUID, form: str, file: IO[bytes]) -> None:
    """Write an own roster as the table it is uploaded as. Raises Refusal NOT_FOUND."""
    async with acting(pool, asking.caller) as connection:
        entries = await opened_entries(connection, asking.keys, asking.caller.tenant.tenant_id, roster_id)
    rows = [
        Returned(
            problem=RosterChange.ADD.zh, codes=one["name"] or "",
            content=[one["idNumber"] or "", one["creditCode"] or "", one["note"] or ""],
        )
        for one in entries
    ]  # fmt: skip
    marks, titles = _TITLES[:2], _TITLES[2:]
    if form == "csv":
        await asyncio.to_thread(write_delimited, file, titles, rows, marks)
    else:
        await asyncio.to_thread(write_workbook, file, titles, rows, marks, ROSTER_SHEET.zh)
