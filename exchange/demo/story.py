"""The story: what happens, in order, over the public API of a running hub; what each step asked and what came back.

Add the next step as a function in one of steps_*.py and a line in STEPS.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date

import aiohttp

from exchange.demo.client import Client, StoryBroken
from exchange.demo.notes import Check, Notes, Story
from exchange.demo.questions import IMPORTS
from exchange.demo.scene import Scene
from exchange.demo.steps_certificates import run_clock, use_elsewhere
from exchange.demo.steps_events import hear, raise_flag
from exchange.demo.steps_gates import pass_gate, stop_at_gate
from exchange.demo.steps_proof import confirm_recognition, revoke_certificate, scan_code
from exchange.demo.steps_publish import publish_files, record_presence
from exchange.demo.steps_reviews import decide_review, lift_flags
from exchange.demo.steps_rosters import hear_of_roster, upload_roster
from exchange.demo.steps_scoreboard import read_scoreboard
from exchange.demo.steps_thread import leave_overdue, work_on_review

STEPS: tuple[tuple[str, Callable[[Story, Notes], Awaitable[None]]], ...] = (
    ("发布 Publish", publish_files),
    ("在地事项 Presence", record_presence),
    ("准入核验 Gate", pass_gate),
    ("名册 Roster", upload_roster),
    ("异地标记 Flag elsewhere", raise_flag),
    ("事件续传 Event", hear),
    ("名册提醒 Roster alert", hear_of_roster),
    ("再次核验 Gate again", stop_at_gate),
    ("到期与复审 Clock", run_clock),
    ("互认 Recognition", use_elsewhere),
    ("互认确认书 Confirmation", confirm_recognition),
    ("安全码 Safety code", scan_code),
    ("吊销 Revocation", revoke_certificate),
    ("协同办理 Thread", work_on_review),
    ("办结反馈 Closed loop", decide_review),
    ("解除 Lift", lift_flags),
    ("超期上报 Overdue", leave_overdue),
    ("协同时效 Scoreboard", read_scoreboard),
)
REQUEST_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step that was taken. `is_held` is true when every check came out exactly as it must."""

    number: int
    name: str
    asked: str
    answered: str
    seconds: float
    checks: tuple[Check, ...]

    @property
    def is_held(self) -> bool:
        """Whether the step did what the story says."""
        return bool(self.checks) and all(check.holds for check in self.checks)


async def tell(
    base_url: str, secrets: Mapping[str, str], day: date, run_number: int | None = None
) -> AsyncIterator[Step]:
    """Every step as it finishes; ends early when the hub answers with an error where the story has none.

    `secrets` are client secrets by slug. Without a run number the hub is asked how many files Shenzhen has sent.
    """
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS)) as http:
        client = Client(base_url=base_url, http=http, secrets=secrets)
        number = await next_number(client) if run_number is None else run_number
        story = Story(client=client, scene=Scene(number=number, day=day))
        try:
            for place, (name, take) in enumerate(STEPS, start=1):
                step, is_broken = await _take(place, name, take, story)
                yield step
                if is_broken:
                    break
        finally:
            if story.line is not None:
                await story.line.close()


async def next_number(client: Client) -> int:
    """A number no earlier run had: each run sends files for Shenzhen."""
    batches = await client.ask("sz-bureau", IMPORTS)
    number: int = batches["totalCount"]
    return number


async def _take(
    place: int, name: str, take: Callable[[Story, Notes], Awaitable[None]], story: Story
) -> tuple[Step, bool]:
    notes, started, is_broken = Notes(), time.perf_counter(), False
    try:
        await take(story, notes)
    except (StoryBroken, aiohttp.ClientError, TimeoutError, LookupError, TypeError) as error:
        is_broken = True
        notes.holds(f"{type(error).__name__}: {error}"[:300], False)
    step = Step(
        number=place, name=name, asked=notes.asked, answered=notes.answered, seconds=time.perf_counter() - started,
        checks=tuple(notes.checks),
    )  # fmt: skip
    return step, is_broken
