"""What a tenant may publish, what of it the tenant need not say, and what one record entails in another kind.

Pure functions, also used by the processes that read large files. The next consequence is a branch of `consequences`.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from schema.fields import CodeTable
from schema.kinds import BY_NAME
from schema.record import Check, Family, Finding, Kind, Record, Role, changed, finding, label_name, parse
from tenants.registry import Tenant

GRADE_FLAG = "HIGH_RISK_GRADE"
# days on which something was done, so not yet to come
DONE_DAYS = (
    "assessedOn", "decidedOn", "listedOn", "liftedOn", "inspectedOn", "rectifiedOn", "openedOn", "closedOn",
    "removedOn", "confirmedOn",
)  # fmt: skip


def checks_for(kind: Kind, tenant: Tenant, day: date) -> tuple[Check, ...]:
    """What a publisher's records have to hold beyond their kind: its own issuer and division, nothing done tomorrow."""

    personal = next((field.name for field in kind.fields if field.role is Role.ID_NUMBER), None)

    def foreign(values: Mapping[str, Any]) -> Iterator[Finding]:
        if values.get("issuerCode", tenant.credit_code) != tenant.credit_code:
            yield finding("FOREIGN_ISSUER", "issuerCode", values["issuerCode"])
        if not tenant.governs(values.get("region", tenant.region)):
            yield finding("FOREIGN_ISSUER", "region", values.get("region", ""))
        if kind.sector is not None and kind.sector != tenant.sector:
            yield finding("FOREIGN_ISSUER", "issuerName", tenant.name)
        if tenant.is_cross_border and personal is not None:
            yield finding("CROSS_BORDER_PERSON", personal)

    def ahead(values: Mapping[str, Any]) -> Iterator[Finding]:
        for name in DONE_DAYS:
            if values.get(name, day) > day:
                yield finding("DATE_IN_FUTURE", name, values[name].isoformat())

    return foreign, ahead


def admit(record: Record, tenant: Tenant) -> Record:
    """The record with the tenant's region and name where it left them empty, and its codes named."""
    is_certificate = record.family is Family.CERTIFICATE
    return changed(
        record,
        region=record.region or tenant.region,
        issuer_code=record.issuer_code or (tenant.credit_code if is_certificate else None),
        # a printed name is believed with the issuer's code only
        issuer_name=tenant.name if is_certificate and not record.issuer_code else record.issuer_name,
        body={**record.body, **_labels(record)},
    )


def consequences(record: Record) -> Iterator[Record]:
    """Records that another one entails: a grading RED raises a flag under the same decision."""
    if record.kind != "RISK_GRADING" or record.band != "RED":
        return
    decided = record.effective_on
    flag = parse(
        BY_NAME["RISK_FLAG"],
        {
            "creditCode": record.credit_code,
            "name": record.name,
            "region": record.region,
            "category": GRADE_FLAG,
            "severity": "RED",
            "cause": "安全风险等级评定为红色（重大风险）",
            "legalBasis": record.body.get("legalBasis"),
            "decisionNumber": record.decision_number,
            "decidedOn": decided,
            "effectiveOn": decided,
            "exitConditions": "经评定机关重新评定，不再是红色等级",
        },
    )
    if flag.record is None:
        raise ValueError(f"a RED grading gave no valid flag: {[one.code for one in flag.findings]}")
    yield flag.record


def _labels(record: Record) -> Mapping[str, str]:
    """The name of each code of a code table, as printed: operationCode 1.2 -> operationName 低压电工作业."""
    return {words: labels[record.body[name]] for name, words, labels in _tables(record.kind) if name in record.body}


@cache
def _tables(kind: str) -> tuple[tuple[str, str, Mapping[str, str]], ...]:
    """The fields of a kind that hold a code of a table, where its words go, and the words."""
    fields = BY_NAME[kind].fields
    return tuple((one.name, label_name(one), one.read.labels) for one in fields if isinstance(one.read, CodeTable))
