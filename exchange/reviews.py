"""What a step of a review (重点核查) does. Two officers at once end in one step and a clear message for the other.

Which step fits is said by schema/review_life.py; the next step is a line there, a function here and a statement in
sql/reviews.sql. Events and the hub's own steps come from the triggers of migrations/0019_review_life.sql.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from exchange.publishing.concealing import concealed_of_review
from exchange.statements import statements
from schema.errors import Refusal
from schema.fields import conceal
from schema.review_life import LIFE, QUESTIONS, Answer, Party, Question, State, Step, refusal_of

_SQL = statements("reviews")
RESTRICTING = ("SUSPENDED", "REFUSED")
MOST_FILES = 20  # of a thread


@dataclass(frozen=True, kw_only=True)
class Move:
    """A step somebody takes: who (tenant and officer), on which review as it was read, on which day, in which words."""

    step: Step
    step_id: uuid.UUID
    review_id: uuid.UUID
    expected_version: int
    tenant_id: int
    operator: str
    day: date
    words: str | None = None


def words_of(text: str | None) -> str | None:
    """Free text as it is kept: without ID numbers, none where it says nothing."""
    return conceal((text or "").strip()) or None


def parties_of(review: Mapping[str, Any], tenant_id: int) -> frozenset[Party]:
    """What an authority is to a review it sees."""
    columns = ((Party.REVIEWER, "owner_id"), (Party.SOURCE, "cause_owner_id"), (Party.SUPERIOR, "superior_id"))
    return frozenset(party for party, column in columns if review[column] == tenant_id)


async def concealed_words(connection: Any, move: Move, text: str | None) -> str | None:
    """Free text as it is kept: without ID numbers and without the name of the person the review is about."""
    words = words_of(text)
    return words and await concealed_of_review(connection, words, move.review_id)


async def one_at_a_time(connection: Any, move: Move) -> None:
    """Until the end of the transaction nobody else takes a step of it: what one adds, the next one has to see."""
    await connection.execute(_SQL["one_at_a_time"], move.review_id)


async def look_up(connection: Any, move: Move) -> Mapping[str, Any]:
    """The review, if the step may be taken now. Raises Refusal: NOT_FOUND, NOT_YOUR_STEP, VERSION_CONFLICT …"""
    review: Mapping[str, Any] | None = await connection.fetchrow(_SQL["find"], move.review_id)
    if review is None:
        raise Refusal("NOT_FOUND", field=("input", "reviewId"))
    line = LIFE[move.step]
    if not line.parties & parties_of(review, move.tenant_id):
        who = "、".join(party.value for party in Party if party in line.parties)
        raise Refusal("NOT_YOUR_STEP", field=("input", "reviewId"), step=move.step.value, who=who)
    code = refusal_of(move.step, State[review["state"]])
    if code is not None:
        state = State[review["state"]]
        raise Refusal(code, field=("input", "reviewId"), state=state.value, state_en=state.name, step=move.step.value)
    if review["version"] != move.expected_version:
        raise Refusal("VERSION_CONFLICT", field=("input", "expectedVersion"), version=review["version"])
    return review


async def _moved(connection: Any, move: Move, statement: str, *values: Any) -> None:
    """Change the review by a statement; who comes second learns what the first did."""
    key = (move.review_id, move.tenant_id, move.expected_version)
    if await connection.fetchval(statement, *key, *values) is None:
        await look_up(connection, move)
        raise Refusal("NOT_FOUND", field=("input", "reviewId"))


async def keep_step(connection: Any, move: Move, *, moved: bool, **codes: Any) -> None:
    """Keep a step in the thread; `moved` says whether the review has a new version by it."""
    columns = (
        "assigned_to", "decline_reason", "outcome", "legal_basis", "former_outcome", "former_reason", "former_basis",
        "question", "answer", "request_id",
    )  # fmt: skip
    kept = await connection.fetchval(
        _SQL["keep_step"], move.step_id, move.review_id, move.expected_version + moved, move.tenant_id, move.operator,
        move.step.name, move.day, move.words, *(codes.get(name) for name in columns),
    )  # fmt: skip
    if kept is None:
        await look_up(connection, move)
        raise Refusal("NOT_FOUND", field=("input", "reviewId"))


async def accept(connection: Any, move: Move, *, is_sealed: bool | None, seal_reason: str | None) -> None:
    """受理. Sealed, the firm concerned does not see the review; one that came sealed stays so unless it is said."""
    check_seal(is_sealed, seal_reason)
    await look_up(connection, move)
    why = await concealed_words(connection, move, seal_reason) if is_sealed else None
    await _moved(connection, move, _SQL["accept"], move.day, is_sealed, why)
    await keep_step(connection, move, moved=True)


async def assign(connection: Any, move: Move, *, assignee: str) -> None:
    """分办 to an officer's account of the reviewing authority; again where another shall do it."""
    await look_up(connection, move)
    await _moved(connection, move, _SQL["work"], assignee)
    await keep_step(connection, move, moved=True, assigned_to=assignee)


