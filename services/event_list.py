"""What the auditor reads: events in their sight, the newest first. Names of fields and values, no telephone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.events import Event, ListedEventRead
from models.users import User
from models.visits import Visit
from models.words import EventKind
from services.access import Actor, Deed, in_region, sees, sees_visit
from services.findings import timeline
from services.paging import Key, Order, Slice, slice_of

NEWEST_FIRST = Order((col(Event.at), col(Event.id)), descending=True)
OF_THE_OFFICE = ("users", "device_session", "api_key", "organ", "region", "department", "stand_in")
"""What events without a region may tell of; others without one are a report's that nobody has accepted yet."""
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
    query = sa.select(Event).where(_seen(actor, at))
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


def _seen(actor: Actor, at: datetime) -> sa.ColumnElement[bool]:
    """Of an enterprise: by sight of it, of its visits by theirs. Of people and the office: by region, if they have one.

    The auditor reads what was done, not what is planned: a visit before its release is nobody's but its maker's.
    """
    enterprise = sa.exists().where(col(Enterprise.id) == col(Event.enterprise_id), sees(actor, Enterprise))
    visit = sa.exists().where(col(Visit.id) == col(Event.subject_id), sees_visit(actor, at=at))
    by_ours = sa.exists().where(
        col(User.id) == col(Event.actor_id), sa.or_(col(User.region).is_(None), in_region(actor, col(User.region)))
    )
    of_office = sa.and_(
        col(Event.enterprise_id).is_(None),
        col(Event.subject).in_(OF_THE_OFFICE),
        sa.or_(
            in_region(actor, col(Event.region)),
            sa.and_(col(Event.region).is_(None), sa.or_(col(Event.actor_id).is_(None), by_ours)),
        ),
    )
    of_enterprise = sa.and_(enterprise, col(Event.subject) != "visit")
    of_visit = sa.and_(col(Event.subject) == "visit", visit)
    return sa.or_(of_office, of_enterprise, of_visit)
