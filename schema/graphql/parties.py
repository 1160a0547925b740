"""Who stands on a record: the authority that published it, the person it was given to."""

import graphene

from schema.graphql.parts import identifier, string, text


class Authority(graphene.ObjectType):
    """A supervising authority taking part in the exchange."""

    class Meta:
        description = text("监管部门（接入单位）", "A supervising authority that takes part in the exchange.")

    id = identifier("接入单位标识", "Name of the tenant")
    name = string("单位名称", "Name", required=True)
    name_en = string("英文名称", "English name", required=True)
    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    region = string("所在行政区划代码（GB/T 2260）", "Division code of its seat (GB/T 2260)")


class Holder(graphene.ObjectType):
    """The holder of a certificate as printed on it."""

    class Meta:
        description = text("持证人（证面信息）", "The holder as printed on the certificate.")

    id = identifier("人员标识，同一人在各地相同", "Id of the person, the same for all issuers")
    name = string("姓名。个人信息：须有查询事由与办件编号", "Name. Personal: needs a purpose and a case number")
    name_masked = string("姓名（已脱敏）", "Name, masked")
    id_number_masked = string("证件号码（已脱敏）", "ID number, masked")
