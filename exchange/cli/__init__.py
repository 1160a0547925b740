"""The verbs, as `exchange --help` lists them. One function each; what they do is in modules of their own.

Exit codes: 0 done; 1 a check failed, or all of it was refused; 2 some rows were refused; 64 wrong usage; 69 database or
another service unavailable. Add the next verb as a @cli.command here or in a module beside this one, with --json where
it prints.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import click
import orjson

from exchange.cli.printing import Printer, unknown_client
from exchange.settings import Settings, load
from exchange.unusable import SettingsUnusable, Unusable
from schema.errors import Refusal

HELP = """安全生产监管数据交换 Regional exchange of safety certificates and risk gradings.

\b
退出码 exit codes:
  0  完成 done               1  检查未通过或整体被拒 a check failed, or refused
  2  部分行有误 rows refused  64 用法或设置有误 wrong usage or setting
  69 数据库等服务不可用 database or another service unavailable
"""
DONE, FAILED, PARTIAL, USAGE, UNAVAILABLE = 0, 1, 2, 64, 69


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, help=HELP)
@click.version_option(package_name="safety-exchange")
def cli() -> None:
    """Regional exchange of safety certificates and risk gradings."""


def verb(work: Callable[..., Coroutine[Any, Any, int]]) -> Callable[..., None]:
    """A command that prints for people or, with --json, for programs; its number is the exit code."""

    def command(*, as_json: bool, **options: Any) -> None:
        settings = load(os.environ)
        printer = Printer(as_json=as_json, language=settings.language)
        for warning in settings.warnings:
            printer.warn(warning)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            sys.exit(runner.run(work(settings, printer, **options)))

    command.__name__ = work.__name__.removesuffix("_verb")
    command.__doc__ = work.__doc__
    command.__click_params__ = getattr(work, "__click_params__", [])  # type: ignore[attr-defined]
    option = click.option("--json", "as_json", is_flag=True, help="JSON 输出 JSON on standard output.")
    return cli.command(name=command.__name__.replace("_", "-"))(option(command))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one: the server answers faster with it."""
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop


def run(arguments: list[str] | None = None) -> int:
    """Run a verb; every refusal is three lines: what, why or what next."""
    try:
        cli(args=arguments, standalone_mode=False)
    except SystemExit as end:
        return int(end.code or 0)
    except click.exceptions.Abort:
        return FAILED
    except click.ClickException as error:
        error.show()
        if "--json" in (sys.argv if arguments is None else arguments):
            click.echo(orjson.dumps({"error": {"message": error.format_message()}}).decode())
        return USAGE
    except Unusable as error:
        _explain(error.message_zh, error.message_en, error.fix, arguments)
        return USAGE if isinstance(error, SettingsUnusable) else UNAVAILABLE
    except Refusal as refusal:
        next_step = f"{refusal.next_step('zh')} / {refusal.next_step('en')}"
        _explain(refusal.message("zh"), refusal.message("en"), next_step, arguments)
        return FAILED
    return DONE


def _explain(zh: str, en: str, fix: str, arguments: list[str] | None) -> None:
    click.echo(f"× {zh}\n  {en}\n  → {fix}", err=True)
    if "--json" in (sys.argv if arguments is None else arguments):
        click.echo(orjson.dumps({"error": {"message": zh, "messageEn": en, "nextStep": fix}}).decode())


@verb
async def up_verb(settings: Settings, printer: Printer) -> int:
    """启动并持续服务 Serve, with the demonstration's tenants when the database is new; ^C stops."""
    from exchange.cli.serving import serve_hub

    return await serve_hub(settings, printer)


@verb
async def demo_verb(settings: Settings, printer: Printer) -> int:
    """演示全流程 Tell the story over the public API; 0 only when every step held."""
    from exchange.demo import run_demo

    return await run_demo(settings, as_json=printer.as_json)


@verb
async def migrate_verb(settings: Settings, printer: Printer) -> int:
    """升级数据库结构 Bring the database to the version of the code."""
    from exchange.database import open_server
    from exchange.migrate import migrate

    async with open_server(settings) as server:
        applied = await migrate(server.dsn)
    printer.show({"applied": applied}, lines=[f"√ {name}" for name in applied] or ["√ 已是最新 up to date"])
    return DONE


@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, help="记录类型 Record kind, such as RISK_GRADING.")
@click.option("--tenant", required=True, help="发布单位 The publishing tenant, such as sz-bureau.")
@click.option("--operator", default=None, help="数源单位经办人 Who at the source sends it.")
@click.option("--dry-run", "is_rehearsal", is_flag=True, help="试导入 Check everything, keep nothing.")
@click.option(
    "--receipt", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="错误行写入此文件 Write the refused rows here, to be mended and imported again.",
)  # fmt: skip
async def _import_options(settings: Settings, printer: Printer, **options: Any) -> int:
    """导入文件 Import .xlsx .xls .csv .ndjson or national JSON; 2 when some rows were refused."""
    from exchange.cli.importing import import_path

    async with opened(settings, has_loops=False) as runtime:
        return await import_path(runtime, printer, **options)


