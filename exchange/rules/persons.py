"""Rules about certificates of persons: ended, about to end, review missed, withdrawn, acted upon by anybody.

The next one is a function here that tells what happened, a Rule below it, and its name in RULES.
"""

from exchange.rules.terms import Cause, Handling, PresenceKind, Priority, Rule, Told
from exchange.rules.wording import decision, place, prefixes, required

POST_BASIS = "《安全生产法》第二十七条、第三十条"
POSTS = frozenset({PresenceKind.APPOINTMENT})
RELIED_UPON = POSTS | {PresenceKind.RECOGNITION}
"""Where it is a surprise: an end by date stood in the answer when the certificate was recognised."""
EMPLOYER = frozenset({PresenceKind.PROJECT_APPROVAL, PresenceKind.SITE})
"""Where the firm is at work whose post is left without a certificate."""
WITHDRAWN = {"SUSPENDED": "暂扣", "REVOKED": "吊销", "RESCINDED": "撤销", "CANCELLED": "注销", "LAPSED": "失效"}
"""Reported states that end or interrupt the right to work."""
LATE_DAYS = 30
"""An authority has 20 working days for a renewal: asked for later than this, it may come after the end."""


def _expired(cause: Cause) -> Told:
    end = required(cause, "validTo")
    return Told(
        zh=f"{place(cause)}所发证书有效期已于 {end} 届满", en=f"Certificate of {prefixes(cause)} expired after {end}"
    )


EXPIRED = Rule(
    name="CREDENTIAL_EXPIRED",
    event_types=("credential.expired",),
    zh="外地所发证书到期，持证人在本地任职的，重点核查",
    en="A certificate issued elsewhere expired while its holder is appointed here",
    basis=POST_BASIS,
    tell=_expired,
    lands=POSTS,
)


def _expiring(cause: Cause) -> Told:
    end, days = required(cause, "validTo"), int(required(cause, "daysLeft"))
    return Told(
        zh=f"{place(cause)}所发证书有效期至 {end}，尚余 {days} 日",
        en=f"Certificate of {prefixes(cause)} ends on {end}, {days} days left",
        priority=Priority.MUST if days <= LATE_DAYS else None,
    )


EXPIRING = Rule(
    name="CREDENTIAL_EXPIRING",
    event_types=("credential.expiring",),
    zh="外地所发证书即将到期，持证人在本地任职的，供知悉；余 30 日及以内的必须知悉（办理延续需 20 个工作日）",
    en="A certificate issued elsewhere is about to end while its holder is appointed here: for attention",
    basis=POST_BASIS,
    tell=_expiring,
    lands=POSTS,
    priority=Priority.MAY,
    handling=Handling.FOR_ATTENTION,
)


def _review_lapsed(cause: Cause) -> Told:
    due = required(cause, "reviewDueOn")
    return Told(
        zh=f"{place(cause)}所发证书应于 {due} 前复审，逾期未复审",
        en=f"Certificate of {prefixes(cause)} missed its review due on {due}",
    )


REVIEW_LAPSED = Rule(
    name="REVIEW_LAPSED",
    event_types=("credential.reviewLapsed",),
    zh="外地所发证书逾期未复审，持证人在本地任职的，重点核查",
    en="A certificate issued elsewhere missed its review while its holder is appointed here",
    basis=POST_BASIS,
    tell=_review_lapsed,
    lands=POSTS,
)


def _withdrawn(cause: Cause) -> Told | None:
    state = required(cause, "reportedStatus")
    if state not in WITHDRAWN:
        return None
    if state == "LAPSED" and required(cause, "validTo") < cause.day.isoformat():
        return None  # its end was announced when it passed
    return Told(
        zh=f"{place(cause)}于 {cause.day} 将所发证书{WITHDRAWN[state]}",
        en=f"Certificate of {prefixes(cause)} reported {state} on {cause.day}",
    )


CREDENTIAL_WITHDRAWN = Rule(
    name="CREDENTIAL_WITHDRAWN",
    event_types=("credential.statusChanged",),
    zh="外地所发证书被暂扣、吊销、撤销、注销，持证人在本地任职、或本地一年内曾据以互认的，重点核查；"
    "持证人所在企业在本地有项目、工地的，供知悉",
    en="A certificate issued elsewhere was suspended or withdrawn while its holder is appointed or recognised here",
    basis=POST_BASIS,
    tell=_withdrawn,
    lands=RELIED_UPON,
    reaches=EMPLOYER,
)


def _acted_upon(cause: Cause) -> Told:
    measure, (number_zh, number_en) = required(cause, "measure"), decision(cause)
    return Told(
        zh=f"{place(cause)}决定{WITHDRAWN[measure]}其证书{number_zh}",
        en=f"Certificate {measure} by decision of {prefixes(cause)}{number_en}",
    )


CERTIFICATE_ACTION = Rule(
    name="CERTIFICATE_ACTION",
    event_types=("adverseAction.imposed",),
    zh="外地机关（不论是否发证机关）暂扣、吊销、撤销其证书，持证人在本地任职、或本地一年内曾据以互认的，重点核查；"
    "持证人所在企业在本地有项目、工地的，供知悉",
    en="An authority elsewhere acted upon a certificate while its holder is appointed or recognised here",
    basis=POST_BASIS,
    tell=_acted_upon,
    lands=RELIED_UPON,
    reaches=EMPLOYER,
)
