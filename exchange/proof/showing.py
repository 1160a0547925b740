"""What a stranger sees of a certificate: one word, its reasons, masked name, dates, issuer. Pure.

Nothing here is better than the facts: what is stale, contested or unclear is never shown as valid. A further state is a
line of STATES; a reason a branch of `reasons`. No number, no authority but the issuer, no decision's number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from exchange.status_reasons import status_reasons
from schema.fields import CHINA
from schema.kinds import BY_NAME, CertificateState

Words = tuple[str, str]


class Outcome(Enum):
    """What a scan found: about the certificate, or about the code."""

    VALID = "VALID"
    UNCLEAR = "UNCLEAR"
    INVALID = "INVALID"
    VOIDED = "VOIDED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    SUSPENDED = "SUSPENDED"
    TAMPERED = "TAMPERED"
    UNKNOWN = "UNKNOWN"
    TOO_MANY = "TOO_MANY"


STATES: Mapping[str, Words] = {
    "VALID": ("有效", "Valid"),
    "EXPIRED": ("已过期", "Expired"),
    "REVIEW_LAPSED": ("逾期未复审", "Review missed"),
    "NOT_YET_VALID": ("尚未生效", "Not yet valid"),
    "SUSPENDED": ("暂扣", "Suspended"),
    "RESCINDED": ("撤销", "Rescinded"),
    "CANCELLED": ("注销", "Cancelled"),
    "REVOKED": ("吊销", "Revoked"),
    "TRANSFERRED_OUT": ("已转出换证", "Exchanged for another"),
}
UNCLEAR: Words = ("待核实", "To be verified")
_OPEN = frozenset({"TRANSFERRING_OUT", "OTHER"})

OF_CODE: Mapping[Outcome, tuple[Words, Words]] = {
    Outcome.VOIDED: (
        ("记录已作废", "Record voided"),
        ("发证机关已作废这条证书记录，请勿采信。", "Its issuer has voided this record. Do not rely on it."),
    ),
    Outcome.EXPIRED: (
        ("此码已过期", "Code expired"),
        ("请持证人重新出示；这不说明证书本身的状态。", "Ask for a new one; of the certificate this says nothing."),
    ),
    Outcome.REVOKED: (
        ("此码已停用", "Code withdrawn"),
        ("出码单位已停用此码，请持证人重新出示。", "Whoever made this code has withdrawn it. Ask for a new one."),
    ),
    Outcome.SUSPENDED: (
        ("出码单位已停用", "Tenant suspended"),
        ("出示此码的单位已被停止接入，请向发证机关核实。", "Whoever made this code was suspended. Ask the issuer."),
    ),
    Outcome.TAMPERED: (
        ("核验码无效", "Not a code of ours"),
        (
            "此码不是本平台签发，或已被改动；出示者可能持假证。",
            "This code was not made here, or was altered; the certificate shown may be forged.",
        ),
    ),
    Outcome.UNKNOWN: (
        ("查无此码", "No such code"),
        ("没有这个码的记录，请持证人重新出示。", "There is no such code on record. Ask for a new one."),
    ),
    Outcome.TOO_MANY: (
        ("尝试过多", "Too many attempts"),
        ("来自此处的无效码过多，请稍后再试。", "Too many wrong codes came from here. Try again later."),
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page. `facts` are labels and values in the order they are read; `reasons` why it is not simply valid."""

    outcome: Outcome
    word: Words
    checked_at: datetime
    note: Words | None = None
    facts: tuple[tuple[str, Words, str], ...] = ()
    reasons: tuple[Words, ...] = ()
    is_disputed: bool = False
    status_list: Mapping[str, Any] | None = None


def shown_code(outcome: Outcome, now: datetime) -> Shown:
    """A code that leads to no certificate: altered, unknown, over."""
    word, note = OF_CODE[outcome]
    return Shown(outcome=outcome, word=word, note=note, checked_at=now.astimezone(CHINA))


