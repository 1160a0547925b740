"""Fields and checks that several kinds are made of, so that one name means one thing in all of them.

Add a field here when a second kind needs it; adapt it in the kind with `dataclasses.replace`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from schema.fields import (
    Choice,
    Coded,
    certificate_identifier,
    certificate_number,
    credit_code,
    credit_code_warning,
    day,
    division_code,
    division_warning,
    document_number,
    id_number,
    identifier_parts,
    identifier_warning,
    mask_certificate_number,
    mask_id_number,
    mask_name,
    person_name,
    text,
)
from schema.kinds.states import state_fits_operation
from schema.record import Check, Field, Finding, Role, Tier, finding


class CertificateState(Coded):
    """证书状态 What the issuer reports. Codes as for 安管人员; other tables number the same words otherwise."""

    VALID = ("有效", "Valid", "01", "正常", "在用")
    SUSPENDED = ("暂扣", "Suspended", "02", "已暂扣")
    RESCINDED = ("撤销", "Rescinded", "03", "已撤销")
    CANCELLED = ("注销", "Cancelled", "04", "已注销")
    LAPSED = ("失效", "Lapsed", "05", "已失效", "过期失效")
    TRANSFERRING_OUT = ("办理转出", "Transferring out", "06", "转出")
    REVOKED = ("吊销", "Revoked", "07", "已吊销")
    OTHER = ("其他", "Other", "99")


class CertificateOperation(Coded):
    """业务操作类型 What the issuer did with the certificate when it reported it."""

    ISSUE = ("办理新发电子证照", "Issued", "01")
    RENEW = ("办理延续", "Renewed", "02")
    SUSPEND = ("办理暂扣", "Suspended", "03")
    LAPSE = ("办理过期失效", "Lapsed", "04")
    CANCEL = ("办理注销（撤销、吊销、办理转出）", "Cancelled, rescinded, revoked or transferring out", "05", "办理注销")
    RETURN = ("办理暂扣发还", "Returned after suspension", "06")
    OTHER = ("办理其他业务", "Other", "07")
    TRANSFER_IN = ("办理转入", "Transferred in", "08")
    CHANGE = ("办理变更", "Changed", "09")
    WITHDRAW_TRANSFER = ("取消办理转出", "Transfer out withdrawn", "10")


class RiskBand(Coded):
    """风险等级 The four colours, red the highest. UNRATED is not the lowest: nobody has assessed the firm."""

    RED = ("红", "Red", "", "红色", "重大风险", "重大")
    ORANGE = ("橙", "Orange", "", "橙色", "较大风险", "较大")
    YELLOW = ("黄", "Yellow", "", "黄色", "一般风险", "一般")
    BLUE = ("蓝", "Blue", "", "蓝色", "低风险", "低")
    UNRATED = ("未评定", "Unrated", "", "未评", "未评级")


class Gender(Coded):
    """性别 As printed on the certificate."""

    MALE = ("男", "Male", "1")
    FEMALE = ("女", "Female", "2")


class EngineerSpecialty(Coded):
    """专业类别 The field an engineer is registered for."""

    COAL_MINE = ("煤矿安全", "Coal mines")
    OTHER_MINE = ("金属非金属矿山安全", "Metal and other mines")
    CHEMICAL = ("化工安全", "Chemical industry")
    METALLURGY = ("金属冶炼安全", "Metallurgy")
    CONSTRUCTION = ("建筑施工安全", "Construction")
    ROAD_TRANSPORT = ("道路运输安全", "Road transport")
    OTHER = ("其他安全", "Other, fire safety excepted", "", "其他安全（不包括消防安全）")


NUMBER = Field(
    name="number", zh="证书编号", en="Certificate number", read=certificate_number, role=Role.NUMBER, is_required=True,
    headers=("证号", "证书号", "证件编号", "合格证编号"), national="certNum", mask=mask_certificate_number,
)  # fmt: skip
REGISTRATION_NUMBER = replace(
    NUMBER, headers=(*NUMBER.headers, "注册证号", "执业证号", "注册编号"), sample="DEM20260000001"
)
PERSON_NAME = Field(
    name="name", zh="姓名", en="Name of the person", read=person_name, role=Role.NAME, is_required=True,
    tier=Tier.PERSONAL, headers=("持证人", "持证人姓名", "人员姓名"), national="name", mask=mask_name,
    sample="示例张三",
)  # fmt: skip
ID_NUMBER = Field(
    name="idNumber", zh="公民身份号码", en="Citizen ID number", read=id_number, role=Role.ID_NUMBER, is_required=True,
    tier=Tier.SENSITIVE, headers=("身份证号", "身份证号码", "身份证件号码", "证件号码", "身份证"),
    national="identityCard", mask=mask_id_number, sample="990000198506150010",
)  # fmt: skip
SPECIALTY = Field(
    name="specialty", zh="专业类别", en="Field of practice", read=Choice(EngineerSpecialty), is_required=True,
    graphql="EngineerSpecialty", headers=("专业", "注册类别", "执业类别"), sample="化工安全",
)  # fmt: skip
GENDER = Field(
    name="gender", zh="性别", en="Gender", read=Choice(Gender), tier=Tier.PERSONAL, national="gender", graphql="Gender",
    sample="男",
)  # fmt: skip
FIRM_NAME = Field(
    name="name", zh="企业名称", en="Name of the firm", read=text(), role=Role.NAME, is_required=True, tier=Tier.PUBLIC,
    headers=("单位名称", "生产经营单位名称", "公司名称"), sample="示例化工有限公司",
)  # fmt: skip
CREDIT_CODE = Field(
    name="creditCode", zh="统一社会信用代码", en="Unified social credit code of the firm", read=credit_code,
    role=Role.CREDIT_CODE, is_required=True, tier=Tier.PUBLIC, warn=credit_code_warning, national="creditCode",
    headers=("单位统一社会信用代码", "企业统一社会信用代码", "社会信用代码", "信用代码"), sample="91440300DEM000014E",
)  # fmt: skip
EMPLOYER_NAME = Field(
    name="employerName", zh="工作单位", en="Employer", read=text(), role=Role.EMPLOYER_NAME, tier=Tier.PUBLIC,
    headers=("单位名称", "企业名称", "所在单位", "聘用单位", "聘用企业"), national="companyName",
    sample="示例化工有限公司",
)  # fmt: skip
REGION = Field(
    name="region", zh="行政区划代码", en="Division code (GB/T 2260)", read=division_code, role=Role.REGION,
    is_required=True, tier=Tier.PUBLIC, warn=division_warning, headers=("行政区划", "区划代码", "所在地行政区划代码"),
    sample="440300",
)  # fmt: skip
ISSUER_CODE = Field(
    name="issuerCode", zh="发证机关统一社会信用代码", en="Credit code of the issuing authority", read=credit_code,
    role=Role.ISSUER_CODE, tier=Tier.PUBLIC, warn=credit_code_warning, headers=("发证机关代码",),
    national="issuAuthCode",
)  # fmt: skip
ISSUER_NAME = Field(
    name="issuerName", zh="发证机关", en="Issuing authority", read=text(), role=Role.ISSUER_NAME, tier=Tier.PUBLIC,
    headers=("签发机关", "发证单位", "发证机关名称"), national="issuAuth", sample="示例市应急管理局",
)  # fmt: skip
DECISION_NUMBER = Field(
    name="decisionNumber", zh="决定书文号", en="Number of the decision", read=document_number,
    role=Role.DECISION_NUMBER, tier=Tier.PUBLIC, headers=("文号", "决定文号"), sample="示应急决〔2026〕1号",
)  # fmt: skip
LEGAL_BASIS = Field(
    name="legalBasis", zh="法律依据", en="Legal basis", read=text(500), tier=Tier.PUBLIC, headers=("依据", "惩戒依据"),
    sample="《中华人民共和国安全生产法》第四十一条",
)  # fmt: skip

ADDRESS = Field(
    name="address", zh="地址", en="Address", read=text(), headers=("详细地址", "住所", "生产经营地址"),
    sample="示例路1号",
)  # fmt: skip

DOCUMENT_FIELDS: tuple[Field, ...] = (
    ISSUER_NAME,
    ISSUER_CODE,
    Field(
        name="firstIssuedOn", zh="初次领证日期", en="First issued on", read=day, role=Role.FIRST_ISSUED_ON,
        graphql="Date", headers=("初领日期", "初次发证日期", "首次发证日期"), national="issuedDate",
        sample="2023-03-01",
    ),
    Field(
        name="issuedOn", zh="发证日期", en="Issued on, this issue", read=day, graphql="Date",
        headers=("签发日期", "本次发证日期"), national="issuDate", sample="2026-02-20",
    ),
    Field(
        name="validFrom", zh="有效期起", en="Valid from", read=day, role=Role.VALID_FROM, is_required=True,
        graphql="Date", headers=("有效期开始日期", "有效期自", "有效期起始日期", "有效期开始"),
        national="effectiveDate", sample="2026-03-01",
    ),
    Field(
        name="validTo", zh="有效期止", en="Valid to; this day is still valid", read=day, role=Role.VALID_TO,
        is_required=True, graphql="Date", headers=("有效期结束日期", "有效期至", "有效期截止日期", "到期日期"),
        national="expiringDate", sample="2029-02-28",
    ),
    Field(
        name="reportedStatus", zh="证书状态", en="Status as the issuer reports it", read=Choice(CertificateState),
        role=Role.REPORTED_STATUS, is_required=True, graphql="CertificateState", headers=("状态", "持证状态"),
        national="certState", sample="有效",
    ),
    Field(
        name="statusEffectiveOn", zh="状态生效日期", en="Day from which the reported status holds", read=day,
        role=Role.EFFECTIVE_ON, graphql="Date",
    ),
    Field(
        name="certificateIdentifier", zh="证照标识", en="Electronic certificate identifier (GB/T 36904)",
        read=certificate_identifier, warn=identifier_warning, headers=("电子证照标识",), national="zzeCertID",
    ),
    Field(
        name="previousIdentifier", zh="关联证照标识", en="Associated identifier, of the version before",
        read=certificate_identifier, warn=identifier_warning, headers=("关联电子证照标识",),
        national="associatedZzeCertID",
    ),
    Field(
        name="operation", zh="业务操作类型", en="Operation reported", read=Choice(CertificateOperation),
        graphql="CertificateOperation", headers=("操作类型", "业务类型"), national="operateType",
    ),
)  # fmt: skip
"""What every certificate and permit has: who issued it, since when and until when it holds, what became of it, and its
electronic form. The end day is stored as the issuer states it, never computed from a term."""

CERTIFICATE_FIELDS: tuple[Field, ...] = (
    EMPLOYER_NAME,
    Field(
        name="region", zh="行政区划代码", en="Division code of the issuing authority (GB/T 2260)", read=division_code,
        role=Role.REGION, tier=Tier.PUBLIC, warn=division_warning, national="provinceNum",
        headers=("发证地行政区划代码", "行政区划", "区划代码"), sample="310000",
    ),
    *DOCUMENT_FIELDS,
)  # fmt: skip
"""What every certificate of a person has beside its number and holder. `region` and `issuerCode` may be left empty: the
publisher takes the tenant's."""

