"""`python -m tests.bench`: generates data, starts the contenders, prints the tables, writes the JSON.

Without EXCHANGE_DATABASE_URL it starts an embedded server in a temporary folder; with it, a database of its own there.
"""

import asyncio
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import click
from rich.console import Console

from exchange.database import open_database, open_server
from exchange.runtime import now_in_utc
from exchange.settings import load
from schema.fields import CHINA
from tenants.keys import Keys
from tests.bench import report
from tests.bench.contenders import BUILDERS, on
from tests.bench.cost import postmaster_of
from tests.bench.generate import SQL, generate
from tests.bench.questions import questions
from tests.bench.run import RAW, Plan, Say, as_rows, bulk, confirmations, flags, gates, ledger, recognitions, run, sweep

WIDTH = 140  # of the tables where the output is no terminal


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a run happens."""

    dsn: str
    folder: Path
    say: Say


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is measured."""

    certificates: int
    import_rows: int
    has_sweep: bool
    has_flags: bool
    gate_checks: int
    confirmations: int
    recognitions: int
    leaves: int
    only: tuple[str, ...]
    plan: Plan


@asynccontextmanager
async def server(say: Say) -> AsyncIterator[Place]:
    """A PostgreSQL and a folder for this run alone."""
    folder = _folder()
    environ = {"EXCHANGE_DATA": str(folder / "data")}
    if url := os.environ.get("EXCHANGE_DATABASE_URL"):
        environ["EXCHANGE_DATABASE_URL"] = url
    try:
        async with open_server(load(environ)) as opened:
            yield Place(dsn=opened.dsn, folder=folder, say=say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="exchange-bench-"))
    folder.chmod(0o711)  # the database's account has to pass
    return folder


@asynccontextmanager
async def scratch(place: Place) -> AsyncIterator[str]:
    """The address of an empty database, dropped afterwards."""
    name = f"exchange_bench_{os.getpid()}"
    owner = await asyncpg.connect(place.dsn)
    try:
        await owner.execute(f"create database \"{name}\" encoding 'UTF8' template template0")
        base, _, options = place.dsn.partition("?")
        yield f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{options}" if options else "")
    finally:
        await owner.execute(f'drop database if exists "{name}" with (force)')
        await owner.close()


async def measured(place: Place, options: Options) -> dict[str, Any]:
    """One data set, measured."""
    async with scratch(place) as url:
        environ = {**os.environ, "EXCHANGE_DATABASE_URL": url, "EXCHANGE_SECRET": secrets.token_urlsafe(48)}
        settings = load(environ)
        assert settings.secret is not None
        async with open_database(settings) as database:
            keys, begun = Keys(secret=settings.secret.encode()), time.perf_counter()
            data = await generate(
                database, keys, certificates=options.certificates, day=now_in_utc().astimezone(CHINA).date()
            )
            place.say(f"{data.certificates} certificates generated in {time.perf_counter() - begun:.1f} s")
            described, postmaster = await _described(database.dsn)
            asked = tuple(one for one in questions(data, keys) if one.name in options.only or not options.only)
            async with on(database, keys, has_loops=False) as runtime:
                rounds, memory = await run(
                    runtime, data, asked, options.plan, environ, postmaster, place.folder, place.say
                )
        checked = report.gate_summary(await gates(options.gate_checks, environ)) if options.gate_checks else None
        answered = await recognitions(options.recognitions, environ) if options.recognitions else None
        confirmed = await confirmations(options.confirmations, environ) if options.confirmations else None
        imported = report.import_summary(await bulk(options.import_rows, environ)) if options.import_rows else None
        return {
            "sizes": data.sizes(),
            "database": {**described, "is_cpu_measured": postmaster is not None},
            "questions": report.summary(rounds),
            "peak_mib": memory,
            "import": imported,
            "sweep": report.sweep_summary(await sweep(environ)) if options.has_sweep else None,
            "gates": checked,
            "recognitions": report.recognition_summary(answered) if answered else None,
            "confirmations": report.confirmation_summary(confirmed) if confirmed else None,
            "ledger": report.ledger_summary(await ledger(options.leaves, environ)) if options.leaves else None,
            "flags": report.flag_summary(await flags(environ)) if options.has_flags else None,
            "rounds": as_rows(rounds),
            "pool_size": settings.pool_size,
            "asked": asked,
        }


async def _described(dsn: str) -> tuple[dict[str, Any], int | None]:
    connection = await asyncpg.connect(dsn)
    try:
        found = dict(await connection.fetchrow(SQL["describe"]) or {})
        return found, postmaster_of(await connection.fetchval(SQL["backend"]))
    finally:
        await connection.close()


