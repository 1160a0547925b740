"""From a token to a Caller: issue and verify access tokens (JWT, EdDSA). Security place 1.

The hub is its own issuer. A token binds key generation, client and tenant; nothing in it is believed that the directory
does not confirm. A new claim goes into `issue` and `_checked`.
"""

import base64
import binascii
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schema.errors import Refusal
from tenants.keys import Keys, key_id
from tenants.registry import Client, Directory, Tenant
from tenants.signing import signer_of

AUDIENCE = "safety-exchange"
TOKEN_TYPE = "at+jwt"
MAX_LIFETIME = 3600
LEEWAY = 10
MAX_TOKEN_BYTES = 4096
CACHED_TOKENS = 4096


class DirectorySource(Protocol):
    """Where the current directory is found."""

    @property
    def directory(self) -> Directory: ...


@dataclass(frozen=True, kw_only=True)
class Caller:
    """On whose behalf a request runs. `expires_at` is in epoch seconds; `reads` are tenant ids."""

    tenant: Tenant
    client_id: str
    scopes: frozenset[str]
    reads: tuple[int, ...]
    level: int
    subjects: tuple[str, ...]
    expires_at: float
    as_of: tuple[Directory, date] | None = field(default=None, repr=False, compare=False)  # when this was last checked

    def is_as_of(self, directory: Directory, day: date) -> bool:
        """Whether nothing has changed since this caller was checked."""
        return self.as_of is not None and self.as_of[0] is directory and self.as_of[1] == day

    def require(self, scope: str) -> None:
        """Raise FORBIDDEN when the token lacks a scope."""
        if scope not in self.scopes:
            raise Refusal("FORBIDDEN", scope=scope)


def caller_for(directory: Directory, client: Client, *, expires_at: float, day: date) -> Caller:
    """The caller a client is on a day."""
    tenant = directory.tenants[client.tenant_id]
    hub_made = on_behalf(directory, tenant, day=day)
    return replace(hub_made, client_id=client.client_id, scopes=client.scopes, expires_at=expires_at)


def on_behalf(directory: Directory, tenant: Tenant, *, day: date) -> Caller:
    """The hub itself, looking with the sight of a tenant on a day; it may do nothing."""
    return Caller(
        tenant=tenant,
        client_id="",
        scopes=frozenset(),
        reads=directory.readable_owners(tenant, day),
        level=tenant.level,
        subjects=(tenant.credit_code,) if tenant.kind.value == "ENTERPRISE" else (),
        expires_at=0.0,
    )


