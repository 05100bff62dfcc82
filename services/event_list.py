"""What the auditor reads: events in their sight, the newest first. Names of fields and values, no telephone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.events import Event, ListedEventRead
from models.words import EventKind
from services.access import Actor, Deed
from services.findings import timeline
from services.log.sight import sees_event
from services.paging import Key, Order, Slice, slice_of
from services.wall import say_time

NEWEST_FIRST = Order((col(Event.at), col(Event.id)), descending=True)
HIDDEN = "…"


@dataclass(frozen=True)
class EventsAsked:
    """Which events: all that is None does not narrow."""

    kind: EventKind | None = None
    subject_id: UUID | None = None
    actor_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_events(
    tx: AsyncSession, actor: Actor, asked: EventsAsked, *, at: datetime, after: Key | None, limit: int
) -> Slice[Event]:
    """Raises NotAllowed."""
    actor.require(Deed.READ_EVENTS)
    await say_time(tx, at)
    query = sa.select(Event).where(sees_event(actor, at))
    if asked.kind is not None:
        query = query.where(col(Event.kind) == asked.kind.value)
    if asked.subject_id is not None:
        query = query.where(col(Event.subject_id) == asked.subject_id)
    if asked.actor_id is not None:
        query = query.where(col(Event.actor_id) == asked.actor_id)
    if asked.since is not None:
        query = query.where(col(Event.at) >= asked.since)
    if asked.until is not None:
        query = query.where(col(Event.at) < asked.until)
    return await slice_of(tx, query, NEWEST_FIRST, lambda event: (event.at, event.id), after=after, limit=limit)


async def shown(tx: AsyncSession, actor: Actor, events: list[Event]) -> list[ListedEventRead]:
    """Events as a timeline shows them, with what they tell of; telephones stay out of it."""
    read = await timeline.shown(tx, actor, events)
    return [
        ListedEventRead(
            **one.model_dump(exclude={"changes"}),
            changes=[
                change.model_copy(update={"before": HIDDEN, "after": HIDDEN}) if "phone" in change.field else change
                for change in one.changes
            ],
            subject=event.subject,
            subject_id=event.subject_id,
        )
        for one, event in zip(read, events, strict=True)
    ]
