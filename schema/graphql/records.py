"""GraphQL types of what is exchanged: certificates, persons, firms, gradings, flags, reviews, events.

A field added here gets its column in exchange/engine/shapes.py (a test compares both). Personal fields say so.
"""

from collections.abc import Callable
from typing import Any

import graphene

from schema.graphql.enums import (
    CODED,
    ApprovalStatus,
    CertificateKind,
    CertificateState,
    CertificateStatus,
    Handling,
    RecordKind,
    ReviewOutcome,
    ReviewPriority,
    ReviewState,
    RiskBand,
)
from schema.graphql.parts import (
    JSON,
    connection,
    day,
    identifier,
    integer,
    listed,
    many,
    moment,
    one,
    string,
    text,
    yes_no,
)


def _later(name: str) -> Callable[[], Any]:
    """A type of this module, named before it is defined."""
    return lambda: globals()[name]


class Authority(graphene.ObjectType):
    """A supervising authority taking part in the exchange."""

    class Meta:
        description = text("监管部门（接入单位）", "A supervising authority that takes part in the exchange.")

    id = identifier("接入单位标识", "Name of the tenant")
    name = string("单位名称", "Name", required=True)
    name_en = string("英文名称", "English name", required=True)
    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    region = string("所在行政区划代码（GB/T 2260）", "Division code of its seat (GB/T 2260)")


class Holder(graphene.ObjectType):
    """The holder of a certificate as printed on it."""

    class Meta:
        description = text("持证人（证面信息）", "The holder as printed on the certificate.")

    id = identifier("人员标识，同一人在各地相同", "Id of the person, the same for all issuers")
    name = string("姓名。个人信息：须有查询事由与办件编号", "Name. Personal: needs a purpose and a case number")
    name_masked = string("姓名（已脱敏）", "Name, masked")
    id_number_masked = string("证件号码（已脱敏）", "ID number, masked")


class Certificate(graphene.ObjectType):
    """A certificate of a person."""

    class Meta:
        description = text(
            "证书", "A certificate of a person, with what its issuer reported and what follows from its dates."
        )

    id = identifier()
    kind = graphene.Field(CertificateKind, required=True, description=text("证书类型", "Kind of certificate"))
    number = string("证书编号；编号含身份证号的以脱敏形式给出", "Number; masked where it contains the ID number")
    status = graphene.Field(
        CertificateStatus, required=True, description=text("按所问之日计算的状态", "State computed for the day asked")
    )
    status_reason = string("状态的理由", "Why this state", required=True)
    reported_status = graphene.Field(
        CertificateState, description=text("发证机关报送的状态", "State as the issuer reported it")
    )
    holder = one(Holder, "持证人", "Holder", required=True)
    issuer_name = string("发证机关", "Issuing authority as printed")
    issuer_code = string("发证机关统一社会信用代码", "Credit code of the issuer")
    employer_name = string("聘用企业名称", "Employer as printed")
    employer = one(_later("Enterprise"), "聘用企业", "Employer")
    first_issued_on = day("初次领证日期", "First issued on")
    valid_from = day("有效期开始日期", "Valid from")
    valid_to = day("有效期结束日期（当日仍有效）", "Last day of validity (still valid that day)", required=True)
    review_due_on = day("应复审日期", "Review due on")
    reviewed_on = day("实际复审日期", "Reviewed on")
    person_type = graphene.Field(CODED["PersonType"], description=text("人员类型", "Role examined for"))
    manager_class = graphene.Field(
        CODED["ManagerClass"], description=text("安管人员类别", "Class of construction safety manager")
    )
    industry_category = string("行业类别", "Industry category")
    category_code = string("作业类别代码", "Code of the trade")
    category_name = string("作业类别", "Trade")
    operation_code = string("操作项目代码", "Code of the operation")
    operation_name = string("操作项目", "Operation")
    certificate_identifier = string("证照标识（GB/T 36904）", "Certificate identifier (GB/T 36904)")
    region = string("发证地行政区划代码", "Division code of the issuer")
    owner = one(Authority, "数源单位", "Authority that published the record", required=True)
    recorded_at = moment("本平台收录时间", "When the hub recorded it")
    version = integer("版本号", "Version of the record", required=True)


