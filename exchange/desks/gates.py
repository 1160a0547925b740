"""准入关卡核验 at the hub: reads the facts, judges, keeps the answer with its receipt. What decides is in gates.py.

All that authorities share is judged; told is only what the asker may read (row security says which). A check of an
authority is a presence of the firm there for the next twelve months (sql/triggers.sql).
"""

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from graphene.utils.str_converters import to_snake_case

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.mixed import Ref
from exchange.gates.case import GateFacts, Reason
from exchange.gates.facts import gate_facts
from exchange.gates.verdict import judge
from exchange.statements import statements
from exchange.stream import Signal
from exchange.user_errors import raise_beyond_input, refusal_error
from schema.errors import Refusal
from schema.fields import Unreadable, conceal, credit_code, division_code, text
from schema.gates import Gate, GateVerdict
from schema.measures import MEASURES, Measure
from schema.regions import region
from tenants.access import Level, TenantKind
from tenants.caller import Caller, DirectorySource
from tenants.session import acting, look_as

_SQL = statements("gating")
_LEAVE_EVIDENCE = statements("identity")["leave_evidence"]
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another


@dataclass(frozen=True, kw_only=True)
class GateQuestion:
    """Which firm at which gate, where and for what, on which day."""

    gate: Gate
    credit_code: str
    region: str
    matter_code: str | None
    case_number: str | None
    day: date


@dataclass(frozen=True, kw_only=True)
class GateAnswer:
    """A check as it was kept."""

    check_id: uuid.UUID
    receipt_number: str
    verdict: GateVerdict
    reasons: tuple[Reason, ...]


def question_from(values: Mapping[str, Any], asking: Asking) -> GateQuestion:
    """The question, read. Raises Refusal."""
    day: date = values.get("on") or asking.day
    if day > asking.day:
        raise Refusal("DATE_IN_FUTURE", field=("on",))
    place, tenant = _read(division_code, values["region"], "region"), asking.caller.tenant
    if not (region(place) or region(f"{place[:4]}00")):  # a development zone is in no table, its city is
        raise Refusal("DIVISION_UNKNOWN", field=("region",), region=place)
    if tenant.kind is TenantKind.AUTHORITY and not tenant.governs(place):
        raise Refusal("GATE_REGION_FOREIGN", field=("region",), region=place)
    return GateQuestion(
        gate=Gate[plain(values["gate"])],
        credit_code=_read(credit_code, values["credit_code"], "creditCode"),
        region=place,
        matter_code=_number(values.get("matter_code"), "matterCode"),
        case_number=_number(values.get("case_number"), "caseNumber"),
        day=day,
    )


def _number(value: str | None, field: str) -> str | None:
    """The number of a matter or case, with nobody's ID number in it."""
    return conceal(_read(text(60), value, field)) if (value or "").strip() else None


def _read(reader: Callable[[object], str], value: Any, field: str) -> str:
    try:
        return reader(value)
    except Unreadable as error:
        raise Refusal(error.code, field=(field,), **error.values) from error


def receipt_number(question: GateQuestion, letter: Callable[[str], str] = secrets.choice) -> str:
    """GC-440100-20261123-XXXXXXXX; nobody finds another's by counting."""
    day, drawn = question.day.isoformat().replace("-", ""), "".join(letter(_LETTERS) for _ in range(8))
    return f"GC-{question.region}-{day}-{drawn}"


async def check_gate(pool: Any, asking: Asking, source: DirectorySource, question: GateQuestion) -> GateAnswer:
    """Judge, and keep the answer with the evidence of whose certificates it rests on. A flag raised meanwhile is either
    among the facts or finds the check."""
    check_id, receipt, owner = uuid.uuid4(), receipt_number(question), asking.caller.tenant.tenant_id
    async with acting(pool, asking.caller) as connection:
        await connection.execute(
            _SQL["announce"], check_id, owner, receipt, question.gate.name, question.credit_code, question.region,
            question.day,
        )  # fmt: skip
        verdict, reasons, persons = await _judged(connection, asking, source, question)
        answer = GateAnswer(check_id=check_id, receipt_number=receipt, verdict=verdict, reasons=reasons)
        await _keep(connection, asking, question, answer)
        if persons:
            await _leave_evidence(connection, asking, question, receipt, persons)
    return answer


async def _judged(
    connection: Any, asking: Asking, source: DirectorySource, question: GateQuestion
) -> tuple[GateVerdict, tuple[Reason, ...], list[uuid.UUID]]:
    """The verdict, the reasons as the caller may read them, and whose certificates it rests on."""
    await look_as(connection, _everywhere(asking.caller, source))
    told = orjson.loads(await connection.fetchval(_SQL["facts"], question.credit_code, question.day))
    await look_as(connection, asking.caller)
    facts = gate_facts(told, credit_code=question.credit_code, gate=question.gate, day=question.day, today=asking.day)
    readable, disputed = await _readable(connection, facts, question)
    verdict, reasons = judge(facts, readable, disputed)
    persons = {uuid.UUID(one["personId"]) for one in told["posted"] if one["recordId"] in readable}
    return verdict, reasons, sorted(persons)


