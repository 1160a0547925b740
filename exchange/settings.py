"""The EXCHANGE_* variables: what each means, its default, and how it is read and shown.

Add the next one to SETTINGS, as a field of Settings, and as a line in `load`.
"""

import difflib
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from exchange.folder import keep_text
from exchange.unusable import SettingsUnusable
from tenants.access import Misses

SECRET_LENGTH = 32
_ADDRESS = re.compile(r"(?P<scheme>[a-z]+://)(?P<login>[^@?/]*@)?(?P<place>[^@?/]+(/[^@?]*)?)(\?[^@]*)?")
_NATS = re.compile(r"(nats|tls)://([^@\s]*@)?(\[[0-9a-fA-F:]+\]|[^\s:/@]+)(:\d{1,5})?/?")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One variable. `default` is what it would hold to mean the same; empty when it depends."""

    name: str
    attribute: str
    default: str
    zh: str
    en: str
    is_secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting(name="EXCHANGE_PORT", attribute="port", default="8000", zh="监听端口", en="port to listen on"),
    Setting(name="EXCHANGE_HOST", attribute="host", default="127.0.0.1", zh="监听地址", en="address to listen on"),
    Setting(name="EXCHANGE_DATA", attribute="data", default="", zh="数据文件夹（内置数据库、密钥）",
            en="data folder (embedded database, secret)"),
    Setting(name="EXCHANGE_DATABASE_URL", attribute="database_url", default="", is_secret=True,
            zh="外部 PostgreSQL 地址；不设则启动内置数据库",
            en="PostgreSQL to use; when absent the embedded one is started"),
    Setting(name="EXCHANGE_NATS_URL", attribute="nats_url", default="", is_secret=True,
            zh="NATS JetStream 地址，逗号分隔；设了即转发事件",
            en="NATS JetStream servers, comma-separated; once set events are relayed there"),
    Setting(name="EXCHANGE_SECRET", attribute="secret", default="", is_secret=True,
            zh="部署密钥，不少于 32 个字符；不设则保存在 EXCHANGE_DATA/secret",
            en="deployment secret, 32 characters or more; when absent kept in EXCHANGE_DATA/secret"),
    Setting(name="EXCHANGE_PUBLIC_URL", attribute="public_url", default="",
            zh="对外地址，设了即为令牌签发者；默认 http://127.0.0.1:端口",
            en="address seen from outside, the token issuer once set; http://127.0.0.1:PORT by default"),
    Setting(name="EXCHANGE_LANG", attribute="language", default="", zh="提示语言 zh 或 en；默认随 LANG",
            en="language of messages, zh or en; follows LANG by default"),
    Setting(name="EXCHANGE_IMPORT_LIMIT_MB", attribute="import_limit_mb", default="512", zh="单个导入文件上限（MB）",
            en="largest file to import (MB)"),
    Setting(name="EXCHANGE_POOL_SIZE", attribute="pool_size", default="10", zh="数据库连接数上限",
            en="most database connections"),
    Setting(name="EXCHANGE_READ_TOGETHER", attribute="read_together", default="8",
            zh="排队的同类单条查询一次合并作答的上限，1 为不合并",
            en="queued look-ups of one kind by one caller answered in one statement at most; 1: never together"),
    Setting(name="EXCHANGE_MISSES_PER_CLIENT", attribute="misses_per_client", default="30",
            zh="每个客户端 15 分钟内查无此人的次数上限", en="look-ups of persons a client may miss in 15 minutes"),
    Setting(name="EXCHANGE_MISSES_PER_TENANT", attribute="misses_per_tenant", default="200",
            zh="每个单位 24 小时内查无此人的次数上限", en="look-ups of persons a tenant may miss in 24 hours"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the operator chose. `secret` is None when it has to come from the data folder: see `deployment_secret`."""

    port: int
    is_port_given: bool = False
    host: str
    data: Path
    database_url: str | None = field(repr=False)
    nats_url: str | None = field(repr=False)
    secret: str | None = field(repr=False)
    public_url: str
    language: str
    import_limit_mb: int
    pool_size: int
    read_together: int
    misses_per_client: int
    misses_per_tenant: int
    warnings: tuple[str, ...] = ()

    @property
    def issuer(self) -> str:
        """Who signs tokens: the address the operator fixed, else a name that does not change with the port."""
        return "urn:safety-exchange" if self.public_url == _local_url(self.port) else self.public_url

    @property
    def misses(self) -> Misses:
        """How often a person may be looked for in vain."""
        return Misses(per_client=self.misses_per_client, per_tenant=self.misses_per_tenant)

    def on_port(self, port: int) -> "Settings":
        """The same on another port; the public address follows unless the operator fixed it."""
        follows = self.public_url == _local_url(self.port)
        return replace(self, port=port, public_url=_local_url(port) if follows else self.public_url)


@dataclass(frozen=True, kw_only=True)
class SettingRow:
    """One line of `exchange config`: safe to print. `source` is `environment` or `default`."""

    name: str
    value: str
    source: str
    zh: str
    en: str


