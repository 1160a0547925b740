"""Checkpoints: signed statements of the log's size and root, as C2SP signed notes (tlog-checkpoint, tlog-cosignature).

The hub signs with the keys of its tokens, published at /.well-known/jwks.json: no token holds a line break and every
note does, so neither is ever taken for the other. No I/O.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PLAIN, TIMED = b"\x01", b"\x04"  # Ed25519 over the text; with the time, as witnesses sign
LONGEST_NOTE = 131_072  # of each authority one line, and there are some hundreds
_LINE = re.compile(r"— (\S+) ([A-Za-z0-9+/]+={0,2})")
_TEXT = re.compile(r"([^\s+]+)\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The log of an origin had this size and root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A line under a note."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """As it is written."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, kw_only=True)
class Note:
    """A checkpoint with the lines under it."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]


def key_id(name: str, public: Ed25519PublicKey, sort: bytes = PLAIN) -> bytes:
    """Which key signed: four bytes, a hint only."""
    return sha256(name.encode() + b"\n" + sort + public.public_bytes_raw()).digest()[:4]


def signed(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The note of a checkpoint under the origin's own signature."""
    signature = key.sign(checkpoint.text.encode())
    mark = key_id(checkpoint.origin, key.public_key())
    line = Signature(name=checkpoint.origin, key_id=mark, signature=signature).line
    return f"{checkpoint.text}\n{line}"


def read_note(note: str) -> Note:
    """A note taken apart. Raises ValueError for anything but a checkpoint; nothing of it is checked yet."""
    text, blank, lines = note.rpartition("\n\n")
    found = _TEXT.fullmatch(text + "\n") if blank else None
    if found is None or len(note) > LONGEST_NOTE:
        raise ValueError("not a checkpoint: origin, size, root, an empty line, signatures")
    root = base64.b64decode(found[3])
    checkpoint = Checkpoint(origin=found[1], size=int(found[2]), root=root)
    return Note(checkpoint=checkpoint, signatures=tuple(read_signature(one) for one in lines.splitlines()))


def read_signature(line: str) -> Signature:
    """A line under a note. Raises ValueError."""
    found = _LINE.fullmatch(line.rstrip("\n"))
    try:
        octets = base64.b64decode(found[2], validate=True) if found else b""
    except binascii.Error:
        octets = b""
    if found is None or len(octets) < 5:
        raise ValueError("not a signature line: — name base64")
    return Signature(name=found[1], key_id=octets[:4], signature=octets[4:])


def is_signed(note: Note, keys: Iterable[Ed25519PublicKey]) -> bool:
    """Whether the origin signed it with one of these keys; a wrong signature in its name spoils the note."""
    origin, text = note.checkpoint.origin, note.checkpoint.text.encode()
    known = {key_id(origin, key): key for key in keys}
    own = [one for one in note.signatures if one.name == origin and one.key_id in known]
    return bool(own) and all(_is_good(known[one.key_id], one.signature, text) for one in own)


def witness_name(origin: str, slug: str) -> str:
    """The name under which a tenant signs checkpoints of a log."""
    return f"{origin}/witness/{slug}"


def cosigned_text(checkpoint: Checkpoint, moment: datetime) -> bytes:
    """What a witness signs: that at this moment the log of this root was the largest it had seen, and grew only."""
    return f"cosignature/v1\ntime {int(moment.timestamp())}\n{checkpoint.text}".encode()


def cosigned(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey, moment: datetime) -> str:
    """The line of a witness."""
    when = int(moment.timestamp()).to_bytes(8)
    signature = key.sign(cosigned_text(checkpoint, moment))
    return Signature(name=name, key_id=key_id(name, key.public_key(), TIMED), signature=when + signature).line


def cosigned_at(checkpoint: Checkpoint, line: str, name: str, key: Ed25519PublicKey) -> datetime | None:
    """When a witness signed this checkpoint; None if it did not."""
    try:
        one = read_signature(line)
        moment = datetime.fromtimestamp(int.from_bytes(one.signature[:8]), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    is_own = one.name == name and one.key_id == key_id(name, key, TIMED) and len(one.signature) == 72
    return moment if is_own and _is_good(key, one.signature[8:], cosigned_text(checkpoint, moment)) else None


def _is_good(key: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True