async def own_clearance(
    pool: Any, asking: Asking, source: DirectorySource, question: GateQuestion
) -> tuple[GateVerdict, tuple[Reason, ...]]:
    """How a firm stands at a gate, told to itself: judged as a check would, and kept nowhere, so no presence either."""
    async with acting(pool, asking.caller) as connection:
        verdict, reasons, persons = await _judged(connection, asking, source, question)
        if persons:
            await _leave_evidence(connection, asking, question, "企业自查", persons, "clearance")
    return verdict, reasons


async def _keep(connection: Any, asking: Asking, question: GateQuestion, answer: GateAnswer) -> None:
    await connection.execute(
        _SQL["keep"], answer.receipt_number, asking.caller.tenant.tenant_id, asking.caller.client_id,
        question.gate.name, question.credit_code, question.region, question.matter_code, question.case_number,
        question.day, answer.verdict.name,
        orjson.dumps([reason_as_answer(reason) for reason in answer.reasons]).decode(), answer.check_id,
    )  # fmt: skip


async def _leave_evidence(
    connection: Any,
    asking: Asking,
    question: GateQuestion,
    case: str,
    persons: list[uuid.UUID],
    field: str = "gateCheck",
) -> None:
    await connection.execute(
        _LEAVE_EVIDENCE, asking.caller.tenant.tenant_id, asking.caller.client_id,
        asking.purpose or f"准入关卡核验：{question.gate.zh}",
        question.case_number or asking.case_number or case, field, ["Certificate.status"], persons,
        asking.request_id,
    )  # fmt: skip


def _everywhere(caller: Caller, source: DirectorySource) -> Caller:
    """The sight of all that authorities share with each other: a flag that cannot be seen must not read as none."""
    return replace(caller, reads=source.directory.every_authority(), level=Level.AUTHORITY, as_of=None)


async def _readable(connection: Any, facts: GateFacts, question: GateQuestion) -> tuple[frozenset[str], frozenset[str]]:
    """The records behind the facts that the caller may read, of predecessors of those the caller may know of; and the
    records of them in dispute."""
    rested = {
        *(one.record_id for one in facts.negatives),
        *(one.record_id for one in facts.permits),
        *(one.record_id for one in facts.gradings),
        *(one.record_id for one in facts.sources),
        *facts.staff_records,
        *facts.profile_records,
        *(one for duty in facts.staff for one in duty.records if one),
    }
    row = await connection.fetchrow(_SQL["readable"], sorted(rested), question.credit_code, question.day)
    known = set(row["predecessors"])
    unknown = {one.record_id for one in facts.negatives if one.of_predecessor and one.of_predecessor not in known}
    return frozenset(map(str, row["records"])) - unknown, frozenset(map(str, row["disputed"]))


def reason_as_answer(reason: Reason) -> dict[str, Any]:
    """A reason as it is kept and answered, by the names of the SDL."""
    return {
        "code": reason.code,
        "verdict": reason.verdict.name,
        "message": reason.zh,
        "messageEn": reason.en,
        "basis": reason.basis,
        "exitCondition": reason.exit_zh or None,
        "authority": reason.authority,
        "recordId": reason.record_ids[0] if reason.record_ids else None,
        "since": reason.since,
        "isDisputed": reason.is_disputed,
    }


def measure_as_answer(measure: Measure) -> dict[str, Any]:
    """A measure by the names of its GraphQL type."""
    return {
        "code": measure.code,
        "name": measure.zh,
        "name_en": measure.en,
        "basis": measure.basis,
        "term": measure.term_zh,
        "term_en": measure.term_en,
        "is_incentive": measure.is_incentive,
        "blocked_gates": [gate.name for gate in Gate if gate in measure.blocks],
        "reviewed_gates": [gate.name for gate in Gate if gate in measure.reviews],
        "condition": measure.condition_zh or None,
        "condition_en": measure.condition_en or None,
    }


class Gating:
    """The part of the hub that answers gates."""

    _pool: Any
    _source: DirectorySource
    _signal: Signal

    async def gate_check(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Check a firm at a gate."""
        asking.caller.require("gate.check")
        try:
            answer = await check_gate(self._pool, asking, self._source, question_from(input, asking))
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {"gate_check": Ref(answer.check_id), "user_errors": []}

    async def clearance(self, asking: Asking, gate: Any, region: str) -> dict[str, Any]:
        """How the caller's own firm stands at a gate."""
        tenant = asking.caller.tenant
        asking.caller.require("record.read")
        if tenant.kind is not TenantKind.ENTERPRISE:
            raise Refusal("FORBIDDEN", scope="record.read (ENTERPRISE)")
        values = {"gate": gate, "region": region, "credit_code": tenant.credit_code}
        verdict, reasons = await own_clearance(self._pool, asking, self._source, question_from(values, asking))
        told = [{to_snake_case(name): value for name, value in reason_as_answer(one).items()} for one in reasons]
        return {"day": asking.day, "verdict": verdict.name, "reasons": told}

    async def measures(self, asking: Asking) -> list[dict[str, Any]]:
        """Every measure and incentive; they are published law."""
        return [measure_as_answer(one) for one in MEASURES]
