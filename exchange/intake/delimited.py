"""Delimited text, .csv: UTF-8 with or without BOM, GB 18030, UTF-16 as Excel saves it; comma, tab or semicolon.

Another encoding is added to `decoded`.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from exchange.intake.headers import table_rows
from exchange.intake.row import Rows, unreadable
from schema.record import Kind

_AS_TEXT = re.compile(r'="(.*)"')


def delimited_rows(data: bytes, kind: Kind) -> Rows:
    """The rows of a delimited file. It is read through once before the first row, so that a broken one gives none."""
    text = decoded(data)
    delimiter = max(",\t;", key=text[:4096].count)
    try:
        for _ in _records(text, delimiter):
            pass
    except csv.Error as error:
        raise unreadable("引号不配对或文件不完整", f"unbalanced quotes, or the file is cut off: {error}") from None
    return table_rows(_cells(text, delimiter), kind)


def decoded(data: bytes) -> str:
    """The text of a file in any of the encodings. Raises FILE_UNREADABLE."""
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unreadable("编码不是 UTF-8 或 GB 18030", "neither UTF-8 nor GB 18030")


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    for record in _records(text, delimiter):
        yield [_without_trick(cell) for cell in record]


def _without_trick(cell: str) -> str:
    """People write `="4403..."` or `'4403...` so that a spreadsheet leaves a long number alone."""
    if cell[:1] not in ("=", "'"):
        return cell
    as_text = _AS_TEXT.fullmatch(cell)
    return as_text[1] if as_text else cell.removeprefix("'")