def load(environ: Mapping[str, str], *, is_root: bool | None = None) -> Settings:
    """Read the variables; touches no file. An empty variable counts as absent. Raises SettingsUnusable naming all."""
    given = {setting.attribute: environ.get(setting.name, "").strip() or setting.default for setting in SETTINGS}
    findings: list[str] = []
    port = _number("EXCHANGE_PORT", given["port"], 0, 65535, findings)
    settings = Settings(
        port=port,
        is_port_given=bool(environ.get("EXCHANGE_PORT", "").strip()),
        host=given["host"],
        data=Path(given["data"]).expanduser().absolute() if given["data"] else _default_data(environ, is_root),
        database_url=given["database_url"] or None,
        nats_url=given["nats_url"] or None,
        secret=given["secret"] or None,
        public_url=given["public_url"].rstrip("/") or _local_url(port),
        language=given["language"] or _language(environ),
        import_limit_mb=_number("EXCHANGE_IMPORT_LIMIT_MB", given["import_limit_mb"], 1, 10_000, findings),
        pool_size=_number("EXCHANGE_POOL_SIZE", given["pool_size"], 1, 1_000, findings),
        read_together=_number("EXCHANGE_READ_TOGETHER", given["read_together"], 1, 32, findings),
        misses_per_client=_number("EXCHANGE_MISSES_PER_CLIENT", given["misses_per_client"], 1, 1_000_000, findings),
        misses_per_tenant=_number("EXCHANGE_MISSES_PER_TENANT", given["misses_per_tenant"], 1, 1_000_000, findings),
        warnings=_unknown_names(environ),
    )
    findings += _findings(settings)
    if findings:
        text = "; ".join(findings)
        raise SettingsUnusable(
            f"设置不可用：{text}", f"unusable settings: {text}", "改正后重试 / correct it and try again"
        )
    return settings


def deployment_secret(settings: Settings, make_secret: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """The deployment's secret: the variable, else EXCHANGE_DATA/secret, made there once with mode 0600."""
    path = settings.data / "secret"
    try:
        secret = settings.secret or keep_text(path, lambda: make_secret(48))
    except OSError as error:
        raise SettingsUnusable(
            f"无法读写 {path}：{error.strerror}", f"cannot read or write {path}: {error.strerror}",
            "EXCHANGE_DATA=…（可写的文件夹 / a folder you can write to）",
        ) from error  # fmt: skip
    if len(secret) < SECRET_LENGTH:
        raise SettingsUnusable(
            f"{path} 内容过短", f"{path} is too short", "从备份恢复该文件 / restore the file from a backup"
        )
    return secret


def rows(settings: Settings, environ: Mapping[str, str]) -> list[SettingRow]:
    """Every setting as it is in force, secrets hidden, in the order of SETTINGS."""
    return [
        SettingRow(
            name=setting.name,
            value=_shown(setting, getattr(settings, setting.attribute)),
            source="environment" if environ.get(setting.name, "").strip() else "default",
            zh=setting.zh,
            en=setting.en,
        )
        for setting in SETTINGS
    ]


def _shown(setting: Setting, value: object) -> str:
    if value is None:
        return ""
    if not setting.is_secret:
        return str(value)
    # Where a service is helps to diagnose; who logs in there, and how, stays hidden. Any doubt hides all of it.
    found = _ADDRESS.fullmatch(str(value)) if setting.attribute.endswith("_url") else None
    return f"{found['scheme']}{'***@' if found['login'] else ''}{found['place']}" if found else "***"


def _local_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _default_data(environ: Mapping[str, str], is_root: bool | None) -> Path:
    if os.geteuid() == 0 if is_root is None else is_root:
        return Path("/var/lib/safety-exchange")
    given = environ.get("XDG_DATA_HOME", "")
    # The XDG specification says to ignore a relative path here.
    shared = Path(given) if given.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".local" / "share"
    return shared / "safety-exchange"


def _language(environ: Mapping[str, str]) -> str:
    chosen = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "zh" if chosen.lower().startswith("zh") else "en"


def _number(name: str, text: str, least: int, most: int, findings: list[str]) -> int:
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    findings.append(f"{name}={text!r} ({least}-{most})")
    return least


def _findings(settings: Settings) -> list[str]:
    findings = []
    if settings.language not in ("zh", "en"):
        findings.append(f"EXCHANGE_LANG={settings.language!r} (zh, en)")
    if settings.secret is not None and len(settings.secret) < SECRET_LENGTH:
        findings.append(f"EXCHANGE_SECRET (>= {SECRET_LENGTH})")
    if not settings.public_url.startswith(("http://", "https://")):
        findings.append(f"EXCHANGE_PUBLIC_URL={settings.public_url!r} (http://, https://)")
    if settings.database_url and not settings.database_url.startswith(("postgresql://", "postgres://")):
        findings.append("EXCHANGE_DATABASE_URL (postgresql://)")
    if settings.nats_url and not all(_NATS.fullmatch(part.strip()) for part in settings.nats_url.split(",")):
        findings.append("EXCHANGE_NATS_URL (nats://, tls://)")
    return findings


def _unknown_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    known = [setting.name for setting in SETTINGS]
    return tuple(
        _unknown(name, known) for name in sorted(environ) if name.startswith("EXCHANGE_") and name not in known
    )


def _unknown(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    return f"未知设置 {name}，是否为 {nearest}？ / unknown setting {name}, did you mean {nearest}?"
