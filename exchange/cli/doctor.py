"""`exchange doctor`: what has to be true for the hub to work, each fault with the command that mends it.

Add the next check as an async function giving a Finding and name it in CHECKS.
"""

import shlex
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from exchange.cli.printing import Printer
from exchange.connection import connect_owner
from exchange.database import APPLICATION_ROLE, HUB_ROLE, Server, check_existing, open_server
from exchange.logins import can_enter, is_sound, login_of
from exchange.migrate import pending
from exchange.outbox import Sink, SinkUnavailable, progress
from exchange.settings import Settings, deployment_secret
from exchange.sinks import chosen_sinks
from exchange.statements import statements
from exchange.unusable import SettingsUnusable
from tenants.access import TenantKind, lacking
from tenants.keys import Keys

_SQL = statements("doctor")
FREE_BYTES = 1_000_000_000
MOST_WAITING = 100_000
MOST_BEHIND = 10_000


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line: √ good, ! look at it, × broken."""

    sign: str
    name: str
    detail: str
    fix: str = ""


def by_sql(server: Server, *statements: str) -> str:
    """A command line that runs these as the owner."""
    return f"{server.psql} -c {shlex.quote('; '.join(statements))}"


Check = Callable[[Settings, Server, Any], Awaitable[Finding]]


async def _version(settings: Settings, server: Server, connection: Any) -> Finding:
    return Finding(sign="√", name="数据库 database", detail=await connection.fetchval(_SQL["version"]))


async def _migrations(settings: Settings, server: Server, connection: Any) -> Finding:
    missing = await pending(server.dsn)
    if missing:
        return Finding(sign="×", name="结构 migrations", detail=", ".join(missing), fix="exchange migrate")
    return Finding(sign="√", name="结构 migrations", detail="最新 up to date")


async def _row_security(settings: Settings, server: Server, connection: Any) -> Finding:
    bare = [row["name"] for row in await connection.fetch(_SQL["tables_without_row_security"])]
    if bare:
        forced = "enable row level security, force row level security"
        fix = by_sql(server, *(f"alter table {name} {forced}" for name in bare))
        return Finding(sign="×", name="行级安全 row security", detail=", ".join(bare), fix=fix)
    return Finding(sign="√", name="行级安全 row security", detail="全部租户表已强制 forced on every tenant table")


async def _roles(settings: Settings, server: Server, connection: Any) -> Finding:
    above = await connection.fetch(_SQL["roles_above_row_security"])
    if above:
        statements = [f"alter role {row['name']} nosuperuser nobypassrls" for row in above]
        statements += [f"alter table {table} owner to current_user" for row in above for table in row["tables"]]
        detail = ", ".join(" ".join((row["name"], *row["tables"])) for row in above)
        return Finding(sign="×", name="角色 roles", detail=detail, fix=by_sql(server, *statements))
    return Finding(sign="√", name="角色 roles", detail="应用角色受行级安全约束 held by row security")


async def _logins(settings: Settings, server: Server, connection: Any) -> Finding:
    keys = Keys(secret=deployment_secret(settings).encode())
    for role in (APPLICATION_ROLE, HUB_ROLE):
        login = login_of(keys, role)
        is_there = await is_sound(connection, login, role)
        if not is_there or not await can_enter(server.dsn, login):
            owner = "连接以数据库属主登录 sessions start as the owner of the database"
            if is_there is None:
                fix = by_sql(server, f'alter role "{await connection.fetchval(_SQL["owner"])}" createrole')
            else:
                told = "须在 pg_hba.conf 中允许其口令登录 allow it to log in by password in pg_hba.conf"
                fix = f"{told}，或 or {by_sql(server, f'drop role {login.name}')}"
            return Finding(sign="!", name="登录 logins", detail=owner, fix=f"{fix}; exchange up")
    return Finding(sign="√", name="登录 logins", detail="连接各用自己的登录 sessions have logins of their own")


async def _scopes(settings: Settings, server: Server, connection: Any) -> Finding:
    """Which clients have fewer scopes than their kind of tenant usually has; it may be meant so."""
    async with connection.transaction():
        await connection.execute(_SQL["as_hub"])
        clients = await connection.fetch(_SQL["clients"])
    missing = {row["client_id"]: lacking(TenantKind(row["kind"]), row["scopes"]) for row in clients}
    details = [f"{client} 缺 lacks {' '.join(names)}" for client, names in missing.items() if names]
    if details:
        fix = "如非有意限制 unless it is meant so: exchange tenant … --usual-scopes"
        return Finding(sign="!", name="权限 scopes", detail="; ".join(details), fix=fix)
    return Finding(sign="√", name="权限 scopes", detail="客户端各有本类单位的全部权限 every client has the usual ones")


async def _lag(settings: Settings, server: Server, connection: Any) -> Finding:
    async with connection.transaction():
        await connection.execute(_SQL["as_hub"])
        row = dict(await connection.fetchrow(_SQL["lag"]))
    detail = (
        f"未编号 unnumbered {row['unnumbered']}, 未处理 unhandled {row['untriggered']}, "
        f"失败 failed {row['failures']}, 确认书待复核 unchecked {row['unchecked']}"
    )
    if row["failures"]:
        fix = by_sql(server, "select * from worker_failure where resolved_at is null")
        return Finding(sign="×", name="事件 events", detail=detail, fix=fix)
    is_behind = max(row["unnumbered"], row["unchecked"]) >= MOST_BEHIND
    return Finding(sign="!" if is_behind else "√", name="事件 events", detail=detail)


async def _ledger(settings: Settings, server: Server, connection: Any) -> Finding:
    """Whether the log keeps up with what is accepted; `exchange verify` says whether it agrees with it."""
    async with connection.transaction():
        await connection.execute(_SQL["as_hub"])
        row = await connection.fetchrow(_SQL["ledger"])
    made = f"{row['made_at']:%Y-%m-%d %H:%M}" if row["made_at"] else "—"
    detail = f"{row['size'] or 0} 条 entries, 检查点 checkpoint {made}, 待入账 waiting {row['waiting']}"
    is_behind = row["waiting"] >= MOST_WAITING
    fix = "exchange up（日志由服务进程写入 the server writes it）" if is_behind else ""
    return Finding(sign="!" if is_behind else "√", name="日志 log", detail=detail, fix=fix)


async def _secret(settings: Settings, server: Server, connection: Any) -> Finding:
    deployment_secret(settings)
    source = "EXCHANGE_SECRET" if settings.secret else str(settings.data / "secret")
    return Finding(sign="√", name="部署密钥 secret", detail=f"{source}（请另行备份 back it up）")


async def _disk(settings: Settings, server: Server, connection: Any) -> Finding:
    if not settings.data.exists():
        return Finding(sign="√", name="磁盘 disk", detail="未使用数据文件夹 no data folder in use")
    free = shutil.disk_usage(settings.data).free
    sign = "√" if free > FREE_BYTES else "!"
    return Finding(
        sign=sign,
        name="磁盘 disk",
        detail=f"{settings.data}: {free // 1_000_000} MB",
        fix="" if sign == "√" else "清理磁盘 free some space",
    )


async def _relay(settings: Settings, server: Server, connection: Any) -> Finding:
    """Whether every sink answers, how far it is behind, and whether it still holds what it took."""
    name, behind = "转发 relay", {one.sink: one for one in await progress(connection)}
    details, sign = [], "√"
    try:
        for sink in chosen_sinks(settings):
            told = behind.get(sink.name)
            details.append(f"{sink.name}: 待转发 waiting {told.behind}" if told else f"{sink.name}: 尚未启用 not begun")
            held = await _held(sink)
            if told and held is not None and held < told.position:
                details.append(f"只到 ends at {held}，少于已确认 although it took {told.position}")
                sign = "!"
    except SinkUnavailable as error:
        fix = "检查 EXCHANGE_NATS_URL 与 nats-server --jetstream / check them"
        return Finding(sign="×", name=name, detail=", ".join([*details, str(error)]), fix=fix)
    except SettingsUnusable as error:
        return Finding(sign="×", name=name, detail=f"{error.message_zh} {error.message_en}", fix=error.fix)
    return Finding(sign=sign, name=name, detail=", ".join(details) or "未设置 not set")


async def _held(sink: Sink) -> int | None:
    try:
        await sink.connect()
        return await sink.held()
    finally:
        await sink.close()


CHECKS: tuple[Check, ...] = (
    _version, _migrations, _row_security, _roles, _logins, _scopes, _lag, _ledger, _secret, _disk, _relay,
)  # fmt: skip


async def examine(settings: Settings, printer: Printer) -> int:
    """Run every check: 0 when none is broken, else 1. Raises DatabaseUnusable when there is nothing to examine."""
    await check_existing(settings)
    async with open_server(settings) as server:
        connection = await connect_owner(server.dsn)
        try:
            findings = [await _migrations(settings, server, connection)]
            if findings[0].sign == "√":
                findings = [await check(settings, server, connection) for check in CHECKS]
        finally:
            await connection.close()
    printer.table(
        ("", "项目 check", "结果 result", "怎么办 what to do"),
        [(one.sign, one.name, one.detail, one.fix) for one in findings], keys=("sign", "name", "detail", "fix"),
        wrapped=("detail", "fix"),
    )  # fmt: skip
    return 1 if any(one.sign == "×" for one in findings) else 0
