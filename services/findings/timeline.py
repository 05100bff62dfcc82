"""A finding's past, event by event, each with the hash that proves it."""

import json
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.events import ChangeRead, Event, EventRead
from models.orders import Order, OrderedFinding
from models.users import User
from models.words import EventKind, Role
from services.access import Actor
from services.findings.queries import get_finding
from services.paging import Key, Slice, slice_of
from services.paging import Order as SortedBy

OLDEST_FIRST = SortedBy((col(Event.at), col(Event.id)))


async def timeline(tx: AsyncSession, actor: Actor, finding_id: UUID, *, after: Key | None, limit: int) -> Slice[Event]:
    """Events of the finding and of the orders that name it, the oldest first. Raises NotFound."""
    finding = await get_finding(tx, actor, finding_id)
    orders = (
        sa.select(col(OrderedFinding.order_id))
        .join(Order, col(Order.id) == col(OrderedFinding.order_id))
        .where(col(OrderedFinding.finding_id) == finding.id)
    )
    subjects = [finding.id, *(await tx.scalars(orders)).all()]
    query = sa.select(Event).where(col(Event.subject_id).in_(subjects))
    return await slice_of(tx, query, OLDEST_FIRST, lambda event: (event.at, event.id), after=after, limit=limit)


async def shown(tx: AsyncSession, actor: Actor, events: list[Event]) -> list[EventRead]:
    """Events as the reader may see them.

    An enterprise reads what was done and in which role, and the names of its own people; who of the office, a village
    worker above all, stays out of it, as papers that must name an officer do so themselves.
    """
    ids = {event.actor_id for event in events if event.actor_id}
    query = sa.select(col(User.id), col(User.name)).where(col(User.id).in_(ids))
    names = {row[0]: row[1] for row in (await tx.execute(query))} if ids else {}
    return [_shown(actor, event, names) for event in events]


def _shown(reader: Actor, event: Event, names: dict[UUID, str]) -> EventRead:
    body = json.loads(event.body)
    role = Role(body["actor"]["role"]) if body["actor"] else None
    is_named = reader.role is not Role.ENTERPRISE or role is Role.ENTERPRISE
    before, after = body["before"] or {}, body["after"]
    return EventRead(
        id=event.id,
        at=event.at,
        kind=event.kind,
        kind_label=EventKind(event.kind).label,
        actor_id=event.actor_id if is_named else None,
        actor_name=names.get(event.actor_id) if is_named and event.actor_id else None,
        actor_role=role,
        changes=[
            ChangeRead(field=name, before=_text(before.get(name)), after=_text(after[name]))
            for name in after
            if reader.role is not Role.ENTERPRISE or not _names_somebody(name)
        ],
        note=body["note"],
        hash=event.hash.hex(),
    )


def _names_somebody(field: str) -> bool:
    return field.endswith("_by") and field != "reinspect_by"


def _text(value: object) -> str | None:
    """A value as canonical JSON has it; texts without their quotes."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
