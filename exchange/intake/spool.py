"""Refused rows on their way to a file: on disk, not in memory, however many they are.

The file is the caller's and goes with it; the rows hold personal values, so it has no name (tempfile.TemporaryFile).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import IO

import orjson

from exchange.intake.returned import WRITERS, Returned


class Spool:
    """Rows go in as the importer gives them back, chunk by chunk, and come out in that order."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.titles: Sequence[str] = ()
        self.count = 0

    def add(self, titles: Sequence[str], rows: Sequence[Returned]) -> None:
        """Some more rows, and the titles of their table."""
        self.titles = titles
        self.count += len(rows)
        self._file.writelines(orjson.dumps(asdict(row)) + b"\n" for row in rows)

    def rows(self) -> Iterator[Returned]:
        """All of them."""
        self._file.seek(0)
        return (Returned(**orjson.loads(line)) for line in self._file)

    def write(self, file: IO[bytes], form: str) -> None:
        """All of them as a file of this format."""
        WRITERS[form](file, self.titles, self.rows())
