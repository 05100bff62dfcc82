"""Questions to the inspections: one, one of its versions, and the list."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.findings import Finding
from models.inspections import Inspection, InspectionVersion, InspectionVersionRead
from models.photos import PhotoUse
from models.users import User
from models.words import InspectionKind, InspectionState
from services.access import Actor, Deed, get_for, sees_inspection
from services.errors import NotFound
from services.inspections.parsing import read_object
from services.paging import Key, Order, Slice, slice_of
from services.photos.naming import is_missing
from services.readings import tell
from services.rules.clocks import SHANGHAI
from services.rules.codes import region_range

NEWEST_FIRST = Order((col(Inspection.arrived_at), col(Inspection.id)), descending=True)


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; None asks nothing. Days are legal days of the arrival, the last one included."""

    enterprise_id: UUID | None = None
    region: str | None = None
    kind: InspectionKind | None = None
    state: InspectionState | None = None
    first_day: date | None = None
    last_day: date | None = None
    missing_photos: bool | None = None
    mine: bool | None = None


async def get(tx: AsyncSession, actor: Actor, inspection_id: UUID) -> Inspection:
    """One inspection. Raises NotFound."""
    tell(tx, 1)
    return await get_for(tx, actor, Inspection, inspection_id)


async def get_version(tx: AsyncSession, actor: Actor, inspection_id: UUID, version: int) -> InspectionVersionRead:
    """What had been sent by then: the newest report or amendment up to that version. Raises NotFound, NotAllowed."""
    inspection = await get(tx, actor, inspection_id)
    actor.require(Deed.REPORT_INSPECTION, Deed.PATROL, Deed.RESOLVE_HELD)
    if not 1 <= version <= inspection.version:
        raise NotFound
    query = (
        sa.select(InspectionVersion, col(User.name))
        .join(User, col(User.id) == col(InspectionVersion.sent_by))
        .where(col(InspectionVersion.inspection_id) == inspection.id, col(InspectionVersion.version) <= version)
    )
    row, name = (await tx.execute(query.order_by(col(InspectionVersion.version).desc()).limit(1))).one()
    return InspectionVersionRead(
        id=inspection.id,
        version=row.version,
        report=read_object(row.raw),
        report_sha256=row.sha256.hex(),
        reason=row.reason,
        sent_by=row.sent_by,
        sent_by_name=name,
        received_at=row.received_at,
    )


async def list_inspections(
    tx: AsyncSession, actor: Actor, filters: Filters, *, after: Key | None, limit: int
) -> Slice[Inspection]:
    """Inspections in sight, the latest arrival first."""
    query = sa.select(Inspection).where(sees_inspection(actor), *_asked(actor, filters))
    return await slice_of(tx, query, NEWEST_FIRST, lambda row: (row.arrived_at, row.id), after=after, limit=limit)


def _asked(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if filters.enterprise_id is not None:
        asked.append(col(Inspection.enterprise_id) == filters.enterprise_id)
    if filters.region is not None:
        first, past = region_range(filters.region)
        asked += [col(Inspection.region) >= first, col(Inspection.region) < past]
    if filters.kind is not None:
        asked.append(col(Inspection.kind) == filters.kind)
    if filters.state is not None:
        asked.append(col(Inspection.state) == filters.state)
    if filters.first_day is not None:
        asked.append(col(Inspection.arrived_at) >= _midnight(filters.first_day))
    if filters.last_day is not None:
        asked.append(col(Inspection.arrived_at) < _midnight(filters.last_day + timedelta(days=1)))
    if filters.missing_photos is not None:
        misses = sa.exists().where(col(PhotoUse.inspection_id) == col(Inspection.id), is_missing())
        asked.append(misses if filters.missing_photos else ~misses)
    if filters.mine is not None:
        own = col(Inspection.submitted_by) == actor.id
        asked.append(own if filters.mine else ~own)
    return asked


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


async def counts(tx: AsyncSession, ids: Collection[UUID]) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Findings, and missing photos, by inspection."""
    found = sa.select(col(Finding.inspection_id), sa.func.count()).where(col(Finding.inspection_id).in_(ids))
    findings = (await tx.execute(found.group_by(col(Finding.inspection_id)))).all()
    photo = sa.func.count(sa.distinct(col(PhotoUse.photo_id)))
    missed = sa.select(col(PhotoUse.inspection_id), photo).where(col(PhotoUse.inspection_id).in_(ids), is_missing())
    missing = (await tx.execute(missed.group_by(col(PhotoUse.inspection_id)))).all()
    return dict(findings), {i: count for i, count in missing if i is not None}
