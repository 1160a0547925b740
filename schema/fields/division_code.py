"""行政区划代码 Division code (GB/T 2260): six digits. Codes die; an abolished one is kept as it was sent.

Whether a code is known is a warning, never a refusal: development zones use codes of their own.
"""

import re

from schema.fields.reading import Unreadable, compact, show
from schema.regions import region

_SHAPE = re.compile(r"[1-9]\d{5}", re.ASCII)


def division_code(raw: object) -> str:
    """Six digits, or Unreadable FIELD_UNREADABLE."""
    code = compact(raw, "FIELD_UNREADABLE")
    if not _SHAPE.fullmatch(code):
        raise Unreadable("FIELD_UNREADABLE", show(raw))
    return code


def division_warning(code: str) -> str | None:
    """REGION_UNKNOWN when the code is neither in use nor ever was."""
    return None if region(code) else "REGION_UNKNOWN"
