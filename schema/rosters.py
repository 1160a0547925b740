"""名册 A roster: persons or firms somebody wants to be told about; the sheet it is uploaded and given back as.

A further column is a field of ROSTER_SHEET; whoever may list whom is in exchange/rosters.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from schema.fields import Choice, Coded, text
from schema.kinds.parts import CREDIT_CODE, ID_NUMBER, PERSON_NAME
from schema.record import Audience, Family, Field, Finding, Kind, finding


class RosterChange(Coded):
    """新增或移除 What a row does to the roster; whoever is in no row stays as before."""

    ADD = ("新增", "Add", "", "增加", "加入")
    REMOVE = ("移除", "Remove", "", "删除", "移出")


def _subject_is_clear(values: Mapping[str, Any]) -> Iterable[Finding]:
    if ("idNumber" in values) == ("creditCode" in values):
        yield replace(finding("ROSTER_SUBJECT_UNCLEAR", "idNumber"), rests_on=("creditCode",))


ROSTER_SHEET = Kind(
    name="ROSTER",
    zh="名册",
    en="Roster",
    family=Family.PRESENCE,
    audience=Audience.OWNER,
    fields=(
        Field(
            name="change", zh="新增/移除", en="Add or remove", read=Choice(RosterChange), is_required=True,
            headers=("变更", "操作", "新增或移除"), sample="新增",
        ),
        replace(
            PERSON_NAME, zh="姓名或企业名称", en="Name of the person or firm", read=text(100), national=None,
            headers=("姓名", "企业名称", "名称"),
        ),
        replace(ID_NUMBER, is_required=False, national=None),
        replace(CREDIT_CODE, is_required=False, national=None, sample=""),
        Field(name="note", zh="备注", en="Note", read=text(200), headers=("说明",), sample="焊接班组"),
    ),
    identity=("change", "name"),
    checks=(_subject_is_clear,),
    basis="《安全生产法》第二十七条、第三十条",
)  # fmt: skip
