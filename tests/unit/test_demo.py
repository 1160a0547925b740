"""The demonstration's data: provably synthetic, the same for the same day, and accepted as it stands."""

from collections import Counter
from datetime import date
from io import StringIO

import orjson
import pytest
from graphql import parse as parse_document
from graphql import validate

from exchange.demo import questions
from exchange.demo.cast import CAST, DEMO_PREFIX, ENTERPRISE, synthetic_code
from exchange.demo.notes import Check
from exchange.demo.people import everything, firms, mistyped, person_numbered, years_later
from exchange.demo.scene import Scene
from exchange.demo.story import Step
from exchange.demo.telling import Lines, Prose
from schema.fields import Unreadable, credit_code, id_number
from schema.graphql import build
from schema.kinds import BY_NAME
from schema.record import parse

DAY = date(2026, 11, 23)


def test_the_demonstration_has_the_size_it_promises() -> None:
    counted = Counter(kind for _, kind, _ in everything(DAY))
    certificates = sum(count for kind, count in counted.items() if BY_NAME[kind].family.name == "CERTIFICATE")
    assert (len(firms()), certificates, counted["PROJECT_APPROVAL"], counted["RISK_GRADING"]) == (300, 2_000, 500, 300)


def test_the_same_seed_and_day_give_the_same_records() -> None:
    assert list(everything(DAY)) == list(everything(DAY))
    assert list(everything(DAY, seed=1)) != list(everything(DAY, seed=2))


@pytest.mark.parametrize("day", [DAY, date(2028, 2, 29)])
def test_every_record_is_accepted_and_stands_once(day: date) -> None:
    parsed = [(slug, kind, parse(BY_NAME[kind], values, strict=True)) for slug, kind, values in everything(day)]
    assert [(kind, one.findings) for _, kind, one in parsed if one.findings] == []
    keys = Counter((slug, kind, one.record.key) for slug, kind, one in parsed if one.record is not None)
    assert max(keys.values()) == 1


def test_no_number_can_be_anybodys() -> None:
    rows = [values for _, _, values in everything(DAY)]
    assert {values["idNumber"][:2] for values in rows if "idNumber" in values} == {"99"}
    codes = {values["creditCode"] for values in rows} | {actor.credit_code for actor in CAST}
    assert {code[8:11] for code in codes} == {DEMO_PREFIX}
    assert [code for code in codes if credit_code(code) != code] == []


def test_firms_and_tenants_have_codes_of_their_own() -> None:
    codes = [firm.credit_code for firm in firms()] + [actor.credit_code for actor in CAST]
    assert len(set(codes)) == len(codes)
    assert len({firm.name for firm in firms()}) == len(firms())


def test_runs_of_the_story_share_no_subject() -> None:
    scenes = [Scene(number=number, day=DAY) for number in (0, 1, 2, 9_997, 9_998, 9_999, 20_000)]
    codes = [firm.credit_code for one in scenes for firm in (one.flagged, one.other, one.refused)]
    people = [one.person(index).id_number for one in scenes for index in range(30)]
    assert len(set(codes)) == len(codes)
    assert len(set(people)) == len(people)
    assert not set(codes) & {firm.credit_code for firm in firms()}
    assert [number for number in people if id_number(number) != number] == []


def test_a_mistyped_code_is_refused() -> None:
    for read, code in ((credit_code, ENTERPRISE.credit_code), (id_number, person_numbered(1, 2).id_number)):
        with pytest.raises(Unreadable):
            read(mistyped(code))


def test_a_serial_number_that_does_not_fit_is_refused() -> None:
    assert synthetic_code("91", "310000", 31**5 - 1)[8:11] == DEMO_PREFIX
    with pytest.raises(ValueError, match="five digits"):
        synthetic_code("91", "310000", 31**5)


@pytest.mark.parametrize(("day", "years", "wanted"), [
    (date(2028, 2, 29), 1, date(2029, 2, 28)), (date(2028, 2, 29), -4, date(2024, 2, 29)), (DAY, 3, date(2029, 11, 23)),
])  # fmt: skip
def test_an_anniversary_of_a_leap_day_is_the_28th(day: date, years: int, wanted: date) -> None:
    assert years_later(day, years) == wanted


DOCUMENTS = {name: text for name, text in vars(questions).items() if name.isupper()}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_of_the_story_fits_the_schema(name: str) -> None:
    assert validate(build(), parse_document(DOCUMENTS[name])) == []


STEP = Step(
    number=3, name="异地标记 Flag", asked="橙→红", answered="已开启", seconds=0.1234,
    checks=(Check(says="一项核查", holds=False, found="0, expected 1"), Check(says="时限", holds=True)),
)  # fmt: skip


def test_a_step_with_a_failed_check_is_told_with_what_was_found() -> None:
    stream = StringIO()
    Prose(stream).step(STEP)
    assert stream.getvalue().splitlines() == [
        "× 3 异地标记 Flag  0.12 s  2 项核对 checks", "    问 asked    橙→红", "    答 answered 已开启",
        "    × 一项核查: 0, expected 1",
    ]  # fmt: skip


def test_what_is_printed_fits_a_chinese_windows_console() -> None:
    stream = StringIO()
    teller = Prose(stream)
    teller.begin("http://127.0.0.1:1", {})
    teller.step(STEP)
    teller.end(is_held=True, seconds=1)
    assert stream.getvalue().encode("gbk").decode("gbk") == stream.getvalue()


def test_json_is_one_object_a_line() -> None:
    stream = StringIO()
    teller = Lines(stream)
    teller.begin("http://127.0.0.1:1", {"RISK_GRADING": 3})
    teller.step(STEP)
    teller.end(is_held=False, seconds=1.5)
    begun, step, ended = [orjson.loads(line) for line in stream.getvalue().splitlines()]
    assert begun == {"baseUrl": "http://127.0.0.1:1", "seeded": {"RISK_GRADING": 3}}
    assert (step["step"], step["isHeld"], step["seconds"], len(step["checks"])) == (3, False, 0.123, 2)
    assert ended == {"isHeld": False, "seconds": 1.5}
