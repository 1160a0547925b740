"""Looks for what nobody reports by itself: at whom something was announced of, and whose posts or certificates began or
ended by their date. What makes a situation is in detections.py; here are its facts, and that each is told once.

The day is an argument and never goes back. Workers take turns; what was looked at twice is told once all the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from exchange.posts import activities_of
from exchange.statements import statements
from exchange.triggering.detections import (
    BOUND,
    LENT,
    UNCERTIFIED,
    Appointed,
    Certified,
    HeldFrom,
    Known,
    Situation,
    situations,
)
from schema.kinds import KINDS
from schema.kinds.appointment import Engagement, Post
from schema.record import Family
from tenants.registry import Directory

_SQL = statements("detections")
BATCH = 5_000
NEVER = date.min  # -infinity in PostgreSQL
ENDS = {UNCERTIFIED: "post.settled", LENT: "credential.multiSiteCleared"}
"""What is told when a situation ended."""
NEW_DAYS = 3  # an issuer that delivers every day has a new certificate in by then
KNOWN_AFTER_ALL = "credential.unknownResolved"
_CERTIFICATES = [kind for kind in KINDS if kind.family is Family.CERTIFICATE]
_SILENCE = ([kind.name for kind in _CERTIFICATES], [kind.fresh_days for kind in _CERTIFICATES])
# What is found of no person: the event, its statement ($1 day, $2 at most, further arguments; returns how many).
SWEEPS: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    (KNOWN_AFTER_ALL, _SQL["end_unknown"], ()),
    ("credential.unknownPresented", _SQL["raise_unknown"], (NEW_DAYS, *_SILENCE)),
)


async def run_detections(connection: Any, day: date) -> dict[str, int]:
    """Look at all that was announced and came due by `day`; how many of each type of event were told (hub role)."""
    told: Counter[str] = Counter()
    since, position, head = await connection.fetchrow(_SQL["progress"])
    while position < head and await _follow(connection, day, told):
        pass
    if since < day:
        await _come_due(connection, day, told)
    async with connection.transaction():
        since = await connection.fetchval(_SQL["lock_day"])
        for name, statement, arguments in SWEEPS:
            told[name] += await connection.fetchval(statement, max(day, since), BATCH, *arguments)
    return {name: count for name, count in told.items() if count}


async def _follow(connection: Any, day: date, told: Counter[str]) -> bool:
    """Look at whom the next events are about; whether there were any."""
    async with connection.transaction():
        since, position = await connection.fetchrow(_SQL["lock_progress"])
        upto = min(position + BATCH, await connection.fetchval(_SQL["head"]))
        if upto <= position:
            return False
        rows = await connection.fetch(_SQL["touched"], position, upto)
        await _look(connection, rows, max(day, since), told)
        await connection.execute(_SQL["move_position"], upto)
    return True


async def _come_due(connection: Any, day: date, told: Counter[str]) -> None:
    """Look at whose posts or certificates began or ended since the last day; on the first all were looked at."""
    async with connection.transaction():
        since, _ = await connection.fetchrow(_SQL["lock_progress"])
        if day <= since:
            return
        if since != NEVER:
            await _look(connection, await connection.fetch(_SQL["due"], since, day), day, told)
        await connection.execute(_SQL["move_day"], day)


async def _look(connection: Any, rows: Sequence[Mapping[str, Any]], day: date, told: Counter[str]) -> None:
    persons = sorted(row["person_id"] for row in rows if row["person_id"])
    for first in range(0, len(persons), BATCH):
        several = persons[first : first + BATCH]
        facts = await connection.fetch(_SQL["facts"], several, day)
        found = [as_row(one) for known in known_persons(facts) for one in situations(known)]
        types = (list(ENDS), list(ENDS.values()))
        settled = await connection.fetch(_SQL["settle"], several, day, orjson.dumps(found).decode(), *types)
        told.update({row["type"]: row["told"] for row in settled})


def known_persons(facts: Iterable[Mapping[str, Any]]) -> list[Known]:
    """What is on record of each person, from rows in the order of their group."""
    return [_known(list(rows)) for _, rows in groupby(facts, key=itemgetter("group_id"))]


def _known(rows: list[Mapping[str, Any]]) -> Known:
    certificates = [row for row in rows if row["family"] == "CERTIFICATE"]
    return Known(
        appointed=tuple(_appointed(row) for row in rows if row["kind"] == "APPOINTMENT"),
        certified=tuple(
            _certified(row) for row in certificates if row["kind"] == BOUND and row["is_good"] and row["credit_code"]
        ),
        held=tuple(
            HeldFrom(kind=row["kind"], scope=row["scope"], is_good=row["is_good"], status=row["status"],
                     owner_id=row["owner_id"])
            for row in certificates
        ),
    )  # fmt: skip


def _tie(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "record_id": str(row["record_id"]), "person_id": str(row["person_id"]), "owner_id": row["owner_id"],
        "credit_code": row["credit_code"], "region": row["region"] or "", "line": frozenset(row["predecessors"]),
    }  # fmt: skip


def _appointed(row: Mapping[str, Any]) -> Appointed:
    return Appointed(
        **_tie(row),
        post=Post.__members__.get(row["post"], Post.OTHER),  # of a post that is in no table nothing is asked
        engagement=Engagement[row["engagement"]] if row["engagement"] else None,
        activities=activities_of(orjson.loads(row["profile"]) if row["profile"] else None),
    )


def _certified(row: Mapping[str, Any]) -> Certified:
    is_legal = row["job_title"] == "LEGAL_REPRESENTATIVE"
    return Certified(**_tie(row), manager_class=row["scope"] or "", is_legal_representative=is_legal)


def as_row(situation: Situation) -> dict[str, Any]:
    """A situation as the table keeps it."""
    tie = situation.tie
    return {
        "type": situation.type, "owner_id": tie.owner_id, "record_id": tie.record_id, "person_id": tie.person_id,
        "credit_code": tie.credit_code, "region": tie.region or None, "told": situation.told,
    }  # fmt: skip


async def end_of_situation(connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], _: Directory) -> None:
    """What a situation led to ends with it (hub role)."""
    await connection.execute(_SQL["end_reviews"], event["record_id"], event["day"], payload["situationId"])


async def end_of_presentation(
    connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], _: Directory
) -> None:
    """A number that was unknown is known after all: its reviews end (hub role)."""
    await connection.execute(_SQL["end_presentation"], event["record_id"], event["day"])
