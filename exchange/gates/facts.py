"""From what the database tells of a firm (sql/gating.sql) to the facts that gates judge. Pure.

A further fact is a key of `facts` there and a line here.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from exchange.dossiers import key_staff
from exchange.gates.case import GateFacts, Grading, Permit, Source, Staffing
from exchange.posts import activities_of
from schema.gates import Gate
from schema.measures import Negative

Told = Mapping[str, Any]
STATING = ("PROFILE", "PERMIT", "RISK")
"""Families that say how a firm stands; where there are none, whatever else is told has to be fresh."""


def gate_facts(told: Told, *, credit_code: str, gate: Gate, day: date, today: date) -> GateFacts:
    """The facts of a firm at a gate on a day."""
    sources, is_profiled = tuple(_source(one) for one in _stating(told["sources"])), told["profile"] is not None
    is_known = bool(sources or told["posted"])
    return GateFacts(
        gate=gate,
        day=day,
        today=today,
        activities=activities_of(told["profile"]),
        is_profiled=is_profiled,
        permits=tuple(_permit(one) for one in told["permits"]),
        negatives=tuple(negative(one, credit_code) for one in told["negatives"]),
        gradings=tuple(
            Grading(**{**_of(one), "band": one["band"], "since": _day(one["since"])}) for one in told["gradings"]
        ),
        staff=tuple(_staffing(one) for one in key_staff(told, day)["duties"]) if is_known else (),
        staff_records=tuple(
            one for one in (told["profileId"], *(posted["recordId"] for posted in told["posted"])) if one
        ),
        sources=sources,
        profile_records=(told["profileId"],) if told["profileId"] else (),
    )


def _stating(sources: list[Told]) -> list[Told]:
    return [one for one in sources if one["family"] in STATING] or sources


def _of(one: Told) -> dict[str, Any]:
    return {"record_id": one["recordId"], "authority": one["authority"]}


def _source(one: Told) -> Source:
    return Source(**_of(one), kind=one["kind"], confirmed_on=date.fromisoformat(one["confirmedOn"]))


def _permit(one: Told) -> Permit:
    return Permit(
        **_of(one), trade=one["trade"], status=one["status"] or "OTHER", valid_from=_day(one["validFrom"]),
        valid_to=_day(one["validTo"]),
    )  # fmt: skip


def negative(one: Told, credit_code: str) -> Negative:
    """A negative record; one on another firm than this is a predecessor's."""
    body = one["body"]
    return Negative(
        **_of(one),
        category=body.get("category") or "OTHER",
        band=one["band"],
        since=_day(one["since"]),
        legal_basis=body.get("legalBasis") or "",
        exit_conditions=body.get("exitConditions") or "",
        told_measures=body.get("measures") or "",
        listed_on=_day(body.get("listedOn")),
        suspended_to=_day(body.get("suspendedTo")),
        term_ends_on=_day(body.get("termEndsOn")),
        early_removal_from=_day(body.get("earlyRemovalFrom")),
        rectify_by=_day(body.get("rectifyBy")),
        publicity_to=_day(body.get("publicityTo")),
        of_predecessor=None if one["creditCode"] == credit_code else one["creditCode"],
    )


def _staffing(duty: Told) -> Staffing:
    return Staffing(
        code=duty["duty"], zh=duty["message"], en=duty["messageEn"], basis=duty["basis"], coverage=duty["coverage"],
        states=tuple(gap["status"] for gap in duty["gaps"]),
        records=tuple(gap["recordId"] for gap in duty["gaps"]),
    )  # fmt: skip


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
