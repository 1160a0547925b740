"""Words in use for a field without a binding table: another word is kept, with the remark VALUE_UNUSUAL.

The words are a column of a .csv file in schema/codes/; a word more is a line there.
"""

import csv
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from importlib import resources


@dataclass(frozen=True)
class KnownWords:
    """The `warn` of a field: the code of the remark on a word that stands in none of the columns, None on others.

    The words of the first column are offered in the template.
    """

    file: str
    columns: tuple[str, ...]

    @cached_property
    def offered(self) -> tuple[str, ...]:
        """The words to choose from, in the order of the table."""
        return tuple(row[self.columns[0]] for row in self._rows)

    @cached_property
    def _rows(self) -> list[dict[str, str]]:
        with resources.files("schema.codes").joinpath(self.file).open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(_bare(row[column]) for row in self._rows for column in self.columns)

    def __call__(self, value: str) -> str | None:
        return None if value in self._known or _bare(value) in self._known else "VALUE_UNUSUAL"


def _bare(word: str) -> str:
    return "".join(unicodedata.normalize("NFKC", word).split())
