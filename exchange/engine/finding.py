"""Search over all records: the shape of what is found, and how each argument of the search narrows it.

A name leads to firms or persons by the index of names, everything else is a condition on the records. A new argument is
a line of `narrowings` and of schema/graphql/finding.py.
"""

from collections.abc import Mapping
from typing import Any

from exchange.engine import filters
from exchange.engine.filters import Filter
from exchange.engine.parts import Many, One, Order, Root, Shape, Value
from schema.errors import Refusal
from schema.fields import Unreadable, division_code, folded
from schema.record import Family
from schema.regions import cities_within
from tenants.keys import Keys

LEAST, MOST = 2, 60
TOO_BROAD = "SX001"  # raised by narrow_enough (migrations/0009_finding.sql)
_AFTER_ALL = "\U0010ffff"

# The names that hold the text, as the caller may see them; their number is bounded. {v} holds the two ends of a range.
# Because of offset 0 names come first, by their index, then who bears them: also while the planner knows no statistics.
_NAMED = "{t}.{column} = any ((select {narrow} from (select distinct b.{column} {bearers} limit 1001) named)::{type})"
_BY_INDEX = (
    "from name_ending n "
    "cross join lateral (select credit_code, person_id from name_bearer where name_id = n.name_id offset 0) b "
    "where n.ending >= ({v})[1] and n.ending < ({v})[2] and b.person_id is {null}"
)
_HOLDS = "strpos(folded({name}), ({v})[1]) > 0"
# The index holds the names of now. Whoever bore the name then bears it still, or on a version that stands no more:
# those are looked through. Of what that gives, a bounded number, found is who bore it on a record as it stood then.
_BY_RECORD = (
    "from record b where b.{column} = any ((select narrow_enough(array_agg(asked.{column})) from ("
    "select b.{column} {by_index} "
    "union select b.{column} from record_version b where b.{column} is not null and {holds} "
    "limit 1001) asked)::{type}) and {holds}"
)


def _named(bearers: str, **pieces: str) -> str:
    sql = _NAMED
    for piece, text in {"bearers": bearers, "by_index": _BY_INDEX, "holds": _HOLDS, **pieces}.items():
        sql = sql.replace(f"{{{piece}}}", text)
    return sql


_NARROW = "narrow_enough(array_agg(named.{column}))"
# Whoever is found by one name is found under whatever id.
_WITH_ALL_IDS = f"person_ids({_NARROW})"
_FIRM = {
    "narrow": _NARROW, "column": "credit_code", "type": "text[]", "null": "null",
    "name": "case when b.person_id is null then b.name else b.employer_name end",
}  # fmt: skip
_PERSON = {"narrow": _WITH_ALL_IDS, "column": "person_id", "type": "uuid[]", "null": "not null", "name": "b.name"}
# {v} holds the county asked for, or nothing, and then the cities. Certificates and the rest have an index each.
_WITHIN = (
    "({t}.family = 'CERTIFICATE' and {t}.city = any (({v})[2:]) "
    "or {t}.family <> 'CERTIFICATE' and {t}.city = any (({v})[2:])) and ({v})[1] in ('', {t}.region)"
)


def families_read(scopes: frozenset[str]) -> list[str]:
    """The families of records a token's scopes open: flags are behind another door than the rest."""
    doors = {family.name: "flag.read" if family is Family.ADVERSE else "record.read" for family in Family}
    return [name for name, scope in doors.items() if scope in scopes]


def status_of(certificate: str) -> str:
    """The SQL of a found record's state on the day; `certificate` is that of a certificate's, and a permit's."""
    return (
        f"case when {{t}}.family in ('CERTIFICATE', 'PERMIT') then {certificate} "
        f"when {{t}}.family = 'ADVERSE' then case when {filters.IS_CURRENT} then 'CURRENT' else 'LIFTED' end "
        "else {t}.reported_status end"
    )


