"""The GraphQL face: the root fields. Each is answered by the hub method of the same name, or compiled
(engine/shapes.py).

Add a root field here, its method on the hub or its line in ROOTS, and an example in tests/queries. `build()` gives the
plain GraphQLSchema everything else works with; `printed()` is what schema/schema.graphql holds.
"""

from typing import Any

import graphene
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLSchema, print_schema
from graphql.type import GraphQLScalarType

from schema.graphql import (
    activity,
    agreements,
    answers,
    confirmations,
    desk,
    digests,
    disputes,
    disputing,
    dossiers,
    employer_changes,
    finding,
    gates,
    identity,
    imports,
    inputs,
    ledger,
    local_policies,
    recognition_outlook,
    recognition_rules,
    records,
    repairs,
    reports,
    review_steps,
    reviews,
    rosters,
    safety_codes,
    scoreboard,
    suspicions,
    tips,
    transfers,
)
from schema.graphql.directives import DIRECTIVES
from schema.graphql.families.special import handling
from schema.graphql.parts import labelled, listed, one, specify, text
from schema.kinds import KINDS
from schema.review_life import Decision

DAY = {
    "as_of": graphene.Date(
        description=text("按哪一天计算状态（默认今天）", "Compute states for this day; today by default")
    )
}
AS_OF = {
    "as_of": graphene.Date(
        description=text(
            "问哪一天的情况（默认今天；给出 knownAt 时默认该时刻之日）。过去的日子按历史回答：记录是当日有效的那一版；"
            "核查与事件总是现在的",
            "Of which day; today by default, with knownAt its day. A day in the past is answered from the history: the "
            "versions that held on it. Reviews and events always are those of now",
        )
    ),
    "known_at": graphene.DateTime(
        description=text(
            "按本平台在该时刻已知的回答（含时区，不得晚于现在）",
            "By what the hub knew at this moment, with offset, not in the future",
        )
    ),
}
EVENT_FILTERS = {
    "types": graphene.List(graphene.NonNull(graphene.String), description=text("事件类型", "Types of event")),
    "credit_code": graphene.String(description=text("只要该企业的", "Only those of this firm")),
}


def _id(zh: str, en: str) -> graphene.ID:
    return graphene.ID(required=True, description=text(zh, en))


async def _answer(attribute: str, default: Any, root: Any, info: Any, **arguments: Any) -> Any:
    """Ask the hub method of the same name."""
    return await getattr(root, attribute)(info.context, **arguments)


_Lists: Any = type("_Lists", (), {
    **records.root_lists(**AS_OF), **disputes.ROOT_FIELDS, **tips.ROOT_FIELDS, **scoreboard.ROOT_FIELDS,
    **rosters.QUERIES, **recognition_rules.QUERIES, **recognition_outlook.QUERIES, **ledger.QUERIES,
    **agreements.QUERIES, **confirmations.QUERIES, **safety_codes.QUERIES, **transfers.QUERIES,
})  # fmt: skip


class Query(_Lists, graphene.ObjectType):
    """What can be asked. The lists of records come with their kinds."""

    class Meta:
        description = text("查询", "What can be asked.")
        default_resolver = _answer

    viewer = one(answers.Viewer, "当前调用方与权限", "Who is asking, and what this token may do", required=True)
    certificate = one(
        records.Certificate,
        "按编号或标识查一本证书；查无记录不等于假证",
        "One certificate by number or id; not found does not mean forged",
        by=inputs.CertificateBy(required=True, description=text("查找依据", "How to name it")),
        **AS_OF,
    )
    person = one(
        dossiers.Person,
        "一人一档。个人信息查询：须有事由与办件编号",
        "One person's file. A personal query: needs a purpose and a case number",
        by=inputs.PersonBy(required=True, description=text("查找依据", "How to name the person")),
        **AS_OF,
    )
    enterprise = one(
        dossiers.Enterprise,
        "一企一档",
        "One firm's file",
        credit_code=graphene.String(required=True, description=text("统一社会信用代码", "Unified social credit code")),
        **AS_OF,
    )
    risk_flag = one(
        records.RiskFlag, "一条风险标记", "One risk flag", id=_id("风险标记标识", "Id of the flag"), **AS_OF
    )
    review = one(reviews.Review, "一项重点核查", "One review", id=_id("核查标识", "Id of the review"), **DAY)
    reviews = listed(
        reviews.ReviewConnection,
        "重点核查：本单位承办的，和因本单位记录而起的，按时限",
        "Reviews: yours, and those your records caused; by due day",
        handling=handling(),
        **desk.DESK,
        **digests.DIGEST_ON,
        **DAY,
    )
    events = listed(
        activity.EventConnection, "事件流，可从任一位置续读", "The stream of events, from any position", **EVENT_FILTERS
    )
    recognition = one(
        answers.RecognitionDecision,
        "某证书在某地某日是否被认可，及理由",
        "Whether a certificate is recognised in a place on a day, and why",
        required=True,
        input=inputs.RecognitionInput(required=True, description=text("所问", "The question")),
    )
    search = listed(
        finding.FoundRecordConnection,
        "检索各类记录，新收录的在前；刚发布的记录稍后可按名称检索",
        "Search all records, latest first; one just published is found by name a moment later",
        **finding.SEARCH,
        **AS_OF,
    )
    statistics = graphene.List(
        graphene.NonNull(finding.StatisticsRow),
        required=True,
        description=text(
            "统计：证书、持证率、风险等级、标记、核查", "Counts of certificates, posts, bands, flags, reviews"
        ),
        **finding.STATISTICS,
        **AS_OF,
    )
    digest = digests.DIGEST
    suspected_duplicates = suspicions.SUSPECTED_DUPLICATES
    gate_receipt, gate_checks, clearance, measures = gates.QUERIES.values()
    repairs = repairs.QUERIES["repairs"]
    import_batches = listed(reports.ImportBatchConnection, "本单位的导入批次", "Your imports")
    access_records = listed(
        activity.AccessRecordConnection, "本单位的个人信息查询留痕", "Evidence of your own reads of personal fields"
    )
    trigger_rules, policies, policy_simulation = local_policies.ROOT_FIELDS.values()


