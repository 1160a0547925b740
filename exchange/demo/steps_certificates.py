"""Time and place: certificates end or miss their review, and are or are not recognised elsewhere."""

from datetime import date, timedelta
from typing import Any

from exchange.demo.cast import ENTERPRISE, RULE_IDENTIFIER
from exchange.demo.client import until
from exchange.demo.national import number_of
from exchange.demo.notes import Notes, Story
from exchange.demo.people import Person, period, years_later
from exchange.demo.questions import (
    PERSON,
    PUBLISH_APPOINTMENT,
    PUBLISH_ENGINEER,
    RECOGNISE,
    RULES,
    RUN_CLOCK,
    SIMULATE_RULE,
)
from exchange.recognition import CONDITIONS

RAISED = ["credential.expired", "credential.reviewLapsed"]
NANJING = "320100"


async def run_clock(story: Story, notes: Notes) -> None:
    """On the last day nothing is raised; the day after, both certificates open a review where the holder works."""
    scene, client = story.scene, story.client
    await _appoint(story, notes, scene.expiring, "SAFETY_MANAGER")
    await client.ask("operator", RUN_CLOCK, day=scene.last_day.isoformat())
    # The second appointment is announced after everything that first run could have raised.
    appointed = await _appoint(story, notes, scene.lapsing, "SPECIAL_OPERATOR")
    await until(lambda: _recorded(story, appointed), bool)
    notes.equal("最后一日仍有效，不通报 nothing on the last day", await _raised(story), [])
    ran = await client.ask("operator", RUN_CLOCK, day=scene.day_after.isoformat())
    await _check_lapse(story, notes, scene.expiring, "CREDENTIAL_EXPIRED", ("VALID", "EXPIRED"), scene.last_day)
    end = period(years_later(scene.last_day, -3), 6)["validTo"]
    await _check_lapse(story, notes, scene.lapsing, "REVIEW_LAPSED", ("VALID", "REVIEW_LAPSED"), end)
    notes.equal("次日各通报一次 announced once each", await _raised(story), RAISED)
    again = await client.ask("operator", RUN_CLOCK, day=scene.day_after.isoformat())
    notes.equal("同日再核对不重复 nothing twice", (again["expired"], again["reviewLapsed"]), (0, 0))
    notes.asked = f"clockRun {scene.last_day}，再 then {scene.day_after}"
    counts = f"到期 expired {ran['expired']}，逾期未复审 review missed {ran['reviewLapsed']}"
    notes.answered = f"{counts}；南京各一项核查 Nanjing reviews both"


async def _appoint(story: Story, notes: Notes, person: Person, post: str) -> str:
    values = {
        "name": person.name, "idNumber": person.id_number, "creditCode": ENTERPRISE.credit_code,
        "employerName": ENTERPRISE.name,
        "post": post, "appointedOn": years_later(story.scene.day, -1).isoformat(), "region": NANJING,
    }  # fmt: skip
    answer = await story.client.ask("nj-bureau", PUBLISH_APPOINTMENT, input=values)
    notes.equal("任职登记 appointment", (answer["outcome"], answer["userErrors"]), ("NEW", []))
    record_id: str = answer["recordId"]
    return record_id


async def _recorded(story: Story, record_id: str) -> bool:
    found = await story.events("nj-bureau", types=["presence.recorded"], credit_code=ENTERPRISE.credit_code)
    return any(one["recordId"] == record_id for one in found)


async def _person(story: Story, slug: str, person: Person, day: date) -> dict[str, Any]:
    found: dict[str, Any] = await story.client.ask(slug, PERSON, idNumber=person.id_number, asOf=day.isoformat())
    return found


async def _raised(story: Story) -> list[str]:
    """What the clock has announced of the story's two certificates."""
    people = (story.scene.expiring, story.scene.lapsing)
    subjects = [f"P:{(await _person(story, 'sh-bureau', one, story.scene.day))['id']}" for one in people]
    events = await story.events("sh-bureau", types=RAISED, credit_code=ENTERPRISE.credit_code)
    return sorted(one["type"] for one in events if one["subject"] in subjects)


async def _check_lapse(
    story: Story, notes: Notes, person: Person, rule: str, states: tuple[str, str], last_day: date
) -> None:
    scene = story.scene
    found = await until(
        lambda: _person(story, "nj-bureau", person, scene.day_after), lambda one: bool(one["reviews"]["nodes"])
    )
    before = (await _person(story, "nj-bureau", person, scene.last_day))["certificates"]["nodes"]
    after = found["certificates"]["nodes"]
    notes.equal(f"{rule} 状态 states", tuple(one["status"] for one in (*before, *after)), states)
    notes.equal(f"{rule} 有效期止 valid to", after[0]["validTo"], last_day.isoformat())
    wanted = [(rule, "nj-bureau", "sh-bureau")]
    for slug in ("nj-bureau", "sh-bureau"):
        reviews = (await _person(story, slug, person, scene.day_after))["reviews"]["nodes"]
        seen = [(one["rule"], one["authority"]["id"], one["causeAuthority"]["id"]) for one in reviews]
        notes.equal(f"{rule} {slug} 所见核查 reviews seen", seen, wanted)


