"""Tokens: what we issue is believed, anything else is refused with its code; sealed values stay sealed."""

import base64
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import jwt
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schema.errors import Refusal
from tenants.access import TenantKind, default_scopes
from tenants.caller import AUDIENCE, MAX_TOKEN_BYTES, TOKEN_TYPE, Tokens, renewed
from tenants.keys import Keys, key_id
from tenants.registry import Client, Directory, Membership, Tenant

NOW, DAY, ISSUER = 1_780_000_000.0, date(2026, 11, 23), "urn:test"
KEYS = Keys(secret=b"a secret of thirty-two bytes or more")


def tenant(tenant_id: int, slug: str, kind: TenantKind = TenantKind.AUTHORITY, **values: Any) -> Tenant:
    region = "440300" if kind is TenantKind.AUTHORITY else None
    found = Tenant(
        tenant_id=tenant_id,
        slug=slug,
        kind=kind,
        name=slug,
        name_en=slug,
        credit_code=f"code-{slug}",
        sector=None,
        region=region,
        jurisdiction=("4403",),
        is_active=True,
        is_demo=True,
    )
    return replace(found, **values)


def client(slug: str, tenant_id: int, kind: TenantKind = TenantKind.AUTHORITY) -> Client:
    scopes = frozenset(default_scopes(kind))
    return Client(client_id=slug, tenant_id=tenant_id, secret_hash="", scopes=scopes, is_active=True)


def member(tenant_id: int, agreement: str, participation: str = "FULL", left_on: date | None = None) -> Membership:
    joined = date(2026, 1, 1)
    return Membership(
        agreement_id=agreement, tenant_id=tenant_id, participation=participation, joined_on=joined, left_on=left_on
    )


DIRECTORY = Directory(
    tenants={1: tenant(1, "sz"), 2: tenant(2, "gz"), 3: tenant(3, "far"), 4: tenant(4, "partner", TenantKind.PARTNER)},
    clients={"sz": client("sz", 1), "gz": client("gz", 2), "partner": client("partner", 4, TenantKind.PARTNER)},
    memberships=(member(1, "gba"), member(2, "gba"), member(3, "other"), member(4, "gba", "READ_ONLY")),
    generations=(2, 1),
    edition=1,
)


@dataclass
class Source:
    directory: Directory


@pytest.fixture
def source() -> Source:
    return Source(DIRECTORY)


@pytest.fixture
def tokens(source: Source) -> Tokens:
    return Tokens(KEYS, source, issuer=ISSUER)


def refused(tokens: Tokens, token: str, *, now: float = NOW) -> str:
    with pytest.raises(Refusal) as refusal:
        tokens.verify(token, now=now, day=DAY)
    return refusal.value.code


def forge(
    changed: dict[str, Any] | None = None,
    *,
    header: dict[str, Any] | None = None,
    drop: str | None = None,
    key: Any = None,
    algorithm: str = "EdDSA",
) -> str:
    """A token as ours but for what is changed; signed by our key unless another is given."""
    ours = KEYS.token_key(2)
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "sz",
        "tenant": "sz",
        "iat": int(NOW),
        "nbf": int(NOW),
        "exp": int(NOW) + 600,
        "jti": "1",
        "scope": "record.read",
    }
    claims |= changed or {}
    claims.pop(drop or "", None)
    headers = {"kid": key_id(2, ours), "typ": TOKEN_TYPE, **(header or {})}
    return jwt.encode(claims, key or ours, algorithm=algorithm, headers=headers)


def test_an_issued_token_names_its_tenant_and_what_it_may_read(tokens: Tokens) -> None:
    caller = tokens.verify(tokens.issue(DIRECTORY.clients["sz"], now=NOW), now=NOW, day=DAY)
    assert (caller.tenant.slug, caller.client_id, caller.reads, caller.level) == ("sz", "sz", (1, 2), 1)
    assert caller.scopes == frozenset(default_scopes(TenantKind.AUTHORITY))


def test_the_forged_one_is_believed_when_nothing_is_changed(tokens: Tokens) -> None:
    assert tokens.verify(forge(), now=NOW, day=DAY).scopes == {"record.read"}


def test_a_partner_reads_full_members_only_at_the_partners_level(tokens: Tokens) -> None:
    caller = tokens.verify(tokens.issue(DIRECTORY.clients["partner"], now=NOW), now=NOW, day=DAY)
    assert (caller.reads, caller.level) == ((1, 2), 3)


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "tenant", "iat", "nbf", "exp", "jti", "scope"])
def test_a_token_without_a_claim_is_refused(tokens: Tokens, claim: str) -> None:
    assert refused(tokens, forge(drop=claim)) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "urn:other"},
        {"aud": "other"},
        {"aud": [AUDIENCE]},
        {"sub": "nobody"},
        {"tenant": "gz"},
        {"tenant": 1},
        {"sub": "partner"},
        {"exp": int(NOW) + 7200},
        {"exp": str(int(NOW) + 60)},
        {"nbf": int(NOW) + 60},
        {"iat": int(NOW) + 60},
        {"iat": True},
        {"scope": ["record.read"]},
        {"exp": NOW + 1.5},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(tokens: Tokens, changed: dict[str, Any]) -> None:
    assert refused(tokens, forge(changed)) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "9-0000000000000000"},
        {"kid": "2-0000000000000000"},
        {"kid": ""},
        {"typ": "JWT"},
        {"crit": ["exp"]},
        {"jku": "http://127.0.0.1/keys"},
        {"x5u": "http://127.0.0.1/x"},
        {"jwk": {"kty": "OKP"}},
        {"kid": "../../etc/passwd"},
    ],
)
def test_a_token_with_a_strange_header_is_refused(tokens: Tokens, header: dict[str, Any]) -> None:
    assert refused(tokens, forge(header=header)) == "UNAUTHENTICATED"


