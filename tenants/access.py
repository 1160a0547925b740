"""Scopes: what a client of a tenant may ask for, by kind of tenant. Add a scope to SCOPES and to those who get it by
default.

Row security (migrations/) decides which rows; a scope decides which doors.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, IntEnum


class TenantKind(Enum):
    """接入单位类型 Kind of tenant."""

    AUTHORITY = "AUTHORITY"
    ENTERPRISE = "ENTERPRISE"
    PARTNER = "PARTNER"
    OPERATOR = "OPERATOR"


class Level(IntEnum):
    """The least audience a kind of tenant may read of what others share (schema.record.Audience)."""

    AUTHORITY = 1
    ENTERPRISE = 2
    PARTNER = 3
    OPERATOR = 4


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One permission. `zh` and `en` say what it opens; `holders` get it by default."""

    name: str
    zh: str
    en: str
    holders: frozenset[TenantKind]


@dataclass(frozen=True, kw_only=True)
class Misses:
    """How many look-ups of persons by number may find nobody before no more are answered: against guessing.

    The windows are those of `refuse_guessing` in migrations/0005_counters.sql.
    """

    per_client: int = 30  # in 15 minutes
    per_tenant: int = 200  # in 24 hours


USUAL_MISSES = Misses()


_A, _E, _P, _O = TenantKind.AUTHORITY, TenantKind.ENTERPRISE, TenantKind.PARTNER, TenantKind.OPERATOR

SCOPES: tuple[Scope, ...] = (
    Scope(
        name="record.read",
        zh="查询证书、分级、在岗等记录",
        en="Read certificates, gradings, appointments",
        holders=frozenset({_A, _E}),
    ),
    Scope(
        name="person.read",
        zh="查询个人信息（须有事由）",
        en="Read personal fields (with a purpose)",
        holders=frozenset({_A, _E}),
    ),
    Scope(name="record.publish", zh="发布本单位的记录", en="Publish own records", holders=frozenset({_A})),
    Scope(name="flag.read", zh="查询风险标记", en="Read risk flags", holders=frozenset({_A, _E, _P})),
    Scope(name="flag.lift", zh="解除本单位的风险标记", en="Lift own risk flags", holders=frozenset({_A})),
    Scope(name="review.read", zh="查看重点核查", en="Read reviews", holders=frozenset({_A, _E})),
    Scope(name="review.decide", zh="办理重点核查", en="Decide reviews", holders=frozenset({_A})),
    Scope(
        name="dispute.open",
        zh="提出异议、作主体声明",
        en="Dispute records and make statements",
        holders=frozenset({_A, _E}),
    ),
    Scope(name="dispute.answer", zh="办理异议", en="Answer disputes and decide them", holders=frozenset({_A})),
    Scope(
        name="tip.file", zh="提交举报、查询进展", en="Hand in reports, follow them up", holders=frozenset({_A, _E, _P})
    ),
    Scope(name="tip.handle", zh="办理举报", en="Handle whistle-blower reports", holders=frozenset({_A})),
    Scope(
        name="roster.keep", zh="维护名册", en="Keep rosters of whom to be told about", holders=frozenset({_A, _E, _P})
    ),
    Scope(name="event.read", zh="订阅事件", en="Subscribe to events", holders=frozenset({_A, _E, _P})),
    Scope(
        name="recognition.ask",
        zh="查询互认结论",
        en="Ask whether a certificate is recognised",
        holders=frozenset({_A, _E}),
    ),
    Scope(
        name="rule.publish",
        zh="发布本辖区互认规则",
        en="Publish recognition rules of the own jurisdiction",
        holders=frozenset({_A}),
    ),
    Scope(
        name="scoreboard.read",
        zh="查看协同时效",
        en="Read how timely authorities are",
        holders=frozenset({_A, _O}),
    ),
    Scope(name="gate.check", zh="准入关卡核验", en="Check firms at a gate", holders=frozenset({_A, _P})),
    Scope(name="repair.read", zh="查看信用修复", en="Read repairs of credit", holders=frozenset({_A, _E})),
    Scope(
        name="repair.request", zh="申请信用修复", en="Ask for repair of the own firm's record", holders=frozenset({_E})
    ),
    Scope(
        name="policy.publish",
        zh="制定、推演本单位的核查政策",
        en="Publish and simulate the own review policy",
        holders=frozenset({_A}),
    ),
    Scope(
        name="agreement.read",
        zh="查看所参加的互认协议",
        en="Read the agreements one takes part in",
        holders=frozenset({_A, _P, _O}),
    ),
    Scope(name="agreement.publish", zh="发布互认协议", en="Publish agreements", holders=frozenset({_O})),
    Scope(
        name="code.show",
        zh="出示安全码",
        en="Make safety codes for own certificates or those of own staff",
        holders=frozenset({_A, _E}),
    ),
    Scope(name="ledger.cosign", zh="见证日志检查点", en="Witness checkpoints of the log", holders=frozenset({_A})),
    Scope(name="clock.run", zh="推进到期核对日", en="Run the clock for a day", holders=frozenset({_O})),
)


def default_scopes(kind: TenantKind) -> tuple[str, ...]:
    """The scopes a new client of such a tenant gets."""
    return tuple(scope.name for scope in SCOPES if kind in scope.holders)


def lacking(kind: TenantKind, scopes: Collection[str]) -> tuple[str, ...]:
    """The scopes a client of such a tenant usually has, and this one has not."""
    return tuple(name for name in default_scopes(kind) if name not in scopes)