class Tokens:
    """Issues and verifies access tokens of one deployment."""

    def __init__(self, keys: Keys, source: DirectorySource, *, issuer: str) -> None:
        self._keys = keys
        self._source = source
        self._issuer = issuer
        self._private: dict[str, Ed25519PrivateKey] = {}
        self._seen: dict[str, Caller] = {}

    def _trusted(self) -> dict[str, Ed25519PrivateKey]:
        return self._of(self._source.directory.generations)

    def _of(self, generations: Iterable[int]) -> dict[str, Ed25519PrivateKey]:
        keys = {}
        for generation in generations:
            private = self._keys.token_key(generation)
            keys[key_id(generation, private)] = private
        return keys

    def _key(self, kid: str) -> Ed25519PrivateKey | None:
        generation = kid.split("-", 1)[0]
        if not generation.isdigit() or int(generation) not in self._source.directory.generations:
            return None
        if kid not in self._private:
            self._private |= self._trusted()
        return self._private.get(kid)

    def issue(self, client: Client, *, now: float, lifetime: int = MAX_LIFETIME) -> str:
        """A signed token for a client, `lifetime` seconds at most one hour."""
        kid, private = next(iter(self._trusted().items()))
        tenant = self._source.directory.tenants[client.tenant_id]
        start = int(now)
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": client.client_id,
            "tenant": tenant.slug,
            "iat": start,
            "nbf": start,
            "exp": start + min(lifetime, MAX_LIFETIME),
            "jti": str(uuid.uuid4()),
            "scope": " ".join(sorted(client.scopes)),
        }
        return jwt.encode(claims, private, algorithm="EdDSA", headers={"kid": kid, "typ": TOKEN_TYPE})

    def sign(self, claims: Mapping[str, Any], typ: str) -> str:
        """Something the hub states, as a JWT of its own type: never mistaken for an access token (RFC 8725, 3.11)."""
        signer = signer_of(self._keys, self._source.directory)
        return signer.compact({"iss": self._issuer, **claims}, token_type=typ)

    def verify(self, token: str, *, now: float, day: date) -> Caller:
        """The caller a token stands for. Raises Refusal UNAUTHENTICATED, TOKEN_EXPIRED or TOKEN_REVOKED."""
        directory = self._source.directory
        seen = self._seen.get(token)
        if seen is not None and seen.is_as_of(directory, day) and now < seen.expires_at:
            return seen
        caller = self._checked(token, directory, now=now, day=day)
        if len(self._seen) >= CACHED_TOKENS:
            self._seen.clear()
        self._seen[token] = caller
        return caller

    def _checked(self, token: str, directory: Directory, *, now: float, day: date) -> Caller:
        claims = self._claims(token, now=now)
        client = directory.clients.get(claims["sub"])
        tenant = directory.tenants.get(client.tenant_id) if client else None
        if client is None or tenant is None or tenant.slug != claims["tenant"]:
            raise Refusal("UNAUTHENTICATED")
        named = replace(client, scopes=frozenset(claims["scope"].split()))
        return renewed(directory, caller_for(directory, named, expires_at=float(claims["exp"]), day=day), day=day)

    def _claims(self, token: str, *, now: float) -> dict[str, Any]:
        header = _header(token)
        private = self._key(header["kid"])
        if private is None:
            raise Refusal("UNAUTHENTICATED")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                private.public_key(),
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=self._issuer,
                options={
                    "require": ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"],
                    "strict_aud": True,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise Refusal("UNAUTHENTICATED") from error
        _check_times(claims, now=now)
        if not all(isinstance(claims.get(name), str) for name in ("sub", "tenant", "jti", "scope")):
            raise Refusal("UNAUTHENTICATED")
        return claims

    def key_set(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as a JWK set (RFC 7517, 8037), with those that are retired: receipts outlive them."""
        directory = self._source.directory
        known = self._of((*directory.generations, *directory.retired_generations))
        return {"keys": [_public_jwk(kid, private.public_key()) for kid, private in known.items()]}


def _header(token: str) -> Mapping[str, str]:
    """The header, refused unless it is exactly what we issue: no key or certificate by reference, no critical
    extension."""
    if len(token) > MAX_TOKEN_BYTES or token.count(".") != 2 or not token.isascii():
        raise Refusal("UNAUTHENTICATED")
    first = token.split(".", 1)[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Refusal("UNAUTHENTICATED") from error
    expected = {"alg": "EdDSA", "typ": TOKEN_TYPE}
    if not isinstance(header, dict) or set(header) != {"alg", "typ", "kid"} or not isinstance(header["kid"], str):
        raise Refusal("UNAUTHENTICATED")
    if any(header[name] != value for name, value in expected.items()):
        raise Refusal("UNAUTHENTICATED")
    return header


def _check_times(claims: Mapping[str, Any], *, now: float) -> None:
    times = [claims["iat"], claims["nbf"], claims["exp"]]
    if any(type(value) is not int for value in times):
        raise Refusal("UNAUTHENTICATED")
    issued, starts, ends = times
    if issued > now + LEEWAY or starts > now + LEEWAY or ends - issued > MAX_LIFETIME:
        raise Refusal("UNAUTHENTICATED")
    if now >= ends:
        raise Refusal("TOKEN_EXPIRED")


def _public_jwk(kid: str, public: Ed25519PublicKey) -> dict[str, str]:
    raw = base64.urlsafe_b64encode(public.public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": raw, "kid": kid, "use": "sig", "alg": "EdDSA"}


def renewed(directory: Directory, caller: Caller, *, day: date) -> Caller:
    """The caller with what it may see as of now: an agreement that ended, or a client that was disabled, counts at
    once.

    Raises Refusal TOKEN_REVOKED.
    """
    if caller.is_as_of(directory, day):
        return caller
    client = directory.clients.get(caller.client_id)
    tenant = directory.tenants.get(caller.tenant.tenant_id)
    if client is None or not client.is_active or tenant is None or not tenant.is_active:
        raise Refusal("TOKEN_REVOKED")
    return replace(
        caller,
        tenant=tenant,
        scopes=caller.scopes & client.scopes,
        reads=directory.readable_owners(tenant, day),
        as_of=(directory, day),
    )
