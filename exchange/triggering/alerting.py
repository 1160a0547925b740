"""Who is told of an event beyond its audience's stream: whose roster has its subject, and who asked about it before.

A worker of its own, with its own cursor, set-based: a batch of events is one statement each. Everybody hears only of
events that he may read himself (the same conditions as row security). The next type of event that concerns a roster is
a line of WATCHED.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import orjson

from exchange.statements import statements
from exchange.triggering.triggers import FAULTS, DirectoryBehind
from schema.kinds import KINDS
from schema.record import Family
from tenants.access import TenantKind
from tenants.registry import Directory, Tenant

_SQL = statements("alerting")
_STREAM = statements("triggers")
_LOG = logging.getLogger(__name__)
WORKER = "alerts"
BATCH = 500
ABOUT = sorted(
    kind.name
    for kind in KINDS
    if kind.family in (Family.CERTIFICATE, Family.RISK, Family.ADVERSE, Family.ACTION, Family.PERMIT)
)
"""Kinds of record a roster hears of; where a firm builds or bids, or who works where, is none."""

BY_TIME = (
    "credential.expired", "credential.reviewLapsed", "permit.expired", "dishonesty.termEnded",
)  # fmt: skip
CHANGING = (
    "credential.ingested", "credential.statusChanged", "riskBand.changed", "riskFlag.raised", "riskFlag.lifted",
    "adverseAction.imposed", "adverseAction.lifted", "permit.recorded", "report.corrected", "report.voided",
    "record.moved", "record.withdrawn", *BY_TIME,
)  # fmt: skip
"""What changes an answer somebody was given."""
WATCHED = (
    *CHANGING, "credential.expiring", "credential.reviewDue", "permit.expiring", "hiddenDanger.overdue",
    "hazardSource.escalated", "grading.reassessDue",
)  # fmt: skip
"""What a roster hears of. A renewal that is no new certificate (record.revised) is found by its new end."""


async def run_alerts(connection: Any, directory: Directory, day: date) -> int:
    """Handle the next batch of events; returns how many there were. Runs in a transaction of its own (hub role).

    Everybody hears what he may read on `day`. Raises DirectoryBehind when `directory` is not the one in force.
    """
    async with connection.transaction():
        await connection.execute(_SQL["after_uploads"])
        position: int = await connection.fetchval(_STREAM["lock_cursor"], WORKER)
        last: int = await connection.fetchval(_SQL["last_position"], position, BATCH)
        if last > position:
            if await connection.fetchval(_STREAM["edition"]) != directory.edition:
                raise DirectoryBehind
            await _tell_safely(connection, directory, day, position, last)
            await connection.execute(_STREAM["move_cursor"], WORKER, last)
    return last - position


async def _tell_safely(connection: Any, directory: Directory, day: date, position: int, last: int) -> None:
    """A fault of ours in one event must not hold up all others: then each is handled by itself."""
    try:
        async with connection.transaction():
            await _tell(connection, directory, day, position, last)
    except FAULTS as error:
        if last > position + 1:
            for before in range(position, last):
                await _tell_safely(connection, directory, day, before, before + 1)
            return
        _LOG.error("event at %s could not be told on: %s", last, type(error).__name__)
        await connection.execute(_SQL["keep_failure"], WORKER, last, f"{type(error).__name__}: {error}"[:500])


async def _tell(connection: Any, directory: Directory, day: date, position: int, last: int) -> None:
    """Events after `position` up to `last`, to rosters and to past askers."""
    watched = (position, last, WATCHED, ABOUT)
    if watching := await connection.fetch(_SQL["watching"], *watched):
        await connection.execute(_SQL["alert"], *watched, _sights(watching, directory, day))
    changing = (position, last, CHANGING, ABOUT)
    if asking := await connection.fetch(_SQL["asking"], *changing):
        await connection.execute(_SQL["tell_askers"], *changing, _sights(asking, directory, day), BY_TIME)


def _sights(rows: Iterable[Mapping[str, Any]], directory: Directory, day: date) -> str:
    """What these tenants may read, as tenants/session.py would set it; nothing of one that takes part no more."""
    tenants = [directory.tenants[row["owner_id"]] for row in rows]
    return orjson.dumps([_sight(one, directory, day) for one in tenants if one.is_active]).decode()


def _sight(tenant: Tenant, directory: Directory, day: date) -> dict[str, Any]:
    return {
        "tenant_id": tenant.tenant_id,
        "level": tenant.level,
        "reads": directory.readable_owners(tenant, day),
        "firm": tenant.credit_code if tenant.kind is TenantKind.ENTERPRISE else None,
    }
