"""The HTTP doors of reviews: the desk as a table. Add the next door as a method and its path to app.py."""

import tempfile
from contextlib import ExitStack
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from exchange.doors.plain import Authenticate, guarded
from exchange.doors.receipt_files import sent
from exchange.intake.returned import MEDIA_TYPES
from exchange.runtime import Runtime
from exchange.settings import Settings
from exchange.sheets.gates import request_for_sheet
from exchange.sheets.reviews import FORMS, SHEET, desk_of, write_desk
from exchange.transport.parameters import new_request_id, read_envelope, request_id_of
from schema.errors import Refusal


class ReviewDoors:
    """The doors of reviews of one running hub."""

    def __init__(self, runtime: Runtime, settings: Settings, authenticate: Authenticate) -> None:
        self._runtime, self._settings, self._authenticate = runtime, settings, authenticate

    @guarded
    async def desk(self, request: Request) -> Response:
        """GET /reviews.xlsx or .csv; parameters as the arguments of GraphQL's `reviews`, and names=true."""
        caller = await self._authenticate(request.headers)
        form, asked = request.path_params["form"], dict(request.query_params)
        if form not in FORMS:
            raise Refusal("NOT_FOUND", field=("path",))
        envelope = read_envelope(request.headers, request_id_of(request.headers, new_request_id))
        question = request_for_sheet(envelope.request_id, envelope.purpose, envelope.case_number)
        has_names = asked.pop("names", "false") == "true"
        desk = desk_of(self._runtime.engine, question, asked, has_names=has_names)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{SHEET}-{self._runtime.today()}.{form}')}",
            "Cache-Control": "no-store",
        }
        with ExitStack() as closing:
            file = closing.enter_context(tempfile.TemporaryFile())
            await write_desk(self._runtime.engine, caller, desk, file, form)
            closing.pop_all()  # it is closed when it has been sent
        return StreamingResponse(sent(file), media_type=MEDIA_TYPES[form], headers=headers)
