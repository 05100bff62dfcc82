"""Sealed boxes: what must not be learnt from the database, a dump or a backup, under a key that lies elsewhere.

AES-256-GCM over canonical JSON. The box names its key, so that older keys go on opening older boxes; table and row are
bound to it, so that a box moved to another row does not open; its length is filled up to a power of two.

    box   = version (1 byte) || length of the key's id (1) || key's id (ASCII) || nonce (12) || ciphertext || tag (16)
    plain = length of the content (4, big-endian) || content (canonical JSON) || zeros
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncSession

from services.keys import Ring
from services.rules.canonical import canonical_json

SEALS = "seals"

VERSION = 1
KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
SMALLEST = 2048
"""Of the padded content: nearly every visit has this size, whatever it says."""


class SealBroken(Exception):
    """The box does not open: another key, another row, or other bytes than were written."""


class SealKeyMissing(Exception):
    """The key that closed the box is not in the ring; the text names it."""


@dataclass(frozen=True)
class SealRing:
    """The keys that seal: `current` closes, every one of them opens. `keys` are 32 bytes each by their id."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError("the current key is not in the ring")
        if any(len(key) != KEY_BYTES for key in self.keys.values()):
            raise ValueError(f"a sealing key has {KEY_BYTES} bytes")

    def seal(self, content: object, *, table: str, row_id: UUID, salt: bytes) -> bytes:
        """A closed box for one row; `salt` is SALT_BYTES of chance, so that two boxes of one content look unlike.

        The nonce comes of salt, row and content: a demo town, whose chance repeats, never uses one for two contents.
        """
        if len(salt) != SALT_BYTES:
            raise ValueError(f"the salt must have {SALT_BYTES} bytes")
        key = self.keys[self.current]
        head = bytes((VERSION, len(self.current))) + self.current.encode("ascii")
        plain, bound = _padded(canonical_json(content)), _bound(head, table, row_id)
        nonce = _keyed(key, b"zhicha seal nonce", salt + sha256(bound).digest() + plain)[:NONCE_BYTES]
        return head + nonce + AESGCM(key).encrypt(nonce, plain, bound)

    def open(self, box: bytes, *, table: str, row_id: UUID) -> Any:
        """What the box holds. Raises SealBroken or SealKeyMissing."""
        if len(box) < 2 or box[0] != VERSION:
            raise SealBroken
        head, rest = box[: 2 + box[1]], box[2 + box[1] :]
        key = self.keys.get(head[2:].decode("ascii", errors="replace"))
        if key is None:
            raise SealKeyMissing(f"no sealing key {head[2:].decode('ascii', errors='replace')!r} in the ring")
        try:
            plain = AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(head, table, row_id))
        except (InvalidTag, ValueError):
            raise SealBroken from None
        length = int.from_bytes(plain[:4], "big")
        return json.loads(plain[4 : 4 + length])

    def blinded(self, digest: bytes) -> bytes:
        """A hash that nobody can guess the content of without the current key."""
        return _blinded(self.keys[self.current], digest)

    def is_blinded(self, digest: bytes, seen: bytes) -> bool:
        """Whether `seen` is what any key of the ring made of this digest."""
        return any(hmac.compare_digest(_blinded(key, digest), seen) for key in self.keys.values())


def ring_of(ring: Ring) -> SealRing:
    """The office's sealing keys (services/keys.py), as what seals with them."""
    return SealRing(ring.current.id, {key.id: key.secret for key in ring.all})


def seals(tx: AsyncSession) -> SealRing:
    """The ring of this transaction (services/database.py puts it there)."""
    return cast("SealRing", tx.info[SEALS])


def box_hash(box: bytes) -> str:
    """The hexadecimal SHA-256 by which an event tells of a box: it commits to the content and tells nothing of it."""
    return sha256(box).hexdigest()


def _padded(content: bytes) -> bytes:
    size = max(SMALLEST, 1 << (len(content) + 3).bit_length())
    return (len(content).to_bytes(4, "big") + content).ljust(size, b"\0")


def _bound(head: bytes, table: str, row_id: UUID) -> bytes:
    return b"zhicha seal\0" + head + table.encode() + b"\0" + row_id.bytes


def _blinded(key: bytes, digest: bytes) -> bytes:
    return _keyed(key, b"zhicha blinded content", digest)


def _keyed(key: bytes, purpose: bytes, content: bytes) -> bytes:
    """One use, one key of its own: the sealing key itself only seals."""
    return hmac.digest(hmac.digest(key, purpose, "sha256"), content, "sha256")
