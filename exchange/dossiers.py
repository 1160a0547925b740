"""What the two dossiers judge or sum up: facts, read under the caller's sight, become the values of the SDL. Pure.

The facts are in exchange/engine/facts.py, the types in schema/graphql/overviews.py; add the next overview to all three.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from exchange.key_staff import CERTIFYING, Coverage, Finding, Firm, certified_rate, coverage
from exchange.posts import Held, Posted, activities_of, asked_of, gap_of
from schema.kinds.appointment import Engagement, Post
from schema.kinds.enterprise_profile import Activity
from schema.regions import region

MOST_GAPS = 100
WORST_FIRST = (
    "REVOKED", "RESCINDED", "SUSPENDED", "EXPIRED", "REVIEW_LAPSED", "CANCELLED", "OTHER", "TRANSFERRED_OUT",
    "TRANSFERRING_OUT", "NOT_YET_VALID", "VALID",
)  # fmt: skip
BANDS = ("BLUE", "YELLOW", "ORANGE", "RED")  # UNRATED is no place in this order
_COUNTED = {
    "valid": ("VALID",), "expired": ("EXPIRED",), "reviewLapsed": ("REVIEW_LAPSED",), "suspended": ("SUSPENDED",),
    "revoked": ("REVOKED", "RESCINDED"),
}  # fmt: skip

Facts = Mapping[str, Any]


def training_hours(facts: Sequence[Facts], day: date) -> list[dict[str, Any]]:
    """Hours by year and sort, summed up in SQL already."""
    return [{**row, "hours": float(row["hours"])} for row in facts]


def certificates_by_region(facts: Sequence[Facts], day: date) -> list[dict[str, Any]]:
    """Counts of certificates by (region, status), sorted by region, as one object a region."""
    return [_region(code, list(rows)) for code, rows in groupby(facts, key=itemgetter("region"))]


def _region(code: str | None, rows: list[Facts]) -> dict[str, Any]:
    by_status = {row["status"]: row["count"] for row in rows}
    place = region(code) if code else None
    counted = {name: sum(by_status.get(one, 0) for one in statuses) for name, statuses in _COUNTED.items()}
    total = sum(by_status.values())
    return {
        "region": code,
        "regionName": place.name if place else None,
        "worst": next(status for status in WORST_FIRST if status in by_status),
        "counts": {
            **counted,
            "total": total,
            "other": total - sum(counted.values()),
            "expiring": sum(row["expiring"] for row in rows),
        },
    }


_SERIES = ("authority", "authorityName", "scheme", "methodVersion")


def grading_history(facts: Sequence[Facts], day: date) -> list[dict[str, Any]]:
    """Assessments, sorted by what makes a series and then by day, as one object a series."""
    return [
        {**dict(zip(_SERIES, series, strict=True)), "steps": _steps(list(rows))}
        for series, rows in groupby(facts, key=itemgetter(*_SERIES))
    ]


def _steps(rows: list[Facts]) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "score": None if row["score"] is None else float(row["score"]),
            "bandChange": _band_change(before["band"], row["band"]) if before else None,
            "scoreChange": _difference(before["score"], row["score"]) if before else None,
        }
        for before, row in zip([None, *rows], rows, strict=False)
    ]


def _band_change(before: str, now: str) -> str | None:
    if before not in BANDS or now not in BANDS:
        return None
    risen = BANDS.index(now) - BANDS.index(before)
    return "WORSE" if risen > 0 else "BETTER" if risen < 0 else "SAME"


def _difference(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else float(round(now - before, 6))


def key_staff(facts: Facts, day: date) -> dict[str, Any]:
    """A firm's profile and appointments as judged duties."""
    profile = facts["profile"]
    firm = Firm(
        activities=activities_of(profile),
        staff=(profile or {}).get("staffCount"),
        posted=tuple(_posted(one) for one in facts["posted"]),
    )
    findings = coverage(firm)
    return {
        "isProfileKnown": profile is not None,
        "activities": [activity.name for activity in Activity if activity in firm.activities.done],
        "staffCount": firm.staff,
        "certifiedRate": certified_rate(findings),
        "duties": [_duty(finding) for finding in findings],
    }


def _posted(facts: Facts) -> Posted:
    engagement = facts["engagement"]
    return Posted(
        person_id=facts["personId"],
        post=Post.__members__.get(facts["post"], Post.OTHER),  # of a post that is in no table nothing is asked
        engagement=Engagement[engagement] if engagement else None,
        name_masked=facts["nameMasked"],
        held=tuple(
            Held(
                kind=one["kind"],
                scope=one["scope"],
                is_good=one["isGood"],
                status=one["status"],
                record_id=one.get("recordId"),
            )
            for one in facts["held"]
        ),
    )


def _duty(finding: Finding) -> dict[str, Any]:
    return {
        "duty": finding.duty.name,
        "message": finding.duty.zh,
        "messageEn": finding.duty.en,
        "basis": finding.duty.basis,
        "coverage": finding.coverage.name,
        "required": finding.required,
        "posted": finding.posted,
        "certified": finding.certified,
        "gapCount": len(finding.gaps),
        "gaps": [
            {
                "personId": gap.posted.person_id,
                "nameMasked": gap.posted.name_masked,
                "post": gap.posted.post.name,
                "status": gap.status,
                "recordId": gap.record_id,
            }
            for gap in finding.gaps[:MOST_GAPS]
        ],
    }


def post_findings(facts: Sequence[Facts], day: date) -> list[dict[str, Any]]:
    """A person's posts, each with what the firm's profile says, as what is missing; without posts that need nothing."""
    return [found for one in facts if (found := _post_finding(one)) is not None]


def _post_finding(facts: Facts) -> dict[str, Any] | None:
    posted = _posted(facts)
    asked = asked_of(posted.post, activities_of(facts["profile"]))
    if asked.is_needed is False:
        return None
    gap = gap_of(posted, asked) if asked.is_needed else None
    found = Coverage.UNDETERMINED if asked.is_needed is None else Coverage.GAP if gap else Coverage.MET
    return {
        "creditCode": facts["creditCode"],
        "firmName": facts["firmName"],
        "region": facts["region"],
        "post": posted.post.name,
        "appointmentId": facts["appointmentId"],
        "coverage": found.name,
        "status": {Coverage.MET: "VALID", Coverage.GAP: gap and gap.status}.get(found),
        "basis": CERTIFYING[posted.post].basis,
    }


def clearance(found: Any, day: date) -> dict[str, Any]:
    """Whether no flag stands any more, and since when: the latest day on which one ended."""
    return {"isClear": found["standing"] == 0, "standing": found["standing"], "clearedOn": found["clearedOn"]}
