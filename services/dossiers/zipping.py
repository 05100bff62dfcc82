"""A zip as a stream: the same dossier is the same bytes, and no more of it is in memory than two hops' pieces."""

import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from itertools import takewhile
from typing import IO

from services.photos.errors import OriginalMissing
from services.photos.store import Store
from services.threads import in_thread

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
    duration_s: float | None = None  # of a voice note


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


async def zipped(store: Store, dossier: Dossier) -> AsyncGenerator[bytes]:
    """The file in pieces, stored and not compressed: pictures do not shrink, and no library's version shows.

    The next pieces are read and hashed while these are sent: a processor that waits for the network makes nothing.
    Raises OriginalMissing where an original is not the bytes it should be: the file then ends before its end, and
    nobody can take it for whole.
    """
    async with aclosing(_written(store, dossier)) as hops:
        under_way = asyncio.create_task(_next(hops))
        try:
            while (pieces := await under_way) is not None:
                under_way = asyncio.create_task(_next(hops))
                for piece in pieces:
                    yield piece
        finally:
            under_way.cancel()  # the reader hung up; a thread that still writes into the zip is waited for
            await asyncio.wait([under_way])


async def _next(hops: AsyncIterator[list[bytes]]) -> list[bytes] | None:
    return await anext(hops, None)


async def _written(store: Store, dossier: Dossier) -> AsyncGenerator[list[bytes]]:
    """What the zip is, in the pieces of one hop each."""
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:
        for name, content in dossier.parts:
            archive.writestr(_entry(name, len(content)), content)
        yield outbox.taken()
        for original in dossier.originals:
            found = hashlib.sha256()
            async with store.as_file(original.sha256) as path:
                with path.open("rb", 0) as source, archive.open(_entry(original.path, original.bytes), "w") as entry:
                    while pieces := await in_thread(None, _read, source):
                        async with asyncio.TaskGroup() as both:  # on two processors, where there are two
                            both.create_task(in_thread(None, _feed, pieces, found.update))
                            both.create_task(in_thread(None, _feed, pieces, entry.write))
                        yield outbox.taken()
            if found.hexdigest() != original.sha256:
                raise OriginalMissing(original.sha256)
    yield outbox.taken()


def _read(source: IO[bytes]) -> list[bytes]:
    """Some pieces; none at the end."""
    return list(takewhile(bool, (source.read(PIECE) for _ in range(A_HOP))))


def _feed(pieces: list[bytes], taker: Callable[[bytes], object]) -> None:
    for piece in pieces:
        taker(piece)


def _entry(path: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, LONG_AGO)
    entry.create_system, entry.external_attr, entry.file_size = 3, 0o100644 << 16, size
    return entry
