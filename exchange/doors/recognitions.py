"""The HTTP doors of questions of recognition by table. Add the next door as a method and its path to app.py."""

import asyncio
import io
import tempfile

from starlette.requests import Request
from starlette.responses import Response

from exchange.doors.bodies import SHEET_LIMIT, spooled_body
from exchange.doors.plain import Authenticate, file_name_of, guarded
from exchange.intake.returned import MEDIA_TYPES
from exchange.intake.template import template
from exchange.runtime import Runtime
from exchange.settings import Settings
from exchange.sheets.gates import request_for_sheet
from exchange.sheets.recognitions import RECOGNITION_SHEET, recognise_sheet
from exchange.transport.parameters import new_request_id, read_envelope, request_id_of
from schema.errors import Refusal
from schema.fields import Unreadable
from schema.fields import day as day_of


class RecognitionDoors:
    """The doors of recognition of one running hub."""

    def __init__(self, runtime: Runtime, settings: Settings, authenticate: Authenticate) -> None:
        self._runtime, self._settings, self._authenticate = runtime, settings, authenticate

    @guarded
    async def recognitions(self, request: Request) -> Response:
        """POST /recognitions?filename=a.xlsx&on=2026-12-01, the table as the body; the same table back, with answers.

        It is not kept, since it names persons, so it takes no Idempotency-Key: sent again, it is answered anew.
        """
        caller = await self._authenticate(request.headers)
        caller.require("recognition.ask")
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise Refusal("UNSUPPORTED_MEDIA_TYPE")
        said = read_envelope(request.headers, request_id_of(request.headers, new_request_id))
        asking = self._runtime.ask(request_for_sheet(said.request_id, said.purpose, said.case_number), caller)
        asked_of, result = request.query_params.get("on"), io.BytesIO()
        try:
            on = day_of(asked_of) if asked_of else None
        except Unreadable as error:
            raise Refusal(error.code, field=("on",), **error.values) from error
        with tempfile.TemporaryFile() as file:
            await spooled_body(request, file, SHEET_LIMIT)
            answered = await recognise_sheet(
                self._runtime.database.pool, asking, self._runtime.directory, file, filename=file_name_of(request),
                content_type=request.headers.get("content-type"), on=on,
            )  # fmt: skip
        await asyncio.to_thread(answered.write, result)
        headers = {
            "Content-Disposition": f'attachment; filename="recognitions.{answered.form}"', "Cache-Control": "no-store",
        }  # fmt: skip
        return Response(result.getvalue(), media_type=MEDIA_TYPES[answered.form], headers=headers)

    @guarded
    async def template(self, request: Request) -> Response:
        """GET /recognitions/template: the Excel template."""
        headers = {"Content-Disposition": 'attachment; filename="RECOGNITION.xlsx"'}
        return Response(template(RECOGNITION_SHEET), media_type=MEDIA_TYPES["xlsx"], headers=headers)