PLATFORM_FIELDS: tuple[Field, ...] = (
    Field(
        name="statusNote", zh="证书状态描述", en="Note on the status", read=text(500),
        national="certStatusDescription",
    ),
    Field(
        name="previousNumber", zh="原证书编号", en="Number before the transfer", read=certificate_number,
        headers=("原证号",), national="oldcertNum",
    ),
    Field(
        name="businessNote", zh="业务信息", en="Note on the operation", read=text(500), tier=Tier.PERSONAL,
        national="businessInformation",
    ),
)  # fmt: skip
"""What the national construction platform collects beyond that."""


def in_order(earlier: str, later: str) -> Check:
    """A check: the day in field `later` must not lie before the one in `earlier`."""

    def check(values: Mapping[str, Any]) -> Iterable[Finding]:
        first, second = values.get(earlier), values.get(later)
        if isinstance(first, date) and isinstance(second, date) and second < first:
            yield finding("DATES_REVERSED", later, f"{first.isoformat()} > {second.isoformat()}")

    return check


def needed_when(field: str, other: str, expected: object, code: str = "FIELD_REQUIRED") -> Check:
    """A check: `field` must be filled in when `other` holds `expected`, or anything at all if that is None."""

    def check(values: Mapping[str, Any]) -> Iterable[Finding]:
        found = values.get(other)
        if found is not None and (expected is None or found == expected) and values.get(field) is None:
            yield finding(code, field)

    return check


