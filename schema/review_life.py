"""The life of a review (重点核查的办理): which step is taken in which state and by whom; fixed questions and answers.

The next step is a line of LIFE, the next question a line of QUESTIONS; tests/spec/reviews.md says the same in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """核查状态 State of a review. 超期 (overdue) is computed from the day asked, never stored."""

    RECEIVED = "待处理"
    ACCEPTED = "已受理"
    IN_REVIEW = "核查中"
    DECIDED = "已办结"
    DECLINED = "已退回"
    WITHDRAWN = "已撤回"


class Step(Enum):
    """办理步骤 What a party does about a review."""

    ACCEPTED = "受理"
    ASSIGNED = "分办"
    HANDED_OVER = "移交"
    REMINDED = "催办"
    INFORMATION_REQUESTED = "请来源单位补充情况"
    INFORMATION_GIVEN = "答复"
    EVIDENCE_ATTACHED = "附材料"
    DECLINED = "退回"
    DECIDED = "办结"
    CORRECTED = "更正结论"


class Party(Enum):
    """在一项核查中的身份 What an authority is to a review."""

    REVIEWER = "承办单位"
    SOURCE = "来源单位"
    SUPERIOR = "上级单位"


class Decision(Enum):
    """核查结论 What a reviewing authority decides."""

    MAINTAINED = "维持"
    STRENGTHENED = "加强监管"
    SUSPENDED = "暂停办理"
    REFUSED = "不予许可"
    DISMISSED = "排除"


OPEN = (State.RECEIVED, State.ACCEPTED, State.IN_REVIEW)
_WORKED_ON = (State.ACCEPTED, State.IN_REVIEW)


@dataclass(frozen=True, kw_only=True)
class Line:
    """Who takes a step, in which states, and the state after it (none: unchanged).

    `unfit` is the code for an open review in another state.
    """

    parties: frozenset[Party]
    states: tuple[State, ...]
    after: State | None = None
    unfit: str = "REVIEW_CLOSED"


def _line(*parties: Party, states: tuple[State, ...], after: State | None = None, unfit: str = "REVIEW_CLOSED") -> Line:
    return Line(parties=frozenset(parties), states=states, after=after, unfit=unfit)


LIFE: Mapping[Step, Line] = {
    Step.ACCEPTED: _line(Party.REVIEWER, states=(State.RECEIVED,), after=State.ACCEPTED, unfit="ALREADY_ACCEPTED"),
    Step.ASSIGNED: _line(Party.REVIEWER, states=_WORKED_ON, after=State.IN_REVIEW, unfit="NOT_YET_ACCEPTED"),
    Step.HANDED_OVER: _line(Party.REVIEWER, states=OPEN, after=State.DECLINED),
    Step.REMINDED: _line(Party.SOURCE, Party.SUPERIOR, states=OPEN),
    Step.INFORMATION_REQUESTED: _line(
        Party.REVIEWER, states=_WORKED_ON, after=State.IN_REVIEW, unfit="NOT_YET_ACCEPTED"
    ),
    Step.INFORMATION_GIVEN: _line(Party.SOURCE, states=OPEN),
    Step.EVIDENCE_ATTACHED: _line(Party.REVIEWER, Party.SOURCE, states=OPEN),
    Step.DECLINED: _line(Party.REVIEWER, states=OPEN, after=State.DECLINED),
    Step.DECIDED: _line(Party.REVIEWER, states=OPEN, after=State.DECIDED),
    Step.CORRECTED: _line(Party.REVIEWER, states=(State.DECIDED,), unfit="NOT_YET_DECIDED"),
}


def refusal_of(step: Step, state: State) -> str | None:
    """The code by which a step is refused in a state; None where it may be taken."""
    line = LIFE[step]
    if state in line.states:
        return None
    if state is State.DECIDED:
        return "ALREADY_DECIDED"
    return line.unfit if state in OPEN else "REVIEW_CLOSED"


def state_after(step: Step, state: State) -> State:
    """The state a step leads to, from one in which it may be taken."""
    return LIFE[step].after or state


def is_withdrawn_by_lifting(state: State) -> bool:
    """Whether the end of its cause ends the review; a decided one is only told (trigger review_withdrawn)."""
    return state in OPEN


class Answer(Enum):
    """固定答复 What a source can answer."""

    YES = "是"
    NO = "否"
    PARTLY = "部分"
    IN_PROGRESS = "正在办理"
    NOT_KNOWN = "不掌握"
    ATTACHED = "已附材料"
    NOT_TO_BE_GIVEN = "依法不能提供"


_FACT = (Answer.YES, Answer.NO, Answer.NOT_KNOWN)


class Question(Enum):
    """固定问题 What a reviewing authority asks the source."""

    IS_RECTIFIED = "是否已整改完成"
    IS_IN_FORCE = "处罚或处理是否仍然有效"
    DECISION_DOCUMENT = "决定书可否提供"
    HAS_CAUSE_ENDED = "列入或处理的原因是否已解除"
    IS_CONTESTED = "是否正在复议或诉讼"
    IS_SAME_SUBJECT = "是否为同一企业或人员"
    IS_EXECUTED = "处罚是否已履行完毕"
    HAS_PASSED_REINSPECTION = "复查是否合格"
    WAS_ACCIDENT = "是否涉及生产安全事故"


QUESTIONS: Mapping[Question, tuple[Answer, ...]] = {
    Question.IS_RECTIFIED: (Answer.YES, Answer.PARTLY, Answer.NO, Answer.NOT_KNOWN),
    Question.IS_IN_FORCE: _FACT,
    Question.DECISION_DOCUMENT: (Answer.ATTACHED, Answer.IN_PROGRESS, Answer.NOT_TO_BE_GIVEN),
    Question.HAS_CAUSE_ENDED: (Answer.YES, Answer.IN_PROGRESS, Answer.NO),
    Question.IS_CONTESTED: _FACT,
    Question.IS_SAME_SUBJECT: _FACT,
    Question.IS_EXECUTED: (Answer.YES, Answer.PARTLY, Answer.NO, Answer.NOT_KNOWN),
    Question.HAS_PASSED_REINSPECTION: (Answer.YES, Answer.IN_PROGRESS, Answer.NO),
    Question.WAS_ACCIDENT: (Answer.YES, Answer.IN_PROGRESS, Answer.NO),
}
