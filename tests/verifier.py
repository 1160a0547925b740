"""A stand-alone verifier of the log and of receipts: imports nothing of ours, only `cryptography`.

    python tests/verifier.py --jwks jwks.json FILE [CHECKPOINT …]

FILE is what `exchange verify --export` wrote, or a receipt; CHECKPOINT is one kept from earlier.
"""

import json
import sys
from base64 import b64decode, urlsafe_b64decode
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def from_url64(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def keys_of(jwks):
    return {key["kid"]: from_url64(key["x"]) for key in jwks["keys"] if key.get("crv") == "Ed25519"}


def is_good(public, signature, text):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def checkpoint_of(note, keys):
    """(origin, size, root) of a note that one of the keys signed; else None."""
    text, _, lines = note.rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    for line in lines.splitlines():
        _, name, value = line.split(" ")
        octets = b64decode(value)
        for public in keys.values():
            mark = sha256(name.encode() + b"\n\x01" + public).digest()[:4]
            if name == origin and octets[:4] == mark and is_good(public, octets[4:], (text + "\n").encode()):
                return origin, int(size), b64decode(root)
    return None


def leaf_of(entry):
    return sha256(b"\0" + entry.encode()).digest()


def root_at(leaves, sizes):
    """The root of the first n leaves, for each n of the ascending sizes."""
    stack, wanted, found = [], set(sizes), {}
    for count, leaf in enumerate(leaves, 1):
        stack.append(leaf)
        for _ in range((count & -count).bit_length() - 1):
            right, left = stack.pop(), stack.pop()
            stack.append(sha256(b"\1" + left + right).digest())
        if count in wanted:
            root = stack[-1]
            for left in reversed(stack[:-1]):
                root = sha256(b"\1" + left + root).digest()
            found[count] = root
    return found


def root_by(leaf, index, size, path):
    """The root an inclusion proof leads to; None for one that is too long or too short."""
    last, rest = size - 1, list(path)
    while last > 0:
        if index % 2 or index < last:
            if not rest:
                return None
            other = rest.pop(0)
            leaf = sha256(b"\1" + (other + leaf if index % 2 else leaf + other)).digest()
        index, last = index // 2, last // 2
    return None if rest else leaf


def check_log(lines, keys, former=()):
    """What is wrong with an exported log, the first thing first."""
    entries = [line for line in lines if "entry" in line]
    notes = [line["checkpoint"] for line in lines if "checkpoint" in line]
    for place, line in enumerate(entries):
        if line["index"] != place:
            return [f"entry {place} is not there"]
        digest = sha256(bytes.fromhex(line["salt"]) + (line["content"] or "").encode()).hexdigest()
        if line["content"] is None or json.loads(line["entry"])["digest"] != digest:
            return [f"entry {place}: the row is not what was logged"]
    seen = [checkpoint_of(note, keys) for note in (*notes, *former)]
    if None in seen:
        return ["a checkpoint is not signed by the hub"]
    roots = root_at([leaf_of(line["entry"]) for line in entries], [size for _, size, _ in seen])
    found = [
        f"the log is not what the checkpoint of {size} says" if size <= len(entries) else f"rolled back below {size}"
        for _, size, root in sorted(seen, key=lambda one: one[1])
        if roots.get(size) != root
    ]
    sizes = [size for _, size, _ in seen[: len(notes)]]
    if not sizes or sizes[-1] != len(entries) or any(a >= b for a, b in pairwise(sizes)):
        found.append("the last checkpoint is not of the last entry")
    return found


def check_receipt(document, keys):
    """What is wrong with a receipt and the proof that it is logged."""
    header, payload, signature = document["receipt"].split(".")
    said = json.loads(from_url64(header))
    public = keys.get(said.get("kid"))
    signed = f"{header}.{payload}".encode()
    is_receipt = (said.get("alg"), said.get("typ")) == ("EdDSA", "recognition-receipt+jwt")
    if not is_receipt or public is None or not is_good(public, from_url64(signature), signed):
        return ["the receipt is not signed by the hub"]
    proof = document["inclusion"]
    salt, entry = bytes.fromhex(proof["salt"]), json.loads(proof["entry"])
    number, digest = json.loads(from_url64(payload))["jti"], sha256(salt + document["receipt"].encode()).hexdigest()
    named = (entry["type"], entry["key"], entry["digest"], len(salt))
    if named != ("CONFIRMATION", number, digest, 16):
        return ["the entry is of another receipt"]
    seen, path = checkpoint_of(proof["checkpoint"], keys), [bytes.fromhex(one) for one in proof["hashes"]]
    root = root_by(leaf_of(proof["entry"]), proof["leafIndex"], proof["treeSize"], path)
    if seen is None:
        return ["the checkpoint is not signed by the hub"]
    return [] if seen[1:] == (proof["treeSize"], root) else ["the receipt is not in the log"]


if __name__ == "__main__":
    (_, jwks, name, *kept) = [one for one in sys.argv if one != "--jwks"]
    trusted, text = keys_of(json.loads(Path(jwks).read_text())), Path(name).read_text()
    parts = [json.loads(line) for line in text.splitlines() if line.strip()] if text.startswith('{"') else []
    is_log = len(parts) != 1
    problems = (
        check_log(parts, trusted, [Path(one).read_text() for one in kept])
        if is_log
        else check_receipt(parts[0], trusted)
    )
    print("\n".join(problems) or "OK")
    sys.exit(bool(problems))
