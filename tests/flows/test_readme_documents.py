"""The GraphQL documents of README and handbook run as they stand, in order, each with what those before it gave."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from exchange.runtime import Runtime
from schema.fields import CHINA
from tests.flows.scratch import answered, quiet_hub

NOON = datetime(2026, 11, 24, 12, tzinfo=CHINA)
HOUSE = Path(__file__).parents[2]
CHAPTERS = [HOUSE / "README.md", *sorted((HOUSE / "exchange" / "handbook").glob("*.md"))]
DOCUMENTS = "\n".join(chapter.read_text("utf-8") for chapter in CHAPTERS)
BLOCKS = re.findall(r"^```graphql\n(.*?)^```$", DOCUMENTS, re.DOTALL | re.MULTILINE)


def operations() -> list[tuple[str, OperationDefinitionNode]]:
    """Every operation with the tenant that sends it."""
    found = []
    for block in BLOCKS:
        for slug, document in re.findall(r"^# (\S+)\n(.*?)(?=^# |\Z)", block, re.DOTALL | re.MULTILINE):
            found += [(slug, one) for one in parse(document).definitions if isinstance(one, OperationDefinitionNode)]
    return found


def kept(value: Any, into: dict[str, Any]) -> None:
    """What an answer gives, by the names it gives it; of a list the last."""
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list):
            kept(inner, into)
        elif isinstance(name, str):
            into[name] = inner


def faults(value: Any) -> list[Any]:
    """Everything under `userErrors`."""
    if isinstance(value, list):
        return [fault for inner in value for fault in faults(inner)]
    if not isinstance(value, dict):
        return []
    return [*value.get("userErrors", []), *(fault for inner in value.values() for fault in faults(inner))]


async def test_every_document_is_answered_without_a_fault(database: Any) -> None:
    async with quiet_hub(database.dsn, "exchange_readme", now=lambda: NOON) as hub:
        answers = await walked(hub)
    assert answers["Amend"]["reviewCorrectDecision"]["review"]["outcome"] == "DISMISSED"
    assert answers["Recognised"]["recognition"]["verdict"] == "UNDETERMINED"


async def walked(hub: Runtime) -> dict[str, Any]:
    """Send them all; their answers by the names of the operations."""
    known: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    for slug, operation in operations():
        assert operation.loc is not None
        text = operation.loc.source.body[operation.loc.start : operation.loc.end]
        names = [one.variable.name.value for one in operation.variable_definitions]
        answer = await answered(hub, slug, text, **{name: known[name] for name in names})
        assert answer.get("errors") is None, (text, answer)
        assert faults(answer["data"]) == [], text
        kept(answer["data"], known)
        answers[operation.name.value if operation.name else ""] = answer["data"]
        await hub.settle()
    return answers


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[1][:30])
def test_a_document_leaves_nothing_to_be_filled_in(block: str) -> None:
    assert "…" not in block
    assert block.startswith("# ")
