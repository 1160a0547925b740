"""One run: a data set, the contenders as processes, alternating rounds, what each question cost.

A figure of a round is a member of Round; what is reported of it is in report.py.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from exchange.runtime import Runtime
from tests.bench.contenders import BUILDERS
from tests.bench.cost import Meter, peak_memory
from tests.bench.generate import DataSet
from tests.bench.questions import Question
from tests.bench.raw import settings_database
from tests.bench.requests import answers_of, prepare

RAW = "raw"
PORT_SECONDS = 60
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long, how often, how many at once."""

    seconds: float
    rounds: int
    connections: int
    contenders: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one contender did in one round of one question. CPU in seconds; latencies in milliseconds."""

    question: str
    contender: str
    requests: int
    errors: int
    seconds: float
    server: float
    database: float | None
    p50: float = 0.0
    p99: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """A contender's process."""

    name: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def started(name: str, data: DataSet, environ: Mapping[str, str]) -> AsyncIterator[Server]:
    """A contender's process, ended with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.serve",
        name,
        str(data.certificates),
        str(data.day),
        env=dict(environ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), PORT_SECONDS)
        if not line:
            raise RuntimeError(f"{name} did not start")
        yield Server(name=name, port=int(line), pid=process.pid)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
            await process.wait()


async def run(
    runtime: Runtime,
    data: DataSet,
    asked: tuple[Question, ...],
    plan: Plan,
    environ: Mapping[str, str],
    postmaster: int | None,
    folder: Path,
    say: Say,
) -> tuple[list[Round], dict[str, float]]:
    """All rounds, and the peak memory of each contender's process in MiB."""
    async with AsyncExitStack() as stack:
        names = [name for name in plan.contenders if name in BUILDERS]
        servers = {name: await stack.enter_async_context(started(name, data, environ)) for name in names}
        await _compare(runtime, asked, servers)
        say("the contenders give the same answers")
        found: list[Round] = []
        for question in asked:
            for server in (one for name, one in servers.items() if name in question.contenders):
                await _load(runtime, question, server, folder, min(plan.seconds, 0.5), plan.connections)
            for number in range(plan.rounds):
                order = plan.contenders if number % 2 == 0 else tuple(reversed(plan.contenders))
                for name in (one for one in order if one in question.contenders):
                    found.append(
                        await _round(runtime, question, name, servers, data, plan, environ, postmaster, folder)
                    )
            say(f"{question.name} measured")
        return found, {server.name: round(peak_memory(server.pid), 1) for server in servers.values()}


async def _compare(runtime: Runtime, asked: tuple[Question, ...], servers: Mapping[str, Server]) -> None:
    async with aiohttp.ClientSession() as session:
        answers = {name: await answers_of(session, one.url, name, runtime, asked) for name, one in servers.items()}
    first = next(iter(answers.values()), {})
    for name, found in answers.items():
        for question, expected in first.items():
            if found.get(question, expected) != expected:
                raise ValueError(f"{name} answers {question} otherwise")


async def _round(
    runtime: Runtime,
    question: Question,
    name: str,
    servers: Mapping[str, Server],
    data: DataSet,
    plan: Plan,
    environ: Mapping[str, str],
    postmaster: int | None,
    folder: Path,
) -> Round:
    if name == RAW:
        values = await _command(
            [
                sys.executable,
                "-m",
                "tests.bench.raw",
                question.name,
                str(data.certificates),
                str(data.day),
                str(plan.seconds),
                str(plan.connections),
                str(postmaster or 0),
            ],
            environ,
        )
    else:
        meter = Meter(server=servers[name].pid, postmaster=postmaster, database=settings_database(runtime.database.dsn))
        before = meter.read()
        values = await _load(runtime, question, servers[name], folder, plan.seconds, plan.connections)
        values["server"], values["database"] = before.until(meter.read())
    if postmaster is None:
        values["database"] = None
    return Round(question=question.name, contender=name, **{**values, "requests": int(values["requests"])})


async def _load(
    runtime: Runtime, question: Question, server: Server, folder: Path, seconds: float, connections: int
) -> dict[str, Any]:
    path = folder / f"{question.name}-{server.name}.txt"
    await asyncio.to_thread(prepare(server.name, question, runtime).write, path)
    wrk = shutil.which("wrk")
    if wrk:
        lua = str(Path(__file__).with_name("wrk.lua"))
        command = [
            wrk,
            "-t1",
            f"-c{connections}",
            f"-d{max(round(seconds), 1)}",
            "-s",
            lua,
            server.url,
            "--",
            str(path),
        ]
    else:
        command = [
            sys.executable,
            "-m",
            "tests.bench.client",
            "127.0.0.1",
            str(server.port),
            str(path),
            str(seconds),
            str(connections),
        ]
    return await _command(command, os.environ)


async def _command(command: list[str], environ: Mapping[str, str]) -> dict[str, Any]:
    """Run a measuring process; the last line it prints is its result."""
    process = await asyncio.create_subprocess_exec(*command, env=dict(environ), stdout=asyncio.subprocess.PIPE)
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        raise RuntimeError(f"{command[1:4]} ended with {process.returncode}")
    values: dict[str, Any] = json.loads(output.splitlines()[-1])
    return values


async def bulk(rows: int, environ: Mapping[str, str]) -> dict[str, Any]:
    """The import's figures, measured in a process of its own."""
    return await _command([sys.executable, "-m", "tests.bench.bulk", str(rows)], environ)


async def sweep(environ: Mapping[str, str]) -> dict[str, Any]:
    """The clock's figures, measured in a process of its own."""
    return await _command([sys.executable, "-m", "tests.bench.sweep"], environ)


async def ledger(leaves: int, environ: Mapping[str, str]) -> dict[str, Any]:
    """The figures of the log, measured in a process of its own."""
    return await _command([sys.executable, "-m", "tests.bench.ledger", str(leaves)], environ)


async def gates(checks: int, environ: Mapping[str, str]) -> dict[str, Any]:
    """The figures of gate checks, measured in a process of its own."""
    return await _command([sys.executable, "-m", "tests.bench.gates", str(checks)], environ)


async def recognitions(rows: int, environ: Mapping[str, str]) -> dict[str, Any]:
    """The figures of a table of certificates, measured in a process of its own."""
    return await _command([sys.executable, "-m", "tests.bench.recognitions", str(rows)], environ)


async def confirmations(count: int, environ: Mapping[str, str]) -> dict[str, Any]:
    """The figures of confirmations of recognition, measured in a process of its own."""
    return await _command([sys.executable, "-m", "tests.bench.confirmations", str(count)], environ)


async def flags(environ: Mapping[str, str]) -> list[dict[str, Any]]:
    """The figures of flags and their reviews, measured in a process of its own."""
    values: Any = await _command([sys.executable, "-m", "tests.bench.flags"], environ)
    return list(values)


def as_rows(found: list[Round]) -> list[dict[str, Any]]:
    """For the JSON file."""
    return [asdict(one) for one in found]
