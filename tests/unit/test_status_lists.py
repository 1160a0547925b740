"""Status lists: packing by the draft's vectors, size at a million entries, and slots that tell nothing."""

import base64
import json
import random
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from exchange.proof.slots import SIZE, slot_at
from exchange.proof.status_lists import encoded, packed
from tenants.keys import Keys

VECTORS = json.loads((Path(__file__).parent / "status_list_vectors.json").read_text("utf-8"))["lists"]
KEYS = Keys(secret=b"a secret of these tests, long enough for keys")


def unpacked(claim: dict[str, Any]) -> dict[int, int]:
    """The entries that are not 0, read by the draft's own words and nothing of ours."""
    bits = claim["bits"]
    entries = zlib.decompress(base64.urlsafe_b64decode(claim["lst"] + "=" * (-len(claim["lst"]) % 4)))
    mask, each = (1 << bits) - 1, 8 // bits
    return {
        place * each + part: status
        for place, octet in enumerate(entries)
        if octet
        for part in range(each)
        if (status := octet >> (part * bits) & mask)
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['bits']} bits")
def test_the_vectors_of_the_draft_are_packed_as_it_says(vector: dict[str, Any]) -> None:
    statuses = {int(idx): status for idx, status in vector["statuses"].items()}
    assert unpacked(vector) == {idx: status for idx, status in statuses.items() if status}
    bits, entries = packed(statuses, bits=vector["bits"])
    expected = zlib.decompress(base64.urlsafe_b64decode(vector["lst"] + "=" * (-len(vector["lst"]) % 4)))
    assert (bits, entries) == (vector["bits"], expected)


@pytest.mark.parametrize(("statuses", "size", "shown"), [
    ((1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1), 16, "b9a3"),
    ((1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3), 12, "c944f9"),
])  # fmt: skip
def test_the_short_examples_of_the_draft_come_out_octet_by_octet(
    statuses: tuple[int, ...], size: int, shown: str
) -> None:
    assert packed(dict(enumerate(statuses)), size)[1].hex() == shown


def test_a_list_needs_a_second_bit_only_for_what_is_suspended() -> None:
    assert packed({7: 1})[0] == 1
    assert packed({7: 1, 8: 2})[0] == 2
    assert packed({})[0] == 1


def test_a_million_certificates_with_one_in_a_hundred_revoked_take_twenty_kilobytes_at_most() -> None:
    revoked = random.Random(20261124).sample(range(1_000_000), 10_000)
    claim = encoded(*packed(dict.fromkeys(revoked, 1)))
    assert unpacked(claim) == dict.fromkeys(revoked, 1)
    assert len(claim["lst"]) <= 20_000


def test_every_place_of_a_list_has_an_index_of_its_own_and_neighbours_lie_apart() -> None:
    slots = [slot_at(place, KEYS) for place in range(20_000)]
    assert {slot.list_id for slot in slots} == {1}
    assert len({slot.idx for slot in slots}) == 20_000
    rising = sum(former.idx < slot.idx for former, slot in pairwise(slots))
    assert 9_500 < rising < 10_500
    assert all(0 <= slot.idx < SIZE for slot in slots)


def test_the_place_after_a_full_list_is_in_the_next_and_another_deployment_scatters_otherwise() -> None:
    assert slot_at(SIZE - 1, KEYS).list_id == 1
    assert slot_at(SIZE, KEYS).list_id == 2
    other = Keys(secret=b"the secret of another deployment, as long")
    assert slot_at(5, KEYS) != slot_at(5, other)
