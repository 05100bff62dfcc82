"""Originals are carried from the folder to S3 while the office works on both (decision 0025); repeated, it goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col

from models.photos import Photo
from services.photos.errors import OriginalMissing
from services.photos.kinds import Derivative
from services.photos.moving_store import MovingStore
from services.photos.shelves import shelves_of_rows
from services.photos.store import Store

TELLS_EVERY = 16
"""Shelves, of which there are 256."""


@dataclass
class Carried:
    """What came over, what was there already, and what cannot come."""

    copied: int = 0
    there: int = 0
    rotten: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """The new store has all that any row names."""
        return not self.rotten and not self.missing


async def carry(
    stores: MovingStore, sessions: async_sessionmaker[AsyncSession], tell: Callable[[int, int], None]
) -> Carried:
    """Every original of the old store, each hashed on its way; then every row is held against the new store.

    `tell` hears now and then how many hundredths are done, and how many were copied. Raises StoreFailed.
    """
    carried, shelves = Carried(), sorted(await stores.old.shelves())
    for number, start in enumerate(shelves, start=1):
        old, new = await stores.old.originals(start), await stores.new.originals(start)
        for sha256, size in sorted(old.items()):
            if new.get(sha256) == size:
                carried.there += 1
            elif await _copy(stores, sha256, size):
                carried.copied += 1
            else:
                carried.rotten.append(sha256)
        if number % TELLS_EVERY == 0:
            tell(number * 100 // len(shelves), carried.copied)
    for start in await shelves_of_rows(sessions):
        carried.missing += await _missing(stores.new, sessions, start)
    return carried


async def carry_note(stores: MovingStore, name: str) -> None:
    """Before anybody works on both: what the folder says of the office is the newest."""
    note = await stores.old.read_note(name)
    if note is not None:
        await stores.new.write_note(name, note)


async def _copy(stores: MovingStore, sha256: str, size: int) -> bool:
    """False where the bytes are no longer themselves. One that was swept meanwhile is nobody's."""
    try:
        async with stores.new.receive(stores.old.read(sha256), max_bytes=size) as incoming:
            if incoming.sha256 != sha256:
                return False
            await stores.new.keep(incoming)
    except OriginalMissing:
        return True
    for derivative in Derivative:
        picture = await stores.old.get_derivative(sha256, derivative)
        if picture is not None:
            await stores.new.put_derivative(sha256, derivative, picture)
    return True


async def _missing(store: Store, sessions: async_sessionmaker[AsyncSession], start: str) -> list[str]:
    """Rows first: what comes while the store is listed is in the list, or not yet in the rows."""
    async with sessions.begin() as tx:
        named = await tx.scalars(sa.select(col(Photo.sha256)).where(col(Photo.sha256).startswith(start)).distinct())
        wanted = set(named.all())
    return sorted(wanted - (await store.originals(start)).keys()) if wanted else []
