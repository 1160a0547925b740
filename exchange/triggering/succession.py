"""Flags follow a firm into its successor (更名承接): a new name or code is no way out of a flag, wherever it is.

A succession is never inferred, somebody confirmed it; who may not know of the succession has no review for it. The
cause stays the flag itself: lifted, it is lifted for the successor too.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from exchange.rules import Cause, Presence
from exchange.statements import statements
from tenants.registry import Directory

_SQL = statements("succession")
SUCCEEDED = "enterprise.succeeded"
RAISED = "riskFlag.raised"
ENDED = ("report.voided", "report.corrected", "record.moved")


@dataclass(frozen=True, kw_only=True)
class Inherited:
    """A standing flag on a predecessor as a cause against its successor, and who recorded the line between them."""

    cause: Cause
    flag_id: uuid.UUID
    successor: str
    link_owners: tuple[int, ...]

    def may_reach(self, presence: Presence, directory: Directory) -> bool:
        """Whether the authority of a presence may know how the successor came from the firm that was flagged."""
        known = directory.readable_owners(directory.tenants[presence.owner_id], self.cause.day)
        return all(owner == presence.owner_id or owner in known for owner in self.link_owners)


async def inherited(connection: Any, event: Mapping[str, Any], directory: Directory) -> list[Inherited]:
    """What a succession recorded, or a flag raised, means for the firms that came from the flagged one (hub role)."""
    codes = await successors(connection, event["credit_code"]) if event["credit_code"] else []
    flag_id = event["record_id"] if event["type"] == RAISED else None
    found = await _against(connection, [(code, event) for code in codes], flag_id, directory)
    return [one for against in found for one in against]


async def inherited_by(
    connection: Any, events: Sequence[Mapping[str, Any]], directory: Directory
) -> list[list[Inherited]]:
    """Of each presence of a firm what stands on those it came from (hub role)."""
    return await _against(connection, [(event["credit_code"], event) for event in events], None, directory)


async def successors(connection: Any, code: str) -> list[str]:
    """The firms that came from a firm, and itself (hub role)."""
    return [row["code"] for row in await connection.fetch(_SQL["successors"], code)]


async def _against(
    connection: Any, several: Sequence[tuple[str, Mapping[str, Any]]], flag_id: uuid.UUID | None, directory: Directory
) -> list[list[Inherited]]:
    found: list[list[Inherited]] = [[] for _ in several]
    asked = [(successor, event["day"], event["position"]) for successor, event in several]
    for row in await connection.fetch(_SQL["inherited"], *zip(*asked, strict=True), flag_id) if asked else ():
        successor, event = several[row["place"] - 1]
        found[row["place"] - 1].append(_inherited(row, successor, event, directory))
    return found


def _inherited(row: Mapping[str, Any], successor: str, event: Mapping[str, Any], directory: Directory) -> Inherited:
    payload = orjson.loads(row["payload"])
    if event["type"] != RAISED:
        payload["version"] = 1  # it stands, whatever the last news of it was
    cause = Cause(
        event_type=SUCCEEDED,
        event_id=str(row["event_id"]),
        owner_id=row["owner_id"],
        owner_regions=directory.tenants[row["owner_id"]].jurisdiction,
        subject=f"E:{successor}",
        day=event["day"],
        payload={**payload, "predecessor": row["predecessor"]},
    )
    return Inherited(cause=cause, flag_id=row["record_id"], successor=successor, link_owners=tuple(row["link_owners"]))


async def disinherit(connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
    """A succession, or a flag, turned out to be no firm's or another's: what rested on it ends (hub role)."""
    if event["type"] in ENDED and event["credit_code"] and "personId" not in payload:
        codes = await successors(connection, event["credit_code"])
        await connection.execute(_SQL["disinherit"], codes, event["day"])


def reached(one: Inherited, presences: Sequence[Presence], directory: Directory) -> list[Presence]:
    """The presences of the successor whose authorities may know of the line."""
    return [presence for presence in presences if one.may_reach(presence, directory)]
