"""What hangs on an enterprise follows it: to another region, and into the one that it is merged into."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise, EnterpriseIndustry
from models.findings import Finding
from models.inspections import Inspection
from models.photos import PhotoUse
from models.visits import Visit
from models.words import EnterpriseStatus, EventKind
from services import events
from services.access import Actor
from services.enterprises.indexing import index_again
from services.enterprises.queries import industries_of
from services.statistics import recounted


async def take_records_along(tx: AsyncSession, enterprise_id: UUID, to: Enterprise) -> None:
    """Whoever answers for `to` sees what was found there; what was counted moves with it.

    Locked from the visit down to the photo, as reports do. Orders keep the enterprise and the region they were issued
    for: they are never changed, and are seen with their enterprise (services/access.py).
    """
    for table in (Visit, Inspection):
        await _move(tx, table, enterprise_id, to)
    of_it = sa.select(Finding).where(col(Finding.enterprise_id) == enterprise_id).order_by(col(Finding.id))
    locked = of_it.with_for_update(key_share=True).execution_options(populate_existing=True)
    for finding in (await tx.scalars(locked)).all():
        finding.enterprise_id = to.id
        with recounted(tx, finding):
            finding.region = to.region
    await tx.flush()
    await _move(tx, PhotoUse, enterprise_id, to)


async def take_in_along(
    tx: AsyncSession, actor: Actor, keeper: Enterprise, trades: frozenset[str], *, at: datetime
) -> None:
    """What was merged into an enterprise is its past: it lies where the enterprise does, in its trades."""
    past = sa.select(Enterprise).where(col(Enterprise.merged_into) == keeper.id).order_by(col(Enterprise.id))
    rows = (await tx.scalars(past.with_for_update(key_share=True).execution_options(populate_existing=True))).all()
    await put_with(tx, actor, keeper, trades, rows, EventKind.ENTERPRISE_CHANGED, at=at)


async def put_with(
    tx: AsyncSession,
    actor: Actor,
    keeper: Enterprise,
    trades: frozenset[str],
    rows: Sequence[Enterprise],
    kind: EventKind,
    *,
    at: datetime,
    note: str | None = None,
) -> None:
    """Rows that point at the keeper, locked, and are seen with it from now on."""
    were = await industries_of(tx, [row.id for row in rows])
    for row in rows:
        was = frozenset(were.get(row.id, ()))
        before = {**events.snapshot(row), "industries": sorted(was)}
        row.status, row.merged_into, row.region = EnterpriseStatus.MERGED, keeper.id, keeper.region
        row.version += 1
        await tx.flush()
        await relink(tx, row.id, was, trades)
        await index_again(tx, row)
        events.record(tx, actor, kind, row, before=before, beside={"industries": sorted(trades)}, at=at, note=note)
    await tx.flush()


async def relink(tx: AsyncSession, enterprise_id: UUID, before: frozenset[str], after: frozenset[str]) -> None:
    """Put an enterprise into these industries instead of those."""
    link = EnterpriseIndustry
    if before - after:
        gone = col(link.industry).in_(sorted(before - after))
        await tx.execute(sa.delete(link).where(col(link.enterprise_id) == enterprise_id, gone))
    if after - before:
        new = [{"enterprise_id": enterprise_id, "industry": code} for code in sorted(after - before)]
        await tx.execute(sa.insert(link), new)


async def _move(
    tx: AsyncSession, table: type[Visit] | type[Inspection] | type[PhotoUse], enterprise_id: UUID, to: Enterprise
) -> None:
    # A held report's photos have no region until it is accepted: they are not shown by moving house.
    has_region = col(table.region).is_not(None)
    moved = sa.update(table).where(col(table.enterprise_id) == enterprise_id, has_region)
    place = {"enterprise_id": to.id, "region": to.region}
    await tx.execute(moved.values(place).execution_options(synchronize_session=False))
