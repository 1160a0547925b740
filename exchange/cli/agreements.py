"""`exchange agreement`: publish the next version of an agreement; nothing of it when anything is wrong."""

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
import orjson
from graphene.utils.str_converters import to_snake_case

from exchange.agreements import agreement_from, publish_agreement
from exchange.cli.printing import Printer
from exchange.runtime import Runtime

PUBLISHER = "exchange agreement"


async def load_agreement(runtime: Runtime, printer: Printer, path: Path) -> int:
    """Publish a file (JSON, named as the input of agreementPublish); 1 when something is wrong with it."""
    try:
        agreement = agreement_from(_snake(orjson.loads(await asyncio.to_thread(path.read_bytes))))
    except (orjson.JSONDecodeError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise click.BadParameter(f"不是协议文件 not an agreement: {error}", param_hint="FILE") from error
    async with runtime.database.hub_pool.acquire() as connection, connection.transaction():
        problems = await publish_agreement(
            connection, agreement, runtime.directory, publisher=PUBLISHER, day=runtime.today()
        )
    told = [{"field": list(one.field), "code": one.code, "message": one.message("zh")} for one in problems]
    lines = [f"× {'.'.join(one.field)}  {one.message('zh')} {one.message('en')}" for one in problems]
    if not problems:
        runtime.signal.committed()
        await runtime.settle()
        lines = [f"√ {agreement.identifier} v{agreement.version}  {agreement.name}"]
    printer.show({"agreement": agreement.identifier, "version": agreement.version, "errors": told}, lines=lines)
    return 1 if problems else 0


def _snake(value: Any) -> Any:
    """Names as the dataclasses have them, days read."""
    if isinstance(value, list):
        return [_snake(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    snaked = {to_snake_case(name): _snake(one) for name, one in value.items()}
    return {name: date.fromisoformat(one) if name == "until" and one else one for name, one in snaked.items()}
