"""记录 A record: one fact an authority states about a firm or a person, as a kind describes it.

`parse` turns a row into a Record or into *all* its findings. Add a kind in kinds/, a column of every record as a Role.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, IntEnum
from functools import cached_property
from typing import Any, TypeAlias

import orjson

from schema.errors import Refusal
from schema.fields import Choice, CodeTable, Mask, Reader, Unreadable, conceal, is_empty, mask_all, show

FRESH_DAYS = 7
"""How long what a source confirmed counts as up to date, where the kind does not say otherwise."""


class Tier(Enum):
    """How far a field may travel: PUBLIC and GENERAL stand in the body, PERSONAL and SENSITIVE are kept apart."""

    PUBLIC = "公开"
    GENERAL = "一般"
    PERSONAL = "个人信息"
    SENSITIVE = "敏感个人信息"

    @property
    def is_personal(self) -> bool:
        """Whether reading it needs a purpose and a case number."""
        return self in (Tier.PERSONAL, Tier.SENSITIVE)


class Family(Enum):
    """What a record is about."""

    CERTIFICATE = "证书"
    RISK = "风险分级"
    ADVERSE = "风险标记"
    PRESENCE = "在本地的事项"
    PERMIT = "企业许可与资质"
    ACTION = "对证书的处理"
    INFORMATION = "情况通报"
    TRAINING = "培训考核"
    PROFILE = "企业基本情况"


class Audience(IntEnum):
    """Who may read a record; each level includes the ones below. SUBJECT is the firm or the person's employer."""

    OWNER = 0
    AUTHORITY = 1
    SUBJECT = 2
    PARTNER = 3
    PUBLIC = 4


class Role(Enum):
    """The columns every record has, whatever its kind calls them. The value is the attribute of Record."""

    NAME = "name"
    ID_NUMBER = "id_number"
    NUMBER = "number"
    CREDIT_CODE = "credit_code"
    EMPLOYER_NAME = "employer_name"
    REGION = "region"
    ISSUER_CODE = "issuer_code"
    ISSUER_NAME = "issuer_name"
    FIRST_ISSUED_ON = "first_issued_on"
    EFFECTIVE_ON = "effective_on"
    VALID_FROM = "valid_from"
    VALID_TO = "valid_to"
    REVIEW_DUE_ON = "review_due_on"
    REVIEWED_ON = "reviewed_on"
    REPORTED_STATUS = "reported_status"
    BAND = "band"
    DECISION_NUMBER = "decision_number"
    LIFTED_ON = "lifted_on"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong with one field of one row. `value` is masked where personal. Only an ERROR keeps the row out."""

    row: int | None = None
    field: str
    value: str
    code: str
    severity: str
    message_zh: str
    message_en: str
    next_zh: str
    next_en: str
    rests_on: tuple[str, ...] = ()  # other fields; where one of them is wrong itself, this is not told


Check: TypeAlias = Callable[[Mapping[str, Any]], Iterable[Finding]]
"""Looks at several fields of one row, by name; a field that is empty or could not be read is absent."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a kind. `headers` are further column titles; `national` its name in the national interface."""

    name: str
    zh: str
    en: str
    read: Reader
    role: Role | None = None
    is_required: bool = False
    tier: Tier = Tier.GENERAL
    headers: tuple[str, ...] = ()
    national: str | None = None
    graphql: str = "String"
    warn: Callable[[Any], str | None] | None = None
    mask: Callable[[str], str] = mask_all
    sample: str = ""

    def shown(self, value: str) -> str:
        """A value of this field as its sender may see it again."""
        return self.mask(value) if self.tier.is_personal else conceal(value)


def _is_listed(field: Field) -> bool:
    return isinstance(field.read, Choice | CodeTable)


def label_name(field: Field) -> str:
    """The field that holds the words of a code: operationCode -> operationName."""
    return field.name.removesuffix("Code") + "Name"


