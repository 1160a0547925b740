"""Rules about what the hub found by itself (detections.py): the place of the record is told, whoever keeps it.

The next one is a function here that tells what was found, a Rule below it, and its name in RULES.
"""

from exchange.rules.terms import Cause, PresenceKind, Rule, Told
from exchange.rules.wording import divisions, required
from schema.kinds import BY_NAME
from schema.kinds.appointment import Post

STATES = {
    "MISSING": "未见证书", "EXPIRED": "已过期", "REVIEW_LAPSED": "逾期未复审", "SUSPENDED": "暂扣", "REVOKED": "吊销",
    "RESCINDED": "撤销", "CANCELLED": "注销", "NOT_YET_VALID": "尚未生效", "TRANSFERRED_OUT": "已转出",
    "TRANSFERRING_OUT": "办理转出",
}  # fmt: skip


def _uncertified(cause: Cause) -> Told | None:
    if cause.payload.get("isTold"):
        return None  # the end of that certificate is told by its own rule
    post, status = Post[required(cause, "post")], required(cause, "certificateStatus")
    return Told(
        zh=f"{cause.day} 在{post.zh}岗位而未见该岗位所需的有效证书（{STATES.get(status, '其他')}）",
        en=f"In the post of {post.en} on {cause.day} without a good certificate for it ({status})",
    )


POST_UNCERTIFIED = Rule(
    name="POST_UNCERTIFIED",
    event_types=("post.uncertified",),
    zh="依法须持证的岗位，任职人员当日没有有效证书的，任职地核查；外地证书到期、被处理的，按各自规则，不另产生任务",
    en="Somebody in a post that needs a certificate has no good one: reviewed where the person is appointed",
    basis="《安全生产法》第二十七条、第三十条",
    tell=_uncertified,
    lands=frozenset({PresenceKind.APPOINTMENT}),
    is_of_record=True,
)

_EVIDENCE = {
    "FULL_TIME_POST": ("登记为另一企业专职", "on record as full-time at another firm"),
    "EMPLOYER_BOUND_CERTIFICATE": ("另有安管人员证书在其他企业名下", "holds a certificate bound to another firm"),
}


def _lent(cause: Cause) -> Told:
    (zh, en), (places, prefixes) = _EVIDENCE[required(cause, "evidence")], divisions(cause.payload["otherRegions"])
    return Told(zh=f"疑似挂靠：该人员同日在{places}{zh}", en=f"Suspected lending: in {prefixes} the person {en}")


SUSPECTED_LENDING = Rule(
    name="SUSPECTED_LENDING",
    event_types=("credential.multiSiteSuspected",),
    zh="同一人员同日在两个企业专职，或其安管人员A、B、C证不在同一企业的，两地各自核查；兼职的、"
    "一人任数个企业法定代表人各持A证的不算",
    en="One person full-time at two firms on one day, or with certificates bound to two employers: reviewed at each",
    basis="《安全生产法》第二十四条；《建筑施工企业主要负责人、项目负责人和专职安全生产管理人员安全生产管理规定》（待核）",
    tell=_lent,
    lands=frozenset({PresenceKind.APPOINTMENT, PresenceKind.CERTIFICATE}),
    is_of_record=True,
)


def _unknown(cause: Cause) -> Told:
    (there, there_code), (here, here_code) = (
        divisions([required(cause, "issuingRegion")]),
        divisions([required(cause, "region")]),
    )
    kind, shown_on = BY_NAME[required(cause, "kind")], required(cause, "presentedOn")
    return Told(
        zh=f"疑似假证：{shown_on} 在{here}出示的{there}{kind.zh}，发证地其后报送的数据中查无此证，请核对",
        en=f"Suspected forgery: {kind.en} of {there_code}, presented in {here_code} on {shown_on}, is unknown there",
    )


SUSPECTED_FORGERY = Rule(
    name="SUSPECTED_FORGERY",
    event_types=("credential.unknownPresented",),
    zh="互认时出示的证书，发证地报送新数据之后仍查无此证的，出示地和所称发证地核查；来源过期或未接入的，查无不等于假",
    en="A certificate presented for recognition that its issuer, having delivered since, does not know",
    basis="《行政许可法》第六十九条、第八十条（条款待核）",
    tell=_unknown,
    lands=frozenset({PresenceKind.PRESENTATION}),
    is_everywhere=True,
)
