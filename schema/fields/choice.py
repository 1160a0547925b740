"""Values from a list: enums with Chinese and English labels and national codes, and code tables kept as data.

An enum derives from Coded and lives beside the kind that uses it; a longer table is a .csv file in schema/codes/.
"""

import csv
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from importlib import resources
from math import isfinite

from schema.fields.reading import Unreadable, as_string, show


class Coded(Enum):
    """An enum whose members carry (zh, en, national code, further names ...). Stored and sent by its name."""

    zh: str
    en: str
    code: str
    also: tuple[str, ...]

    def __init__(self, zh: str, en: str, code: str = "", *also: str) -> None:
        self.zh = zh
        self.en = en
        self.code = code
        self.also = also


@dataclass(frozen=True)
class Choice:
    """Reads a member of an enum: by name, Chinese label, national code or one of its further names; gives its name.

    `only`: the members this field may hold, all by default. `codes`: pairs of (code, name) where another national table
    numbers the same words otherwise; they stand in place of the members' own codes.
    """

    options: type[Coded]
    only: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The name of the enum, also in GraphQL."""
        return self.options.__name__

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Stored name -> Chinese label, in the order of the enum."""
        return {option.name: option.zh for option in self.options if not self.only or option.name in self.only}

    @cached_property
    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for name in self.labels:
            option = self.options[name]
            for written in (name, option.zh, option.en, *self._codes(option), *option.also):
                if written:
                    names.setdefault(_key(written), name)
        return names

    def _codes(self, option: Coded) -> list[str]:
        codes = [code for code, name in self.codes if name == option.name] if self.codes else [option.code]
        return [*codes, *(code.lstrip("0") for code in codes)]

    @cached_property
    def _known(self) -> str:
        return "、".join(f"{zh} {name}" for name, zh in self.labels.items())

    def __call__(self, raw: object) -> str:
        if isinstance(raw, str) and raw in self.labels:
            return raw
        return _look_up(raw, self._names, self._known)


@dataclass(frozen=True)
class CodeTable:
    """Reads a code of a table in schema/codes/: by the code or by its Chinese label; gives the code.

    Numbers are refused where a spreadsheet may have turned `5.10` into `5.1`.
    """

    file: str
    code_column: str
    label_column: str

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Code -> Chinese label, in the order of the table."""
        with resources.files("schema.codes").joinpath(self.file).open(encoding="utf-8") as file:
            return {row[self.code_column]: row[self.label_column] for row in csv.DictReader(file)}

    @cached_property
    def _names(self) -> dict[str, str]:
        bare = {_key(code.lstrip("0")): code for code in self.labels}  # as a spreadsheet shows 01
        names = {_key(label): code for code, label in self.labels.items()}
        return bare | names | {_key(code): code for code in self.labels}

    def __call__(self, raw: object) -> str:
        known = f"{len(self.labels)} 项（见导入模板的代码表）"
        if isinstance(raw, float) and not raw.is_integer() and isfinite(raw):
            written = repr(raw)
            if f"{written}0" in self.labels:
                raise Unreadable("VALUE_NOT_IN_TABLE", show(raw), known=f"文本格式的 {written} 或 {written}0")
            raw = written
        return _look_up(raw, self._names, known)


def yes_no(raw: object) -> bool:
    """是 or 否, also as a truth value, 1 or 0, Y or N."""
    if isinstance(raw, bool):
        return raw
    return _look_up(raw, _YES_NO, "是、否") == "是"


def _look_up(raw: object, names: Mapping[str, str], known: str) -> str:
    if isinstance(raw, str) and raw in names:
        return names[raw]
    found = names.get(_key(as_string(raw)))
    if found is None:
        raise Unreadable("VALUE_NOT_IN_TABLE", show(raw), known=known)
    return found


_YES_NO = dict.fromkeys(("是", "1", "y", "yes", "true"), "是") | dict.fromkeys(("否", "0", "n", "no", "false"), "否")


def _key(written: str) -> str:
    return "".join(unicodedata.normalize("NFKC", written).split()).casefold()
