"""The HTTP doors of gate checks by table. Add the next door as a method and its path to app.py."""

import asyncio
import base64
import io
import tempfile

import orjson
from starlette.requests import Request
from starlette.responses import Response

from exchange.doors.bodies import SHEET_LIMIT, spooled_body
from exchange.doors.plain import Authenticate, file_name_of, guarded, only_xlsx
from exchange.intake.returned import MEDIA_TYPES
from exchange.intake.template import template
from exchange.runtime import Runtime
from exchange.settings import Settings
from exchange.sheets.gates import GATE_SHEET, check_sheet, request_for_sheet
from exchange.transport.parameters import new_request_id, request_id_of
from schema.errors import Refusal


class GateDoors:
    """The doors of gate checks of one running hub."""

    def __init__(self, runtime: Runtime, settings: Settings, authenticate: Authenticate) -> None:
        self._runtime, self._settings, self._authenticate = runtime, settings, authenticate

    @guarded
    async def checks(self, request: Request) -> Response:
        """POST /gate-checks?filename=a.xlsx, the table as the body; the same table back, with the answers.

        With an Idempotency-Key the same table is checked once, and answered again with the receipts of then.
        """
        caller = await self._authenticate(request.headers)
        caller.require("gate.check")
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise Refusal("UNSUPPORTED_MEDIA_TYPE")
        asking = self._runtime.ask(request_for_sheet(request_id_of(request.headers, new_request_id)), caller)
        key, name = request.headers.get("idempotency-key"), file_name_of(request)
        with tempfile.TemporaryFile() as file:
            digest = await spooled_body(request, file, SHEET_LIMIT)

            async def answer() -> bytes:
                answered = await check_sheet(
                    self._runtime.database.pool, asking, self._runtime, file, filename=name,
                    content_type=request.headers.get("content-type"),
                )  # fmt: skip
                result = io.BytesIO()
                await asyncio.to_thread(answered.write, result)
                return orjson.dumps({"form": answered.form, "table": base64.b64encode(result.getvalue()).decode()})

            content = b"gate-checks " + digest
            kept = await (self._runtime.idempotent.keep(caller, key, content, answer) if key else answer())
        form, table = (orjson.loads(kept)[part] for part in ("form", "table"))
        headers = {"Content-Disposition": f'attachment; filename="gate-checks.{form}"', "Cache-Control": "no-store"}
        return Response(base64.b64decode(table), media_type=MEDIA_TYPES[form], headers=headers)

    @guarded
    async def template(self, request: Request) -> Response:
        """GET /gate-checks/template: the Excel template."""
        only_xlsx(request)
        headers = {"Content-Disposition": 'attachment; filename="GATE_CHECK.xlsx"'}
        return Response(template(GATE_SHEET), media_type=MEDIA_TYPES["xlsx"], headers=headers)
