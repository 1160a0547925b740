"""Overviews within the two dossiers: GraphQL types of what is summed up or judged, not stored.

The next one is a type here, a field in dossiers.py, a Judged in exchange/engine/dossiers.py and its function in
exchange/dossiers.py.
"""

import graphene

from schema.graphql.enums import CODED, CertificateStatus, PostStatus, RiskBand, coded
from schema.graphql.parts import day, enum, identifier, integer, many, one, string, text, yes_no
from schema.kinds.enterprise_profile import Activity


class CertificateCounts(graphene.ObjectType):
    """Certificates by their state on the day."""

    class Meta:
        description = text("按所问之日状态统计的证书数", "Certificates by their state on the day asked.")

    total = integer("合计", "All", required=True)
    valid = integer("有效（含即将到期）", "Valid, those ending soon included", required=True)
    expiring = integer("有效且九十天内到期", "Valid and ending within 90 days", required=True)
    expired = integer("已过有效期", "Past their end day", required=True)
    review_lapsed = integer("逾期未复审", "Past their review-due day without review", required=True)
    suspended = integer("暂扣", "Suspended", required=True)
    revoked = integer("吊销或撤销", "Revoked or rescinded", required=True)
    other = integer("其他（注销、转出、尚未生效等）", "Others: cancelled, moving out, not valid yet", required=True)


class RegionCertificates(graphene.ObjectType):
    """A firm's certificates of one issuing division."""

    class Meta:
        description = text("某发证地的证书", "The certificates issued in one division: how many in which state.")

    region = string("发证地行政区划代码", "Division code of the issuer")
    region_name = string("行政区划名称", "Name of the division")
    worst = graphene.Field(
        CertificateStatus, required=True, description=text("其中最严重的状态", "The worst state among them")
    )
    counts = one(CertificateCounts, "各状态的证书数", "Certificates by state", required=True)


BandChange = enum(
    "BandChange",
    "等级变化",
    "How a band compares with the one before",
    {"WORSE": ("升高", "Higher risk"), "BETTER": ("降低", "Lower risk"), "SAME": ("未变", "Unchanged")},
)


class GradingStep(graphene.ObjectType):
    """One assessment within a series."""

    class Meta:
        description = text("某次评定", "One assessment, compared with the one before it in the same series.")

    record_id = identifier("分级记录标识", "Id of the grading")
    version = integer("版本号", "Version of the record", required=True)
    assessed_on = day("评定日期", "Assessed on", required=True)
    band = graphene.Field(RiskBand, required=True, description=text("风险等级", "Risk band"))
    score = graphene.Float(description=text("得分", "Score"))
    band_change = graphene.Field(
        BandChange,
        description=text("与上次相比；首次或未评定时为空", "Against the one before; none at first or unrated"),
    )
    score_change = graphene.Float(description=text("与上次得分之差", "Score minus that of the one before"))


class GradingSeries(graphene.ObjectType):
    """Assessments that may be compared with each other."""

    class Meta:
        description = text(
            "同一机关按同一办法、同一版本的历次评定；不同系列的得分互不可比",
            "Assessments by one authority under one scheme and version of it; scores of two series are never compared.",
        )

    authority = string("评定（报送）单位标识", "Name of the tenant that published them", required=True)
    authority_name = string("评定（报送）单位名称", "Its name in full", required=True)
    scheme = string("分级办法", "Grading scheme", required=True)
    method_version = string("办法版本", "Version of the scheme")
    steps = many(GradingStep, "历次评定，先后为序", "The assessments, the earliest first")


class TrainingHours(graphene.ObjectType):
    """Hours of one sort in one year."""

    class Meta:
        description = text("某年某类培训的学时", "Hours of one sort of training that ended in one year.")

    year = integer("结业年份", "Year in which it ended", required=True)
    training_type = graphene.Field(
        CODED["TrainingType"], required=True, description=text("培训类型", "Sort of training")
    )
    hours = graphene.Float(required=True, description=text("学时合计", "Hours in all"))
    courses = integer(
        "培训次数（多处报送的同一次只计一次）", "Courses, each once however many report it", required=True
    )


