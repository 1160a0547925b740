"""Imports through GraphQL: rows as JSON in, an import taken back. Files come in by import_doors.py.

The next mutation about imports is a method here and a line of MUTATIONS in schema/graphql/imports.py.
"""

import io
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.engine.mixed import Ref
from exchange.importing.imports import ImportResult, Manner, import_file, kind_named
from exchange.publishing.publish import Publication
from exchange.publishing.reports import revert
from exchange.stream import Signal
from exchange.user_errors import refusal_error
from schema.errors import Refusal

MOST_ROWS = 1_000
_LINES = "application/x-ndjson"


class Importing:
    """The part of the hub that imports."""

    _pool: Any
    _signal: Signal
    _now: Callable[[], datetime]

    async def records_import(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Import rows: the good ones are kept, of the others everything that is wrong."""
        asking.caller.require("record.publish")
        rows = input["rows"]
        if not 1 <= len(rows) <= MOST_ROWS:
            problem = Refusal("BAD_INPUT", field=("input", "rows"), detail=f"1-{MOST_ROWS}")
            return {"user_errors": [refusal_error(problem)], "warnings": [], "dry_run": False}
        manner = Manner(is_rehearsal=bool(input.get("dry_run")))
        result = await import_file(
            self._pool, asking.caller, replace(_publication(asking, input), batch_id=uuid.uuid4()),
            io.BytesIO(b"".join(orjson.dumps(row) + b"\n" for row in rows)),
            kind=kind_named(plain(input["kind"])), file_name="", content_type=_LINES, manner=manner,
        )  # fmt: skip
        if not manner.is_rehearsal:
            self._signal.committed()
        return _told(result)

    async def import_revert(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Take an own import of the last days back. Flags may end by it."""
        asking.caller.require("record.publish")
        asking.caller.require("flag.lift")
        batch_id = read_id(input["batch_id"], asking.keys)
        try:
            done = await revert(self._pool, asking.caller, batch_id, _publication(asking, input), now=self._now())
        except Refusal as refusal:
            if refusal.error.status >= 500:
                raise
            return {"skipped": [], "user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {
            "batch": Ref(batch_id),
            "removed": done.removed,
            "restored": done.restored,
            "skipped": list(done.skipped),
            "user_errors": [],
        }


def _publication(asking: Asking, input: Mapping[str, Any]) -> Publication:
    operator = (input.get("operator") or "").strip()[:100] or asking.caller.client_id
    return Publication(tenant=asking.caller.tenant, keys=asking.keys, day=asking.day, operator=operator)


def _told(result: ImportResult) -> dict[str, Any]:
    errors = [one for one in result.receipt if one["severity"] == "ERROR"]
    warnings = [one for one in result.receipt if one["severity"] != "ERROR"]
    return {
        "batch_id": result.batch_id,
        "dry_run": result.batch_id is None,
        **{f"rows_{name}": count for name, count in result.counts.items()},
        "user_errors": [_row_error(one) for one in errors],
        "warnings": [_row_error(one) for one in warnings],
    }


def _row_error(found: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the receipt; rows are counted from 1, as in a file."""
    return {
        "row": found["row"],
        "code": found["code"],
        "field": ["input", "rows", found["field"]],
        "message": found["message"],
        "message_en": found["messageEn"],
        "value": found["value"],
        "next_step": found["nextStep"],
    }