async def use_elsewhere(story: Story, notes: Notes) -> None:
    """The enterprise asks for its own staff: four Shanghai certificates to be used in Nanjing, four verdicts."""
    scene = story.scene
    await _find_rule(story, notes)
    await _register_engineer(story, notes)
    asked: tuple[tuple[str, str, list[str], str | None], ...] = (
        (f"T{scene.welder.id_number}", "ACCEPTED", [], "NR-000000-0001"),
        (scene.officer.id_number, "CONDITIONAL", [], RULE_IDENTIFIER),
        (scene.ending.id_number, "REFUSED", ["TOO_LITTLE_REMAINING"], RULE_IDENTIFIER),
        (_engineer_number(story), "UNDETERMINED", ["NO_RULES_PUBLISHED"], None),
        (number_of(scene, "C3", 1), "UNDETERMINED", ["NOT_FOUND"], None),
    )
    answers = []
    for number, verdict, reasons, rule in asked:
        question = {"certificateNumber": number, "hostRegion": NANJING}
        answers.append(await story.client.ask(ENTERPRISE.slug, RECOGNISE, input=question))
        _check_verdict(notes, answers[-1], (verdict, reasons, rule))
    conditional, refused = answers[1], answers[2]
    notes.equal("备案 filing", (conditional["mode"], conditional["decisionWorkdays"]), ("FILING", 3))
    remaining = next(one for one in refused["conditions"] if one["condition"] == "REMAINING")
    values = {one["name"]: one["value"] for one in remaining["values"]}
    notes.equal(
        "所用的值 values used", (remaining["outcome"], values), ("FAILED", {"remainingDays": "10", "required": "30"})
    )
    accepted = await _try_draft(story, notes, answers[3]["certificateId"])
    notes.asked = f"recognition：上海证书用于南京 Shanghai's certificates in Nanjing × {len(asked)}"
    notes.answered = (
        "、".join(answer["verdict"] for answer in answers[:4])
        + f"；他人的证书查无记录 a stranger's is not found；江苏推演草案，将新认可 a draft would accept {accepted}"
    )


def _check_verdict(notes: Notes, answer: dict[str, Any], wanted: tuple[str, list[str], str | None]) -> None:
    name = wanted[0]
    notes.equal(f"结论 verdict {name}", (answer["verdict"], answer["reasons"], answer["ruleIdentifier"]), wanted)
    notes.equal(f"{name} 各项条件 every condition", len(answer["conditions"]), len(CONDITIONS))
    grounded = all(one["message"] and (one["basis"] or one["outcome"] == "OPEN") for one in answer["conditions"])
    notes.holds(f"{name} 每项有说明和依据 each with text and basis", grounded)


async def _find_rule(story: Story, notes: Notes) -> None:
    """Jiangsu's rule is in force: published when the cast came on board."""
    published = await story.client.ask("js-department", RULES, on=story.scene.day.isoformat())
    notes.holds("江苏的互认规则有效 rule in force", RULE_IDENTIFIER in {one["identifier"] for one in published})


async def _try_draft(story: Story, notes: Notes, certificate_id: str) -> int:
    """Jiangsu tries a draft: the certificate without a rule would be accepted, and how many more."""
    draft = {
        "identifier": "AR-320000-0002", "version": 1, "kinds": ["ASSISTANT_SAFETY_ENGINEER"],
        "issuingPrefixes": ["31"], "hostPrefixes": ["32"], "mode": "DIRECT", "basis": "长三角演示协议第1号（演示）",
        "validFrom": (story.scene.day + timedelta(days=7)).isoformat(),
        "message": "上海市登记的初级注册安全工程师在江苏省直接认可",
        "messageEn": "Assistant safety engineers of Shanghai are recognised in Jiangsu",
    }  # fmt: skip
    answer = await story.client.ask("js-department", SIMULATE_RULE, input=draft)
    told = answer["simulation"] or {}
    notes.equal("规则推演 simulation", answer["userErrors"], [])
    notes.holds("推演中新认可 newly accepted in it", told.get("newlyAccepted", 0) >= 1)
    seen = {one["certificateId"] for one in told.get("examples", ())}
    notes.holds("含该证书 the certificate among them", certificate_id in seen or len(seen) >= 20)
    return int(told.get("newlyAccepted", 0))


async def _register_engineer(story: Story, notes: Notes) -> None:
    scene = story.scene
    dates = {name: day.isoformat() for name, day in period(years_later(scene.day, -1), 5).items()}
    values = {
        "number": _engineer_number(story), "name": scene.engineer.name, "idNumber": scene.engineer.id_number,
        "specialty": "CONSTRUCTION", "creditCode": ENTERPRISE.credit_code, "employerName": ENTERPRISE.name,
        "region": "310000", "reportedStatus": "VALID", **dates,
    }  # fmt: skip
    answer = await story.client.ask("sh-bureau", PUBLISH_ENGINEER, input=values)
    notes.equal("初级注安登记 engineer registered", (answer["outcome"], answer["userErrors"]), ("NEW", []))


def _engineer_number(story: Story) -> str:
    return f"DEM{story.scene.day.year}S{story.scene.number:06d}"
