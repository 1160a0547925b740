"""The tree as kept: tiles of 256 hashes side by side (as in C2SP tlog-tiles), each level over the roots of the last.

A tile is only ever added to, so any former tree is read from the present tiles; a proof over 10**7 leaves reads six.
"""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import NamedTuple

from exchange.ledger.merkle import EMPTY, Node, Range, complete, join, node_hash

HEIGHT = 8  # levels of the tree in a tile
WIDTH = 1 << HEIGHT
HASH_BYTES = 32


class Place(NamedTuple):
    """Of a tile: level 0 holds hashes of leaves, level n the roots of full tiles of level n - 1."""

    level: int
    number: int


def tile_of(node: Node) -> Place:
    """The tile in which a subtree's hash is found."""
    level, height = divmod(node.level, HEIGHT)
    return Place(level, (node.number << height) >> HEIGHT)


def needed(ranges: Iterable[Range]) -> set[Place]:
    """The tiles that hold these ranges of leaves."""
    return {tile_of(node) for one in ranges for node in complete(one)}


def root_of(leaves: Range, tiles: Mapping[Place, bytes]) -> bytes:
    """The hash over a range of leaves; of none, the empty tree's."""
    return join(_hash_of(node, tiles) for node in complete(leaves)) if leaves.start < leaves.end else EMPTY


def edge(size: int) -> set[Place]:
    """The tiles to which a tree of `size` leaves adds next, and those its root is made of."""
    found = needed([Range(0, size)])
    level = 0
    while size:
        if size % WIDTH:
            found.add(Place(level, size // WIDTH))
        size, level = size // WIDTH, level + 1
    return found


def append(tiles: MutableMapping[Place, bytes], size: int, hashes: Sequence[bytes]) -> set[Place]:
    """Adds hashes of leaves to a tree of `size`, whose `edge` is among the tiles; gives the tiles that changed."""
    changed: set[Place] = set()
    level, start = 0, size
    while hashes:
        full: list[bytes] = []
        taken = 0
        while taken < len(hashes):
            number, filled = divmod(start + taken, WIDTH)
            added, place = hashes[taken : taken + WIDTH - filled], Place(level, number)
            tiles[place] = (tiles[place] if filled else b"") + b"".join(added)
            changed.add(place)
            taken += len(added)
            if filled + len(added) == WIDTH:
                full.append(_over(_split(tiles[place])))
        hashes, start, level = full, start // WIDTH, level + 1
    return changed


def _hash_of(node: Node, tiles: Mapping[Place, bytes]) -> bytes:
    height, place = node.level % HEIGHT, tile_of(node)
    first = (node.number << height) % WIDTH * HASH_BYTES
    part = tiles[place][first : first + (HASH_BYTES << height)]
    if len(part) != HASH_BYTES << height:
        raise ValueError(f"tile {place.level}/{place.number} is too short")
    return _over(_split(part))


def _split(tile: bytes) -> list[bytes]:
    return [tile[start : start + HASH_BYTES] for start in range(0, len(tile), HASH_BYTES)]


def _over(hashes: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]