def shown_certificate(
    row: Mapping[str, Any], told: Mapping[str, Any], now: datetime, *, is_source_active: bool
) -> Shown:
    """A certificate by its facts: `row` of sql/safety_codes.sql, and `told` the facts its reasons are made of."""
    moment, doubts = now.astimezone(CHINA), tuple(_doubts(row, now, is_source_active=is_source_active))
    status = row["status"]
    if status == "VALID":
        outcome, word = (Outcome.UNCLEAR, UNCLEAR) if doubts else (Outcome.VALID, STATES["VALID"])
    else:
        outcome = Outcome.UNCLEAR if status in _OPEN or status not in STATES else Outcome.INVALID
        word = STATES[status] if outcome is Outcome.INVALID else UNCLEAR
    return Shown(
        outcome=outcome,
        word=word,
        checked_at=moment,
        facts=tuple(_facts(row)),
        reasons=(*_reasons(told, moment), *doubts),
        is_disputed=row["is_disputed"],
    )


def _facts(row: Mapping[str, Any]) -> Iterator[tuple[str, Words, str]]:
    kind = BY_NAME[row["kind"]]
    work = f"（{row['work']}）" if row["work"] else ""
    yield "maskedName", ("持证人", "Holder"), row["name_shown"] or "—"
    yield "certificate", ("证书", "Certificate"), f"{kind.zh}{work}"
    for name, column, words in (
        ("validFrom", "valid_from", ("有效期起", "Valid from")),
        ("validTo", "valid_to", ("有效期止（当日有效）", "Last valid day")),
        ("reviewDueOn", "review_due_on", ("应复审日期", "Review due")),
        ("reviewedOn", "reviewed_on", ("实际复审日期", "Reviewed on")),
    ):
        if row[column] is not None:
            yield name, words, str(row[column])
    yield "issuer", ("发证机关", "Issuer"), row["issuer"]
    if row["confirmed_at"] is not None:
        yield "sourceUpdatedOn", ("数据截至", "Data as of"), str(row["confirmed_at"].astimezone(CHINA).date())


def _reasons(told: Mapping[str, Any], moment: datetime) -> Iterator[Words]:
    """The reasons of the state in words for everybody: of a decision, what and since when, not whose."""
    since = [action["effectiveOn"] for action in told["actions"] or ()]
    for reason in status_reasons(told, moment.date()):
        if reason["code"] == "REPORTED":
            zh, en = _reported(told["reported"])
            yield f"发证机关报送：{zh}", f"Reported by its issuer: {en}"
        elif reason["code"] == "ACTION":
            zh, en = STATES[reason["status"]]
            yield _since(zh, en, since.pop(0))
        else:
            yield reason["zh"], reason["en"]


def _reported(name: str) -> Words:
    state = CertificateState.__members__.get(name)
    return (state.zh, state.en) if state else (name, name)


def _since(zh: str, en: str, day: str | None) -> Words:
    return (f"自 {day} 起{zh}", f"{en} since {day}") if day else (f"已{zh}", en)


def _doubts(row: Mapping[str, Any], now: datetime, *, is_source_active: bool) -> Iterator[Words]:
    confirmed: datetime | None = row["confirmed_at"]
    if not is_source_active:
        yield "报送机关已停止接入，数据不再更新", "Its source takes no part any more; the data is not kept up to date"
    elif confirmed is None or now - confirmed > timedelta(days=BY_NAME[row["kind"]].fresh_days):
        yield "发证机关数据超期未更新", "The data of its issuer is out of date"
    if row["status"] == "VALID" and row["is_doubtful"]:
        yield "另有机关的记录与此不一致", "What another authority recorded contradicts it"


def as_json(shown: Shown) -> dict[str, Any]:
    """The page for machines."""
    return {
        "outcome": shown.outcome.value,
        "state": shown.word[0],
        "stateEn": shown.word[1],
        "note": shown.note and shown.note[0],
        "noteEn": shown.note and shown.note[1],
        "facts": {name: value for name, _, value in shown.facts},
        "reasons": [{"zh": zh, "en": en} for zh, en in shown.reasons],
        "isDisputed": shown.is_disputed,
        "checkedAt": shown.checked_at.isoformat(timespec="seconds"),
        "authoritative": "以发证机关为准",
        **({"status": shown.status_list} if shown.status_list else {}),
    }