@dataclass(frozen=True, kw_only=True, eq=False)  # a kind is itself: compared and hashed by identity
class Kind:
    """记录类型 A kind of record: fields, identity, checks, who may read it, and on what law it rests.

    `sector` is the only one whose authorities issue it.
    `complete` gives values for fields left empty; `narrowed` gives a narrower audience for a single record.
    `end_event` and `review_event` are announced when the end day, or the review day, has passed. `reminders` are told
    so many days ahead of the end day, the largest first; `review_reminders` ahead of the review day.
    `fresh_days` is how long a confirmation of its source counts: what changes seldom is confirmed seldom.
    `type_name` is the GraphQL type it shares with other kinds of its family, `plural` that type's list where English
    has its own.
    """

    name: str
    zh: str
    en: str
    family: Family
    audience: Audience
    fields: tuple[Field, ...]
    identity: tuple[str, ...]
    basis: str
    checks: tuple[Check, ...] = ()
    number_is_personal: bool = False
    sector: str | None = None
    complete: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    narrowed: Callable[[Mapping[str, Any]], Audience] | None = None
    end_event: str | None = None
    review_event: str | None = None
    fresh_days: int = FRESH_DAYS
    reminders: tuple[int, ...] = ()
    review_reminders: tuple[int, ...] = ()
    type_name: str | None = None
    plural: str | None = None

    @property
    def graphql_type(self) -> str:
        """The GraphQL object type of its records: RISK_GRADING -> RiskGrading, unless it shares one."""
        return self.type_name or "".join(word.capitalize() for word in self.name.split("_"))

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def by_role(self) -> Mapping[Role, Field]:
        """The fields that fill a column every record has."""
        return {field.role: field for field in self.fields if field.role}

    @cached_property
    def readers(self) -> tuple[tuple[str, Reader, Callable[[Any], str | None] | None, Field], ...]:
        """Name, reader and warning of every field, and the field: what reading a row goes through."""
        return tuple((field.name, field.read, field.warn, field) for field in self.fields)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The names of the fields that must be filled in."""
        return tuple(field.name for field in self.fields if field.is_required)

    @cached_property
    def own_columns(self) -> tuple[tuple[str, str | None, Mask], ...]:
        """Of a record about a person, the personal fields whose value people may repeat in another field's text: the
        name, the column of Record if there is one, and the mask."""
        fields = self.fields if Role.ID_NUMBER in self.by_role else ()
        own = [one for one in fields if one.tier.is_personal and not _is_listed(one)]
        return tuple((one.name, one.role and one.role.value, one.mask) for one in own)

    @cached_property
    def text_fields(self) -> frozenset[str]:
        """The names of fields in the body that may hold such text: no column, no value from a list."""
        fields = self.fields if self.own_columns else ()
        return frozenset(one.name for one in fields if not (one.role or one.tier.is_personal or _is_listed(one)))

    @cached_property
    def columns(self) -> Mapping[str, tuple[str | None, bool]]:
        """Of every field by name: its column of Record, None for body and personal; whether it is personal."""
        return {field.name: (field.role and field.role.value, field.tier.is_personal) for field in self.fields}


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record that passed its kind. Plain values; the publisher encrypts and hashes what is personal.

    `key` is the identity within its owner, a JSON list. `body` holds what has no column, `personal` the same of
    personal tiers; both hold JSON values only, days as `2026-01-02`.
    """

    kind: str
    family: Family
    audience: Audience
    key: str
    name: str | None = None
    id_number: str | None = None
    number: str | None = None
    credit_code: str | None = None
    employer_name: str | None = None
    region: str | None = None
    issuer_code: str | None = None
    issuer_name: str | None = None
    first_issued_on: date | None = None
    effective_on: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    review_due_on: date | None = None
    reviewed_on: date | None = None
    reported_status: str | None = None
    band: str | None = None
    decision_number: str | None = None
    lifted_on: date | None = None
    body: Mapping[str, Any]
    personal: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """The record, or None when a finding is an ERROR; and every finding."""

    record: Record | None
    findings: tuple[Finding, ...]


def parse(
    kind: Kind,
    row: Mapping[str, object],
    *,
    row_number: int | None = None,
    strict: bool = False,
    further: tuple[Check, ...] = (),
) -> Parsed:
    """Reads a row of {field name: raw value}. `strict` refuses unknown names, for callers; files may have more columns.

    `further` checks are the publisher's own: whether this tenant may say so.
    """
    values: dict[str, Any] = {}
    findings = _read(kind, row, values)
    if strict:
        findings += [finding("FIELD_UNKNOWN", show(name)) for name in row if name not in kind.by_name]
    if kind.complete:
        values = {**kind.complete(values), **values}
    findings += [finding("FIELD_REQUIRED", name) for name in kind.required if _is_missing(name, row, values)]
    doubts = [found for check in (*kind.checks, *further) for found in check(values)]
    if not findings and not doubts:
        return Parsed(record=_record(kind, values), findings=())
    blamed = {found.field for found in findings if found.severity == "ERROR"}
    findings += [found for found in doubts if blamed.isdisjoint((found.field, *found.rests_on))]
    own = own_values(kind, values)
    findings = [replace(found, row=row_number, value=conceal(found.value, own)) for found in findings]
    is_refused = any(found.severity == "ERROR" for found in findings)
    return Parsed(record=None if is_refused else _record(kind, values), findings=tuple(findings))