def _unsigned() -> str:
    _header, claims, _ = forge().split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": TOKEN_TYPE, "kid": "2"}).encode()).rstrip(b"=")
    return f"{none.decode()}.{claims}."


def _with_public_key_as_secret() -> str:
    public = KEYS.token_key(2).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return forge(key=public, algorithm="HS256")


def _other_generation() -> str:
    return forge(key=KEYS.token_key(1))


@pytest.mark.parametrize(
    "make",
    [
        _unsigned,
        _with_public_key_as_secret,
        _other_generation,
        lambda: forge(key=Ed25519PrivateKey.generate()),
        lambda: forge()[:-2] + "AA",
        lambda: forge() + ".x",
        lambda: "a.b.c",
        lambda: "",
        lambda: "。.。.。",
        lambda: "A" * (MAX_TOKEN_BYTES + 1),
    ],
)
def test_a_token_that_is_not_ours_is_refused(tokens: Tokens, make: Callable[[], str]) -> None:
    assert refused(tokens, make()) == "UNAUTHENTICATED"


def test_a_token_ends_with_its_hour_even_when_it_was_seen_before(tokens: Tokens) -> None:
    token = tokens.issue(DIRECTORY.clients["sz"], now=NOW)
    assert tokens.verify(token, now=NOW + 3599, day=DAY).expires_at == NOW + 3600
    assert refused(tokens, token, now=NOW + 3600) == "TOKEN_EXPIRED"


def test_no_token_lives_longer_than_an_hour(tokens: Tokens) -> None:
    token = tokens.issue(DIRECTORY.clients["sz"], now=NOW, lifetime=86_400)
    assert refused(tokens, token, now=NOW + 3600) == "TOKEN_EXPIRED"


def test_a_disabled_client_is_refused_although_its_token_was_seen_before(tokens: Tokens, source: Source) -> None:
    token = tokens.issue(DIRECTORY.clients["sz"], now=NOW)
    caller = tokens.verify(token, now=NOW, day=DAY)
    disabled = {**DIRECTORY.clients, "sz": replace(DIRECTORY.clients["sz"], is_active=False)}
    source.directory = replace(DIRECTORY, clients=disabled)
    assert refused(tokens, token) == "TOKEN_REVOKED"
    with pytest.raises(Refusal, match="TOKEN_REVOKED"):
        renewed(source.directory, caller, day=DAY)


def test_a_scope_taken_from_the_client_is_gone_from_tokens_issued_before(tokens: Tokens, source: Source) -> None:
    token = tokens.issue(DIRECTORY.clients["sz"], now=NOW)
    narrowed = {**DIRECTORY.clients, "sz": replace(DIRECTORY.clients["sz"], scopes=frozenset({"flag.read"}))}
    source.directory = replace(DIRECTORY, clients=narrowed)
    assert tokens.verify(token, now=NOW, day=DAY).scopes == {"flag.read"}


def test_a_retired_generation_of_keys_is_refused(tokens: Tokens, source: Source) -> None:
    token = tokens.issue(DIRECTORY.clients["sz"], now=NOW)
    source.directory = replace(DIRECTORY, generations=(1,))
    assert refused(tokens, token) == "UNAUTHENTICATED"


def test_leaving_an_agreement_ends_the_reading_of_its_members() -> None:
    left = (member(1, "gba", left_on=date(2026, 6, 30)), *DIRECTORY.memberships[1:])
    directory = replace(DIRECTORY, memberships=left)
    assert directory.readable_owners(directory.tenants[1], date(2026, 6, 30)) == (1, 2)
    assert directory.readable_owners(directory.tenants[1], date(2026, 7, 1)) == ()
    assert directory.readable_owners(directory.tenants[2], date(2026, 7, 1)) == (2,)


def test_the_public_keys_verify_what_we_issue(tokens: Tokens) -> None:
    keys = jwt.PyJWKSet.from_dict(tokens.key_set())
    token = tokens.issue(DIRECTORY.clients["sz"], now=NOW)
    kid = jwt.get_unverified_header(token)["kid"]
    claims = jwt.decode(
        token,
        keys[kid].key,
        algorithms=["EdDSA"],
        audience=AUDIENCE,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert (claims["sub"], len(tokens.key_set()["keys"])) == ("sz", 2)


def test_a_person_has_one_id_under_one_key_and_another_under_another() -> None:
    found = KEYS.person_id("990000198506150010")
    assert found == KEYS.person_id("990000198506150010")
    assert found.version == 8
    assert found.variant == uuid.RFC_4122
    assert found != Keys(secret=b"another secret of thirty-two bytes!!").person_id("990000198506150010")


def test_a_sealed_value_opens_only_where_it_was_sealed() -> None:
    sealed = KEYS.seal({"idNumber": "990000198506150010"}, bound_to=b"one record")
    assert KEYS.unseal(sealed, bound_to=b"one record") == {"idNumber": "990000198506150010"}
    assert b"990000" not in sealed
    with pytest.raises(InvalidTag):
        KEYS.unseal(sealed, bound_to=b"another record")


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keys(secret=b"short")