async def remind(connection: Any, move: Move) -> None:
    """催办, by the source or the superior authority."""
    await look_up(connection, move)
    await keep_step(connection, move, moved=False)


async def request_information(connection: Any, move: Move, *, question: str) -> None:
    """Ask the source one of the fixed questions."""
    await look_up(connection, move)
    await _moved(connection, move, _SQL["work"], None)
    await keep_step(connection, move, moved=True, question=question)


async def give_information(connection: Any, move: Move, *, request_id: uuid.UUID, answer: str) -> None:
    """Answer a question, once. Raises Refusal NOT_FOUND, ANSWER_UNFIT or ALREADY_ANSWERED too."""
    review = await look_up(connection, move)
    asked = await connection.fetchrow(_SQL["find_request"], review["thread_id"], request_id)
    if asked is None:
        raise Refusal("NOT_FOUND", field=("input", "requestId"))
    answers = QUESTIONS[Question[asked["question"]]]
    if Answer[answer] not in answers:
        fitting = " ".join(one.name for one in answers)
        raise Refusal("ANSWER_UNFIT", field=("input", "answer"), question=asked["question"], answers=fitting)
    if asked["is_answered"]:
        raise Refusal("ALREADY_ANSWERED", field=("input", "requestId"))
    codes = {"question": asked["question"], "answer": answer, "request_id": request_id}
    try:
        async with connection.transaction():
            await keep_step(connection, move, moved=False, **codes)
    except asyncpg.UniqueViolationError:
        raise Refusal("ALREADY_ANSWERED", field=("input", "requestId")) from None


async def attach(connection: Any, move: Move, *, name: str, media_type: str, content: bytes) -> None:
    """Attach a file to the thread. Raises Refusal EVIDENCE_FULL too."""
    await look_up(connection, move)
    await keep_step(connection, move, moved=False)
    title = await concealed_words(connection, move, name)
    file = (move.step_id, move.review_id, move.tenant_id, title, media_type, content, MOST_FILES)
    if await connection.fetchval(_SQL["attach"], *file) is None:
        raise Refusal("EVIDENCE_FULL", field=("input", "content"), most=MOST_FILES)


async def decline(connection: Any, move: Move, *, reason: str) -> None:
    """退回: not this authority's to review."""
    if reason == "OTHER" and move.words is None:
        raise Refusal("REASON_REQUIRED", field=("input", "text"))
    await look_up(connection, move)
    await _moved(connection, move, _SQL["decline"], move.day, reason)
    await keep_step(connection, move, moved=True, decline_reason=reason)


def check_decision(outcome: str, reason: str, legal_basis: str | None) -> list[Refusal]:
    """What is missing in a decision: a reason always, a legal basis where it restricts somebody."""
    found = []
    if not reason.strip():
        found.append(Refusal("REASON_REQUIRED", field=("input", "reason")))
    if outcome in RESTRICTING and not (legal_basis or "").strip():
        found.append(Refusal("DECISION_BASIS_REQUIRED", field=("input", "legalBasis")))
    return found


def check_seal(is_sealed: bool | None, seal_reason: str | None) -> None:
    """A review is sealed only with a reason. Raises Refusal."""
    if is_sealed and seal_reason is None:
        raise Refusal("REASON_REQUIRED", field=("input", "sealReason"))


async def decide(
    connection: Any, move: Move, values: Mapping[str, Any], *, is_sealed: bool | None, seal_reason: str | None
) -> None:
    """办结 with a reason. `values` has outcome, reason, legal_basis, decided_by."""
    check_seal(is_sealed, seal_reason)
    review = await look_up(connection, move)
    if move.day < review["opened_on"]:
        raise Refusal("VALUES_CONTRADICT", field=("input", "decidedOn"), other="openedOn")
    basis, why = [await concealed_words(connection, move, text) for text in (values.get("legal_basis"), seal_reason)]
    decision = (values["outcome"], move.words, basis, move.day, words_of(values.get("decided_by")), is_sealed, why)
    await _moved(connection, move, _SQL["decide"], *decision)
    await keep_step(connection, move, moved=True, outcome=values["outcome"], legal_basis=basis)


async def correct(connection: Any, move: Move, values: Mapping[str, Any]) -> None:
    """更正结论: what was decided stays in the thread. `values` has outcome, reason, legal_basis; the words say why."""
    former = await look_up(connection, move)
    texts = [await concealed_words(connection, move, values.get(name)) for name in ("reason", "legal_basis")]
    decision = (values["outcome"], *texts)
    if decision == (former["outcome"], former["decision_reason"], former["legal_basis"]):
        raise Refusal("NOTHING_CORRECTED", field=("input", "outcome"))
    await _moved(connection, move, _SQL["correct"], *decision, move.day)
    await keep_step(
        connection, move, moved=True, outcome=decision[0], legal_basis=decision[2], former_outcome=former["outcome"],
        former_reason=former["decision_reason"], former_basis=former["legal_basis"],
    )  # fmt: skip
