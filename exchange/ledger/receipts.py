"""Checks a receipt away from the hub: its signature, that the log holds it, that a checkpoint kept agrees. No I/O.

A receipt is a signed JWS alone, or {"receipt": JWS, "inclusion": the proof (proving.Inclusion.as_dict)}.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.ledger.checkpoints import Note, is_signed, read_note
from exchange.ledger.entries import SALT_BYTES, digest_of
from exchange.ledger.merkle import includes, leaf_hash

TYPE = "recognition-receipt+jwt"
LONGEST = 262_144


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a receipt says, and what is wrong with it: nothing means that it is genuine. `is_logged` is whether a good
    proof that the log holds it came along."""

    claims: Mapping[str, Any]
    is_logged: bool
    problems: tuple[tuple[str, str], ...]


class Unreadable(ValueError):
    """Not a receipt, or not a set of keys; the text says which."""


def keys_of(jwks: bytes) -> dict[str, Ed25519PublicKey]:
    """The Ed25519 keys of a JWK set by their ids. Raises Unreadable."""
    try:
        several = [one for one in orjson.loads(jwks)["keys"] if one.get("crv") == "Ed25519"]
        return {one["kid"]: Ed25519PublicKey.from_public_bytes(_octets(one["x"])) for one in several}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable("JWKS") from error


def check(content: bytes, keys: Mapping[str, Ed25519PublicKey], kept: Sequence[Note] = ()) -> Checked:
    """Check a receipt against keys, and against checkpoints kept from elsewhere. Raises Unreadable."""
    token, proof = _read(content)
    claims = _claims(token, keys)
    if claims is None:
        wrong = ("签名无效或不是本平台的密钥", "the signature is not good, or not by a key of the set")
        return Checked(claims={}, is_logged=False, problems=(wrong,))
    if proof is None:
        return Checked(claims=claims, is_logged=False, problems=())
    problems = tuple(_wrong(token, claims, proof, keys, kept))
    return Checked(claims=claims, is_logged=not problems, problems=problems)


def _read(content: bytes) -> tuple[str, Mapping[str, Any] | None]:
    if len(content) > LONGEST:
        raise Unreadable("RECEIPT")
    try:
        if not content.lstrip().startswith(b"{"):
            return content.decode("ascii").strip(), None
        document = orjson.loads(content)
        return str(document["receipt"]), document.get("inclusion")
    except (ValueError, KeyError) as error:
        raise Unreadable("RECEIPT") from error


def _claims(token: str, keys: Mapping[str, Ed25519PublicKey]) -> Mapping[str, Any] | None:
    """What the receipt says if one of the keys signed it, whether or not its time is over."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TYPE or "crit" in header or header.get("kid") not in keys:
            return None
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
        claims: dict[str, Any] = jwt.decode(token, keys[header["kid"]], algorithms=["EdDSA"], options=options)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return claims


def _wrong(
    token: str, claims: Mapping[str, Any], proof: Mapping[str, Any], keys: Mapping[str, Ed25519PublicKey],
    kept: Sequence[Note],
) -> list[tuple[str, str]]:  # fmt: skip
    """What is wrong with the proof."""
    try:
        note, entry = read_note(proof["checkpoint"]), orjson.loads(proof["entry"])
        is_own = _is_entry_of(entry, bytes.fromhex(proof["salt"]), token, claims)
        leaf, path = leaf_hash(proof["entry"].encode()), [bytes.fromhex(one) for one in proof["hashes"]]
        index, size = int(proof["leafIndex"]), int(proof["treeSize"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return [("存证无法读取", "the proof cannot be read")]
    found = []
    if not is_own:
        found.append(("存证是另一份回执的", "the proof is of another receipt"))
    if size != note.checkpoint.size or not includes(leaf, index, size, path, note.checkpoint.root):
        found.append(("日志中没有这份回执", "the log does not hold this receipt"))
    if not is_signed(note, keys.values()):
        found.append(("检查点签名无效", "the checkpoint is not signed by the hub"))
    same = [one.checkpoint for one in kept if one.checkpoint.size == size]
    if any(one != note.checkpoint for one in same):
        found.append(("与所保存的检查点不一致：平台出示过两份日志", "another checkpoint of this size was kept"))
    return found


def _is_entry_of(entry: Mapping[str, Any], salt: bytes, token: str, claims: Mapping[str, Any]) -> bool:
    """Under a salt of another length the digest of another content may fit: it says where the content begins."""
    is_named = (entry["type"], entry["key"]) == ("CONFIRMATION", claims.get("jti"))
    return is_named and len(salt) == SALT_BYTES and entry["digest"] == digest_of(token, salt).hex()


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
