"""Printing for people (rich, when at a terminal) or for programs (one JSON document). Glyphs √ × ! are in GBK.

A new sort of output is a method here.
"""

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import orjson
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table


class Printer:
    """Results go to standard output, remarks to standard error."""

    def __init__(self, *, as_json: bool, language: str) -> None:
        self.as_json, self.language = as_json, language
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        self._console = Console(highlight=False, soft_wrap=True)

    def show(self, document: Any, *, lines: Sequence[str]) -> None:
        """The result: the document as JSON, or the lines."""
        if self.as_json:
            print(orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode(), flush=True)
            return
        for line in lines:
            print(line)
        sys.stdout.flush()  # a server that goes on would keep it to its end

    def table(
        self, titles: Sequence[str], rows: Sequence[Sequence[str]], *, keys: Sequence[str], wrapped: Collection[str]
    ) -> None:
        """A table, or a JSON list of objects with these keys. Only `wrapped` columns break lines."""
        if self.as_json:
            self.show([dict(zip(keys, row, strict=True)) for row in rows], lines=())
            return
        table = Table(box=box.SIMPLE_HEAD)
        for title, key in zip(titles, keys, strict=True):
            table.add_column(title, overflow="fold", no_wrap=key not in wrapped)
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    @contextmanager
    def progress(self, total: int) -> Iterator[Callable[[int, str], None]]:
        """A bar on standard error, at a terminal only: the block calls it with how much of `total` is done, and a
        text."""
        console = Console(stderr=True)
        columns = BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}")
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
            task = shown.add_task("", total=total)
            yield lambda done, text: shown.update(task, completed=done, description=text)

    def warn(self, text: str) -> None:
        """A remark beside the result."""
        print(f"! {text}", file=sys.stderr)


def unknown_client(runtime: Any, name: str) -> click.ClickException:
    """What to say to a name nobody has, with the names there are."""
    known = ", ".join(sorted(runtime.directory.clients))
    told = f"已有 known: {known}" if known else "还没有接入单位 no tenants yet; exchange tenant --help"
    return click.BadParameter(f"没有客户端 no client {name}; {told}", param_hint="TENANT")
