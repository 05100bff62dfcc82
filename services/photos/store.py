"""What keeps photo bytes: one interface for a local folder and for S3."""

import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from services.photos.kinds import Derivative

SHA256 = re.compile(r"[0-9a-f]{64}")


def place_of(room: str, sha256: str) -> str:
    """The folder of what is named by a SHA-256; the same in every store. Raises ValueError for a strange name."""
    if not SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 in lower-case hex")
    return f"{room}/{sha256[:2]}/{sha256[2:4]}"


class Incoming(Protocol):
    """Bytes that have arrived whole and are not kept yet; gone at the end of `receive` unless `keep` was called."""

    @property
    def sha256(self) -> str:
        """Lower-case hex of all bytes."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def path(self) -> Path:
        """The file for whoever must look at the content before it is kept."""


async def summed(pieces: AsyncIterable[bytes]) -> tuple[str, int]:
    """SHA-256 and length of what is read piece by piece. Raises what the reading raises."""
    found, count = hashlib.sha256(), 0
    async for piece in pieces:
        found.update(piece)
        count += len(piece)
    return found.hexdigest(), count


@dataclass(frozen=True)
class Kept:
    """Bytes that survive a power cut from now on."""

    sha256: str
    size: int
    was_there: bool


class Store(Protocol):
    """Originals by SHA-256, never changed; derivatives beside them, which may be lost and made again.

    Every method may raise StoreFailed, or StoreFull where there is no room.
    """

    def close(self) -> None:
        """Wait for running calls and let go."""

    def receive(self, chunks: AsyncIterable[bytes], *, max_bytes: int) -> AbstractAsyncContextManager[Incoming]:
        """Write the stream to a part file while hashing it; raises PhotoTooLarge at the first byte too many."""

    async def keep(self, incoming: Incoming) -> Kept:
        """Durable when it returns. After an error the bytes are gone and must be sent again."""

    async def keep_piece(self, incoming: Incoming) -> str:
        """A part of a photo that is still on its way, under the name that is given back. Durable when it returns."""

    def read_piece(self, name: str) -> AsyncIterator[bytes]:
        """The bytes of a piece; raises StoreFailed where it is gone."""

    async def drop_pieces(self, names: Sequence[str]) -> None:
        """Quiet about those that are gone."""

    async def sweep_pieces(self, *, older_than: datetime) -> int:
        """Remove pieces whose upload ended or expired long ago; how many."""

    async def size(self, sha256: str) -> int:
        """Bytes of an original; raises OriginalMissing."""

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes [start, start + length) of an original in pieces; raises OriginalMissing at the first piece."""

    def as_file(self, sha256: str) -> AbstractAsyncContextManager[Path]:
        """The original as a local file to read while the context lasts; raises OriginalMissing."""

    async def get_derivative(self, sha256: str, derivative: Derivative) -> bytes | None:
        """The made picture, or None if it is not there or was cut by a power failure."""

    async def put_derivative(self, sha256: str, derivative: Derivative, picture: bytes) -> None:
        """Whole or not at all, but not durable: it can be made again."""

    async def delete_original(self, sha256: str, *, untouched_since: datetime) -> bool:
        """For the sweep of orphans alone. False, and nothing deleted, if the content was sent again since then."""

    async def shelves(self) -> set[str]:
        """The first two hex digits of all originals."""

    async def originals(self, start: str) -> dict[str, int]:
        """SHA-256 and bytes of all originals whose SHA-256 starts with these two hex digits."""

    async def sweep_parts(self, *, older_than: datetime) -> int:
        """Remove what broken uploads left behind; how many files."""

    async def read_note(self, name: str) -> bytes | None:
        """A small private note of the office's own that lies outside the database, None where there is none."""

    async def write_note(self, name: str, content: bytes) -> None:
        """The note from now on: whole or as it was before, and on disk when it returns."""

    async def check_writable(self, *, room_for: int) -> None:
        """Raises StoreFailed, or StoreFull with less room than `room_for` bytes."""
