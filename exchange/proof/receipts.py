"""互认确认书 as a signed receipt: its number, until when it is good, what it claims. Pure, apart from the signer's key.

Nothing personal but masked values goes into a receipt: it is shown to third parties. A further claim is a line of
`claims_of`; who verifies finds the keys at /.well-known/jwks.json.
"""

import base64
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson

from exchange.recognition import decide
from schema.confirmations import Outcome
from schema.fields import CHINA
from schema.kinds import BY_NAME
from schema.recognition import CertificateFacts, Decision, Question, RecognitionRule
from tenants.keys import Keys

LONGEST = timedelta(days=30)
"""How long a confirmation counts at most, whatever it rests on."""
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: none that is taken for another
DIGESTED = {
    "certificate": ("certificate_id", "kind", "subkind", "industry", "issuing_region", "valid_from", "valid_to",
                    "review_due_on", "reviewed_on", "reported_status", "is_transferred", "employer_code"),
    "actions": ("actions",),
    "holder": ("holder_has_adverse", "adverse_ended_on", "training_hours", "firm_marks", "holder_marks"),
    "source": ("source_updated_at", "source_is_fresh"),
}  # fmt: skip
"""The facts a decision rests on, in groups: of each a receipt has the digest."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The certificate a receipt is about, as far as it may be told; `number_hash` is never told itself."""

    number_shown: str
    number_hash: bytes
    facts: CertificateFacts | None


def new_number(day: date, letter: Callable[[str], str] = secrets.choice) -> str:
    """互认确认书编号 HR-20261124-XXXXXXXX: 40 bits at random, found by nobody who counts."""
    return f"HR-{day:%Y%m%d}-{''.join(letter(LETTERS) for _ in range(8))}"


def outcome_of(decision: Decision) -> Outcome:
    """What of a decision is compared later."""
    return Outcome(verdict=decision.verdict, reasons=decision.reasons, rules=decision.rests_on)


def good_until(
    facts: CertificateFacts | None, rules: Sequence[RecognitionRule], question: Question, today: date
) -> date:
    """The last day on which the same question has the same answer, if nothing else becomes known; 30 days at most.

    So the end of the certificate, its review, the rule's end or successor and the age of the source all count. That a
    certificate was not found is good for the day asked.
    """
    if facts is None:
        return question.day
    of_kind = [rule for rule in rules if facts.kind in rule.kinds]
    first, last = outcome_of(decide(facts, of_kind, question)), question.day
    while last < today + LONGEST:
        following = last + timedelta(days=1)
        then = decide(_aged(facts, following), of_kind, replace(question, day=following))
        if outcome_of(then) != first:
            break
        last = following
    return last


def _aged(facts: CertificateFacts, day: date) -> CertificateFacts:
    """The facts on a later day, on which the source has told nothing since: fresh through that whole day, or not."""
    updated = facts.source_updated_at
    if not facts.source_is_fresh or updated is None:
        return facts
    return replace(facts, source_is_fresh=day < updated + timedelta(days=BY_NAME[facts.kind].fresh_days))


def fact_digests(keys: Keys, number: str, facts: CertificateFacts | None) -> dict[str, str]:
    """Keyed digests of the facts, for this receipt alone: they tell nothing, but show later what was decided upon."""
    if facts is None:
        return {}
    return {
        group: _digest(keys, number, orjson.dumps([getattr(facts, name) for name in names]).decode())
        for group, names in DIGESTED.items()
    }


def _digest(keys: Keys, number: str, text: str) -> str:
    return base64.urlsafe_b64encode(keys.join_hash(f"receipt {number}", text)).rstrip(b"=").decode()


def claims_of(
    keys: Keys, *, issuer: str, number: str, asker: str, subject: Subject, question: Question, decision: Decision,
    rules: Iterable[RecognitionRule], valid_until: date, now: datetime, status: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """What the hub signs. `exp` is the end of the last day it is good, in Asia/Shanghai; `status` is its place in a
    status list, where one sees offline whether the verdict still holds."""
    facts = subject.facts
    end = datetime.combine(valid_until + timedelta(days=1), time(), CHINA)
    confirmed = {
        "asker": asker,
        "certificate": _certificate(keys, number, subject),
        "hostRegion": question.host_region,
        "day": question.day.isoformat(),
        "validUntil": valid_until.isoformat(),
        "verdict": decision.verdict.name,
        "mode": decision.mode.name if decision.mode else None,
        "reasons": list(decision.reasons),
        "rules": [{"identifier": rule.identifier, "version": rule.version} for rule in rules],
        "agreement": _agreement(decision),
        "facts": fact_digests(keys, number, facts),
        "sourceUpdatedOn": facts.source_updated_at.isoformat() if facts and facts.source_updated_at else None,
    }
    issued = int(now.timestamp())
    times = {"iat": issued, "exp": int(end.timestamp())}
    return {"iss": issuer, "jti": number, **times, "status": status, "recognition": confirmed}


def _agreement(decision: Decision) -> dict[str, Any] | None:
    """The agreement the rule counts under, with the row by which the certificate counts as one of another sort."""
    upon = decision.agreed
    if upon is None:
        return None
    row = {"table": upon.table, "row": upon.row, "countsAs": upon.counts_as, "countsAsSubkind": upon.counts_as_subkind}
    return {"identifier": upon.identifier, "version": upon.version, **(row if upon.table else {})}


def _certificate(keys: Keys, number: str, subject: Subject) -> dict[str, Any]:
    facts = subject.facts
    return {
        "reference": _digest(keys, number, subject.number_hash.hex()),
        "numberMasked": subject.number_shown,
        "kind": facts.kind if facts else None,
        "subkind": facts.subkind if facts else None,
        "issuingRegion": facts.issuing_region if facts else None,
        "validTo": facts.valid_to.isoformat() if facts and facts.valid_to else None,
    }
