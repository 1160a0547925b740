"""证书暂扣、撤销、吊销: what an authority did to a person's certificate, under a decision.

About a person, so it is no flag on the employer: a colleague's certificate is not judged by it. The number names the
certificate; `creditCode` is the employer, who has to fill the post anew. A new measure is a member below.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from schema.fields import Choice, Coded, KnownWords, day, mask_certificate_number, text
from schema.kinds.adverse import CAUSE, DECIDED_BY, DECIDED_ON, DECISION, EFFECTIVE_ON, LIFTING, SUSPENDED_TO, completed
from schema.kinds.parts import CREDIT_CODE, EMPLOYER_NAME, ID_NUMBER, NUMBER, PERSON_NAME, REGION, in_order, needed_when
from schema.record import Audience, Family, Field, Finding, Kind, Tier, finding


class CertificateMeasure(Coded):
    """处理措施 What was done to the certificate."""

    SUSPENDED = ("暂扣", "Suspended")
    RESCINDED = ("撤销", "Rescinded")
    REVOKED = ("吊销", "Revoked")


def _number_as_issued(values: Mapping[str, Any]) -> Iterable[Finding]:
    """The number of a 特种作业操作证 begins with T; without it the certificate meant would not be found."""
    number, sort = values.get("number"), values.get("certificateType")
    is_meant = sort == "SPECIAL_OPERATION" or (sort and "特种作业" in sort and "建筑" not in sort)
    if number and is_meant and not number.startswith("T"):
        yield finding("CERTIFICATE_NUMBER_INVALID", "number", mask_certificate_number(number))


CERTIFICATE_ACTION = Kind(
    name="CERTIFICATE_ACTION",
    zh="证书暂扣、撤销、吊销",
    en="Suspension, rescission or revocation of a certificate",
    family=Family.ACTION,
    audience=Audience.SUBJECT,
    fields=(
        # A 特种作业操作证 number holds the ID number, so every number here is protected like one.
        replace(NUMBER, tier=Tier.SENSITIVE, national=None, sample="T990000198506150010"),
        PERSON_NAME,
        ID_NUMBER,
        Field(
            name="certificateType", zh="证书类型", en="Kind of certificate", read=text(60), is_required=True,
            headers=("证书名称", "证书种类"), warn=KnownWords("certificate_types.csv", ("name", "kind")),
            sample="特种作业操作证",
        ),
        Field(
            name="measure", zh="处理措施", en="What was done", read=Choice(CertificateMeasure), is_required=True,
            graphql="CertificateMeasure", headers=("处理类别", "处理种类"), sample="吊销",
        ),
        replace(CREDIT_CODE, is_required=False),
        EMPLOYER_NAME,
        replace(REGION, is_required=False),
        replace(CAUSE, zh="处理事由", tier=Tier.GENERAL, sample="伪造培训记录"),
        *(replace(part, tier=Tier.GENERAL) for part in DECISION),
        replace(DECIDED_ON, tier=Tier.GENERAL),
        replace(EFFECTIVE_ON, tier=Tier.GENERAL),
        replace(SUSPENDED_TO, tier=Tier.GENERAL),
        Field(
            name="barredTo", zh="不得再次申请至", en="May not apply again until after", read=day, graphql="Date",
            headers=("禁止申请截止日期",),
        ),
        *(
            replace(field, zh=zh, tier=Tier.GENERAL, headers=(*field.headers, field.zh))
            for field, zh in zip(LIFTING, ("发还或解除日期", "发还或解除原因"), strict=True)
        ),
        *DECIDED_BY,
    ),
    identity=("number", "decisionNumber", "measure"),
    basis="《行政许可法》第六十九条（撤销，待核）；《特种作业人员安全技术培训考核管理规定》《注册安全工程师分类管理规定》"
    "（撤销、吊销与再次申请期限待核）",
    checks=(
        _number_as_issued,
        in_order("decidedOn", "effectiveOn"),
        in_order("effectiveOn", "suspendedTo"),
        in_order("decidedOn", "barredTo"),
        in_order("decidedOn", "liftedOn"),
        needed_when("liftReason", "liftedOn", None, "REASON_REQUIRED"),
    ),
    number_is_personal=True,
    complete=completed(),
)  # fmt: skip
