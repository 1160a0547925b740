"""Under which key a mutation is done once: that of the header Idempotency-Key, or of @idempotent on its fields.

What is kept under a key, and for how long, is in exchange/idempotency.py.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import ASTValidationRule, FieldNode, GraphQLError, ValidationContext
from graphql.execution.values import get_directive_values

from schema.errors import Refusal
from schema.graphql.directives import IDEMPOTENT

LONGEST = 255


class OnMutationsOnly(ASTValidationRule):
    """@idempotent anywhere else would be a promise nobody keeps."""

    context: ValidationContext

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        is_asked = any(one.name.value == IDEMPOTENT.name for one in node.directives)
        if is_asked and self.context.get_parent_type() is not self.context.schema.mutation_type:
            self.report_error(GraphQLError("@idempotent belongs on a field of a mutation itself.", node))


def key_of(fields: Iterable[FieldNode], variables: Mapping[str, Any], header: str | None) -> str | None:
    """The key of an operation with these root fields; None: every time anew. Raises Refusal BAD_INPUT."""
    given = {header} if header else set[str]()
    for node in fields:
        values = get_directive_values(IDEMPOTENT, node, dict(variables))
        if values is not None:
            given.add(_readable(values["key"]))
    if len(given) > 1:
        raise Refusal("BAD_INPUT", detail="Idempotency-Key, @idempotent: one key a request")
    return given.pop() if given else None


def _readable(key: str) -> str:
    if not (1 <= len(key) <= LONGEST and key.isascii() and key.isprintable() and " " not in key):
        raise Refusal("BAD_INPUT", detail=f"@idempotent(key:) 1-{LONGEST} visible ASCII characters")
    return key