_import_options.__name__ = "import_verb"
verb(_import_options)


@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", required=True, help="核验单位 The tenant that asks, such as gz-bureau.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), default=None, help="结果文件 The answered file."
)
async def gate_verb(settings: Settings, printer: Printer, **options: Any) -> int:
    """批量关卡核验 Check the firms of an .xlsx or .csv at gates; 2 when some rows could not be checked."""
    from exchange.cli.gating import check_path

    async with opened(settings, has_loops=False) as runtime:
        return await check_path(runtime, printer, **options)


verb(gate_verb)


@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", required=True, help="名册所属单位 Whose roster, such as sz-bureau.")
@click.option("--name", required=True, help="名册名称；没有则新建 Name of the roster; made if there is none.")
@click.option("--purpose", default=None, help="用途，新建时必填 Purpose; needed for a new one.")
@click.option(
    "--receipt", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="错误行写入此文件 Write the refused rows here, to be mended and sent again.",
)  # fmt: skip
async def roster_verb(settings: Settings, printer: Printer, **options: Any) -> int:
    """上传名册 Upload persons or firms (.xlsx .csv) to be told about; 2 when some rows were refused."""
    from exchange.cli.rosters import keep_path

    async with opened(settings, has_loops=False) as runtime:
        return await keep_path(runtime, printer, **options)


verb(roster_verb)


@click.option("--tenant", required=True, help="哪个单位所见的 As seen by this tenant, such as gz-bureau.")
@click.option(
    "--out", "output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="结果文件 .xlsx or .csv."
)
@click.option("--filter", "filters", multiple=True, help="筛选 As of `reviews`, such as mine=true; may be repeated.")
@click.option("--names", "has_names", is_flag=True, help="列出姓名 Names of persons; needs --purpose and --case.")
@click.option("--purpose", default=None, help="查询事由 Purpose.")
@click.option("--case", "case_number", default=None, help="办件编号 Case number.")
async def reviews_verb(settings: Settings, printer: Printer, **options: Any) -> int:
    """导出待办 Write the reviews of a tenant's desk to a table."""
    from exchange.cli.reviews import write_path

    async with opened(settings, has_loops=False) as runtime:
        return await write_path(runtime, printer, **options)


verb(reviews_verb)


@click.argument("batch", type=click.UUID)
@click.option("--tenant", required=True, help="发布单位 The publishing tenant, such as sz-bureau.")
@click.option("--operator", default=None, help="经办人 Who takes it back.")
async def revert_verb(settings: Settings, printer: Printer, **options: Any) -> int:
    """撤销一批导入 Take an import of the last 7 days back; 2 when records changed since were left alone."""
    from exchange.cli.importing import revert_batch

    async with opened(settings, has_loops=False) as runtime:
        return await revert_batch(runtime, printer, **options)


verb(revert_verb)


@click.argument("tenant")
async def token_verb(settings: Settings, printer: Printer, tenant: str) -> int:
    """打印一个访问令牌 Print one bare token of a tenant, for scripts: $(exchange token sz-bureau)."""
    async with opened(settings, has_loops=False) as runtime:
        client = runtime.directory.clients.get(tenant)
        if client is None:
            raise unknown_client(runtime, tenant)
        if not client.is_active:
            raise click.BadParameter(
                f"已停用 {tenant} is disabled; exchange tenant {tenant} --rotate", param_hint="TENANT"
            )
        token = runtime.tokens.issue(client, now=runtime.now().timestamp())
    printer.show({"access_token": token, "token_type": "Bearer", "tenant": tenant}, lines=[token])
    return DONE


verb(token_verb)


@click.argument("slug", metavar="TENANT")
@click.option("--kind", type=click.Choice(["AUTHORITY", "ENTERPRISE", "PARTNER", "OPERATOR"]), default=None)
@click.option("--name", default=None, help="单位名称 Name.")
@click.option("--name-en", default=None, help="英文名称 English name.")
@click.option("--credit-code", default=None, help="统一社会信用代码 Unified social credit code.")
@click.option("--region", default=None, help="所在行政区划 Division code of its seat, such as 440300.")
@click.option("--sector", type=click.Choice(["EMERGENCY", "HOUSING"]), default=None, help="行业 Sector.")
@click.option("--jurisdiction", default=None, help="管辖区划前缀 Prefixes it governs, such as 4403,4404.")
@click.option("--agreement", "agreements", multiple=True, help="加入的协议 Agreement it joins; may be repeated.")
@click.option("--new-agreement", "founds", is_flag=True, help="协议不存在则新建 Found the agreement if it is new.")
@click.option("--rotate", "rotates", is_flag=True, help="换新密钥 Give a new secret; the old one stops working.")
@click.option("--usual-scopes", "widens", is_flag=True, help="补齐本类单位的权限 Give the usual scopes of its kind.")
async def tenant_verb(settings: Settings, printer: Printer, agreements: tuple[str, ...], **values: Any) -> int:
    """接入一个单位 Take a tenant on board; what is not said of a known one stays. Its secret is printed once."""
    from exchange.cli.onboarding import add_tenant

    async with opened(settings, has_loops=False, makes=True) as runtime:
        flags = {name: values.pop(name) for name in ("rotates", "founds", "widens")}
        return await add_tenant(runtime, printer, values, agreements, **flags)


