"""Limits in force on a day, and the dates they give; the arithmetic is in services/rules/clocks.py."""

from asyncio import get_running_loop
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from models.evidence import BoundRead
from models.limits import DeadlineRead, DueDateRead, DueTimeRead, LimitRule, SkippedDayRead
from models.words import LimitUnit
from services.calendars import work_calendar
from services.errors import Invalid, NotFound
from services.paging import Key, Order, Slice, slice_of
from services.rules.clocks import (
    DueDate,
    DueTime,
    Limit,
    LimitNotInForce,
    RuleBook,
    Unit,
    UnknownLimit,
    WrongUnit,
    ask_by,
    due_date,
    due_time,
    local_date,
)
from services.rules.explaining import explain, explain_before, explain_time, skipped_days

BOOK_LASTS_SECONDS = 30.0
"""How long a process goes on with what it read: so soon all of them know a calendar that was loaded meanwhile."""

BY_ID = Order((col(LimitRule.id),))


@dataclass(eq=False)
class NoDeadline(Invalid):
    """The rule was not in force then, or it is a distance or a number and gives no day; or it can't be counted back."""

    code: ClassVar[str] = "no_deadline"
    title: ClassVar[str] = "这条规定当日不生效，或者不能这样算出期限"


@dataclass(frozen=True)
class Kept:
    """A book, and when by the loop's clock it was read."""

    book: RuleBook
    read_at: float


_BOOKS: WeakKeyDictionary[Engine | Connection, Kept] = WeakKeyDictionary()


async def rule_book(tx: AsyncSession) -> RuleBook:
    """All limits and the whole calendar, some 120 rows, as they were read at most `BOOK_LASTS_SECONDS` ago."""
    database, now = tx.get_bind(), get_running_loop().time()
    kept = _BOOKS.get(database)
    if kept is None or not 0 <= now - kept.read_at < BOOK_LASTS_SECONDS:
        kept = _BOOKS[database] = Kept(await read_book(tx), now)
    return kept.book


async def read_book(tx: AsyncSession) -> RuleBook:
    """The same as it is in the database this moment."""
    rows = (await tx.scalars(select(LimitRule))).all()
    return RuleBook(tuple(_limit(row) for row in rows), await work_calendar(tx))


async def list_limits(tx: AsyncSession, *, on: date, after: Key | None, limit: int) -> Slice[LimitRule]:
    """The rules in force on that day, by id; no secret."""
    holds = sa.and_(
        col(LimitRule.valid_from) <= on, sa.or_(col(LimitRule.valid_to).is_(None), col(LimitRule.valid_to) >= on)
    )
    query = sa.select(LimitRule).where(holds)
    return await slice_of(tx, query, BY_ID, lambda rule: (rule.id,), after=after, limit=limit)


async def explain_deadline(
    tx: AsyncSession, rule_id: str, *, start: date | None, before: date | None, at: datetime
) -> DeadlineRead:
    """When a rule's time ends that starts on `start` (none: at the moment `at`), or that is counted back from `before`.

    Raises NotFound for a rule that has no row, NoDeadline where it gives none.
    """
    book, first = await rule_book(tx), before or start or local_date(at)
    try:
        rule = book.limit(rule_id, first)
        if rule.unit is Unit.HOURS and before is None and start is None:
            moment = due_time(at, rule)
            return _of_time(moment, explain_time(at, moment, rule))
        if before is not None:
            due = ask_by(before, rule, book.calendar)
            return _of_day(due, book, explain_before(before, due, rule, book.calendar))
        due = due_date(first, rule, book.calendar)
        return _of_day(due, book, explain(first, due, rule, book.calendar))
    except UnknownLimit:
        raise NotFound from None
    except (LimitNotInForce, WrongUnit):
        raise NoDeadline from None


def _of_day(due: DueDate, book: RuleBook, explanation: str) -> DeadlineRead:
    skipped = [SkippedDayRead(on=day.on, why=day.why) for day in skipped_days(due, book.calendar)]
    return DeadlineRead(
        on=due.on,
        at=None,
        rule=due.rule,
        rule_name=due.rule_name,
        source=due.source,
        verified=due.verified,
        skipped=skipped,
        provisional=due.provisional,
        explanation=explanation,
    )


def _of_time(due: DueTime, explanation: str) -> DeadlineRead:
    told = shown_time(due).model_dump()
    return DeadlineRead(**told, on=None, skipped=[], provisional=False, explanation=explanation)


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


def bound_shown(limit: Limit) -> BoundRead:
    """The row that something was held against, as clients see it."""
    unit = LimitUnit(limit.unit.value)
    return BoundRead(
        rule=limit.id,
        name=limit.name,
        value=limit.value,
        unit=unit,
        unit_label=unit.label,
        source=limit.source,
        verified=limit.verified,
    )


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