def _publish_fields() -> dict[str, graphene.Field]:
    return {
        inputs.mutation_name(kind): one(
            answers.PublishPayload,
            f"发布{kind.zh}",
            f"Publish: {kind.en}",
            required=True,
            input=inputs.KIND_INPUTS[kind.name](required=True, description=text("记录内容", "The record")),
            report=reports.ReportInput(
                description=text("是更新还是更正（默认更新）", "Revision or correction; a revision by default")
            ),
        )
        for kind in KINDS
    }


class _Meta:
    name = "Mutation"
    description = text("变更", "What can be done.")
    default_resolver = _answer


Mutation: Any = type(
    "Mutation",
    (graphene.ObjectType,),
    {
        "Meta": _Meta,
        **_publish_fields(),
        **agreements.MUTATIONS,
        **reports.MUTATIONS,
        **imports.MUTATIONS,
        **identity.MUTATIONS,
        **review_steps.MUTATIONS,
        **disputing.MUTATIONS,
        **tips.MUTATIONS,
        **transfers.MUTATIONS,
        **employer_changes.MUTATIONS,
        **confirmations.MUTATIONS,
        **gates.MUTATIONS,
        **local_policies.MUTATIONS,
        **recognition_rules.MUTATIONS,
        **repairs.MUTATIONS,
        **rosters.MUTATIONS,
        **safety_codes.MUTATIONS,
        **ledger.MUTATIONS,
        "risk_flag_lift": one(
            answers.RiskFlagPayload,
            "解除本单位的风险标记",
            "Lift a risk flag of your own",
            required=True,
            input=inputs.RiskFlagLiftInput(required=True, description=text("解除内容", "What and why")),
        ),
        "clock_run": one(
            answers.ClockPayload,
            "按某日核对将到期、到期与超期的事项（平台运营方）",
            "Tell what is about to end, has ended or is overdue on a day (operator)",
            required=True,
            day=graphene.Date(required=True, description=text("核对日", "The day")),
        ),
    },
)


class Subscription(graphene.ObjectType):
    """What can be followed."""

    class Meta:
        description = text("订阅", "What can be followed.")

    event_published = one(
        activity.Event,
        "事件，按流中顺序；给出 after 则先补发其后的全部",
        "Events in stream order; with `after`, first all that follow it",
        required=True,
        after=graphene.String(description=text("上次收到的 cursor", "The last cursor received")),
        **EVENT_FILTERS,
    )


def build() -> GraphQLSchema:
    """The schema, complete with what graphene cannot say: @oneOf inputs, directives, specified scalars."""
    schema: GraphQLSchema = graphene.Schema(query=Query, mutation=Mutation, subscription=Subscription).graphql_schema
    for name in inputs.ONE_OF:
        made = schema.get_type(name)
        assert isinstance(made, GraphQLInputObjectType)
        made.is_one_of = True
    outcome = schema.get_type("ReviewOutcome")
    assert isinstance(outcome, GraphQLEnumType)
    labelled(outcome, {one.name: one.value for one in Decision})
    schema.directives = (*schema.directives, *DIRECTIVES)
    specify({name: one for name, one in schema.type_map.items() if isinstance(one, GraphQLScalarType)})
    return schema


def printed() -> str:
    """The SDL as committed in schema/schema.graphql."""
    return print_schema(build()) + "\n"
