"""What anybody does without a login: scan a code, read a status list, verify a receipt away from the hub.

Signatures are verified with the published keys alone. Another thing a stranger looks at is a function here.
"""

import asyncio
import base64
import os
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import jwt
import orjson

import exchange
from exchange.demo.client import Client, StoryBroken

PATIENCE = 30.0
_LIST_TYPE = "application/statuslist+jwt"


class Verdict(Enum):
    """What `exchange verify` found of a receipt."""

    GENUINE_AND_LOGGED = "genuine and logged"
    GENUINE = "genuine, whether it is logged is not known"
    NOT_GENUINE = "not genuine"


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What was found, and what the receipt claims if it is genuine."""

    found: Verdict
    claims: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a phone shows."""

    status: int
    text: str

    @property
    def word(self) -> str:
        """The big word."""
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        return found[1] if found else ""


async def page_of(client: Client, url: str) -> Page:
    """The page of a safety code."""
    async with client.http.get(url, headers={"Accept": "text/html"}) as response:
        return Page(status=response.status, text=await response.text())


async def public_keys(client: Client) -> bytes:
    """The key set of the hub, as it is published."""
    async with client.http.get(f"{client.base_url}/.well-known/jwks.json") as response:
        return await response.read()


async def listed_status(client: Client, uri: str, index: int) -> int:
    """The status at a place of a list: 0 valid, 1 invalid, 2 doubtful; the signature of the list is verified."""
    async with client.http.get(uri, headers={"Accept": _LIST_TYPE}) as response:
        token = await response.text()
        if response.status != 200:
            raise StoryBroken(f"{uri}: {response.status}")
    keys = jwt.PyJWKSet.from_json((await public_keys(client)).decode())
    try:
        claims = jwt.decode(token, keys[jwt.get_unverified_header(token)["kid"]], algorithms=["EdDSA"])
    except jwt.PyJWTError as error:
        raise StoryBroken(f"{uri}: {error}") from error
    bits: int = claims["status_list"]["bits"]
    packed: str = claims["status_list"]["lst"]
    entries = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    return entries[index * bits // 8] >> (index * bits % 8) & ((1 << bits) - 1)


async def verified(receipt_file: Mapping[str, Any], keys: bytes) -> Verified:
    """`exchange verify` in a process that has two files, and neither the hub's settings nor its database."""
    done = await asyncio.to_thread(_verify, receipt_file, keys)
    if done.returncode not in (0, 1) or not done.stdout:
        raise StoryBroken(f"exchange verify: {done.returncode} {done.stderr.decode(errors='replace')[-200:]}")
    told = orjson.loads(done.stdout)
    if not told["isGenuine"] or done.returncode:
        return Verified(found=Verdict.NOT_GENUINE, claims={})
    return Verified(found=Verdict.GENUINE_AND_LOGGED if told["isLogged"] else Verdict.GENUINE, claims=told["claims"])


def _verify(receipt_file: Mapping[str, Any], keys: bytes) -> subprocess.CompletedProcess[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        receipt, jwks = Path(folder, "RECEIPT.json"), Path(folder, "jwks.json")
        receipt.write_bytes(orjson.dumps(receipt_file))
        jwks.write_bytes(keys)
        command = (sys.executable, "-m", "exchange", "verify", receipt, "--jwks", jwks, "--json")
        try:
            return subprocess.run(
                command, env=_bare_environment(folder), cwd=folder, capture_output=True, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise StoryBroken(f"exchange verify: {error}") from error


def _bare_environment(folder: str) -> dict[str, str]:
    """This one's without the hub's settings: data would be in the folder of the two files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    source = str(Path(exchange.__file__).parents[1])
    return {**kept, "PYTHONPATH": source, "EXCHANGE_DATA": folder, "EXCHANGE_DATABASE_URL": ""}
