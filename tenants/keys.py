"""Keys derived from the deployment secret: token signing, joining persons, sealing personal values.

Nothing secret is stored in the database; who holds the secret of the deployment holds all keys. Add a key as a new
label.
"""

import hashlib
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_STAMP_PLACES = 0xF000_C000_0000_0000_0000  # of a UUID: version and variant
_STAMP = 0x8000_8000_0000_0000_0000


def _derive(secret: bytes, label: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=b"safety-exchange", info=label.encode()).derive(secret)


@dataclass(frozen=True, kw_only=True)
class Keys:
    """All keys of one deployment. `secret` is at least 32 bytes."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise ValueError("the deployment secret must have at least 32 bytes")
        block = _derive(self.secret, "join").ljust(hashlib.sha256().block_size, b"\0")
        object.__setattr__(self, "_inner", hashlib.sha256(bytes(octet ^ 0x36 for octet in block)))
        object.__setattr__(self, "_outer", hashlib.sha256(bytes(octet ^ 0x5C for octet in block)))
        object.__setattr__(self, "_sealing", AESGCM(_derive(self.secret, "seal")))

    _inner: Any = field(init=False, repr=False)
    _outer: Any = field(init=False, repr=False)
    _sealing: AESGCM = field(init=False, repr=False)

    @property
    def fingerprint(self) -> str:
        """Tells this secret from another without telling anything of it."""
        return hashlib.sha256(_derive(self.secret, "fingerprint")).hexdigest()[:32]

    def join_hash(self, purpose: str, value: str) -> bytes:
        """32 bytes: keyed hash (HMAC-SHA-256) by which equal values are found without being stored.

        RFC 2104 with the key's two blocks hashed once: a third of the time of hmac.digest, three times a record.
        """
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(f"{purpose}\0{value}".encode())
        outer.update(inner.digest())
        digest: bytes = outer.digest()
        return digest

    def person_id(self, id_number: str) -> uuid.UUID:
        """The internal id of a person: equal for equal ID numbers, meaningless without the key (UUID version 8)."""
        number = int.from_bytes(self.join_hash("person", id_number)[:16])
        return uuid.UUID(int=number & ~_STAMP_PLACES | _STAMP)

    def seal(self, values: Mapping[str, Any], *, bound_to: bytes) -> bytes:
        """Encrypt personal values (AES-256-GCM); `bound_to` is the record's key hash, so a value cannot be moved."""
        nonce = os.urandom(12)
        return nonce + self._sealing.encrypt(nonce, orjson.dumps(dict(values)), bound_to)

    def unseal(self, sealed: bytes, *, bound_to: bytes) -> dict[str, Any]:
        """The values given to `seal`. Raises `cryptography.exceptions.InvalidTag` when altered or moved."""
        values: dict[str, Any] = orjson.loads(self._sealing.decrypt(sealed[:12], sealed[12:], bound_to))
        return values

    def login_password(self, role: str) -> str:
        """The password of the hub's own database login for a role."""
        return _derive(self.secret, f"login {role}").hex()

    def token_key(self, generation: int) -> Ed25519PrivateKey:
        """The private key that signs tokens of one generation."""
        return Ed25519PrivateKey.from_private_bytes(_derive(self.secret, f"token {generation}"))


def key_id(generation: int, key: Ed25519PrivateKey) -> str:
    """`kid` of a token key: generation and thumbprint of the public half."""
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"{generation}-{hashlib.sha256(public).hexdigest()[:16]}"
