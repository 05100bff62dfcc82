"""The store in S3: nothing counts as kept before the service, asked again, has described the very bytes.

Bytes come to a part file in the local folder first: they are looked at there, and S3 wants to know sizes beforehand.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from services.photos.bucket import PART, Bucket, Content, Found
from services.photos.errors import OriginalMissing, StoreFailed
from services.photos.kinds import Derivative, is_whole
from services.photos.local_store import LocalStore
from services.photos.store import SHA256, Incoming, Kept, place_of, summed

SENT_AT_ONCE = 4
"""Photos of one process on their way to S3: each holds a part or two in memory."""
READ_AT_ONCE = 1024 * 1024


class S3Store:
    """The same names as in the local store's folder, below the bucket's prefix."""

    def __init__(self, bucket: Bucket, spool: LocalStore) -> None:
        self.bucket = bucket
        self._spool = spool
        self._gate = asyncio.Semaphore(SENT_AT_ONCE)

    def close(self) -> None:
        """See Store.close."""
        self._spool.close()

    def receive(self, chunks: AsyncIterable[bytes], *, max_bytes: int) -> AbstractAsyncContextManager[Incoming]:
        """See Store.receive."""
        return self._spool.receive(chunks, max_bytes=max_bytes)

    async def keep(self, incoming: Incoming) -> Kept:
        """See Store.keep."""
        name = _original(incoming.sha256)
        async with self.bucket.patient(incoming.size):
            content = await asyncio.to_thread(Content.of, incoming.path)
            found = await self.bucket.head(name)
            if found is not None and await self._holds(found, name, content, incoming.sha256):
                return Kept(incoming.sha256, incoming.size, was_there=True)
            await self._send(name, incoming, content, replace=found is not None)
        return Kept(incoming.sha256, incoming.size, was_there=False)

    async def keep_piece(self, incoming: Incoming) -> str:
        """See Store.keep_piece."""
        name = uuid4().hex
        async with self.bucket.patient(incoming.size):
            content = await asyncio.to_thread(Content.of, incoming.path)
            await self._send(f"pieces/{name}", incoming, content, replace=False)
        return name

    async def read_piece(self, name: str) -> AsyncIterator[bytes]:
        """See Store.read_piece."""
        found = await self.bucket.head(f"pieces/{name}")
        if found is None:
            raise StoreFailed("ENOENT")
        async for piece in self._bytes(f"pieces/{name}", 0, found.size):
            yield piece

    async def drop_pieces(self, names: Sequence[str]) -> None:
        """See Store.drop_pieces."""
        for name in names:
            await self.bucket.delete(f"pieces/{name}")

    async def sweep_pieces(self, *, older_than: datetime) -> int:
        """See Store.sweep_pieces."""
        old = [found.name async for found in self.bucket.names("pieces") if found.touched_at < older_than]
        await self.drop_pieces(old)
        return len(old)

    async def size(self, sha256: str) -> int:
        """See Store.size."""
        found = await self.bucket.head(_original(sha256))
        if found is None:
            raise OriginalMissing(sha256)
        return found.size

    async def read(self, sha256: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """See Store.read."""
        end = await self.size(sha256)
        if length is not None:
            end = min(end, start + length)
        async for piece in self._bytes(_original(sha256), start, end):
            yield piece

    @asynccontextmanager
    async def as_file(self, sha256: str) -> AsyncIterator[Path]:
        """See Store.as_file."""
        async with self._spool.receive(self.read(sha256), max_bytes=await self.size(sha256)) as incoming:
            if incoming.sha256 != sha256:
                raise OriginalMissing(sha256)
            yield incoming.path

    async def get_derivative(self, sha256: str, derivative: Derivative) -> bytes | None:
        """See Store.get_derivative."""
        picture = await self.bucket.get(_derived(sha256, derivative))
        return picture if picture is not None and is_whole(picture) else None

    async def put_derivative(self, sha256: str, derivative: Derivative, picture: bytes) -> None:
        """See Store.put_derivative."""
        await self.bucket.put(_derived(sha256, derivative), picture)

    async def delete_original(self, sha256: str, *, untouched_since: datetime) -> bool:
        """See Store.delete_original. S3 has no lock: who sweeps holds the row that whoever sends again waits for."""
        found = await self.bucket.head(_original(sha256))
        if found is None or found.touched_at >= untouched_since:
            return False
        await self.bucket.delete(_original(sha256))
        for derivative in Derivative:
            await self.bucket.delete(_derived(sha256, derivative))
        return True

    async def shelves(self) -> set[str]:
        """See Store.shelves."""
        return await self.bucket.folders("originals")

    async def originals(self, start: str) -> dict[str, int]:
        """See Store.originals."""
        listed = self.bucket.names(f"originals/{start}")
        return {found.name: found.size async for found in listed if SHA256.fullmatch(found.name)}

    async def sweep_parts(self, *, older_than: datetime) -> int:
        """See Store.sweep_parts."""
        return await self._spool.sweep_parts(older_than=older_than)

    async def read_note(self, name: str) -> bytes | None:
        """See Store.read_note."""
        return await self.bucket.get(f"kept/{name}")

    async def write_note(self, name: str, content: bytes) -> None:
        """See Store.write_note."""
        async with self.bucket.patient():
            await self.bucket.put(f"kept/{name}", content)
            if await self.bucket.get(f"kept/{name}") != content:
                raise StoreFailed("EIO")

    async def check_writable(self, *, room_for: int) -> None:
        """See Store.check_writable: also of the folder where bytes arrive first."""
        await self._spool.check_writable(room_for=room_for)
        name, content = f"probe/{uuid4().hex}", uuid4().bytes
        async with self.bucket.patient():
            await self.bucket.put(name, content)
            if await self.bucket.get(name) != content:
                raise StoreFailed("EIO")
            await self.bucket.delete(name)

    async def _send(self, name: str, incoming: Incoming, content: Content, *, replace: bool) -> None:
        """Durable when it returns: the service has it, and says so when it is asked anew."""
        async with self._gate:
            if content.size > PART:
                await self.bucket.put_parts(name, incoming.path, content.size)
            else:
                await self.bucket.put(name, await asyncio.to_thread(incoming.path.read_bytes), replace=replace)
        found = await self.bucket.head(name)
        if found is None or not await self._holds(found, name, content, incoming.sha256):
            raise StoreFailed("EIO")

    async def _holds(self, found: Found, name: str, content: Content, sha256: str) -> bool:
        """These very bytes. They are read where the service sums up in another way (what it seals by its own key)."""
        if found.size != content.size:
            return False
        if found.etag == content.etag:
            return True
        read, _ = await summed(self._bytes(name, 0, found.size))
        return read == sha256

    async def _bytes(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Range by range: a slow reader holds no connection to S3, and one that breaks costs one range again."""
        while start < end:
            piece = await self.bucket.get_range(name, start, min(READ_AT_ONCE, end - start))
            if not piece:
                raise StoreFailed("ENOENT")
            start += len(piece)
            yield piece


def _original(sha256: str) -> str:
    return f"{place_of('originals', sha256)}/{sha256}"


def _derived(sha256: str, derivative: Derivative) -> str:
    return f"{place_of('derived', sha256)}/{sha256}.{derivative.value}.jpg"
