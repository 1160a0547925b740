"""Every row of detections.md is a test; add a row there."""

from itertools import count
from typing import Any

import pytest

from exchange.posts import UNKNOWN, Activities
from exchange.triggering.detections import LENT, UNCERTIFIED, Appointed, Certified, HeldFrom, Known, situations
from schema.kinds.appointment import Engagement, Post
from schema.kinds.enterprise_profile import Activity
from tests.spec.tables import rows

HERE, AFAR = 1, 2


def _listed(text: str) -> list[tuple[str, str]]:
    return [(name, rest) for one in text.split(";") if one.strip() for name, _, rest in [one.strip().partition(":")]]


def _held(text: str) -> tuple[HeldFrom, ...]:
    found = []
    for named, status in sorted(_listed(text), key=lambda one: one[1] != "VALID"):
        kind, _, scope = named.removeprefix("外地").partition("/")
        owner = AFAR if named.startswith("外地") else HERE
        found.append(HeldFrom(kind=kind, scope=scope or None, is_good=status == "VALID", status=status, owner_id=owner))
    return tuple(found)


def _tie(number: int, firm: str, line: dict[str, str]) -> dict[str, Any]:
    return {
        "record_id": f"record-{number}", "person_id": "person-1", "owner_id": HERE, "credit_code": firm,
        "region": "440100", "line": frozenset({line[firm]} if firm in line else ()),
    }  # fmt: skip


@pytest.mark.parametrize("row", rows("detections.md", "岗位不符"), ids=lambda row: row["情形"])
def test_a_post_without_its_certificate_is_found_exactly_here(row: dict[str, str]) -> None:
    done = frozenset({Activity[row["企业从事"]]}) if row["企业从事"] else frozenset()
    activities = Activities(done=done, not_done=frozenset(Activity) - done) if done else UNKNOWN
    post = Appointed(**_tie(1, "甲", {}), post=Post[row["岗位"]], activities=activities)
    found = situations(Known(appointed=(post,), held=_held(row["持证"])))
    assert [one.type for one in found] == ([UNCERTIFIED] if row["发现"] == "是" else [])
    assert [one.told["certificateStatus"] for one in found] == ([row["证书情况"]] if row["证书情况"] else [])
    assert ["是" if "isTold" in one.told else "否" for one in found] == (
        [row["另有规则告知"]] if row["另有规则告知"] else []
    )


@pytest.mark.parametrize("row", rows("detections.md", "疑似挂靠"), ids=lambda row: row["情形"])
def test_lending_is_suspected_at_exactly_these_firms(row: dict[str, str]) -> None:
    numbers = count(1)
    line = {
        now.strip(): before.strip() for before, _, now in [one.partition("→") for one in row["沿革"].split(";")] if now
    }
    known = Known(
        appointed=tuple(
            Appointed(
                **_tie(next(numbers), firm, line), activities=UNKNOWN,
                post=Post.FULL_TIME_SAFETY_MANAGER if how == Post.FULL_TIME_SAFETY_MANAGER.zh else Post.OTHER,
                engagement=Engagement.__members__.get(how),
            )
            for firm, how in _listed(row["任职"])
        ),
        certified=tuple(
            Certified(
                **_tie(next(numbers), firm, line), manager_class=how.removesuffix("法"),
                is_legal_representative=how.endswith("法"),
            )
            for firm, how in _listed(row["安管人员证书"])
        ),
    )  # fmt: skip
    found = situations(known)
    assert {one.type for one in found} <= {LENT}
    assert [one.tie.credit_code for one in found] == [one.strip() for one in row["发现"].split(",") if one.strip()]


def test_each_place_is_told_the_division_of_the_other_and_neither_firm_nor_number() -> None:
    posts = tuple(
        Appointed(
            record_id=f"record-{place}", person_id="person-1", owner_id=place, credit_code=f"firm-{place}",
            region=region, post=Post.OTHER, engagement=Engagement.FULL_TIME, activities=UNKNOWN,
        )
        for place, region in ((1, "440100"), (2, "320100"))
    )  # fmt: skip
    assert [one.told for one in situations(Known(appointed=posts))] == [
        {"evidence": "FULL_TIME_POST", "otherRegions": ["320100"]},
        {"evidence": "FULL_TIME_POST", "otherRegions": ["440100"]},
    ]
