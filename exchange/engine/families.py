"""SQL written by hand for what no record kind can say: states on a day, persons always there, reviews, filters.

The SDL of the same is in schema/graphql/families/ (a test compares both).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.engine import filters
from exchange.engine.effects import OF_FLAG
from exchange.engine.filters import Filter
from exchange.engine.parts import BY_DUE, BY_END, BY_RECENT, Group, Many, One, Order, Part, Value


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
_ACTIONS = """from actions_on({t}.person_id, {t}.number_hash, {t}.first_issued_on, {t}.valid_from, {day}{and_moment}) a
    where a.is_clear order by a.measure, a.effective_on limit 1"""
# Managers of construction firms alone are exchanged on transfer (办理转入).
_EXCHANGED = """({t}.kind = 'CONSTRUCTION_SAFETY_MANAGER' and is_exchanged(
    {t}.record_id, {t}.person_id, {t}.kind, {t}.number_shown, {t}.body->>'certificateIdentifier'))"""

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

_STATE: Mapping[str, Part] = {"status": Value(sql=STATUS), "statusReason": Value(sql=STATUS_REASON)}
_HOLDER: Mapping[str, Part] = {"holder": Group(shape="Holder")}

SPECIALS: Mapping[str, Special] = {
    "Certificate": Special(
        fields={**_HOLDER, **_STATE},
        filters=filters.CERTIFICATES,
        order=BY_END,
    ),
    "Appointment": Special(fields={**_HOLDER, "appointedOn": Value(sql="coalesce({t}.valid_from, {t}.effective_on)")}),
    "Permit": Special(fields=_STATE),
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
        },
        filters=filters.FLAGS,
    ),
}
