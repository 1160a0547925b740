"""graphql-core's executor with compiled parts: stored root fields, and objects that a hub method names by id.

A hub method returns `Ref(id)` where the SDL says Review, RiskFlag ...; the selection on it is compiled and answered by
PostgreSQL, so an object looks the same wherever it is asked for.
"""

import uuid
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import FieldNode, GraphQLObjectType, get_named_type, located_error
from graphql.execution import ExecutionContext
from graphql.pyutils import Path, Undefined

from exchange.engine.arguments import Binding
from exchange.engine.compiler import compile_root
from exchange.engine.faces import condition, scope_of
from exchange.engine.parts import One, Root
from exchange.engine.roots import ROOTS
from schema.graphql.faces import FACES

# What an object named by id needs to be read, by type.
BY_TYPE: dict[str, Root] = {
    **{face.name: Root(part=One(shape=face.name, where=condition(face)), scope=scope_of(face)) for face in FACES},
    "Review": ROOTS["review"],
    "ReviewStep": Root(part=One(shape="ReviewStep"), scope="review.read"),
    "Dispute": ROOTS["dispute"],
    "Tip": ROOTS["tip"],
    "Repair": Root(part=One(shape="Repair"), scope="repair.read"),
    "GateCheck": Root(part=One(shape="GateCheck"), scope="gate.check"),
    "Roster": ROOTS["roster"],
    "Transfer": Root(part=One(shape="Transfer"), scope="record.publish"),
    "ImportBatch": Root(part=One(shape="ImportBatch"), scope="record.publish"),
}


@dataclass(frozen=True)
class Ref:
    """An object by its id, to be read with the selection the client sent."""

    object_id: uuid.UUID


class Mixing(ExecutionContext):
    """An execution context bound to one engine."""

    engine: Any = None

    @classmethod
    def of(cls, engine: Any) -> type["Mixing"]:
        """The context class of an engine."""
        return type("EngineMixing", (cls,), {"engine": engine})

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_nodes: list[FieldNode], path: Path
    ) -> Any:
        """Compiled where it can be, graphql-core's way elsewhere."""
        name = field_nodes[0].name.value
        if parent_type is self.schema.query_type and name in ROOTS:
            return self._compiled(parent_type, field_nodes, path, ROOTS[name], None)
        definition = parent_type.fields.get(name)
        referred = source.get(_snake(name), Undefined) if isinstance(source, dict) else Undefined
        if definition is not None and isinstance(referred, Ref):
            root = BY_TYPE[get_named_type(definition.type).name]
            return self._compiled(parent_type, field_nodes, path, root, referred)
        return super().execute_field(parent_type, source, field_nodes, path)

    def _compiled(
        self, parent_type: GraphQLObjectType, nodes: list[FieldNode], path: Path, root: Root, referred: Ref | None
    ) -> Awaitable[Any]:
        async def answer() -> Any:
            try:
                compiled = compile_root(
                    self.schema, self.fragments, self.variable_values, parent_type, str(path.key), nodes, root,
                    by_key=referred is not None, today=self.context_value.day,
                )  # fmt: skip
                asking = replace(self.context_value, object_id=referred.object_id if referred else None)
                binding = Binding(variables=self.variable_values, context=asking)
                return orjson.Fragment(await self.engine.answer(compiled, binding))
            except Exception as error:  # the executor's own edge: one field fails, the others are answered
                located = located_error(error, nodes, path.as_list())
                self.handle_field_error(located, parent_type.fields[nodes[0].name.value].type, path)
                return None

        return answer()


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)
