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
    """Reads a member of an enum: by name, Chinese label, national code or one of its further names; gives its name."""

    options: type[Coded]

    @property
    def name(self) -> str:
        """The name of the enum, also in GraphQL."""
        return self.options.__name__

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Stored name -> Chinese label, in the order of the enum."""
        return {option.name: option.zh for option in self.options}

    @cached_property
    def _names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for option in self.options:
            bare_code = option.code.lstrip("0")
            for written in (option.name, option.zh, option.en, option.code, bare_code, *option.also):
                if written:
                    names.setdefault(_key(written), option.name)
        return names

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
        names = {_key(label): code for code, label in self.labels.items()}
        return names | {_key(code): code for code in self.labels}

    def __call__(self, raw: object) -> str:
        known = f"{len(self.labels)} 项（见导入模板的代码表）"
        if isinstance(raw, float) and not raw.is_integer() and isfinite(raw):
            written = repr(raw)
            if f"{written}0" in self.labels:
                raise Unreadable("VALUE_NOT_IN_TABLE", show(raw), known=f"文本格式的 {written} 或 {written}0")
            raw = written
        return _look_up(raw, self._names, known)


def _look_up(raw: object, names: Mapping[str, str], known: str) -> str:
    if isinstance(raw, str) and raw in names:
        return names[raw]
    found = names.get(_key(as_string(raw)))
    if found is None:
        raise Unreadable("VALUE_NOT_IN_TABLE", show(raw), known=known)
    return found


def _key(written: str) -> str:
    return "".join(unicodedata.normalize("NFKC", written).split()).casefold()
