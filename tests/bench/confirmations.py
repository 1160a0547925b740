"""Confirmations: `python -m tests.bench.confirmations COUNT` prints one line of JSON: seconds of confirmations, of the
same questions only answered, of receipts, and of Ed25519 alone over the same bytes.

Each is of another certificate, one after the other.
"""

import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from itertools import count as naturals
from itertools import islice
from typing import Any

import uvloop

from exchange.desks.recognition import question_from, recognised
from exchange.engine.asking import Asking
from exchange.engine.request import GraphQLRequest
from exchange.ledger.receipts import TYPE
from exchange.proof.receipts import Subject, claims_of
from exchange.runtime import Runtime
from exchange.settings import load
from tenants.signing import signer_of
from tests.bench.contenders import opened
from tests.bench.generate import id_number_of, is_visible
from tests.bench.statement import asking_caller

WARM = 30
REQUEST = GraphQLRequest(
    query="", operation_name=None, variables={}, extensions={}, purpose="bench", case_number="bench",
    idempotency_key=None, language="en", allow_mutation=True, request_id="bench-confirmations",
)  # fmt: skip


def _asked(first: int, count: int) -> list[dict[str, Any]]:
    """Questions about certificates the first authority may see."""
    persons = islice(filter(is_visible, naturals()), first, first + count)
    return [{"certificate_number": id_number_of(n), "host_region": "440300"} for n in persons]


async def _timed(work: Callable[[dict[str, Any]], Awaitable[Any]], asked: Iterable[dict[str, Any]]) -> float:
    begun = time.perf_counter()
    for values in asked:
        await work(values)
    return time.perf_counter() - begun


async def _signed(runtime: Runtime, asking: Asking, values: dict[str, Any], count: int) -> tuple[float, float]:
    """Seconds to make receipts, and to sign as many bytes."""
    question, number, _ = question_from(asking, values)
    made = await recognised(runtime.database.pool, asking, runtime.directory, values)
    subject = Subject(number_shown="T***", number_hash=asking.keys.join_hash("number", number), facts=made.facts)
    claims = claims_of(
        asking.keys, issuer=runtime.issuer, number="HR-20260101-00000000", asker="bench", subject=subject,
        question=question, decision=made.decision, rules=made.rules, valid_until=question.day, now=asking.now,
        status={"status_list": {"idx": 1, "uri": "https://exchange.test/status-lists/1"}},
    )  # fmt: skip
    signer, private = signer_of(asking.keys, runtime.directory), asking.keys.token_key(1)
    signed = signer.compact(claims, token_type=TYPE).rpartition(".")[0].encode()
    begun = time.perf_counter()
    for _ in range(count):
        signer.compact(claims, token_type=TYPE)
    between = time.perf_counter()
    for _ in range(count):
        private.sign(signed)
    return between - begun, time.perf_counter() - between


async def measure(count: int) -> dict[str, Any]:
    """Seconds of confirmations, of answers alone, of receipts and of signatures alone."""
    async with opened(load(os.environ), has_loops=False) as runtime:
        asking = runtime.ask(REQUEST, asking_caller(runtime))

        async def confirm(values: dict[str, Any]) -> None:
            told = await runtime.hub.recognition_confirm(asking, values)
            if told["user_errors"]:
                raise SystemExit(str(told["user_errors"]))

        async def answer(values: dict[str, Any]) -> None:
            await recognised(runtime.database.pool, asking, runtime.directory, values)

        for work in (confirm, answer):
            await _timed(work, _asked(0, WARM))
        seconds, answering = await _timed(confirm, _asked(WARM, count)), await _timed(answer, _asked(WARM, count))
        receipts, signatures = await _signed(runtime, asking, _asked(0, 1)[0], count)
        return {
            "confirmations": count, "seconds": seconds, "answers_seconds": answering, "receipts_seconds": receipts,
            "signatures_seconds": signatures,
        }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(uvloop.run(measure(int(sys.argv[1])))))
