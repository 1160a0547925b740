"""证照标识 Electronic certificate identifier (GB/T 36904-2018): root.type.issuer.serial.version.check.

The check character is ISO 7064 MOD 37,36 over the four parts between root and check, without dots. A re-issue has the
next version; 关联证照标识 names the identifier before it.
"""

import re
from dataclasses import dataclass

from schema.fields.reading import Unreadable, compact, show

ROOT = "1.2.156.3005.2"

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The issuer is a credit code, but provinces have also issued with a division code: both are taken.
_SHAPE = re.compile(
    r"1\.2\.156\.3005\.2\.([0-9A-Z]{21})\.([0-9A-Z]{6}|[0-9A-Z]{18})\.([0-9A-Z]{1,40})\.(\d{3})\.([0-9A-Z])", re.ASCII
)


@dataclass(frozen=True, kw_only=True)
class IdentifierParts:
    """What a certificate identifier says. `issuer` is a credit code, or a division code of six characters."""

    type_code: str
    issuer: str
    serial: str
    version: int

    @property
    def is_issued_by_division(self) -> bool:
        """Whether a division code stands where the standard wants the issuer's credit code."""
        return len(self.issuer) == 6


def certificate_identifier(raw: object) -> str:
    """The identifier, or Unreadable CERTIFICATE_IDENTIFIER_INVALID."""
    identifier = compact(raw, "CERTIFICATE_IDENTIFIER_INVALID")
    match = _SHAPE.fullmatch(identifier)
    if match is None or identifier_check("".join(match.groups()[:4])) != match[5]:
        raise Unreadable("CERTIFICATE_IDENTIFIER_INVALID", show(raw))
    return identifier


def identifier_parts(identifier: str) -> IdentifierParts:
    """The parts of an identifier as certificate_identifier gives it. Raises ValueError for anything else."""
    match = _SHAPE.fullmatch(identifier)
    if match is None:
        raise ValueError("not a certificate identifier")
    type_code, issuer, serial, version = match.groups()[:4]
    return IdentifierParts(type_code=type_code, issuer=issuer, serial=serial, version=int(version))


def identifier_warning(identifier: str) -> str | None:
    """ISSUER_IS_DIVISION for an issuer given as a division code."""
    return "ISSUER_IS_DIVISION" if identifier_parts(identifier).is_issued_by_division else None


def identifier_check(body: str) -> str:
    """The check character over type, issuer, serial and version."""
    product = 36
    for character in body:
        product = ((product + int(character, 36)) % 36 or 36) * 2 % 37
    return _ALPHABET[(37 - product) % 36]
