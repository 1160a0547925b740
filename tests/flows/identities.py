"""What the tests of who is who do: give verdicts, correct numbers, look into files, make persons that look alike."""

from collections.abc import Callable
from datetime import date
from itertools import count
from typing import Any

from schema.fields import id_number_check
from tests.flows import material
from tests.flows.material import Person, publish
from tests.flows.neighbours import GUANGZHOU, PURPOSE, SHENZHEN

GOOD_UNTIL = date(2029, 1, 1)
JUDGE = """mutation Judge($input: PersonVerdictInput!) {
  personVerdict(input: $input) { verdictId outcome userErrors { code field } } }"""
CORRECT = """mutation Correct($input: PersonCorrectInput!) {
  personCorrect(input: $input) { personId recordIds userErrors { code field message } } }"""
FILE = """query File($by: PersonBy!) { person(by: $by) { id idNumberMasked
  certificates(first: 9) { nodes { id } } appointments(first: 9) { nodes { id } }
  reviews(first: 9) { nodes { rule } }
  verdicts(first: 9) { nodes { authority { id } verdict isLatest reason caseNumber } } } }"""
RECOGNISE = """query R($input: RecognitionInput!) {
  recognition(input: $input) { verdict conditions { reason } } }"""


async def judged(ask: Any, slug: str, first: str, second: str, verdict: str = "SAME", **further: Any) -> Any:
    values = {"personId": first, "otherPersonId": second, "verdict": verdict, "reason": "核对档案照片", **further}
    return (await ask(slug, JUDGE, purpose=PURPOSE, input=values)).data["personVerdict"]


async def corrected(ask: Any, slug: str, wrong: Person, right: Person, **further: Any) -> Any:
    values = {"previousIdNumber": wrong.id_number, "idNumber": right.id_number, "reason": "录入时错一位", **further}
    return (await ask(slug, CORRECT, purpose=PURPOSE, input=values)).data["personCorrect"]


async def file_of(ask: Any, slug: str, person: Person) -> Any:
    return (await ask(slug, FILE, purpose=PURPOSE, by={"idNumber": person.id_number})).data["person"]


async def settled(hub: Any) -> str:
    await hub.runtime.settle()
    return f"seq:{hub.runtime.signal.position}"


async def types_since(ask: Any, slug: str, start: str) -> list[str]:
    query = "query E($after: String!) { events(first: 50, after: $after) { nodes { type payload } } }"
    return [one["type"] for one in (await ask(slug, query, after=start)).data["events"]["nodes"]]


def ids_in(found: Any, name: str) -> set[str]:
    return {one["id"] for one in found[name]["nodes"]}


def person_id(hub: Any) -> Callable[[Person], str]:
    return lambda person: str(hub.runtime.keys.person_id(person.id_number))


async def two_ids(ask: Any) -> tuple[Person, Person, str, str]:
    """One person with a certificate of Shenzhen under one id and an appointment in Guangzhou under another."""
    first, second, firm = material.person(), material.person(), material.firm()
    certificate = await publish(
        ask, SHENZHEN, "safetyManagement", material.certificate(first, firm, valid_to=GOOD_UNTIL)
    )
    appointment = await publish(ask, GUANGZHOU, "appointment", material.appointment(second, firm, "440100"))
    return first, second, certificate, appointment


_PAIRS = count()


def born_apart() -> tuple[Person, Person]:
    """Two persons of one name, whose ID numbers differ in the birth date alone, which no mask shows."""
    place = next(_PAIRS)
    name, heads = f"同名者{'甲乙丙丁戊己庚辛'[place]}", [f"99887719{year}0101{901 + place}" for year in range(70, 99)]
    known: dict[str, Person] = {}
    for head in heads:
        person = Person(name=name, id_number=head + id_number_check(head))
        if person.id_number[-4:] in known:
            return known[person.id_number[-4:]], person
        known[person.id_number[-4:]] = person
    raise AssertionError("no two years have one check character")
