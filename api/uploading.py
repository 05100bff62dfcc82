"""Bytes of an upload come in: read without a connection, kept, counted; the last ones make the photo.

What came before a link dropped is kept, and the phone goes on from there.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

import sqlalchemy.exc
from starlette.requests import ClientDisconnect, Request

from api.bodies import drain
from api.deps import Acting
from api.office import Office
from models.uploads import UploadEnd
from services.errors import DomainError, Unavailable
from services.photos import storing
from services.photos.arrival import arrive
from services.photos.errors import StoreFailed
from services.photos.store import Incoming
from services.rules.tus import Checksum
from services.uploads import appending
from services.uploads.appending import WRITES_FOR, Claim
from services.uploads.errors import ChecksumMismatch

STANDS_STILL_SECONDS = WRITES_FOR.total_seconds() / 2
RENEWED_EVERY_SECONDS = WRITES_FOR.total_seconds() / 3


async def drop_pieces(office: Office, names: Sequence[str]) -> None:
    """Of an upload that has ended. What cannot be dropped now is swept one day, and ends nobody's call badly."""
    with suppress(StoreFailed):
        await office.store.drop_pieces(names)


@dataclass
class Uploading:
    """One call that appends to an upload which it has claimed."""

    office: Office
    acting: Acting
    claimed: Claim
    checksum: Checksum | None
    was_cut: bool = field(default=False, init=False)

    async def take(self, request: Request) -> int:
        """The offset after this call. Raises what services and store raise, and ClientDisconnect after a cut."""
        stream = request.stream()
        async with aclosing(stream), aclosing(self._read(stream)) as chunks:
            try:
                async with self.office.store.receive(chunks, max_bytes=self.claimed.left) as incoming:
                    offset = await self._keep(incoming)
            except DomainError:
                await self._release()
                await drain(stream)
                raise
            except BaseException:
                await self._release()
                raise
        if self.was_cut:
            raise ClientDisconnect
        return offset

    async def _read(self, stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """Until the end, or until the phone is gone or stands still. Raises ChecksumMismatch."""
        hashed = hashlib.new(self.checksum.algorithm, usedforsecurity=False) if self.checksum else None
        renewed = time.monotonic()
        while (chunk := await self._next(stream)) is not None:
            if hashed is not None:
                hashed.update(chunk)
            if time.monotonic() - renewed > RENEWED_EVERY_SECONDS:
                async with self.acting() as (tx, _):
                    await appending.renew(tx, self.claimed, at=self.office.now())
                renewed = time.monotonic()
            yield chunk
        if self.checksum and hashed and hashed.digest() != self.checksum.digest:
            raise ChecksumMismatch

    async def _next(self, stream: AsyncIterator[bytes]) -> bytes | None:
        try:
            async with asyncio.timeout(STANDS_STILL_SECONDS):
                return await anext(stream, None)
        except (ClientDisconnect, TimeoutError):
            self.was_cut = True
            return None

    async def _keep(self, incoming: Incoming) -> int:
        """A piece that is not counted in the end, because its writer was too slow, is swept one day."""
        if not incoming.size and self.claimed.left:
            await self._release()
            return self.claimed.offset
        whole = incoming.size == self.claimed.left
        name = await self.office.store.keep_piece(incoming)
        if whole:
            await self._finish([*self.claimed.pieces, name])
            return self.claimed.offset + incoming.size
        async with self.acting() as (tx, _):
            return await appending.append(tx, self.claimed, name, incoming.size)

    async def _finish(self, names: Sequence[str]) -> None:
        """All bytes are here. Where the store or the database fails now, the last piece is sent again."""
        try:
            await self._join(names)
        except Unavailable:
            raise
        except DomainError:
            async with self.acting() as (tx, _):
                await appending.end(tx, self.claimed, UploadEnd.REFUSED)
            await drop_pieces(self.office, names)
            raise
        await drop_pieces(self.office, names)

    async def _join(self, names: Sequence[str]) -> None:
        store, settings = self.office.store, self.office.settings
        bounds = storing.Bounds(settings.photo_max_bytes, settings.photo_max_pixels)
        async with self.office.joins, aclosing(self._joined(names)) as chunks:
            into = storing.receive(store, chunks, self.claimed.photo_id, self.claimed.sha256, bounds)
            async with into as received:
                async with self.acting() as (tx, actor):
                    await storing.announce(tx, actor, received, at=self.office.now())
                arrived = await storing.keep(store, received)
                async with self.acting() as (tx, actor):
                    await appending.end(tx, self.claimed, UploadEnd.STORED)
                    await arrive(tx, actor, arrived, at=self.office.now())

    async def _joined(self, names: Sequence[str]) -> AsyncGenerator[bytes]:
        for name in names:
            async for chunk in self.office.store.read_piece(name):
                yield chunk

    async def _release(self) -> None:
        # Without a database, or for somebody signed out meanwhile, the claim ends by itself.
        with suppress(DomainError, sqlalchemy.exc.DBAPIError):
            async with self.acting() as (tx, _):
                await appending.release(tx, self.claimed)
