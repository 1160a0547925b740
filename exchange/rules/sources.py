"""Rules about sources: an authority that delivers nothing new, on whose records others rely.

The next one is a function here that tells what happened, a Rule below it, and its name in RULES.
"""

from exchange.rules.terms import Cause, Handling, PresenceKind, Priority, Rule, Told
from exchange.rules.wording import place, prefixes, required
from schema.kinds import BY_NAME

STALE = "source.stale"
RELYING = frozenset({
    PresenceKind.RECOGNITION, PresenceKind.APPOINTMENT, PresenceKind.PROJECT_APPROVAL, PresenceKind.SITE,
})  # fmt: skip


def _silent(cause: Cause) -> Told:
    kind, since = BY_NAME[required(cause, "kind")], required(cause, "confirmedOn")
    return Told(
        zh=f"{place(cause)}的{kind.zh}数据自 {since} 后未再报送，已有结论可能不是最新，来源恢复前请向其核实",
        en=f"{kind.en} of {prefixes(cause)} not delivered since {since}: what was found before may be out of date",
    )


SOURCE_STALE = Rule(
    name="SOURCE_STALE",
    event_types=(STALE,),
    zh="数据来源久未更新，本地一年内曾据以互认、持证人在本地任职，或持许可企业在本地有在办审批、工地场所的，供知悉；"
    "一个来源一件，来源恢复即结束",
    en="A source fell silent whose certificates were recognised here, or whose holders or firms are present here",
    basis="《行政许可法》第六十一条（核对书面材料；条款待核）；互认以来源数据为准",
    tell=_silent,
    lands=RELYING,
    priority=Priority.MAY,
    handling=Handling.FOR_ATTENTION,
)
