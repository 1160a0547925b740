"""What happened at the hub: events, imports, reads of personal fields.

A field added here gets its column in exchange/engine/shapes.py (a test compares both).
"""

import graphene

from schema.graphql.dossiers import Enterprise
from schema.graphql.parties import Authority
from schema.graphql.parts import JSON, connection, day, identifier, integer, many, moment, one, string, text
from schema.graphql.records import RiskFlag
from schema.graphql.reviews import Review


class Event(graphene.ObjectType):
    """Something that happened, in its place in the stream."""

    class Meta:
        description = text(
            "事件", "Something that happened, at its place in the stream; payloads hold ids, codes and dates only."
        )

    id = identifier()
    cursor = string("流中位置，断线后从此续传", "Position in the stream; resume after it", required=True)
    type = string("事件类型", "Type of event", required=True)
    subject = string(
        "主体：E:统一社会信用代码、P:人员标识、B:导入批次 或 T:接入单位",
        "Subject: E:credit code, P:person id, B:import or T:tenant",
        required=True,
    )
    subject_version = integer("主体内的顺序号", "Order within the subject", required=True)
    day = day("发生日", "Day", required=True)
    occurred_at = moment("记录时间", "When it was announced")
    owner = one(Authority, "发布单位", "Authority", required=True)
    enterprise = one(Enterprise, "所涉企业", "Enterprise concerned")
    flag = one(RiskFlag, "所涉风险标记", "Risk flag concerned")
    review = one(Review, "所涉核查", "Review concerned")
    record_id = graphene.ID(description=text("所涉记录", "Record concerned"))
    review_id = graphene.ID(description=text("所涉核查标识", "Review concerned"))
    payload = graphene.Field(JSON, required=True, description=text("内容", "Payload"))


EventConnection = connection(Event, "事件", "events")


class AccessRecord(graphene.ObjectType):
    """Evidence of a read of personal fields."""

    class Meta:
        description = text("个人信息查询留痕", "Evidence of a read of personal fields by your own clients.")

    id = identifier()
    purpose = string("查询事由", "Purpose", required=True)
    case_number = string("办件编号", "Case number", required=True)
    root_field = string("查询字段", "Root field", required=True)
    fields = many(graphene.String, "读取的个人信息字段", "Personal fields that were read")
    persons = many(
        graphene.ID,
        "所涉人员（查无此人时为空）；举报人查询为举报标识",
        "Persons concerned, or the report; empty: nobody was found",
    )
    client_id = string("客户端", "Client", required=True)
    request_id = string("请求编号", "Request id", required=True)
    read_at = moment("查询时间", "When")


AccessRecordConnection = connection(AccessRecord, "查询留痕", "access records")
