"""The log through the API: proofs anybody can check, files as C2SP has them, witnesses; and who sees what of it."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.ledger.checkpoints import (
    Checkpoint,
    cosigned,
    cosigned_at,
    is_signed,
    read_note,
    signed,
    witness_name,
)
from exchange.ledger.merkle import extends, includes, leaf_hash
from tests.flows import material
from tests.flows.material import publish
from tests.verifier import checkpoint_of, keys_of, leaf_of, root_by

CHECKPOINT = "{ ledgerCheckpoint { origin size root note madeAt cosignatures { witness name signedAt line } } }"
PROOF = """query P($id: ID!, $type: LedgerEntryType, $version: Int, $size: Int) {
  ledgerInclusion(id: $id, type: $type, version: $version, size: $size) {
    entry salt leafIndex treeSize hashes document checkpoint { size root note } } }"""
CONSISTENCY = """query C($a: Int!, $b: Int!) { ledgerConsistency(fromSize: $a, toSize: $b) {
  hashes old { size root } new { size root } } }"""
REGISTER = "mutation R($x: LedgerWitnessInput!) { ledgerWitnessRegister(input: $x) { name userErrors { code field } } }"
COSIGN = """mutation S($x: CheckpointCosignInput!) { checkpointCosign(input: $x) {
  checkpoint { note cosignatures { witness line } } userErrors { code field } } }"""


async def logged_flag(ask: Any, hub: Any) -> str:
    """A flag of Shenzhen that the log holds."""
    flag_id = await publish(ask, "sz-bureau", "riskFlag", material.flag(material.firm()))
    await hub.runtime.settle()
    return flag_id


async def checkpoint(ask: Any) -> Any:
    return (await ask("gz-bureau", CHECKPOINT)).data["ledgerCheckpoint"]


async def fetched(hub: Any, http: aiohttp.ClientSession, path: str, slug: str | None = "bidding-platform") -> Any:
    """Status, type and body of a plain file."""
    headers = {"Authorization": f"Bearer {hub.token(slug)}"} if slug else {}
    async with http.get(f"{hub.base_url}{path}", headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_the_proof_of_a_record_is_checked_by_a_program_that_is_not_ours(ask: Any, hub: Any, http: Any) -> None:
    flag_id = await logged_flag(ask, hub)
    proof = (await ask("gz-bureau", PROOF, id=flag_id)).data["ledgerInclusion"]
    entry = orjson.loads(proof["entry"])
    assert (entry["type"], entry["key"], entry["version"], proof["salt"]) == ("RECORD", flag_id, 1, None)
    assert set(entry) == {"digest", "key", "loggedAt", "recordedAt", "type", "version"}
    _, _, jwks = await fetched(hub, http, "/.well-known/jwks.json", None)
    path = [bytes.fromhex(one) for one in proof["hashes"]]
    root = root_by(leaf_of(proof["entry"]), proof["leafIndex"], proof["treeSize"], path)
    signed = checkpoint_of(proof["checkpoint"]["note"], keys_of(orjson.loads(jwks)))
    assert signed == ("exchange.test/ledger", proof["treeSize"], root)
    document = orjson.loads(proof["document"])
    assert {name: document[name] for name in ("entry", "leafIndex", "treeSize", "hashes")} == {
        name: proof[name] for name in ("entry", "leafIndex", "treeSize", "hashes")
    }
    assert document["checkpoint"] == proof["checkpoint"]["note"]


async def test_a_proof_is_given_at_a_checkpoint_one_has_kept(ask: Any, hub: Any) -> None:
    flag_id = await logged_flag(ask, hub)
    kept = await checkpoint(ask)
    await logged_flag(ask, hub)
    proof = (await ask("gz-bureau", PROOF, id=flag_id, size=kept["size"])).data["ledgerInclusion"]
    path = [bytes.fromhex(one) for one in proof["hashes"]]
    leaf, root = leaf_hash(proof["entry"].encode()), bytes.fromhex(kept["root"])
    assert includes(leaf, proof["leafIndex"], kept["size"], path, root)


@pytest.mark.parametrize(("slug", "version"), [
    ("sh-bureau", None), ("huadong-construction", None), ("gz-bureau", 2), ("gz-bureau", -1),
])  # fmt: skip
async def test_what_one_may_not_see_has_no_proof_for_one(slug: str, version: int | None, ask: Any, hub: Any) -> None:
    flag_id = await logged_flag(ask, hub)
    assert (await ask(slug, PROOF, id=flag_id, version=version)).data == {"ledgerInclusion": None}


@pytest.mark.parametrize("wrong", ["", "x", "00000000-0000-0000-0000-000000000000", "' or true"])
async def test_what_is_no_id_has_no_proof(wrong: str, ask: Any) -> None:
    for kind in ("RECORD", "REVIEW", "RULE", "KEY", "WITNESS"):
        assert (await ask("gz-bureau", PROOF, id=wrong, type=kind)).data == {"ledgerInclusion": None}


async def test_the_begin_of_a_signing_key_is_proved_to_everybody(ask: Any) -> None:
    for slug in ("bidding-platform", "huadong-construction", "operator"):
        proof = (await ask(slug, PROOF, id="1", type="KEY")).data["ledgerInclusion"]
        assert orjson.loads(proof["entry"])["type"] == "KEY"


async def test_two_checkpoints_are_proved_to_be_one_history(ask: Any, hub: Any) -> None:
    await logged_flag(ask, hub)
    old = await checkpoint(ask)
    await logged_flag(ask, hub)
    new = await checkpoint(ask)
    assert new["size"] > old["size"]
    proof = (await ask("gz-bureau", CONSISTENCY, a=old["size"], b=new["size"])).data["ledgerConsistency"]
    hashes, roots = [bytes.fromhex(one) for one in proof["hashes"]], [bytes.fromhex(one["root"]) for one in (old, new)]
    assert extends(old["size"], new["size"], *roots, hashes)
    assert (proof["old"]["root"], proof["new"]["root"]) == (old["root"], new["root"])


@pytest.mark.parametrize(("a", "b", "code"), [
    (0, 1, "BAD_INPUT"), (2, 1, "BAD_INPUT"), (-1, 1, "BAD_INPUT"), (2_000_000_000, 2_000_000_000, "NOT_FOUND"),
])  # fmt: skip
async def test_there_is_no_history_between_what_never_was(a: int, b: int, code: str, ask: Any) -> None:
    assert (await ask("gz-bureau", CONSISTENCY, a=a, b=b)).codes == [code]


async def test_the_checkpoint_is_a_file_and_stays_one(ask: Any, hub: Any, http: Any) -> None:
    await logged_flag(ask, hub)
    now = await checkpoint(ask)
    status, sort, note = await fetched(hub, http, "/ledger/checkpoint")
    assert (status, sort) == (200, "text/plain")
    assert read_note(note.decode()).checkpoint.size >= now["size"]
    assert is_signed(read_note(note.decode()), [hub.runtime.keys.token_key(1).public_key()])
    _, _, kept = await fetched(hub, http, f"/ledger/checkpoints/{now['size']}")
    assert read_note(kept.decode()).checkpoint.root.hex() == now["root"]


async def test_the_tiles_make_up_the_root(ask: Any, hub: Any, http: Any) -> None:
    await logged_flag(ask, hub)
    size = (await checkpoint(ask))["size"]
    proof = (await ask("gz-bureau", PROOF, id=await logged_flag(ask, hub))).data["ledgerInclusion"]
    number, place = divmod(proof["leafIndex"], 256)
    part = f".p/{place + 1}" if place < 255 else ""
    status, sort, tile = await fetched(hub, http, f"/ledger/tile/0/{number:03}{part}")
    assert (status, sort, len(tile)) == (200, "application/octet-stream", 32 * (place + 1))
    assert tile[-32:] == leaf_of(proof["entry"])
    assert size <= proof["leafIndex"] + 1


@pytest.mark.parametrize("path", [
    "checkpoints/0", "checkpoints/x", "checkpoints/-1", "checkpoints/999999999999999999", "checkpoints/1e3",
    "tile/0/999", "tile/63/000", "tile/0/0", "tile/0/x000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/x/000",
    "tile/0/000.p/1/2", "tile/-1/000", "tile/0/x999/x999/x999/x999/x999/999", "tile/99/000", "tile/entries/000",
])  # fmt: skip
async def test_a_file_that_is_not_there_is_not_found(path: str, hub: Any, http: Any) -> None:
    status, _, body = await fetched(hub, http, f"/ledger/{path}")
    assert (status, orjson.loads(body)["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["checkpoint", "checkpoints/1", "tile/0/000.p/1"])
async def test_the_files_are_for_those_who_take_part(path: str, hub: Any, http: Any) -> None:
    status, _, _ = await fetched(hub, http, f"/ledger/{path}", None)
    assert status == 401


async def test_a_witness_signs_and_its_line_stands_under_the_checkpoint(ask: Any, hub: Any) -> None:
    await logged_flag(ask, hub)
    key = Ed25519PrivateKey.generate()
    sent = {"publicKey": base64.b64encode(key.public_key().public_bytes_raw()).decode()}
    registered = (await ask("dg-bureau", REGISTER, x=sent)).data["ledgerWitnessRegister"]
    assert registered == {"name": "exchange.test/ledger/witness/dg-bureau", "userErrors": []}
    seen = read_note((await checkpoint(ask))["note"]).checkpoint
    line = cosigned(seen, registered["name"], key, datetime.now(UTC))
    for _ in range(2):  # a repetition changes nothing
        answer = (await ask("dg-bureau", COSIGN, x={"size": seen.size, "line": line})).data["checkpointCosign"]
        assert answer["userErrors"] == []
    assert answer["checkpoint"]["cosignatures"] == [{"witness": "dg-bureau", "line": line}]
    note = answer["checkpoint"]["note"]
    assert note.endswith(line)
    assert cosigned_at(read_note(note).checkpoint, line, registered["name"], key.public_key()) is not None
    assert is_signed(read_note(note), [hub.runtime.keys.token_key(1).public_key()])


async def test_a_witness_with_many_keys_has_one_line_under_a_checkpoint(ask: Any, hub: Any) -> None:
    await logged_flag(ask, hub)
    seen, lines = read_note((await checkpoint(ask))["note"]).checkpoint, []
    for second in range(3):
        key = Ed25519PrivateKey.generate()
        sent = {"publicKey": base64.b64encode(key.public_key().public_bytes_raw()).decode()}
        name = (await ask("sh-bureau", REGISTER, x=sent)).data["ledgerWitnessRegister"]["name"]
        lines.append(cosigned(seen, name, key, datetime.now(UTC) + timedelta(seconds=second)))
        answer = (await ask("sh-bureau", COSIGN, x={"size": seen.size, "line": lines[-1]})).data["checkpointCosign"]
        assert answer["userErrors"] == []
    assert answer["checkpoint"]["cosignatures"] == [{"witness": "sh-bureau", "line": lines[-1]}]


async def test_the_key_of_one_witness_is_not_another_s(ask: Any, hub: Any) -> None:
    await logged_flag(ask, hub)
    sent = {"publicKey": base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()}
    told = [(await ask(slug, REGISTER, x=sent)).data["ledgerWitnessRegister"] for slug in ("sh-bureau", "gz-bureau")]
    assert [[one["code"] for one in answer["userErrors"]] for answer in told] == [[], ["BAD_INPUT"]]


async def test_a_note_with_a_line_of_every_authority_is_read() -> None:
    key = Ed25519PrivateKey.generate()
    seen = Checkpoint(origin="exchange.example.gov.cn/ledger", size=9, root=bytes(32))
    names = [witness_name(seen.origin, f"authority-of-some-city-{number}") for number in range(400)]
    note = signed(seen, key) + "".join(cosigned(seen, name, key, datetime.now(UTC)) for name in names)
    assert is_signed(read_note(note), [key.public_key()])


async def test_what_a_witness_did_not_sign_is_not_kept(ask: Any, hub: Any) -> None:
    await logged_flag(ask, hub)
    key, stranger, now = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate(), datetime.now(UTC)
    sent = {"publicKey": base64.b64encode(key.public_key().public_bytes_raw()).decode()}
    name = (await ask("nj-bureau", REGISTER, x=sent)).data["ledgerWitnessRegister"]["name"]
    seen = read_note((await checkpoint(ask))["note"]).checkpoint
    await logged_flag(ask, hub)
    later = read_note((await checkpoint(ask))["note"]).checkpoint
    wrong = [
        cosigned(seen, name, stranger, now), cosigned(later, name, key, now),
        cosigned(seen, name.replace("nj", "dg"), key, now), cosigned(seen, name, key, now - timedelta(days=2)),
        cosigned(seen, name, key, now + timedelta(days=2)), cosigned(seen, name, key, now)[:-8], "", "— x y",
        cosigned(seen, name, key, now) * 2,
    ]  # fmt: skip
    for line in wrong:
        answer = (await ask("nj-bureau", COSIGN, x={"size": seen.size, "line": line})).data["checkpointCosign"]
        assert [one["code"] for one in answer["userErrors"]] == ["COSIGNATURE_INVALID"]
    absent = {"size": 2_000_000_000, "line": cosigned(seen, name, key, now)}
    answer = (await ask("nj-bureau", COSIGN, x=absent)).data["checkpointCosign"]
    assert answer["userErrors"] == [{"code": "NOT_FOUND", "field": ["input", "size"]}]


async def test_the_stand_alone_verifier_imports_nothing_of_ours() -> None:
    text = (Path(__file__).parents[1] / "verifier.py").read_text("utf-8")
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imported == {"base64", "cryptography", "hashlib", "itertools", "json", "pathlib", "sys"}
