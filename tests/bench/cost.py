"""CPU seconds of a server process and of PostgreSQL, read from /proc; None where that is not to be had.

PostgreSQL counts as the backends of the measured database and the processes of the server that belong to nobody.
"""

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Spent:
    """CPU seconds since the processes began."""

    server: float
    database: dict[int, float]

    def until(self, later: "Spent") -> tuple[float, float]:
        """Seconds of the server and of PostgreSQL from this reading to a later one."""
        database = sum(seconds - self.database.get(pid, 0.0) for pid, seconds in later.database.items())
        return later.server - self.server, database


@dataclass(frozen=True, kw_only=True)
class Meter:
    """Reads the clocks of one server process (None: there is none) and of one PostgreSQL."""

    server: int | None
    postmaster: int | None
    database: str

    def read(self) -> Spent:
        """The clocks as of now."""
        backends = [] if self.postmaster is None else _children(self.postmaster)
        return Spent(
            server=_seconds(self.server) if self.server is not None else 0.0,
            database={pid: _seconds(pid) for pid in backends if self._counts(pid)},
        )

    def _counts(self, pid: int) -> bool:
        words = _title(pid).split()
        is_backend = any("(" in word or word == "[local]" for word in words)
        return not is_backend or self.database in words


def postmaster_of(backend: int) -> int | None:
    """The process a backend belongs to, when PostgreSQL runs on this machine."""
    if "postgres" not in _title(backend):
        return None
    return _parent(backend)


def peak_memory(pid: int | str = "self") -> float:
    """The most resident memory a process has had, in MiB."""
    for line in _text(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _children(parent: int) -> list[int]:
    return [
        int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _parent(int(path.name)) == parent
    ]


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold spaces: state, parent, ..."""
    return _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()


def _parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def _seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK if fields else 0.0


def _title(pid: int) -> str:
    return _text(Path(f"/proc/{pid}/cmdline")).replace("\0", " ")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
