"""What makes an enterprise findable, written with it: pairs of its name's characters, its keys, its cells."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise, GridCell, NameBigram, SearchKey
from services.rules.grid import cells_of
from services.rules.names import bigrams
from services.rules.places import Datum, Place, to_wgs84
from services.rules.search_keys import keys_of

Findable = tuple[object, ...]


def findable(row: Enterprise) -> Findable:
    """All of an enterprise that its index rests on: a change that leaves it alone leaves the index alone."""
    return (
        *(row.name_normal, row.region, row.uscc, row.principal_phone, row.safety_manager_phone),
        *(row.lon, row.lat, row.crs),
    )


async def index(tx: AsyncSession, rows: Sequence[Enterprise]) -> None:
    """Make enterprises findable that are not yet."""
    pairs = [
        {"bigram": pair, "region": row.region, "enterprise_id": row.id}
        for row in rows
        for pair in sorted(bigrams(row.name))
    ]
    keys = [
        {"key": key, "region": row.region, "enterprise_id": row.id}
        for row in rows
        for key in sorted(keys_of(row.name, row.uscc, [row.principal_phone, row.safety_manager_phone]))
    ]
    cells = [cell for row in rows for cell in _cells(row)]
    if pairs:
        await tx.execute(sa.insert(NameBigram), pairs)
    if keys:
        await tx.execute(sa.insert(SearchKey), keys)
    if cells:
        await tx.execute(sa.insert(GridCell), cells)


async def index_again(tx: AsyncSession, row: Enterprise) -> None:
    """Make a changed enterprise findable by what it is now, and by nothing else."""
    for table in (NameBigram, SearchKey, GridCell):
        await tx.execute(sa.delete(table).where(col(table.enterprise_id) == row.id))
    await index(tx, [row])


def _cells(row: Enterprise) -> list[dict[str, object]]:
    if row.lon is None or row.lat is None or row.crs is None:
        return []
    place = Place(row.lon, row.lat, Datum(row.crs.value))
    lon, lat = to_wgs84(place)
    here = {"region": row.region, "enterprise_id": row.id, "lon": lon, "lat": lat}
    return [{"cell": cell, **here} for cell in cells_of(place)]
