"""举报 The life of a whistle-blower report: handed in, triaged, concluded, rewarded; who reported stays sealed.

The table is STEPS (tests/spec/tips.md says the same); a new step is a line there, a value in the migration's check
and a method in tip_desk.py. What others are told is in telling.py.
"""

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from exchange.disputes import checked_text
from exchange.engine.filters import person_in_number
from exchange.statements import statements
from exchange.workdays import Deadline
from schema.errors import Refusal
from schema.fields import mask_certificate_number
from tenants.keys import Keys
from tenants.registry import Directory, Tenant

_SQL = statements("tips")
CODE = "tip code"
LONGEST_TEXT = 2000
WORKDAYS = 7
"""To accept a report, reject it or hand it over; anew where it was handed to. No law sets it (待核)."""
_YUAN = re.compile(r"\d{1,10}(\.\d{1,2})?", re.A)
_PREFERRED = ("EMERGENCY", "HOUSING")

STEPS: Mapping[str, tuple[str, ...]] = {
    "ACCEPTED": ("FILED", "TRANSFERRED"),
    "REJECTED": ("FILED", "TRANSFERRED"),
    "TRANSFERRED": ("FILED", "TRANSFERRED", "ACCEPTED"),
    "CONFIRMED": ("ACCEPTED",),
    "UNFOUNDED": ("ACCEPTED",),
    "REWARDED": ("CONFIRMED",),
}
"""Which states a step follows; it is the state that comes of it. All are the competent authority's."""


@dataclass(frozen=True, kw_only=True)
class Tip:
    """举报 What is reported about a firm, a certificate or a post in a division. `reporter` is who reports, or none."""

    category: str
    region: str
    text: str
    credit_code: str | None = None
    number: str | None = None
    post: str | None = None
    reporter: Mapping[str, str] | None = field(default=None, repr=False)


def follow(state: str, step: str, *, is_competent: bool) -> str:
    """The state after a step. Raises Refusal TIP_STEP_INVALID."""
    if not is_competent or state not in STEPS[step]:
        raise Refusal("TIP_STEP_INVALID", field=("tipId",), state=state)
    return step


def competent_for(directory: Directory, region: str) -> Tenant:
    """属地监管部门 The nearest authority that governs a division. Raises Refusal AUTHORITY_UNKNOWN."""
    governing = [
        (-len(prefix), _PREFERRED.index(one.sector) if one.sector in _PREFERRED else len(_PREFERRED), one.tenant_id)
        for one in directory.authorities()
        for prefix in one.jurisdiction
        if region.startswith(prefix)
    ]
    if not governing:
        raise Refusal("AUTHORITY_UNKNOWN", field=("region",))
    return directory.tenants[min(governing)[2]]


def code_of(random: bytes) -> str:
    """The code by which a report is followed up, such as `7K3M-…`, of 15 random bytes."""
    letters = base64.b32encode(random).decode()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def code_hash(code: str, keys: Keys) -> bytes:
    """What stands for a code in the database."""
    return keys.join_hash(CODE, code.strip().upper())


async def file_tip(
    connection: Any, tenant: Tenant, competent: Tenant, tip: Tip, *,
    tip_id: uuid.UUID, code: str, keys: Keys, day: date, due: Deadline,
) -> None:  # fmt: skip
    """Keep a report. Raises Refusal FIELD_REQUIRED where it is about nothing one could find, REASON_REQUIRED."""
    if not (tip.credit_code or tip.number or tip.post):
        raise Refusal("FIELD_REQUIRED", field=("about",))
    text, owner, number = checked_text(tip.text, "text", LONGEST_TEXT), tenant.tenant_id, tip.number
    await connection.execute(
        _SQL["file_tip"], tip_id, owner, tip.category, tip.region, tip.credit_code,
        person_in_number(number, keys) if number else None, keys.join_hash("number", number) if number else None,
        mask_certificate_number(number) if number else None, tip.post, code_hash(code, keys), day,
    )  # fmt: skip
    await connection.execute(
        _SQL["take_step"], tip_id, 1, owner, owner, competent.tenant_id, "FILED", day, None, due.day, due.is_estimated
    )
    await connection.execute(_SQL["say"], tip_id, 1, owner, text)
    if tip.reporter:
        sealed = keys.seal(tip.reporter, bound_to=tip_id.bytes)
        await connection.execute(_SQL["keep_reporter"], tip_id, owner, sealed)


async def take_step(
    connection: Any, tenant: Tenant, tip_id: uuid.UUID, step: str, *,
    text: str | None, day: date, to: Tenant | None = None, due: Deadline | None = None,
    record_id: uuid.UUID | None = None,
) -> None:  # fmt: skip
    """Take a step as the competent authority; `to` is from then on, and has until `due`.

    Raises Refusal, and nothing is done.
    """
    said = None if text is None else checked_text(text, "reason", LONGEST_TEXT)
    await connection.execute(_SQL["one_at_a_time"], f"tip {tip_id}")
    last = await connection.fetchrow(_SQL["last_step"], tip_id)
    if last is None:
        raise Refusal("NOT_FOUND", field=("tipId",))
    follow(last["step"], step, is_competent=last["competent_id"] == tenant.tenant_id)
    if record_id is not None and not await connection.fetchval(_SQL["sees_record"], record_id):
        raise Refusal("NOT_FOUND", field=("recordId",))
    place, competent = last["place"] + 1, (to or tenant).tenant_id
    await connection.execute(
        _SQL["take_step"], tip_id, place, tenant.tenant_id, last["filer_id"], competent, step, day, record_id,
        due and due.day, bool(due and due.is_estimated),
    )  # fmt: skip
    if said is not None:
        await connection.execute(_SQL["say"], tip_id, place, tenant.tenant_id, said)


async def reward(
    connection: Any, tenant: Tenant, tip_id: uuid.UUID, *, amount: str, basis: str, paid_on: date, day: date
) -> None:
    """Note that a confirmed report was rewarded, without saying whom. Raises Refusal."""
    if not _YUAN.fullmatch(amount) or not Decimal(amount):
        raise Refusal("BAD_INPUT", field=("amount",), detail="amount 3000.00")
    if paid_on > day:
        raise Refusal("DATE_IN_FUTURE", field=("paidOn",))
    basis = checked_text(basis, "basis", LONGEST_TEXT)
    await take_step(connection, tenant, tip_id, "REWARDED", text=None, day=day)
    await connection.execute(_SQL["reward"], tip_id, tenant.tenant_id, Decimal(amount), basis, paid_on)


async def open_reporter(
    connection: Any, tenant: Tenant, tip_id: uuid.UUID, *, client_id: str, purpose: str | None, case_number: str | None,
    request_id: str, keys: Keys,
) -> dict[str, Any] | None:  # fmt: skip
    """Who reported, read as the competent authority, with evidence; nothing where anonymous, None for anybody else."""
    last = await connection.fetchrow(_SQL["last_step"], tip_id)
    if last is None or last["competent_id"] != tenant.tenant_id:
        return None
    sealed = await connection.fetchval(
        _SQL["open_reporter"], tip_id, tenant.tenant_id, client_id, purpose, case_number, request_id
    )
    return {} if sealed is None else keys.unseal(sealed, bound_to=tip_id.bytes)
