"""What a verb says when it cannot do its work: code, field and next step for programs, one language for people."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from exchange.cli import cli, run
from exchange.cli.gating import check_path
from exchange.cli.importing import import_path
from exchange.cli.printing import Printer
from exchange.cli.rosters import keep_path
from schema.errors import Refusal
from tests.conftest import SECRET, RunningHub
from tests.flows import material


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, the error for programs, and what people are told."""
    code = run([*arguments, "--json"])
    told = capsys.readouterr()
    return code, json.loads(told.out)["error"], told.err


@pytest.mark.parametrize(("language", "text"), [
    ("zh", "× 缺少 --kind\n  → exchange import --help\n"),
    ("en", "× Missing option '--kind'.\n  → exchange import --help\n"),
])  # fmt: skip
def test_wrong_usage_is_told_in_the_language_of_the_settings(
    language: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXCHANGE_LANG", language)
    (path := tmp_path / "a.csv").write_text("x")
    code, error, shown = failed(capsys, "import", str(path), "--tenant", "sz-bureau")
    assert (code, error["code"], error["field"], error["retryable"]) == (64, "BAD_INPUT", ["--kind"], False)
    assert error["nextStep"] == error["nextStepEn"] == "exchange import --help"
    assert shown == text


@pytest.mark.parametrize(("arguments", "zh"), [
    (["imprt"], "没有命令 'imprt'"), (["up", "--prot"], "没有选项 --prot"), (["token"], "缺少 TENANT"),
])  # fmt: skip
def test_each_sort_of_wrong_usage_has_chinese_words(
    arguments: list[str], zh: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXCHANGE_LANG", "zh")
    code, error, _ = failed(capsys, *arguments)
    assert (code, error["message"], error["code"]) == (64, zh, "BAD_INPUT")


def test_a_database_that_is_missing_may_be_there_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EXCHANGE_DATABASE_URL", raising=False)
    monkeypatch.setenv("EXCHANGE_DATA", str(tmp_path / "none"))
    code, error, _ = failed(capsys, "token", "sz-bureau")
    assert (code, error["code"], error["retryable"]) == (69, "UNAVAILABLE", True)


def test_a_refusal_says_what_http_says(hub: RunningHub, tmp_path: Path) -> None:
    (path := tmp_path / "a.json").write_text("{}")
    environ = {
        **os.environ, "EXCHANGE_DATABASE_URL": hub.database.dsn, "EXCHANGE_SECRET": SECRET, "EXCHANGE_LANG": "en",
    }  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "exchange",
        "import",
        str(path),
        "--kind",
        "小狗",
        "--tenant",
        "sz-bureau",
        "--json",
    ]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    error = json.loads(done.stdout)["error"]
    wanted = Refusal("UNKNOWN_KIND", kind="小狗", known="")
    assert (done.returncode, error["code"], error["message"]) == (1, "UNKNOWN_KIND", wanted.message())
    assert error["nextStep"].count("RISK_GRADING 企业安全风险等级") == 1
    assert done.stderr.startswith("× Unknown record kind")


def test_what_a_verb_says_of_itself_is_not_cut_off() -> None:
    shown = " ".join(CliRunner().invoke(cli, ["--help"], terminal_width=80).output.partition("命令")[2].split())
    assert "guessed deadlines are counted anew." in shown
    assert "..." not in shown


@pytest.mark.parametrize("kind", ["RISK_GRADING", "risk_grading", "risk-grading", "企业安全风险等级"])
async def test_a_kind_is_named_by_code_or_in_chinese(
    hub: RunningHub, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path := tmp_path / "a.ndjson").write_text(json.dumps(material.grading(material.firm()), ensure_ascii=False) + "\n")
    printer = Printer(as_json=True, language="zh")
    code = await import_path(
        hub.runtime, printer, path=path, kind=kind, tenant="sz-bureau", operator=None, is_rehearsal=True
    )
    assert (code, json.loads(capsys.readouterr().out)["kind"]) == (0, "RISK_GRADING")


async def test_verdicts_are_counted_under_their_codes(
    hub: RunningHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path := tmp_path / "a.csv").write_text(
        "企业名称,统一社会信用代码,关卡,办理地行政区划代码\n甲,91440300DEM000014X,投标,440100\n"
        f"乙,{material.firm().credit_code},投标,440100\n"
    )
    await check_path(hub.runtime, Printer(as_json=True, language="zh"), path=path, tenant="gz-bureau")
    assert json.loads(capsys.readouterr().out)["counts"] == {"UNCHECKED": 1, "UNDETERMINED": 1}


async def test_a_new_roster_asks_for_the_option_it_needs(hub: RunningHub, tmp_path: Path) -> None:
    (path := tmp_path / "a.csv").write_bytes(
        io.StringIO("新增/移除,姓名或企业名称,公民身份号码,统一社会信用代码\n").getvalue().encode()
    )
    with pytest.raises(click.UsageError, match="needs --purpose"):
        await keep_path(
            hub.runtime, Printer(as_json=True, language="zh"), path=path, tenant="nj-bureau", name="空", purpose=None
        )
