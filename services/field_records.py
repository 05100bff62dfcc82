"""The records of a field pack, as its holder sees them at this moment."""

import inspect
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

import models.enterprises
from models import words
from models.calendars import CalendarDay, CalendarYear
from models.checklists import Checklist, ChecklistDetailRead, ChecklistItem
from models.enterprises import Enterprise, EnterpriseRead
from models.field_pack import (
    CalendarDayRead,
    FieldCalendarRead,
    FieldFindingRead,
    FieldGateCodeRead,
    FieldLabelsRead,
    FieldLimitRead,
    LabelRead,
)
from models.findings import OPEN, Finding
from models.gate_codes import GateCode
from models.industries import Industry, IndustryRead
from models.limits import LimitRead, LimitRule
from models.photos import Photo, PhotoUse
from models.regions import RegionRead
from services import checklists, enterprises, regions
from services.access import Actor, sees, sees_gate_code, takes_hold
from services.gate_codes import IN_FORCE

SOME = 2000
"""Enterprises worked out at a time: a statement takes 65,535 parameters at most."""
FINGERPRINT_HEX = 8
"""Enough to tell thousands of gates apart, and too little to find an upper system's short code by trying."""


async def enterprises_of(tx: AsyncSession, actor: Actor) -> AsyncIterator[EnterpriseRead]:
    """The register of the holder's area and trades; what was merged is gone, and is no place to visit."""
    seen = sa.select(Enterprise).where(sees(actor, Enterprise), col(Enterprise.merged_into).is_(None))
    seen = seen.order_by(col(Enterprise.id))
    rows = (await tx.scalars(seen)).all()
    for start in range(0, len(rows), SOME):
        for enterprise in await enterprises.shown(tx, actor, rows[start : start + SOME]):
            yield enterprise


async def findings_of(tx: AsyncSession, actor: Actor) -> list[FieldFindingRead]:
    """What is still to be cured or looked at again, with its pictures' addresses."""
    open_ones = sa.and_(sees(actor, Finding), col(Finding.state).in_(sorted(OPEN)))
    rows = (await tx.scalars(sa.select(Finding).where(open_ones).order_by(col(Finding.id)))).all()
    thumbs: defaultdict[UUID | None, list[str]] = defaultdict(list)
    for finding_id, photo_id in (await tx.execute(_PICTURES.where(open_ones))).all():
        thumbs[finding_id].append(f"/api/v1/photos/{photo_id}/image?size=thumb")
    names = FieldFindingRead.model_fields.keys() - {"thumbs"}
    return [FieldFindingRead(**row.model_dump(include=names), thumbs=thumbs[row.id]) for row in rows]


async def gate_codes_of(tx: AsyncSession, actor: Actor) -> list[FieldGateCodeRead]:
    """The codes in force, each with the enterprise that it leads to now (decision 0023)."""
    was = aliased(Enterprise)
    told: sa.Select[*tuple[Any, ...]] = sa.select(
        col(GateCode.id), col(GateCode.qr_sha256), col(Enterprise.id).label("enterprise_id")
    )
    told = told.join(was, col(was.id) == col(GateCode.enterprise_id))
    told = told.join(Enterprise, col(Enterprise.id) == sa.func.coalesce(col(was.merged_into), col(was.id)))
    told = told.where(IN_FORCE, sees_gate_code(actor), sees(actor, Enterprise)).order_by(col(GateCode.id))
    return [
        FieldGateCodeRead(id=row.id, fingerprint=row.qr_sha256[:FINGERPRINT_HEX], enterprise_id=row.enterprise_id)
        for row in await tx.execute(told)
    ]


async def checklists_of(tx: AsyncSession, today: date) -> list[ChecklistDetailRead]:
    """The version of each list that holds today, with its items."""
    rows = (await tx.scalars(sa.select(Checklist).where(checklists.holds(today)).order_by(col(Checklist.code)))).all()
    items: defaultdict[tuple[str, int], list[ChecklistItem]] = defaultdict(list)
    for item in await tx.scalars(sa.select(ChecklistItem).order_by(col(ChecklistItem.position))):
        items[item.checklist, item.version].append(item)
    return [ChecklistDetailRead.with_items(row, items[row.code, row.version]) for row in rows]


async def industries_of(tx: AsyncSession) -> list[IndustryRead]:
    """All of them."""
    return [IndustryRead.of(row) for row in await tx.scalars(sa.select(Industry).order_by(col(Industry.code)))]


async def regions_of(tx: AsyncSession, actor: Actor) -> list[RegionRead]:
    """The holder's area and what lies in it."""
    return [regions.shown(row) for row in await regions.within_sight(tx, actor)]


async def limits_of(tx: AsyncSession) -> list[FieldLimitRead]:
    """Every period of every rule: a phone judges a deadline by the visit's own day."""
    rows = await tx.scalars(sa.select(LimitRule).order_by(col(LimitRule.id), col(LimitRule.valid_from)))
    return [FieldLimitRead(**LimitRead.of(row).model_dump(), key=f"{row.id}@{row.valid_from}") for row in rows]


async def calendars_of(tx: AsyncSession) -> list[FieldCalendarRead]:
    """The published years."""
    days: defaultdict[int, list[CalendarDayRead]] = defaultdict(list)
    for row in await tx.scalars(sa.select(CalendarDay).order_by(col(CalendarDay.day))):
        days[row.day.year].append(CalendarDayRead(day=row.day, kind=row.kind, name=row.name))
    years = await tx.scalars(sa.select(CalendarYear).order_by(col(CalendarYear.year)))
    return [FieldCalendarRead(year=row.year, source=row.source, days=days[row.year]) for row in years]


def _labels() -> list[FieldLabelsRead]:
    """The office's words, and those that an enterprise alone has."""
    kinds = {**dict(inspect.getmembers(words)), **dict(inspect.getmembers(models.enterprises))}
    return [
        FieldLabelsRead(name=name, words=[LabelRead(value=word.value, label=word.label) for word in kind])
        for name, kind in sorted(kinds.items())
        if inspect.isclass(kind) and issubclass(kind, words.Word) and len(kind) > 0
    ]


LABELS = _labels()

_PICTURES = (
    sa.select(col(PhotoUse.finding_id), col(PhotoUse.photo_id))
    .join(Photo, sa.and_(col(Photo.id) == col(PhotoUse.photo_id), takes_hold(Photo)))
    .join(Finding, col(Finding.id) == col(PhotoUse.finding_id))
    .where(col(Photo.no_pictures).is_(False))
    .group_by(col(PhotoUse.finding_id), col(PhotoUse.photo_id))
    .order_by(sa.func.min(col(PhotoUse.named_at)), sa.func.min(col(PhotoUse.position)), col(PhotoUse.photo_id))
)
