"""导入模板 The Excel template of a kind: titles, drop-downs, text columns, one sample row that is never imported.

Everything comes from the fields of the kind; a value to choose from is a Choice, a CodeTable or one of KnownWords.
"""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import xlsxwriter

from exchange.intake.headers import SAMPLE_MARK
from schema.fields import Choice, CodeTable, KnownWords
from schema.record import Field, Kind, Role

ROWS_WITH_CHOICES = 10_000

TEXT = 49
"""The built-in number format for text; a custom `@` is not text to every spreadsheet."""

_NOTHING: Mapping[Role, str] = MappingProxyType({})
_MADE_ON = datetime(2026, 1, 1, tzinfo=UTC)  # fixed, so that the same kind always gives the same bytes


def template(kind: Kind, own: Mapping[Role, str] = _NOTHING) -> bytes:
    """The template as an .xlsx file. `own` values of whoever asks for it stand in the sample row."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        workbook.set_properties({"title": kind.zh, "created": _MADE_ON})
        rows = workbook.add_worksheet(kind.zh[:31])
        guide = workbook.add_worksheet("填写说明")
        choices = workbook.add_worksheet("代码表")
        formats = {
            "title": workbook.add_format({"bold": True, "border": 1, "bg_color": "#E8EEF7", "num_format": TEXT}),
            "required": workbook.add_format({"bold": True, "border": 1, "bg_color": "#F7E8E8", "num_format": TEXT}),
            "text": workbook.add_format({"num_format": TEXT}),
            "sample": workbook.add_format({"num_format": TEXT, "italic": True, "font_color": "#808080"}),
        }
        ranges = _write_choices(choices, kind, formats)
        _write_rows(rows, kind, formats, ranges, own)
        _write_guide(guide, kind, formats)
    return buffer.getvalue()


def _write_rows(
    sheet: Any, kind: Kind, formats: Mapping[str, Any], ranges: Mapping[str, str], own: Mapping[Role, str]
) -> None:
    sheet.freeze_panes(1, 0)
    for column, field in enumerate(kind.fields):
        sheet.set_column(column, column, max(14, 2 * len(field.zh) + 2), formats["text"])
        title = f"{field.zh}*" if field.is_required else field.zh
        sheet.write_string(0, column, title, formats["required" if field.is_required else "title"])
        sheet.write_string(1, column, sample_of(field, own), formats["sample"])
        if field.name in ranges:
            choice = {"validate": "list", "source": ranges[field.name]}
            if isinstance(field.warn, KnownWords):  # another word is remarked upon, not refused
                choice["error_type"] = "information"
            sheet.data_validation(1, column, ROWS_WITH_CHOICES, column, choice)


def sample_of(field: Field, own: Mapping[Role, str] = _NOTHING) -> str:
    """The cell of the sample row; the name carries the mark that keeps the row out."""
    if field.role and field.role in own:
        return own[field.role]
    if field.role is Role.NAME and not field.sample.startswith(SAMPLE_MARK):
        return f"{SAMPLE_MARK}{field.sample}"
    return field.sample


def _write_choices(sheet: Any, kind: Kind, formats: Mapping[str, Any]) -> dict[str, str]:
    """Writes the values to choose from, a column each, and gives field name -> range."""
    ranges: dict[str, str] = {}
    for field in kind.fields:
        values = _offered(field)
        if not values:
            continue
        column = len(ranges)
        sheet.set_column(column, column, 30, formats["text"])
        sheet.write_string(0, column, field.zh, formats["title"])
        sheet.write_column(1, column, values, formats["text"])
        letter = chr(ord("A") + column)
        ranges[field.name] = f"=代码表!${letter}$2:${letter}${len(values) + 1}"
    return ranges


def _offered(field: Field) -> list[str]:
    if isinstance(field.read, Choice | CodeTable):
        return list(dict.fromkeys(field.read.labels.values()))
    return list(field.warn.offered) if isinstance(field.warn, KnownWords) else []


def _write_guide(sheet: Any, kind: Kind, formats: Mapping[str, Any]) -> None:
    sheet.set_column(0, 5, 26, formats["text"])
    sheet.write_row(
        0, 0, ["列名", "Field", "字段名 Name", "必填 Required", "也可写作 Also", "示例 Sample"], formats["title"]
    )
    for line, field in enumerate(kind.fields, start=1):
        is_required = "是 yes" if field.is_required else "否 no"
        cells = [field.zh, field.en, field.name, is_required, "、".join(field.headers), field.sample]
        sheet.write_row(line, 0, cells, formats["text"])
    notes = (
        f"名称以“{SAMPLE_MARK}”开头的行不导入。 A row whose name begins with {SAMPLE_MARK} is not imported.",
        "所有列均为文本；证件号码请勿设为数字。 All columns are text; never make an ID number a number.",
        f"依据 Basis：{kind.basis}",
    )
    for line, note in enumerate(notes, start=len(kind.fields) + 2):
        sheet.write_string(line, 0, note)
