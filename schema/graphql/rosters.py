"""名册: who is watched. GraphQL types, inputs, payloads and root fields.

A field added here gets its column in exchange/engine/rosters.py; names and numbers are shown masked.
"""

from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.parts import connection, day, enum, identifier, integer, listed, many, one, string, text
from schema.rosters import RosterChange as Change

RosterChange = enum(
    "RosterChange", "名册行的作用", "What an entry does to a roster", {one.name: (one.zh, one.en) for one in Change}
)


class RosterEntry(graphene.ObjectType):
    """A person or firm of a roster."""

    class Meta:
        description = text("名册所列的一人或一家企业", "A person or firm somebody wants to be told about.")

    id = identifier()
    subject = string("对象，与事件的 subject 相同", "Subject, as events name it", required=True)
    person_id = graphene.ID(description=text("人员标识", "Id of the person"))
    credit_code = string("统一社会信用代码", "Unified social credit code of the firm")
    label = string("本单位所写名称（人员已脱敏）", "Name as you wrote it; a person's is masked", required=True)
    id_number_masked = string("公民身份号码（已脱敏）", "ID number, masked")
    added_on = day("列入日期", "Since when", required=True)


RosterEntryConnection = connection(RosterEntry, "名册所列", "entries")


class Roster(graphene.ObjectType):
    """A roster."""

    class Meta:
        description = text(
            "名册：所列人员或企业有变化时提醒本单位；仅本单位可见",
            "A roster: its owner is told of news of whom it lists. Nobody else sees it.",
        )

    id = identifier()
    name = string("名称", "Name", required=True)
    purpose = string("用途", "Purpose", required=True)
    created_on = day("建立日期", "Since when", required=True)
    entries = listed(RosterEntryConnection, "现列各项", "Whom it lists now")


RosterConnection = connection(Roster, "名册", "rosters")


class RosterEntryInput(graphene.InputObjectType):
    """A person or firm to enter or take out."""

    class Meta:
        description = text("新增或移除一人（公民身份号码）或一家企业（信用代码）", "A person, or a firm.")

    change = graphene.Argument(RosterChange, required=True, description=text("新增或移除", "Add or remove"))
    name = string("姓名或企业名称", "Name of the person or firm", required=True)
    id_number = string("公民身份号码", "Citizen ID number")
    credit_code = string("统一社会信用代码", "Unified social credit code")
    note = string("备注（仅导出时可见）", "Note, seen in the export alone")


class RosterChangeInput(graphene.InputObjectType):
    """What changes in a roster."""

    class Meta:
        description = text("名册变更；未提及的不变", "Changes of a roster; whoever is not named stays.")

    name = string("名册名称；没有则新建", "Name of the roster; made if there is none", required=True)
    purpose = string("用途（新建时必填）", "Purpose; needed for a new one")
    entries = graphene.List(
        graphene.NonNull(RosterEntryInput), required=True, description=text("各行，至多 500", "At most 500")
    )


class RosterChangePayload(graphene.ObjectType):
    """What became of it."""

    class Meta:
        description = text("名册变更结果", "What became of the changes.")

    roster = one(Roster, "名册", "The roster")
    added = integer("新增", "Entered")
    changed = integer("更新", "With other words")
    removed = integer("移除", "Taken out")
    unchanged = integer("未变", "As before")
    user_errors = many(UserError, "全部问题（有问题则全部未改）", "All findings; when there are any, nothing changed")


QUERIES: dict[str, Any] = {
    "roster": one(
        Roster,
        "本单位的一个名册",
        "One of your rosters",
        id=graphene.ID(required=True, description=text("名册标识", "Id of the roster")),
    ),
    "rosters": listed(RosterConnection, "本单位的名册", "Your rosters"),
}
MUTATIONS: dict[str, Any] = {
    "roster_change": one(
        RosterChangePayload,
        "名册新增、移除人员或企业；企业只列本企业及其人员，合作单位只列企业",
        "Enter persons or firms in a roster, or take them out; a firm lists itself and its staff, a partner firms",
        required=True,
        input=RosterChangeInput(required=True, description=text("变更内容", "The changes")),
    ),
}
