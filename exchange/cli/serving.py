"""`exchange up`: claim a port, open the hub, greet, serve until told to stop; the database it started stops after
it."""

import sys
from collections.abc import Iterable, Mapping

from exchange.app import build_app
from exchange.cli.printing import Printer
from exchange.runtime import Runtime
from exchange.server import claim, port_of, serve
from exchange.settings import Settings


async def serve_hub(settings: Settings, printer: Printer) -> int:
    """Serve until SIGTERM or ^C; 0 when everything was drained."""
    from exchange.cli import opened

    with claim(settings.host, settings.port, moves=not settings.is_port_given) as listening:
        port = port_of(listening)
        if settings.port and port != settings.port:
            printer.warn(f"端口 {settings.port} 被占用，改用 {port} / port {settings.port} is busy, using {port}")
        served = settings.on_port(port)
        async with opened(served, makes=True) as runtime:
            seeded = await _prepare(runtime)
            greet(printer, served, runtime, seeded, is_watched=sys.stdout.isatty())
            await serve(build_app(runtime, served), listening)
    printer.warn("已停止 stopped")
    return 0


async def _prepare(runtime: Runtime) -> str:
    """A new database gets the demonstration's tenants and records; one that has tenants is left as it is."""
    from exchange.demo.seed import onboard_cast, seed

    if runtime.directory.tenants:
        return "已有数据 existing data"
    if not runtime.database.is_embedded:
        return "没有接入单位 no tenants: exchange tenant …, or exchange demo for the demonstration's"
    await onboard_cast(runtime)
    await seed(runtime, runtime.today())
    return "新写入演示数据 demonstration data, just written"


def greet(printer: Printer, settings: Settings, runtime: Runtime, seeded: str, *, is_watched: bool) -> None:
    """Say where the hub is; the demonstration's tokens to a terminal only, as anything else may be a log."""
    clients = {
        client_id: client
        for client_id, client in sorted(runtime.directory.clients.items())
        if client.is_active and runtime.directory.tenants[client.tenant_id].is_demo
    }
    tokens = _tokens(runtime, clients) if is_watched else {}
    place = "EXCHANGE_DATABASE_URL" if settings.database_url else str(settings.data)
    document = {"url": settings.public_url, "data": place, "tokens": tokens, "seed": seeded}
    if clients and not tokens:
        document |= {"clients": list(clients), "token": "exchange token TENANT"}
    lines = [
        f"√ 安全生产监管数据交换 {settings.public_url}/graphql",
        f"  试验台 GraphiQL   {settings.public_url}/graphiql",
        f"  数据 data         {place}（{seeded}）",
        "  停止 stop         ^C",
        *_shown(clients, tokens),
    ]
    printer.show(document, lines=lines)


def _tokens(runtime: Runtime, clients: Iterable[str]) -> dict[str, str]:
    now = runtime.now().timestamp()
    return {client_id: runtime.tokens.issue(runtime.directory.clients[client_id], now=now) for client_id in clients}


def _shown(clients: Iterable[str], tokens: Mapping[str, str]) -> list[str]:
    if not tokens:
        return [f"  令牌 tokens       exchange token TENANT（{'、'.join(clients)}）"] if clients else []
    title = "  演示令牌（1 小时有效） demo tokens (valid for one hour; again: exchange token TENANT):"
    return [title, *(f"    {slug:<22} {token}" for slug, token in tokens.items())]
