"""Originals by the first two digits of their SHA-256: so many at a time are held in memory."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col

from models.photos import Photo


async def shelves_of_rows(sessions: async_sessionmaker[AsyncSession]) -> list[str]:
    """The shelves on which originals lie that a photo names, in order."""
    start = sa.func.left(col(Photo.sha256), 2)
    async with sessions.begin() as tx:
        return sorted((await tx.scalars(sa.select(start).distinct())).all())
