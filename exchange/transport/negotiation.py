"""What the client would like: media type of the answer and language, read from Accept and Accept-Language.

The next media type is a constant here and an entry of the offer in http.py.
"""

from collections.abc import Iterator
from functools import lru_cache

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
HTML = "text/html"
_MOST_ENTRIES = 50
_REMEMBERED = 256  # a client sends the same header with every request


@lru_cache(maxsize=_REMEMBERED)
def media_type(accept: str, offered: tuple[str, ...]) -> str | None:
    """The offered type the client likes best; the first one without a wish; None if it accepts none."""
    if not accept.strip():
        return offered[0]
    wishes = list(_wishes(accept))
    scored = [(score, name) for name in offered if (score := _score(name, wishes))[0] > 0]
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


@lru_cache(maxsize=_REMEMBERED)
def language(accept_language: str) -> str:
    """`en` if the client prefers English over Chinese, else `zh`."""
    best = {"zh": 0.0, "en": 0.0}
    for name, quality in _wishes(accept_language):
        primary = name.split("-")[0]
        if primary in best:
            best[primary] = max(best[primary], quality)
    return "en" if best["en"] > best["zh"] else "zh"


def _score(name: str, wishes: list[tuple[str, float]]) -> tuple[float, int, int]:
    """Quality, how exactly it is named, and how early."""
    ranges = {name: 2, name.split("/")[0] + "/*": 1, "*/*": 0}
    matches = [(ranges[wish], -place, quality) for place, (wish, quality) in enumerate(wishes) if wish in ranges]
    if not matches:
        return (0.0, 0, 0)
    exactness, place, quality = max(matches)
    return (quality, exactness, place)


def _wishes(header: str) -> Iterator[tuple[str, float]]:
    for entry in header.split(",")[:_MOST_ENTRIES]:
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        if name:
            yield name, _quality(parameters)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(1.0, max(0.0, float(parameter[2:])))
            except ValueError:
                return 0.0
    return 1.0
