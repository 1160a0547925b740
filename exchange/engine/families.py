"""SQL written by hand for what no record kind can say: states on a day, persons always there, reviews, filters.

The SDL of the same is in schema/graphql/families/ (a test compares both).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.engine import filters
from exchange.engine.effects import OF_FLAG
from exchange.engine.filters import Filter
from exchange.engine.parts import BY_DUE, BY_END, BY_RECENT, Group, Judged, Many, One, Order, Part, Value
from exchange.engine.reviews import OUTCOMES
from exchange.status_reasons import status_reasons


@dataclass(frozen=True, kw_only=True)
class Special:
    """What one type has beside the fields of its kinds, and how its lists are ordered and narrowed."""

    fields: Mapping[str, Part] = field(default_factory=dict)
    filters: Mapping[str, Filter] = field(default_factory=dict)
    order: Order = BY_RECENT


# A review counts as the due one from 180 days before the due day on; recognition/certificate.py says the same.
REVIEW_MISSED = """({t}.review_due_on < {day} and (
    {t}.reviewed_on is null or {t}.reviewed_on > {day} or {t}.reviewed_on < {t}.review_due_on - 180))"""

# What any authority the reader sees did to the certificate: the worst first, in the order of the alphabet.
_ACTED_UPON = "actions_on({t}.person_id, {t}.number_hash, {t}.first_issued_on, {t}.valid_from, {day}{and_moment}) a"
_ACTIONS = f"""from {_ACTED_UPON}
    where a.is_clear order by a.measure, a.effective_on limit 1"""
# Managers of construction firms alone are exchanged on transfer (办理转入).
_EXCHANGED = """({t}.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    {t}.record_id, {t}.person_id, {t}.kind, {t}.number_shown, {t}.body->>'certificateIdentifier'{and_then}))"""

# The state of a certificate or permit on a day: what the source reported, what was done to it, then what the dates say.
# The end day is still valid.
STATUS = f"""case
  when {{t}}.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT') then {{t}}.reported_status
  else coalesce((select a.measure {_ACTIONS}), case
  when {_EXCHANGED} then 'TRANSFERRED_OUT'
  when {{t}}.reported_status = 'TRANSFERRING_OUT' then {{t}}.reported_status
  when {{t}}.valid_to < {{day}} or {{t}}.reported_status = 'LAPSED' then 'EXPIRED'
  when {REVIEW_MISSED} then 'REVIEW_LAPSED'
  when {{t}}.valid_from > {{day}} then 'NOT_YET_VALID'
  else 'VALID' end) end"""
STATUS_REASON = f"""case
  when {{t}}.reported_status not in ('VALID', 'LAPSED', 'TRANSFERRING_OUT')
    then '发证机关报送状态 ' || {{t}}.reported_status
  else coalesce((select concat('处理决定 ', a.decision_number, ' 自 ', a.effective_on, ' 起', case a.measure
    when 'SUSPENDED' then '暂扣' when 'RESCINDED' then '撤销' else '吊销' end) {_ACTIONS}), case
  when {_EXCHANGED} then '已办理转入换发新证'
  when {{t}}.reported_status = 'TRANSFERRING_OUT' then '发证机关报送状态 ' || {{t}}.reported_status
  when {{t}}.valid_to < {{day}} then '有效期已于 ' || {{t}}.valid_to || ' 届满'
  when {{t}}.reported_status = 'LAPSED' then '发证机关报送失效'
  when {REVIEW_MISSED} then '应于 ' || {{t}}.review_due_on || ' 前复审，未见复审记录'
  when {{t}}.valid_from > {{day}} then '自 ' || {{t}}.valid_from || ' 起有效'
  else '在有效期内' end) end"""

# What exchange/status_reasons.py makes every reason of.
STATUS_FACTS = f"""json_build_object('kind', {{t}}.kind, 'reported', {{t}}.reported_status,
  'owner', (select o.name from tenant o where o.tenant_id = {{t}}.owner_id), 'validFrom', {{t}}.valid_from,
  'validTo', {{t}}.valid_to, 'reviewDueOn', {{t}}.review_due_on, 'reviewedOn', {{t}}.reviewed_on,
  'isExchanged', {_EXCHANGED}, 'actions', (select json_agg(json_build_object('measure', a.measure,
      'authority', o.name, 'decisionNumber', a.decision_number, 'effectiveOn', a.effective_on)
      order by a.measure, a.effective_on)
    from {_ACTED_UPON} join tenant o on o.tenant_id = a.owner_id where a.is_clear))"""


# Of a permit it is what was done to the firm's permit of this number; what the decision leaves open comes last.
def _of_permit(sql: str) -> str:
    return (
        sql.replace("actions_on({t}.person_id", "permit_actions_on({t}.credit_code")
        .replace("order by a.measure", "order by a.measure = 'OTHER', a.measure")
        .replace("else '吊销' end", "when 'OTHER' then '暂扣、撤销或吊销' else '吊销' end")
    )


PERMIT_STATUS, PERMIT_STATUS_REASON, PERMIT_STATUS_FACTS = map(_of_permit, (STATUS, STATUS_REASON, STATUS_FACTS))
# The state of a certificate or permit, whichever a row is.
STATUS_OF_EITHER = f"case when {{t}}.family = 'PERMIT' then {PERMIT_STATUS} else {STATUS} end"

_STATE: Mapping[str, Part] = {
    "status": Value(sql=STATUS),
    "statusReason": Value(sql=STATUS_REASON),
    "statusReasons": Judged(facts=STATUS_FACTS, judge=status_reasons),
}
_PERMIT_STATE: Mapping[str, Part] = {
    "status": Value(sql=PERMIT_STATUS),
    "statusReason": Value(sql=PERMIT_STATUS_REASON),
    "statusReasons": Judged(facts=PERMIT_STATUS_FACTS, judge=status_reasons),
}
_HOLDER: Mapping[str, Part] = {"holder": Group(shape="Holder")}

SPECIALS: Mapping[str, Special] = {
    "Certificate": Special(
        fields={**_HOLDER, **_STATE},
        filters=filters.CERTIFICATES,
        order=BY_END,
    ),
    "Appointment": Special(fields={**_HOLDER, "appointedOn": Value(sql="coalesce({t}.valid_from, {t}.effective_on)")}),
    "Permit": Special(fields=_PERMIT_STATE),
    "Succession": Special(fields={"predecessor": One(shape="Enterprise", key="({from}.body->>'previousCode')")}),
    "RiskGrading": Special(fields={"previousBand": Value(sql="{t}.previous_band")}),
    "RiskFlag": Special(
        fields={
            "isCurrent": Value(sql=filters.IS_CURRENT),
            "effects": OF_FLAG,
            "reviews": Many(
                shape="Review",
                order=BY_DUE,
                filters=filters.REVIEWS,
                scope="review.read",
                where="{t}.cause_record_id = {from}.record_id",
            ),
            "outcomes": Judged(facts=OUTCOMES, judge=lambda facts, _: facts, scope="review.read"),
        },
        filters=filters.FLAGS,
    ),
}
