"""Compiled operations, remembered by their text and by what of their variables the compiled text depends on.

That is: which variables are given, which way the switches stand, whether a number is somebody's own, and
whether a day asked for lies in the past. What else
comes to matter belongs into `_choice`.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from graphql import Node, VariableNode

from exchange.engine.compiler import CompiledRoot
from exchange.engine.documents import Prepared
from exchange.engine.filters import holds_id_number
from exchange.engine.limits import children
from exchange.engine.looking_back import Asked, days_asked, is_past
from exchange.engine.roots import ROOTS

CACHED_OPERATIONS = 1_000
CACHED_CHOICES = 50  # of one operation

Plan = tuple[CompiledRoot, ...] | None  # None: some root field is not stored but computed


@dataclass(frozen=True, kw_only=True)
class _Known:
    """The plans of one operation by choice, and the variables that may hold a person's own number."""

    naming: frozenset[str]
    days: tuple[Asked, ...]
    plans: dict[Any, Plan] = field(default_factory=dict)


class Plans:
    """Keeps plans, those of the operation used least recently going first."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str | None], _Known] = OrderedDict()

    def of(
        self,
        key: tuple[str, str | None],
        prepared: Prepared,
        variables: Mapping[str, Any],
        make: Callable[[], Plan],
        today: date | None = None,
    ) -> Plan:
        """The plan of the operation with this text and name for these variables; made when it is not known."""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Known(naming=frozenset(_naming(prepared)), days=days_asked(prepared))
            if len(self._known) > CACHED_OPERATIONS:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        choice: tuple[Any, ...] = tuple(
            [(name, _choice(value, name in known.naming)) for name, value in variables.items()]
        )
        if known.days:
            choice += tuple([is_past(asked(variables), today) for asked in known.days])
        if choice not in known.plans:
            if len(known.plans) >= CACHED_CHOICES:
                known.plans.clear()
            known.plans[choice] = make()
        return known.plans[choice]


def _choice(value: Any, may_name: bool) -> Any:
    if value is None or value is True or value is False:
        return value
    if isinstance(value, Mapping):
        return tuple((name, _choice(inner, may_name)) for name, inner in value.items())
    return "person" if may_name and holds_id_number(value) else "given"


def _naming(prepared: Prepared) -> Iterator[str]:
    """The variables of root fields that can be asked by a person's own number."""
    for node in prepared.root_fields:
        root = ROOTS.get(node.name.value)
        if root is not None and any(rule.may_name_person for rule in root.rules.values()):
            for argument in node.arguments:
                yield from _variables_in(argument)


def _variables_in(node: Node) -> Iterator[str]:
    if isinstance(node, VariableNode):
        yield node.name.value
    for child in children(node):
        yield from _variables_in(child)
