"""What postmaster.pid says about a server, and whether it is true.

A pid proves nothing: the process may be a zombie that PID 1 never reaps, or another program that got the same number.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

# Above every system's largest pid, so certainly nobody.
_NOBODY = 2**30
_KERNEL_THREAD = 0x0020_0000  # PF_KTHREAD in the flags of /proc/PID/stat


@dataclass(frozen=True, kw_only=True)
class Postmaster:
    """A live server: where it listens, and whether it takes connections yet."""

    pid: int
    port: int
    is_ready: bool


def read(cluster: Path) -> Postmaster | None:
    """The live server of `cluster`, or None."""
    lines = _lines(cluster)
    pid = _pid(lines)
    if pid is None or not _is_alive(pid, cluster):
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else 0
    return Postmaster(pid=pid, port=port, is_ready=len(lines) > 7 and lines[7] == "ready")


def disown(cluster: Path) -> None:
    """Make a dead server's pid file name nobody. Its other lines stay: by the shared memory named there PostgreSQL
    itself refuses to start while an orphaned backend still writes, which removing the file would switch off."""
    lines = _lines(cluster)
    if _pid(lines) not in (None, _NOBODY):
        path = cluster / "postmaster.pid"
        with path.open("r+", encoding="utf-8") as file:
            file.write("\n".join([str(_NOBODY), *lines[1:]]) + "\n")
            file.truncate()


def _lines(cluster: Path) -> list[str]:
    try:
        return [line.strip() for line in (cluster / "postmaster.pid").read_text("utf-8").splitlines()]
    except FileNotFoundError:
        return []


def _pid(lines: list[str]) -> int | None:
    # A single-user backend writes its pid with a minus.
    text = lines[0].removeprefix("-") if lines else ""
    return int(text) if text.isdigit() else None


def _is_alive(pid: int, cluster: Path) -> bool:
    process = Path("/proc", str(pid))
    if Path("/proc/self/stat").exists():
        try:
            state, *fields = (process / "stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return False
        if not command and state not in ("Z", "X"):
            # No command line: a kernel thread has none, and a killed process while it still holds its port.
            return not int(fields[5]) & _KERNEL_THREAD
    else:
        answer = subprocess.run(
            ["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        state, _, command = answer.stdout.strip().partition(" ")
    return state[:1] not in ("", "Z", "X") and str(cluster) in command
