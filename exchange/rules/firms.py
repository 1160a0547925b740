"""Rules about firms: graded, flagged, listed, deprived of a permit, a graver hazard source. A flag kind has one rule.

The next one is a function here that tells what happened, a Rule below it, and its name in RULES.
"""

from exchange.rules.terms import MATTERS, Cause, Handling, PresenceKind, Priority, Rule, Told
from exchange.rules.wording import decision, place, prefixes, required, taken_on

POSTS_OF_STAFF = frozenset({PresenceKind.APPOINTMENT})
MATTERS_AND_PERMITS = MATTERS | {PresenceKind.PERMIT}
DISHONESTY, HIDDEN_DANGER, PERMIT_ACTION = "SERIOUS_DISHONESTY", "HIDDEN_DANGER", "PERMIT_ACTION"
WITH_RULE_OF_ITS_OWN = (DISHONESTY, HIDDEN_DANGER, PERMIT_ACTION)
"""Flag kinds that say more than their colour; of all others only RED counts."""


def _red(cause: Cause) -> Told | None:
    if cause.payload.get("kind") in WITH_RULE_OF_ITS_OWN or required(cause, "band") != "RED":
        return None
    number_zh, number_en = decision(cause)
    return Told(
        zh=f"{place(cause)}于 {taken_on(cause)} 将该企业列为红色风险{number_zh}",
        en=f"Flagged RED by {prefixes(cause)} on {taken_on(cause)}{number_en}",
    )


RED_FLAG = Rule(
    name="RED_FLAG",
    event_types=("riskFlag.raised",),
    zh="外地列为红色风险的企业，在本地有在办项目审批、投标、备案或工地场所的，重点核查；"
    "其关键岗位人员在本地另一企业任职的，供知悉",
    en="A firm flagged RED elsewhere with an approval pending, a bid, a filing or a site here",
    basis="《安全生产法》第四十一条、第七十八条",
    tell=_red,
    lands=MATTERS,
    reaches=POSTS_OF_STAFF,
)

LESSER = {"ORANGE": "橙色", "YELLOW": "黄色", "BLUE": "蓝色"}


def _lesser(cause: Cause) -> Told | None:
    band = cause.payload.get("band")
    if cause.payload.get("kind") in WITH_RULE_OF_ITS_OWN or band not in LESSER:
        return None
    number_zh, number_en = decision(cause)
    return Told(
        zh=f"{place(cause)}于 {taken_on(cause)} 将该企业列为{LESSER[band]}风险{number_zh}",
        en=f"Flagged {band} by {prefixes(cause)} on {taken_on(cause)}{number_en}",
    )


LESSER_FLAG = Rule(
    name="LESSER_FLAG",
    event_types=("riskFlag.raised",),
    zh="外地作出橙色及以下的风险标记，该企业在本地有事项的：本地政策开启的才产生，供知悉",
    en="A flag below RED elsewhere with a matter or site here: only where a local policy says so, for attention",
    basis="《安全生产法》第四十一条",
    tell=_lesser,
    lands=MATTERS,
    priority=Priority.MAY,
    handling=Handling.FOR_ATTENTION,
)


def _orange(cause: Cause) -> Told | None:
    if required(cause, "band") != "ORANGE" or cause.payload.get("previousBand") == "RED":
        return None
    return Told(
        zh=f"{place(cause)}于 {taken_on(cause)} 将该企业安全风险等级评为橙色",
        en=f"Graded ORANGE by {prefixes(cause)} on {taken_on(cause)}",
    )


ORANGE_BAND = Rule(
    name="ORANGE_BAND",
    event_types=("riskBand.changed",),
    zh="外地将企业安全风险等级升为橙色（原为黄、蓝、未评），在本地有事项的，供知悉；由红降为橙的不算",
    en="A firm raised to ORANGE elsewhere with a matter or site here: for attention",
    basis="《安全生产法》第四十一条",
    tell=_orange,
    lands=MATTERS,
    priority=Priority.MAY,
    handling=Handling.FOR_ATTENTION,
)


