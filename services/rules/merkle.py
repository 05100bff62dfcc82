"""The Merkle tree of RFC 6962 2.1: hashing, growing, and proofs of inclusion and of consistency.

A tree of n leaves is kept as its complete subtrees: `(level, place)` is the one over the 2^level leaves that begin at
place · 2^level; level 0 holds the leaves' own hashes. Every other hash follows from at most log2(n) nodes.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

Node = tuple[int, int]
Span = tuple[int, int]
"""Leaves [first, past)."""

EMPTY_ROOT = sha256(b"").digest()


class ProofError(ValueError):
    """The proof does not show what it should; the text says which part."""


def leaf_hash(data: bytes) -> bytes:
    """MTH of one entry: 0x00 before the data, so that no leaf passes for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """MTH of two halves: 0x01 before them."""
    return sha256(b"\x01" + left + right).digest()


def grow(size: int, edge: Mapping[Node, bytes], leaves: Sequence[bytes]) -> dict[Node, bytes]:
    """The complete subtrees that new leaf hashes make, the leaves themselves among them.

    `edge` holds the nodes of `span_nodes((0, size))`: the peaks on which a tree of that size grows.
    """
    known = dict(edge)
    made: dict[Node, bytes] = {}
    for place, leaf in enumerate(leaves, start=size):
        level, at, value = 0, place, leaf
        made[level, at] = known[level, at] = value
        while at % 2:
            value = node_hash(known[level, at - 1], value)
            level, at = level + 1, at // 2
            made[level, at] = known[level, at] = value
    return made


def span_nodes(span: Span) -> list[Node]:
    """The complete subtrees that a span of leaves is made of, the largest first, as RFC 6962 splits it.

    The span begins where its largest subtree may begin, as every span of a tree and of its proofs does.
    """
    first, past = span
    nodes = []
    while first < past:
        level = (past - first).bit_length() - 1
        nodes.append((level, first >> level))
        first += 1 << level
    return nodes


def span_hash(span: Span, known: Mapping[Node, bytes]) -> bytes:
    """The hash over a span of leaves, from the nodes of `span_nodes`."""
    hashes = [known[node] for node in span_nodes(span)]
    if not hashes:
        return EMPTY_ROOT
    value = hashes.pop()
    while hashes:
        value = node_hash(hashes.pop(), value)
    return value


def root(size: int, known: Mapping[Node, bytes]) -> bytes:
    """The hash of the whole tree, from the nodes of `span_nodes((0, size))`."""
    return span_hash((0, size), known)


def inclusion_spans(place: int, size: int) -> list[Span]:
    """PATH(m, D[n]): the spans whose hashes prove the leaf at `place`, the nearest first. Raises ProofError."""
    if not 0 <= place < size:
        raise ProofError("the leaf lies outside the tree")
    first, past = 0, size
    spans: list[Span] = []
    while past - first > 1:
        middle = first + _split(past - first)
        if place < middle:
            spans.append((middle, past))
            past = middle
        else:
            spans.append((first, middle))
            first = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """PROOF(m, D[n]): the spans whose hashes prove that `new` leaves begin with `old` ones. Raises ProofError."""
    if not 0 < old <= new:
        raise ProofError("the older tree has no leaf, or more leaves than the newer one")
    first, past, was_whole = 0, new, True
    spans: list[Span] = []
    while old != past:
        middle = first + _split(past - first)
        if old <= middle:
            spans.append((middle, past))
            past = middle
        else:
            spans.append((first, middle))
            first, was_whole = middle, False
    if not was_whole:
        spans.append((first, past))
    return spans[::-1]


def nodes_of(spans: Sequence[Span]) -> Iterator[Node]:
    """All nodes that the spans' hashes follow from."""
    for span in spans:
        yield from span_nodes(span)


def check_inclusion(leaf: bytes, place: int, size: int, path: Sequence[bytes], wanted_root: bytes) -> None:
    """Raises ProofError unless `path` proves that the leaf hash stands at `place` (RFC 9162 2.1.3.2)."""
    if not 0 <= place < size:
        raise ProofError("the leaf lies outside the tree")
    at, last, value = place, size - 1, leaf
    for step in path:
        if last == 0:
            raise ProofError("the path is too long")
        if at % 2 or at == last:
            value = node_hash(step, value)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            value = node_hash(value, step)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofError("the path is too short")
    if value != wanted_root:
        raise ProofError("the path leads to another root")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raises ProofError unless `path` proves that the tree of `new` leaves begins with that of `old` ones.

    RFC 9162 2.1.4.2. An empty tree is the beginning of every tree; of two equal sizes the roots are equal.
    """
    if not 0 <= old <= new:
        raise ProofError("the older tree has more leaves than the newer one")
    if old in (0, new):
        if path:
            raise ProofError("the path is too long")
        if old_root != (new_root if old else EMPTY_ROOT):
            raise ProofError("trees of the same size have different roots")
        return
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        raise ProofError("the path is too short")
    at, last = old - 1, new - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    of_old = of_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofError("the path is too long")
        if at % 2 or at == last:
            of_old, of_new = node_hash(step, of_old), node_hash(step, of_new)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            of_new = node_hash(of_new, step)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofError("the path is too short")
    if of_old != old_root:
        raise ProofError("the path leads to another root of the older tree")
    if of_new != new_root:
        raise ProofError("the path leads to another root of the newer tree")


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
