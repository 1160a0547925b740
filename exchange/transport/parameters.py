"""From bytes to a GraphQLRequest: body, query string and headers, every wrong type refused as BAD_REQUEST.

The next header or extension a client may send is a field of Envelope and is checked here.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

import orjson

from exchange.engine.request import GraphQLRequest
from exchange.transport.negotiation import language
from schema.errors import Refusal

_DEEPEST = 50
_LONGEST_REMARK = 200  # characters of a purpose or case number
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_NAMES = ("query", "operationName", "variables", "extensions")


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What comes with a request besides GraphQL."""

    request_id: str
    language: str
    purpose: str | None = None
    case_number: str | None = None
    idempotency_key: str | None = None
    last_event_id: str | None = None


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """ASGI's headers by lower-case name, for many look-ups. Of one sent twice the first counts; Accept is a list."""
    found: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1")
        if key not in found:
            found[key] = value.decode("latin-1")
        elif key == "accept":
            found[key] += "," + value.decode("latin-1")
    return found


def new_request_id() -> str:
    """A new one, at random."""
    return secrets.token_hex(16)


def request_id_of(headers: Mapping[str, str], new_id: Callable[[], str]) -> str:
    """The client's own X-Request-Id where it is harmless, else a new one."""
    given = headers.get("x-request-id")
    return given if given is not None and _REQUEST_ID.fullmatch(given) else new_id()


def read_envelope(headers: Mapping[str, str], request_id: str) -> Envelope:
    """Everything the headers say; purpose and case number may be percent-encoded UTF-8."""
    key = headers.get("idempotency-key")
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        raise bad_request("Idempotency-Key: 1-255 visible ASCII characters")
    return Envelope(
        request_id=request_id,
        language=language(headers.get("accept-language", "")),
        purpose=_decoded(headers, "Exchange-Purpose"),
        case_number=_decoded(headers, "Exchange-Case"),
        idempotency_key=key,
        last_event_id=headers.get("last-event-id") or None,
    )


def read_body(raw: bytes) -> dict[str, Any]:
    """The parameters of a POST body or a socket message."""
    try:
        parameters = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise bad_request("not JSON (RFC 8259, UTF-8)") from None
    if not isinstance(parameters, dict):
        raise bad_request("a JSON object is expected; batches are not served")
    # both checks walk the whole value, so only where the bytes give reason to
    if raw.count(b"{") + raw.count(b"[") > _DEEPEST:
        _refuse_deep(parameters)
    if b"\\u0000" in raw:
        _refuse_nul(parameters)
    return parameters


def read_query_string(raw: bytes) -> dict[str, Any]:
    """The parameters of a GET; `variables` and `extensions` are JSON."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise bad_request("query string: percent-encoded UTF-8 is expected") from None
    given = [name for name, _ in pairs]
    for name in _NAMES:
        if given.count(name) > 1:
            raise bad_request(f"{name} is given twice")
    parameters: dict[str, Any] = {name: value for name, value in pairs if value}
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = _json_parameter(name, parameters[name])
    return parameters


def build_request(parameters: Mapping[str, Any], envelope: Envelope, *, allow_mutation: bool) -> GraphQLRequest:
    """The request, if every parameter has its type. `extensions.exchange` wins over the headers."""
    query = parameters.get("query")
    if not isinstance(query, str) or not query:
        raise bad_request("query: a non-empty string is expected")
    extensions = _typed(parameters, "extensions", dict) or {}
    remarks = _typed(extensions, "exchange", dict) or {}
    if envelope.last_event_id is not None:
        extensions = {**extensions, "lastEventId": envelope.last_event_id}
    return GraphQLRequest(
        query=query,
        operation_name=_typed(parameters, "operationName", str) or None,
        variables=_typed(parameters, "variables", dict) or {},
        extensions=extensions,
        purpose=remark(remarks, "purpose") or envelope.purpose,
        case_number=remark(remarks, "caseNumber") or envelope.case_number,
        idempotency_key=envelope.idempotency_key,
        language=envelope.language,
        allow_mutation=allow_mutation,
        request_id=envelope.request_id,
    )


def remark(values: Mapping[str, Any], name: str) -> str | None:
    """A purpose or case number: short, printable, None when empty."""
    value = (_typed(values, name, str) or "").strip()
    if len(value) > _LONGEST_REMARK or not value.isprintable():
        raise bad_request(f"{name}: at most {_LONGEST_REMARK} printable characters")
    return value or None


def bad_request(detail: str) -> Refusal:
    """BAD_REQUEST with what is wrong, never with the value itself."""
    return Refusal("BAD_REQUEST", detail=detail)


def _typed(values: Mapping[str, Any], name: str, wanted: type) -> Any:
    value = values.get(name)
    if value is not None and not isinstance(value, wanted):
        raise bad_request(f"{name}: {'an object' if wanted is dict else 'a string'} or null is expected")
    return value


def _decoded(headers: Mapping[str, str], name: str) -> str | None:
    raw = headers.get(name.lower())
    if raw is None:
        return None
    try:
        return remark({name: unquote_to_bytes(raw.encode("latin-1")).decode()}, name)
    except UnicodeDecodeError:
        raise bad_request(f"{name}: percent-encoded UTF-8 is expected") from None


def _json_parameter(name: str, text: str) -> Any:
    try:
        return read_body(text.encode()) if text != "null" else None
    except Refusal:
        raise bad_request(f"{name}: a JSON object is expected") from None


def _refuse_deep(value: Any) -> None:
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return
    raise bad_request(f"JSON nested deeper than {_DEEPEST}")


def _refuse_nul(value: Any) -> None:
    waiting = [value]
    while waiting:
        for inner in _inner(waiting.pop()):
            if isinstance(inner, str) and "\0" in inner:
                raise bad_request("a string holds U+0000")
            waiting.append(inner)


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []
