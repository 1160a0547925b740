"""Rules about whistle-blower reports (举报) that their authority confirmed, of a firm or of a person.

The next one is a function here that tells what happened, a Rule below it, and its name in RULES.
"""

from exchange.rules.terms import MATTERS, Cause, PresenceKind, Rule, Told
from exchange.rules.wording import place, prefixes, required

TIPS = {
    "UNCERTIFIED_WORK": "无证上岗", "CERTIFICATE_LENDING": "证书挂靠", "FORGED_CERTIFICATE": "伪造证书",
    "HIDDEN_DANGER": "事故隐患", "OTHER": "其他违法行为",
}  # fmt: skip


def _confirmed(cause: Cause) -> Told:
    category = required(cause, "category")
    return Told(
        zh=f"{place(cause)}于 {cause.day} 查实举报（{TIPS[category]}）",
        en=f"A whistle-blower report ({category}) was confirmed by {prefixes(cause)} on {cause.day}",
    )


TIP_CONFIRMED = Rule(
    name="TIP_CONFIRMED",
    event_types=("tip.confirmed",),
    zh="外地查实举报的企业在本地有在办事项、人员在本地任职的，重点核查",
    en="A report confirmed elsewhere about a firm with a matter, or a person with a post, here",
    basis="《安全生产法》第七十三条、第七十四条",
    tell=_confirmed,
    lands=MATTERS | {PresenceKind.APPOINTMENT},
)
