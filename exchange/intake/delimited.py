"""Delimited text, .csv: UTF-8 with or without BOM, GB 18030, UTF-16 as Excel saves it; comma, tab or semicolon.

Another encoding is added to _encoding_of.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO

from exchange.intake.headers import table_source
from exchange.intake.row import Source, unreadable
from schema.record import Kind

_AS_TEXT = re.compile(r'="(.*)"')
_PIECE = 1_048_576


def delimited_source(file: BinaryIO, kind: Kind) -> Source:
    """A delimited file. It is read through once before the first row, so that a broken one gives none."""
    encoding = _encoding_of(file)
    delimiter = _delimiter_of(file, encoding)
    try:
        for _ in _records(file, encoding, delimiter):
            pass
    except csv.Error as error:
        raise unreadable("引号不配对或文件不完整", f"unbalanced quotes, or the file is cut off: {error}") from None
    return table_source(_cells(file, encoding, delimiter), kind, form="csv")


def decoded(data: bytes) -> str:
    """The text of a small file in any of the encodings. Raises FILE_UNREADABLE."""
    return data.decode(_encoding_of(io.BytesIO(data)))


def _encoding_of(file: BinaryIO) -> str:
    file.seek(0)
    is_utf16 = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "gb18030"):
        if _is_decodable(file, encoding):
            return encoding
    raise unreadable("编码不是 UTF-8 或 GB 18030", "neither UTF-8 nor GB 18030")


def _is_decodable(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter_of(file: BinaryIO, encoding: str) -> str:
    with closing(_text(file, encoding)) as lines:
        start = lines.read(4096)
    return max(",\t;", key=start.count)


def _records(file: BinaryIO, encoding: str, delimiter: str) -> Iterator[list[str]]:
    with closing(_text(file, encoding)) as lines:
        yield from csv.reader(lines, delimiter=delimiter, strict=True)


def _text(file: BinaryIO, encoding: str) -> "_Text":
    file.seek(0)
    return _Text(file, encoding=encoding, newline="")


class _Text(io.TextIOWrapper):
    """The file as text; to close it leaves the file open."""

    def close(self) -> None:
        if not self.closed:
            self.detach()


def _cells(file: BinaryIO, encoding: str, delimiter: str) -> Iterator[list[str]]:
    for record in _records(file, encoding, delimiter):
        yield [_without_trick(cell) for cell in record]


def _without_trick(cell: str) -> str:
    """People write `="4403..."` or `'4403...` so that a spreadsheet leaves a long number alone."""
    if cell[:1] not in ("=", "'"):
        return cell
    as_text = _AS_TEXT.fullmatch(cell)
    return as_text[1] if as_text else cell.removeprefix("'")
