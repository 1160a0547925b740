"""How an argument of a field becomes a condition in SQL: its text, and how its value is read in Python.

Values are read in Python (hash a number, decode a cursor, split a region into prefixes), so that PostgreSQL gets typed
parameters it can use in an index under row security. `{t}` is the row, `{v}` the value, `{day}` the day asked for.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exchange.rules import OPTIONAL, RULES
from schema.errors import Refusal
from schema.events import BY_NAME as EVENT_TYPES
from schema.fields import Unreadable, certificate_number, credit_code, division_code, id_number, is_id_number
from schema.regions import cities_within
from tenants.keys import Keys

IS_CURRENT = "(({t}.lifted_on is null or {t}.lifted_on > {day}) and in_term({t}.body, {day}))"
OPEN = "{t}.state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW')"
# The firm concerned sees its review, and never who works on it.
OF_AUTHORITIES = (
    "case when {{t}}.credit_code = any ((select current_setting('app.subjects', true)::text[])::text[]) then null "
    "else {{t}}.{column} end"
)
_ME = "(select (current_setting('app.writes', true)::int[])[1])"
_MINE = f"{{t}}.owner_id = {_ME}"
_BY_ME = f"({{t}}.cause_owner_id = {_ME} or {{t}}.joined_ids && array[{_ME}])"
_ASKS_ME = f"""({OPEN} and {{t}}.cause_owner_id = {_ME} and exists (
    select from review_step s
    where s.thread_id = {{t}}.thread_id and s.step = 'INFORMATION_REQUESTED'
      and not exists (select from review_step a where a.request_id = s.step_id)))"""
_OF_DECISION = """{t}.review_id in (
    select k.review_id from review_cause k where k.document is not null and k.document = document_key({v}))"""
MAX_DAYS = 36_500


def _same(value: Any, keys: Keys) -> Any:
    return getattr(value, "value", value)  # an enum's member stands for its name


def _all(value: list[Any], keys: Keys) -> list[Any]:
    return [_same(one, keys) for one in value]


def unknown(value: Any, keys: Keys) -> uuid.UUID | None:
    """Of most arguments no person's id follows."""
    return None


def _nobody(value: Any) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Filter:
    """`sql` with a parameter of type `type`; `read` turns the argument into the parameter.

    A filter without `{v}` is switched: `sql` for true, `otherwise` for false. `back` takes the place of `sql` for the
    past, where that holds of now only. Where the argument is a person's own number (`names_person`), a look-up that
    finds nobody leaves evidence of whom it `sought`.
    """

    sql: str
    type: str = "text"
    read: Callable[[Any, Keys], Any] = _same
    otherwise: str = ""
    back: str = ""
    names_person: Callable[[Any], bool] = _nobody
    sought: Callable[[Any, Keys], uuid.UUID | None] = unknown

    @property
    def may_name_person(self) -> bool:
        """Whether some values of the argument are a person's own number."""
        return self.names_person is not _nobody


def read_id(value: Any, keys: Keys) -> uuid.UUID:
    """An opaque id. What cannot be an id is like one that is not there."""
    try:
        return uuid.UUID(value)
    except ValueError:
        return uuid.UUID(int=0)


def holds_id_number(value: Any) -> bool:
    """Whether a certificate number is an ID number, or T and one: asking for it is asking for a person."""
    return _id_number_in(value) is not None


def person_in_number(value: Any, keys: Keys) -> uuid.UUID | None:
    """The id, known or not, of the person whose ID number a certificate number is."""
    number = _id_number_in(value)
    return keys.person_id(number) if number else None


