"""Why a certificate or permit is in its state: every reason that applies, in order of weight, from facts of its row.

The first is the one its state comes from: the order, and the words, are those of `STATUS` and `STATUS_REASON` in
exchange/engine/families.py. A new reason is a function here, with rows in tests/spec/status_reasons.md. Pure.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from schema.kinds import BY_NAME

Facts = Mapping[str, Any]
Reason = dict[str, Any]
BEFORE_DUE = 180  # days before its due day from which a review counts as the due one
BY_DATES = frozenset({"VALID", "LAPSED"})
_MEASURES = {
    "SUSPENDED": ("暂扣", "suspended"), "RESCINDED": ("撤销", "rescinded"), "REVOKED": ("吊销", "revoked"),
    "OTHER": ("暂扣、撤销或吊销", "suspended, rescinded or revoked"),
}  # fmt: skip


def status_reasons(facts: Facts, day: date) -> list[Reason]:
    """Every reason that applies on the day; none where the state is VALID."""
    reported = facts["reported"]
    is_told = reported is not None and reported not in BY_DATES
    return [
        *(_reported(facts) if is_told and reported != "TRANSFERRING_OUT" else ()),
        *_acted_upon(facts),
        *_exchanged(facts),
        *(_reported(facts) if reported == "TRANSFERRING_OUT" else ()),
        *_by_dates(facts, day),
    ]


def _reason(code: str, status: str, texts: tuple[str, str], basis: str | None, field: str | None = None) -> Reason:
    return {"code": code, "status": status, "zh": texts[0], "en": texts[1], "basis": basis, "field": field}


def _reported(facts: Facts) -> Iterator[Reason]:
    """What the issuer itself said; LAPSED is the end of the term."""
    state, basis = facts["reported"], facts["owner"] and f"{facts['owner']}报送"
    texts = (f"发证机关报送状态 {state}", f"The issuer reported {state}")
    if state == "LAPSED":
        texts = ("发证机关报送失效", "The issuer reported that it lapsed")
    yield _reason("REPORTED", "EXPIRED" if state == "LAPSED" else state, texts, basis, "reportedStatus")


def _acted_upon(facts: Facts) -> Iterator[Reason]:
    """What any authority did to it, the worst first."""
    for action in facts["actions"] or ():
        measure, number, since = action["measure"], action["decisionNumber"] or "", action["effectiveOn"] or ""
        zh, en = _MEASURES[measure]
        texts = (f"处理决定 {number} 自 {since} 起{zh}", f"Decision {number}: {en} from {since}")
        yield _reason("ACTION", measure, texts, f"{action['authority']} {number}".strip())


def _exchanged(facts: Facts) -> Iterator[Reason]:
    if facts["isExchanged"]:
        texts = ("已办理转入换发新证", "Another certificate was issued in exchange on transfer")
        yield _reason("EXCHANGED", "TRANSFERRED_OUT", texts, _law(facts))


def _by_dates(facts: Facts, day: date) -> Iterator[Reason]:
    starts, ends, due = (_day(facts[name]) for name in ("validFrom", "validTo", "reviewDueOn"))
    if ends and ends < day:
        texts = (f"有效期已于 {ends} 届满", f"Its term ended on {ends}")
        yield _reason("EXPIRED", "EXPIRED", texts, _law(facts), "validTo")
    if facts["reported"] == "LAPSED":
        yield from _reported(facts)
    if due and due < day and not _is_reviewed(_day(facts["reviewedOn"]), due, day):
        texts = (f"应于 {due} 前复审，未见复审记录", f"Its review was due by {due} and none is recorded")
        yield _reason("REVIEW_LAPSED", "REVIEW_LAPSED", texts, _law(facts), "reviewDueOn")
    if starts and starts > day:
        texts = (f"自 {starts} 起有效", f"It is valid from {starts}")
        yield _reason("NOT_YET_VALID", "NOT_YET_VALID", texts, _law(facts), "validFrom")


def _is_reviewed(reviewed: date | None, due: date, day: date) -> bool:
    return reviewed is not None and reviewed <= day and (due - reviewed).days <= BEFORE_DUE


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _law(facts: Facts) -> str | None:
    kind = BY_NAME.get(facts["kind"])
    return kind.basis if kind else None
