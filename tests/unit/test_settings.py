"""The EXCHANGE_* variables: defaults, refusals, hidden secrets. A new variable gets its default checked here."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from exchange.settings import SETTINGS, Settings, deployment_secret, load, rows
from exchange.unusable import SettingsUnusable

SECRET = "s" * 32


def test_without_variables_every_default_holds() -> None:
    assert load({"HOME": "/home/demo"}, is_root=False) == Settings(
        port=8000,
        host="127.0.0.1",
        data=Path("/home/demo/.local/share/safety-exchange"),
        database_url=None,
        nats_url=None,
        secret=None,
        public_url="http://127.0.0.1:8000",
        language="en",
        import_limit_mb=512,
        pool_size=10,
        read_together=8,
        misses_per_client=30,
        misses_per_tenant=200,
    )


def test_root_keeps_its_data_where_the_database_user_can_reach_it() -> None:
    assert load({"HOME": "/root"}, is_root=True).data == Path("/var/lib/safety-exchange")


@pytest.mark.parametrize(
    ("given", "data"),
    [("/srv/share", "/srv/share/safety-exchange"), ("share", "/home/demo/.local/share/safety-exchange")],
)
def test_the_data_home_counts_when_it_is_absolute(given: str, data: str) -> None:
    assert load({"HOME": "/home/demo", "XDG_DATA_HOME": given}, is_root=False).data == Path(data)


def test_the_environment_wins_over_the_default() -> None:
    settings = load({"EXCHANGE_PORT": "9000", "EXCHANGE_DATA": "/srv/exchange", "EXCHANGE_POOL_SIZE": "3"})
    assert (settings.port, settings.data, settings.pool_size) == (9000, Path("/srv/exchange"), 3)
    assert settings.public_url == "http://127.0.0.1:9000"


def test_an_empty_variable_counts_as_absent() -> None:
    assert load({"EXCHANGE_PORT": " ", "EXCHANGE_DATABASE_URL": ""}).database_url is None


def test_all_unreadable_variables_are_named_at_once() -> None:
    with pytest.raises(SettingsUnusable) as refusal:
        load({"EXCHANGE_PORT": "eighty", "EXCHANGE_POOL_SIZE": "0", "EXCHANGE_LANG": "fr", "EXCHANGE_SECRET": "short"})
    assert refusal.value.message_en == (
        "unusable settings: EXCHANGE_PORT='eighty' (0-65535); EXCHANGE_POOL_SIZE='0' (1-1000); "
        "EXCHANGE_LANG='fr' (zh, en); EXCHANGE_SECRET (>= 32)"
    )


def test_an_unknown_name_warns_with_the_nearest_one() -> None:
    assert load({"EXCHANGE_PROT": "1", "OTHER": "1"}).warnings == (
        "未知设置 EXCHANGE_PROT，是否为 EXCHANGE_PORT？ / unknown setting EXCHANGE_PROT, did you mean EXCHANGE_PORT?",
    )


@pytest.mark.parametrize(
    ("environ", "language"),
    [({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "C"}, "en"), ({"LANG": "zh_CN", "LC_ALL": "C"}, "en"), ({}, "en")],
)
def test_messages_follow_the_terminals_language(environ: dict[str, str], language: str) -> None:
    assert load(environ).language == language


def test_the_public_address_follows_the_port_unless_it_was_given() -> None:
    assert load({}).on_port(8001).public_url == "http://127.0.0.1:8001"
    given = load({"EXCHANGE_PUBLIC_URL": "https://exchange.example/"}).on_port(8001)
    assert (given.port, given.public_url) == (8001, "https://exchange.example")


def test_shown_rows_are_in_order_and_say_where_a_value_is_from() -> None:
    environ = {"EXCHANGE_PORT": "9000"}
    shown = rows(load(environ), environ)
    assert [row.name for row in shown] == [setting.name for setting in SETTINGS]
    assert (shown[0].value, shown[0].source) == ("9000", "environment")
    assert (shown[1].value, shown[1].source) == ("127.0.0.1", "default")


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("EXCHANGE_SECRET", SECRET, "***"),
        ("EXCHANGE_SECRET", f"https://{SECRET}", "***"),
        (
            "EXCHANGE_DATABASE_URL",
            "postgresql://me:pw@a:1,b:2/exchange?password=pw",
            "postgresql://***@a:1,b:2/exchange",
        ),
        ("EXCHANGE_DATABASE_URL", "postgresql://db.example/exchange", "postgresql://db.example/exchange"),
        ("EXCHANGE_DATABASE_URL", "postgresql://me:p?w@db.example/exchange", "***"),
        ("EXCHANGE_DATABASE_URL", "postgresql://me:p@w@db.example/exchange", "***"),
        ("EXCHANGE_DATABASE_URL", "postgresql://db.example/exchange?password=p@w", "***"),
        ("EXCHANGE_NATS_URL", "nats://token@nats.example:4222", "nats://***@nats.example:4222"),
    ],
)
def test_a_secret_is_never_shown(name: str, value: str, shown: str) -> None:
    environ = {name: value}
    settings = load(environ)
    assert {row.name: row.value for row in rows(settings, environ)}[name] == shown
    assert value not in repr(settings)


def test_the_given_secret_is_used_and_nothing_is_kept(tmp_path: Path) -> None:
    settings = load({"EXCHANGE_DATA": str(tmp_path), "EXCHANGE_SECRET": SECRET})
    assert deployment_secret(settings) == SECRET
    assert list(tmp_path.iterdir()) == []


def test_a_missing_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    settings = load({"EXCHANGE_DATA": str(tmp_path / "data")})
    first = deployment_secret(settings)
    assert len(first) >= 32
    assert deployment_secret(settings) == first
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]


def test_starts_at_the_same_time_agree_on_one_secret(tmp_path: Path) -> None:
    settings = load({"EXCHANGE_DATA": str(tmp_path)})
    numbers = count()

    def secret(_: int) -> str:
        return deployment_secret(settings, lambda size: f"{next(numbers):0{size}}")

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(secret, range(8)))) == 1


def test_a_kept_secret_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("short")
    with pytest.raises(SettingsUnusable, match="is too short"):
        deployment_secret(load({"EXCHANGE_DATA": str(tmp_path)}))


def test_reading_settings_touches_no_file(tmp_path: Path) -> None:
    load({"EXCHANGE_DATA": str(tmp_path / "data")})
    assert os.listdir(tmp_path) == []
