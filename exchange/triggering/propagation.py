"""Where a cause leads on to (递进): person -> firm -> site, and firm -> key staff -> their posts at other firms.

Two steps at most, and none back; each is told by a record that the receiving and the announcing authority may both see.
Which posts and certificates make key staff is below; the statements are in sql/propagation.sql.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exchange.posts import DIRECTORS, MANAGERS, PRINCIPALS, need_rows
from exchange.rules import Cause, Presence, PresenceKind, Step, StepKind, leads_on
from exchange.statements import statements
from schema.kinds.appointment import Post
from schema.regions import region
from tenants.access import Level
from tenants.registry import Directory

_SQL = statements("propagation")
_POSTS = {post.name: post.zh for post in Post}
_LEADING = PRINCIPALS | DIRECTORS | MANAGERS | {Post.TECHNICAL_DIRECTOR, Post.PROJECT_MANAGER, Post.SAFETY_ENGINEER}
KEY_POSTS = sorted(post.name for post in _LEADING)
"""Who answers for a firm's safety. A special operator does not: what the firm did must not follow him or her."""
KEY_CERTIFICATES = [
    "SAFETY_MANAGEMENT", "CONSTRUCTION_SAFETY_MANAGER", "INTERMEDIATE_SAFETY_ENGINEER", "ASSISTANT_SAFETY_ENGINEER",
]  # fmt: skip
_NEEDS = sorted({(post, kind, scope) for post, _, kind, scope in need_rows()}, key=str)
NEEDS = tuple([need[part] for need in _NEEDS] for part in range(3))
"""Whatever a firm does, which the receiving authority may not know: it is told for attention only."""
Arrived = tuple[Mapping[str, Any], Mapping[str, Any]]
"""The event of a presence that was recorded, and its payload."""


@dataclass(frozen=True, kw_only=True)
class Afar:
    """A presence that a path leads to, and the record that ties its two steps together."""

    presence: Presence
    link_id: uuid.UUID


async def presences_afar(
    connection: Any, causes: Sequence[tuple[Cause, uuid.UUID | None]], directory: Directory
) -> list[list[Afar]]:
    """Where each cause, of a record, leads on to, as far as both authorities may know; one for each tie (hub role)."""
    found: list[list[Afar]] = [[] for _ in causes]
    leading = [(place, *one) for place, one in enumerate(causes) if leads_on(one[0])]
    persons = [one for one in leading if one[1].subject.startswith("P:")]
    firms = [one for one in leading if not one[1].subject.startswith("P:")]
    if persons:
        asked = zip(
            *((record_id, uuid.UUID(_identity(cause)), cause.day) for _, cause, record_id in persons), strict=True
        )
        for row in await connection.fetch(_SQL["at_employer"], *asked, *NEEDS):
            place, cause, _ = persons[row["place"] - 1]
            if _may_be_told(row, cause, directory):
                found[place].append(_at_employer(row))
    if firms:
        days = zip(*((_identity(cause), cause.day) for _, cause, _ in firms), strict=True)
        for row in await connection.fetch(_SQL["of_staff"], *days, KEY_POSTS, KEY_CERTIFICATES):
            place, cause, _ = firms[row["place"] - 1]
            if _may_be_told(row, cause, directory):
                found[place].append(_of_staff(row, _identity(cause)))
    return found


def _identity(cause: Cause) -> str:
    return cause.subject.partition(":")[2]


async def causes_afar(connection: Any, arrived: Sequence[Arrived]) -> list[list[Mapping[str, Any]]]:
    """The events whose path each new presence, or new appointment, may complete (hub role)."""
    found: list[list[Mapping[str, Any]]] = [[] for _ in arrived]
    posts, matters = {}, {}
    for place, (event, payload) in enumerate(arrived):
        reached = (event["credit_code"], event["day"], event["position"])
        if payload["kind"] == "APPOINTMENT":
            posts[place] = (uuid.UUID(payload["personId"]), *reached)
        elif payload["kind"] in ("PROJECT_APPROVAL", "SITE"):
            matters[place] = reached
    for statement, asked, key in (
        (_SQL["around_appointment"], posts, (KEY_POSTS, KEY_CERTIFICATES)), (_SQL["against_staff"], matters, ()),
    ):  # fmt: skip
        places = list(asked)
        for row in await connection.fetch(statement, *zip(*asked.values(), strict=True), *key) if asked else ():
            found[places[row["place"] - 1]].append(row)
    return found


def each_once(several: Iterable[Afar]) -> list[Presence]:
    """The presences, each once however many ties lead to it."""
    return list({one.presence.record_id: one.presence for one in several}.values())


def _may_be_told(row: Mapping[str, Any], cause: Cause, directory: Directory) -> bool:
    """Whether the record that ties the path is known, or open by agreement, to both authorities of a review.

    What the receiving authority recorded itself is its own to act on.
    """
    owner = row["link_owner_id"]
    if owner == row["owner_id"]:
        return True
    readers = {row["owner_id"], cause.owner_id} - {owner}
    return row["link_audience"] >= Level.AUTHORITY and all(
        owner in directory.readable_owners(directory.tenants[reader], cause.day) for reader in readers
    )


def _at_employer(row: Mapping[str, Any]) -> Afar:
    person, code = str(row["person_id"]), row["credit_code"]
    return _afar(row, (_step(StepKind.WORKS_FOR, code, person), _step(StepKind.FIRM_PRESENT, code, person)))


def _of_staff(row: Mapping[str, Any], code: str) -> Afar:
    person = str(row["person_id"])
    return _afar(
        row, (_step(StepKind.KEY_STAFF, code, person), _step(StepKind.ALSO_POSTED, row["credit_code"], person))
    )


def shown(reference: str) -> str:
    """A post by its label, a matter's division by its name; never the case number, which is its owner's."""
    found = region(reference)
    return found.name if found else _POSTS.get(reference, reference)


def _step(kind: StepKind, code: str, person: str) -> Step:
    return Step(kind=kind, credit_code=code, person_id=person)


def _afar(row: Mapping[str, Any], path: tuple[Step, ...]) -> Afar:
    presence = Presence(
        owner_id=row["owner_id"],
        record_id=str(row["record_id"]),
        kind=PresenceKind[row["kind"]],
        region=row["region"],
        reference=shown(row["reference"]),
        since=row["since"],
        path=path,
    )
    return Afar(presence=presence, link_id=row["link_id"])
