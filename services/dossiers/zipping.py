"""A zip as a stream: the same dossier is the same bytes, and no more of it is in memory than one hop's pieces."""

import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO

from services.photos.errors import OriginalMissing
from services.photos.store import Store

PIECE = 512 * 1024
A_HOP = 8
"""Pieces that one hop to a thread and back takes along: most photos are one hop."""
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The one time in every entry: when the file was made is no part of what it proves."""


@dataclass(frozen=True)
class Original:
    """A photo that is taken from the store while the file is sent."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Dossier:
    """What the file is called, its small parts, and its photos; in the order in which they stand in it."""

    name: str
    parts: tuple[tuple[str, bytes], ...]
    originals: tuple[Original, ...]


class _Outbox(io.RawIOBase):
    """Takes what the zip writes and gives it on; never seeks."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._waiting.append(piece)
        return len(piece)

    def taken(self) -> list[bytes]:
        """What was written since the last time; not joined, for a copy of every photo would cost as much as its CRC."""
        waiting, self._waiting = self._waiting, []
        return waiting


async def zipped(store: Store, dossier: Dossier) -> AsyncIterator[bytes]:
    """The file in pieces, stored and not compressed: pictures do not shrink, and no library's version shows.

    Raises OriginalMissing where an original is not the bytes it should be: the file then ends before its end, and
    nobody can take it for whole.
    """
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:
        for name, content in dossier.parts:
            archive.writestr(_entry(name, len(content)), content)
            for piece in outbox.taken():
                yield piece
        for original in dossier.originals:
            found = hashlib.sha256()
            async with store.as_file(original.sha256) as path:
                with path.open("rb", 0) as source, archive.open(_entry(original.path, original.bytes), "w") as entry:
                    is_whole = False
                    while not is_whole:
                        is_whole = await asyncio.to_thread(_copy, source, entry, found)
                        for piece in outbox.taken():
                            yield piece
            if found.hexdigest() != original.sha256:
                raise OriginalMissing(original.sha256)
    for piece in outbox.taken():
        yield piece


def _copy(source: IO[bytes], entry: IO[bytes], found: "hashlib._Hash") -> bool:
    """Some pieces on their way, each hashed and summed while the processor still has it; whether it was the last."""
    for _ in range(A_HOP):
        piece = source.read(PIECE)
        if not piece:
            return True
        found.update(piece)
        entry.write(piece)
    return False


def _entry(path: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, LONG_AGO)
    entry.create_system, entry.external_attr, entry.file_size = 3, 0o100644 << 16, size
    return entry
