"""How large a new cluster's buffers and logs are. An operator changes them in its postgresql.conf."""

import os
from pathlib import Path

MEGABYTE = 1_048_576
_GROUP = Path("/sys/fs/cgroup/memory.max")  # of a container under Linux; a number of bytes, or "max"


def usual_sizes(memory: int) -> dict[str, str]:
    """Server settings for a machine with so many bytes of memory.

    An import of a back-file writes to every index of the large tables: with the 128 MB and the 1 GB of write-ahead log
    that are PostgreSQL's own defaults it reads each page again and again, and logs most of them whole.
    """
    shared = min(max(memory // 8, 128 * MEGABYTE), 1024 * MEGABYTE)
    return {"shared_buffers": f"{shared // MEGABYTE}MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min"}


def memory(group: Path = _GROUP) -> int:
    """Bytes of memory this machine has, or the container allows."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    allowed = group.read_text("ascii").strip() if group.exists() else ""
    return min(machine, int(allowed)) if allowed.isdigit() else machine
