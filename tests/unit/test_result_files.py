"""Files that verbs give back: what somebody is mending is never written over, and no mark piles up."""

from pathlib import Path

import pytest

from exchange.cli.result_files import keep, named_beside


@pytest.mark.parametrize(("name", "mark", "wanted"), [
    ("企业.xlsx", "待修改", "企业-待修改.xlsx"),
    ("企业-待修改.xlsx", "待修改", "企业-待修改.xlsx"),
    ("企业-待修改-2.xlsx", "待修改", "企业-待修改.xlsx"),
    ("企业-待修改-待修改.xlsx", "待修改", "企业-待修改.xlsx"),
    ("企业-2.xlsx", "待修改", "企业-2-待修改.xlsx"),
    ("投标-待修改.xlsx", "核验结果", "投标-待修改-核验结果.xlsx"),
])  # fmt: skip
def test_a_name_is_marked_once(name: str, mark: str, wanted: str) -> None:
    assert named_beside(Path("/srv") / name, mark, "xlsx") == Path("/srv") / wanted


def test_a_file_with_other_content_stays_and_the_next_is_numbered(tmp_path: Path) -> None:
    wanted = tmp_path / "a-待修改.csv"
    kept = [keep(wanted, lambda file, text=text: file.write(text)) for text in (b"1", b"2", b"1", b"2", b"3")]
    assert [path.name for path in kept] == [
        "a-待修改.csv", "a-待修改-2.csv", "a-待修改.csv", "a-待修改-2.csv", "a-待修改-3.csv",
    ]  # fmt: skip
    assert [path.read_bytes() for path in sorted(set(kept))] == [b"2", b"3", b"1"]
