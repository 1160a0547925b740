"""asOf and knownAt: the day a root field is about, and the moment by whose knowledge it is answered.

Neither given, or a day not past: the records as they stand. Else known_records() of migrations/0011_provenance.sql.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from graphql import StringValueNode, VariableNode

from exchange.engine.arguments import Arguments, Reader
from exchange.engine.documents import Prepared
from schema.errors import Refusal
from schema.fields import Unreadable, day

EXAMPLE = "knownAt 2026-05-03T18:00:00+08:00"


class Building(Protocol):
    """The builder of the statement, as far as time needs it."""

    read_day: Reader
    read_known: Reader | None
    is_past: bool


def look_back(builder: Building, arguments: Arguments, today: date | None) -> None:
    """Tell the builder of which day and of whose knowledge the answer is."""
    as_of = arguments.given("asOf")
    if as_of is not None:
        builder.read_day = arguments.reader("asOf")
        builder.is_past = is_past(as_of, today)
    if arguments.given("knownAt") is not None:
        builder.read_known = read_known = _moment_reader(arguments.reader("knownAt"))
        if as_of is None:
            builder.read_day = lambda binding: day(read_known(binding))


def is_past(as_of: Any, today: date | None) -> bool:
    """Whether a day lies before today."""
    return today is not None and isinstance(as_of, date) and as_of < today


def _moment_reader(read: Reader) -> Reader:
    return lambda binding: known_moment(read(binding), binding.context.now)


def known_moment(moment: datetime, now: datetime) -> datetime:
    """The moment, which may be asked about. Raises Refusal BAD_INPUT, DATE_IN_FUTURE."""
    try:
        if moment.tzinfo is None:
            detail = f"{moment.isoformat()} 缺少时区 (has no offset); {EXAMPLE}"
            raise Refusal("BAD_INPUT", field=("knownAt",), detail=detail)
        if moment > now:
            raise Refusal("DATE_IN_FUTURE", field=("knownAt",))
        day(moment)  # one that has a day in China
    except (Unreadable, OverflowError) as error:
        raise Refusal("BAD_INPUT", field=("knownAt",), detail=EXAMPLE) from error
    return moment


Asked = Callable[[Mapping[str, Any]], Any]


def days_asked(prepared: Prepared) -> tuple[Asked, ...]:
    """How the day of each root field that names one is read from the variables."""
    return tuple(
        _day_in(argument.value)
        for node in prepared.root_fields
        for argument in node.arguments
        if argument.name.value == "asOf"
    )


def _day_in(value: Any) -> Asked:
    if isinstance(value, VariableNode):
        return lambda variables: variables.get(value.name.value)
    written = date.fromisoformat(value.value) if isinstance(value, StringValueNode) else None
    return lambda _: written
