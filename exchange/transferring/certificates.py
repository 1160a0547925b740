"""The certificates of a transfer: what is reported of the old one, and the new one made of it.

Whatever the applicant need not say is taken from the old certificate; so no term, class or holder can be another.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from exchange.publishing.admission import admit, checks_for
from exchange.publishing.publish import Kept, publish
from exchange.statements import statements
from exchange.transferring.sides import Row, Sides
from schema.errors import Refusal
from schema.kinds import BY_NAME
from schema.record import Audience, Parsed, Record, attributed, parse
from schema.transfers import KIND
from tenants.keys import Keys

_SQL = statements("transfers")
_COLUMNS = (
    "name", "credit_code", "employer_name", "region", "issuer_code", "issuer_name", "first_issued_on", "effective_on",
    "valid_from", "valid_to", "review_due_on", "reviewed_on", "reported_status", "band", "decision_number", "lifted_on",
)  # fmt: skip


def personal_of(row: Row, keys: Keys) -> dict[str, Any]:
    """What is sealed of a certificate: the holder's ID number among it."""
    return keys.unseal(row["sealed"], bound_to=row["key_hash"])


async def report(
    connection: Any, row: Row, sides: Sides, state: str, operation: str, employer: tuple[str, str] | None = None
) -> None:
    """Keep a certificate in another state, in its owner's sight. Raises Refusal TRANSFER_NOT_POSSIBLE."""
    changes = {"reported_status": state, "effective_on": sides.day}
    if employer is not None:
        changes |= {"credit_code": employer[0], "employer_name": employer[1]}
    record = _changed(row, sides.keys, changes, operation)
    (kept,) = await publish(connection, [record], sides.publication(row["owner_id"]))
    if kept.outcome == "REFUSED":
        raise Refusal("TRANSFER_NOT_POSSIBLE", field=("transferId",), state=row["reported_status"])


def _changed(row: Row, keys: Keys, changes: Mapping[str, Any], operation: str) -> Record:
    personal = personal_of(row, keys)
    held = {"id_number": personal.pop("idNumber"), "number": personal.pop("number", row["number_shown"])}
    columns = {**{name: row[name] for name in _COLUMNS}, **held, **changes}
    body = {**orjson.loads(row["body"]), "operation": operation}
    return attributed(BY_NAME[row["kind"]], columns, audience=Audience(row["audience"]), body=body, personal=personal)


def successor(row: Row, sides: Sides, gaining_id: int, stated: Mapping[str, Any]) -> Parsed:
    """The new certificate, with what the gaining authority `stated`: its number, its identifier, the employer."""
    tenant, body, personal = (
        sides.directory.tenants[gaining_id],
        orjson.loads(row["body"]),
        personal_of(row, sides.keys),
    )
    values = {
        "name": row["name"],
        "idNumber": personal["idNumber"],
        "gender": personal.get("gender"),
        "managerClass": body["managerClass"],
        "firstIssuedOn": row["first_issued_on"],
        "issuedOn": sides.day,
        "validFrom": sides.day,
        "validTo": row["valid_to"],
        "reportedStatus": "VALID",
        "operation": "TRANSFER_IN",
        "previousNumber": personal.get("number", row["number_shown"]),
        "previousIdentifier": body.get("certificateIdentifier"),
        **stated,
    }
    given = {name: value for name, value in values.items() if value is not None}
    return parse(BY_NAME[KIND], given, strict=True, further=checks_for(BY_NAME[KIND], tenant, sides.day))


async def exchange(connection: Any, row: Row, record: Record, sides: Sides, gaining_id: int) -> Kept:
    """Keep the new certificate and end the old one; leaves the gaining side looking widely. Raises Refusal
    CERTIFICATE_NUMBER_TAKEN: a certificate that is there is never written over by another."""
    tenant = sides.directory.tenants[gaining_id]
    await sides.look(connection, gaining_id)
    await check_number_free(connection, sides, record, gaining_id)
    (kept,) = await publish(connection, [admit(record, tenant)], sides.publication(gaining_id))
    if kept.outcome != "NEW":  # recorded meanwhile
        raise Refusal("CERTIFICATE_NUMBER_TAKEN", field=("number",))
    await sides.look(connection, row["owner_id"])
    await report(connection, row, sides, "CANCELLED", "CANCEL")
    await sides.look(connection, gaining_id, is_wide=True)
    return kept


async def check_number_free(connection: Any, sides: Sides, record: Record, owner_id: int) -> None:
    """Whether an owner has no certificate of this number yet. Raises Refusal CERTIFICATE_NUMBER_TAKEN."""
    number_hash = sides.keys.join_hash("number", record.number or "")
    if await connection.fetchval(_SQL["taken_number"], owner_id, KIND, number_hash):
        raise Refusal("CERTIFICATE_NUMBER_TAKEN", field=("number",))
