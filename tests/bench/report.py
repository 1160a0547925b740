"""From rounds to figures: medians, ratios of one run, a table for people and JSON for machines."""

import platform
import statistics
import sys
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.questions import Question
from tests.bench.run import Round

_PACKAGES = ("graphene", "graphql-core", "starlette", "uvicorn", "uvloop", "httptools", "asyncpg", "orjson", "pyjwt")


def summary(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """One row for each question and contender: medians over its rounds, and what the hub is to it."""
    rows = []
    for question in dict.fromkeys(one.question for one in rounds):
        of_question = [one for one in rounds if one.question == question]
        cells = {
            name: _cell(one for one in of_question if one.contender == name)
            for name in dict.fromkeys(one.contender for one in of_question)
        }
        for name, cell in cells.items():
            hub = cells.get("hub", cell)
            rows.append(
                {
                    "question": question,
                    "contender": name,
                    **cell,
                    "hub_ratio": _ratio(hub["per_second"], cell["per_second"]),
                    "hub_cpu_ratio": _ratio(hub["cpu"], cell["cpu"]),
                }
            )
    return rows


def _cell(rounds: Iterable[Round]) -> dict[str, Any]:
    """Medians: requests per second, CPU microseconds per request of the server and of PostgreSQL, latencies."""
    found = list(rounds)
    server = statistics.median(one.server / one.requests * 1e6 for one in found)
    database = [one.database / one.requests * 1e6 for one in found if one.database is not None]
    return {
        "per_second": round(statistics.median(one.requests / one.seconds for one in found), 1),
        "server_cpu": round(server, 1),
        "database_cpu": round(statistics.median(database), 1) if database else None,
        "cpu": round(server + statistics.median(database), 1) if database else None,
        "p50": round(statistics.median(one.p50 for one in found), 2),
        "p99": round(statistics.median(one.p99 for one in found), 2),
        "errors": sum(one.errors for one in found),
    }


def _ratio(one: float | None, other: float | None) -> float | None:
    return round(one / other, 3) if one and other else None


def import_summary(values: dict[str, Any]) -> dict[str, Any]:
    """Rows per second of each way, and their ratios to plain COPY."""
    rates = {name: values["rows"] / values[f"{name}_seconds"] for name in ("new", "unchanged", "copy")}
    return {
        "rows": values["rows"],
        **{f"{name}_per_second": round(rate) for name, rate in rates.items()},
        "new_ratio": _ratio(rates["new"], rates["copy"]),
        "unchanged_ratio": _ratio(rates["unchanged"], rates["copy"]),
        "peak_mib": round(values["peak"], 1),
        "peak_beside_mib": round(values["peak_beside"], 1),
        "peak_before_mib": round(values["peak_before"], 1),
        "file_mib": round(values["bytes"] / 1_048_576, 1),
    }


def sweep_summary(values: dict[str, Any]) -> dict[str, Any]:
    """Notices per second, their ratio to plain inserts of the same rows, and what days with little due cost."""
    rate, base = (values["told"] / values[name] for name in ("seconds", "insert_seconds"))
    return {
        "certificates": values["certificates"],
        "told": values["told"],
        "told_per_second": round(rate),
        "inserts_per_second": round(base),
        "ratio": _ratio(rate, base),
        "nothing_due_ms": round(values["idle_seconds"] * 1_000, 1),
        "next_told": values["next_told"],
        "next_day_ms": round(values["next_seconds"] * 1_000, 1),
    }


def ledger_summary(values: dict[str, Any]) -> dict[str, Any]:
    """What the log costs who publishes, how fast it appends, how long a proof takes."""
    with_log, without = (values["records"] / values[name] for name in ("logged_seconds", "unlogged_seconds"))
    rate, base = (values["appended"] / values[name] for name in ("append_seconds", "insert_seconds"))
    return {
        "published_per_second": round(with_log),
        "published_unlogged_per_second": round(without),
        "publish_ratio": _ratio(with_log, without),
        "appended_per_second": round(rate),
        "inserts_per_second": round(base),
        "append_ratio": _ratio(rate, base),
        "leaves": values["leaves"],
        **{f"{name}_ms": round(values[f"{name}_seconds"] * 1_000, 2) for name in _PROOFS},
    }


_PROOFS = ("inclusion", "consistency", "look_up")


def gate_summary(values: dict[str, Any]) -> dict[str, Any]:
    """Gate checks a second one after the other, those of the limit, and their ratio."""
    rate, limit = values["checks"] / values["seconds"], values["checks"] / values["limit_seconds"]
    return {
        "checks": values["checks"],
        "per_second": round(rate),
        "limit_per_second": round(limit),
        "ratio": _ratio(rate, limit),
    }


def recognition_summary(values: dict[str, Any]) -> dict[str, Any]:
    """Certificates of a table a second, beside the statements alone and questions one by one."""
    rate, limit = (values["rows"] / values[name] for name in ("seconds", "limit_seconds"))
    alone = values["alone"] / values["alone_seconds"]
    return {
        "rows": values["rows"],
        "seconds": round(values["seconds"], 2),
        "per_second": round(rate),
        "limit_per_second": round(limit),
        "ratio": _ratio(rate, limit),
        "alone_per_second": round(alone),
    }


def confirmation_summary(values: dict[str, Any]) -> dict[str, Any]:
    """Confirmations and receipts a second, beside the answer alone and the signature alone."""
    count = values["confirmations"]
    rates = {name: count / values[name] for name in values if name != "confirmations"}
    return {
        "confirmations": count,
        "per_second": round(rates["seconds"]),
        "answers_per_second": round(rates["answers_seconds"]),
        "ratio": _ratio(rates["seconds"], rates["answers_seconds"]),
        "receipts_per_second": round(rates["receipts_seconds"]),
        "receipt_ratio": _ratio(rates["receipts_seconds"], rates["signatures_seconds"]),
    }


def flag_summary(sizes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Flags a second by the number of their reviews, one by one and together, and their ratios to plain inserts of as
    many rows: into tables without any index, and into twins with the indexes of those that are written to."""
    return [
        {
            "jurisdictions": one["jurisdictions"],
            "flags": one["flags"],
            "rows_of_a_flag": one["rows_of_a_flag"],
            "median_ms": round(one["median_seconds"] * 1_000, 2),
            "per_second": round(one["flags"] / one["seconds"], 1),
            "ratio": _ratio(one["insert_seconds"]["plain"], one["seconds"]),
            "indexed_ratio": _ratio(one["insert_seconds"]["indexed"], one["seconds"]),
            "together_per_second": round(one["flags"] / one["together_seconds"], 1),
            "together_ratio": _ratio(one["together_insert_seconds"]["plain"], one["together_seconds"]),
            "together_indexed_ratio": _ratio(one["together_insert_seconds"]["indexed"], one["together_seconds"]),
        }
        for one in sizes
    ]


def machine() -> dict[str, Any]:
    """Where it was measured."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    memory = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    return {
        "system": platform.platform(),
        "processor": model or platform.machine(),
        "cores": _cores(),
        "memory_mib": int(memory) // 1024,
        "python": sys.version.split()[0],
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []


def show_questions(console: Console, rows: Sequence[dict[str, Any]], asked: Sequence[Question]) -> None:
    """The table of contenders."""
    titles = {one.name: one.title for one in asked}
    table = Table(title="requests/s and CPU per request (microseconds), medians; ratios: the hub to the contender")
    for name in ("question", "contender"):
        table.add_column(name)
    for name in ("requests/s", "p50 ms", "p99 ms", "server", "PostgreSQL", "hub ratio", "hub CPU ratio", "errors"):
        table.add_column(name, justify="right")
    previous = None
    for row in rows:
        if previous not in (None, row["question"]):
            table.add_section()
        title = f"{row['question']} {titles.get(row['question'], '')}" if row["question"] != previous else ""
        previous = row["question"]
        table.add_row(
            title,
            row["contender"],
            *(
                _shown(row[name])
                for name in (
                    "per_second",
                    "p50",
                    "p99",
                    "server_cpu",
                    "database_cpu",
                    "hub_ratio",
                    "hub_cpu_ratio",
                    "errors",
                )
            ),
        )
    console.print(table)


def show_import(console: Console, found: dict[str, Any]) -> None:
    """The table of the import."""
    table = Table(
        title=f"import of {found['rows']} rows, peak memory {found['peak_mib']} MiB ({found['peak_before_mib']} before)"
        f", {found['peak_beside_mib']} MiB of a process beside"
    )
    for name in ("way", "rows/s", "ratio to COPY"):
        table.add_column(name, justify="left" if name == "way" else "right")
    table.add_row("new rows", _shown(found["new_per_second"]), _shown(found["new_ratio"]))
    table.add_row("unchanged again", _shown(found["unchanged_per_second"]), _shown(found["unchanged_ratio"]))
    table.add_row("COPY, no index", _shown(found["copy_per_second"]), "1")
    console.print(table)


def show_sweep(console: Console, found: dict[str, Any]) -> None:
    """The table of the clock."""
    table = Table(title=f"the clock over {found['certificates']} certificates, {found['told']} notices due at first")
    for name in ("way", "notices/s", "ratio to plain inserts", "ms in all"):
        table.add_column(name, justify="left" if name == "way" else "right")
    table.add_row("everything due at once", _shown(found["told_per_second"]), _shown(found["ratio"]), "")
    table.add_row("plain inserts, no index", _shown(found["inserts_per_second"]), "1", "")
    table.add_row("the same day again, nothing due", "", "", _shown(found["nothing_due_ms"]))
    table.add_row(f"the next day, {found['next_told']} due", "", "", _shown(found["next_day_ms"]))
    console.print(table)


def show_ledger(console: Console, found: dict[str, Any]) -> None:
    """Three lines on the log."""
    console.print(
        f"publishing with the log {found['published_per_second']}/s, "
        f"without {found['published_unlogged_per_second']}/s (ratio {found['publish_ratio']})\n"
        f"log appends {found['appended_per_second']}/s, plain inserts, no index {found['inserts_per_second']}/s "
        f"(ratio {found['append_ratio']})\n"
        f"proofs over {found['leaves']} leaves: inclusion {found['inclusion_ms']} ms, consistency "
        f"{found['consistency_ms']} ms, one look-up by key {found['look_up_ms']} ms"
    )


def show_gates(console: Console, found: dict[str, Any]) -> None:
    """One line on gate checks."""
    console.print(
        f"gate checks: {found['per_second']}/s in a row, {found['limit_per_second']}/s of the statements alone "
        f"(ratio {found['ratio']})"
    )


def show_recognitions(console: Console, found: dict[str, Any]) -> None:
    """One line on tables of certificates."""
    console.print(
        f"recognition of a table: {found['rows']} rows in {found['seconds']} s, {found['per_second']}/s, "
        f"{found['limit_per_second']}/s of the statements alone (ratio {found['ratio']}), one by one "
        f"{found['alone_per_second']}/s"
    )


def show_confirmations(console: Console, found: dict[str, Any]) -> None:
    """One line on confirmations of recognition."""
    console.print(
        f"confirmations: {found['per_second']}/s in a row, {found['answers_per_second']}/s only answered "
        f"(ratio {found['ratio']}); receipts signed: {found['receipts_per_second']}/s "
        f"(ratio to Ed25519 alone {found['receipt_ratio']})"
    )


def show_flags(console: Console, found: Sequence[dict[str, Any]]) -> None:
    """The table of flags, a line for each number of jurisdictions."""
    table = Table(title="from COMMIT of a flag to its reviews; ratios to plain inserts of the same rows")
    columns = {
        "jurisdictions": "jurisdictions", "flags": "flags", "rows": "rows_of_a_flag", "median ms": "median_ms",
        "one by one /s": "per_second", "to no index": "ratio", "to indexes": "indexed_ratio",
        "together /s": "together_per_second", "no index": "together_ratio", "indexes": "together_indexed_ratio",
    }  # fmt: skip
    for title in columns:
        table.add_column(title, justify="right")
    for row in found:
        table.add_row(*(_shown(row[name]) for name in columns.values()))
    console.print(table)


def show_growth(console: Console, found: Sequence[dict[str, Any]]) -> None:
    """Cost by size, and relative to the smallest."""
    table = Table(
        title="the hub by size of the data: CPU per request, requests/s, each also relative to the first size"
    )
    for name in ("question", "certificates", "CPU us", "x", "requests/s", "x"):
        table.add_column(name, justify="left" if name == "question" else "right")
    first = {row["question"]: row for row in reversed(found)}
    for row in sorted(found, key=lambda row: (row["question"], row["certificates"])):
        base = first[row["question"]]
        table.add_row(
            row["question"],
            str(row["certificates"]),
            _shown(row["cpu"]),
            _shown(_ratio(row["cpu"], base["cpu"])),
            _shown(row["per_second"]),
            _shown(_ratio(row["per_second"], base["per_second"])),
        )
    console.print(table)


def _shown(value: Any) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
