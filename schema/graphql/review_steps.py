"""Steps of a review as mutations: inputs and the lines of MUTATIONS.

The next step is an input and a line here; its method is in exchange/desks/reviews.py, who may take it and when, in
schema/review_life.py.
"""

from collections.abc import Mapping

import graphene

from schema.graphql.answers import ReviewPayload
from schema.graphql.enums import ReviewOutcome
from schema.graphql.parts import day, integer, one, string, text
from schema.graphql.review_thread import DeclineChoice, ReviewAnswer, ReviewQuestion


def _review() -> graphene.ID:
    return graphene.ID(required=True, description=text("核查标识", "Id of the review"))


def _version() -> graphene.Int:
    return integer("读取时的版本号", "Version as you read it", required=True)


def _officer() -> graphene.String:
    return string("经办人姓名或工号（默认客户端标识）", "Officer, a name or staff number; else the client's id")


def _words(*, required: bool = False) -> graphene.String:
    return string("说明（必填）" if required else "说明", "In words", required=required)


def _sealed() -> dict[str, graphene.Scalar]:
    return {
        "is_sealed": graphene.Boolean(
            description=text("对所涉企业保密（须写明理由）", "Keep it from the firm concerned; needs a reason")
        ),
        "seal_reason": string("保密理由", "Why it is sealed"),
    }


def _input(name: str, zh: str, en: str, /, **fields: graphene.Scalar) -> type[graphene.InputObjectType]:
    meta = type("Meta", (), {"name": name, "description": text(zh, en)})
    common = {"review_id": _review(), **fields, "expected_version": _version()}
    made: type[graphene.InputObjectType] = type(name, (graphene.InputObjectType,), {"Meta": meta, **common})
    return made


def _outcome() -> dict[str, graphene.Scalar]:
    return {
        "outcome": graphene.Argument(ReviewOutcome, required=True, description=text("结论", "Outcome")),
        "reason": string("理由（必填）", "Reason", required=True),
        "legal_basis": string("法律依据（暂停办理、不予许可时必填）", "Legal basis, needed for SUSPENDED and REFUSED"),
    }


_ACCEPT = _input(
    "ReviewAcceptInput", "受理", "The acceptance of a review.", officer=_officer(), text=_words(), **_sealed()
)
_ASSIGN = _input(
    "ReviewAssignInput", "分办", "Who is to do a review.", officer=_officer(), text=_words(),
    assignee=string("经办人账号（本单位）", "Account of an officer of your own", required=True),
)  # fmt: skip
_HAND_OVER = _input(
    "ReviewHandOverInput", "移交", "To whom a review is handed over.", officer=_officer(), text=_words(required=True),
    authority_id=graphene.ID(required=True, description=text("接收单位标识", "Id of the authority that takes over")),
)  # fmt: skip
_REMIND = _input("ReviewRemindInput", "催办", "A reminder.", officer=_officer(), text=_words())
_REQUEST = _input(
    "ReviewRequestInformationInput", "请补充情况", "A question to the source.", officer=_officer(), text=_words(),
    question=graphene.Argument(ReviewQuestion, required=True, description=text("所提问题", "The question")),
)  # fmt: skip
_GIVE = _input(
    "ReviewGiveInformationInput", "答复", "An answer of the source.", officer=_officer(), text=_words(),
    request_id=graphene.ID(required=True, description=text("提问步骤的标识", "Id of the step that asked")),
    answer=graphene.Argument(ReviewAnswer, required=True, description=text("答复", "The answer")),
)  # fmt: skip
_ATTACH = _input(
    "ReviewAttachEvidenceInput", "附材料", "A file for the thread.", officer=_officer(), text=_words(),
    name=string("文件名", "File name", required=True),
    media_type=string("类型，如 application/pdf", "Media type such as application/pdf", required=True),
    size=integer("字节数，至多 1 MiB", "Bytes, at most 1 MiB", required=True),
    sha256=string("SHA-256（十六进制）", "SHA-256, hexadecimal", required=True),
    content=string("内容（Base64）", "Content in Base64", required=True),
)  # fmt: skip
_DECLINE = _input(
    "ReviewDeclineInput", "退回", "The declining of a review.", officer=_officer(), text=_words(),
    reason=graphene.Argument(DeclineChoice, required=True, description=text("退回理由", "Why")),
)  # fmt: skip
_DECIDE = _input(
    "ReviewDecideInput", "核查办结", "The decision of a review.", **_outcome(),
    decided_on=day("办结日期（默认今天）", "Decided on; today by default"),
    officer=_officer(),
    decided_by=graphene.InputField(
        graphene.String, description=text("经办人姓名或工号", "Who decided, a name or staff number"),
        deprecation_reason="officer",
    ),
    **_sealed(),
)  # fmt: skip
_CORRECT = _input(
    "ReviewCorrectDecisionInput", "更正结论", "The correction of a decision.", officer=_officer(), **_outcome(),
    correction_reason=string("更正理由（必填）", "Why it is corrected", required=True),
)  # fmt: skip


def _step(made: type[graphene.InputObjectType], zh: str, en: str) -> graphene.Field:
    argument = made(required=True, description=text("办理内容", "The step"))
    return one(ReviewPayload, zh, en, required=True, input=argument)


MUTATIONS: Mapping[str, graphene.Field] = {
    "review_accept": _step(_ACCEPT, "受理一项重点核查", "Accept a review"),
    "review_assign": _step(_ASSIGN, "分办：交由本单位经办人", "Assign a review to an officer of your own"),
    "review_hand_over": _step(
        _HAND_OVER,
        "移交给管辖所涉地点的另一单位：本项以 HANDED_OVER 退回，那里另开一项，办理过程相连",
        "Hand a review over to another authority of the place: it ends here and goes on there, in one thread",
    ),
    "review_remind": _step(_REMIND, "催办（来源单位、超期后的上级单位）", "Remind the reviewing authority"),
    "review_request_information": _step(_REQUEST, "向来源单位提问", "Ask the authority whose record caused it"),
    "review_give_information": _step(
        _GIVE, "答复承办单位的提问（来源单位）", "Answer a question of the reviewing authority"
    ),
    "review_attach_evidence": _step(_ATTACH, "附材料（承办、来源单位）", "Attach a file"),
    "review_decline": _step(_DECLINE, "退回不应由本单位办理的核查", "Decline a review that is not yours to do"),
    "review_decide": _step(_DECIDE, "办结一项重点核查", "Decide a review"),
    "review_correct_decision": _step(
        _CORRECT,
        "更正本单位的核查结论：原结论留在办理过程中，收到过的各方再次获知",
        "Correct your decision: the former one stays in the thread, all who heard of it are told again",
    ),
}
