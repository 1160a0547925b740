"""GraphQL types of finding: what a search finds, and the rows of statistics.

A field of FoundRecord gets its column in exchange/engine/finding.py; a measure of statistics its statement in
exchange/sql/statistics.sql.
"""

from typing import Any

import graphene

from schema.graphql.dossiers import Enterprise, Person
from schema.graphql.enums import RecordKind, RiskBand
from schema.graphql.overviews import CertificateCounts
from schema.graphql.parties import Authority
from schema.graphql.parts import connection, day, enum, identifier, integer, many, moment, one, string, text, yes_no
from schema.graphql.records import Certificate, RiskFlag
from schema.record import Family

RecordFamily = enum(
    "RecordFamily",
    "记录大类",
    "What a record is about",
    {family.name: (family.value, family.name.capitalize()) for family in Family},
)
SubjectSort = enum(
    "SubjectSort",
    "记录的主体",
    "Whom a record is about",
    {"FIRM": ("企业", "A firm"), "PERSON": ("人员", "A person")},
)


class FoundRecord(graphene.ObjectType):
    """A record that a search found."""

    class Meta:
        description = text("检索到的记录", "A record that a search found, and the ways to the whole of it.")

    id = identifier()
    kind = graphene.Field(RecordKind, required=True, description=text("记录类型", "Kind of record"))
    family = graphene.Field(RecordFamily, required=True, description=text("记录大类", "What it is about"))
    name_masked = string("企业名称；人员姓名已脱敏", "Name of the firm, or of the person, masked")
    number = string("证书编号；编号含身份证号的以脱敏形式给出", "Number; masked where it contains the ID number")
    id_number_masked = string("证件号码（已脱敏）", "ID number, masked")
    credit_code = string("统一社会信用代码", "Unified social credit code")
    firm_name = string("企业（或聘用企业）名称", "Name of the firm, or of the employer")
    region = string("行政区划代码", "Division code")
    status = string(
        "所问之日的状态：证书、许可证为计算所得；标记为 CURRENT 或 LIFTED；其他为报送状态",
        "State on the day asked: computed for a certificate or permit, CURRENT or LIFTED for a flag, else as reported",
    )
    band = graphene.Field(RiskBand, description=text("风险等级", "Risk band"))
    valid_to = day("有效期结束日期或离任日期", "Last day of validity, or in the post")
    owner = one(Authority, "数源单位", "Authority that published the record", required=True)
    recorded_at = moment("本平台收录时间", "When the hub recorded it")
    version = integer("版本号", "Version of the record", required=True)
    certificate = one(Certificate, "所指证书", "The certificate, where it is one")
    risk_flag = one(RiskFlag, "所指风险标记", "The flag, where it is one")
    enterprise = one(Enterprise, "所涉企业", "The firm concerned")
    person = one(Person, "所涉人员", "The person concerned")


FoundRecordConnection = connection(
    FoundRecord,
    "检索结果",
    "found records",
    total_estimate=integer(
        "总数估计：一万以内准确，10000 表示一万或更多",
        "Number of items as far as it is worth counting: exact below 10000, which stands for that many or more",
        required=True,
    ),
)


def _listed(of: Any, zh: str, en: str) -> graphene.List:
    return graphene.List(graphene.NonNull(of), description=text(zh, en))


REGION = graphene.String(description=text("行政区划代码，含下级", "Division code, with those below it"))
SEARCH: dict[str, Any] = {
    "firm_name": graphene.String(
        description=text(
            "企业名称中的连续文字，至少两个字", "A part of a firm's name (or employer's), two characters at least"
        )
    ),
    "person_name": graphene.String(
        description=text(
            "人员姓名中的连续文字，至少两个字。个人信息查询：须有事由与办件编号",
            "A part of a person's name, two characters at least. A personal query: needs a purpose and a case number",
        )
    ),
    "number": graphene.String(
        description=text(
            "证书编号（全号）；即身份证号的按个人信息查询",
            "Number of a certificate, whole; a personal query where it is an ID number",
        )
    ),
    "credit_code": graphene.String(description=text("统一社会信用代码", "Unified social credit code")),
    "about": graphene.Argument(SubjectSort, description=text("只要企业（或人员）的记录", "Only of firms, or persons")),
    "families": _listed(RecordFamily, "记录大类", "What the records are about"),
    "kinds": _listed(RecordKind, "记录类型", "Kinds of record"),
    "category": graphene.String(
        description=text(
            "标记类别、作业类别代码或操作项目代码", "Category of a flag, or code of a trade or of an operation"
        )
    ),
    "region": REGION,
    "status": graphene.String(description=text("所问之日的状态，见 status", "State on the day, as in `status`")),
    "expiring_within_days": graphene.Int(
        description=text("自所问之日起多少天内到期", "Ends within so many days of the day asked")
    ),
    "band": graphene.Argument(RiskBand, description=text("风险等级", "Risk band")),
}

