"""Avoidances 回避: set and ended by the office that answers for the officer; a draw keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.avoidances import Avoidance, AvoidanceEnd, AvoidanceRead, AvoidanceWrite
from models.enterprises import Enterprise
from models.words import EventKind
from services import acts, events
from services.access import Actor, Deed, get_for, sees_avoidance
from services.enterprises import expect_unmerged
from services.errors import Conflict, IdTaken, InvalidInput, NotFound
from services.officers import officers
from services.paging import Key, Order, Slice, slice_of

NEWEST_FIRST = Order((col(Avoidance.set_at), col(Avoidance.id)), descending=True)


@dataclass(eq=False)
class AvoidanceEnded(Conflict):
    """The avoidance was ended before."""

    code: ClassVar[str] = "avoidance_ended"
    title: ClassVar[str] = "该项回避已解除"


async def create(tx: AsyncSession, actor: Actor, body: AvoidanceWrite, *, at: datetime) -> tuple[Avoidance, bool]:
    """A new avoidance, or the one this id made before.

    Raises NotAllowed, InvalidInput, IdConflict, IdTaken, InProgress.
    """
    actor.require(Deed.SET_AVOIDANCE)
    region = await _check(tx, actor, body)
    begun = await acts.begin(tx, actor, "createAvoidance", body, at=at)
    if not begun.is_new:
        return await _known(tx, actor, begun.id), False
    avoidance = Avoidance(**body.model_dump(exclude={"id"}), id=begun.id, region=region, set_by=actor.id, set_at=at)
    tx.add(avoidance)
    events.record(tx, actor, EventKind.AVOIDANCE_SET, avoidance, at=at)
    await tx.flush()
    return avoidance, True


async def end(
    tx: AsyncSession, actor: Actor, avoidance_id: UUID, body: AvoidanceEnd, *, at: datetime
) -> tuple[Avoidance, bool]:
    """It no longer holds; draws that were made keep it. Raises NotFound, NotAllowed, AvoidanceEnded."""
    query = sa.select(Avoidance).where(col(Avoidance.id) == avoidance_id, sees_avoidance(actor))
    avoidance = await tx.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    if avoidance is None:
        raise NotFound
    actor.require(Deed.SET_AVOIDANCE)
    begun = await acts.begin(tx, actor, "endAvoidance", body, at=at, subject_id=avoidance.id)
    if not begun.is_new:
        return avoidance, False
    if avoidance.ended_at is not None:
        raise AvoidanceEnded
    before = events.snapshot(avoidance)
    avoidance.ended_at = at
    avoidance.version += 1
    events.record(tx, actor, EventKind.AVOIDANCE_ENDED, avoidance, before=before, at=at, note=body.note)
    await tx.flush()
    return avoidance, True


async def list_avoidances(tx: AsyncSession, actor: Actor, *, after: Key | None, limit: int) -> Slice[Avoidance]:
    """Those in sight, the latest first."""
    query = sa.select(Avoidance).where(sees_avoidance(actor))
    return await slice_of(tx, query, NEWEST_FIRST, lambda row: (row.set_at, row.id), after=after, limit=limit)


def shown(rows: Sequence[Avoidance]) -> list[AvoidanceRead]:
    """Avoidances as clients see them."""
    return [
        AvoidanceRead(
            **row.model_dump(include=AvoidanceRead.model_fields.keys() - {"ground_label"}),
            ground_label=row.ground.label,
        )
        for row in rows
    ]


async def _check(tx: AsyncSession, actor: Actor, body: AvoidanceWrite) -> str:
    """The officer's region. Whom the actor does not see answers like nobody."""
    officer = (await officers(tx, [body.officer_id])).get(body.officer_id)
    inspects = officer is not None and officer.may(Deed.REPORT_INSPECTION)
    if officer is None or officer.region is None or not inspects or not actor.covers(officer.region):
        raise InvalidInput.at("/officer_id", "officer_unsuited", "no officer of this region")
    if body.village is not None and not actor.covers(body.village):
        raise InvalidInput.at("/village", "region_unknown", "no such region")
    if body.enterprise_id is not None:
        try:
            expect_unmerged(await get_for(tx, actor, Enterprise, body.enterprise_id))
        except NotFound:
            raise InvalidInput.at("/enterprise_id", "enterprise_unknown", "no such enterprise") from None
    return officer.region


async def _known(tx: AsyncSession, actor: Actor, avoidance_id: UUID) -> Avoidance:
    row = await tx.scalar(sa.select(Avoidance).where(col(Avoidance.id) == avoidance_id, sees_avoidance(actor)))
    if row is None:
        raise IdTaken
    return row