def _id_number_in(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        number = certificate_number(value).removeprefix("T")
    except Unreadable:
        return None
    return number if is_id_number(number) else None


def _number_hash(value: str, keys: Keys) -> bytes:
    return keys.join_hash("number", _read(certificate_number, value, "number"))


def _person_by_id_number(value: str, keys: Keys) -> uuid.UUID:
    return keys.person_id(_read(id_number, value, "idNumber"))


def _credit_code(value: str, keys: Keys) -> str:
    return _read(credit_code, value, "creditCode")


def _read(reader: Callable[[object], str], value: str, field: str) -> str:
    try:
        return reader(value)
    except Unreadable as error:
        raise Refusal(error.code, field=(field,), **error.values) from error


def _cities(value: str, keys: Keys) -> list[str]:
    """Four-digit prefixes of the cities within a division: 440000 -> all of Guangdong, 440300 -> one."""
    return list(cities_within(_read(division_code, value, "region")))


def _days(value: int, keys: Keys) -> int:
    """A number of days that can be added to any day there is."""
    if not 0 <= value <= MAX_DAYS:
        raise Refusal("BAD_INPUT", field=("expiringWithinDays",), detail=f"expiringWithinDays 0-{MAX_DAYS}")
    return value


def _event_types(value: list[str], keys: Keys) -> list[str]:
    unknown = [name for name in value if name not in EVENT_TYPES]
    if unknown:
        raise Refusal("BAD_INPUT", field=("types",), detail=f"{unknown[0][:60]}; GET /events")
    return value


def _rule(value: str, keys: Keys) -> str:
    known = sorted(rule.name for rule in (*RULES, *OPTIONAL))
    if value not in known:
        raise Refusal("BAD_INPUT", field=("rule",), detail=f"{value[:60]}; {' '.join(known)}")
    return value


def _position(value: str, keys: Keys) -> int:
    return read_position(value)


def read_position(cursor: str) -> int:
    """The position in a stream cursor `seq:10482`. Raises Refusal BAD_CURSOR."""
    number = cursor.removeprefix("seq:")
    if not cursor.startswith("seq:") or not number.isdecimal() or len(number) > 18:
        raise Refusal("BAD_CURSOR", field=("after",))
    return int(number)


def _since(value: datetime, keys: Keys) -> datetime:
    """A moment that says where it is meant."""
    try:
        if value.tzinfo is not None:
            return value.astimezone(UTC)
    except OverflowError:
        pass
    raise Refusal("BAD_INPUT", field=("recordedSince",), detail="recordedSince 2026-11-23T08:00:00+08:00")


KIND = Filter(sql="{t}.kind = {v}")
RECORDS: Mapping[str, Filter] = {
    "region": Filter(sql="{t}.city = any ({v})", type="text[]", read=_cities),
    "recordedSince": Filter(sql="{t}.recorded_at >= {v}", type="timestamptz", read=_since),
}
OF_FIRM: Mapping[str, Filter] = {"creditCode": Filter(sql="{t}.credit_code = {v}", read=_credit_code)}
CERTIFICATES: Mapping[str, Filter] = {
    "expiringWithinDays": Filter(sql="{t}.valid_to between {day} and {day} + {v}", type="int", read=_days),
    "reportedStatus": Filter(sql="{t}.reported_status = {v}"),
}
FLAGS: Mapping[str, Filter] = {
    "isCurrent": Filter(sql=IS_CURRENT, otherwise=f"not {IS_CURRENT}"),
    "severity": Filter(sql="{t}.band = {v}"),
}
REVIEWS: Mapping[str, Filter] = {
    "digestOn": Filter(sql="{t}.digest_on = {v}", type="date"),
    "isOpen": Filter(sql=OPEN, otherwise=f"not ({OPEN})"),
    "isOverdue": Filter(
        sql=f"({OPEN} and {{t}}.due_on < {{day}})", otherwise=f"not ({OPEN} and {{t}}.due_on < {{day}})"
    ),
    "handling": Filter(sql="{t}.handling = {v}"),
    "mine": Filter(sql=_MINE, otherwise=f"not ({_MINE})"),
    "causedByMe": Filter(sql=_BY_ME, otherwise=f"not {_BY_ME}"),
    "asksMe": Filter(sql=_ASKS_ME, otherwise=f"not {_ASKS_ME}"),
    "state": Filter(sql="{t}.state = any ({v})", type="text[]", read=_all),
    "assignee": Filter(sql=f"{OF_AUTHORITIES.format(column='assigned_to')} = {{v}}"),
    "rule": Filter(sql="{t}.rule = {v}", read=_rule),
    "priority": Filter(sql="{t}.priority = {v}"),
    "decisionNumber": Filter(sql=_OF_DECISION),
    **OF_FIRM,
}
EVENTS: Mapping[str, Filter] = {
    "types": Filter(sql="{t}.type = any ({v})", type="text[]", read=_event_types),
    **OF_FIRM,
}
CERTIFICATE_BY: Mapping[str, Filter] = {
    "by.id": Filter(sql="{t}.record_id = {v}", type="uuid", read=read_id),
    "by.number": Filter(
        sql="{t}.number_hash = {v}", type="bytea", read=_number_hash,
        names_person=holds_id_number, sought=person_in_number,
    ),
}  # fmt: skip
PERSON_BY: Mapping[str, Filter] = {
    "by.id": Filter(sql="{t}.person_id = {v}", type="uuid", read=read_id),
    "by.idNumber": Filter(
        sql="{t}.person_id = {v}", type="uuid", read=_person_by_id_number,
        names_person=lambda _: True, sought=_person_by_id_number,
    ),
}  # fmt: skip
RECORD_BY_ID: Mapping[str, Filter] = {"id": Filter(sql="{t}.record_id = {v}", type="uuid", read=read_id)}
REVIEW_BY_ID: Mapping[str, Filter] = {"id": Filter(sql="{t}.review_id = {v}", type="uuid", read=read_id)}
