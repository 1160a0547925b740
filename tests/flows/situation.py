"""What several stories need: records of the story's firm and persons, and waiting for what follows from them.

Add the next record as a function that gives its GraphQL input.
"""

from typing import Any

from exchange.demo.cast import ENTERPRISE
from exchange.demo.client import until
from exchange.demo.notes import Story
from exchange.demo.people import Person, years_later
from exchange.demo.questions import PERSON, PUBLISH_APPOINTMENT
from exchange.demo.scene import MATTER_CODE, Scene


def matter_of(scene: Scene) -> dict[str, Any]:
    """The firm's matter in Guangzhou."""
    return {
        "creditCode": scene.flagged.credit_code, "name": scene.flagged.name, "region": "440100",
        "matterCode": MATTER_CODE,
        "caseNumber": scene.case_number, "projectName": "仓储扩建项目", "status": "PENDING",
        "filedOn": scene.day.isoformat(),
    }  # fmt: skip


async def reviews_at(story: Story, slug: str, *, wanted: int) -> list[dict[str, Any]]:
    """The reviews of the story's firm that a tenant sees, as soon as there are so many."""
    firm = await until(lambda: story.firm(slug), lambda found: len(found["reviews"]["nodes"]) >= wanted)
    found: list[dict[str, Any]] = firm["reviews"]["nodes"]
    assert len(found) == wanted
    return found


def flag_of(scene: Scene, *, severity: str = "RED", place: int = 1) -> dict[str, Any]:
    """A flag on the story's firm."""
    return {
        "creditCode": scene.flagged.credit_code, "name": scene.flagged.name, "region": "440300",
        "category": "SERIOUS_DISHONESTY", "severity": severity, "cause": "拒不履行处罚决定",
        "legalBasis": "《安全生产严重失信主体名单管理办法》", "decisionNumber": scene.document("失信", place),
        "decidedOn": scene.day.isoformat(), "listedOn": scene.day.isoformat(),
    }  # fmt: skip


async def appoint(story: Story, person: Person, slug: str, region: str) -> str:
    """Record that a person works in a city; the record's id."""
    values = {
        "name": person.name, "idNumber": person.id_number, "creditCode": ENTERPRISE.credit_code, "post": "OTHER",
        "employerName": ENTERPRISE.name, "appointedOn": years_later(story.scene.day, -1).isoformat(), "region": region,
    }  # fmt: skip
    answer = await story.client.ask(slug, PUBLISH_APPOINTMENT, input=values)
    assert (answer["outcome"], answer["userErrors"]) == ("NEW", [])
    record_id: str = answer["recordId"]
    return record_id


async def person_seen(story: Story, slug: str, person: Person, *, ended: bool = False) -> dict[str, Any]:
    """A person's file as a tenant sees it, on the last day of what ends or the day after."""
    day = story.scene.day_after if ended else story.scene.last_day
    found: dict[str, Any] = await story.client.ask(slug, PERSON, idNumber=person.id_number, asOf=day.isoformat())
    return found
