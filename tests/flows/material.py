"""What the flow tests publish: invented firms and persons that no other test has, and their records as GraphQL inputs.

Add the next kind of record as a function that gives its input; `publish` sends it through the public API.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from exchange.demo.cast import synthetic_code
from schema.fields import CHINA, id_number_check
from schema.kinds.enterprise_profile import ACTIVITY_FIELDS

_SERIALS = count(1)
_FIRST_FIRM = 20_000_000
LEGAL_BASIS = "《中华人民共和国安全生产法》第四十一条"
LONG_AGO = date(2001, 3, 1)
"""An end day before all others, so that such a certificate leads every list by end day."""


@dataclass(frozen=True, kw_only=True)
class Firm:
    """An invented firm."""

    name: str
    credit_code: str
    region: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """An invented person."""

    name: str
    id_number: str


def firm(region: str = "440300") -> Firm:
    """A firm nobody else has."""
    serial = next(_SERIALS)
    return Firm(
        name=f"试验企业{serial}号有限公司",
        credit_code=synthetic_code("91", region, _FIRST_FIRM + serial),
        region=region,
    )


def person() -> Person:
    """A person nobody else has; the ID number has the province prefix 99."""
    serial = next(_SERIALS)
    born = date(1970, 1, 1) + timedelta(days=serial // 900)
    first = f"998877{born:%Y%m%d}{serial % 900 + 100:03d}"
    return Person(name="试验员甲", id_number=first + id_number_check(first))


def number(sort: str = "示应急决") -> str:
    """The number of a decision, case or certificate that nobody else has."""
    return f"{sort}〔2026〕{next(_SERIALS)}号"


def grading(of: Firm, band: str = "YELLOW", *, day: str = "2024-03-01", decision: str | None = None) -> dict[str, Any]:
    """RISK_GRADING"""
    told = {"legalBasis": LEGAL_BASIS, "decisionNumber": decision or number()} if band == "RED" else {}
    return {"creditCode": of.credit_code, "name": of.name, "region": of.region, "scheme": "示范分级办法",
            "band": band, "assessedOn": day, **told}  # fmt: skip


def flag(of: Firm, *, category: str = "MAJOR_HIDDEN_DANGER", decision: str | None = None) -> dict[str, Any]:
    """RISK_FLAG"""
    return {"creditCode": of.credit_code, "name": of.name, "region": of.region, "category": category, "severity": "RED",
            "cause": "重大事故隐患未按期整改", "legalBasis": LEGAL_BASIS, "decisionNumber": decision or number(),
            "decidedOn": "2024-03-01"}  # fmt: skip


def matter(of: Firm, region: str) -> dict[str, Any]:
    """PROJECT_APPROVAL"""
    return {"creditCode": of.credit_code, "name": of.name, "region": region, "matterCode": "DEM-0001",
            "caseNumber": f"DEM{next(_SERIALS):08d}", "projectName": "示范项目", "status": "PENDING",
            "filedOn": "2024-03-01"}  # fmt: skip


def certificate(of: Person, at: Firm, *, valid_to: date = LONG_AGO, region: str = "440300") -> dict[str, Any]:
    """SAFETY_MANAGEMENT"""
    return {"number": of.id_number, "name": of.name, "idNumber": of.id_number, "personType": "SAFETY_MANAGER",
            "industryCategory": "其他工贸", "creditCode": at.credit_code, "employerName": at.name, "region": region,
            "validFrom": str(valid_to - timedelta(days=1094)), "validTo": str(valid_to),
            "reportedStatus": "VALID"}  # fmt: skip


def special_operation(of: Person, at: Firm, *, region: str = "440300") -> dict[str, Any]:
    """SPECIAL_OPERATION"""
    return {"number": f"T{of.id_number}", "name": of.name, "idNumber": of.id_number, "operationCode": "1.2",
            "creditCode": at.credit_code, "employerName": at.name, "region": region, "validFrom": "2026-01-01",
            "validTo": "2031-12-31", "reviewDueOn": "2028-12-31", "reportedStatus": "VALID"}  # fmt: skip


def appointment(of: Person, at: Firm, region: str) -> dict[str, Any]:
    """APPOINTMENT"""
    return {"name": of.name, "idNumber": of.id_number, "creditCode": at.credit_code, "employerName": at.name,
            "post": "SAFETY_MANAGER", "appointedOn": "2024-03-01", "region": region}  # fmt: skip


def profile(of: Firm, *activities: str, staff: int = 20) -> dict[str, Any]:
    """ENTERPRISE_PROFILE: a firm that does these, and nothing else the law looks at."""
    return {"creditCode": of.credit_code, "name": of.name, "region": of.region, "industrySection": "C",
            **{field: field in activities for field in ACTIVITY_FIELDS}, "staffCount": staff,
            "statedOn": "2024-01-01"}  # fmt: skip


def succession(before: Firm, now: Firm, *, day: str = "2025-01-01") -> dict[str, Any]:
    """SUCCESSION"""
    return {"creditCode": now.credit_code, "name": now.name, "region": now.region, "previousCode": before.credit_code,
            "previousName": before.name, "successionType": "NEW_CODE", "effectiveOn": day, "confirmedOn": day,
            "confirmedBy": "示例王五"}  # fmt: skip


def rule(identifier: str, host: str, version: int = 1) -> dict[str, Any]:
    """A recognition rule on certificates that no place issues, from a day on that allows for its notice."""
    begins = datetime.now(CHINA).date() + timedelta(days=10)
    return {"identifier": identifier, "version": version, "kinds": ["SAFETY_MANAGEMENT"], "issuingPrefixes": ["99"],
            "hostPrefixes": [host], "mode": "DIRECT", "basis": "示范协议", "validFrom": begins.isoformat(),
            "message": "示范条款", "messageEn": "A model term"}  # fmt: skip


def publishing(kind: str) -> str:
    """The mutation that publishes a kind, such as `riskFlag`."""
    return (
        f"mutation Publish($input: {kind[0].upper()}{kind[1:]}Input!) {{ {kind}Publish(input: $input) "
        "{ recordId outcome version userErrors { code field value message messageEn nextStep } } }"
    )


async def publish(ask: Any, slug: str, kind: str, values: Mapping[str, Any]) -> str:
    """Publish as a tenant; the id of the kept record."""
    answer = (await ask(slug, publishing(kind), input=values)).data[f"{kind}Publish"]
    assert answer["userErrors"] == []
    record_id: str = answer["recordId"]
    return record_id


def engineer(of: Person, at: Firm, *, region: str = "440300") -> dict[str, Any]:
    """ASSISTANT_SAFETY_ENGINEER"""
    values = certificate(of, at, region=region)
    return {
        **_without(values, "personType", "industryCategory"),
        "number": f"DEM{next(_SERIALS):011d}",
        "specialty": "CHEMICAL",
    }


def construction(of: Person, at: Firm, *, region: str = "440300") -> dict[str, Any]:
    """CONSTRUCTION_SAFETY_MANAGER"""
    values = certificate(of, at, region=region)
    made = f"粤建安C3（2026）{next(_SERIALS):07d}"
    return {**_without(values, "personType", "industryCategory"), "number": made, "managerClass": "C3"}


def _without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def action(of: Person, on: Mapping[str, Any], measure: str = "REVOKED", **changed: Any) -> dict[str, Any]:
    """CERTIFICATE_ACTION upon a certificate given as its own input."""
    return {"number": on["number"], "name": of.name, "idNumber": of.id_number, "certificateType": "特种作业操作证",
            "measure": measure, "cause": "伪造培训记录", "legalBasis": "《中华人民共和国行政许可法》第六十九条",
            "decisionNumber": number(), "decidedOn": "2026-03-01", **changed}  # fmt: skip
