"""The demonstration's tenants, agreements and one published rule. Kinds of bureau are real, all codes synthetic.

Add the next tenant to CAST. Organisation codes begin with DEM, which no real one does.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from schema.fields import credit_code_check, organisation_check
from schema.recognition import BasisType, Mode, RecognitionRule
from tenants.access import TenantKind
from tenants.keys import Keys

SECRET_LABEL = "demo client"
DEMO_PREFIX = "DEM"
BAY_AREA = "gba"
DELTA = "yrd"
RULE_PUBLISHER = "js-department"
_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What several authorities promised each other."""

    agreement_id: str
    name: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One tenant of the demonstration; its client has the same name."""

    slug: str
    kind: TenantKind
    name: str
    name_en: str
    credit_code: str
    region: str | None = None
    sector: str | None = None
    jurisdiction: tuple[str, ...] = ()
    agreements: tuple[str, ...] = ()

    def as_tenant(self) -> dict[str, Any]:
        """The values tenants.registry.onboard takes."""
        return {
            "slug": self.slug, "kind": self.kind.value, "name": self.name, "name_en": self.name_en,
            "credit_code": self.credit_code, "sector": self.sector, "region": self.region,
            "jurisdiction": list(self.jurisdiction), "is_demo": True,
        }  # fmt: skip


def synthetic_code(sort: str, division: str, serial: int) -> str:
    """A credit code that passes its checks and cannot be real: `sort` is 91 for firms, 11 for authorities."""
    digits = ""
    for _ in range(5):
        serial, digit = divmod(serial, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    if serial:
        raise ValueError("five digits do not hold this serial number")
    body = f"{sort}{division}{DEMO_PREFIX}{digits}{organisation_check(DEMO_PREFIX + digits)}"
    return body + credit_code_check(body)


def _authority(
    slug: str, serial: int, region: str, names: tuple[str, str], agreement: str, *, sector: str = "EMERGENCY"
) -> Actor:
    significant = region[:2] if region.endswith("0000") else region[:4]
    return Actor(
        slug=slug, kind=TenantKind.AUTHORITY, name=f"{names[0]}（演示）", name_en=f"{names[1]} (demo)",
        credit_code=synthetic_code("11", region, serial), region=region, sector=sector, jurisdiction=(significant,),
        agreements=(agreement,),
    )  # fmt: skip


AGREEMENTS: tuple[Agreement, ...] = (
    Agreement(
        agreement_id=BAY_AREA,
        name="粤港澳大湾区安全生产监管协作协议（演示）",
        name_en="Greater Bay Area supervision (demo)",
    ),
    Agreement(agreement_id=DELTA, name="长三角安全资格互认协议（演示）", name_en="Yangtze delta recognition (demo)"),
)

CAST: tuple[Actor, ...] = (
    _authority("sz-bureau", 1, "440300", ("深圳市应急管理局", "Shenzhen emergency bureau"), BAY_AREA),
    _authority("gz-bureau", 2, "440100", ("广州市应急管理局", "Guangzhou emergency bureau"), BAY_AREA),
    _authority("dg-bureau", 3, "441900", ("东莞市应急管理局", "Dongguan emergency bureau"), BAY_AREA),
    _authority("gd-housing", 4, "440000", ("广东省住房和城乡建设厅", "Guangdong housing department"), BAY_AREA,
               sector="HOUSING"),
    _authority("sh-bureau", 5, "310000", ("上海市应急管理局", "Shanghai emergency bureau"), DELTA),
    _authority("nj-bureau", 6, "320100", ("南京市应急管理局", "Nanjing emergency bureau"), DELTA),
    _authority("js-department", 7, "320000", ("江苏省应急管理厅", "Jiangsu emergency department"), DELTA),
    Actor(slug="huadong-construction", kind=TenantKind.ENTERPRISE, name="沪苏示范建设有限公司（演示）",
          name_en="Husu Model Construction (demo)", credit_code=synthetic_code("91", "310000", 8), region="310000"),
    Actor(slug="bidding-platform", kind=TenantKind.PARTNER, name="示范招标投标服务平台（演示）",
          name_en="Model bidding platform (demo)", credit_code=synthetic_code("91", "440100", 9),
          agreements=(BAY_AREA, DELTA)),
    Actor(slug="operator", kind=TenantKind.OPERATOR, name="交换平台运营中心（演示）",
          name_en="Operator of the hub (demo)", credit_code=synthetic_code("12", "440000", 10)),
)  # fmt: skip

BY_SLUG = {actor.slug: actor for actor in CAST}
ENTERPRISE = BY_SLUG["huadong-construction"]

RULE_IDENTIFIER = "AR-320000-0001"


def delta_rule(valid_from: date) -> RecognitionRule:
    """What Jiangsu has published on Shanghai's certificates: recognised after filing, with 30 days left at least."""
    return RecognitionRule(
        identifier=RULE_IDENTIFIER, version=1, owner_region="320000", kinds=("SAFETY_MANAGEMENT",),
        issuing_prefixes=("31",), host_prefixes=("32",), mode=Mode.FILING, basis_type=BasisType.AGREEMENT,
        basis="长三角演示协议第1号（演示）", min_remaining_days=30, decision_workdays=3, valid_from=valid_from,
        text_zh="上海市核发的考核合格证在江苏省备案后认可，剩余有效期不少于30天",
        text_en="Shanghai's certificates are recognised in Jiangsu after filing, with 30 days left at least",
        follow_up_zh="向使用地设区的市应急管理局备案",
        follow_up_en="File it with the emergency bureau of the city of use",
    )  # fmt: skip


def client_secret(keys: Keys, slug: str) -> str:
    """The secret of a demonstration client: another one in every deployment, the same at every start."""
    return keys.join_hash(SECRET_LABEL, slug).hex()
