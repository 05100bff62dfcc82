"""A second verifier, written from RFC 6962 2.1 and C2SP's signed-note alone: by recursion, with no code of the product.

What it accepts and what the product accepts must be the same.
"""

import base64
import hashlib


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def half(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(entries: list[bytes]) -> bytes:
    """The root over the entries themselves."""
    if not entries:
        return sha(b"")
    if len(entries) == 1:
        return sha(b"\0" + entries[0])
    k = half(len(entries))
    return sha(b"\1" + mth(entries[:k]) + mth(entries[k:]))


def root_by_path(leaf: bytes, m: int, n: int, path: list[bytes]) -> bytes:
    """The root that an audit path leads to."""
    if n == 1:
        assert m == 0, "outside"
        assert not path, "too long"
        return leaf
    k = half(n)
    if m < k:
        return sha(b"\1" + root_by_path(leaf, m, k, path[:-1]) + path[-1])
    return sha(b"\1" + path[-1] + root_by_path(leaf, m - k, n - k, path[:-1]))


def roots_by_proof(m: int, n: int, proof: list[bytes], old_root: bytes, *, whole: bool = True) -> tuple[bytes, bytes]:
    """The older and the newer root that a consistency proof leads to."""
    if m == n:
        if whole:
            assert not proof, "too long"
            return old_root, old_root
        assert len(proof) == 1, "one hash is left"
        return proof[0], proof[0]
    k, last = half(n), proof[-1]
    if m <= k:
        older, newer = roots_by_proof(m, k, proof[:-1], old_root, whole=whole)
        return older, sha(b"\1" + newer + last)
    older, newer = roots_by_proof(m - k, n - k, proof[:-1], old_root, whole=False)
    return sha(b"\1" + last + older), sha(b"\1" + last + newer)


def accepts_inclusion(leaf: bytes, m: int, n: int, path: list[bytes], root: bytes) -> bool:
    try:
        return root_by_path(leaf, m, n, path) == root
    except (AssertionError, IndexError):
        return False


def accepts_consistency(m: int, n: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    try:
        return roots_by_proof(m, n, proof, old_root) == (old_root, new_root)
    except (AssertionError, IndexError):
        return False


def checkpoint_of(note: str, vkey: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint that this key has signed; AssertionError otherwise."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name, _, key = vkey.split("+", 2)
    raw = base64.b64decode(key)
    text, signatures = note.split("\n\n")
    wanted = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    for line in signatures.splitlines():
        dash, by, blob = line.split(" ")
        found = base64.b64decode(blob)
        if dash == "—" and by == name and found[:4] == wanted:
            Ed25519PublicKey.from_public_bytes(raw[1:]).verify(found[4:], text.encode() + b"\n")
            _, size, root, *_ = text.split("\n")
            return int(size), base64.b64decode(root)
    raise AssertionError("not signed by this key")