CertificateConnection = connection(Certificate, "证书", "certificates")
EXPIRING = graphene.Int(description=text("自所问之日起多少天内到期", "Ends within so many days of the day asked"))
CERTIFICATE_FILTERS: dict[str, Any] = {
    "kind": graphene.Argument(CertificateKind, description=text("证书类型", "Kind of certificate")),
    "region": graphene.String(description=text("发证地区划，含下级", "Division of the issuer, with those below it")),
    "expiring_within_days": EXPIRING,
    "reported_status": graphene.Argument(CertificateState, description=text("报送状态", "Reported state")),
}


class Appointment(graphene.ObjectType):
    """A person's appointment to a post."""

    class Meta:
        description = text("任职", "A person's appointment to a post at a firm.")

    id = identifier()
    kind = graphene.Field(RecordKind, required=True, description=text("记录类型", "Kind of record"))
    holder = one(Holder, "任职人员", "The person appointed", required=True)
    employer_name = string("企业名称", "Name of the firm")
    employer = one(_later("Enterprise"), "企业", "The firm")
    post = string("岗位", "Post")
    appointed_on = day("任职日期", "Appointed on")
    ended_on = day("离任日期", "Ended on")
    region = string("任职地行政区划代码", "Division where the post is")
    owner = one(Authority, "数源单位", "Authority that published the record", required=True)
    recorded_at = moment("本平台收录时间", "When the hub recorded it")
    version = integer("版本号", "Version of the record", required=True)


AppointmentConnection = connection(Appointment, "任职", "appointments")


class Person(graphene.ObjectType):
    """What the visible records say of one person."""

    class Meta:
        description = text("一人一档", "One person: what the records visible to you say.")

    id = identifier("人员标识", "Id of the person")
    name = string("姓名。个人信息：须有查询事由与办件编号", "Name. Personal: needs a purpose and a case number")
    name_masked = string("姓名（已脱敏）", "Name, masked")
    id_number_masked = string("证件号码（已脱敏）", "ID number, masked")
    certificates = listed(CertificateConnection, "证书", "Certificates", **CERTIFICATE_FILTERS)
    appointments = listed(AppointmentConnection, "任职", "Appointments")
    reviews = listed(
        _later("ReviewConnection"),
        "重点核查",
        "Reviews",
        is_open=graphene.Boolean(description=text("只要未办结（或已办结）的", "Only open (or only decided) ones")),
    )


class RiskGrading(graphene.ObjectType):
    """A risk grading of an enterprise."""

    class Meta:
        description = text("安全风险分级", "A risk grading of an enterprise; scores of two schemes are never compared.")

    id = identifier()
    kind = graphene.Field(RecordKind, required=True, description=text("记录类型", "Kind of record"))
    enterprise = one(_later("Enterprise"), "企业", "Enterprise")
    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    name = string("企业名称", "Name of the firm", required=True)
    band = graphene.Field(RiskBand, required=True, description=text("风险等级", "Band"))
    previous_band = graphene.Field(RiskBand, description=text("上一版等级", "Band of the version before"))
    scheme = string("分级办法", "Scheme")
    method_version = string("办法版本", "Version of the scheme")
    score = graphene.Float(description=text("得分（仅在同一办法内可比）", "Score, comparable within its scheme only"))
    assessed_on = day("评定日期", "Assessed on")
    reassess_by = day("应重新评定日期", "To be reassessed by")
    legal_basis = string("法律依据", "Legal basis")
    decision_number = string("决定书文号", "Decision number")
    region = string("行政区划代码", "Division code")
    owner = one(Authority, "评定单位", "Assessing authority", required=True)
    recorded_at = moment("本平台收录时间", "When the hub recorded it")
    version = integer("版本号", "Version of the record", required=True)


RiskGradingConnection = connection(RiskGrading, "风险分级", "risk gradings")


