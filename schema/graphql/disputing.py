"""异议与声明: what can be done about them. GraphQL inputs, payloads and mutations.

The next step of a dispute is a line of MUTATIONS here and a method in exchange/desks/disputes.py.
"""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.disputes import Dispute, DisputeGrounds
from schema.graphql.parts import enum, many, one, string, text

DisputeRuling = enum("DisputeRuling", "上级机关的决定", "What the superior decides", {
    "UPHELD": ("维持原记录", "The record stands"),
    "ORDERED": ("责令更正", "The source has to correct it"),
})  # fmt: skip


class DisputeOpenInput(graphene.InputObjectType):
    """A dispute."""

    class Meta:
        description = text("提出异议", "A dispute of a record.")

    record_id = graphene.ID(required=True, description=text("记录标识", "Id of the record"))
    grounds = graphene.Argument(DisputeGrounds, required=True, description=text("事由", "Why"))
    text = string("说明（仅当事各方可见，2000 字以内）", "Text, for the parties alone, 2000 characters", required=True)


class DisputeStepInput(graphene.InputObjectType):
    """A step of a dispute."""

    class Meta:
        description = text("异议的一步及理由", "A step of a dispute, and why.")

    dispute_id = graphene.ID(required=True, description=text("异议标识", "Id of the dispute"))
    reason = string("理由（必填，仅当事各方可见）", "Why; for the parties alone", required=True)


class DisputeRuleInput(graphene.InputObjectType):
    """The superior's decision."""

    class Meta:
        description = text("上级机关的决定及理由", "What the superior decides, and why.")

    dispute_id = graphene.ID(required=True, description=text("异议标识", "Id of the dispute"))
    ruling = graphene.Argument(DisputeRuling, required=True, description=text("决定", "The decision"))
    reason = string("理由（必填，仅当事各方可见）", "Why; for the parties alone", required=True)


class StatementAddInput(graphene.InputObjectType):
    """A statement."""

    class Meta:
        description = text("主体声明", "A statement beside a record.")

    record_id = graphene.ID(required=True, description=text("记录标识", "Id of the record"))
    text = string(
        "内容（500 字以内，凡能看到记录的都能看到）", "Text, 500 characters, for all who read the record", required=True
    )


class StatementWithdrawInput(graphene.InputObjectType):
    """The end of a statement."""

    class Meta:
        description = text("撤回主体声明", "Which statement is taken back.")

    record_id = graphene.ID(required=True, description=text("记录标识", "Id of the record"))


class DisputePayload(graphene.ObjectType):
    """What became of a dispute."""

    class Meta:
        description = text("异议办理结果", "What became of a dispute.")

    dispute = one(Dispute, "异议", "The dispute")
    user_errors = many(UserError, "全部问题（有问题则未办理）", "All findings; when there are any, nothing was done")


class StatementPayload(graphene.ObjectType):
    """What became of a statement."""

    class Meta:
        description = text("主体声明结果", "What became of a statement.")

    statement_id = graphene.ID(description=text("声明标识", "Id of the statement"))
    user_errors = many(UserError, "全部问题（有问题则未办理）", "All findings; when there are any, nothing was done")


def _mutation(
    payload: Any, made: Any, zh: str, en: str, *, also: tuple[str, str] = ("内容与理由", "What, and why")
) -> Any:
    return one(payload, zh, en, required=True, input=made(required=True, description=text(*also)))


MUTATIONS: Mapping[str, graphene.Field] = {
    "dispute_open": _mutation(
        DisputePayload, DisputeOpenInput,
        "对记录提出异议：企业对本企业的，机关代当事人；来源机关须在 10 个工作日内答复",
        "Dispute a record: a firm one of its own, an authority for somebody; the source has 10 working days",
    ),
    "dispute_confirm": _mutation(
        DisputePayload, DisputeStepInput,
        "维持本单位被异议的记录；应当更正的，更正或作废该记录即自动办结",
        "Confirm a record of yours that is disputed; to correct or void it closes the dispute by itself",
    ),
    "dispute_elevate": _mutation(
        DisputePayload, DisputeStepInput,
        "提请来源机关的上级机关：逾期未答复，或来源机关维持之后",
        "Call upon the superior of the source: once it is overdue, or confirmed the record",
    ),
    "dispute_rule": _mutation(
        DisputePayload, DisputeRuleInput,
        "作为上级机关决定：维持，或责令来源机关更正",
        "Decide as the superior: uphold the record, or order its correction",
    ),
    "dispute_withdraw": _mutation(
        DisputePayload, DisputeStepInput, "撤回本单位提出的异议", "Withdraw a dispute of your own"
    ),
    "statement_add": _mutation(
        StatementPayload, StatementAddInput,
        "在记录旁作出主体声明，代替先前的声明；各版本留存",
        "Say something beside a record, in place of what you said before; former versions are kept",
    ),
    "statement_withdraw": _mutation(
        StatementPayload, StatementWithdrawInput, "撤回本单位的主体声明", "Take back your statement beside a record"
    ),
}  # fmt: skip