def _is_listed(cause: Cause, kind: str) -> bool:
    """Whether a flag of this kind begins to stand; that its colour was changed meanwhile is no second listing."""
    told = cause.payload
    return told.get("kind") == kind and (int(told.get("version", 1)) == 1 or "previousLiftedOn" in told)


def _dishonest(cause: Cause) -> Told | None:
    if not _is_listed(cause, DISHONESTY):
        return None
    number_zh, number_en = decision(cause)
    return Told(
        zh=f"{place(cause)}于 {taken_on(cause)} 将该企业列入严重失信主体名单{number_zh}",
        en=f"Entered on the list of the seriously dishonest by {prefixes(cause)} on {taken_on(cause)}{number_en}",
    )


LIST_BASIS = "《安全生产法》第七十八条；《安全生产严重失信主体名单管理办法》"
DISHONESTY_LISTED = Rule(
    name="DISHONESTY_LISTED",
    event_types=("riskFlag.raised",),
    zh="外地列入严重失信主体名单的企业，在本地有事项或许可的，重点核查；其关键岗位人员在本地另一企业任职的，供知悉",
    en="A firm entered on the list of the seriously dishonest elsewhere, with a matter, site or permit here",
    basis=LIST_BASIS,
    tell=_dishonest,
    lands=MATTERS_AND_PERMITS,
    reaches=POSTS_OF_STAFF,
)


def _removed(cause: Cause) -> Told | None:
    if cause.payload.get("kind") != DISHONESTY:
        return None
    lifted, (number_zh, number_en) = required(cause, "liftedOn"), decision(cause)
    return Told(
        zh=f"{place(cause)}于 {lifted} 将该企业移出严重失信主体名单{number_zh}，据此采取的措施应当解除",
        en=f"Removed from the list by {prefixes(cause)} on {lifted}{number_en}: measures taken on it have to end",
    )


DISHONESTY_REMOVED = Rule(
    name="DISHONESTY_REMOVED",
    event_types=("riskFlag.lifted",),
    zh="外地移出严重失信主体名单的企业，在本地有事项或许可的，供知悉：据此采取的措施应当解除",
    en="A firm removed from the list elsewhere, with a matter, site or permit here: for attention",
    basis=LIST_BASIS,
    tell=_removed,
    lands=MATTERS_AND_PERMITS,
    priority=Priority.MAY,
    handling=Handling.FOR_ATTENTION,
)


def _danger(cause: Cause) -> Told | None:
    if not _is_listed(cause, HIDDEN_DANGER):
        return None
    number_zh, number_en = decision(cause)
    return Told(
        zh=f"{place(cause)}于 {taken_on(cause)} 对该企业重大事故隐患挂牌督办{number_zh}",
        en=f"Major hidden danger put under supervision by {prefixes(cause)} on {taken_on(cause)}{number_en}",
    )


DANGER_BASIS = "《安全生产法》第四十一条（挂牌督办的条款待核）"
HIDDEN_DANGER_LISTED = Rule(
    name="HIDDEN_DANGER_LISTED",
    event_types=("riskFlag.raised",),
    zh="外地对企业重大事故隐患挂牌督办，该企业在本地有事项的，重点核查",
    en="A major hidden danger of a firm put under supervision elsewhere, with a matter or site here",
    basis=DANGER_BASIS,
    tell=_danger,
    lands=MATTERS,
)


def _overdue(cause: Cause) -> Told:
    due = required(cause, "dueOn")
    return Told(
        zh=f"{place(cause)}挂牌督办的重大事故隐患整改期限 {due} 已过，尚未销号",
        en=f"Major hidden danger supervised by {prefixes(cause)} not removed by {due}",
    )


HIDDEN_DANGER_OVERDUE = Rule(
    name="HIDDEN_DANGER_OVERDUE",
    event_types=("hiddenDanger.overdue",),
    zh="外地挂牌督办的重大事故隐患逾期未销号，该企业在本地有事项的，重点核查",
    en="A major hidden danger supervised elsewhere was not removed in time, with a matter or site here",
    basis=DANGER_BASIS,
    tell=_overdue,
    lands=MATTERS,
)

