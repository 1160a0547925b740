"""安全码 Safety codes: an opaque token for a stranger to scan: version, 128 random bits, signature; nothing personal.

The signature is checked before anything else, so a guess costs no query and finds nothing. Kept is a keyed hash alone.
The page of a confirmation has codes of the same make, signed as another sort: neither is taken for the other.
"""

import hmac
import io
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

import segno

from tenants.keys import Keys

VERSION = "1"
SAFETY_CODE, CONFIRMATION_PAGE = "safety code", "confirmation page"
RANDOM_BYTES, SIGNATURE_BYTES = 16, 9
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_ALIKE = str.maketrans("OIL", "011")
_LENGTH = len(VERSION) + (RANDOM_BYTES + SIGNATURE_BYTES) * 8 // 5


def new_code(keys: Keys, random: bytes, sort: str = SAFETY_CODE) -> str:
    """A code of 16 random bytes: 41 letters and digits, none of which is taken for another."""
    value = int.from_bytes(random + _signature(keys, random, sort))
    letters = [_LETTERS[value >> shift & 31] for shift in range((_LENGTH - 2) * 5, -1, -5)]
    return VERSION + "".join(letters)


def read_code(text: str, keys: Keys) -> str | None:
    """The code as it was made, however it was typed; None for what this deployment did not sign."""
    random = read_random(text, keys)
    return None if random is None else new_code(keys, random)


def read_random(text: str, keys: Keys, sort: str = SAFETY_CODE) -> bytes | None:
    """What a code of this sort was made of; None for what this deployment did not sign."""
    code = text.upper().translate(_ALIKE)
    if len(code) != _LENGTH or not code.startswith(VERSION) or not set(code) <= set(_LETTERS):
        return None
    value = 0
    for letter in code[len(VERSION) :]:
        value = value << 5 | _LETTERS.index(letter)
    octets = value.to_bytes(RANDOM_BYTES + SIGNATURE_BYTES)
    random, signature = octets[:RANDOM_BYTES], octets[RANDOM_BYTES:]
    return random if hmac.compare_digest(signature, _signature(keys, random, sort)) else None


def _signature(keys: Keys, random: bytes, sort: str) -> bytes:
    return keys.join_hash(f"{sort} signature", f"{VERSION} {random.hex()}")[:SIGNATURE_BYTES]


def code_hash(keys: Keys, code: str) -> bytes:
    """By which a code is found; it cannot be shown from this."""
    return keys.join_hash("safety code", code)


def code_url(public_url: str, code: str) -> str:
    """What the QR says."""
    return f"{public_url}/v/{code}"


def page_url(public_url: str, keys: Keys, confirmation_id: uuid.UUID) -> str:
    """Where the page of a confirmation is: its id is random, and only with the signature is it an address."""
    return f"{public_url}/c/{new_code(keys, confirmation_id.bytes, CONFIRMATION_PAGE)}"


def confirmation_in(text: str, keys: Keys) -> uuid.UUID | None:
    """Which confirmation the code of a page is of; None for what this deployment did not sign."""
    random = read_random(text, keys, CONFIRMATION_PAGE)
    return None if random is None else uuid.UUID(bytes=random)


def qr_svg(url: str) -> str:
    """The QR of an address as SVG, with its quiet zone; it takes the size of where it stands."""
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, omitsize=True, border=4)
    return drawn.getvalue().decode().strip()


def visitor_of(keys: Keys, address: str, day: date) -> bytes:
    """Tells visitors of one day apart without keeping who they are; a whole IPv6 network counts as one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        place = address
    else:
        if isinstance(parsed, IPv6Address):
            parsed = parsed.ipv4_mapped or parsed  # a socket for both: IPv4 is no one network
        place = str(ip_network((parsed, 64), strict=False) if isinstance(parsed, IPv6Address) else parsed)
    return keys.join_hash("visitor", f"{day} {place}")[:16]


@dataclass(kw_only=True)
class Guesses:
    """How often a visitor lately showed what is no code. In memory, of a limited number of visitors."""

    most: int = 30
    seconds: float = 900.0
    visitors: int = 10_000
    _told: OrderedDict[bytes, tuple[float, int]] = field(default_factory=OrderedDict)

    def wait(self, visitor: bytes, now: datetime) -> int:
        """Seconds until this visitor is answered again; 0: at once."""
        since, count = self._told.get(visitor, (0.0, 0))
        left = since + self.seconds - now.timestamp()
        return ceil(left) if count >= self.most and left > 0 else 0

    def missed(self, visitor: bytes, now: datetime) -> None:
        """One more; a window begins with its first miss."""
        since, count = self._told.pop(visitor, (0.0, 0))
        is_over = now.timestamp() >= since + self.seconds
        self._told[visitor] = (now.timestamp(), 1) if is_over else (since, count + 1)
        if len(self._told) > self.visitors:
            self._told.popitem(last=False)
