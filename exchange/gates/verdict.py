"""准入关卡核验 Whether a firm may pass a gate: facts -> reasons -> one verdict. Pure.

The next condition is a function here and a line in CONDITIONS, with rows in `tests/spec/gates.md`. Only a measure with
a legal basis in force blocks; everything else asks for a key review at most; what is not known never passes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest

from exchange.gates.case import GateFacts, Permit, Reason
from schema.gates import GateVerdict
from schema.kinds import BY_NAME
from schema.kinds.enterprise_profile import Activity
from schema.kinds.safety_production_permit import PermitTrade
from schema.measures import BY_CODE, Carried, Negative, carried_by, repair_from, term_end

TRADES = {
    Activity.MINING: {PermitTrade.MINE},
    Activity.CONSTRUCTION: {PermitTrade.CONSTRUCTION},
    Activity.HAZARDOUS_PRODUCTION: {
        PermitTrade.HAZARDOUS_CHEMICALS, PermitTrade.FIREWORKS, PermitTrade.CIVIL_EXPLOSIVES,
    },
}  # fmt: skip
"""What a firm does that needs a licence to produce, and licences for it (安全生产许可证条例第二条，待核)."""

PERMIT_BASIS = "《安全生产许可证条例》第二条（待核）、第九条"
WITHDRAWN = {"SUSPENDED": "PERMIT_SUSPENDED", "REVOKED": "PERMIT_REVOKED", "RESCINDED": "PERMIT_RESCINDED"}
PENALTY_COUNTS = timedelta(days=3 * 366)  # the longest publicity, where the record gives no end of its own
LAW = "《安全生产法》第四十一条、第七十八条"

Condition = Callable[[GateFacts], Iterator[Reason]]
CONFIRM = Reason(
    code="CONFIRM_WITH_AUTHORITY", verdict=GateVerdict.UNDETERMINED, basis="《政务数据共享条例》（按权限提供，待核）",
    zh="本单位可查阅的信息不足以作出结论，请向监管部门核实", en="What you may read does not decide it; ask them",
    exit_zh="持回执编号向企业所在地监管部门核实",
)  # fmt: skip


def firm_unknown(facts: GateFacts) -> Iterator[Reason]:
    """No authority has a word of the firm."""
    if not facts.sources:
        yield Reason(
            code="FIRM_UNKNOWN", verdict=GateVerdict.UNDETERMINED, basis="查无记录不等于无不良记录",
            zh="各单位均无该企业的记录，无法判断", en="No authority has any record of this firm",
            exit_zh="核对统一社会信用代码；由企业所在地监管部门报送后再核验",
        )  # fmt: skip


def sources_stale(facts: GateFacts) -> Iterator[Reason]:
    """A source that has not confirmed what it told for longer than the kind of record allows."""
    for source in facts.sources:
        allowed = BY_NAME[source.kind].fresh_days
        if source.confirmed_on + timedelta(days=allowed) < facts.today:
            yield Reason(
                code="SOURCE_STALE", verdict=GateVerdict.UNDETERMINED, basis=f"数据须在 {allowed} 日内经来源确认",
                zh=f"{source.authority}的数据自 {source.confirmed_on} 起未再确认",
                en=f"The source has not confirmed its {source.kind} since {source.confirmed_on}",
                exit_zh="来源单位重新报送或确认后再核验", authority=source.authority, record_ids=(source.record_id,),
                since=source.confirmed_on,
            )  # fmt: skip


def asked_afterwards(facts: GateFacts) -> Iterator[Reason]:
    """A day in the past is judged by what stands now: good for looking back, not for letting through."""
    if facts.day < facts.today:
        yield Reason(
            code="ASKED_AFTERWARDS", verdict=GateVerdict.UNDETERMINED, basis="回执当日有效",
            zh=f"所问 {facts.day} 已过，按现有记录回看，不作为准入依据",
            en=f"{facts.day} is past: judged by what stands now, no ground for passing", exit_zh="按当日重新核验",
        )  # fmt: skip


def permit_missing(facts: GateFacts) -> Iterator[Reason]:
    """No valid licence where what the firm does needs one; whether it needs one may not be known."""
    valid = {permit.trade for permit in facts.permits if permit.status == "VALID"}
    for activity, trades in TRADES.items():
        names = {trade.name for trade in trades}
        does = facts.activities.does(frozenset({activity}))
        if does is False or names & valid or (does is None and facts.is_profiled is False):
            continue
        had = [permit for permit in facts.permits if permit.trade in names]
        if any(permit.status in WITHDRAWN for permit in had):
            continue  # told by permit_withdrawn
        if does is None:
            yield _permit(facts, "PERMIT_NEED_UNKNOWN", GateVerdict.UNDETERMINED, activity, had)
        else:
            yield _permit(facts, "PERMIT_MISSING", GateVerdict.KEY_REVIEW, activity, had)


def _permit(facts: GateFacts, code: str, verdict: GateVerdict, activity: Activity, had: Sequence[Permit]) -> Reason:
    last = max((permit.valid_to for permit in had if permit.valid_to), default=None)
    zh = f"从事{activity.zh}未见有效的安全生产许可证" if verdict is GateVerdict.KEY_REVIEW else (
        f"未申明是否从事{activity.zh}，无法判断是否须持安全生产许可证"
    )  # fmt: skip
    return Reason(
        code=code, verdict=verdict, basis=PERMIT_BASIS, zh=zh + (f"（原证有效期至 {last}）" if last else ""),
        en=f"{activity.en}: no valid licence" if verdict is GateVerdict.KEY_REVIEW else f"{activity.en}: not stated",
        exit_zh="取得或延续安全生产许可证并报送" if verdict is GateVerdict.KEY_REVIEW else "补报企业基本情况",
        authority=had[0].authority if had else None, since=last,
        record_ids=(*(permit.record_id for permit in had), *facts.profile_records),
    )  # fmt: skip


def permit_withdrawn(facts: GateFacts) -> Iterator[Reason]:
    """A licence its issuer reports suspended, revoked or rescinded, and no valid one for the same trade."""
    valid = {permit.trade for permit in facts.permits if permit.status == "VALID"}
    for permit in facts.permits:
        code = WITHDRAWN.get(permit.status)
        if code is None or permit.trade in valid or _has_left(facts, permit.trade):
            continue
        measure = BY_CODE[code]
        is_blocking = facts.gate in measure.blocks
        yield Reason(
            code=code, verdict=GateVerdict.BLOCKED if is_blocking else GateVerdict.KEY_REVIEW, basis=measure.basis,
            zh=f"发证机关报送：{measure.zh}", en=f"Reported by the issuer: {measure.en}",
            exit_zh="发还许可证或取得新证并报送", authority=permit.authority, record_ids=(permit.record_id,),
        )  # fmt: skip


def _has_left(facts: GateFacts, trade: str) -> bool:
    """Whether the firm is known not to do any more what a licence was for."""
    needed = [activity for activity, trades in TRADES.items() if trade in {one.name for one in trades}]
    return bool(needed) and facts.activities.does(frozenset(needed)) is False


def measure_in_force(facts: GateFacts) -> Iterator[Reason]:
    """A measure that closes this gate, with its legal basis, while its term runs. Of the firm's own records only."""
    for record, carried in _own_measures(facts):
        if facts.gate in carried.measure.blocks and carried.is_in_force(facts.day):
            measure = carried.measure
            if _is_licensed_anew(facts, record, carried):
                continue
            zh = measure.zh + (f"（至 {carried.ends_on}）" if carried.ends_on else "")
            yield _of(record, measure.code, GateVerdict.BLOCKED, zh, measure.en, basis=carried.basis)


