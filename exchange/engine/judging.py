"""Puts judgements of Python where a compiled statement left the facts for them.

Nothing is added here for a new one: it is a Judged of a shape, its function in exchange/dossiers.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

MARK = "@judgement"  # no name in GraphQL holds an @
FACTS = "@facts"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is asked of an object: the keys of the answer with the names they stand for and what is asked below."""

    type_name: str
    fields: tuple[tuple[str, str, "Selection | None"], ...]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A function from facts and the day to values, and what is asked of these."""

    judge: Callable[[Any, date], Any]
    selection: Selection


def judged(answer: bytes, judgements: Sequence[Judgement], day: date) -> bytes:
    """The answer with every mark replaced."""

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(one) for one in value]
        if not isinstance(value, dict):
            return value
        if MARK in value:
            judgement = judgements[value[MARK]]
            return _picked(judgement.judge(value[FACTS], day), judgement.selection)
        return {key: filled(one) for key, one in value.items()}

    return orjson.dumps(filled(orjson.loads(answer)))


def _picked(value: Any, selection: Selection | None) -> Any:
    if value is None or selection is None:
        return value
    if isinstance(value, list):
        return [_picked(one, selection) for one in value]
    return {
        key: selection.type_name if name == "__typename" else _picked(value[name], below)
        for key, name, below in selection.fields
    }
