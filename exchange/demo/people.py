"""Invented firms, persons, certificates, gradings, appointments, matters, profiles: the same for a seed and day.

ID numbers have the province prefix 99 and organisation codes begin with DEM, so none can be anybody's. Add the next
kind of record as a generator here and a line in `everything`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import Any

from exchange.demo.cast import BY_SLUG, synthetic_code
from schema.fields import id_number_check
from schema.kinds.enterprise_profile import ACTIVITY_FIELDS

SEED = 7
FIRMS = 300
MATTERS = 500
APPOINTMENTS = 700
BUREAUS = ("sz-bureau", "gz-bureau", "dg-bureau", "sh-bureau", "nj-bureau")
_FIRST_FIRM_SERIAL = 1_000
_SYLLABLES = (
    "澄岚", "砺川", "禾隽", "朔隅", "泊澜", "岷砚", "霁原", "桤木", "珩岳", "溯舟", "槿安", "铎山",
    "沅禾", "翊衡", "麓鸣", "璟砥", "苇航", "堃泽", "昱樵", "潞宁", "笠泽", "骞屿", "梵净溪", "松涧",
)  # fmt: skip
_TRADES = (
    "化工", "建设工程", "机电安装", "新材料", "仓储", "装备制造", "市政工程", "金属制品", "管道", "电力安装", "轻工",
    "冷链",
    "起重",
)  # fmt: skip
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "砚川澄禾霁桤珩溯槿铎沅翊麓璟苇堃昱潞骞屿松涧朔隅"
_DOES = {
    "化工": ("isHazardousGoods", "isHazardousProduction"), "仓储": ("isHazardousGoods", "isHazardousStorage"),
    "冷链": ("isTransport",), "金属制品": ("isMetalSmelting",), "建设工程": ("isConstruction",),
    "市政工程": ("isConstruction",), "管道": ("isConstruction",), "电力安装": ("isConstruction",),
}  # fmt: skip
_INDUSTRIES = ("危险化学品经营", "金属冶炼", "建筑施工", "其他工贸")
_OPERATIONS = ("1.1", "1.2", "2.1", "3.1", "3.2", "4.1", "8.1")

Row = tuple[str, str, dict[str, Any]]
"""Slug of the publishing tenant, kind, values by field name."""


@dataclass(frozen=True, kw_only=True)
class Firm:
    """An invented firm, at home in the city of one of the bureaus."""

    name: str
    credit_code: str
    region: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """An invented person."""

    name: str
    id_number: str

    @property
    def gender(self) -> str:
        """As the 17th digit says."""
        return "MALE" if int(self.id_number[16]) % 2 else "FEMALE"

    @property
    def born(self) -> date:
        """As the digits 7 to 14 say."""
        return date(int(self.id_number[6:10]), int(self.id_number[10:12]), int(self.id_number[12:14]))

    def mistyped(self) -> "Person":
        """The same with a wrong last character."""
        return replace(self, id_number=mistyped(self.id_number))


def mistyped(code: str) -> str:
    """A code whose check character is wrong, as a slip of the finger gives it."""
    return code[:-1] + ("1" if code[-1] != "1" else "2")


def firm_named(place: int, serial: int, region: str) -> Firm:
    """The firm at a place of the list of names, with a credit code of its own."""
    name = _SYLLABLES[place % len(_SYLLABLES)] + _TRADES[place // len(_SYLLABLES) % len(_TRADES)]
    return Firm(name=f"{name}有限公司（演示）", credit_code=synthetic_code("91", region, serial), region=region)


def person_numbered(block: int, index: int) -> Person:
    """A person; different for different (block < 10000, index < 13001)."""
    born = date(1962, 1, 1) + timedelta(days=index * 7 % 13_001)
    first = f"99{block:04d}{born:%Y%m%d}{index * 13 % 1000:03d}"
    chosen = random.Random(first)
    name = chosen.choice(_SURNAMES) + "".join(chosen.choices(_GIVEN, k=2))
    return Person(name=name, id_number=first + id_number_check(first))


def years_later(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def period(begin: date, years: int) -> dict[str, date]:
    """A validity of whole years: its last day is the one before the anniversary."""
    return {"validFrom": begin, "validTo": years_later(begin, years) - timedelta(days=1)}


def firms() -> tuple[Firm, ...]:
    """The firms of the demonstration."""
    regions = [BY_SLUG[slug].region or "" for slug in BUREAUS]
    return tuple(firm_named(place, _FIRST_FIRM_SERIAL + place, regions[place % len(regions)]) for place in range(FIRMS))


def everything(day: date, seed: int = SEED) -> Iterator[Row]:
    """All records of the demonstration as of a day."""
    chosen, known = random.Random(seed), firms()
    yield from chain(
        _safety_managements(day, chosen, known), _special_operations(day, chosen, known),
        _construction(day, chosen, known),
        _engineers(day, chosen, known), _appointments(day, chosen, known), _matters(day, chosen, known),
        _gradings(day, chosen, known), _profiles(day, known),
    )  # fmt: skip


def _status(chosen: random.Random) -> str:
    return chosen.choices(("VALID", "SUSPENDED", "CANCELLED", "REVOKED"), (965, 15, 15, 5))[0]


def _held(person: Person, firm: Firm, chosen: random.Random) -> dict[str, Any]:
    return {
        "name": person.name, "idNumber": person.id_number, "gender": person.gender, "creditCode": firm.credit_code,
        "employerName": firm.name, "reportedStatus": _status(chosen),
    }  # fmt: skip


def _safety_managements(day: date, chosen: random.Random, known: tuple[Firm, ...]) -> Iterator[Row]:
    for index in range(700):
        person = person_numbered(0, index)
        begin = day - timedelta(days=chosen.randrange(1, 1_130))
        yield BUREAUS[index % len(BUREAUS)], "SAFETY_MANAGEMENT", {
            **_held(person, chosen.choice(known), chosen), **period(begin, 3), "number": person.id_number,
            "personType": chosen.choice(("PRINCIPAL", "SAFETY_MANAGER")),
            "industryCategory": chosen.choice(_INDUSTRIES),
            "firstIssuedOn": begin, "retrainingHours": chosen.choice((8, 12, 16, 24)),
        }  # fmt: skip


def _special_operations(day: date, chosen: random.Random, known: tuple[Firm, ...]) -> Iterator[Row]:
    for index in range(350, 1_050):
        person = person_numbered(0, index)
        begin = day - timedelta(days=chosen.randrange(1, 2_230))
        due = years_later(begin, 3)
        is_reviewed = due < day and chosen.random() < 0.92
        yield BUREAUS[index % len(BUREAUS)], "SPECIAL_OPERATION", {
            **_held(person, chosen.choice(known), chosen), **period(begin, 6), "number": f"T{person.id_number}",
            "operationCode": chosen.choice(_OPERATIONS), "firstIssuedOn": begin, "reviewDueOn": due,
            "reviewedOn": due - timedelta(days=chosen.randrange(0, 55)) if is_reviewed else None,
        }  # fmt: skip


def _construction(day: date, chosen: random.Random, known: tuple[Firm, ...]) -> Iterator[Row]:
    local = [firm for firm in known if firm.region.startswith("44")]
    for index in range(1_000, 1_400):
        begin = day - timedelta(days=chosen.randrange(1, 1_130))
        sort = chosen.choice(("A", "B", "C1", "C2", "C3"))
        yield "gd-housing", "CONSTRUCTION_SAFETY_MANAGER", {
            **_held(person_numbered(0, index), chosen.choice(local), chosen), **period(begin, 3), "managerClass": sort,
            "number": f"粤建安{sort}（{begin.year}）{9_000_000 + index}", "firstIssuedOn": begin,
        }  # fmt: skip


def _engineers(day: date, chosen: random.Random, known: tuple[Firm, ...]) -> Iterator[Row]:
    for index in range(1_300, 1_500):
        begin = day - timedelta(days=chosen.randrange(1, 1_870))
        yield ("sh-bureau", "js-department")[index % 2], "ASSISTANT_SAFETY_ENGINEER", {
            **_held(person_numbered(0, index), chosen.choice(known), chosen), **period(begin, 5),
            "number": f"DEM{begin.year}{index:07d}", "specialty": chosen.choice(("CHEMICAL", "CONSTRUCTION", "OTHER")),
            "firstIssuedOn": begin,
        }  # fmt: skip


def _appointments(day: date, chosen: random.Random, known: tuple[Firm, ...]) -> Iterator[Row]:
    for index in range(APPOINTMENTS):
        person, firm, slug = person_numbered(0, index), chosen.choice(known), chosen.choice(BUREAUS)
        yield slug, "APPOINTMENT", {
            "name": person.name, "idNumber": person.id_number, "creditCode": firm.credit_code,
            "employerName": firm.name,
            "post": "SAFETY_MANAGER" if index < 350 else "SPECIAL_OPERATOR", "region": BY_SLUG[slug].region,
            "appointedOn": day - timedelta(days=chosen.randrange(1, 700)),
        }  # fmt: skip


def _matters(day: date, chosen: random.Random, known: tuple[Firm, ...]) -> Iterator[Row]:
    for index in range(MATTERS):
        firm, slug = chosen.choice(known), BUREAUS[index % len(BUREAUS)]
        region = BY_SLUG[slug].region
        yield slug, "PROJECT_APPROVAL", {
            "creditCode": firm.credit_code, "name": firm.name, "region": region, "matterCode": f"DEM-{region}-0001",
            "caseNumber": f"DEM{region}{index:06d}",
            "projectName": f"{firm.name[:2]}{chosen.choice(('仓储', '扩建', '改造', '管线'))}项目",
            "status": chosen.choice(("PENDING", "APPROVED", "CLOSED")),
            "filedOn": day - timedelta(days=chosen.randrange(1, 300)),
        }  # fmt: skip


def _gradings(day: date, chosen: random.Random, known: tuple[Firm, ...]) -> Iterator[Row]:
    owners = {BY_SLUG[slug].region: slug for slug in BUREAUS}
    for index, firm in enumerate(known):
        band = chosen.choices(("RED", "ORANGE", "YELLOW", "BLUE"), (4, 12, 34, 50))[0]
        assessed = day - timedelta(days=chosen.randrange(1, 1_000))
        score = {"RED": 40, "ORANGE": 60, "YELLOW": 75, "BLUE": 90}[band] + chosen.randrange(0, 10)
        reasons = {
            "legalBasis": "《中华人民共和国安全生产法》第四十一条",
            "decisionNumber": f"演示风险〔{assessed.year}〕{index}号",
        }
        yield owners[firm.region], "RISK_GRADING", {
            "creditCode": firm.credit_code, "name": firm.name, "region": firm.region, "scheme": "演示分级办法",
            "methodVersion": "1", "score": score, "band": band, "assessedOn": assessed,
            "reassessBy": years_later(assessed, 3),
            **(reasons if band == "RED" else {}),
        }  # fmt: skip


def _profiles(day: date, known: tuple[Firm, ...]) -> Iterator[Row]:
    """What the firms do, as their names say; of one in ten nobody has said it."""
    owners = {BY_SLUG[slug].region: slug for slug in BUREAUS}
    for index, firm in enumerate(known):
        does = next((fields for trade, fields in _DOES.items() if trade in firm.name), ())
        if index % 10:
            yield owners[firm.region], "ENTERPRISE_PROFILE", {
                "creditCode": firm.credit_code, "name": firm.name, "region": firm.region,
                "industrySection": "E" if "isConstruction" in does else "C", "staffCount": 20 + index % 190,
                **{field: field in does for field in ACTIVITY_FIELDS}, "statedOn": day - timedelta(days=300 + index),
            }  # fmt: skip
