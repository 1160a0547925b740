"""The operator's first steps: verbs that read make nothing, what is printed is there at once, no token gets into a
log, and a port that was asked for is that one or none."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import orjson
import pytest

from exchange.cli import run
from exchange.cli.printing import Printer, unknown_client
from exchange.cli.serving import greet
from exchange.server import claim, port_of
from exchange.settings import load
from exchange.unusable import PortTaken
from tests.conftest import SECRET, RunningHub

LOOPBACK = "127.0.0.1"


@pytest.mark.parametrize(
    "verb", [["token", "sz-bureau"], ["doctor"], ["reindex"], ["disable", "sz-bureau"], ["verify"]]
)
def test_a_verb_that_reads_makes_no_data_folder(
    verb: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("EXCHANGE_DATABASE_URL", raising=False)
    monkeypatch.setenv("EXCHANGE_DATA", str(tmp_path / "none"))
    assert run([*verb, "--json"]) == 69
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["messageEn"] == f"no database at {tmp_path / 'none'} yet"
    assert "make demo" in told["nextStep"]
    assert list(tmp_path.iterdir()) == []


def test_no_secret_is_made_for_a_database_that_has_one(
    hub: RunningHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", hub.database.dsn)
    monkeypatch.setenv("EXCHANGE_DATA", str(tmp_path))
    monkeypatch.delenv("EXCHANGE_SECRET", raising=False)
    assert run_apart(["token", "sz-bureau"]) == 64
    assert list(tmp_path.iterdir()) == []


def run_apart(arguments: list[str]) -> int:
    """The exit code in a process of its own: a loop runs here already."""
    return subprocess.run([sys.executable, "-m", "exchange", *arguments], capture_output=True, check=False).returncode


def test_where_there_are_no_tenants_no_command_is_listed_as_one() -> None:
    class Nobody:
        directory = type("Directory", (), {"clients": {}})

    assert isinstance(told := unknown_client(Nobody(), "sz-bureau"), click.BadParameter)
    assert told.message == "没有客户端 no client sz-bureau; 还没有接入单位 no tenants yet; exchange tenant --help"


@pytest.mark.parametrize("as_json", [True, False])
def test_tokens_are_printed_at_a_terminal_alone(
    hub: RunningHub, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load({"EXCHANGE_SECRET": SECRET, "EXCHANGE_DATA": "/nonexistent"})
    for is_watched in (True, False):
        greet(Printer(as_json=as_json, language="zh"), settings, hub.runtime, "已有数据", is_watched=is_watched)
        printed = capsys.readouterr().out
        assert ("eyJ" in printed, "exchange token TENANT" in printed) == (is_watched, not (is_watched and as_json))
        assert "sz-bureau" in printed


def test_the_address_is_told_while_the_hub_runs(hub: RunningHub, tmp_path: Path) -> None:
    environ = {
        **os.environ, "EXCHANGE_DATABASE_URL": hub.database.dsn, "EXCHANGE_SECRET": SECRET, "EXCHANGE_PORT": "0",
        "EXCHANGE_DATA": str(tmp_path),
    }  # fmt: skip
    command = [sys.executable, "-m", "exchange", "up", "--json"]
    serving: subprocess.Popen[bytes]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as serving:
        try:
            assert serving.stdout is not None
            assert select.select([serving.stdout], [], [], 60)[0], "nothing was printed"
            document: dict[str, Any] = orjson.loads(os.read(serving.stdout.fileno(), 65_536))
        finally:
            serving.send_signal(signal.SIGTERM)
    assert (document["tokens"], document["url"].rpartition(":")[0]) == ({}, "http://127.0.0.1")


def test_a_port_that_was_asked_for_is_not_another_one() -> None:
    with claim(LOOPBACK, 0) as taken, pytest.raises(PortTaken) as caught:
        claim(LOOPBACK, port_of(taken), moves=False)
    with claim(LOOPBACK, 0) as taken:
        with pytest.raises(PortTaken) as caught:
            claim(LOOPBACK, port_of(taken), moves=False)
        port = port_of(taken)
    assert "perhaps by another exchange up" in caught.value.message_en
    assert f"'sport = :{port}'" in caught.value.fix


def test_a_port_is_asked_for_when_the_variable_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EXCHANGE_DATA", str(tmp_path / "none"))
    with claim(LOOPBACK, 0) as taken:
        monkeypatch.setenv("EXCHANGE_PORT", str(port_of(taken)))
        assert run(["up", "--json"]) == 69
    assert "EXCHANGE_PORT" in json.loads(capsys.readouterr().out)["error"]["messageEn"]
    assert (load({}).is_port_given, load({"EXCHANGE_PORT": "8000"}).is_port_given) == (False, True)