async def everything(options: Options, growth: tuple[int, ...], console: Console) -> dict[str, Any]:
    """The main run and, if asked for, the hub alone at each size."""
    async with server(lambda text: console.print(text, style="dim")) as place:
        found = await measured(place, options)
        report.show_questions(console, found["questions"], found.pop("asked"))
        if found["import"]:
            report.show_import(console, found["import"])
        if found["sweep"]:
            report.show_sweep(console, found["sweep"])
        if found["gates"]:
            report.show_gates(console, found["gates"])
        if found["recognitions"]:
            report.show_recognitions(console, found["recognitions"])
        if found["confirmations"]:
            report.show_confirmations(console, found["confirmations"])
        if found["ledger"]:
            report.show_ledger(console, found["ledger"])
        if found["flags"]:
            report.show_flags(console, found["flags"])
        rows = []
        for size in growth:
            alone = replace(
                options,
                certificates=size,
                import_rows=0,
                has_sweep=False,
                has_flags=False,
                gate_checks=0,
                confirmations=0,
                recognitions=0,
                leaves=0,
                plan=replace(options.plan, contenders=("hub",)),
            )
            at_size = await measured(place, alone)
            rows += [{"certificates": size, **row} for row in at_size["questions"]]
        if rows:
            report.show_growth(console, rows)
        return {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": sys.argv[1:],
            "machine": report.machine(),
            "load": {
                "client": "wrk" if shutil.which("wrk") else "asyncio",
                "seconds": options.plan.seconds,
                "rounds": options.plan.rounds,
                "connections": options.plan.connections,
            },
            **found,
            "growth": rows,
        }


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)


@click.command()
@click.option("--certificates", default=100_000, show_default=True, type=click.IntRange(100, 2_000_000))
@click.option("--seconds", default=5.0, show_default=True, help="of load for each contender, question and round")
@click.option("--rounds", default=3, show_default=True)
@click.option("--connections", default=16, show_default=True)
@click.option("--import-rows", default=20_000, show_default=True, help="rows of the bulk import; 0 leaves it out")
@click.option(
    "--sweep/--no-sweep", "has_sweep", default=True, show_default=True, help="the clock over all certificates"
)
@click.option("--flags/--no-flags", "has_flags", default=True, show_default=True, help="from a flag to its reviews")
@click.option("--gate-checks", default=1_000, show_default=True, help="checks at gates; 0 leaves them out")
@click.option("--recognitions", "table_rows", default=5_000, show_default=True, help="of a table; 0 leaves it out")
@click.option("--confirmations", "confirmed", default=500, show_default=True, help="of recognition; 0 leaves them out")
@click.option("--leaves", default=1_000_000, show_default=True, help="of the log for its proofs; 0 leaves it out")
@click.option("--contenders", default=",".join((*BUILDERS, RAW)), show_default=True)
@click.option("--questions", "only", default="", help="Q1,Q3; all by default")
@click.option("--growth", default="", help="sizes, e.g. 100000,1000000: the hub alone at each")
@click.option(
    "--json", "path", default="bench.json", show_default=True, type=click.Path(dir_okay=False, path_type=Path)
)
def main(
    certificates: int,
    seconds: float,
    rounds: int,
    connections: int,
    import_rows: int,
    has_sweep: bool,
    has_flags: bool,
    gate_checks: int,
    table_rows: int,
    confirmed: int,
    leaves: int,
    contenders: str,
    only: str,
    growth: str,
    path: Path,
) -> None:
    """Measure the hub against contenders started in the same run. Only ratios carry over to another machine."""
    chosen = tuple(name for name in contenders.split(",") if name)
    if unknown := set(chosen) - {*BUILDERS, RAW}:
        raise click.BadParameter(f"unknown: {', '.join(sorted(unknown))}", param_hint="--contenders")
    plan = Plan(seconds=seconds, rounds=rounds, connections=connections, contenders=chosen)
    options = Options(
        certificates=certificates,
        import_rows=import_rows,
        has_sweep=has_sweep,
        has_flags=has_flags,
        gate_checks=gate_checks,
        confirmations=confirmed,
        recognitions=table_rows,
        leaves=leaves,
        only=tuple(name for name in only.split(",") if name),
        plan=plan,
    )
    found = asyncio.run(everything(options, _sizes(growth), Console(width=max(Console().width, WIDTH))))
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1, default=str) + "\n", "utf-8")
    click.echo(f"written: {path}")


if __name__ == "__main__":
    main()
