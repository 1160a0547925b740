"""The HTTP requests of a question for one contender, and one pass over them to compare what comes back."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from exchange.runtime import Runtime
from tests.bench.contenders import WITHOUT_GRAPHQL
from tests.bench.generate import slug_of
from tests.bench.questions import Question

Answers = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Requests that differ in path or body only."""

    method: str
    headers: dict[str, str]
    targets: tuple[tuple[str, str], ...]  # path, body

    def write(self, path: Path) -> None:
        """As the load clients read it: header lines, an empty line, then method, path and body parted by tabs."""
        lines = [f"{name}: {value}" for name, value in self.headers.items()] + [""]
        lines += [f"{self.method}\t{target}\t{body}" for target, body in self.targets]
        path.write_text("\n".join(lines) + "\n", "utf-8")


def prepare(contender: str, question: Question, runtime: Runtime) -> Prepared:
    """All requests of a question, as the contender takes them."""
    places = range(len(question.variables))
    if contender in WITHOUT_GRAPHQL:
        return Prepared(method="GET", headers={}, targets=tuple((f"/{question.name}/{index}", "") for index in places))
    token = runtime.tokens.issue(runtime.directory.clients[slug_of(0)], now=runtime.now().timestamp())
    return Prepared(
        method="POST",
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        targets=tuple(("/graphql", json.dumps(question.body(index))) for index in places),
    )


async def answers_of(
    session: aiohttp.ClientSession,
    base_url: str,
    contender: str,
    runtime: Runtime,
    asked: tuple[Question, ...],
    *,
    most: int = 50,
) -> Answers:
    """Up to `most` answers of each question. Raises ValueError for an error."""
    found: Answers = {}
    for question in (one for one in asked if contender in one.contenders):
        prepared = prepare(contender, question, runtime)
        found[question.name] = []
        for path, body in prepared.targets[:most]:
            sent = session.request(prepared.method, base_url + path, data=body or None, headers=prepared.headers)
            async with sent as response:
                answer = await response.json(content_type=None)
            if response.status != 200 or "errors" in answer:
                raise ValueError(f"{contender} {question.name}: {response.status} {answer}")
            found[question.name].append(answer)
    return found
