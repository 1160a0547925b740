"""Hub methods of safety codes (安全码): made by the issuer, or by a firm for its own staff; withdrawn; scanned.

What a code is stands in proof/safety_codes.py, what a stranger sees in proof/showing.py.
"""

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.proof.safety_codes import RANDOM_BYTES, code_hash, code_url, new_code, qr_svg
from exchange.proof.slots import allot
from exchange.statements import statements
from exchange.user_errors import raise_beyond_input, refusal_error
from schema.errors import Refusal
from schema.fields import CHINA
from tenants.access import TenantKind
from tenants.caller import Caller, DirectorySource
from tenants.session import acting

_SQL = statements("safety_codes")
_LEAVE_EVIDENCE = statements("identity")["leave_evidence"]
SCOPE = "code.show"
PURPOSE = "出示安全码"
USUAL_HOURS, MOST_HOURS = 24, 168


class CodeShowing:
    """The part of the hub that makes safety codes."""

    _pool: Any
    _source: DirectorySource
    _public_url: Callable[[], str]

    async def safety_code(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Make a code for a certificate."""
        asking.caller.require(SCOPE)
        record_id = read_id(input["certificate_id"], asking.keys)
        try:
            async with acting(self._pool, _widened(asking.caller, self._source)) as connection:
                return await self._make(connection, asking, record_id, input)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}

    async def safety_code_revoke(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Withdraw an own code; once more changes nothing."""
        asking.caller.require(SCOPE)
        code_id, owner = read_id(input["code_id"], asking.keys), asking.caller.tenant.tenant_id
        async with acting(self._pool, asking.caller) as connection:
            if await connection.fetchrow(_SQL["revoke"], owner, code_id, asking.now) is None:
                missing = Refusal("NOT_FOUND", field=("codeId",))
                return {"user_errors": [refusal_error(missing, "input")]}
            (code,) = await _codes(connection, owner, None, code_id)
        return {"safety_code": code, "user_errors": []}

    async def safety_code_scans(self, asking: Asking, certificate_id: str) -> list[dict[str, Any]]:
        """The own codes of a certificate, each with its scans."""
        asking.caller.require(SCOPE)
        record_id = read_id(certificate_id, asking.keys)
        async with acting(self._pool, asking.caller) as connection:
            return await _codes(connection, asking.caller.tenant.tenant_id, record_id, None)

    async def _make(
        self, connection: Any, asking: Asking, record_id: uuid.UUID, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        tenant = asking.caller.tenant
        firm = tenant.credit_code if tenant.kind is TenantKind.ENTERPRISE else None
        found = await connection.fetchrow(_SQL["showable"], record_id, tenant.tenant_id, firm, asking.day)
        if found is None:
            raise Refusal("NOT_FOUND", field=("certificateId",))
        purpose = plain(values.get("purpose")) or "SHOWN"
        until = _until(purpose, values.get("valid_for_hours"), found["valid_to"], asking)
        code = new_code(asking.keys, secrets.token_bytes(RANDOM_BYTES))
        code_id = await connection.fetchval(
            _SQL["make"], code_hash(asking.keys, code), tenant.tenant_id, record_id, purpose, asking.now, until
        )
        slot = await allot(connection, asking.keys, owner_id=tenant.tenant_id, item_id=record_id, kind="CERTIFICATE")
        await connection.execute(
            _LEAVE_EVIDENCE, tenant.tenant_id, asking.caller.client_id, asking.purpose or PURPOSE,
            asking.case_number or asking.request_id, "safetyCode", ["Holder.nameMasked", "Certificate.status"],
            [found["person_id"]], asking.request_id,
        )  # fmt: skip
        (made,) = await _codes(connection, tenant.tenant_id, None, code_id)
        url, claim = code_url(self._public_url(), code), slot.claim(self._public_url())["status_list"]
        return {
            "safety_code": made,
            "url": url,
            "svg": qr_svg(url),
            "status_list_uri": claim["uri"],
            "status_list_index": claim["idx"],
            "user_errors": [],
        }


def _widened(caller: Caller, source: DirectorySource) -> Caller:
    """A firm's staff may hold certificates of any issuer, which need not name the firm. What leaves is the code."""
    if caller.tenant.kind is not TenantKind.ENTERPRISE:
        return caller
    reads = tuple(authority.tenant_id for authority in source.directory.authorities())
    return replace(caller, reads=reads, as_of=None)


def _until(purpose: str, hours: int | None, valid_to: date, asking: Asking) -> datetime:
    """When a code ends: one to show soon, a printed one with the last valid day. Raises Refusal."""
    if purpose == "PRINTED":
        if hours is not None:
            raise Refusal("BAD_INPUT", field=("validForHours",), detail="SHOWN")
        if valid_to < asking.day:
            raise Refusal("CERTIFICATE_ENDED", field=("certificateId",), on=valid_to)
        return datetime.combine(valid_to + timedelta(days=1), time(), tzinfo=CHINA)
    hours = USUAL_HOURS if hours is None else hours
    if not 1 <= hours <= MOST_HOURS:
        raise Refusal("BAD_INPUT", field=("validForHours",), detail=f"1-{MOST_HOURS}")
    return asking.now + timedelta(hours=hours)


async def _codes(
    connection: Any, owner: int, record_id: uuid.UUID | None, code_id: uuid.UUID | None
) -> list[dict[str, Any]]:
    rows = await connection.fetch(_SQL["own_codes"], owner, record_id, code_id)
    scans = await connection.fetch(_SQL["scans"], [row["code_id"] for row in rows]) if rows else []
    return [
        {
            "id": str(row["code_id"]),
            "certificate_id": str(row["record_id"]),
            "purpose": row["purpose"],
            "made_at": row["made_at"],
            "expires_at": row["expires_at"],
            "revoked_at": row["revoked_at"],
            "scan_count": row["scans"],
            "visitor_count": row["visitors"],
            "last_scanned_at": row["last_at"],
            "scans": [
                {"scanned_at": one["scanned_at"], "outcome": one["outcome"]}
                for one in scans
                if one["code_id"] == row["code_id"]
            ],
        }
        for row in rows
    ]