class RiskFlag(graphene.ObjectType):
    """A risk flag on an enterprise."""

    class Meta:
        description = text(
            "风险标记",
            "A risk flag with legal basis, decision and way out; it leads to reviews, never to a refusal by itself.",
        )

    id = identifier()
    kind = graphene.Field(RecordKind, required=True, description=text("记录类型", "Kind of record"))
    enterprise = one(_later("Enterprise"), "企业", "Enterprise")
    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    name = string("企业名称", "Name of the firm", required=True)
    severity = graphene.Field(RiskBand, required=True, description=text("严重程度", "Severity"))
    category = graphene.Field(CODED["FlagCategory"], description=text("标记类别", "Category"))
    cause = string("事由", "Cause")
    legal_basis = string("法律依据", "Legal basis")
    decision_number = string("决定书文号", "Decision number")
    decided_on = day("决定日期", "Decided on")
    effective_on = day("生效日期", "In effect from")
    listed_on = day("列入日期", "Listed on")
    lifted_on = day("解除日期", "Lifted on")
    lift_reason = string("解除理由", "Why it was lifted")
    exit_conditions = string("解除条件", "What ends it")
    is_current = yes_no("在所问之日是否仍然有效", "Whether it stands on the day asked")
    reviews = listed(
        _later("ReviewConnection"),
        "因此开启的核查（本单位的，或因本单位标记而起的）",
        "Reviews it led to (your own, or those your flag caused)",
        is_open=graphene.Boolean(description=text("只要未办结（或已办结）的", "Only open (or only decided) ones")),
    )
    region = string("行政区划代码", "Division code")
    owner = one(Authority, "认定单位", "Deciding authority", required=True)
    recorded_at = moment("本平台收录时间", "When the hub recorded it")
    version = integer("版本号", "Version of the record", required=True)


RiskFlagConnection = connection(RiskFlag, "风险标记", "risk flags")


class Matter(graphene.ObjectType):
    """A matter of an enterprise pending at an authority."""

    class Meta:
        description = text(
            "项目审批事项",
            "A matter of an enterprise at an authority: the presence that makes flags elsewhere count here.",
        )

    id = identifier()
    kind = graphene.Field(RecordKind, required=True, description=text("记录类型", "Kind of record"))
    enterprise = one(_later("Enterprise"), "企业", "Enterprise")
    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    name = string("企业名称", "Name of the firm")
    matter_code = string("事项编码", "Matter code")
    case_number = string("办件编号", "Case number")
    project_name = string("项目名称", "Project")
    status = graphene.Field(ApprovalStatus, description=text("办理状态", "State"))
    filed_on = day("受理日期", "Filed on")
    region = string("行政区划代码", "Division code")
    owner = one(Authority, "受理单位", "Authority in charge", required=True)
    recorded_at = moment("本平台收录时间", "When the hub recorded it")
    version = integer("版本号", "Version of the record", required=True)


MatterConnection = connection(Matter, "事项", "matters")


class Enterprise(graphene.ObjectType):
    """What the visible records say of one firm."""

    class Meta:
        description = text("一企一档", "One firm: what the records visible to you say.")

    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    name = string("企业名称", "Name of the firm")
    grading = one(RiskGrading, "最近一次风险分级", "Latest risk grading")
    gradings = listed(RiskGradingConnection, "各地风险分级", "Risk gradings of all authorities")
    flags = listed(
        RiskFlagConnection,
        "风险标记",
        "Risk flags",
        is_current=graphene.Boolean(description=text("是否仍然有效", "Whether they stand")),
    )
    certificates = listed(
        CertificateConnection, "所聘人员的证书", "Certificates bound to this employer", **CERTIFICATE_FILTERS
    )
    appointments = listed(AppointmentConnection, "任职人员", "Appointments")
    matters = listed(MatterConnection, "办理事项", "Matters")
    reviews = listed(
        _later("ReviewConnection"),
        "重点核查",
        "Reviews",
        is_open=graphene.Boolean(description=text("只要未办结（或已办结）的", "Only open (or only decided) ones")),
    )