EnterpriseActivity = coded(Activity)
Post = CODED["Post"]
Coverage = enum(
    "Coverage",
    "落实情况",
    "Whether what the law asks is met",
    {
        "MET": ("已落实", "Met"),
        "GAP": ("有缺口", "Not met"),
        "UNDETERMINED": ("无法判断（资料不全），不等于已落实", "Cannot be determined; never the same as met"),
    },
)


class StaffGap(graphene.ObjectType):
    """Someone in a post without a good certificate for it."""

    class Meta:
        description = text("缺口：在岗而无有效证书的人员", "Somebody in a post without a good certificate for it.")

    person_id = identifier("人员标识", "Id of the person")
    name_masked = string("姓名（已脱敏）", "Name, masked")
    post = graphene.Field(Post, required=True, description=text("岗位", "Post"))
    status = graphene.Field(
        PostStatus,
        required=True,
        description=text(
            "所持证书的状态", "State of the certificate held, that of the best one where there are several"
        ),
    )


class StaffDuty(graphene.ObjectType):
    """One duty of a firm about its key staff."""

    class Meta:
        description = text("一项配备或持证要求", "What the law asks of a firm's posts, and whether it is met.")

    duty = string("要求代码", "Code of the duty", required=True)
    message = string("要求", "What is asked", required=True)
    message_en = string("要求（英文）", "What is asked, in English", required=True)
    basis = string("依据", "Basis", required=True)
    coverage = graphene.Field(Coverage, required=True, description=text("落实情况", "Whether it is met"))
    required = integer("至少几人（不知道时为空）", "How many at least; none where not known")
    posted = integer("在岗人次", "How many are posted", required=True)
    certified = integer("其中持有效证书的（无须持证的为零）", "Of these with a good certificate", required=True)
    gap_count = integer("缺口人次", "How many are in gap", required=True)
    gaps = many(StaffGap, "缺口（至多列一百）", "The gaps, a hundred at most")


class KeyStaff(graphene.ObjectType):
    """Who of a firm must hold what, and who does."""

    class Meta:
        description = text(
            "关键岗位持证：按企业概况与任职推算，只依据调用方可见的记录",
            "Key staff, derived from the firm's profile and appointments; only from what you may see.",
        )

    is_profile_known = yes_no("有无企业概况可依", "Whether a profile of the firm is known")
    activities = many(EnterpriseActivity, "企业概况所载活动", "What the firm does, as its profile says")
    staff_count = integer("从业人员数", "People employed")
    certified_rate = graphene.Float(
        description=text(
            "持证率（0 到 1；无须持证的岗位时为空）", "Certified rate, 0 to 1; none without posts that need it"
        )
    )
    duties = many(StaffDuty, "各项要求", "Every duty that applies, or may apply")


class PostFinding(graphene.ObjectType):
    """A person's post, held against the certificates."""

    class Meta:
        description = text("岗位与证书是否相符", "Whether a person holds what the post asks for (岗位不符 where not).")

    credit_code = string("任职企业统一社会信用代码", "Credit code of the firm", required=True)
    firm_name = string("任职企业", "Name of the firm")
    region = string("任职地行政区划代码", "Division code of the post")
    post = graphene.Field(Post, required=True, description=text("岗位", "Post"))
    appointment_id = identifier("任职记录标识", "Id of the appointment")
    coverage = graphene.Field(Coverage, required=True, description=text("是否相符", "Whether it fits"))
    status = graphene.Field(
        PostStatus, description=text("所需证书的状态；无法判断时为空", "State of what is needed; none where not known")
    )
    basis = string("依据", "Basis", required=True)


class Clearance(graphene.ObjectType):
    """Whether flags still stand against a firm."""

    class Meta:
        description = text(
            "风险标记是否都已移出（在可见范围内，所问之日）",
            "Whether every flag on the firm has ended, among those you see, on the day asked.",
        )

    is_clear = yes_no("没有仍然有效的标记", "No flag stands")
    standing = integer("仍然有效的标记数；逐条见 flags(isCurrent: true)", "How many stand; see flags", required=True)
    cleared_on = day("最后一条移出或期满的日期；仍有标记或从无标记的为空", "When the last ended; none while one stands")
