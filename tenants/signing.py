"""Who signs what the hub hands out: a Signer makes compact JWS. Ed25519 by default, as tokens are signed.

A further algorithm (SM2 where it is required) is a further class with these members, chosen in `signer_of`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tenants.keys import Keys, key_id
from tenants.registry import Directory


class Signer(Protocol):
    """Signs claims as JWS (RFC 7515), under a key of /.well-known/jwks.json."""

    @property
    def key_id(self) -> str:
        """`kid` of the key that signs."""

    def compact(self, claims: Mapping[str, Any], *, token_type: str) -> str:
        """The claims in compact form; `token_type` is the header's `typ`, by which no token is taken for another."""


@dataclass(frozen=True, kw_only=True)
class Ed25519Signer:
    """EdDSA over Ed25519 (RFC 8037)."""

    key_id: str
    private: Ed25519PrivateKey = field(repr=False)

    def compact(self, claims: Mapping[str, Any], *, token_type: str) -> str:
        """Signed; equal claims under the same key give equal text."""
        headers = {"kid": self.key_id, "typ": token_type}
        return jwt.encode(dict(claims), self.private, algorithm="EdDSA", headers=headers)


def signer_of(keys: Keys, directory: Directory) -> Signer:
    """The signer of the newest generation of keys in force."""
    generation = directory.generations[0]
    private = keys.token_key(generation)
    return Ed25519Signer(key_id=key_id(generation, private), private=private)
