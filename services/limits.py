"""Limits in force on a day, and the dates they give; the arithmetic is in services/rules/clocks.py."""

from datetime import date
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from models.limits import DueDateRead, DueTimeRead, LimitRule
from services.calendars import work_calendar
from services.rules.clocks import DueDate, DueTime, Limit, RuleBook, Unit

_BOOKS: WeakKeyDictionary[Engine | Connection, RuleBook] = WeakKeyDictionary()


async def rule_book(tx: AsyncSession) -> RuleBook:
    """All limits and the whole calendar, some 120 rows: read once a process, since only a start loads the catalogue."""
    database = tx.get_bind()
    if database not in _BOOKS:
        rows = (await tx.scalars(select(LimitRule))).all()
        _BOOKS[database] = RuleBook(tuple(_limit(row) for row in rows), await work_calendar(tx))
    return _BOOKS[database]


async def limit(tx: AsyncSession, rule_id: str, on: date) -> Limit:
    """The rule as it stood on that day. Raises UnknownLimit or LimitNotInForce (services/rules/clocks.py)."""
    return (await rule_book(tx)).limit(rule_id, on)


async def due(tx: AsyncSession, rule_id: str, start: date) -> DueDate:
    """Last day of a rule that starts on `start`, with its reason. Raises UnknownLimit or LimitNotInForce."""
    return (await rule_book(tx)).due(rule_id, start)


def shown(due: DueDate) -> DueDateRead:
    """A computed day as clients see it."""
    return DueDateRead(
        on=due.on,
        rule=due.rule,
        rule_name=due.rule_name,
        source=due.source,
        verified=due.verified,
        skipped=list(due.skipped),
        provisional=due.provisional,
    )


def shown_time(due: DueTime) -> DueTimeRead:
    """A computed moment as clients see it."""
    return DueTimeRead(at=due.at, rule=due.rule, rule_name=due.rule_name, source=due.source, verified=due.verified)


def _limit(row: LimitRule) -> Limit:
    return Limit(
        id=row.id,
        name=row.name,
        value=row.value,
        unit=Unit(row.unit.value),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
        verified=row.verified,
    )
