"""Organs 机关: who acts and under which authority."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.organs import Organ, OrganPatch, OrganRead, OrganWrite
from models.words import AuthorityMode, EventKind, Role
from services import acts, events
from services.access import Actor, Deed, in_region
from services.errors import IdTaken, InvalidInput, NotFound
from services.paging import Key, Order, Slice, slice_of
from services.versions import expect

BY_NAME = Order((col(Organ.name), col(Organ.id)))


async def create(tx: AsyncSession, actor: Actor, body: OrganWrite, *, at: datetime) -> tuple[Organ, bool]:
    """A new organ, or the one this id made before. Raises NotAllowed, InvalidInput, IdConflict, IdTaken."""
    actor.require(Deed.MANAGE_ACCOUNTS)
    begun = await acts.begin(tx, actor, "createOrgan", body, at=at)
    if not begun.is_new:
        return await _seen(tx, actor, begun.id), False
    organ = Organ(**body.model_dump(exclude={"id"}), id=begun.id, created_at=at)
    _check_authority(organ)
    tx.add(organ)
    events.record(tx, actor, EventKind.ORGAN_CREATED, organ, at=at)
    await tx.flush()
    return organ, True


async def list_organs(tx: AsyncSession, actor: Actor, *, after: Key | None, limit: int) -> Slice[Organ]:
    """Organs within the actor's region, by name."""
    query = sa.select(Organ).where(_visible(actor))
    return await slice_of(tx, query, BY_NAME, lambda organ: (organ.name, organ.id), after=after, limit=limit)


async def update(
    tx: AsyncSession, actor: Actor, organ_id: UUID, body: OrganPatch, *, version: int | None, at: datetime
) -> Organ:
    """Change what the patch names. Raises NotFound, NotAllowed, VersionRequired, VersionMismatch, InvalidInput."""
    organ = await tx.scalar(sa.select(Organ).where(col(Organ.id) == organ_id, _visible(actor)).with_for_update())
    if organ is None:
        raise NotFound
    actor.require(Deed.MANAGE_ACCOUNTS)
    expect(organ, version)
    before = events.snapshot(organ)
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(organ, name, value)
    _check_authority(organ)
    events.record(tx, actor, EventKind.ORGAN_CHANGED, organ, before=before, at=at)
    await tx.flush()
    return organ


def shown(organ: Organ) -> OrganRead:
    """The organ as clients see it."""
    return OrganRead.model_validate(organ, from_attributes=True)


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Administrators set organs up everywhere; everybody else reads those of their region."""
    return sa.true() if actor.role is Role.ADMIN else in_region(actor, col(Organ.region))


async def _seen(tx: AsyncSession, actor: Actor, organ_id: UUID) -> Organ:
    organ = await tx.scalar(sa.select(Organ).where(col(Organ.id) == organ_id, _visible(actor)))
    if organ is None:
        raise IdTaken
    return organ


def _check_authority(organ: Organ) -> None:
    """Own and entrusted powers rest on a published decision (行政处罚法 第24条); without one an organ assists."""
    if organ.authority_mode is not AuthorityMode.ASSIST and not organ.authority_decision:
        raise InvalidInput.at("/authority_decision", "decision_needed", "this authority rests on a decision: name it")
