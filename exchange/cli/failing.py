"""What a verb says when it cannot do its work: to people in the language of the settings, to programs as HTTP does.

Another way for click to refuse usage is a line in `_usage`.
"""

import os
from typing import Any

import click
import orjson

from exchange.settings import language_of
from exchange.unusable import SettingsUnusable, Unusable
from schema.errors import BY_CODE, Refusal

SEE_HELP = "exchange --help"


def fail(error: click.ClickException | Unusable | Refusal, *, as_json: bool) -> None:
    """Print why, and what next, to standard error; with `as_json` an error document to standard output as well."""
    found = _document(error)
    is_chinese = language_of(os.environ) == "zh"
    # What click says names it already.
    named = "".join(f"（{name}）" for name in found.get("field", [])[-1:]) if isinstance(error, Refusal) else ""
    text, step = ("message", "nextStep") if is_chinese else ("messageEn", "nextStepEn")
    click.echo(f"× {found[text]}{named}\n  → {found[step]}", err=True)
    if as_json:
        click.echo(orjson.dumps({"error": found}).decode())


def _document(error: click.ClickException | Unusable | Refusal) -> dict[str, Any]:
    if isinstance(error, Refusal):
        return {"message": error.message("zh"), **error.extensions()}
    if isinstance(error, Unusable):
        code = "BAD_INPUT" if isinstance(error, SettingsUnusable) else "UNAVAILABLE"
        return _told(code, error.message_zh, error.message_en, error.fix)
    context = error.ctx if isinstance(error, click.UsageError) else None
    step = f"{context.command_path} --help" if context else SEE_HELP
    zh, field = _usage(error)
    return _told("BAD_INPUT", zh, error.format_message(), step) | ({"field": [field]} if field else {})


def _told(code: str, zh: str, en: str, step: str) -> dict[str, Any]:
    is_retryable = BY_CODE[code].is_retryable
    return {
        "code": code, "message": zh, "messageEn": en, "nextStep": step, "nextStepEn": step, "retryable": is_retryable,
    }  # fmt: skip


def _usage(error: click.ClickException) -> tuple[str, str | None]:
    """The text in Chinese, and which argument or option it is about."""
    match error:
        case click.MissingParameter(param=click.Parameter() as parameter):
            name = _name(parameter)
            return f"缺少 {name}", name
        case click.NoSuchOption(option_name=name):
            return f"没有选项 {name}", name
        case click.BadParameter(param=click.Parameter() as parameter):
            name = _name(parameter)
            return f"{name} 的值不可用：{error.message}", name
        case click.BadParameter():
            return error.message, str(error.param_hint) if error.param_hint else None
        case click.UsageError() if error.message.startswith("No such command"):
            return f"没有命令{error.message.removeprefix('No such command').rstrip('.')}", None
    return error.message, None


def _name(parameter: click.Parameter) -> str:
    return parameter.opts[0] if isinstance(parameter, click.Option) else str(parameter.make_metavar(_NOWHERE))


_NOWHERE = click.Context(click.Command("exchange"))