def same(field: str, other: str, is_expected: bool) -> Check:
    """A check: `field` and `other` must hold the same (or, if not expected, must not)."""

    def check(values: Mapping[str, Any]) -> Iterable[Finding]:
        found, compared = values.get(field), values.get(other)
        if found is not None and compared is not None and (found == compared) is not is_expected:
            yield finding("VALUES_CONTRADICT", field, other=other)

    return check


def _identifiers_follow(values: Mapping[str, Any]) -> Iterable[Finding]:
    """The version before has the same type code and, where serial and issuer are the same, a lower version.

    A transfer brings a new issuer; so may a reorganisation of authorities, hence only a remark.
    """
    if "certificateIdentifier" not in values or "previousIdentifier" not in values:
        return
    now, before = identifier_parts(values["certificateIdentifier"]), identifier_parts(values["previousIdentifier"])
    is_same_series = (now.issuer, now.serial) == (before.issuer, before.serial)
    if now.type_code != before.type_code:
        yield finding("IDENTIFIER_CHAIN_BROKEN", "previousIdentifier", detail="证照类型代码不同 type codes differ")
    elif is_same_series and before.version >= now.version:
        yield finding("IDENTIFIER_CHAIN_BROKEN", "previousIdentifier", detail="版本号未增加 the version did not rise")
    elif now.issuer != before.issuer and values.get("operation") != "TRANSFER_IN":
        yield finding(
            "IDENTIFIER_CHAIN_BROKEN", "previousIdentifier", severity="WARNING", detail="颁证机构不同 issuers differ"
        )


CERTIFICATE_CHECKS: tuple[Check, ...] = (
    in_order("validFrom", "validTo"),
    in_order("firstIssuedOn", "validTo"),
    _identifiers_follow,
    state_fits_operation,
)
PLATFORM_CHECKS: tuple[Check, ...] = (needed_when("statusNote", "reportedStatus", "OTHER"),)
NINETY_DAYS = (90, 60, 30, 7, 0)
"""安管、注册安全工程师、许可证: renewed in the last three months, so reminded from 90 days ahead."""
SIXTY_DAYS = (60, 30, 7, 0)
"""合格证、操作证的复审与换证: applied for within 60 days before the day."""
