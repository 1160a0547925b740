"""Errors as GraphQL answers: every one carries `extensions.code` and `requestId`, nothing internal gets out.

A new kind of refusal needs nothing here: add its code to schema/errors.py and raise it.
"""

import logging
import re
import traceback
from collections.abc import Iterable
from typing import Any

import orjson
from graphql import GraphQLError

from exchange.engine.request import Reply
from schema.errors import BY_CODE, Refusal

_log = logging.getLogger(__name__)
_LONG_NUMBER = re.compile(r"\d{6,}[0-9Xx]?")  # an ID or certificate number inside a message of graphql-core


def log_unexpected(error: BaseException, *, request_id: str) -> None:
    """Log kind and place of a fault. Its text stays out: a database error may quote a personal value."""
    places = "".join(traceback.format_tb(error.__traceback__))
    _log.error("request %s failed: %s\n%s", request_id, type(error).__name__, places)


def refusal_entry(refusal: Refusal, *, language: str, request_id: str) -> dict[str, Any]:
    """One element of `errors` for a refusal."""
    return {
        "message": refusal.message(language),
        "extensions": {**refusal.extensions(), "requestId": request_id},
    }


def error_entry(error: GraphQLError, *, language: str, request_id: str) -> dict[str, Any]:
    """One element of `errors`; what is neither a refusal nor the client's mistake is logged and masked."""
    entry = _entry(error, language=language, request_id=request_id)
    if error.locations:
        entry["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        entry["path"] = error.path
    return entry


def _entry(error: GraphQLError, *, language: str, request_id: str) -> dict[str, Any]:
    code = _client_code(error)
    if isinstance(error.original_error, Refusal):
        return refusal_entry(error.original_error, language=language, request_id=request_id)
    if code is None:
        log_unexpected(error.original_error or error, request_id=request_id)
        return refusal_entry(Refusal("INTERNAL"), language=language, request_id=request_id)
    detail = _LONG_NUMBER.sub("…", error.message)
    entry = refusal_entry(Refusal(code, detail=detail, limit=detail), language=language, request_id=request_id)
    if "{" not in BY_CODE[code].en:
        entry["message"] += f"：{detail}" if language == "zh" else f": {detail}"
        entry["extensions"]["messageEn"] += f": {detail}"
    return entry


def _client_code(error: GraphQLError) -> str | None:
    code = (error.extensions or {}).get("code")
    if code in BY_CODE:
        return str(code)
    # graphql-core checks arguments that depend on variables only while executing
    is_argument = error.original_error is None and error.message.startswith("Argument ")
    return "BAD_INPUT" if is_argument else None


def coded(error: GraphQLError, code: str) -> GraphQLError:
    """The same error, marked as the client's mistake under this code."""
    error.extensions = {**(error.extensions or {}), "code": code}
    return error


def refused(refusal: Refusal, *, language: str, request_id: str) -> Reply:
    """The Reply of a request that was refused as a whole."""
    entry = refusal_entry(refusal, language=language, request_id=request_id)
    return Reply(
        body=orjson.dumps({"errors": [entry]}), is_executed=False, status=refusal.error.status,
        retry_after=refusal.retry_after,
    )  # fmt: skip


def rejected(errors: Iterable[GraphQLError], *, language: str, request_id: str) -> Reply:
    """The Reply of a request with errors of syntax, validation or variables."""
    entries = [error_entry(error, language=language, request_id=request_id) for error in errors]
    status = BY_CODE[entries[0]["extensions"]["code"]].status
    return Reply(body=orjson.dumps({"errors": entries}), is_executed=False, status=status)


def masked(error: BaseException, *, language: str, request_id: str) -> Reply:
    """Log an unexpected fault and answer INTERNAL."""
    log_unexpected(error, request_id=request_id)
    return refused(Refusal("INTERNAL"), language=language, request_id=request_id)
