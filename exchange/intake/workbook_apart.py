"""Opens a workbook in a process of its own, whose memory and time are limited: a small file may unfold into any size.

Run by its path, by workbook.py alone, without a secret. The file comes in by standard input, pickled messages go out:
SHEET before the rows of each visible sheet, lists of rows, at last END or LOCKED; no end where the file is damaged.
"""

import io
import pickle
import resource
import sys
from contextlib import suppress
from itertools import islice
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

SHEET, END, LOCKED = "SHEET", "END", "LOCKED"
_MEMORY = 1024 * 1_048_576
_SECONDS = 120
_ROWS = 500


def main() -> None:
    """Answer one file."""
    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _SECONDS)):
        _limit(limit, most)
    try:
        _tell_sheets(sys.stdin.buffer.read())
    except PasswordError:
        _tell(LOCKED)


def _limit(limit: int, most: int) -> None:
    """What the system does not know it does not limit."""
    with suppress(OSError, ValueError):
        resource.setrlimit(limit, (most, most))


def _tell_sheets(data: bytes) -> None:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for told in workbook.sheets_metadata:
        if told.visible is SheetVisibleEnum.Visible:
            rows = workbook.get_sheet_by_name(told.name).iter_rows()
            _tell(SHEET)
            while several := list(islice(rows, _ROWS)):
                _tell(several)
    _tell(END)


def _tell(message: Any) -> None:
    pickle.dump(message, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
