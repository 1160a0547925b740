"""Corrections of what identifies a record: a flag under the wrong credit code, an action under the wrong number.

The record stays the same one, under the identity it should have had; what it said before stays as a former version,
and whom it was said to be about is told by the triggers of record (migrations/0017_moving.sql).
"""

from typing import Any

import asyncpg

from exchange.publishing.publish import Kept, Publication, Report, prepare, publish, stage
from exchange.publishing.reports import ends_a_flag
from exchange.publishing.standing import correct
from exchange.statements import statements
from schema.errors import Refusal
from schema.record import Family, Record
from tenants.caller import Caller

_SQL = statements("reports")


async def correct_identity(
    connection: Any, record: Record, caller: Caller, publication: Publication, report: Report
) -> Kept:
    """Keep an admitted record in the place of `report.record_id`, an own one of its kind. Raises Refusal.

    To take a flag or an action from whom it was about is to lift it: FORBIDDEN without that scope.
    """
    if not (report.reason or "").strip():
        raise Refusal("REASON_REQUIRED", field=("report", "reason"))
    assert report.record_id is not None
    owner, record_id, sealed = publication.tenant.tenant_id, report.record_id, prepare(record, publication.keys)
    standing = await connection.fetchrow(_SQL["standing_identity"], owner, record_id, record.kind)
    if standing is None:
        raise Refusal("NOT_FOUND", field=("report", "recordId"))
    if standing["key_hash"] == sealed.key_hash:
        (kept,) = await publish(connection, [record], publication, report=report)
        return kept
    if record.family is Family.RISK:  # its order among others of its series, and the flag it raised, hang on it
        raise Refusal(
            "BAD_INPUT", field=("report", "recordId"), detail="recordId: void a grading, then publish it anew"
        )
    if report.replaces not in (None, standing["version"]):
        raise Refusal("VERSION_CONFLICT", field=("report", "replaces"), version=standing["version"])
    taken = await connection.fetchval(_SQL["taken_identity"], owner, record.kind, sealed.key_hash)
    if taken is not None:
        raise Refusal("ALREADY_RECORDED", field=("report", "recordId"), records=f"{record.kind} {taken}")
    if await ends_a_flag(connection, publication, record_id):
        caller.require("flag.lift")
    await stage(connection, [sealed])
    await correct(connection)
    arguments = (owner, record_id, report.reason, publication.day, publication.operator, report.source_updated_at)
    try:
        version: int = await connection.fetchval(_SQL["correct_identity"], *arguments)
    except asyncpg.UniqueViolationError as error:  # published under the right identity meanwhile
        raise Refusal("UNAVAILABLE") from error
    return Kept(outcome="CHANGED", record_id=record_id, version=version)