def found_record(certificate_status: str) -> Shape:
    """What is found: what all kinds of records have, and ways to the whole of it."""
    columns = {
        "id": "record_id", "kind": "kind", "family": "family", "nameMasked": "name_shown", "number": "number_shown",
        "idNumberMasked": "id_shown", "creditCode": "credit_code", "region": "region", "band": "band",
        "validTo": "valid_to", "recordedAt": "recorded_at", "version": "version",
    }  # fmt: skip
    return Shape(
        source="record",
        person="{t}.person_id",
        fields={
            **{name: Value(sql=f"{{t}}.{column}") for name, column in columns.items()},
            "firmName": Value(sql="case when {t}.person_id is null then {t}.name else {t}.employer_name end"),
            "status": Value(sql=status_of(certificate_status)),
            "owner": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id"),
            "certificate": _itself("Certificate", "CERTIFICATE", "record.read"),
            "riskFlag": _itself("RiskFlag", "ADVERSE", "flag.read"),
            "enterprise": One(shape="Enterprise", key="{from}.credit_code"),
            "person": One(shape="Person", key="{from}.person_id", scope="record.read"),
        },
    )


def _itself(shape: str, family: str, scope: str) -> One:
    where = f"{{t}}.family = '{family}' and {{t}}.record_id = {{from}}.record_id"
    return One(shape=shape, where=where, scope=scope)


def search(order: Order, certificate_status: str) -> Root:
    """The root field. Its door is the one everybody has; what stands behind the other is left out without it."""
    return Root(
        part=Many(
            shape="FoundRecord",
            where="{t}.family = any ({families})",
            order=order,
            filters=narrowings(certificate_status),
        ),
        scope="flag.read",
    )


def narrowings(certificate_status: str) -> Mapping[str, Filter]:
    """Each argument of the search as a condition."""
    return {
        "firmName": Filter(
            sql=_named(_BY_INDEX, **_FIRM), back=_named(_BY_RECORD, **_FIRM), type="text[]", read=_firm_name
        ),
        "personName": Filter(
            sql=_named(_BY_INDEX, **_PERSON),
            back=_named(_BY_RECORD, **_PERSON),
            type="text[]",
            read=_person_name,
            names_person=lambda value: value is not None,
        ),
        "number": filters.CERTIFICATE_BY["by.number"],
        "creditCode": filters.EVENTS["creditCode"],
        "about": Filter(sql="case when {t}.person_id is null then 'FIRM' else 'PERSON' end = {v}"),
        "families": Filter(sql="{t}.family = any ({v})", type="text[]", read=_names),
        "kinds": Filter(sql="{t}.kind = any ({v})", type="text[]", read=_names),
        "category": Filter(sql="{v} in ({t}.body->>'category', {t}.body->>'categoryCode', {t}.body->>'operationCode')"),
        "region": Filter(sql=_WITHIN, type="text[]", read=_within),
        "status": Filter(sql=f"{status_of(certificate_status)} = {{v}}"),
        "expiringWithinDays": Filter(
            sql="{t}.family <> 'PRESENCE' and " + filters.CERTIFICATES["expiringWithinDays"].sql,
            type="int",
            read=filters.CERTIFICATES["expiringWithinDays"].read,
        ),
        "band": Filter(sql="{t}.band = {v}"),
    }


def _firm_name(value: str, keys: Keys) -> list[str]:
    return _range(value, "firmName")


def _person_name(value: str, keys: Keys) -> list[str]:
    return _range(value, "personName")


def _range(value: str, field: str) -> list[str]:
    """The two ends of the range of endings that begin with the text."""
    try:
        text = folded(value)
    except Unreadable as error:
        raise Refusal(error.code, field=(field,), **error.values) from error
    if len(text) < LEAST:
        raise Refusal("SEARCH_TEXT_TOO_SHORT", field=(field,))
    if len(text) > MOST:
        raise Refusal("BAD_INPUT", field=(field,), detail=f"{field} {LEAST}-{MOST}")
    return [text, text + _AFTER_ALL]


def _names(value: list[Any], keys: Keys) -> list[str]:
    return [getattr(one, "value", one) for one in value]


def _within(value: str, keys: Keys) -> list[str]:
    try:
        code = division_code(value)
    except Unreadable as error:
        raise Refusal(error.code, field=("region",), **error.values) from error
    return ["" if code.endswith("00") else code, *cities_within(code)]