class Review(graphene.ObjectType):
    """A review another authority's flag or certificate led to."""

    class Meta:
        description = text(
            "重点核查", "A review that a flag or certificate of another place led to: owner, due day, outcome."
        )

    id = identifier()
    authority = one(Authority, "承办单位", "Reviewing authority", required=True)
    cause_authority = one(Authority, "来源单位", "Authority whose record caused it", required=True)
    enterprise = one(Enterprise, "所涉企业", "Enterprise concerned")
    person = one(Person, "所涉人员", "Person concerned")
    flag = one(RiskFlag, "所因风险标记", "Risk flag that caused it")
    certificate = one(Certificate, "所因证书", "Certificate that caused it")
    matter = one(Matter, "本地事项", "Local matter concerned")
    rule = string("触发规则", "Trigger rule", required=True)
    priority = graphene.Field(ReviewPriority, required=True, description=text("优先级", "Priority"))
    handling = graphene.Field(Handling, required=True, description=text("处置要求", "What is asked"))
    reason = string("触发原因", "Why it was opened", required=True)
    reason_en = string("触发原因（英文）", "Why it was opened, in English", required=True)
    credit_code = string("统一社会信用代码", "Unified social credit code")
    state = graphene.Field(ReviewState, required=True, description=text("状态", "State"))
    opened_on = day("开启日期", "Opened on", required=True)
    due_on = day("办理时限（工作日）", "Due on, counted in working days", required=True)
    is_due_estimated = yes_no(
        "时限按周一至周五估算（该年放假安排未发布）", "Due day counted Monday to Friday: no calendar of that year yet"
    )
    is_overdue = yes_no("在所问之日是否超期", "Whether overdue on the day asked")
    cause_lifted_on = day("起因已解除的日期", "When its cause was lifted")
    outcome = graphene.Field(ReviewOutcome, description=text("结论", "Outcome"))
    decision_reason = string("结论理由", "Reason of the outcome")
    legal_basis = string("法律依据", "Legal basis")
    decided_on = day("办结日期", "Decided on")
    decided_by = string("经办", "Decided by")
    version = integer("版本号，办理时须带上", "Version, to be sent when deciding", required=True)


ReviewConnection = connection(Review, "重点核查", "reviews")


class Event(graphene.ObjectType):
    """Something that happened, in its place in the stream."""

    class Meta:
        description = text(
            "事件", "Something that happened, at its place in the stream; payloads hold ids, codes and dates only."
        )

    id = identifier()
    cursor = string("流中位置，断线后从此续传", "Position in the stream; resume after it", required=True)
    type = string("事件类型", "Type of event", required=True)
    subject = string("主体：E:统一社会信用代码 或 P:人员标识", "Subject: E:credit code or P:person id", required=True)
    subject_version = integer("主体内的顺序号", "Order within the subject", required=True)
    day = day("发生日", "Day", required=True)
    occurred_at = moment("记录时间", "When it was announced")
    owner = one(Authority, "发布单位", "Authority", required=True)
    enterprise = one(Enterprise, "所涉企业", "Enterprise concerned")
    flag = one(RiskFlag, "所涉风险标记", "Risk flag concerned")
    review = one(Review, "所涉核查", "Review concerned")
    record_id = graphene.ID(description=text("所涉记录", "Record concerned"))
    review_id = graphene.ID(description=text("所涉核查标识", "Review concerned"))
    payload = graphene.Field(JSON, required=True, description=text("内容", "Payload"))


EventConnection = connection(Event, "事件", "events")


class AccessRecord(graphene.ObjectType):
    """Evidence of a read of personal fields."""

    class Meta:
        description = text("个人信息查询留痕", "Evidence of a read of personal fields by your own clients.")

    id = identifier()
    purpose = string("查询事由", "Purpose", required=True)
    case_number = string("办件编号", "Case number", required=True)
    root_field = string("查询字段", "Root field", required=True)
    fields = many(graphene.String, "读取的个人信息字段", "Personal fields that were read")
    persons = many(graphene.ID, "所涉人员", "Persons concerned")
    client_id = string("客户端", "Client", required=True)
    request_id = string("请求编号", "Request id", required=True)
    read_at = moment("查询时间", "When")


AccessRecordConnection = connection(AccessRecord, "查询留痕", "access records")
