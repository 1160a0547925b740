"""Prints the story as it goes: a block a step for people, a JSON line a step for programs.

Only signs that GBK has (√ ×), so that a Chinese Windows console shows them. Another form of output is a class here.
"""

import sys
from collections.abc import Mapping
from typing import IO, Protocol

import orjson
from rich.console import Console
from rich.text import Text

from exchange.demo.story import Step


class Teller(Protocol):
    """What is told of a run."""

    def begin(self, base_url: str, seeded: Mapping[str, int]) -> None:
        """Where the hub answers, and what was put into it."""

    def step(self, step: Step) -> None:
        """A step that was just taken."""

    def end(self, *, is_held: bool, seconds: float) -> None:
        """Whether every step held."""


class Prose:
    """For people."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def begin(self, base_url: str, seeded: Mapping[str, int]) -> None:
        """The hub's address, and whether the records were there already."""
        count = sum(seeded.values())
        records = f"写入演示数据 {count} 条 records seeded" if count else "已有数据 data found"
        self._console.print(f"安全生产监管数据交换演示 Demonstration  {base_url}  {records}\n")

    def step(self, step: Step) -> None:
        """Name and time, what was asked, what came back, and whatever did not hold."""
        sign, style = ("√", "green") if step.is_held else ("×", "red")
        self._console.print(Text.assemble(
            (f"{sign} {step.number} ", f"bold {style}"), (step.name, "bold"), (f"  {step.seconds:.2f} s", "dim"),
            (f"  {len(step.checks)} 项核对 checks", "dim"),
        ))  # fmt: skip
        for label, text in (("问 asked   ", step.asked), ("答 answered", step.answered)):
            if text:
                self._console.print(Text.assemble(("    ", ""), (f"{label} ", "dim"), text))
        for check in step.checks:
            if not check.holds:
                self._console.print(Text.assemble(("    × ", "red"), f"{check.says}: {check.found}"))

    def end(self, *, is_held: bool, seconds: float) -> None:
        """The last line."""
        text = "全部成立 every step held" if is_held else "有步骤不成立 some step did not hold"
        self._console.print(
            Text(f"\n{'√' if is_held else '×'} {text}  {seconds:.1f} s", style="green" if is_held else "red")
        )


class Lines:
    """For programs: one JSON object a line."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stdout

    def begin(self, base_url: str, seeded: Mapping[str, int]) -> None:
        """{"baseUrl", "seeded"}"""
        self._write({"baseUrl": base_url, "seeded": dict(seeded)})

    def step(self, step: Step) -> None:
        """{"step", "name", "isHeld", "seconds", "asked", "answered", "checks"}"""
        self._write({
            "step": step.number, "name": step.name, "isHeld": step.is_held, "seconds": round(step.seconds, 3),
            "asked": step.asked, "answered": step.answered,
            "checks": [{"says": one.says, "holds": one.holds, "found": one.found} for one in step.checks],
        })  # fmt: skip

    def end(self, *, is_held: bool, seconds: float) -> None:
        """{"isHeld", "seconds"}"""
        self._write({"isHeld": is_held, "seconds": round(seconds, 3)})

    def _write(self, content: Mapping[str, object]) -> None:
        self._stream.write(orjson.dumps(content).decode() + "\n")
        self._stream.flush()