def _is_licensed_anew(facts: GateFacts, record: Negative, carried: Carried) -> bool:
    """Whether a withdrawn licence was followed by a new one; then the action is told, and closes nothing any more."""
    return carried.measure.code in WITHDRAWN.values() and any(
        permit.status == "VALID" and permit.valid_from and record.since and permit.valid_from > record.since
        for permit in facts.permits
    )


def measure_without_basis(facts: GateFacts) -> Iterator[Reason]:
    """A measure told without a legal basis may not be imposed; the officer looks at the decision."""
    for record, carried in _own_measures(facts):
        if facts.gate in carried.measure.blocks and not carried.basis:
            zh = f"记录载明“{carried.measure.zh}”而未注明惩戒依据，不得据以限制，请核对决定书"
            en = f"{carried.measure.en}: told without a legal basis, binds nobody; look at the decision"
            yield _of(record, "MEASURE_WITHOUT_BASIS", GateVerdict.KEY_REVIEW, zh, en, basis=carried.measure.basis)


def _own_measures(facts: GateFacts) -> Iterator[tuple[Negative, Carried]]:
    for record in facts.negatives:
        if record.of_predecessor is None:
            for carried in carried_by(record):
                yield record, carried


def dishonesty(facts: GateFacts) -> Iterator[Reason]:
    """On the list of the seriously dishonest; past its term, an entry whose removal was not told."""
    for record in _own(facts, "SERIOUS_DISHONESTY"):
        end = term_end(record)
        is_over = end is not None and end < facts.day
        zh = f"列入严重失信主体名单，期限已于 {end} 届满而未报移出" if is_over else "列入严重失信主体名单"
        en = "Seriously dishonest" + (f"; the term ended on {end}, no removal told" if is_over else "")
        yield _of(record, "SERIOUS_DISHONESTY", GateVerdict.KEY_REVIEW, zh, en)


