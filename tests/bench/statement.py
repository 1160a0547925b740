"""The very statements the hub runs for a question: taken from its engine, for the contenders without GraphQL."""

from dataclasses import dataclass
from typing import Any

from exchange.engine.execute import QueryEngine
from exchange.engine.limits import Limits
from exchange.runtime import Runtime
from tenants.caller import Caller, caller_for
from tests.bench.generate import slug_of
from tests.bench.questions import Question

FAR_FUTURE = 4_000_000_000.0


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """One statement with the parameters of every set of variables."""

    sql: str
    parameters: tuple[tuple[Any, ...], ...]


class _Noting:
    """Stands where the engine's reader stands and keeps what it is given."""

    def __init__(self) -> None:
        self.found: list[tuple[str, list[Any]]] = []

    async def fetch_json(self, sql: str, parameters: list[Any]) -> bytes | None:
        """Nothing is read."""
        self.found.append((sql, parameters))
        return None

    async def fetch_gathered(self, sql: str, parameters: list[Any], *_: Any) -> bytes | None:
        """Nor here."""
        return await self.fetch_json(sql, parameters)


def asking_caller(runtime: Runtime) -> Caller:
    """On whose behalf everything is asked: the first authority."""
    return caller_for(
        runtime.directory, runtime.directory.clients[slug_of(0)], expires_at=FAR_FUTURE, day=runtime.today()
    )


async def compiled(runtime: Runtime, question: Question) -> Compiled:
    """What the hub sends to PostgreSQL for a question. Raises ValueError when that is not one statement."""
    reader = _Noting()
    engine = QueryEngine(
        schema=runtime.engine.schema,
        limits=Limits(),
        reader=reader,
        hub=runtime.hub,
        ask=runtime.ask,
        catch_up=runtime.catch_up,
        idempotent=runtime.idempotent,
        signal=runtime.signal,
    )
    caller = asking_caller(runtime)
    for index in range(len(question.variables)):
        await engine.execute(question.request(index), caller)
    texts = {sql for sql, _ in reader.found}
    if len(texts) != 1 or len(reader.found) != len(question.variables):
        raise ValueError(f"{question.name} is not compiled into one statement")
    return Compiled(sql=texts.pop(), parameters=tuple(tuple(parameters) for _, parameters in reader.found))
