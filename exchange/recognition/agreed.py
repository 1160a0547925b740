"""Conditions of a rule that counts under an agreement: members, equivalence of certificates, spread of marks. Pure.

A further promise that decides is a field of schema.agreements.Terms and a function here, named in CONDITIONS
(`__init__.py`), with rows in `tests/spec/agreements.md`. What is not at hand leaves the answer open.
"""

from exchange.recognition.case import ASK_ISSUER, Case, Judgement, failed, left_open, passed
from exchange.recognition.terms import NOT_REQUIRED, without_rule
from schema.agreements import Agreed, Effect, EquivalenceRow, Marked, Spread, Terms
from schema.kinds import BY_NAME
from schema.recognition import AgreedUpon, Outcome

ASK_MEMBERS = ("向使用地主管部门咨询", "Ask the authority of the place of use")
AGREEMENT_UNKNOWN = left_open(
    "AGREEMENT_UNKNOWN", "规则所依的互认协议查不到", "The rule's agreement is not known", *ASK_MEMBERS
)
NOT_IN_FORCE = left_open(
    "AGREEMENT_NOT_IN_FORCE", "发证地或使用地当日不是互认协议的成员",
    "The place of issue or of use is no member of the agreement on that day", *ASK_MEMBERS,
)  # fmt: skip
ENGINE_TOO_OLD = left_open(
    "ENGINE_TOO_OLD", "互认协议含有本平台版本不能判定的约定", "The agreement has terms this edition cannot judge",
    "请平台运营方升级后再查", "Ask again once the operator has upgraded",
)  # fmt: skip
EQUIVALENCE_UNKNOWN = left_open(
    "EQUIVALENCE_UNKNOWN", "协议的证书对应关系表中没有此类证书和作业",
    "The table of equivalences has no such certificate and work", *ASK_MEMBERS,
)  # fmt: skip
EQUIVALENCE_UNCLEAR = left_open(
    "EQUIVALENCE_UNCLEAR", "证书类别不详，或对应关系表中不止一行适用",
    "Its subkind is not known, or several rows of the table apply", *ASK_ISSUER,
)  # fmt: skip
ACTIVITY_UNKNOWN = left_open(
    "ACTIVITY_UNKNOWN", "对应关系只及于所列作业活动，未说明从事何种作业",
    "The equivalence covers certain activities; which one was not said", "在查询中给出 activity", "Give activity",
)  # fmt: skip
MARKS_UNKNOWN = left_open("ADVERSE_UNKNOWN", "不良记录未能核对", "Adverse records could not be checked", *ASK_ISSUER)
ON_CONDITION = (
    "向作出处理的机关核实，报使用地主管部门同意后使用",
    "Check with who acted, and have the place of use agree first",
)


def is_between_members(case: Case) -> Judgement:
    """Both places belong to members on the day asked."""
    if case.rule is None:
        return without_rule(case)
    if case.rule.agreement is None:
        return NOT_REQUIRED
    agreed, terms = case.rule.agreed, case.terms
    if agreed is None or terms is None:
        judgement = AGREEMENT_UNKNOWN
    elif terms.unknown:
        judgement = ENGINE_TOO_OLD
    elif not _is_between_members(case, agreed):
        judgement = NOT_IN_FORCE
    else:
        judgement = passed(
            "发证地和使用地当日都是互认协议的成员", "Both places are members of the agreement on that day"
        )
    return judgement.using(agreement=case.rule.agreement, version=terms.version if terms else None)


def _is_between_members(case: Case, agreed: Agreed) -> bool:
    members = agreed.members_on(case.question.day)
    return all(
        any(one.governs(region) for one in members) for region in (case.facts.issuing_region, case.question.host_region)
    )


def counts_as_another(case: Case) -> Judgement:
    """By one row of the table the rule names, for an activity of that row."""
    if case.rule is None:
        return without_rule(case)
    if case.rule.equivalence_table is None:
        return NOT_REQUIRED
    rows, activity = _rows(case), case.question.activity
    told = {"agreement": case.rule.agreement, "version": case.terms.version if case.terms else None}
    told |= {"table": case.rule.equivalence_table, "activity": activity}
    fitting = [row for row in rows if activity in row.activities]
    if case.terms is None:
        return AGREEMENT_UNKNOWN.using(**told)
    if not fitting:
        return (ACTIVITY_UNKNOWN if rows and not activity else EQUIVALENCE_UNKNOWN).using(**told)
    row = _only(fitting, case)
    if row is None:
        return EQUIVALENCE_UNCLEAR.using(**told, rows=", ".join(str(one.row) for one in fitting))
    kind = BY_NAME[row.equivalent_kind]
    judgement = passed(f"按对应关系视同{kind.zh}", f"Counts as: {kind.en}, by the table of equivalences")
    return judgement.using(**told, row=row.row, countsAs=row.equivalent_kind, countsAsSubkind=row.equivalent_subkind)


