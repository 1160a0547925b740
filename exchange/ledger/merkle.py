"""Merkle trees as in RFC 6962 and RFC 9162 section 2.1: hashes, and proofs of inclusion and consistency. No I/O.

A proof is a list of ranges of leaves; `complete` takes a range apart into the complete subtrees whose hashes are kept
(tiles.py). A tree of another hash function would be another log: none is negotiated.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from hashlib import sha256
from typing import NamedTuple

EMPTY = sha256(b"").digest()  # the root of no leaves


class Range(NamedTuple):
    """Leaves from `start` up to, not including, `end`."""

    start: int
    end: int


class Node(NamedTuple):
    """A complete subtree: 2**level leaves, the first of which is `number` * 2**level."""

    level: int
    number: int


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def complete(leaves: Range) -> list[Node]:
    """The complete subtrees of a range of a tree, the largest first; its start fits the largest of them."""
    found, start = [], leaves.start
    while start < leaves.end:
        level = (leaves.end - start).bit_length() - 1
        found.append(Node(level, start >> level))
        start += 1 << level
    return found


def join(hashes: Iterable[bytes]) -> bytes:
    """The root over complete subtrees, given the largest first."""
    return reduce(lambda right, left: node_hash(left, right), reversed([*hashes]))


def inclusion(index: int, size: int) -> list[Range]:
    """What proves that leaf `index` is in the tree of `size` leaves: its siblings from the bottom up."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    found, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append(Range(middle, end))
            end = middle
        else:
            found.append(Range(start, middle))
            start = middle
    return found[::-1]


def consistency(old: int, new: int) -> list[Range]:
    """What proves that the tree of `old` leaves is the beginning of the tree of `new` leaves."""
    if not 0 < old <= new:
        raise ValueError(f"a tree of {old} is no beginning of one of {new}")
    found, start, end = [], 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            found.append(Range(middle, end))
            end = middle
        else:
            found.append(Range(start, middle))
            start = middle
    if start > 0:
        found.append(Range(start, end))
    return found[::-1]


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a leaf's hash is at this index of the tree with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for one in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(one, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, one)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def extends(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether one tree is the beginning of another (RFC 9162, 2.1.4.2). Every tree extends the empty one."""
    if old == new or old == 0:
        return not proof and (old_root == new_root if old == new else old_root == EMPTY)
    if not 0 < old < new:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else [*proof]
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    former = latter = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            former, latter = node_hash(one, former), node_hash(one, latter)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            latter = node_hash(latter, one)
        place, last = place >> 1, last >> 1
    return last == 0 and former == old_root and latter == new_root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
