"""Logins of the hub's own for its pools: a session of theirs has no rights but its role's to go back to.

A session that starts as the owner and takes a role could give it back (`set role none`). Where the owner may not make
roles, or the server does not let ours in, the pools start as the owner all the same, and `exchange doctor` says so.
The name is the deployment's own, as roles are the cluster's; the password is derived from the deployment secret.
"""

import base64
import hashlib
import hmac
import logging
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg

from exchange.connection import explained
from exchange.statements import statements
from tenants.keys import Keys

if TYPE_CHECKING:
    from exchange.connection import Connection

_SQL = statements("logins")
_LOG = logging.getLogger(__name__)
_ITERATIONS = 4096


@dataclass(frozen=True, kw_only=True)
class Login:
    """Who a pool logs in as."""

    name: str
    password: str = field(repr=False)


def login_of(keys: Keys, role: str) -> Login:
    """The deployment's login for a role."""
    return Login(name=f"{role}_{keys.fingerprint[:12]}", password=keys.login_password(role))


async def own_login(connection: "Connection", dsn: str, keys: Keys, role: str) -> Login | None:
    """The login for a role, made where it is missing; None where it cannot be used. `connection` is the owner's."""
    login = login_of(keys, role)
    try:
        if await is_sound(connection, login, role) is None:
            await _make(connection, login, role)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidGrantOperationError):
        return None
    is_usable = await is_sound(connection, login, role) and await can_enter(dsn, login)
    return login if is_usable else None


async def is_sound(connection: "Connection", login: Login, role: str) -> bool | None:
    """Whether the login is what we make; None when there is none."""
    found: bool | None = await connection.fetchval(_SQL["describe_login"], login.name, role)
    return found


async def can_enter(dsn: str, login: Login) -> bool:
    """Whether the server lets it into the database. Raises DatabaseUnusable when nobody can be."""
    async with explained():
        try:
            connection = await asyncpg.connect(dsn, user=login.name, password=login.password, timeout=10)
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError):
            return False
        await connection.close()
    return True


async def _make(connection: "Connection", login: Login, role: str) -> None:
    create = await connection.fetchval(_SQL["create_login"], login.name, _verifier(login.password, os.urandom(16)))
    join = await connection.fetchval(_SQL["join_role"], role, login.name)
    try:
        async with connection.transaction():
            await connection.execute(create)
            await connection.execute(join)
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        _LOG.debug("%s was made by another process at this moment", login.name)


def _verifier(password: str, salt: bytes) -> str:
    """What PostgreSQL keeps of a password (SCRAM-SHA-256, RFC 5803)."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    shown = [base64.b64encode(one).decode() for one in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{shown[0]}${shown[1]}:{shown[2]}"
