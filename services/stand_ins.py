"""Stand-ins 替岗: arranged by whoever answers for the officer who is away.

From the first day to the last, the one who stands in sees and does the other's part of planned visits
(services/access.py).
A drawn visit is not among them: its pair was chosen by chance, and another is drawn (双随机).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.stand_ins import StandIn, StandInEnd, StandInRead, StandInWrite
from models.users import User
from models.words import EventKind, StandInScope
from services import acts, events
from services.access import Actor, Deed, sees_stand_in
from services.errors import Conflict, IdTaken, InputError, InvalidInput, NotFound
from services.officers import officers
from services.paging import Key, Order, Slice, slice_of
from services.rules.clocks import local_date
from services.wall import beyond_sight

NEWEST_FIRST = Order((col(StandIn.set_at), col(StandIn.id)), descending=True)

NEEDS: dict[StandInScope, tuple[Deed, ...]] = {
    StandInScope.VISITS: (Deed.REPORT_INSPECTION,),
    StandInScope.APPROVALS: (Deed.APPROVE_VISIT,),
    StandInScope.ALL: (Deed.REPORT_INSPECTION, Deed.APPROVE_VISIT),
}
"""Standing in lends no deed: who does the work is somebody whose role does such work."""


@dataclass(eq=False)
class StandInEnded(Conflict):
    """The stand-in was ended before, or its last day is over."""

    code: ClassVar[str] = "stand_in_ended"
    title: ClassVar[str] = "该替岗已结束"


@dataclass(eq=False)
class StandInOverlaps(Conflict):
    """Somebody already stands in for this officer on one of these days."""

    code: ClassVar[str] = "stand_in_overlaps"
    title: ClassVar[str] = "这些日期已有人替岗"


async def create(tx: AsyncSession, actor: Actor, body: StandInWrite, *, at: datetime) -> tuple[StandIn, bool]:
    """A new stand-in, or the one this id made before.

    Raises NotAllowed, InvalidInput, StandInOverlaps, IdConflict, IdTaken, InProgress.
    """
    actor.require(Deed.SET_STAND_IN)
    region = await _checked_region(tx, actor, body)
    begun = await acts.begin(tx, actor, "createStandIn", body, at=at)
    if not begun.is_new:
        known = await tx.scalar(sa.select(StandIn).where(col(StandIn.id) == begun.id, sees_stand_in(actor)))
        if known is None:
            raise IdTaken
        return known, False
    await _expect_free(tx, body)
    row = StandIn(**body.model_dump(exclude={"id"}), id=begun.id, region=region, set_by=actor.id, set_at=at)
    tx.add(row)
    events.record(tx, actor, EventKind.STAND_IN_SET, row, at=at)
    await tx.flush()
    return row, True


async def end(
    tx: AsyncSession, actor: Actor, stand_in_id: UUID, body: StandInEnd, *, at: datetime
) -> tuple[StandIn, bool]:
    """It ends now; what was done meanwhile stays. Raises NotFound, NotAllowed, StandInEnded."""
    query = sa.select(StandIn).where(col(StandIn.id) == stand_in_id, sees_stand_in(actor))
    row = await tx.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    actor.require(Deed.SET_STAND_IN)
    begun = await acts.begin(tx, actor, "endStandIn", body, at=at, subject_id=row.id)
    if not begun.is_new:
        return row, False
    if row.ended_at is not None or row.to_day < local_date(at):
        raise StandInEnded
    before = events.snapshot(row)
    row.ended_at = at
    row.version += 1
    events.record(tx, actor, EventKind.STAND_IN_ENDED, row, before=before, at=at, note=body.note)
    await tx.flush()
    return row, True


async def list_stand_ins(tx: AsyncSession, actor: Actor, *, after: Key | None, limit: int) -> Slice[StandIn]:
    """Those in sight, the latest first."""
    query = sa.select(StandIn).where(sees_stand_in(actor))
    return await slice_of(tx, query, NEWEST_FIRST, lambda row: (row.set_at, row.id), after=after, limit=limit)


async def absent(tx: AsyncSession, day: date) -> set[UUID]:
    """Whoever is away on that day, in sight or not: chance does not choose them."""
    away = sa.select(col(StandIn.officer_id)).where(
        col(StandIn.ended_at).is_(None), col(StandIn.from_day) <= day, col(StandIn.to_day) >= day
    )
    async with beyond_sight(tx):
        return set(await tx.scalars(away))


def shown(rows: Sequence[StandIn]) -> list[StandInRead]:
    """Stand-ins as clients see them."""
    return [
        StandInRead(
            **row.model_dump(include=StandInRead.model_fields.keys() - {"scope_label"}), scope_label=row.scope.label
        )
        for row in rows
    ]


async def _checked_region(tx: AsyncSession, actor: Actor, body: StandInWrite) -> str:
    """The absent officer's region. Whom the actor does not answer for is nobody; the other sees all that they see."""
    people = await officers(tx, [body.officer_id, body.stand_in_id])
    absent, other = people.get(body.officer_id), people.get(body.stand_in_id)
    errors = []
    region = absent.region if absent is not None and _is_ours(actor, absent) else None
    if absent is None or region is None or not any(absent.may(deed) for deed in NEEDS[body.scope]):
        errors.append(InputError("/officer_id", "officer_unsuited", "no officer of this region with such work"))
    if other is None or not _is_ours(actor, other) or not all(other.may(deed) for deed in NEEDS[body.scope]):
        errors.append(InputError("/stand_in_id", "officer_unsuited", "no officer of this region who may do it"))
    elif absent is not None and region is not None and not _sees_as_much(other, absent, region):
        errors.append(InputError("/stand_in_id", "stand_in_sees_less", "sees less than the officer who is away"))
    if errors or region is None:
        raise InvalidInput(errors)
    return region


def _is_ours(actor: Actor, officer: Actor) -> bool:
    return officer.region is not None and actor.covers(officer.region)


def _sees_as_much(other: Actor, absent: Actor, region: str) -> bool:
    trades = other.industries is None or (absent.industries is not None and absent.industries <= other.industries)
    return other.covers(region) and trades


async def _expect_free(tx: AsyncSession, body: StandInWrite) -> None:
    """One at a time: whoever arranges for the same officer waits for the other."""
    await tx.execute(sa.select(col(User.id)).where(col(User.id) == body.officer_id).with_for_update(key_share=True))
    taken = sa.exists().where(
        col(StandIn.officer_id) == body.officer_id,
        col(StandIn.ended_at).is_(None),
        col(StandIn.from_day) <= body.to_day,
        col(StandIn.to_day) >= body.from_day,
        sa.or_(
            col(StandIn.scope) == StandInScope.ALL,
            sa.literal(body.scope is StandInScope.ALL),
            col(StandIn.scope) == body.scope,
        ),
    )
    if await tx.scalar(sa.select(taken)):
        raise StandInOverlaps
