"""What is known of certificates, of one number or of many at once: what the asker may see, and what records it may not
see say, without telling whose they are. Of now, or as known at a moment (`known_at`).

A further fact is a field of CertificateFacts, here read for both. Whether it counts is for exchange/recognition/.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import orjson

from exchange.engine.asking import Asking
from exchange.statements import statements
from schema.agreements import Mark, Marked
from schema.fields import CHINA
from schema.kinds import BY_NAME
from schema.recognition import Action, CertificateFacts, Question
from tenants.access import Level, TenantKind
from tenants.caller import Caller
from tenants.registry import Directory
from tenants.session import acting

_SQL = statements("recognition")
_BATCHES = statements("recognition_batches")
# Each of the records of now, and of those known at a moment.
FACTS = (_SQL["certificate_facts"], _SQL["certificate_facts_then"])
ADVERSE = (_SQL["adverse"], _SQL["adverse_then"])
ELSEWHERE = (_SQL["told_elsewhere"], _SQL["told_elsewhere_then"])
PURPOSE = "证书互认查询"


async def certificates_of(
    pool: Any,
    asking: Asking,
    directory: Directory,
    number: str,
    person: uuid.UUID | None,
    question: Question,
    known_at: datetime | None,
) -> list[Any]:
    """Certificates of this number. Raises Refusal TOO_MANY_MISSES."""
    caller, number_hash = asking.caller, asking.keys.join_hash("number", number)
    purpose, case_number = asking.purpose or PURPOSE, asking.case_number or asking.request_id
    own_firm = caller.tenant.credit_code if caller.tenant.kind is TenantKind.ENTERPRISE else None
    async with acting(pool, _widened(caller, directory)) as connection:
        found: list[Any] = await connection.fetch(
            *_as_known(FACTS, known_at, number_hash, question.day, caller.tenant.tenant_id,
            caller.client_id, purpose, case_number, asking.request_id, own_firm,
            person, asking.misses.per_client, asking.misses.per_tenant)
        )  # fmt: skip
    return found


async def certificates_together(
    pool: Any, asking: Asking, directory: Directory, numbers: Mapping[str, uuid.UUID | None], day: date
) -> dict[str, list[Any] | None]:
    """Certificates of each number, given with the person whose number it is; None of a number that is not answered,
    because too many of persons before it found nobody."""
    caller, persons = asking.caller, list(numbers.values())
    hashes = [asking.keys.join_hash("number", number) for number in numbers]
    own_firm = caller.tenant.credit_code if caller.tenant.kind is TenantKind.ENTERPRISE else None
    async with acting(pool, _widened(caller, directory)) as connection:
        if any(persons):  # two tables at once would each have the misses that are left
            await connection.execute(_BATCHES["one_at_a_time"], caller.tenant.tenant_id)
        rows = await connection.fetch(
            _BATCHES["certificates"], hashes, persons, day, caller.tenant.tenant_id, caller.client_id,
            asking.purpose or PURPOSE, asking.case_number or asking.request_id, asking.request_id, own_firm,
            asking.misses.per_client, asking.misses.per_tenant,
        )  # fmt: skip
    found: list[list[Any] | None] = [[] for _ in hashes]
    for row in rows:
        several = found[row["place"] - 1]
        if not row["is_answered"]:
            found[row["place"] - 1] = None
        elif several is not None and row["record_id"] is not None:
            several.append(row)
    return dict(zip(numbers, found, strict=True))


def _as_known(statement: tuple[str, str], known_at: datetime | None, *parameters: Any) -> tuple[Any, ...]:
    now, then = statement
    return (now, *parameters) if known_at is None else (then, *parameters, known_at)


@dataclass(frozen=True, kw_only=True)
class _Elsewhere:
    """What records the asker may not see say, without whose they are: what cannot be seen must not read as good."""

    has_adverse: bool | None  # against the holder, its employer or the firm of use; None when no firm is known
    adverse_ended_on: date | None  # the last that stands no more
    training_hours: float | None  # in the 12 months before; None when none were reported
    is_contested: bool  # another issuer withdrew a certificate of this number
    is_transferred: bool  # another certificate was issued in exchange
    actions: tuple[Action, ...]  # of any authority upon this certificate
    is_source_active: bool  # of an issuer that was suspended nothing is kept up to date
    state_then: str | None  # reported as holding on the day asked; None when nothing had been reported by then
    firm_marks: tuple[Marked, ...] | None  # that stand; None when no firm is known
    holder_marks: tuple[Marked, ...]


Asked = Sequence[tuple[Mapping[str, Any], Question]]
"""Certificates found, each with the question about it; all questions are of one day."""


class Looking(Protocol):
    """In whose name it is looked, and when."""

    @property
    def caller(self) -> Caller: ...
    @property
    def now(self) -> datetime: ...


async def facts_of(
    pool: Any, asking: Looking, directory: Directory, asked: Asked, known_at: datetime | None = None
) -> list[CertificateFacts | None]:
    """The facts of each certificate; None of one that has gone in between."""
    if not asked:
        return []
    day, caller = asked[0][1].day, everywhere(asking.caller, directory)
    codes = sorted({code for row, question in asked for code in _firms(row, question)})
    async with acting(pool, caller) as connection:
        firms = {row["credit_code"]: row for row in await connection.fetch(*_as_known(ADVERSE, known_at, codes, day))}
    # what authorities say of who is one person is for authorities, and speaks against a certificate all the same
    async with acting(pool, replace(caller, level=Level.AUTHORITY)) as connection:
        ids = [row["record_id"] for row, _ in asked]
        told = {row["record_id"]: row for row in await connection.fetch(*_as_known(ELSEWHERE, known_at, ids, day))}
    now = known_at or asking.now
    return [
        _as_facts(row, question, now, _elsewhere(told[row["record_id"]], firms, _firms(row, question)))
        if row["record_id"] in told
        else None
        for row, question in asked
    ]


def _firms(row: Mapping[str, Any], question: Question) -> list[str]:
    """The firm on the certificate and the one of use, as far as known."""
    return [code for code in (row["credit_code"], question.employer_code) if code]


def _elsewhere(told: Mapping[str, Any], firms: Mapping[str, Mapping[str, Any]], codes: Sequence[str]) -> _Elsewhere:
    adverse = [firms[code] for code in codes if code in firms]
    ended = [day for day in (told["action_ended_on"], *(one["ended_on"] for one in adverse)) if day]
    stands = any(one["stands"] for one in adverse)
    return _Elsewhere(
        has_adverse=told["holder_has_action"] or (stands if codes else None),
        adverse_ended_on=max(ended, default=None),
        training_hours=told["training_hours"],
        is_contested=told["is_contested"],
        is_transferred=told["is_transferred"],
        actions=tuple(Action(**one) for one in orjson.loads(told["actions"])),
        is_source_active=told["is_source_active"],
        state_then=told["state_then"],
        firm_marks=_marks(*(one["marks"] for one in adverse)) if codes else None,
        holder_marks=_marks(told["holder_marks"]),
    )


def _marks(*lists: str | None) -> tuple[Marked, ...]:
    """What records that stand are, and who made them, in order; of kinds no agreement can speak of nothing."""
    found = {(one["mark"], one["tenant_id"]) for several in lists if several for one in orjson.loads(several)}
    return tuple(Marked(mark=Mark[mark], tenant_id=of) for mark, of in sorted(found) if mark in Mark.__members__)


async def population(
    pool: Any, caller: Caller, kinds: Sequence[str], issuing_prefixes: Sequence[str], after: uuid.UUID, most: int
) -> list[Any]:
    """Certificates of these kinds and places that the caller may see, by id."""
    places = [f"{prefix}%" for prefix in issuing_prefixes]
    async with acting(pool, caller) as connection:
        found: list[Any] = await connection.fetch(_SQL["population"], list(kinds), places, after, most)
    return found


def _widened(caller: Caller, directory: Directory) -> Caller:
    """The sight in which certificates are looked up: an authority's own; for an enterprise, asking about its own staff,
    that of all issuers."""
    return everywhere(caller, directory) if caller.tenant.kind is TenantKind.ENTERPRISE else caller


def everywhere(caller: Caller, directory: Directory) -> Caller:
    """The sight of what all authorities share. Only a verdict leaves this module."""
    return replace(caller, reads=directory.every_authority(), as_of=None)


def _state(row: Mapping[str, Any], day: date, elsewhere: _Elsewhere) -> str | None:
    """The state to judge by: never better than it is reported now, nor than it was on the day asked."""
    state: str | None = row["reported_status"]
    if state != "VALID":
        return state
    if elsewhere.is_contested:
        return "OTHER"  # two issuers that contradict each other leave the state open
    if elsewhere.state_then is None and row["effective_on"] is not None and row["effective_on"] > day:
        return "OTHER"  # valid from a later day; what it was before was never reported
    return elsewhere.state_then or state


def _as_facts(row: Mapping[str, Any], question: Question, now: datetime, elsewhere: _Elsewhere) -> CertificateFacts:
    confirmed: datetime | None = row["confirmed_at"]
    return CertificateFacts(
        certificate_id=str(row["record_id"]),
        kind=row["kind"],
        subkind=row["subkind"],
        issuing_region=row["region"],
        issuer_name=row["issuer_name"] or "",
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        review_due_on=row["review_due_on"],
        reviewed_on=row["reviewed_on"],
        reported_status=_state(row, question.day, elsewhere),
        is_transferred=elsewhere.is_transferred,
        actions=elsewhere.actions,
        employer_code=row["credit_code"],
        holder_has_adverse=elsewhere.has_adverse,
        industry=row["industry_category"],
        adverse_ended_on=elsewhere.adverse_ended_on,
        training_hours=elsewhere.training_hours,
        firm_marks=elsewhere.firm_marks,
        holder_marks=elsewhere.holder_marks,
        source_updated_at=confirmed.astimezone(CHINA).date() if confirmed else None,
        source_is_fresh=_is_fresh(row["kind"], confirmed, now, elsewhere) if confirmed else None,
    )


def _is_fresh(kind: str, confirmed: datetime, now: datetime, elsewhere: _Elsewhere) -> bool:
    return elsewhere.is_source_active and now - confirmed <= timedelta(days=BY_NAME[kind].fresh_days)
