"""Where a verb puts the file it gives back: beside the one it read, and never over another file.

A file somebody is mending may have the name already; the next one is numbered.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import IO

_CHUNK = 1_048_576


def named_beside(path: Path, mark: str, form: str) -> Path:
    """The usual name of what comes back of a file; what came back before and is sent again is not marked twice."""
    stem = re.sub(rf"(-{mark}(-\d+)?)+$", "", path.stem)
    return path.with_name(f"{stem}-{mark}.{form}")


def keep(wanted: Path, write: Callable[[IO[bytes]], None]) -> Path:
    """Write a file and return its path: the wanted one or, when that has other content, the next with a number."""
    with tempfile.TemporaryFile() as draft:
        write(draft)
        for path in _numbered(wanted):
            draft.seek(0)
            try:
                with path.open("xb") as file:
                    shutil.copyfileobj(draft, file)
                return path
            except FileExistsError:
                if _is_same(path, draft):
                    return path
    raise AssertionError("numbers do not end")


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    yield from (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))


def _is_same(path: Path, draft: IO[bytes]) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as kept:
        while chunk := kept.read(_CHUNK):
            if draft.read(_CHUNK) != chunk:
                return False
    return not draft.read(1)
