"""Construction safety managers in the field names of the national construction platform's collection interface.

The names are the platform's own; note the near-twins issuedDate (first issue) and issuDate (this issue).
"""

import hashlib
from datetime import timedelta
from typing import Any

import orjson

from exchange.demo.cast import BY_SLUG
from exchange.demo.people import Person, mistyped, years_later
from exchange.demo.scene import Scene
from schema.fields import identifier_check

TYPE_CODE = "11100000000013338W011"
_HOUSING = BY_SLUG["gd-housing"]


def construction_managers(scene: Scene) -> tuple[bytes, tuple[tuple[int, str, str], ...], tuple[str, ...]]:
    """The body, the faults of its bad entries, and the ID numbers that no answer may show."""
    mistaken = scene.person(18)
    wrong = mistyped(mistaken.id_number)
    entries = [
        _entry(scene, scene.stranger, "C3", 1),
        # Some provinces still send half-width brackets; on the platform they are full-width.
        {**_entry(scene, scene.person(16), "B", 2), "certNum": _half_width(number_of(scene, "B", 2))},
        {
            **_entry(scene, scene.person(17), "A", 3), "operateType": "08",
            "oldcertNum": f"湘建安A（2025）{scene.number:07d}",
            "associatedZzeCertID": identifier(scene, 900),
        },
        {**_entry(scene, mistaken, "C1", 4), "identityCard": wrong},
        {**_entry(scene, mistaken, "C2", 5), "categoryCode": "B"},
        {**_entry(scene, mistaken, "C2", 6), "certState": "77", "expiringDate": "2001-01-01"},
    ]  # fmt: skip
    faults = (
        (4, "idNumber", "ID_NUMBER_INVALID"), (5, "number", "CERTIFICATE_NUMBER_INVALID"),
        (6, "reportedStatus", "VALUE_NOT_IN_TABLE"), (6, "validTo", "DATES_REVERSED"),
    )  # fmt: skip
    return orjson.dumps({"AcceptData": entries}, option=orjson.OPT_INDENT_2), faults, (wrong, mistaken.id_number)


def number_of(scene: Scene, sort: str, place: int) -> str:
    """A certificate number such as 粤建安C3（2026）0000011, in full-width brackets."""
    return f"粤建安{sort}（{scene.day.year}）{scene.number * 10 + place:07d}"


def _half_width(number: str) -> str:
    return number.replace("（", "(").replace("）", ")")


def identifier(scene: Scene, place: int) -> str:
    """A certificate identifier (GB/T 36904) of the demonstration's housing department."""
    parts = (TYPE_CODE, _HOUSING.credit_code, f"{scene.number:07d}{place:04d}", "001")
    return f"1.2.156.3005.2.{'.'.join(parts)}.{identifier_check(''.join(parts))}"


def _entry(scene: Scene, person: Person, sort: str, place: int) -> dict[str, Any]:
    begin = scene.day - timedelta(days=30)
    number = number_of(scene, sort, place)
    return {
        "eCertID": hashlib.sha256(number.encode()).hexdigest()[:32], "provinceNum": "440000", "certNum": number,
        "issuAuth": _HOUSING.name, "issuAuthCode": _HOUSING.credit_code, "issuedDate": begin.isoformat(),
        "issuDate": begin.isoformat(), "effectiveDate": begin.isoformat(),
        "expiringDate": (years_later(begin, 3) - timedelta(days=1)).isoformat(), "categoryCode": sort,
        "name": person.name,
        "gender": "1" if person.gender == "MALE" else "2", "birthDate": person.born.isoformat(),
        "identityCard": person.id_number, "identityCardType": "111", "companyName": scene.flagged.name,
        "creditCode": scene.flagged.credit_code, "appointment": "08", "technicalTitle": "", "educationDegree": "",
        "major": "",
        "photo": "", "certState": "01", "certStatusDescription": "", "associatedZzeCertID": "",
        "businessInformation": "",
        "operateType": "01", "oldcertNum": "", "zzeCertID": identifier(scene, place),
    }  # fmt: skip
