"""The worklist 待办: what somebody must do next, computed from the tables at each look."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from models.words import Grade, WorkKind
from models.worklist import WorkCount, WorkItem, WorklistRead
from services.access import Actor, Deed
from services.limits import rule_book
from services.rules.clocks import local_date
from services.worklist import cards, field, findings, readings
from services.worklist.source import Asked, Source

SOURCES: tuple[Source, ...] = (*field.SOURCES, *findings.SOURCES, *cards.SOURCES, *readings.SOURCES)


async def read(tx: AsyncSession, actor: Actor, *, kinds: frozenset[WorkKind], limit: int, at: datetime) -> WorklistRead:
    """The actor's work, most urgent first; `kinds` empty means all. Raises NotAllowed."""
    actor.require(Deed.READ, Deed.WATCH_READING)
    asked = Asked(actor, at, local_date(at), await rule_book(tx))
    counts: list[WorkCount] = []
    items: list[WorkItem] = []
    for source in SOURCES:
        if source.concerns(actor) and (not kinds or source.kind in kinds):
            count, some = await _of_source(tx, asked, source, limit)
            counts.append(WorkCount(kind=source.kind, label=source.kind.label, count=count))
            items += some
    items.sort(key=_urgency)
    total = sum(count.count for count in counts)
    return WorklistRead(today=asked.today, counts=counts, items=items[:limit], cut=total > limit)


async def _of_source(tx: AsyncSession, asked: Asked, source: Source, limit: int) -> tuple[int, list[WorkItem]]:
    rows = source.rows(asked)
    found = (await tx.execute(rows.order_by(source.due.asc().nulls_last(), source.key).limit(limit))).all()
    count = len(found)
    if count == limit:
        count = await tx.scalar(sa.select(sa.func.count()).select_from(rows.order_by(None).subquery())) or 0
    opened = found if source.opened is None else await source.opened(tx, asked, found)
    return count, [source.item(asked, row) for row in opened]


def _urgency(item: WorkItem) -> tuple[bool, str, bool]:
    """By date, what has none last; of one date the major hazard first."""
    due = item.due_on or (local_date(item.due_at) if item.due_at else None)
    return due is None, str(due), item.grade is not Grade.MAJOR