def hidden_danger(facts: GateFacts) -> Iterator[Reason]:
    """A major hidden danger under supervision, overdue or not."""
    for record in _own(facts, "MAJOR_HIDDEN_DANGER"):
        is_late = record.rectify_by is not None and record.rectify_by < facts.day
        zh, en = "重大事故隐患挂牌督办未销号", "Major hidden danger not closed"
        if is_late:
            zh, en = f"{zh}，整改期限 {record.rectify_by} 已过", f"{en}, due on {record.rectify_by}"
        code = "HIDDEN_DANGER_OVERDUE" if is_late else "HIDDEN_DANGER"
        yield _of(record, code, GateVerdict.KEY_REVIEW, zh, en)


def permit_action(facts: GateFacts) -> Iterator[Reason]:
    """A suspension or withdrawal that does not close this gate, or whose term is over without a return told."""
    for record, carried in _own_measures(facts):
        measure, is_in_force = carried.measure, carried.is_in_force(facts.day)
        is_anew = _is_licensed_anew(facts, record, carried)
        closes = is_in_force and facts.gate in measure.blocks and not is_anew
        if measure.code not in WITHDRAWN.values() or closes:
            continue
        is_over = bool(carried.basis) and not is_in_force
        zh = f"{measure.zh}，期限已于 {carried.ends_on} 届满而未报发还" if is_over else measure.zh
        zh += "，其后已取得有效许可证" if is_anew else ""
        en = f"{measure.en}, ended on {carried.ends_on}, no return told" if is_over else measure.en
        yield _of(record, "PERMIT_ACTION", GateVerdict.KEY_REVIEW, zh, en)


def penalty(facts: GateFacts) -> Iterator[Reason]:
    """A penalty while it is public."""
    for record in _own(facts, "PENALTY"):
        end = record.publicity_to or (record.since + PENALTY_COUNTS if record.since else None)
        if end is None or facts.day <= end:
            yield _of(record, "PENALTY", GateVerdict.KEY_REVIEW, "安全生产行政处罚尚在公示", "A penalty is public")


SPOKEN_FOR = frozenset({
    "SERIOUS_DISHONESTY", "MAJOR_HIDDEN_DANGER", "PENALTY",
    "LICENCE_SUSPENDED", "LICENCE_REVOKED", "LICENCE_RESCINDED", "QUALIFICATION_WITHDRAWN",
})  # fmt: skip
"""Categories with a condition of their own."""


def flagged(facts: GateFacts) -> Iterator[Reason]:
    """Any other flag that is RED or ORANGE, or that nobody graded."""
    for record in facts.negatives:
        if (
            record.of_predecessor is None
            and record.category not in SPOKEN_FOR
            and record.band not in ("YELLOW", "BLUE")
        ):
            band = {"RED": "红色", "ORANGE": "橙色"}.get(record.band or "", "未评级")
            yield _of(record, "FLAGGED", GateVerdict.KEY_REVIEW, f"{band}风险标记", f"Flag: {record.band}")


def graded(facts: GateFacts) -> Iterator[Reason]:
    """Graded RED or ORANGE by some authority."""
    for grading in facts.gradings:
        if grading.band in ("RED", "ORANGE"):
            band = {"RED": "红色", "ORANGE": "橙色"}[grading.band]
            yield Reason(
                code="HIGH_RISK_GRADE", verdict=GateVerdict.KEY_REVIEW, basis="《安全生产法》第四十一条",
                zh=f"安全风险等级为{band}", en=f"Graded {grading.band}", exit_zh="整改后由评定机关重新评定",
                authority=grading.authority, record_ids=(grading.record_id,), since=grading.since,
            )  # fmt: skip