def _rows(case: Case) -> list[EquivalenceRow]:
    """Rows of the table that speak of this certificate, or may do so."""
    if case.rule is None or case.terms is None:
        return []
    subkind = case.facts.subkind
    return [
        row
        for row in case.terms.rows
        if row.table == case.rule.equivalence_table
        and row.kind == case.facts.kind
        and row.equivalent_kind in BY_NAME
        and (row.subkind is None or subkind is None or row.subkind == subkind)
    ]


def _only(fitting: list[EquivalenceRow], case: Case) -> EquivalenceRow | None:
    is_clear = len(fitting) == 1 and (fitting[0].subkind is None or case.facts.subkind is not None)
    return fitting[0] if is_clear else None


def table_asked(case: Case) -> str | None:
    """The table that speaks of this sort of certificate, as people cite it; None when none does."""
    rule, terms = case.rule, case.terms
    if rule is None or terms is None:
        return None
    spoken = any(one.table == rule.equivalence_table and one.kind == case.facts.kind for one in terms.rows)
    return f"{rule.agreement} v{terms.version} {rule.equivalence_table}" if spoken else None


def agreed_upon(case: Case) -> AgreedUpon | None:
    """What of an agreement the answer rests on."""
    rule, terms = case.rule, case.terms
    if rule is None or rule.agreement is None or terms is None:
        return None
    upon = AgreedUpon(identifier=rule.agreement, version=terms.version, table=rule.equivalence_table)
    row = _only([one for one in _rows(case) if case.question.activity in one.activities], case)
    if row is None:
        return upon
    return AgreedUpon(
        identifier=upon.identifier, version=upon.version, table=row.table, row=row.row, counts_as=row.equivalent_kind,
        counts_as_subkind=row.equivalent_subkind,
    )  # fmt: skip


def is_free_of_members_marks(case: Case) -> Judgement:
    """What members' marks of holder and firm do, as the agreement says; where it says nothing they do nothing here."""
    if case.rule is None:
        return without_rule(case)
    if case.rule.agreement is None:
        return NOT_REQUIRED
    if case.terms is None:
        return AGREEMENT_UNKNOWN
    effect, found = _strongest(case)
    told = {"agreement": case.rule.agreement, "version": case.terms.version, "marks": ", ".join(found)}
    told |= {"effect": effect.name if effect else None}
    if effect is Effect.REFUSED:
        return failed(
            "ADVERSE_SPREADS", "持证人或单位有协议成员作出的不良记录，按协议不予认可",
            "A member of the agreement made an adverse record, which it agreed counts here",
            "记录解除后再核，或提出异议", "Check again once it is lifted, or dispute it",
        ).using(**told)  # fmt: skip
    if _is_unknown(case, case.terms):
        return MARKS_UNKNOWN.using(**told)
    if effect is None:
        return passed("没有按协议传导的不良记录", "No adverse record spreads under the agreement").using(**told)
    next_step = ON_CONDITION if effect is Effect.CONDITIONAL else ("", "")
    zh, en = f"有协议成员作出的不良记录：{effect.zh}", f"Members made adverse records: {effect.en}"
    return Judgement(Outcome.PASSED, None, zh, en, *next_step).using(**told)


def is_conditional_by_marks(case: Case) -> bool:
    """Whether members' marks make a yes conditional."""
    return _strongest(case)[0] is Effect.CONDITIONAL


def _strongest(case: Case) -> tuple[Effect | None, tuple[str, ...]]:
    """The gravest effect of marks members made, and the sorts of marks that have any."""
    if case.rule is None or case.rule.agreed is None or case.terms is None:
        return None, ()
    members = {one.tenant_id for one in case.rule.agreed.members_on(case.question.day)}
    marks = (*(case.facts.firm_marks or ()), *(case.facts.holder_marks or ()))
    standing = {one.mark for one in marks if one.tenant_id in members}
    found = [one for one in case.terms.spreads if one.mark in standing]
    effect = max((one.effect for one in found), key=list(Effect).index, default=None)
    return effect, tuple(sorted({one.mark.name for one in found}))


def _is_unknown(case: Case, terms: Terms) -> bool:
    """Whether marks that would matter could not be looked up."""
    return any(one.effect is not Effect.NOTED and _looked_up(case, one) is None for one in terms.spreads)


def _looked_up(case: Case, spread: Spread) -> tuple[Marked, ...] | None:
    return case.facts.holder_marks if spread.mark.is_of_holder else case.facts.firm_marks
