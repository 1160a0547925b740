"""Who uses the server: file locks, which the kernel drops even when a process is killed.

`gate` is held for the moment of a start or stop; a `Lease` for as long as a process uses the server.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.unusable import DatabaseUnusable

# Longer than a start may take, so that those who come second see the first one's success.
PATIENCE_SECONDS = 150.0


@contextmanager
def gate(data: Path, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Only one process at a time starts or stops the server of `data`."""
    handle = _open(data / "start.lock")
    try:
        deadline = time.monotonic() + patience_seconds
        while not _lock(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise DatabaseUnusable(
                    f"另一进程正在启动或停止 {data} 的数据库", f"another process is still starting or stopping {data}",
                    "稍后重试 / try again later",
                )  # fmt: skip
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


class Lease:
    """This process's share in the server. Take, ask and drop it inside the gate."""

    def __init__(self, data: Path) -> None:
        self._handle = _open(data / "users.lock")
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def is_last(self) -> bool:
        """Whether nobody else uses the server. Afterwards the lease has to be dropped: asking may have cost it."""
        return _lock(self._handle, fcntl.LOCK_EX)

    def drop(self) -> None:
        """Give the share back."""
        os.close(self._handle)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
