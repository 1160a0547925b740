"""`exchange verify`: the log against the rows of the database, or one receipt away from any database.

0 when all agrees, 1 when something does not: the first things that do not are printed.
"""

import asyncio
from collections.abc import Sequence
from math import inf
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import click

from exchange.cli.printing import Printer
from exchange.ledger.checkpoints import Note, read_note
from exchange.ledger.exporting import export, private_file
from exchange.ledger.receipts import Unreadable, check, keys_of
from exchange.ledger.verifying import PROBLEMS, Finding, Report, own_keys, verify
from exchange.runtime import Runtime
from exchange.settings import Settings

DONE, FAILED = 0, 1
FETCH_SECONDS, MOST_BYTES = 10, 262_144


async def check_database(runtime: Runtime, printer: Printer, kept: Sequence[Path], exported: Path | None) -> int:
    """Hold the log against the rows, and against checkpoints kept elsewhere; export it if a file is named."""
    notes = read_kept(kept)
    async with runtime.database.hub_pool.acquire() as connection:
        report = await verify(connection, await own_keys(connection, runtime.keys), notes)
        if exported is not None:
            with private_file(exported) as file:
                await export(connection, file)
    lines = [_sum(report), *(f"  × {_shown(one)}" for one in report.findings)]
    printer.show(_document(report), lines=lines)
    return FAILED if report.findings else DONE


async def check_receipt(
    settings: Settings, printer: Printer, receipt: Path, jwks: str | None, kept: Sequence[Path]
) -> int:
    """Check a receipt against the keys of a file or an address, by default this hub's own address."""
    content = await asyncio.to_thread(receipt.read_bytes)
    try:
        keys = keys_of(await asyncio.to_thread(_fetched, jwks or f"{settings.issuer}/.well-known/jwks.json"))
        found = check(content, keys, read_kept(kept))
    except Unreadable as error:
        raise click.UsageError(f"无法读取 cannot be read: {error}") from error
    lines = [f"× {zh}\n  {en}" for zh, en in found.problems]
    lines += [] if found.problems else ["√ 签名有效 the signature is good"]
    if found.is_logged:
        lines.append("√ 已记入防篡改日志 the log holds it")
    elif not found.problems:
        lines.append("! 未附存证，不知是否已记入日志 without a proof: whether the log holds it is not known")
    is_expired = found.claims.get("exp", inf) <= time()
    if is_expired:
        lines.append("! 已过有效期，须重新查询 its validity is over: ask again")
    lines += [f"  {name}: {value}" for name, value in sorted(found.claims.items())]
    document = {
        "isGenuine": not found.problems, "isLogged": found.is_logged, "isExpired": is_expired, "claims": found.claims,
        "problems": [{"message": zh, "messageEn": en} for zh, en in found.problems],
    }  # fmt: skip
    printer.show(document, lines=lines)
    return FAILED if found.problems else DONE


def read_kept(paths: Sequence[Path]) -> list[Note]:
    """Checkpoints kept from earlier. Raises UsageError for a file that holds none."""
    try:
        return [read_note(one.read_text("utf-8")) for one in paths]
    except ValueError as error:
        raise click.UsageError(f"--checkpoint: {error}") from error


def _fetched(place: str) -> bytes:
    """A file, or what an address answers."""
    if urlsplit(place).scheme not in ("http", "https"):
        return Path(place).read_bytes()
    try:
        with urlopen(place, timeout=FETCH_SECONDS) as answer:
            content: bytes = answer.read(MOST_BYTES)
    except OSError as error:
        raise click.UsageError(f"--jwks {place}: {error}") from error
    return content


def _sum(report: Report) -> str:
    counts = f"{report.size} 条 entries, {report.checkpoints} 个检查点 checkpoints, {report.waiting} 条待入账 waiting"
    return f"{'×' if report.findings else '√'} {counts}"


def _shown(one: Finding) -> str:
    zh, en = PROBLEMS[one.problem]
    place = "" if one.at is None else f" [{one.at}]"
    return f"{one.problem}{place} {zh} {en}{f': {one.of}' if one.of else ''}"


def _document(report: Report) -> dict[str, Any]:
    return {
        "agrees": not report.findings, "size": report.size, "root": report.root.hex(), "waiting": report.waiting,
        "checkpoints": report.checkpoints,
        "findings": [{"problem": one.problem, "at": one.at, "of": one.of} for one in report.findings],
    }  # fmt: skip
