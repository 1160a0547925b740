"""The hub: one method per root field that is computed or changes something, on behalf of one caller.

Stored root fields have no method: engine/shapes.py answers them. Publishing mutations are one method for all kinds
(`__getattr__` names them after the kind). A method returns what its GraphQL type holds, `Ref(id)` for a stored object.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from exchange.clock import run_clock
from exchange.desks.agreement_outlook import AgreementOutlookDesk
from exchange.desks.agreements import AgreementDesk
from exchange.desks.confirmations import ConfirmationDesk
from exchange.desks.digests import Digesting
from exchange.desks.disputes import Disputing
from exchange.desks.employer_changes import EmployerChangeDesk
from exchange.desks.gates import Gating
from exchange.desks.identity import Identifying
from exchange.desks.imports import Importing
from exchange.desks.ledger import LedgerDesk
from exchange.desks.policies import PolicyDesk
from exchange.desks.recognition import recognise
from exchange.desks.recognition_outlook import OutlookDesk
from exchange.desks.recognition_rules import RuleDesk
from exchange.desks.repairs import Repairing
from exchange.desks.reports import Reporting, report_from
from exchange.desks.reviews import Reviewing
from exchange.desks.rosters import Rostering
from exchange.desks.safety_codes import CodeShowing
from exchange.desks.scoreboard import Measuring
from exchange.desks.tips import TipDesk
from exchange.desks.transfers import TransferDesk
from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.engine.looking_back import is_past, known_moment
from exchange.engine.mixed import Ref
from exchange.holidays import holidays_of
from exchange.publishing.admission import admit, checks_for
from exchange.publishing.moving import correct_identity
from exchange.publishing.publish import lift, publish
from exchange.statements import statements
from exchange.statistics import count, question
from exchange.stream import Signal
from exchange.user_errors import finding_error, raise_beyond_input, refusal_error
from exchange.workdays import add_workdays
from schema.errors import Refusal
from schema.fields import conceal
from schema.fields import day as day_of
from schema.graphql.inputs import mutation_name
from schema.kinds import KINDS
from schema.record import Kind, parse
from tenants.caller import DirectorySource
from tenants.session import PATIENCE_SECONDS, acting, unavailable

CLOCK_AHEAD = timedelta(days=31)  # what is announced cannot be taken back
_FIND_FLAG = statements("publish")["find_flag"]


class Hub(
    AgreementDesk, AgreementOutlookDesk, CodeShowing, ConfirmationDesk, Digesting, Disputing, EmployerChangeDesk,
    Gating, Identifying, Importing, LedgerDesk, Measuring, OutlookDesk, PolicyDesk, Repairing, Reporting, Reviewing,
    Rostering, RuleDesk, TipDesk, TransferDesk,
):  # fmt: skip
    """Answers root fields. `pool` works as the application role, `hub_pool` as the hub's own."""

    def __init__(
        self, *, pool: Any, hub_pool: Any, source: DirectorySource, signal: Signal, now: Callable[[], datetime],
        issuer: str, public_url: Callable[[], str], catch_up: Callable[[int], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._issuer, self._public_url, self._catch_up = issuer, public_url, catch_up
        self._pool, self._hub_pool, self._source, self._signal, self._now = pool, hub_pool, source, signal, now
        self._publishers = {mutation_name(kind): partial(self._publish, kind) for kind in KINDS}

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        publishers = self.__dict__.get("_publishers", {})
        if name in publishers:
            found: Callable[..., Awaitable[Any]] = publishers[name]
            return found
        raise AttributeError(name)

    async def viewer(self, asking: Asking) -> dict[str, Any]:
        """Who is asking."""
        tenant = asking.caller.tenant
        return {
            "id": tenant.slug,
            "kind": tenant.kind.value,
            "name": tenant.name,
            "credit_code": tenant.credit_code,
            "client_id": asking.caller.client_id,
            "jurisdiction": tenant.jurisdiction,
            "permissions": sorted(asking.caller.scopes),
            "today": asking.day,
        }

    async def recognition(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Whether a certificate is recognised."""
        asking.caller.require("recognition.ask")
        answer = await recognise(self._pool, asking, self._source.directory, input)
        return {**answer, "decide_by": await self._decided_by(asking, answer["decision_workdays"])}

    async def _decided_by(self, asking: Asking, workdays: int | None) -> date | None:
        """The last day to decide what is handed in today."""
        if workdays is None:
            return None
        with unavailable():
            async with self._hub_pool.acquire(timeout=PATIENCE_SECONDS) as connection:
                return add_workdays(asking.day, workdays, await holidays_of(connection)).day

    async def statistics(
        self,
        asking: Asking,
        by: Sequence[Any] = (),
        region: str | None = None,
        kinds: Sequence[Any] | None = None,
        as_of: date | None = None,
        known_at: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """Counts of what the caller may read."""
        asking.caller.require("record.read")
        known = known_at and known_moment(known_at, asking.now)
        asked = question(
            asking.caller,
            by=[plain(one) for one in by or ()],
            within=region,
            kinds=None if kinds is None else [plain(one) for one in kinds],
            day=as_of or (day_of(known) if known else asking.day),
            known_at=known,
            is_back=known is not None or is_past(as_of, asking.day),
        )
        async with acting(self._pool, asking.caller) as connection:
            return await count(connection, asking.caller, asked)

    async def _publish(
        self, kind: Kind, asking: Asking, input: Mapping[str, Any], report: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Publish one record of a kind: all findings, or the kept record."""
        asking.caller.require("record.publish")
        values = {name: plain(value) for name, value in _named(kind, input).items()}
        parsed = parse(kind, values, strict=True, further=checks_for(kind, asking.caller.tenant, asking.day))
        record, findings = parsed.record, parsed.findings
        errors = [finding_error(one) for one in findings if one.severity == "ERROR"]
        warnings = [finding_error(one) for one in findings if one.severity != "ERROR"]
        if record is None or errors:
            return {"user_errors": errors, "warnings": warnings}
        if record.lifted_on is not None:
            asking.caller.require("flag.lift")
        admitted, publication = [admit(record, asking.caller.tenant)], self.publication(asking)
        try:
            told = report_from(report, asking)
            async with acting(self._pool, asking.caller) as connection:
                if told.record_id is None:
                    (kept,) = await publish(connection, admitted, publication, report=told)
                else:
                    kept = await correct_identity(connection, admitted[0], asking.caller, publication, told)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal)], "warnings": warnings}
        if kept.outcome == "REFUSED":
            return {"user_errors": [finding_error(one) for one in kept.findings], "warnings": warnings}
        self._signal.committed()
        warnings += [finding_error(one) for one in kept.findings]
        return {
            "record_id": kept.record_id,
            "outcome": kept.outcome,
            "version": kept.version,
            "user_errors": [],
            "warnings": warnings,
        }

    async def risk_flag_lift(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Lift an own flag; reviews it caused learn of it."""
        asking.caller.require("flag.lift")
        flag_id, on = read_id(input["risk_flag_id"], asking.keys), input.get("lifted_on") or asking.day
        async with acting(self._pool, asking.caller) as connection:
            flag = await connection.fetchrow(_FIND_FLAG, asking.caller.tenant.tenant_id, flag_id)
            problem = _lift_problem(flag, input["reason"], on, asking.day)
            if problem is not None:
                return {"user_errors": [refusal_error(problem)]}
            await lift(connection, [flag_id], self.publication(asking), on=on, reason=conceal(input["reason"].strip()))
        self._signal.committed()
        return {"risk_flag": Ref(flag_id), "user_errors": []}

    async def clock_run(self, asking: Asking, day: date) -> dict[str, Any]:
        """Raise what is due before a day (operator)."""
        asking.caller.require("clock.run")
        if day > asking.day + CLOCK_AHEAD:
            raise Refusal("BAD_INPUT", field=("day",), detail=f"day <= {asking.day + CLOCK_AHEAD}")
        async with self._hub_pool.acquire() as connection:
            raised = await run_clock(connection, day)
        self._signal.committed()
        return {
            "day": day,
            "expired": raised.get("credential.expired", 0),
            "review_lapsed": raised.get("credential.reviewLapsed", 0),
            "review_escalated": raised.get("review.escalated", 0),
            "disputes_overdue": raised.get("dispute.overdue", 0),
            "raised": [{"type": name, "count": count} for name, count in sorted(raised.items())],
        }


def _lift_problem(flag: Mapping[str, Any] | None, reason: str, on: date, today: date) -> Refusal | None:
    if flag is None:
        return Refusal("NOT_FOUND", field=("input", "riskFlagId"))
    if flag["lifted_on"] is not None:
        return Refusal("ALREADY_LIFTED", field=("input", "riskFlagId"))
    if not reason.strip():
        return Refusal("REASON_REQUIRED", field=("input", "reason"))
    if on > today:
        return Refusal("DATE_IN_FUTURE", field=("input", "liftedOn"))
    if flag["effective_on"] is not None and on < flag["effective_on"]:
        return Refusal("DATES_REVERSED", field=("input", "liftedOn"))
    return None


def _named(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments under the names of the kind's fields."""
    names = {_snake(name): name for name in kind.by_name}
    return {names.get(name, name): value for name, value in values.items()}


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)