def predecessor(facts: GateFacts) -> Iterator[Reason]:
    """A negative record on a firm this one came from: not its own, yet to be looked at."""
    for record in facts.negatives:
        if record.of_predecessor is not None:
            zh = f"前身企业（{record.of_predecessor}）有未解除的风险标记"
            en = f"A flag stands on the firm it came from ({record.of_predecessor})"
            yield _of(record, "PREDECESSOR_FLAGGED", GateVerdict.KEY_REVIEW, zh, en)


def key_staff(facts: GateFacts) -> Iterator[Reason]:
    """Posts the law asks to be filled by the certified: gaps, and what is not known."""
    for duty in facts.staff:
        if duty.coverage == "MET":
            continue
        is_gap = duty.coverage == "GAP"
        yield Reason(
            code="KEY_STAFF_GAP" if is_gap else "KEY_STAFF_UNKNOWN", basis=duty.basis,
            verdict=GateVerdict.KEY_REVIEW if is_gap else GateVerdict.UNDETERMINED,
            zh=f"{duty.zh}：{'有缺口' if is_gap else '无法判断'}", en=f"{duty.en}: {duty.coverage}",
            exit_zh="补齐持证人员并报送任职" if is_gap else "补报企业基本情况与任职", record_ids=facts.staff_records,
        )  # fmt: skip


LAPSED = {
    "EXPIRED": "已过期", "REVIEW_LAPSED": "逾期未复审", "SUSPENDED": "被暂扣", "REVOKED": "被吊销",
    "RESCINDED": "被撤销",
}  # fmt: skip


def key_certificates(facts: GateFacts) -> Iterator[Reason]:
    """Certificates of people in key posts that are expired or withdrawn: how many, never whose."""
    for state, zh in LAPSED.items():
        pairs = (pair for duty in facts.staff for pair in zip_longest(duty.states, duty.records))
        lapsed = [record for one, record in pairs if one == state]
        if lapsed:
            yield Reason(
                code="KEY_CERTIFICATE_LAPSED", verdict=GateVerdict.KEY_REVIEW,
                basis="《安全生产法》第二十七条、第三十条",
                zh=f"关键岗位人员证书{zh} {len(lapsed)} 本", en=f"{len(lapsed)} key certificates {state}",
                exit_zh="换证、复审或更换人员", record_ids=(*facts.staff_records, *filter(None, lapsed)),
            )  # fmt: skip


def _own(facts: GateFacts, category: str) -> Iterator[Negative]:
    return (one for one in facts.negatives if one.of_predecessor is None and one.category == category)


def _of(record: Negative, code: str, verdict: GateVerdict, zh: str, en: str, *, basis: str = "") -> Reason:
    """A reason that rests on one negative record, with its way out."""
    earliest = repair_from(record)
    way_out = record.exit_conditions or "由认定机关依法解除"
    return Reason(
        code=code, verdict=verdict, zh=zh, en=en, basis=basis or record.legal_basis or LAW,
        exit_zh=way_out + (f"；{earliest} 起可申请信用修复" if earliest else ""),
        authority=record.authority, record_ids=(record.record_id,), since=record.since,
    )  # fmt: skip


CONDITIONS: tuple[Condition, ...] = (
    measure_in_force, permit_withdrawn, measure_without_basis, dishonesty, hidden_danger, permit_action, penalty,
    flagged, graded, predecessor, permit_missing, key_certificates, key_staff, firm_unknown, sources_stale,
    asked_afterwards,
)  # fmt: skip


def judge(
    facts: GateFacts, readable: frozenset[str], disputed: frozenset[str] = frozenset()
) -> tuple[GateVerdict, tuple[Reason, ...]]:
    """The verdict and every reason, the gravest first. `readable` are the records the asker may read.

    What rests on others is not told; that it is there makes the answer undetermined, never a pass and never a block
    without its ground. That a record is `disputed` is said beside the reason and changes no verdict.
    """
    found = [reason for condition in CONDITIONS for reason in condition(facts)]
    told = [
        replace(reason, is_disputed=not disputed.isdisjoint(reason.record_ids))
        for reason in found
        if readable.issuperset(reason.record_ids)
    ]
    if len(told) < len(found):
        told.append(CONFIRM)
    told.sort(key=lambda reason: -reason.verdict.gravity)
    return max((reason.verdict for reason in told), key=lambda one: one.gravity, default=GateVerdict.PASS), tuple(told)
