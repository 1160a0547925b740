"""Hub methods about reviews: every step of their life. A method per mutation of schema/graphql/review_steps.py.

What a step does is in reviews.py and handing_over.py; which step fits when, in schema/review_life.py.
"""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from exchange import handing_over, reviews
from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.engine.mixed import Ref
from exchange.reviews import Move, words_of
from exchange.stream import Signal
from exchange.user_errors import raise_beyond_input, refusal_error
from schema.errors import Refusal
from schema.review_life import Step
from tenants.caller import DirectorySource
from tenants.session import acting, unavailable

EVIDENCE_LIMIT = 1_048_576
EVIDENCE_TYPES = frozenset({
    "application/pdf", "image/jpeg", "image/png", "text/plain",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
})  # fmt: skip
_NAME_LIMIT = 200
_ACCOUNT_LIMIT = 64
_Work = Callable[[Any, Move], Awaitable[None]]


class Reviewing:
    """The part of the hub that works on reviews."""

    _pool: Any
    _hub_pool: Any
    _source: DirectorySource
    _signal: Signal

    async def review_accept(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Accept an own review."""
        move = _move(asking, input, Step.ACCEPTED)
        sealed: dict[str, Any] = {
            "is_sealed": input.get("is_sealed"),
            "seal_reason": words_of(input.get("seal_reason")),
        }
        return await self._take(asking, move, partial(reviews.accept, **sealed))

    async def review_assign(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Assign an own review to an officer."""
        move, assignee = _move(asking, input, Step.ASSIGNED), words_of(input["assignee"])
        if assignee is None or len(assignee) > _ACCOUNT_LIMIT:
            return _refused(Refusal("BAD_INPUT", field=("input", "assignee"), detail=f"assignee 1-{_ACCOUNT_LIMIT}"))
        return await self._take(asking, move, partial(reviews.assign, assignee=assignee))

    async def review_hand_over(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Hand an own review over to another authority of the place."""
        move = _move(asking, input, Step.HANDED_OVER)
        if move.words is None:
            return _refused(Refusal("REASON_REQUIRED", field=("input", "text")))
        slug = input["authority_id"]
        return await self._take(asking, move, partial(self._hand_over, asking, slug, uuid.uuid4()))

    async def _hand_over(self, asking: Asking, slug: str, new_id: uuid.UUID, connection: Any, move: Move) -> None:
        review = await reviews.look_up(connection, move)
        with unavailable():
            async with self._hub_pool.acquire() as hub, hub.transaction():
                receiver = handing_over.receiver_of(
                    self._source.directory, slug, owner_id=review["owner_id"], source_id=review["cause_owner_id"],
                    place=await handing_over.place_of(hub, move), day=asking.day,
                )  # fmt: skip
                await handing_over.hand_over(hub, move, receiver, new_id=new_id)

    async def review_remind(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Remind the reviewing authority."""
        move = _move(asking, input, Step.REMINDED)
        return await self._take(asking, move, reviews.remind)

    async def review_request_information(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the authority whose record caused it."""
        move, question = _move(asking, input, Step.INFORMATION_REQUESTED), str(plain(input["question"]))
        return await self._take(asking, move, partial(reviews.request_information, question=question))

    async def review_give_information(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Answer what one was asked."""
        move, answer = _move(asking, input, Step.INFORMATION_GIVEN), str(plain(input["answer"]))
        request_id = read_id(input["request_id"], asking.keys)
        give = partial(reviews.give_information, request_id=request_id, answer=answer)
        return await self._take(asking, move, give)

    async def review_attach_evidence(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Attach a file."""
        move = _move(asking, input, Step.EVIDENCE_ATTACHED)
        try:
            name, content = _evidence(input)
        except Refusal as refusal:
            return _refused(refusal)
        attach = partial(reviews.attach, name=name, media_type=input["media_type"], content=content)
        return await self._take(asking, move, attach)

    async def review_decline(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Decline an own review."""
        move, reason = _move(asking, input, Step.DECLINED), str(plain(input["reason"]))
        return await self._take(asking, move, partial(reviews.decline, reason=reason))

    async def review_decide(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Decide an own review."""
        officer = input.get("officer") or input.get("decided_by")
        values = {**input, "outcome": plain(input["outcome"]), "decided_by": officer}
        on = input.get("decided_on") or asking.day
        move = _move(asking, input, Step.DECIDED, words=input["reason"], operator=officer, day=on)
        problems = reviews.check_decision(values["outcome"], values["reason"], values.get("legal_basis"))
        if on > asking.day:
            problems.append(Refusal("DATE_IN_FUTURE", field=("input", "decidedOn")))
        if problems:
            return _refused(*problems)
        sealed: dict[str, Any] = {
            "is_sealed": input.get("is_sealed"),
            "seal_reason": words_of(input.get("seal_reason")),
        }
        return await self._take(asking, move, partial(reviews.decide, values=values, **sealed))

    async def review_correct_decision(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Correct the decision of an own review."""
        values = {**input, "outcome": plain(input["outcome"])}
        move = _move(asking, input, Step.CORRECTED, words=input["correction_reason"])
        problems = reviews.check_decision(values["outcome"], values["reason"], values.get("legal_basis"))
        if move.words is None:
            problems.append(Refusal("REASON_REQUIRED", field=("input", "correctionReason")))
        if problems:
            return _refused(*problems)
        return await self._take(asking, move, partial(reviews.correct, values=values))

    async def _take(self, asking: Asking, move: Move, work: _Work) -> dict[str, Any]:
        try:
            async with acting(self._pool, asking.caller) as connection:
                await reviews.one_at_a_time(connection, move)
                words = await reviews.concealed_words(connection, move, move.words)
                await work(connection, replace(move, words=words))
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return _refused(refusal)
        self._signal.committed()
        return {"review": Ref(move.review_id), "step": Ref(move.step_id), "user_errors": []}


def _move(asking: Asking, values: Mapping[str, Any], step: Step, **changed: Any) -> Move:
    """The step as its taker sends it. Raises Refusal FORBIDDEN."""
    asking.caller.require("review.decide")
    return Move(
        step=step,
        step_id=uuid.uuid4(),
        review_id=read_id(values["review_id"], asking.keys),
        expected_version=values["expected_version"],
        tenant_id=asking.caller.tenant.tenant_id,
        operator=words_of(changed.get("operator") or values.get("officer")) or asking.caller.client_id,
        day=changed.get("day") or asking.day,
        words=words_of(changed.get("words") or values.get("text")),
    )


def _refused(*refusals: Refusal) -> dict[str, Any]:
    return {"user_errors": [refusal_error(one) for one in refusals]}


def _evidence(values: Mapping[str, Any]) -> tuple[str, bytes]:
    """Name and content of a file, checked against its digest. Raises Refusal."""
    name = words_of(values["name"])
    if name is None or len(name) > _NAME_LIMIT or not name.isprintable() or "/" in name or "\\" in name:
        raise Refusal("BAD_INPUT", field=("input", "name"), detail=f"name 1-{_NAME_LIMIT}")
    if values["media_type"] not in EVIDENCE_TYPES:
        raise Refusal("EVIDENCE_TYPE", field=("input", "mediaType"), types=" ".join(sorted(EVIDENCE_TYPES)))
    try:
        content = base64.b64decode(values["content"], validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("BAD_INPUT", field=("input", "content"), detail="content base64") from None
    if not 0 < len(content) <= EVIDENCE_LIMIT:
        raise Refusal("PAYLOAD_TOO_LARGE", field=("input", "content"), limit="1 MiB")
    if len(content) != values["size"] or hashlib.sha256(content).hexdigest() != values["sha256"].lower():
        raise Refusal("EVIDENCE_DAMAGED", field=("input", "sha256"))
    return name, content
