"""Industries 行业领域: the regulatory classes, as the catalogue lists them."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.industries import Industry
from services.paging import Key, Order, Slice, slice_of

BY_POSITION = Order((col(Industry.position), col(Industry.code)))


async def list_industries(tx: AsyncSession, *, after: Key | None, limit: int) -> Slice[Industry]:
    """All industries in the catalogue's order; no secret, so anybody who has signed in may read them."""
    query = sa.select(Industry)
    return await slice_of(tx, query, BY_POSITION, lambda i: (i.position, i.code), after=after, limit=limit)
