"""What the worker tells after a party took a step: readers of a disputed record, also past ones, and who acts next.

The step is announced to who took it, alone; here it becomes what others may know of it, in the worker's transaction, so
exactly once. The next thing to be told is a line of TOLD.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from exchange.statements import statements
from exchange.triggering.detecting import ENDS, KNOWN_AFTER_ALL, end_of_presentation, end_of_situation
from exchange.triggering.sources import RECOVERED, end_of_silence
from tenants.access import TenantKind
from tenants.registry import Directory

_SQL = statements("telling")
REMEMBERED = timedelta(days=365)
"""Who read a person's record in these months is told that it is disputed."""
_TO_ONE = {"ELEVATED": ("dispute.elevated", "superior_id"), "ORDERED": ("dispute.ordered", "disputant_id")}
_BEGINS = "dispute.opened"


async def tell_of_dispute(
    connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory
) -> None:
    """Tell the next to act, and whoever reads or read the record, of a step in its dispute (hub role)."""
    step = await connection.fetchrow(_SQL["dispute_step"], payload["disputeId"], payload["place"])
    if step["step"] in _TO_ONE:
        to_one, addressee = _TO_ONE[step["step"]]
        await connection.execute(
            _SQL["tell_of_dispute"], payload["disputeId"], payload["place"], to_one, 0, [step[addressee]]
        )
    name = _name_for_readers(step)
    if name is None:
        return
    audience = step["audience"]
    parties = [step["superior_id"] or step["disputant_id"]]
    await connection.execute(_SQL["tell_of_dispute"], payload["disputeId"], payload["place"], name, audience, parties)
    readers = [
        row["reader_id"]
        for row in await connection.fetch(
            _SQL["past_readers"], payload["disputeId"], step["person_id"], step["recorded_at"] - REMEMBERED
        )
    ]
    known = {step["source_id"], *parties}
    left = [
        one
        for one in dict.fromkeys([*readers, step["disputant_id"]])
        if one not in known and not _hears(directory, one, step, event["day"])
    ]
    if left:
        await connection.execute(_SQL["tell_of_dispute"], payload["disputeId"], payload["place"], name, 0, left)


def _name_for_readers(step: Mapping[str, Any]) -> str | None:
    """What readers of the record hear of a step: that it is in dispute, or no more."""
    if step["step"] == "OPENED" or (step["step"], step["previous_state"]) == ("ELEVATED", "CONFIRMED"):
        return _BEGINS
    is_end = step["state"] in ("CONFIRMED", "UPHELD", "CORRECTED", "VOIDED", "WITHDRAWN")
    return "dispute.closed" if is_end else None


def _hears(directory: Directory, reader_id: int, step: Mapping[str, Any], day: Any) -> bool:
    """Whether a tenant hears of the record's events by its agreements, or as the firm they are about."""
    reader = directory.tenants[reader_id]
    is_shared = step["source_id"] in directory.readable_owners(reader, day)
    is_own = reader.kind is TenantKind.ENTERPRISE and reader.credit_code == step["credit_code"]
    return (is_shared or is_own) and reader.level <= step["audience"]


async def tell_of_tip(
    connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory
) -> None:
    """Tell of a step of a report: the authority that has to act, those it bears upon, who handed it in (hub role)."""
    tip, place = payload["tipId"], payload["place"]
    step = await connection.fetchrow(_SQL["tip_step"], tip, place)

    async def tell(name: str, *tenants: int) -> None:
        if tenants:
            await connection.execute(_SQL["tell_of_tip"], tip, place, name, list(tenants))

    if step["step"] in ("FILED", "TRANSFERRED"):
        await tell("tip.received", step["competent_id"])
    if step["step"] == "ACCEPTED":
        await connection.execute(_SQL["link_tip"], tip, step["competent_id"], event["day"])
    linked = [row["other_id"] for row in await connection.fetch(_SQL["linked"], tip)]
    others = [one for one in linked if one != step["competent_id"]]
    if step["step"] == "ACCEPTED":
        await tell("tip.linked", *others)
    if step["step"] == "CONFIRMED":
        await connection.execute(_SQL["confirm_tip"], tip, place)
    if step["step"] in ("CONFIRMED", "UNFOUNDED"):
        await tell("tip.progressed", *(one for one in others if one != step["filer_id"]))
    if step["step"] != "FILED" and step["filer_id"] != step["owner_id"]:
        await tell("tip.progressed", step["filer_id"])


Telling = Callable[[Any, Mapping[str, Any], Mapping[str, Any], Directory], Awaitable[None]]
TOLD: Mapping[str, Telling] = {
    "dispute.stepped": tell_of_dispute,
    "tip.stepped": tell_of_tip,
    **{end: end_of_situation for end in ENDS.values()},
    KNOWN_AFTER_ALL: end_of_presentation,
    RECOVERED: end_of_silence,
}
