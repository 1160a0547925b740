"""`exchange verify` as an operator and the holder of a receipt have it, and the program that is not ours beside it."""

import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import jwt
import orjson
import pytest
import pytest_asyncio

from exchange.cli.printing import Printer
from exchange.cli.verifying import check_database, check_receipt
from exchange.ledger import tiles
from exchange.ledger.checkpoints import Checkpoint, signed
from exchange.ledger.entries import EntryKey, Row, written
from exchange.ledger.merkle import Range, inclusion, leaf_hash
from exchange.ledger.receipts import TYPE
from exchange.runtime import Runtime
from exchange.settings import load
from tenants.keys import Keys, key_id
from tests.flows import material
from tests.flows.scratch import keep, quiet_hub

VERIFIER = Path(__file__).parents[1] / "verifier.py"
PRINTER = Printer(as_json=True, language="zh")
KEYS = Keys(secret=b"the secret of a hub that signs receipts, long enough")
SETTINGS = load({"EXCHANGE_SECRET": "x" * 40})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_verify") as runtime:
        await keep(runtime, "sz-bureau", "SAFETY_MANAGEMENT", material.certificate(material.person(), material.firm()))
        await runtime.settle()
        yield runtime


def by_other(*arguments: Path | str) -> tuple[int, str]:
    """What the stand-alone verifier answers, in a process that knows nothing of ours."""
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.strip() or done.stderr


def jwks_in(folder: Path, keys: Keys) -> Path:
    """The public key as the hub serves it."""
    public = keys.token_key(1).public_key().public_bytes_raw()
    one = {"kty": "OKP", "crv": "Ed25519", "x": _url64(public), "kid": key_id(1, keys.token_key(1))}
    path = folder / "jwks.json"
    path.write_bytes(orjson.dumps({"keys": [one]}))
    return path


def _url64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


async def test_a_log_that_agrees_is_done_and_its_export_convinces_others(
    quiet: Runtime, tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "log.ndjson"
    assert await check_database(quiet, PRINTER, [], file) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["agrees"], said["waiting"], said["findings"]) == (True, 0, [])
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    place = next(one["index"] for one in entries if "试验员甲" in (one.get("content") or ""))
    assert said["size"] == 1 + max(one["index"] for one in entries if "index" in one)
    assert file.stat().st_mode & 0o777 == 0o600
    jwks = jwks_in(tmp_path, quiet.keys)
    assert by_other("--jwks", jwks, file) == (0, "OK")
    changed = file.read_text().replace("试验员甲", "试验员乙")
    file.write_text(changed)
    assert by_other("--jwks", jwks, file) == (1, f"entry {place}: the row is not what was logged")


async def test_a_checkpoint_kept_from_another_log_is_no_beginning_of_this_one(
    quiet: Runtime, tmp_path: Path, capsys: Any
) -> None:
    kept = tmp_path / "kept.txt"
    other = Checkpoint(origin="exchange.test/ledger", size=1, root=bytes(32))
    kept.write_text(signed(other, quiet.keys.token_key(1)))
    assert await check_database(quiet, PRINTER, [kept], None) == 1
    said = json.loads(capsys.readouterr().out)
    assert [(one["problem"], one["at"]) for one in said["findings"]] == [("OTHER_HISTORY", 1)]
    kept.write_text("no checkpoint")
    with pytest.raises(click.UsageError, match="--checkpoint"):
        await check_database(quiet, PRINTER, [kept], None)


def receipt(**changed: Any) -> dict[str, Any]:
    """A receipt with its proof, the fifth of seven leaves."""
    key, now = KEYS.token_key(1), datetime(2026, 11, 24, tzinfo=UTC)
    claims = {"jti": "HR-20261124-ABCD2345", "verdict": "ACCEPTED", "exp": changed.pop("exp", 0)}
    token = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": key_id(1, key), "typ": TYPE})
    entry = written(EntryKey("CONFIRMATION", "HR-20261124-ABCD2345", 1), Row(now, token), now)
    held: dict[tiles.Place, bytes] = {}
    leaves = [leaf_hash(bytes([number])) for number in range(7)]
    leaves[4] = entry.leaf
    tiles.append(held, 0, leaves)
    checkpoint = Checkpoint(origin="exchange.test/ledger", size=7, root=tiles.root_of(Range(0, 7), held))
    proof = {
        "entry": entry.text().decode(), "salt": entry.salt.hex(), "leafIndex": 4, "treeSize": 7,
        "hashes": [tiles.root_of(one, held).hex() for one in inclusion(4, 7)], "checkpoint": signed(checkpoint, key),
    }  # fmt: skip
    return {"receipt": changed.pop("receipt", token), "inclusion": {**proof, **changed}}


async def checked(folder: Path, document: Any, capsys: Any, *kept: Path) -> tuple[int, dict[str, Any], tuple[int, str]]:
    """Exit code and answer of `exchange verify RECEIPT`, and what the other verifier says."""
    path, jwks = folder / "receipt.json", jwks_in(folder, KEYS)
    path.write_bytes(orjson.dumps(document))
    code = await check_receipt(SETTINGS, PRINTER, path, str(jwks), kept)
    return code, json.loads(capsys.readouterr().out), by_other("--jwks", jwks, path)


