"""互认确认书 as a sheet of paper: what whoever holds it sees of a confirmation, at this moment. Pure.

Never better than the worse of what was confirmed and what is answered now; a verdict that nobody may rely on is said in
its own word and is never green. The next thing that may be seen is a value of Seen and a line of WORDS. Nothing is
said of who asked, for which firm and in which case.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from exchange.proof.showing import Words
from exchange.recognition import CONDITIONS
from schema.confirmations import RELIED_UPON
from schema.fields import CHINA
from schema.kinds import BY_NAME
from schema.recognition import ConditionResult, Decision, Outcome, Verdict
from schema.regions import region


class Seen(Enum):
    """What is seen of a confirmation, or of the code."""

    ACCEPTED = "ACCEPTED"
    CONDITIONAL = "CONDITIONAL"
    NOT_YET = "NOT_YET"
    UNDETERMINED = "UNDETERMINED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    SUSPENDED = "SUSPENDED"
    TAMPERED = "TAMPERED"
    UNKNOWN = "UNKNOWN"
    TOO_MANY = "TOO_MANY"


WORSE = (Verdict.ACCEPTED, Verdict.CONDITIONAL, Verdict.UNDETERMINED, Verdict.REFUSED)
"""Of two verdicts the later one here is shown."""

WORDS: Mapping[Seen, tuple[Words, Words]] = {
    Seen.ACCEPTED: (("予以认可", "Accepted"), ("", "")),
    Seen.CONDITIONAL: (
        ("有条件认可", "Accepted on condition"),
        ("须先办理下列手续，未办理不得凭此上岗。", "Only once the steps below have been taken."),
    ),
    Seen.NOT_YET: (
        ("尚未到所问之日", "Not yet"),
        ("只确认所问之日起的结论，今日不得凭此上岗。", "It is of a later day; today it counts for nothing."),
    ),
    Seen.UNDETERMINED: (
        ("无法判定", "Cannot be determined"),
        ("不是认可，也不说明证书是假证。", "This accepts nothing, and it does not mean that anything is forged."),
    ),
    Seen.REFUSED: (("不予认可", "Not accepted"), ("在使用地不能凭此证书上岗。", "It does not count there.")),
    Seen.WITHDRAWN: (
        ("不再认可", "Accepted no more"),
        ("确认之后情况有变，此前的认可已不成立，请勿采信纸面。", "It rests on what has changed. Do not rely on it."),
    ),
    Seen.EXPIRED: (
        ("确认书已过期", "Expired"),
        ("请重新取得互认确认书；这不说明证书本身的状态。", "Ask for a new one; of the certificate this says nothing."),
    ),
    Seen.SUSPENDED: (
        ("申请单位已停用", "Tenant suspended"),
        ("取得此确认书的单位已被停止接入，请向使用地或发证机关核实。", "Who asked was suspended. Ask the authorities."),
    ),
    Seen.TAMPERED: (
        ("确认书码无效", "Not a code of ours"),
        ("此码不是本平台签发，或已被改动；出示者可能持假确认书。", "Not made here, or altered; it may be forged."),
    ),
    Seen.UNKNOWN: (
        ("查无此确认书", "No such confirmation"),
        ("没有这份确认书的记录，请重新出示。", "There is no such confirmation on record."),
    ),
    Seen.TOO_MANY: (
        ("尝试过多", "Too many attempts"),
        ("来自此处的无效码过多，请稍后再试。", "Too many wrong codes came from here. Try again later."),
    ),
}  # fmt: skip
_NAMES = {one.name: (one.zh, one.en) for one in CONDITIONS}
MARKS = {Outcome.PASSED: "√", Outcome.FAILED: "×", Outcome.OPEN: "△"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A condition: its name, mark, text, what it rests on, and what to do where it is not passed."""

    condition: str
    name: Words
    outcome: Outcome
    text: Words
    basis: str
    next_step: Words

    @property
    def mark(self) -> str:
        """How it is printed."""
        return MARKS[self.outcome]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A page. `facts` are labels and values in the order they are read; `url` leads to it again."""

    seen: Seen
    checked_at: datetime
    notes: tuple[Words, ...] = ()
    number: str | None = None
    facts: tuple[tuple[str, Words, str], ...] = ()
    lines: tuple[Line, ...] = ()
    is_disputed: bool = False
    status_list: Mapping[str, Any] | None = None
    url: str | None = None

    @property
    def word(self) -> Words:
        """The big word."""
        return WORDS[self.seen][0]


def sheet_of_code(seen: Seen, now: datetime) -> Sheet:
    """A code that leads to no confirmation that may be shown."""
    return Sheet(seen=seen, checked_at=now.astimezone(CHINA), notes=(WORDS[seen][1],))


def sheet_of(row: Mapping[str, Any], decision: Decision | None, now: datetime, **means: Any) -> Sheet:
    """A confirmation (`row` of sql/confirmation_pages.sql) by the decision of now; None when its time is over."""
    moment = now.astimezone(CHINA)
    if decision is None:
        notes, facts = (WORDS[Seen.EXPIRED][1],), tuple(_about(row))
        return Sheet(seen=Seen.EXPIRED, checked_at=moment, notes=notes, number=row["number"], facts=facts)
    confirmed = Verdict[row["verdict"]]
    seen = _seen(confirmed, decision.verdict, is_early=moment.date() < row["day"])
    is_known = decision.outcome_of(CONDITIONS[0].aspect) is Outcome.PASSED
    return Sheet(
        seen=seen,
        checked_at=moment,
        notes=tuple(_notes(seen, confirmed, decision)),
        number=row["number"],
        facts=(*_about(row), *(_certificate(row) if is_known and row["kind"] else ()), *_rules(decision)),
        lines=tuple(_line(one) for one in decision.results),
        is_disputed=is_known and row["is_disputed"],
        **means,
    )


def _seen(confirmed: Verdict, present: Verdict, *, is_early: bool) -> Seen:
    worse = max(confirmed, present, key=WORSE.index)
    if confirmed in RELIED_UPON and worse not in RELIED_UPON:
        return Seen.WITHDRAWN
    return Seen.NOT_YET if worse in RELIED_UPON and is_early else Seen[worse.name]


def _notes(seen: Seen, confirmed: Verdict, decision: Decision) -> Iterator[Words]:
    if WORDS[seen][1][0]:
        yield WORDS[seen][1]
    if decision.follow_up_zh and seen is not Seen.REFUSED:
        yield decision.follow_up_zh, decision.follow_up_en
    if decision.verdict is not confirmed:
        zh, en = decision.verdict.zh, decision.verdict.en
        is_better = WORSE.index(decision.verdict) < WORSE.index(confirmed)
        again = (
            ("；须凭新的确认书，本页不因此成为凭证", "; a new confirmation is needed for that")
            if is_better
            else ("", "")
        )
        yield f"现在重新判定为{zh}{again[0]}。", f"Judged anew it is {en}{again[1]}."


def _about(row: Mapping[str, Any]) -> Iterator[tuple[str, Words, str]]:
    host = region(row["host_region"])
    yield "verdict", ("确认时的结论", "As confirmed"), Verdict[row["verdict"]].zh
    confirmed_at = row["confirmed_at"].astimezone(CHINA)
    yield "confirmedAt", ("确认时间", "Confirmed at"), confirmed_at.strftime("%Y-%m-%d %H:%M:%S")
    yield (
        "hostRegion",
        ("使用地", "Place of use"),
        f"{host.name}（{row['host_region']}）" if host else row["host_region"],
    )
    yield "day", ("所问之日", "Day asked"), str(row["day"])
    yield "validUntil", ("有效期至（当日有效）", "Last day it is good"), str(row["valid_until"])
    yield "numberMasked", ("证书编号", "Certificate number"), row["number_shown"]


def _certificate(row: Mapping[str, Any]) -> Iterator[tuple[str, Words, str]]:
    work = f"（{row['work']}）" if row["work"] else ""
    yield "maskedName", ("持证人", "Holder"), row["name_shown"] or "—"
    yield "certificate", ("证书", "Certificate"), f"{BY_NAME[row['kind']].zh}{work}"
    yield "issuer", ("发证机关", "Issuer"), row["issuer"]
    for name, column, words in (
        ("validFrom", "valid_from", ("证书有效期起", "Valid from")),
        ("validTo", "valid_to", ("证书有效期止（当日有效）", "Last valid day")),
        ("reviewDueOn", "review_due_on", ("应复审日期", "Review due")),
        ("reviewedOn", "reviewed_on", ("实际复审日期", "Reviewed on")),
    ):
        if row[column] is not None:
            yield name, words, str(row[column])


def _rules(decision: Decision) -> Iterator[tuple[str, Words, str]]:
    if decision.rests_on:
        yield "rules", ("所依规则", "Rules"), "、".join(decision.rests_on)
    if decision.mode is not None:
        yield "mode", ("认可方式", "Mode"), decision.mode.zh


def _line(result: ConditionResult) -> Line:
    label = f"{result.rule_identifier} v{result.rule_version}" if result.rule_identifier else ""
    is_passed = result.outcome is Outcome.PASSED
    return Line(
        condition=result.condition,
        name=_NAMES[result.condition],
        outcome=result.outcome,
        text=(result.zh, result.en),
        basis="，".join(one for one in (label, result.basis) if one),
        next_step=("", "") if is_passed else (result.next_zh, result.next_en),
    )


def as_json(sheet: Sheet) -> dict[str, Any]:
    """The page for machines."""
    return {
        "outcome": sheet.seen.value,
        "state": sheet.word[0],
        "stateEn": sheet.word[1],
        "notes": [{"zh": zh, "en": en} for zh, en in sheet.notes],
        "number": sheet.number,
        "facts": {name: value for name, _, value in sheet.facts},
        "conditions": [
            {"condition": one.condition, "outcome": one.outcome.name, "zh": one.text[0], "en": one.text[1]}
            for one in sheet.lines
        ],
        "isDisputed": sheet.is_disputed,
        "checkedAt": sheet.checked_at.isoformat(timespec="seconds"),
        "authoritative": "以发证机关为准",
        **({"status": sheet.status_list} if sheet.status_list else {}),
    }
