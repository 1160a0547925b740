"""协同时效: the GraphQL types of how well authorities do it. A measure comes with its line in schema/timeliness.py."""

from typing import Any

import graphene

from schema.graphql.enums import Handling
from schema.graphql.parts import connection, day, enum, identifier, integer, many, string, text
from schema.timeliness import MEASURES, Colour

ScoreboardMeasure = enum(
    "ScoreboardMeasure", "时效指标", "What is measured", {name: (one.zh, one.en) for name, one in MEASURES.items()}
)
ScoreboardBy = enum("ScoreboardBy", "时效分组", "What the scoreboard is told apart by", {
    "AUTHORITY": ("单位：报送、答复按来源单位，受理、办结按承办单位", "Authority: source or reviewing one, by measure"),
    "AGREEMENT": (
        "协议：双方当日均为成员的协议；没有的归入空行", "Agreement both parties were in; a row without where none"
    ),
    "MONTH": ("月份：报送日、核查开启日、提问日所在月", "Month of the report, the opening, the question"),
})  # fmt: skip
TimelinessColour = enum("TimelinessColour", "绿黄红", "How good a figure is", {
    Colour.GREEN.name: ("绿：80% 及以上，或平均不足 16 天", "80 % and above, or below 16 days"),
    Colour.YELLOW.name: ("黄：60% 至不足 80%，或 16 至 25 天", "60 % to below 80 %, or 16 to 25 days"),
    Colour.RED.name: ("红：不足 60%，或超过 25 天", "Below 60 %, or more than 25 days"),
})  # fmt: skip


class ScoreboardFigure(graphene.ObjectType):
    """One figure with what it is made of."""

    class Meta:
        description = text("一项时效指标，可用 scoreboardRows 逐条查看", "A figure; scoreboardRows gives its rows.")

    measure = graphene.Field(ScoreboardMeasure, required=True, description=text("指标", "Measure"))
    numerator = integer("分子：按时的件数，或天数合计", "How many were in time, or the sum of days", required=True)
    denominator = integer("分母：应计的件数", "How many count", required=True)
    value = graphene.Float(
        required=True, description=text("比率（0 到 1）或平均天数", "Share, 0 to 1, or mean of days")
    )
    colour = graphene.Field(
        TimelinessColour, description=text("绿黄红；没有阈值的指标为空", "None for measures without thresholds")
    )


class ScoreboardRow(graphene.ObjectType):
    """The figures of one authority, agreement or month."""

    class Meta:
        description = text(
            "协同时效的一行；各机关互相可见数字，不含任何记录",
            "A row: authorities see each other's figures, no records.",
        )

    authority = string("单位标识（按单位分组时）", "Authority, when told apart by it")
    authority_name = string("单位名称", "Its name")
    agreement = string("协议（按协议分组时；没有共同协议的为空）", "Agreement, when told apart by it; none without one")
    month = string("月份，如 2026-11（按月份分组时）", "Month such as 2026-11, when told apart by it")
    figures = many(ScoreboardFigure, "各项指标；没有应计事项的不列", "Figures; none where nothing counts")


class ScoreboardCase(graphene.ObjectType):
    """One fact behind a figure."""

    class Meta:
        description = text("指标背后的一件", "One fact behind a figure: ids and days only.")

    id = identifier("这一件的标识：所报送的记录、核查或提问步骤", "Record reported, review, or step of the question")
    day = day("报送日、核查开启日或提问日", "Day of the report, the opening or the question", required=True)
    amount = integer("按时为 1、未按时为 0；或天数", "1 in time, 0 late; or days", required=True)
    review_id = graphene.ID(description=text("核查标识", "Id of the review"))
    record_id = graphene.ID(description=text("所报送的记录，或核查的起因", "Record reported, or cause of the review"))
    step_id = graphene.ID(description=text("提问步骤", "Step of the question"))
    other = string("另一方单位标识", "The other party")
    other_name = string("另一方单位名称", "Its name")


ScoreboardCaseConnection = connection(
    ScoreboardCase, "指标背后的各件", "facts", numerator=integer("指标的分子；分母即总数", "Numerator", required=True)
)


class EventShare(graphene.ObjectType):
    """What became of the reviews that one type of event led to."""

    class Meta:
        description = text(
            "某类事件所引起的核查中，被查阅、处理、忽略的各有多少",
            "Of the reviews a type of event led to: opened, acted upon, ignored.",
        )

    type = string("引起核查的事件类型", "Type of the event that caused them", required=True)
    handling = graphene.Field(Handling, required=True, description=text("处置要求", "What is asked"))
    reviews = integer("核查数", "How many reviews", required=True)
    opened = integer("承办单位已查阅或办理", "Read or dealt with by the reviewing authority", required=True)
    acted = integer("已办结且结论不是不予处理", "Decided, and not dismissed", required=True)
    ignored = integer("逾期而从未查阅", "Overdue and never opened", required=True)


def _month() -> dict[str, Any]:
    return {
        "month": graphene.String(required=True, description=text("月份，如 2026-11", "Month such as 2026-11")),
        "months": graphene.Int(
            default_value=1, description=text("以该月为末月的月数，1-12", "How many months ending with it, 1-12")
        ),
    }


def _authority(zh: str, en: str) -> dict[str, Any]:
    return {"authority": graphene.String(description=text(zh, en))}


ROOT_FIELDS: dict[str, Any] = {
    "scoreboard": graphene.List(
        graphene.NonNull(ScoreboardRow),
        required=True,
        description=text("协同时效：各机关报送、受理、办结、答复是否及时", "Timeliness of all authorities"),
        **_month(),
        by=graphene.List(
            graphene.NonNull(ScoreboardBy), description=text("分组（默认按单位）", "Authorities by default")
        ),
        **_authority("只要该单位的（单位标识）", "Only of this authority"),
    ),
    "scoreboard_rows": graphene.Field(
        ScoreboardCaseConnection,
        required=True,
        description=text("某项时效指标背后的各件，限本单位是一方的", "The facts behind a figure: yours"),
        measure=ScoreboardMeasure(required=True, description=text("指标", "Measure")),
        **_month(),
        **_authority("哪个单位的指标（默认本单位）", "Whose figure; your own by default"),
        agreement=graphene.String(
            description=text("只要该协议的；空串为没有共同协议的", "Only under this agreement; empty for under none")
        ),
        is_met=graphene.Boolean(description=text("只要按时的（或未按时的）", "Only those in time, or only those late")),
        first=graphene.Int(required=True, description=text("每页条数，1-100", "Items a page, 1-100")),
        after=graphene.String(description=text("上一页的 endCursor", "endCursor of the page before")),
    ),
    "event_shares": graphene.List(
        graphene.NonNull(EventShare),
        required=True,
        description=text(
            "各类事件引起的核查被查阅、处理、忽略的情况（按核查开启月）",
            "Of the reviews each type of event led to: opened, acted upon, ignored; by month of opening",
        ),
        **_month(),
        **_authority("只要该单位承办的（单位标识）", "Only those of this authority"),
    ),
}  # fmt: skip