async def test_a_genuine_receipt_is_verified_offline(tmp_path: Path, capsys: Any) -> None:
    code, said, other = await checked(tmp_path, receipt(), capsys)
    assert (code, said["isGenuine"], said["isLogged"], said["problems"]) == (0, True, True, [])
    assert said["claims"]["jti"] == "HR-20261124-ABCD2345"
    assert other == (0, "OK")


async def test_that_its_time_is_over_is_said_of_a_genuine_receipt(tmp_path: Path, capsys: Any) -> None:
    assert [(await checked(tmp_path, receipt(exp=exp), capsys))[1]["isExpired"] for exp in (0, 9_999_999_999)] == [
        True, False,
    ]  # fmt: skip


def under_another_entry(
    salt: bytes, *, kind: str = "CONFIRMATION", number: str = "HR-20261124-ABCD2345"
) -> dict[str, Any]:
    """The receipt with an entry that has its digest, under this salt, type and number."""
    made = receipt()
    digest = sha256(salt + made["receipt"].encode()).hexdigest()
    said = {**orjson.loads(made["inclusion"]["entry"]), "digest": digest, "type": kind, "key": number}
    entry = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
    held: dict[tiles.Place, bytes] = {}
    tiles.append(held, 0, [leaf_hash(entry.encode())])
    checkpoint = Checkpoint(origin="exchange.test/ledger", size=1, root=tiles.root_of(Range(0, 1), held))
    proof = {
        "entry": entry, "salt": salt.hex(), "leafIndex": 0, "treeSize": 1, "hashes": [],
        "checkpoint": signed(checkpoint, KEYS.token_key(1)),
    }  # fmt: skip
    return {"receipt": made["receipt"], "inclusion": proof}


@pytest.mark.parametrize(
    "wrong",
    [
        {"salt": b""},
        {"salt": b"a content that ends like the receipt"},
        {"salt": bytes(16), "kind": "RECORD"},
        {"salt": bytes(16), "number": "HR-20261124-ZZZZZZZZ"},
    ],
)
async def test_an_entry_of_another_kind_number_or_salt_proves_no_receipt(
    wrong: dict[str, Any], tmp_path: Path, capsys: Any
) -> None:
    assert (await checked(tmp_path, under_another_entry(bytes(16)), capsys))[0] == 0
    code, said, other = await checked(tmp_path, under_another_entry(**wrong), capsys)
    assert (code, [one["messageEn"] for one in said["problems"]]) == (1, ["the proof is of another receipt"])
    assert other == (1, "the entry is of another receipt")


WRONG: dict[str, dict[str, Any]] = {
    "another entry": {"entry": receipt()["inclusion"]["entry"]},
    "another place": {"leafIndex": 3},
    "a shorter path": {"hashes": receipt()["inclusion"]["hashes"][:-1]},
    "a longer tree": {"treeSize": 8},
    "a checkpoint of another key": {
        "checkpoint": signed(Checkpoint(origin="exchange.test/ledger", size=7, root=bytes(32)), KEYS.token_key(2))
    },
    "a checkpoint of another log": {
        "checkpoint": signed(Checkpoint(origin="exchange.test/ledger", size=7, root=bytes(32)), KEYS.token_key(1))
    },
    "a receipt of another hub": {
        "receipt": jwt.encode({}, KEYS.token_key(2), "EdDSA", {"kid": key_id(1, KEYS.token_key(1)), "typ": TYPE})
    },
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_receipt_that_was_meddled_with_is_found(what: str, tmp_path: Path, capsys: Any) -> None:
    code, said, other = await checked(tmp_path, receipt(**WRONG[what]), capsys)
    assert (code, said["isGenuine"], said["isLogged"]) == (1, False, False)
    assert said["problems"] != []
    assert other[0] == 1
    assert other[1].startswith("the ")


@pytest.mark.parametrize("header", [{"typ": "at+jwt"}, {"kid": "9-x"}, {"crit": ["x"]}])
async def test_what_is_signed_for_another_use_is_no_receipt(
    header: dict[str, Any], tmp_path: Path, capsys: Any
) -> None:
    key = KEYS.token_key(1)
    token = jwt.encode({}, key, algorithm="EdDSA", headers={"kid": key_id(1, key), "typ": TYPE, **header})
    code, said, _ = await checked(tmp_path, receipt(receipt=token), capsys)
    assert (code, said["isGenuine"], said["claims"]) == (1, False, {})


async def test_a_receipt_without_proof_says_so(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "receipt.jws"
    path.write_text(receipt()["receipt"] + "\n")
    assert await check_receipt(SETTINGS, PRINTER, path, str(jwks_in(tmp_path, KEYS)), []) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["isGenuine"], said["isLogged"]) == (True, False)


async def test_two_checkpoints_of_one_size_tell_of_two_logs(tmp_path: Path, capsys: Any) -> None:
    kept = tmp_path / "kept.txt"
    other = Checkpoint(origin="exchange.test/ledger", size=7, root=bytes(32))
    kept.write_text(signed(other, KEYS.token_key(1)))
    code, said, _ = await checked(tmp_path, receipt(), capsys, kept)
    assert (code, len(said["problems"])) == (1, 1)


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"inclusion": {}}', b"x" * 300_000])
async def test_what_is_no_receipt_is_called_so(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    path.write_bytes(content)
    with pytest.raises(click.UsageError, match="RECEIPT"):
        await check_receipt(SETTINGS, PRINTER, path, str(jwks_in(tmp_path, KEYS)), [])
