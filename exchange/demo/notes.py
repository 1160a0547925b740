"""What a step of the story writes down, and what the steps hand on to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.demo.client import Client, Line
from exchange.demo.questions import EVENTS, FIRM
from exchange.demo.scene import Scene


@dataclass(frozen=True, kw_only=True)
class Check:
    """One expectation: what it says, whether it holds, and what was found where it does not."""

    says: str
    holds: bool
    found: str = ""


@dataclass(kw_only=True)
class Notes:
    """What one step asked, what came back, and the checks of it."""

    asked: str = ""
    answered: str = ""
    checks: list[Check] = field(default_factory=list)

    def equal(self, says: str, found: object, wanted: object) -> None:
        """Expect a value exactly."""
        holds = found == wanted
        self.checks.append(
            Check(says=says, holds=holds, found="" if holds else f"{found!r}, expected {wanted!r}"[:500])
        )

    def holds(self, says: str, is_so: bool) -> None:
        """Expect something to be so."""
        self.checks.append(Check(says=says, holds=is_so))


@dataclass(kw_only=True)
class Story:
    """One run: who is it about, and what later steps need of earlier ones."""

    client: Client
    scene: Scene
    start: str = ""
    line: Line | None = None
    heard: str = ""
    flag_id: str = ""
    receipt: str = ""
    confirmation: dict[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    code_url: str = ""
    review: dict[str, Any] = field(default_factory=dict)

    @property
    def partner(self) -> Line:
        """The partner's open line."""
        assert self.line is not None
        return self.line

    async def firm(self, slug: str) -> dict[str, Any]:
        """The story's firm as a tenant sees it; empty lists when it sees nothing."""
        found: dict[str, Any] = await self.client.ask(slug, FIRM, creditCode=self.scene.flagged.credit_code)
        return found

    async def events(
        self, slug: str, *, types: list[str] | None = None, credit_code: str | None = None
    ) -> list[dict[str, Any]]:
        """Events since the run began, as a tenant sees them."""
        page = await self.client.ask(slug, EVENTS, after=self.start, types=types, creditCode=credit_code)
        found: list[dict[str, Any]] = page["nodes"]
        return found
