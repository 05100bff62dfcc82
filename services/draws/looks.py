"""Who looked at a draw, and at its visits before anybody arrived: shown to whoever may know of the draw."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.draws import DrawLookRead
from models.events import Event
from models.users import User
from models.words import EventKind, Role
from services.access import Actor
from services.draws.reading import get
from services.paging import Key, Order, Slice, slice_of
from services.wall import beyond_sight

NEWEST_FIRST = Order((col(Event.at), col(Event.id)), descending=True)
LOOKS = (EventKind.DRAW_LOOKED_AT.value, EventKind.VISIT_LOOKED_AT.value)


async def looks(
    tx: AsyncSession, actor: Actor, draw_id: UUID, *, at: datetime, after: Key | None, limit: int
) -> Slice[Event]:
    """The latest first. Raises NotFound."""
    draw = await get(tx, actor, draw_id, at=at)
    async with beyond_sight(tx):  # who looked is shown also of a visit that the reader does not know yet
        visits = sa.text("SELECT id FROM visit WHERE draw_id = :draw_id").bindparams(draw_id=draw.id)
        subjects = [draw.id, *(await tx.scalars(visits)).all()]
        query = sa.select(Event).where(col(Event.subject_id).in_(subjects), col(Event.kind).in_(LOOKS))
        return await slice_of(tx, query, NEWEST_FIRST, lambda event: (event.at, event.id), after=after, limit=limit)


async def shown_looks(tx: AsyncSession, found: Sequence[Event]) -> list[DrawLookRead]:
    """With the names of who looked."""
    ids = {event.actor_id for event in found if event.actor_id}
    names = sa.select(col(User.id), col(User.name)).where(col(User.id).in_(ids))
    named = {row.id: row.name for row in await tx.execute(names)}
    return [_read(event, named.get(event.actor_id)) for event in found]


def _read(event: Event, name: str | None) -> DrawLookRead:
    actor = json.loads(event.body)["actor"]
    return DrawLookRead(
        id=event.id,
        at=event.at,
        actor_id=event.actor_id,
        actor_name=name,
        actor_role=Role(actor["role"]) if actor else None,
        visit_id=event.subject_id if event.kind == EventKind.VISIT_LOOKED_AT.value else None,
    )
