"""What the question of a confirmation is answered now: in the asker's sight, by the facts and rules of this moment.

Nothing is stored of it: from the commit of a revocation on there is no other answer. The worker (triggering/
reconfirming.py) and whoever looks a confirmation up ask here.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from exchange.desks.recognition import Naming, described
from exchange.desks.recognition_facts import everywhere, facts_of
from exchange.desks.recognition_rules import published_rules
from exchange.recognition import ask_which, decide
from exchange.statements import statements
from schema.recognition import CertificateFacts, Decision, Question, RecognitionRule
from tenants.access import TenantKind
from tenants.caller import Caller, on_behalf
from tenants.registry import Directory
from tenants.session import acting

_SQL = statements("confirmations")
Kept = Mapping[str, Any]
"""A row of `confirmation`, as far as it says what was asked."""


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asked, with what it may see now."""

    caller: Caller
    now: datetime

    @property
    def own_firm(self) -> str | None:
        """An enterprise is answered about its own staff only."""
        tenant = self.caller.tenant
        return tenant.credit_code if tenant.kind is TenantKind.ENTERPRISE else None


async def present(
    pool: Any, directory: Directory, confirmations: Sequence[Kept], *, now: datetime, today: date
) -> dict[uuid.UUID, Decision]:
    """The decision of today, or of the day asked if that is later, on each confirmation, by its id."""
    several: dict[tuple[int, date], list[Kept]] = defaultdict(list)
    for one in confirmations:
        several[one["owner_id"], max(one["day"], today)].append(one)
    found: dict[uuid.UUID, Decision] = {}
    for (owner, day), rows in several.items():
        asker = Asker(caller=on_behalf(directory, directory.tenants[owner], day=today), now=now)
        found |= await _decided(pool, directory, asker, rows, day)
    return found


async def _decided(
    pool: Any, directory: Directory, asker: Asker, rows: Sequence[Kept], day: date
) -> dict[uuid.UUID, Decision]:
    """The decisions on confirmations of one asker, all asked of one day."""
    sight = everywhere(asker.caller, directory) if asker.own_firm else asker.caller
    records = [row["record_id"] for row in rows if row["record_id"]]
    hashes = [row["number_hash"] for row in rows if not row["record_id"]]
    async with acting(pool, sight) as connection:
        certificates = await connection.fetch(_SQL["certificates_now"], records, hashes, asker.own_firm, day)
        rules = await published_rules(connection)
    meant = [[one for one in certificates if _is_meant(row, one)] for row in rows]
    asked = [question_of(row, day) for row in rows]
    clear = [place for place, several in enumerate(meant) if len(several) == 1]
    facts = await facts_of(pool, asker, directory, [(meant[place][0], asked[place]) for place in clear])
    by_place = dict(zip(clear, facts, strict=True))
    return {
        row["confirmation_id"]: _answer(meant[place], by_place.get(place), rules, asked[place])
        for place, row in enumerate(rows)
    }


def _answer(
    several: Sequence[Kept], facts: CertificateFacts | None, rules: Sequence[RecognitionRule], question: Question
) -> Decision:
    if len(several) > 1:
        return ask_which([described(one) for one in several])
    return decide(facts, rules, question)


def _is_meant(row: Kept, certificate: Kept) -> bool:
    """The certificate that was found then; or, where none was, one that answers to what was asked."""
    if row["record_id"]:
        return bool(certificate["record_id"] == row["record_id"])
    naming = Naming(**orjson.loads(row["asked"])["naming"])
    return certificate["number_hash"] == row["number_hash"] and naming.means(certificate)


def question_of(row: Kept, day: date) -> Question:
    """The question as it was asked, of another day."""
    asked = orjson.loads(row["asked"])
    return Question(
        host_region=row["host_region"],
        day=day,
        employer_code=row["employer_code"],
        activity=asked["activity"],
        documents=tuple(asked["documents"]),
    )
