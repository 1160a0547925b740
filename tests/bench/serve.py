"""One contender as a process: `python -m tests.bench.serve NAME CERTIFICATES DAY`, settings from the environment.

Prints its port when it accepts connections; ends when its standard input does, so never outlives the benchmark.
"""

import asyncio
import os
import signal
import sys
import threading
from datetime import date

import uvloop

from exchange.server import claim, port_of, serve
from exchange.settings import load
from tests.bench.contenders import built, opened
from tests.bench.generate import DataSet
from tests.bench.questions import questions


async def main(name: str, certificates: int, day: date) -> None:
    """Serve until told to stop."""
    settings = load(os.environ)
    async with opened(settings, has_loops=name == "hub") as runtime:
        asked = questions(DataSet(certificates=certificates, day=day), runtime.keys)
        async with built(name, runtime, settings, asked) as app:
            with claim("127.0.0.1", 0) as listening:
                serving = asyncio.create_task(serve(app, listening))
                await asyncio.sleep(0)
                print(port_of(listening), flush=True)
                threading.Thread(target=_watch, daemon=True).start()
                await serving


def _watch() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), date.fromisoformat(sys.argv[3])))