verb(tenant_verb)


@click.argument("tenant")
async def disable_verb(settings: Settings, printer: Printer, tenant: str) -> int:
    """停用一个客户端 Shut a tenant's client out; its tokens stop working at once."""
    from exchange.cli.onboarding import disable_client

    async with opened(settings, has_loops=False) as runtime:
        return await disable_client(runtime, printer, tenant)


verb(disable_verb)


@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
async def agreement_verb(settings: Settings, printer: Printer, path: Path) -> int:
    """发布互认协议的下一版 Publish the next version of an agreement (.json, as the input of agreementPublish)."""
    from exchange.cli.agreements import load_agreement

    async with opened(settings, has_loops=False) as runtime:
        return await load_agreement(runtime, printer, path)


verb(agreement_verb)


@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
async def holidays_verb(settings: Settings, printer: Printer, path: Path) -> int:
    """载入节假日安排 Load a year's working days (.csv: 2027-01-01,休); guessed deadlines are counted anew."""
    from exchange.cli.holidays import load_calendar

    async with opened(settings, has_loops=False) as runtime:
        return await load_calendar(runtime, printer, path)


verb(holidays_verb)


@verb
async def doctor_verb(settings: Settings, printer: Printer) -> int:
    """自检 Check settings, database, row security, lag; each fault with the command that mends it."""
    from exchange.cli.doctor import examine

    return await examine(settings, printer)


@click.argument("receipt", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--jwks", default=None, help="公钥文件或地址 File or address of the keys; this hub's by default.")
@click.option(
    "--checkpoint", "kept", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="此前保存的检查点 A checkpoint kept from earlier; may be repeated.",
)  # fmt: skip
@click.option(
    "--export", "exported", default=None, type=click.Path(dir_okay=False, path_type=Path),
    help="导出日志与记录，含个人信息 Write the log with its rows here: personal data.",
)  # fmt: skip
async def verify_verb(
    settings: Settings, printer: Printer, receipt: Path | None, jwks: str | None, kept: tuple[Path, ...],
    exported: Path | None,
) -> int:  # fmt: skip
    """核验日志或回执 Check the log against the database, or a RECEIPT without one; 1 when something differs."""
    from exchange.cli.verifying import check_database, check_receipt

    if receipt is not None:
        return await check_receipt(settings, printer, receipt, jwks, kept)
    async with opened(settings, has_loops=False) as runtime:
        return await check_database(runtime, printer, kept, exported)


verb(verify_verb)


@verb
async def reindex_verb(settings: Settings, printer: Printer) -> int:
    """重建名称索引 Build the index of names again; meanwhile a search by name finds less."""
    async with opened(settings, has_loops=False) as runtime:
        names = await runtime.rebuild_names()
    printer.show({"names": names}, lines=[f"√ {names} 个名称 names"])
    return DONE


@verb
async def config_verb(settings: Settings, printer: Printer) -> int:
    """打印全部设置 Print every setting, where it comes from and what it means."""
    from exchange.settings import rows

    found = rows(settings, os.environ)
    printer.table(
        ("设置 setting", "值 value", "来源 source", "说明 meaning"),
        [(row.name, row.value, row.source, row.zh if printer.language == "zh" else row.en) for row in found],
        keys=("name", "value", "source", "meaning"),
        wrapped=("value", "meaning"),
    )
    return DONE


@verb
async def schema_verb(settings: Settings, printer: Printer) -> int:
    """打印 SDL Print the GraphQL schema."""
    from schema.graphql import printed

    printer.show({"sdl": printed()}, lines=[printed().rstrip()])
    return DONE


@contextlib.asynccontextmanager
async def opened(settings: Settings, *, has_loops: bool = True, makes: bool = False) -> AsyncIterator[Any]:
    """A runtime on the settings' database; where there is none it is made only if this verb `makes` one."""
    from exchange.database import check_existing, open_database
    from exchange.runtime import now_in_utc, open_runtime
    from exchange.settings import deployment_secret
    from exchange.sinks import chosen_sinks
    from tenants.keys import Keys

    if not makes:
        await check_existing(settings)
    sinks = chosen_sinks(settings) if has_loops else ()
    async with open_database(settings) as database:
        keys = Keys(secret=deployment_secret(settings).encode())
        async with open_runtime(
            database,
            keys,
            issuer=settings.issuer,
            now=now_in_utc,
            has_loops=has_loops,
            misses=settings.misses,
            read_together=settings.read_together,
            sinks=sinks,
            public_url=settings.public_url,
        ) as runtime:
            yield runtime
