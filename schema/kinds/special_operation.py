"""特种作业操作证: special operators, valid nation-wide, good only while the review between the end dates is done.

Categories and items of work are data: schema/codes/special_operations.csv.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from schema.fields import CodeTable, day, mask_certificate_number, special_operation_number
from schema.kinds.parts import (
    CERTIFICATE_CHECKS,
    CERTIFICATE_FIELDS,
    CREDIT_CODE,
    GENDER,
    ID_NUMBER,
    NUMBER,
    PERSON_NAME,
    SIXTY_DAYS,
    in_order,
)
from schema.record import Audience, Family, Field, Finding, Kind, Role, Tier, finding

CATEGORIES = CodeTable("special_operations.csv", "category_code", "category")
OPERATIONS = CodeTable("special_operations.csv", "code", "operation")


def _number_holds_id(values: Mapping[str, Any]) -> Iterable[Finding]:
    number, id_number = values.get("number"), values.get("idNumber")
    if number and id_number and number != f"T{id_number}":
        yield finding("CERTIFICATE_NUMBER_INVALID", "number", mask_certificate_number(number))


def _operation_in_category(values: Mapping[str, Any]) -> Iterable[Finding]:
    category, operation = values.get("categoryCode"), values.get("operationCode")
    if category and operation and operation.split(".")[0] != category:
        known = f"{CATEGORIES.labels[category]}的操作项目"
        yield finding("VALUE_NOT_IN_TABLE", "operationCode", operation, known=known)


def _complete(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The national query site prints neither: both follow from what it prints."""
    completed: dict[str, Any] = {}
    if "number" in values:
        completed["idNumber"] = values["number"][1:]
    if "operationCode" in values:
        completed["categoryCode"] = values["operationCode"].split(".")[0]
    return completed


SPECIAL_OPERATION = Kind(
    name="SPECIAL_OPERATION",
    zh="特种作业操作证",
    en="Special operation certificate",
    family=Family.CERTIFICATE,
    audience=Audience.SUBJECT,
    fields=(
        replace(NUMBER, read=special_operation_number, tier=Tier.SENSITIVE, sample="T990000198506150010"),
        PERSON_NAME,
        replace(ID_NUMBER, is_required=False),
        GENDER,
        Field(
            name="categoryCode", zh="作业类别", en="Category of work", read=CATEGORIES, headers=("作业类别代码",),
            sample="电工作业",
        ),
        Field(
            name="operationCode", zh="操作项目", en="Item of work", read=OPERATIONS, is_required=True,
            headers=("准操项目", "操作项目代码", "作业项目"), sample="低压电工作业",
        ),
        replace(CREDIT_CODE, is_required=False),
        *CERTIFICATE_FIELDS,
        Field(
            name="reviewDueOn", zh="应复审日期", en="Review due on", read=day, role=Role.REVIEW_DUE_ON,
            is_required=True, graphql="Date", headers=("复审日期", "应复审时间"), sample="2029-02-28",
        ),
        Field(
            name="reviewedOn", zh="实际复审日期", en="Reviewed on", read=day, role=Role.REVIEWED_ON, graphql="Date",
            headers=("实际复审时间",),
        ),
    ),
    identity=("number", "operationCode"),
    basis="《安全生产法》第三十条；《特种作业人员安全技术培训考核管理规定》：有效期六年，每三年复审，全国通用（条款待核）；"
    "电子证照 C 0210-2021",
    checks=(
        *CERTIFICATE_CHECKS,
        in_order("validFrom", "reviewDueOn"),
        in_order("firstIssuedOn", "reviewedOn"),
        _number_holds_id,
        _operation_in_category,
    ),
    number_is_personal=True,
    complete=_complete,
    sector="EMERGENCY",
    type_name="Certificate",
    end_event="credential.expired",
    review_event="credential.reviewLapsed",
    reminders=SIXTY_DAYS,
    review_reminders=SIXTY_DAYS,
)  # fmt: skip