def own_values(kind: Kind, values: Mapping[str, Any]) -> dict[str, Mask]:
    """Personal values of a row, by field name, as `conceal` takes them: each with its mask."""
    told = ((values.get(name), mask) for name, _, mask in kind.own_columns)
    return {value: mask for value, mask in told if isinstance(value, str) and len(value) > 1}


def finding(code: str, field: str, value: str = "", *, severity: str = "ERROR", **texts: str) -> Finding:
    """A finding with the texts of its error code. `value` has to be masked already."""
    refusal = Refusal(code, field=(field,), **texts)
    return Finding(
        field=field,
        value=value,
        code=code,
        severity=severity,
        message_zh=refusal.message("zh"),
        message_en=refusal.message("en"),
        next_zh=refusal.next_step("zh"),
        next_en=refusal.next_step("en"),
    )


def fingerprint(record: Record) -> bytes:
    """SHA-256 over every field that is filled in; equal for equal records, whatever column may be added later."""
    filled = {name: value for name, value in vars(record).items() if value is not None}
    filled["family"] = record.family.name  # its value is a label, which may be reworded
    return hashlib.sha256(orjson.dumps(filled, option=orjson.OPT_SORT_KEYS)).digest()


def _read(kind: Kind, row: Mapping[str, object], values: dict[str, Any]) -> list[Finding]:
    """Puts what can be read into `values`; gives what cannot, and the warnings."""
    findings = []
    for name, read, warn, field in kind.readers:
        raw = row.get(name)
        if raw is None or (isinstance(raw, str) and (not raw or raw.isspace())):  # is_empty, without the call
            continue
        try:
            value = values[name] = read(raw)
        except Unreadable as unreadable:
            shown = unreadable.shown if unreadable.is_masked else field.shown(unreadable.shown)
            findings.append(finding(unreadable.code, name, shown, **unreadable.values))
            continue
        if warn is not None and (warning := warn(value)):
            findings.append(finding(warning, name, field.shown(str(value)), severity="WARNING"))
    return findings


def _is_missing(name: str, row: Mapping[str, object], values: Mapping[str, Any]) -> bool:
    return name not in values and is_empty(row.get(name))


def _record(kind: Kind, values: Mapping[str, Any]) -> Record:
    columns: dict[str, Any] = {}
    body: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for name, value in values.items():
        column, is_personal = kind.columns[name]
        if column:
            columns[column] = value
        else:
            (personal if is_personal else body)[name] = _plain(value)
    key = _key([_plain(values[name]) for name in kind.identity])
    audience = min(kind.audience, kind.narrowed(values)) if kind.narrowed else kind.audience
    return _made(
        kind=kind.name, family=kind.family, audience=audience, key=key, body=body, personal=personal, **columns
    )


def attributed(
    kind: Kind, columns: Mapping[str, Any], *, audience: Audience, body: Mapping[str, Any], personal: Mapping[str, Any]
) -> Record:
    """A record as it was kept, put together again from its columns; its key follows from what they hold now."""
    values = []
    for name in kind.identity:
        column, is_personal = kind.columns[name]
        values.append(_plain(columns[column]) if column else (personal if is_personal else body)[name])
    key = _key(values)
    return _made(
        kind=kind.name, family=kind.family, audience=audience, key=key, body=body, personal=personal, **columns
    )


def identity_of(kind: Kind, row: Mapping[str, object]) -> str | None:
    """The key that a row's record has, if it has one; None where a field of the identity is empty or cannot be read."""
    parts = []
    for name in kind.identity:
        raw = row.get(name)
        if is_empty(raw):
            return None
        try:
            parts.append(_plain(kind.by_name[name].read(raw)))
        except Unreadable:
            return None
    return _key(parts)


def _key(parts: list[Any]) -> str:
    return orjson.dumps(parts).decode()


def changed(record: Record, **values: Any) -> Record:
    """The record with other values, as `dataclasses.replace` would make it."""
    return _made(**{**vars(record), **values})


def _made(**values: Any) -> Record:
    """What `Record(**values)` gives, ten times as fast, as imports make millions. Defaults are the class's own."""
    record = object.__new__(Record)
    vars(record).update(values)
    return record


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