StatisticsBy = enum(
    "StatisticsBy",
    "统计分组",
    "What statistics are told apart by",
    {
        "REGION": ("地区（跨市时按市，一市之内按县区）", "Place: by city, within one city by county"),
        "INDUSTRY": ("行业类别（按证书所载）", "Industry, as certificates state it"),
        "MONTH": (
            "月份：证书按到期月，任职按任职月，分级、标记按生效月，核查按开启月",
            "Month: of a certificate's end, an appointment's begin, a grading's or flag's effect, a review's opening",
        ),
        "KIND": ("记录类型（核查不属任何类型，不在其列）", "Kind of record; reviews are of none and left out"),
    },
)


class PostCounts(graphene.ObjectType):
    """Appointed persons whose post needs a certificate."""

    class Meta:
        description = text(
            "须持证岗位的在岗人员与持证率（与一企一档的关键岗位持证同一规则，《安全生产法》第二十七条、第三十条）",
            "Persons in posts that need a certificate, and how many hold a good one: as keyStaff of a firm has it.",
        )

    required = integer("须持证的在岗人次", "Appointments that need a certificate", required=True)
    certified = integer("其中持有效证书的", "Of these with a good certificate", required=True)
    rate = graphene.Float(
        description=text("持证率（0 到 1；无此类岗位时为空）", "Certified rate, 0 to 1; none without posts")
    )


class BandCounts(graphene.ObjectType):
    """Firms by their current risk band."""

    class Meta:
        description = text("按现行风险等级统计的企业数（未评级自成一级）", "Firms by current band; unrated is its own.")

    red = integer("红", "Red", required=True)
    orange = integer("橙", "Orange", required=True)
    yellow = integer("黄", "Yellow", required=True)
    blue = integer("蓝", "Blue", required=True)
    unrated = integer("未评级", "Unrated", required=True)


class FlagCount(graphene.ObjectType):
    """Standing flags of one category."""

    class Meta:
        description = text("某一类别的现行风险标记数", "Standing flags of one category.")

    category = string("标记类别（FlagCategory）", "Category, a FlagCategory")
    standing = integer("现行标记数", "How many stand on the day", required=True)


class ReviewCounts(graphene.ObjectType):
    """The caller's own reviews."""

    class Meta:
        description = text("本单位承办的重点核查数", "Your own reviews.")

    open = integer("未办结", "Open", required=True)
    overdue = integer("其中超期", "Of these overdue", required=True)


class StatisticsRow(graphene.ObjectType):
    """The counts of one place, industry, month or kind."""

    class Meta:
        description = text(
            "统计的一行；只统计调用方本可逐条查看的记录",
            "One row: counts of records which the caller may also read one by one, and of no others.",
        )

    region = string("行政区划代码（按地区分组时）", "Division code, when told apart by place")
    region_name = string("行政区划名称", "Name of the division")
    industry = string("行业类别（按行业分组时）", "Industry, when told apart by it")
    month = string("月份，如 2026-11（按月份分组时）", "Month such as 2026-11, when told apart by it")
    kind = graphene.Field(RecordKind, description=text("记录类型（按类型分组时）", "Kind, when told apart by it"))
    certificates = one(CertificateCounts, "证书", "Certificates", required=True)
    posts = one(PostCounts, "须持证岗位", "Posts that need a certificate", required=True)
    firms = one(BandCounts, "企业风险等级", "Firms by band", required=True)
    flags = many(FlagCount, "现行风险标记", "Standing flags by category")
    reviews = one(
        ReviewCounts,
        "本单位的重点核查（按类型分组或限定类型时不统计，为零）",
        "Your own reviews; not counted, so zero, when told apart by kind or narrowed to kinds",
        required=True,
    )
    has_small_counts = yes_no(
        "含一至四人的计数：对外公布前应合并或隐去",
        "Holds a count of one to four persons: merge or hide it before publishing to others",
    )


STATISTICS: dict[str, Any] = {
    "by": graphene.List(
        graphene.NonNull(StatisticsBy),
        description=text("分组，至多两项；不给则只有合计", "Told apart by at most two; one total row without"),
    ),
    "region": graphene.String(
        description=text(
            "行政区划代码，含下级（默认本单位辖区；无辖区的为全国）",
            "Division with those below it; your own jurisdiction by default, everywhere for those without",
        )
    ),
    "kinds": _listed(
        RecordKind, "只统计这些类型的记录（给出则不统计核查）", "Only records of these kinds, and no reviews"
    ),
}
