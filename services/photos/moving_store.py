"""Two stores while an office moves from one to the other: all that comes goes to the new one, reading asks both.

What a record names is in the new store or still in the old one, at every moment (decision 0025).
"""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from services.photos.errors import OriginalMissing, StoreFailed
from services.photos.kinds import Derivative
from services.photos.store import Incoming, Kept, Store


class MovingStore:
    """A Store; `new` and `old` are for whoever carries things over."""

    def __init__(self, new: Store, old: Store) -> None:
        self.new = new
        self.old = old

    def close(self) -> None:
        """See Store.close."""
        self.new.close()
        self.old.close()

    def receive(self, chunks: AsyncIterable[bytes], *, max_bytes: int) -> AbstractAsyncContextManager[Incoming]:
        """See Store.receive."""
        return self.new.receive(chunks, max_bytes=max_bytes)

    async def keep(self, incoming: Incoming) -> Kept:
        """See Store.keep."""
        return await self.new.keep(incoming)

    async def keep_piece(self, incoming: Incoming) -> str:
        """See Store.keep_piece."""
        return await self.new.keep_piece(incoming)

    async def read_piece(self, name: str) -> AsyncIterator[bytes]:
        """See Store.read_piece: nobody moves pieces, they are too short-lived."""
        pieces = self.new.read_piece(name)
        try:
            first = await anext(pieces, b"")
        except StoreFailed:
            pieces, first = self.old.read_piece(name), b""
        yield first
        async for piece in pieces:
            yield piece

    async def drop_pieces(self, names: Sequence[str]) -> None:
        """See Store.drop_pieces."""
        await self.old.drop_pieces(names)
        await self.new.drop_pieces(names)

    async def sweep_pieces(self, *, older_than: datetime) -> int:
        """See Store.sweep_pieces."""
        swept = await self.old.sweep_pieces(older_than=older_than)
        return swept + await self.new.sweep_pieces(older_than=older_than)

    async def size(self, sha256: str) -> int:
        """See Store.size."""
        try:
            return await self.new.size(sha256)
        except StoreFailed as failed:  # it may be there and only not be told now
            return await self._old_size(sha256, failed)
        except OriginalMissing as missing:
            return await self._old_size(sha256, missing)

    async def read(self, sha256: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """See Store.read."""
        async for piece in (await self._that_has(sha256)).read(sha256, start, length):
            yield piece

    @asynccontextmanager
    async def as_file(self, sha256: str) -> AsyncIterator[Path]:
        """See Store.as_file."""
        async with AsyncExitStack() as held:
            yield await held.enter_async_context((await self._that_has(sha256)).as_file(sha256))

    async def get_derivative(self, sha256: str, derivative: Derivative) -> bytes | None:
        """See Store.get_derivative."""
        picture = await self.old.get_derivative(sha256, derivative)
        return picture if picture is not None else await self.new.get_derivative(sha256, derivative)

    async def put_derivative(self, sha256: str, derivative: Derivative, picture: bytes) -> None:
        """See Store.put_derivative."""
        await self.new.put_derivative(sha256, derivative, picture)

    async def delete_original(self, sha256: str, *, untouched_since: datetime) -> bool:
        """See Store.delete_original."""
        was_new = await self.new.delete_original(sha256, untouched_since=untouched_since)
        return await self.old.delete_original(sha256, untouched_since=untouched_since) or was_new

    async def shelves(self) -> set[str]:
        """See Store.shelves."""
        return await self.old.shelves() | await self.new.shelves()

    async def originals(self, start: str) -> dict[str, int]:
        """See Store.originals."""
        return {**await self.old.originals(start), **await self.new.originals(start)}

    async def sweep_parts(self, *, older_than: datetime) -> int:
        """See Store.sweep_parts: one folder for both."""
        return await self.new.sweep_parts(older_than=older_than)

    async def read_note(self, name: str) -> bytes | None:
        """See Store.read_note."""
        note = await self.new.read_note(name)
        return note if note is not None else await self.old.read_note(name)

    async def write_note(self, name: str, content: bytes) -> None:
        """See Store.write_note."""
        await self.new.write_note(name, content)

    async def check_writable(self, *, room_for: int) -> None:
        """See Store.check_writable."""
        await self.new.check_writable(room_for=room_for)

    async def _old_size(self, sha256: str, error: StoreFailed | OriginalMissing) -> int:
        try:
            return await self.old.size(sha256)
        except OriginalMissing:
            raise error from None

    async def _that_has(self, sha256: str) -> Store:
        """Raises OriginalMissing, or StoreFailed where the new one may have it."""
        try:
            await self.new.size(sha256)
        except (StoreFailed, OriginalMissing) as error:
            await self._old_size(sha256, error)
            return self.old
        return self.new
