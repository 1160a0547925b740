"""What the verbs print for people at 80 columns: names stay whole, explanations break lines."""

import pytest

from exchange.cli.printing import Printer
from exchange.settings import SETTINGS, load, rows


@pytest.mark.parametrize("data", ["/srv", "/home/somebody-with-a-long-name/.local/share/safety-exchange"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_setting_s_name_stays_whole_at_80_columns(
    data: str, language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = rows(load({"EXCHANGE_DATA": data}), {"EXCHANGE_DATA": data})
    Printer(as_json=False, language=language).table(
        ("设置 setting", "值 value", "来源 source", "说明 meaning"),
        [(row.name, row.value, row.source, row.zh if language == "zh" else row.en) for row in found],
        keys=("name", "value", "source", "meaning"), wrapped=("value", "meaning"),
    )  # fmt: skip
    names = [one.name for one in SETTINGS]
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    first = {words[0]: words for words in lines if words and words[0] in names}
    assert list(first) == names
    assert all({"environment", "default"} & set(words) for words in first.values())


def test_a_table_for_programs_is_a_list_of_objects(capsys: pytest.CaptureFixture[str]) -> None:
    Printer(as_json=True, language="en").table(("A", "B"), [("1", "2")], keys=("a", "b"), wrapped=("b",))
    assert capsys.readouterr().out == '[\n  {\n    "a": "1",\n    "b": "2"\n  }\n]\n'
