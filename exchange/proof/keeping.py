"""Makes a confirmation: held still, decided, signed and kept in one transaction.

What the decision rests on is held before it is read (migrations/0046_confirmations_shown.sql): a revocation committed
before the receipt is seen by it, one committed after it turns it at once. What is read is in desks/recognition.py; what
else has to be held is a subject of `rests_on` in sql/confirmations.sql.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import orjson

from exchange.desks.recognition import Naming, Recognised, answer_of, question_from, recognised
from exchange.desks.recognition_facts import everywhere
from exchange.desks.recognition_rules import published_rules
from exchange.engine.asking import Asking
from exchange.ledger.receipts import TYPE
from exchange.proof.receipts import LONGEST, Subject, claims_of, fact_digests, good_until, new_number
from exchange.proof.slots import Slot, allot
from exchange.statements import statements
from schema.errors import Refusal
from schema.fields import conceal, mask_certificate_number
from tenants.access import Level
from tenants.caller import DirectorySource, renewed
from tenants.registry import Directory
from tenants.session import Within, acting, look_as
from tenants.signing import signer_of

_SQL = statements("confirmations")
_LEAVE_EVIDENCE = statements("identity")["leave_evidence"]
PURPOSE = "互认确认"
TRIES = 5
"""Of numbers, one in a million is taken on a day of a million; of decisions whose grounds moved while sought."""
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Office:
    """Where confirmations are made. `catch_up` reads the directory again if it still is of that edition."""

    pool: Any
    source: DirectorySource
    catch_up: Callable[[int], Awaitable[None]]
    issuer: str
    public_url: Callable[[], str]


async def confirm(office: Office, asking: Asking, values: Mapping[str, Any]) -> tuple[str, Recognised]:
    """The number of a new confirmation, and its decision. Raises Refusal CONFIRMATION_DAY, UNAVAILABLE and those of
    `recognised`."""
    question, number, naming = question_from(asking, values)
    last = asking.day + LONGEST
    if not asking.day <= question.day <= last or values.get("known_at"):
        raise Refusal("CONFIRMATION_DAY", field=("on",), first=asking.day, last=last)
    for _ in range(TRIES):
        directory = office.source.directory
        caller = renewed(directory, asking.caller, day=asking.day)
        made = await _Making(
            office=office, asking=replace(asking, caller=caller), directory=directory, values=values,
            certificate=number, naming=naming,
        ).once()  # fmt: skip
        if made is not None:
            return made
        await office.catch_up(directory.edition)
    raise Refusal("UNAVAILABLE")


@dataclass(frozen=True, kw_only=True)
class _Making:
    """One attempt, in the sight of one edition of the directory. `certificate`: its number as it was asked for."""

    office: Office
    asking: Asking
    directory: Directory
    values: Mapping[str, Any]
    certificate: str
    naming: Naming

    async def once(self) -> tuple[str, Recognised] | None:
        """None when the directory, or whom the certificate names, was another once it was held."""
        async with acting(self.office.pool, self.asking.caller) as connection:
            held = await self._hold(connection)
            if await connection.fetchval(_SQL["edition"]) != self.directory.edition:
                return None
            made = await recognised(Within(connection), self.asking, self.directory, self.values)
            if not _grounds(made) <= held:
                return None
            await look_as(connection, self.asking.caller)
            return await self._keep(connection, made), made

    async def _hold(self, connection: Any) -> set[str]:
        """The subjects held, found in the sight in which all is seen that may speak against the certificate."""
        caller, employer = self.asking.caller, question_from(self.asking, self.values)[0].employer_code
        await look_as(connection, replace(everywhere(caller, self.directory), level=Level.AUTHORITY))
        rows = await connection.fetch(_SQL["rests_on"], self._number_hash, employer)
        subjects = {row["subject"] for row in rows}
        await connection.execute(_SQL["hold"], sorted(subjects))
        await look_as(connection, caller)
        return subjects

    async def _keep(self, connection: Any, made: Recognised) -> str:
        """The number it is kept under."""
        rules, made_id, owner = await published_rules(connection), uuid.uuid4(), self.asking.caller.tenant.tenant_id
        until = good_until(made.facts, rules, made.question, self.asking.day)
        issued = await self._issued(connection, made)
        slot = await allot(connection, self.asking.keys, owner_id=owner, item_id=made_id, kind="CONFIRMATION")
        for _ in range(TRIES):
            number = new_number(self.asking.day)
            kept = self._columns(made, number, until, issued, made_id, slot)
            if (await connection.execute(_SQL["keep"], *kept)).endswith(" 1"):
                await self._leave_evidence(connection, made)
                return number
        raise Refusal("UNAVAILABLE")

    async def _leave_evidence(self, connection: Any, made: Recognised) -> None:
        """Its page shows the holder's masked name to whoever is given the paper."""
        asking = self.asking
        if made.person_id is not None:
            await connection.execute(
                _LEAVE_EVIDENCE, asking.caller.tenant.tenant_id, asking.caller.client_id, asking.purpose or PURPOSE,
                asking.case_number or asking.request_id, "recognitionConfirm", ["Holder.nameMasked"],
                [made.person_id], asking.request_id,
            )  # fmt: skip

    async def _issued(self, connection: Any, made: Recognised) -> Row:
        """Who issued the certificate; an enterprise may be answered about one it cannot see itself."""
        if made.facts is None:
            return {"owner_id": None, "version": None, "credit_code": None}
        await look_as(connection, everywhere(self.asking.caller, self.directory))
        found: Row = await connection.fetchrow(_SQL["certificate"], uuid.UUID(made.facts.certificate_id))
        await look_as(connection, self.asking.caller)
        return found

    def _columns(
        self, made: Recognised, number: str, until: date, issued: Row, made_id: uuid.UUID, slot: Slot
    ) -> tuple[Any, ...]:
        """The columns of `confirmation`, with the signed receipt."""
        asking, question, decision, facts = self.asking, made.question, made.decision, made.facts
        tenant, shown = asking.caller.tenant, mask_certificate_number(self.certificate)
        subject = Subject(number_shown=shown, number_hash=self._number_hash, facts=facts)
        claims = claims_of(
            asking.keys, issuer=self.office.issuer, number=number, asker=tenant.slug, subject=subject,
            question=question, decision=decision, rules=made.rules, valid_until=until, now=asking.now,
            status=slot.claim(self.office.public_url()),
        )  # fmt: skip
        receipt = signer_of(asking.keys, self.directory).compact(claims, token_type=TYPE)
        asked = {"activity": question.activity, "documents": question.documents, "naming": asdict(self.naming)}
        hosts = [one.tenant_id for one in self.directory.authorities() if one.governs(question.host_region)]
        return (
            number, tenant.tenant_id, asking.caller.client_id, conceal(asking.case_number or "") or None,
            question.host_region, hosts, question.day, question.employer_code, orjson.dumps(asked).decode(),
            subject.number_hash, subject.number_shown, issued["owner_id"],
            uuid.UUID(facts.certificate_id) if facts else None, issued["version"], made.person_id,
            facts.kind if facts else None, issued["credit_code"], decision.verdict.name,
            decision.mode.name if decision.mode else None, list(decision.reasons), list(decision.rests_on),
            orjson.dumps(answer_of(made)["conditions"]).decode(),
            orjson.dumps(fact_digests(asking.keys, number, facts)).decode(),
            facts.source_updated_at if facts else None, until, receipt, asking.now, made_id,
        )  # fmt: skip

    @property
    def _number_hash(self) -> bytes:
        return self.asking.keys.join_hash("number", self.certificate)


def _grounds(made: Recognised) -> set[str]:
    """The subjects a decision was made upon."""
    firms = {made.question.employer_code, made.facts.employer_code if made.facts else None} - {None}
    return {f"E:{code}" for code in firms} | ({f"P:{made.person_id}"} if made.person_id else set())
