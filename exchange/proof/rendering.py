"""Pages for people outside, rendered here: no script, one style sheet inside the page, nothing loaded from anywhere.

The next page is a template in templates/ that extends base.html; `render` gives it, `PAGE_HEADERS` go with it.
"""

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

_FOLDER = resources.files("exchange") / "proof" / "templates"


def _text(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


_STYLE = _text("page.css")
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
PAGE_HEADERS = {
    # The style is named by its digest: nothing else in the page is obeyed, even if it came in.
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@cache
def _environment() -> Environment:
    made = Environment(loader=FunctionLoader(_text), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True, keep_trailing_newline=True)  # fmt: skip
    made.globals["style"] = Markup(_STYLE)
    return made


def render(page: str, **values: Any) -> str:
    """The template `<page>.html` with these values, all escaped but Markup. A missing value is an error."""
    return _environment().get_template(f"{page}.html").render(values)
