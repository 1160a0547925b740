"""Enums of the SDL, each value with its Chinese label. The values are the ones stored; add one here and in its kind."""

import graphene

from schema import recognition
from schema.errors import ERRORS
from schema.fields import Choice, Coded
from schema.graphql.faces import FACES
from schema.graphql.parts import enum
from schema.kinds import KINDS
from schema.review_life import Decision


def coded(options: type[Coded]) -> type[graphene.Enum]:
    """The enum of a kind's code table; its docstring opens with the Chinese name."""
    zh, _, en = (options.__doc__ or options.__name__).strip().partition(" ")
    return enum(options.__name__, zh, en, {option.name: (option.zh, option.en) for option in options})


def _tables() -> dict[str, type[Coded]]:
    """The code tables of all kinds by name. Raises ValueError where one name means two tables."""
    found: dict[str, type[Coded]] = {}
    for field in (field for kind in KINDS for field in kind.fields):
        if isinstance(field.read, Choice) and found.setdefault(field.read.name, field.read.options) is not (
            field.read.options
        ):
            raise ValueError(f"two code tables are called {field.read.name}")
    return found


CODED = {name: coded(options) for name, options in _tables().items()}
RiskBand, CertificateState, ApprovalStatus = CODED["RiskBand"], CODED["CertificateState"], CODED["ApprovalStatus"]

