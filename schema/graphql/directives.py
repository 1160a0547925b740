"""Directives a client may set. Add the next one to DIRECTIVES, and say in the engine what it does."""

from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLNonNull,
    GraphQLString,
)

from schema.graphql.parts import text

IDEMPOTENT = GraphQLDirective(
    name="idempotent",
    locations=[DirectiveLocation.FIELD],
    args={
        "key": GraphQLArgument(
            GraphQLNonNull(GraphQLString),
            description=text("幂等键，1–255 个可见 ASCII 字符", "The key, 1-255 visible ASCII characters"),
        )
    },
    description=text(
        "重复提交只办理一次：48 小时内同键同内容得到首次答复，同键不同内容被拒绝；与请求头 Idempotency-Key 等效，"
        "限用于变更操作的顶层字段，一次请求一个键",
        "Sent again it is done once: for 48 hours the same key with the same content gives the first answer, with "
        "other content it is refused. As the header Idempotency-Key; on a field of a mutation, one key a request",
    ),
)

DIRECTIVES = (IDEMPOTENT,)
