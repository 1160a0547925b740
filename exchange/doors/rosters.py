"""The HTTP doors of rosters: a table comes in, a roster goes out as one, the template.

Add the next door as a method and its path to app.py.
"""

import asyncio
import io
import tempfile
import uuid
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from exchange.doors.bodies import SHEET_LIMIT, spooled_body
from exchange.doors.plain import Authenticate, as_json, file_name_of, guarded, only_xlsx
from exchange.doors.receipt_files import form_wanted
from exchange.engine.asking import Asking
from exchange.intake.returned import MEDIA_TYPES
from exchange.intake.template import template
from exchange.rosters import SCOPE, roster_name
from exchange.runtime import Runtime
from exchange.settings import Settings
from exchange.sheets.gates import request_for_sheet
from exchange.sheets.rosters import FORMS, Uploaded, exported, upload
from exchange.transport.parameters import new_request_id, request_id_of
from schema.errors import Refusal
from schema.rosters import ROSTER_SHEET


class RosterDoors:
    """The doors of rosters of one running hub."""

    def __init__(self, runtime: Runtime, settings: Settings, authenticate: Authenticate) -> None:
        self._runtime, self._settings, self._authenticate = runtime, settings, authenticate

    async def _asking(self, request: Request) -> Asking:
        caller = await self._authenticate(request.headers)
        caller.require(SCOPE)
        return self._runtime.ask(request_for_sheet(request_id_of(request.headers, new_request_id)), caller)

    @guarded
    async def rosters(self, request: Request) -> Response:
        """POST /rosters?name=…&purpose=…&filename=a.xlsx, the table as the body.

        The refused rows as a file where Accept asks for one; sending a table again changes nothing.
        """
        asking, asked = await self._asking(request), request.query_params
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise Refusal("UNSUPPORTED_MEDIA_TYPE")
        named = roster_name(asked.get("name"), asked.get("purpose"))
        with tempfile.TemporaryFile() as file:
            await spooled_body(request, file, SHEET_LIMIT)
            done = await upload(
                self._runtime.database.pool, asking, named, file, filename=file_name_of(request),
                content_type=request.headers.get("content-type"),
            )  # fmt: skip
        form = form_wanted(request, done.form) if done.back else None
        return as_json(done.as_answer()) if form is None else await asyncio.to_thread(_returned, done, form)

    @guarded
    async def roster(self, request: Request) -> Response:
        """GET /rosters/{id}.xlsx or .csv: an own roster as the table it is uploaded as."""
        asking = await self._asking(request)
        name, _, form = request.path_params["table"].rpartition(".")
        try:
            roster_id = uuid.UUID(name)
        except ValueError:
            raise Refusal("NOT_FOUND", field=("rosterId",)) from None
        if form not in FORMS:
            raise Refusal("NOT_FOUND", field=("rosterId",))
        result = io.BytesIO()
        await exported(self._runtime.database.pool, asking, roster_id, form, result)
        return _file(result.getvalue(), f"{ROSTER_SHEET.zh}-{roster_id}", form)

    @guarded
    async def template(self, request: Request) -> Response:
        """GET /rosters/template: the Excel template."""
        only_xlsx(request)
        headers = {"Content-Disposition": f'attachment; filename="{ROSTER_SHEET.name}.xlsx"'}
        return Response(template(ROSTER_SHEET), media_type=MEDIA_TYPES["xlsx"], headers=headers)


def _returned(done: Uploaded, form: str) -> Response:
    result = io.BytesIO()
    done.write(result, form)
    counts = ", ".join(f"{outcome}={count}" for outcome, count in done.counts.items())
    return _file(
        result.getvalue(), f"{ROSTER_SHEET.zh}-待修改", form,
        {"Exchange-Counts": counts, "Exchange-Roster": str(done.roster_id)},
    )  # fmt: skip


def _file(content: bytes, name: str, form: str, headers: Mapping[str, str] | None = None) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(f'{name}.{form}')}"
    return Response(
        content, media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": disposition, "Cache-Control": "no-store", "Vary": "Accept", **(headers or {})},
    )  # fmt: skip
