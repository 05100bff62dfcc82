"""A photo comes in: read whole, compared with its digest, looked at, announced, kept. Its row is in arrival.py.

An office that stops between the last two steps leaves a file without a row, and the announcement lets it be swept.
"""

from collections.abc import AsyncIterable, AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.photos import Orphan
from services.access import Actor
from services.photos.arrival import Arrived, place_for
from services.photos.errors import DigestMismatch
from services.photos.ingest import Content, look
from services.photos.store import Incoming, Store


@dataclass(frozen=True)
class Bounds:
    """What the office takes."""

    max_bytes: int
    max_pixels: int


@dataclass(frozen=True)
class Received:
    """Bytes that came whole and are a picture or a voice note; gone unless they are kept."""

    photo_id: UUID
    incoming: Incoming
    content: Content


@asynccontextmanager
async def receive(
    store: Store, chunks: AsyncIterable[bytes], photo_id: UUID, sha256: str | None, bounds: Bounds
) -> AsyncIterator[Received]:
    """No transaction is open meanwhile: a slow phone takes minutes. Without `sha256` the bytes are what they are.

    Raises PhotoTooLarge, DigestMismatch, StoreFailed, and what the look at it raises (ingest.py).
    """
    async with store.receive(chunks, max_bytes=bounds.max_bytes) as incoming:
        if sha256 not in (None, incoming.sha256):
            raise DigestMismatch(incoming.sha256)
        yield Received(photo_id, incoming, await look(incoming.path, max_pixels=bounds.max_pixels))


async def announce(tx: AsyncSession, actor: Actor, received: Received, *, at: datetime) -> None:
    """To be committed before `keep`. Raises what `place_for` raises: what cannot be stored is not kept either."""
    await place_for(tx, actor, received.photo_id, received.incoming.sha256)
    await expect(tx, {received.incoming.sha256}, at=at)


async def expect(tx: AsyncSession, sha256s: Collection[str], *, at: datetime) -> None:
    """Until a row names these bytes they count as orphans, swept after 90 days, should that row never come."""
    given = sa.func.unnest(sa.cast(sorted(sha256s), sa.ARRAY(sa.Text))).column_valued("given")  # one order of locks
    is_named = sa.func.are_bytes_named(given, type_=sa.Boolean)  # by whomever
    unnamed = sa.select(given, sa.literal(at, sa.DateTime(timezone=True))).where(~is_named)
    orphans = insert(Orphan).from_select(["sha256", "orphaned_at"], unnamed)
    await tx.execute(
        orphans.on_conflict_do_update(index_elements=["sha256"], set_={"orphaned_at": orphans.excluded.orphaned_at})
    )


async def keep(store: Store, received: Received) -> Arrived:
    """Durable when it returns. Raises StoreFailed; the bytes must then be sent again."""
    return Arrived(received.photo_id, await store.keep(received.incoming), received.content)