KIND_ENUMS = {
    face.name: enum(
        f"{face.name}Kind",
        f"{face.zh}类型",
        f"Kind among {face.words}",
        {kind.name: (kind.zh, kind.en) for kind in face.kinds},
    )
    for face in FACES
    if len(face.kinds) > 1
}
CertificateKind = KIND_ENUMS["Certificate"]
RecordKind = enum("RecordKind", "记录类型", "Kind of record", {kind.name: (kind.zh, kind.en) for kind in KINDS})
_STATES = {
    "VALID": ("有效", "Valid"),
    "EXPIRED": ("已过有效期", "Past its end day"),
    "REVIEW_LAPSED": ("逾期未复审", "Past its review-due day without review"),
    "NOT_YET_VALID": ("尚未生效", "Not valid yet"),
    "SUSPENDED": ("暂扣", "Suspended"),
    "RESCINDED": ("撤销", "Rescinded"),
    "CANCELLED": ("注销", "Cancelled"),
    "TRANSFERRING_OUT": ("办理转出", "Being transferred out"),
    "TRANSFERRED_OUT": ("已转入换发新证", "Exchanged for a new one on transfer"),
    "REVOKED": ("吊销", "Revoked"),
    "OTHER": ("其他", "Other"),
}
CertificateStatus = enum(
    "CertificateStatus", "按所问之日计算的证书状态", "State of a certificate computed for the day asked", _STATES
)
PostStatus = enum(
    "PostStatus",
    "岗位所需证书在所问之日的状态",
    "State of the certificate a post needs, on the day asked",
    {
        **_STATES,
        "MISSING": ("查无所需证书（在可见范围内）", "None found among what you may see"),
    },
)
ReviewState = enum(
    "ReviewState",
    "核查状态",
    "State of a review",
    {
        "RECEIVED": ("待处理", "Received"),
        "ACCEPTED": ("已受理", "Accepted"),
        "IN_REVIEW": ("核查中", "In review"),
        "DECIDED": ("已办结", "Decided"),
        "DECLINED": ("已退回（含移交）", "Declined, or handed over"),
        "WITHDRAWN": ("已撤回：办结前起因解除或作废", "Withdrawn: its cause was lifted or voided before a decision"),
    },
)
CauseEnding = enum(
    "CauseEnding",
    "核查起因如何终止",
    "How the cause of a review ended",
    {
        "LIFTED": ("已移出或解除", "Lifted"),
        "VOIDED": ("已作废", "Voided"),
        "MOVED": ("经更正，与本核查所涉人员或企业无关", "Corrected: it is not about the subject of this review"),
    },
)
_OUTCOMES = {
    "MAINTAINED": "Maintained",
    "STRENGTHENED": "Supervision strengthened",
    "SUSPENDED": "Matter suspended",
    "REFUSED": "Permission refused",
    "DISMISSED": "Concern dismissed",
}
ReviewOutcome = enum(
    "ReviewOutcome",
    "核查结论",
    "Outcome of a review",
    {name: (Decision[name].value, english) for name, english in _OUTCOMES.items()},
)
ReviewPriority = enum(
    "ReviewPriority",
    "核查优先级",
    "Priority of a review",
    {
        "MUST": ("必须核查", "Must be reviewed"),
        "MAY": ("可以核查", "May be reviewed"),
    },
)
Handling = enum(
    "Handling",
    "处置要求",
    "What is asked of the receiver",
    {
        "FOR_FOLLOW_UP": ("须反馈结论", "For follow-up"),
        "FOR_ATTENTION": ("供知悉", "For attention"),
    },
)
Verdict = enum(
    "Verdict",
    "互认结论",
    "Whether a certificate is recognised",
    {
        "ACCEPTED": ("予以认可", "Accepted"),
        "CONDITIONAL": ("有条件认可", "Accepted on a condition"),
        "REFUSED": ("不予认可", "Not accepted"),
        "UNDETERMINED": ("无法判定，不等于认可", "Cannot be determined; never an acceptance"),
    },
)
ConditionOutcome = enum(
    "ConditionOutcome",
    "单项条件结果",
    "Result of one condition",
    {
        "PASSED": ("通过", "Passed"),
        "FAILED": ("不通过", "Failed"),
        "OPEN": ("待核", "Open"),
    },
)
RecognitionMode = enum(
    "RecognitionMode",
    "认可方式",
    "How a certificate is recognised",
    {
        "DIRECT": ("直接认可", "Directly"),
        "FILING": ("备案后认可", "After filing"),
        "TRANSFER": ("转入换证", "By transfer"),
        "NONE": ("不予认可", "Not at all"),
    },
)
RuleType = enum(
    "RecognitionRuleType",
    "互认规则类型",
    "What a recognition rule does",
    {one.name: (one.zh, one.en) for one in recognition.RuleType},
)
BasisType = enum(
    "RecognitionBasisType",
    "规则的依据类型",
    "What a recognition rule rests on",
    {one.name: (one.zh, one.en) for one in recognition.BasisType},
)
Fallback = enum(
    "RecognitionFallback",
    "原发证地不应答时的结论；从不因此认可",
    "The answer while the issuer's source does not answer; never a yes",
    {one.name: (one.zh, one.en) for one in recognition.Fallback},
)
Coverage = enum(
    "RecognitionCoverageMode",
    "省际互认情况",
    "How one province takes another's certificates",
    {
        "AUTOMATIC": ("直接认可", "Accepted directly"),
        "EQUIVALENT": (
            "按协议的证书对应关系视同另一类证书，限所列作业",
            "Counts as another sort of certificate by an agreement's table, for the activities it names",
        ),
        "FILING": ("备案后认可", "Accepted after filing"),
        "TRANSFER": ("转入换证", "Exchanged on transfer"),
        "REFUSED": ("不予认可", "Not accepted"),
        "NO_RULE": ("没有规则，不等于认可", "No rule; never an acceptance"),
        "CONFLICT": ("规则互相矛盾", "Rules contradict each other"),
    },
)
Aspect = enum(
    "RecognitionAspect",
    "分别回答的三个问题",
    "The three questions, answered apart",
    {one.name: (one.zh, one.en) for one in recognition.Aspect},
)
TenantKind = enum(
    "TenantKind",
    "接入单位类型",
    "Kind of tenant",
    {
        "AUTHORITY": ("监管部门", "Authority"),
        "ENTERPRISE": ("企业", "Enterprise"),
        "PARTNER": ("伙伴系统", "Partner system"),
        "OPERATOR": ("平台运营方", "Operator of the hub"),
    },
)
Outcome = enum(
    "PublishOutcome",
    "发布结果",
    "What a publication did",
    {
        "NEW": ("新增", "New record"),
        "CHANGED": ("更新", "New version of a known record"),
        "LATE": ("补报：较早的评定记入历史，现行记录不变", "An older assessment, kept in the history only"),
        "UNCHANGED": ("未变，不产生事件", "Unchanged, nothing announced"),
    },
)
ErrorCode = enum("ErrorCode", "错误代码", "What was refused", {error.code: (error.zh, error.en) for error in ERRORS})
