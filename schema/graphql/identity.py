"""Who is who: verdicts over two ids, corrections of a wrong ID number. GraphQL types, inputs and payloads.

The next mutation about identity is an input and a payload here and a line of MUTATIONS; its method is in
exchange/desks/identity.py.
"""

from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.enums import Outcome
from schema.graphql.parts import day, many, one, string, text
from schema.graphql.verdicts import IdentityVerdict


class PersonVerdictInput(graphene.InputObjectType):
    """A verdict over two ids."""

    class Meta:
        description = text("身份认定", "A verdict whether two ids are the same person.")

    person_id = graphene.ID(required=True, description=text("人员标识", "Id of a person"))
    other_person_id = graphene.ID(required=True, description=text("另一人员标识", "Id of the other"))
    verdict = graphene.Argument(IdentityVerdict, required=True, description=text("认定结果", "The verdict"))
    reason = string("认定理由（必填）", "Reason", required=True)
    decided_on = day("认定日期（默认今天）", "Decided on; today by default")
    decided_by = string("经办人姓名或工号", "Who decided, a name or staff number")


class PersonVerdictPayload(graphene.ObjectType):
    """What became of a verdict."""

    class Meta:
        description = text("身份认定结果", "What became of a verdict.")

    verdict_id = graphene.ID(description=text("认定标识", "Id of the verdict"))
    outcome = graphene.Field(Outcome, description=text("结果", "What was done"))
    user_errors = many(UserError, "输入中的问题", "What is wrong with the input")


class PersonCorrectInput(graphene.InputObjectType):
    """A wrong ID number and the right one."""

    class Meta:
        description = text(
            "证件号码更正：本单位在原号码下的全部记录一并更正",
            "A wrong ID number and the right one: all your records under it are corrected together.",
        )

    previous_id_number = string("原（错误的）公民身份号码", "The wrong citizen ID number", required=True)
    id_number = string("正确的公民身份号码", "The right one", required=True)
    name = string("姓名（也有误时填写）", "The right name, if that was wrong too")
    reason = string("更正理由（必填）", "Why", required=True)


class PersonCorrectPayload(graphene.ObjectType):
    """What was corrected."""

    class Meta:
        description = text("证件号码更正结果", "What was corrected.")

    person_id = graphene.ID(description=text("更正后的人员标识", "Id of the right person"))
    record_ids = many(graphene.ID, "已更正的记录", "Records that were corrected")
    user_errors = many(UserError, "输入中的问题", "What is wrong with the input")


MUTATIONS: dict[str, Any] = {
    "person_verdict": one(
        PersonVerdictPayload,
        "认定两个人员标识为同一人（合并）、为两人（拆分，或疑似重复不成立）。个人信息操作：须有事由与办件编号",
        "Say that two ids are one person (merge) or two (split, or no duplicate). Personal: needs a purpose and a case",
        required=True,
        input=PersonVerdictInput(required=True, description=text("认定内容", "The verdict")),
    ),
    "person_correct": one(
        PersonCorrectPayload,
        "更正本单位记录中错误的证件号码。个人信息操作：须有事由与办件编号",
        "Correct a wrong ID number in your records. Personal: needs a purpose and a case",
        required=True,
        input=PersonCorrectInput(required=True, description=text("更正内容", "The numbers and why")),
    ),
}
