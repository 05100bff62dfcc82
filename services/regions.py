"""Regions 行政区划: the codes that sight is made of. A code is its own identity, so a repeat needs no id."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.regions import Region, RegionPatch, RegionRead, RegionWrite
from models.words import EventKind, Role
from services import acts, events
from services.access import Actor, Deed, in_region
from services.errors import IdConflict, InvalidInput, NotFound
from services.paging import Key, Order, Slice, slice_of
from services.rules.codes import is_region_code, parent_region
from services.versions import expect

BY_CODE = Order((col(Region.code),))


async def create(tx: AsyncSession, actor: Actor, body: RegionWrite, *, at: datetime) -> tuple[Region, bool]:
    """A new region, or the one this call made before. Raises NotAllowed, InvalidInput, IdConflict."""
    actor.require(Deed.MANAGE_ACCOUNTS)
    if not is_region_code(body.code):
        raise InvalidInput.at("/code", "region_code_wrong", "2, 4, 6, 9 or 12 digits without a last part of zeros")
    region = Region(code=body.code, name=body.name, created_at=at)
    begun = await acts.begin(tx, actor, "createRegion", body, at=at, act_id=events.subject_id_of(region))
    there = await tx.get(Region, body.code)
    if there is not None:
        if begun.is_new and there.name != body.name:
            raise IdConflict
        return there, False
    tx.add(region)
    events.record(tx, actor, EventKind.REGION_CREATED, region, at=at)
    await tx.flush()
    return region, True


async def list_regions(tx: AsyncSession, actor: Actor, *, after: Key | None, limit: int) -> Slice[Region]:
    """Regions within the actor's own, by code: a parent comes before its children."""
    query = sa.select(Region).where(_visible(actor))
    return await slice_of(tx, query, BY_CODE, lambda region: (region.code,), after=after, limit=limit)


async def update(
    tx: AsyncSession, actor: Actor, code: str, body: RegionPatch, *, version: int | None, at: datetime
) -> Region:
    """Another name. Raises NotFound, NotAllowed, VersionRequired, VersionMismatch."""
    region = await tx.scalar(sa.select(Region).where(col(Region.code) == code, _visible(actor)).with_for_update())
    if region is None:
        raise NotFound
    actor.require(Deed.MANAGE_ACCOUNTS)
    expect(region, version)
    before = events.snapshot(region)
    region.name = body.name
    events.record(tx, actor, EventKind.REGION_CHANGED, region, before=before, at=at)
    await tx.flush()
    return region


async def within_sight(tx: AsyncSession, actor: Actor) -> Sequence[Region]:
    """The actor's own and all below it, by code."""
    return (await tx.scalars(sa.select(Region).where(_visible(actor)).order_by(col(Region.code)))).all()


def shown(region: Region) -> RegionRead:
    """The region as clients see it."""
    return RegionRead(code=region.code, name=region.name, parent=parent_region(region.code), version=region.version)


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Administrators set regions up everywhere; everybody else reads their own and those below it."""
    return sa.true() if actor.role is Role.ADMIN else in_region(actor, col(Region.code))
