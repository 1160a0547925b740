"""GraphiQL, served from here without any foreign host: the page, its Content-Security-Policy, its files.

A vendored file comes with its line in static/VENDOR.toml; our own page is page.html, static/page.js and page.css.
"""

import re
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER = Path(__file__).parent
_PAGE = (_FOLDER / "page.html").read_text(encoding="utf-8")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")


def page(scope: Scope) -> HTMLResponse:
    """The page, for a browser that asks /graphql or /graphiql for HTML."""
    return HTMLResponse(_PAGE, headers=_headers(Headers(scope=scope).get("host", "")))


async def graphiql(request: Request) -> HTMLResponse:
    """The route /graphiql."""
    return page(request.scope)


def static_files() -> StaticFiles:
    """The files below /graphiql/static."""
    return StaticFiles(directory=_FOLDER / "static")


def _headers(host: str) -> dict[str, str]:
    # older browsers do not count ws: as 'self'; a host of another form gets no such exception
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",  # the editor positions its parts by inline styles
        "font-src": "data:",
        "img-src": "'self' data:",
        "connect-src": f"'self'{sockets}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
