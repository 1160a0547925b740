"""The tree against RFC 6962's own examples, and against a plain recursive writing of its definitions."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.ledger import tiles
from exchange.ledger.merkle import EMPTY, Range, consistency, extends, includes, inclusion, leaf_hash

# The leaves and roots of certificate-transparency's reference tests (trees of 1 to 8 leaves).
LEAVES = [bytes.fromhex(one) for one in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (1, 1): [],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def plain_root(entries: list[bytes]) -> bytes:
    """The definition, word for word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + plain_root(entries[:k]) + plain_root(entries[k:])).digest()


def plain_path(m: int, entries: list[bytes]) -> list[bytes]:
    """The definition of an inclusion proof."""
    if len(entries) == 1:
        return []
    k = 1
    while k * 2 < len(entries):
        k *= 2
    if m < k:
        return [*plain_path(m, entries[:k]), plain_root(entries[k:])]
    return [*plain_path(m - k, entries[k:]), plain_root(entries[:k])]


def plain_consistency(m: int, entries: list[bytes], *, is_whole: bool = True) -> list[bytes]:
    """The definition of a consistency proof."""
    if m == len(entries):
        return [] if is_whole else [plain_root(entries)]
    k = 1
    while k * 2 < len(entries):
        k *= 2
    if m <= k:
        return [*plain_consistency(m, entries[:k], is_whole=is_whole), plain_root(entries[k:])]
    return [*plain_consistency(m - k, entries[k:], is_whole=False), plain_root(entries[:k])]


def grown(entries: list[bytes], *, batch: int) -> dict[tiles.Place, bytes]:
    """The tiles of a tree to which entries came in batches."""
    kept: dict[tiles.Place, bytes] = {}
    for size in range(0, len(entries), batch):
        held = {place: kept[place] for place in tiles.edge(size)}
        for place in tiles.append(held, size, [leaf_hash(one) for one in entries[size : size + batch]]):
            kept[place] = held[place]
    return kept


def hashes(ranges: list[Range], kept: dict[tiles.Place, bytes]) -> list[bytes]:
    held = {place: kept[place] for place in tiles.needed(ranges)}
    return [tiles.root_of(one, held) for one in ranges]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference_tree(size: int) -> None:
    assert tiles.root_of(Range(0, size), grown(LEAVES, batch=3)).hex() == ROOTS[size - 1]


def test_the_root_of_no_leaves_is_the_hash_of_nothing() -> None:
    assert tiles.root_of(Range(0, 0), {}) == EMPTY == plain_root([])


@pytest.mark.parametrize(("asked", "expected"), INCLUSION.items())
def test_inclusion_proofs_are_those_of_the_reference_tree(asked: tuple[int, int], expected: list[str]) -> None:
    assert [one.hex() for one in hashes(inclusion(*asked), grown(LEAVES, batch=8))] == expected


@pytest.mark.parametrize(("asked", "expected"), CONSISTENCY.items())
def test_consistency_proofs_are_those_of_the_reference_tree(asked: tuple[int, int], expected: list[str]) -> None:
    assert [one.hex() for one in hashes(consistency(*asked), grown(LEAVES, batch=8))] == expected


@given(st.integers(1, 1400), st.integers(1, 700), st.data())
@settings(max_examples=60, deadline=None)
def test_tiles_filled_in_any_batches_give_the_roots_and_proofs_of_the_definitions(
    size: int, batch: int, data: st.DataObject
) -> None:
    entries = [number.to_bytes(3) for number in range(size)]
    kept = grown(entries, batch=batch)
    tree = data.draw(st.integers(1, size), label="tree")
    index, old = data.draw(st.integers(0, tree - 1), label="index"), data.draw(st.integers(1, tree), label="old")
    root = plain_root(entries[:tree])
    assert tiles.root_of(Range(0, tree), kept) == root
    path, way = hashes(inclusion(index, tree), kept), hashes(consistency(old, tree), kept)
    assert path == plain_path(index, entries[:tree])
    assert way == plain_consistency(old, entries[:tree])
    assert includes(leaf_hash(entries[index]), index, tree, path, root)
    assert extends(old, tree, plain_root(entries[:old]), root, way)


@given(st.integers(2, 300), st.data())
@settings(max_examples=150, deadline=None)
def test_a_proof_changed_anywhere_proves_nothing(size: int, data: st.DataObject) -> None:
    entries = [number.to_bytes(3) for number in range(size)]
    kept, root = grown(entries, batch=size), plain_root(entries)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    path, way = hashes(inclusion(index, size), kept), hashes(consistency(old, size), kept)
    leaf, former = leaf_hash(entries[index]), plain_root(entries[:old])
    place, bit = data.draw(st.integers(0, len(path) - 1)), 1 << data.draw(st.integers(0, 7))
    wrong = [*path]
    wrong[place] = bytes([wrong[place][0] ^ bit, *wrong[place][1:]])
    other = (index + data.draw(st.integers(1, size - 1))) % size
    assert not includes(leaf, index, size, wrong, root)
    assert not includes(leaf, other, size, path, root)
    assert not includes(leaf_hash(b"another"), index, size, path, root)
    assert not includes(leaf, index, size, path[:-1], root)
    assert not includes(leaf, index, size, [*path, root], root)
    assert not extends(old, size, EMPTY, root, way)
    assert not extends(old, size, former, EMPTY, way)
    assert not extends(old, size, former, root, way[:-1])
    assert not extends(old, size, former, root, [*way, root])


def test_a_proof_over_ten_million_leaves_reads_six_tiles_at_most() -> None:
    size = 10_000_000
    indexes = [0, 1, 255, 256, 65_535, 5_000_000, size - 257, size - 1]
    assert max(len(tiles.needed(inclusion(index, size))) for index in indexes) <= 6
    assert len(tiles.needed(consistency(5_123_457, size))) <= 6


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    for index, size in ((3, 3), (-1, 3), (0, 0)):
        with pytest.raises(ValueError, match="not in a tree"):
            inclusion(index, size)
        assert not includes(EMPTY, index, size, [], EMPTY)
    for old, new in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="no beginning"):
            consistency(old, new)
    assert extends(0, 3, EMPTY, plain_root(LEAVES[:3]), [])
    assert not extends(0, 3, plain_root(LEAVES[:1]), plain_root(LEAVES[:3]), [])
    assert not extends(4, 3, EMPTY, EMPTY, [])
