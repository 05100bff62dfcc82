"""The Merkle tree of the log: published vectors, a second verifier, and every tree grown in every way."""

import random
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules import merkle
from services.rules.merkle import Node, ProofError
from tests import second_verifier

ENTRIES = [b"", b"\x00", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A, B = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", ROOTS[2]
C, D = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
)
E, F = (
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
)
G, H = (
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
)
INCLUSION = {(0, 1): [], (0, 8): [C, D, E], (5, 8): [F, G, ROOTS[4]], (2, 3): [B], (1, 5): [A, D, F]}
CONSISTENCY = {(1, 1): [], (1, 8): [C, D, E], (6, 8): [H, G, ROOTS[4]], (2, 5): [D, F]}
"""From the tests of the reference implementation of Certificate Transparency (merkle_tree_test.cc)."""


class Tree:
    """A tree as the log keeps it: complete subtrees alone."""

    def __init__(self) -> None:
        self.nodes: dict[Node, bytes] = {}
        self.size = 0

    def grow(self, entries: list[bytes]) -> None:
        edge = {node: self.nodes[node] for node in merkle.span_nodes((0, self.size))}
        made = merkle.grow(self.size, edge, [merkle.leaf_hash(entry) for entry in entries])
        assert not made.keys() & self.nodes.keys()
        self.nodes |= made
        self.size += len(entries)

    def root(self, size: int) -> bytes:
        return merkle.root(size, {node: self.nodes[node] for node in merkle.span_nodes((0, size))})

    def path(self, spans: list[merkle.Span]) -> list[bytes]:
        known = {node: self.nodes[node] for node in merkle.nodes_of(spans)}
        return [merkle.span_hash(span, known) for span in spans]

    def inclusion(self, place: int, size: int) -> list[bytes]:
        return self.path(merkle.inclusion_spans(place, size))

    def consistency(self, old: int, new: int) -> list[bytes]:
        return self.path(merkle.consistency_spans(old, new))


def tree_of(*parts: list[bytes]) -> Tree:
    tree = Tree()
    for part in parts:
        tree.grow(part)
    return tree


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_published_vectors(size: int) -> None:
    assert tree_of(ENTRIES[:size]).root(size).hex() == ROOTS[size]


@pytest.mark.parametrize(("place", "size"), INCLUSION)
def test_audit_paths_are_those_of_the_published_vectors(place: int, size: int) -> None:
    path = tree_of(ENTRIES).inclusion(place, size)
    assert [step.hex() for step in path] == INCLUSION[place, size]


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_those_of_the_published_vectors(old: int, new: int) -> None:
    path = tree_of(ENTRIES).consistency(old, new)
    assert [step.hex() for step in path] == CONSISTENCY[old, new]


@given(st.lists(st.integers(0, 9), max_size=12))
def test_a_tree_is_the_same_in_whatever_portions_it_grew(portions: list[int]) -> None:
    entries = [number.to_bytes(2, "big") for number in range(sum(portions))]
    rest, parts = list(entries), []
    for count in portions:
        parts.append(rest[:count])
        rest = rest[count:]
    grown = tree_of(*parts)
    assert grown.nodes == tree_of(entries).nodes
    assert grown.root(len(entries)) == second_verifier.mth(entries)


def test_a_second_verifier_agrees_on_a_thousand_trees() -> None:
    chance = random.Random(6962)
    for _ in range(1000):
        entries = [chance.randbytes(32) for _ in range(chance.randint(1, 130))]
        tree, new = tree_of(entries), len(entries)
        place, old = chance.randrange(new), chance.randint(1, new)
        root, old_root = tree.root(new), tree.root(old)
        assert (root, old_root) == (second_verifier.mth(entries), second_verifier.mth(entries[:old]))
        path, proof = tree.inclusion(place, new), tree.consistency(old, new)
        leaf = merkle.leaf_hash(entries[place])
        merkle.check_inclusion(leaf, place, new, path, root)
        merkle.check_consistency(old, new, old_root, root, proof)
        assert second_verifier.accepts_inclusion(leaf, place, new, path, root)
        assert second_verifier.accepts_consistency(old, new, old_root, root, proof)


def accepts_inclusion(leaf: bytes, place: int, size: int, path: list[bytes], root: bytes) -> bool:
    try:
        merkle.check_inclusion(leaf, place, size, path, root)
    except ProofError:
        return False
    return True


def accepts_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> bool:
    try:
        merkle.check_consistency(old, new, old_root, new_root, path)
    except ProofError:
        return False
    return True


steps = st.lists(st.sampled_from([sha256(b"1").digest(), sha256(b"2").digest()]), max_size=6)


@given(st.integers(1, 40), st.data(), steps, st.booleans())
def test_no_path_but_the_one_is_accepted_and_both_verifiers_say_so(
    size: int, data: st.DataObject, foreign: list[bytes], is_cut: bool
) -> None:
    tree = tree_of([bytes([number]) for number in range(size)])
    place = data.draw(st.integers(0, size - 1))
    honest = tree.inclusion(place, size)
    path = honest[:-1] if is_cut else [*honest, *foreign]
    leaf, root = tree.nodes[0, place], tree.root(size)
    ours = accepts_inclusion(leaf, place, size, path, root)
    assert ours == second_verifier.accepts_inclusion(leaf, place, size, path, root) == (path == honest)
    other = (place + 1) % size
    if other != place:
        assert not accepts_inclusion(leaf, other, size, tree.inclusion(other, size), root)


@given(st.integers(1, 40), st.data(), steps, st.booleans())
def test_no_consistency_proof_but_the_one_is_accepted_and_both_verifiers_say_so(
    new: int, data: st.DataObject, foreign: list[bytes], is_cut: bool
) -> None:
    tree = tree_of([bytes([number]) for number in range(new)])
    old = data.draw(st.integers(1, new))
    honest = tree.consistency(old, new)
    path = honest[:-1] if is_cut else [*honest, *foreign]
    ours = accepts_consistency(old, new, tree.root(old), tree.root(new), path)
    theirs = second_verifier.accepts_consistency(old, new, tree.root(old), tree.root(new), path)
    assert ours == theirs == (path == honest)
    assert not accepts_consistency(old, new, sha256(b"forked").digest(), tree.root(new), honest)


def test_a_rewritten_leaf_breaks_consistency_with_every_tree_that_held_it() -> None:
    entries = [bytes([number]) for number in range(30)]
    old_root = tree_of(entries[:20]).root(20)
    for place in range(20):
        forged = tree_of([*entries[:place], b"forged", *entries[place + 1 :]])
        proof = forged.consistency(20, 30)
        assert not accepts_consistency(20, 30, old_root, forged.root(30), proof)


def test_the_empty_tree_is_the_beginning_of_every_tree() -> None:
    tree = tree_of([b"a", b"b"])
    merkle.check_consistency(0, 2, merkle.EMPTY_ROOT, tree.root(2), [])
    assert not accepts_consistency(0, 2, tree.root(1), tree.root(2), [])


@pytest.mark.parametrize(("place", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_a_place_outside_the_tree_has_no_proof(place: int, size: int) -> None:
    with pytest.raises(ProofError):
        merkle.inclusion_spans(place, size)
    assert not accepts_inclusion(b"", place, size, [], b"")


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_a_larger_or_an_empty_tree_has_no_consistency_proof(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        merkle.consistency_spans(old, new)