DEPRIVED = {
    "LICENCE_SUSPENDED": ("暂扣安全生产许可证", "Production licence suspended"),
    "LICENCE_REVOKED": ("吊销安全生产许可证", "Production licence revoked"),
    "LICENCE_RESCINDED": ("撤销安全生产许可证", "Production licence rescinded"),
    "QUALIFICATION_WITHDRAWN": ("暂扣、撤销或吊销机构资质", "Qualification withdrawn"),
}


def _deprived(cause: Cause) -> Told | None:
    if not _is_listed(cause, PERMIT_ACTION):
        return None
    (done_zh, done_en), (number_zh, number_en) = DEPRIVED[required(cause, "category")], decision(cause)
    return Told(
        zh=f"{place(cause)}决定{done_zh}{number_zh}", en=f"{done_en} by decision of {prefixes(cause)}{number_en}"
    )


PERMIT_DEPRIVED = Rule(
    name="PERMIT_ACTION",
    event_types=("riskFlag.raised",),
    zh="外地暂扣、吊销、撤销企业许可证或机构资质，该企业在本地有事项或许可的，重点核查",
    en="A permit of a firm suspended, revoked or rescinded elsewhere, with a matter, site or permit here",
    basis="《安全生产许可证条例》；《安全生产法》第七十八条",
    tell=_deprived,
    lands=MATTERS_AND_PERMITS,
)

LEVELS = {"LEVEL_1": "一级", "LEVEL_2": "二级", "LEVEL_3": "三级", "LEVEL_4": "四级"}


def _hazard(cause: Cause) -> Told:
    level, former = required(cause, "level"), cause.payload.get("formerLevel")
    return Told(
        zh=f"{place(cause)}登记该企业{LEVELS[level]}重大危险源" + (f"（原为{LEVELS[former]}）" if former else ""),
        en=f"Major hazard source of {level} on file with {prefixes(cause)}" + (f", {former} before" if former else ""),
    )


HAZARD_SOURCE = Rule(
    name="HAZARD_SOURCE",
    event_types=("hazardSource.escalated",),
    zh="外地新登记重大危险源或其级别升高（一级最重），该企业在本地有事项的，供知悉",
    en="A major hazard source newly filed or of a graver level elsewhere, with a matter or site here: for attention",
    basis="《安全生产法》第四十条",
    tell=_hazard,
    lands=MATTERS,
    priority=Priority.MAY,
    handling=Handling.FOR_ATTENTION,
)


FLAGS = (RED_FLAG, DISHONESTY_LISTED, HIDDEN_DANGER_LISTED, PERMIT_DEPRIVED)


def _inherited(cause: Cause) -> Told | None:
    if "predecessor" not in cause.payload:
        return None  # that a firm succeeded another is news; a cause it is by the flags that follow
    told = next((found for rule in FLAGS if (found := rule.tell(cause)) is not None), None)
    code = cause.payload["predecessor"]
    return told and Told(
        zh=f"该企业由统一社会信用代码 {code} 的企业更名承继而来；对原企业：{told.zh.replace('该企业', '其')}",
        en=f"Came from the firm {code}, of which: {told.en}",
    )


SUCCESSOR_OF_FLAGGED = Rule(
    name="SUCCESSOR_OF_FLAGGED",
    event_types=("enterprise.succeeded",),
    zh="经核实由有标记的企业更名、换码、合并、分立或承继而来的企业，在本地有事项或许可的，重点核查；"
    "标记解除，任务得到通知",
    en="A firm that came from a flagged one, with a matter, site or permit here",
    basis="《安全生产法》第七十八条；标记随主体承继须人工核实后认定（待核）",
    tell=_inherited,
    lands=MATTERS_AND_PERMITS,
    is_everywhere=True,
)
