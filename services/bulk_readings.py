"""The alarm over who reads everything before they leave: one an account and day, for who answers for them."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.readings import BulkReading, ReadDelta
from models.users import User
from models.words import EventKind, Role
from services import events
from services.chance import chance
from services.limits import rule_book
from services.rules.clocks import LimitNotInForce, Rule, RuleBook, local_date
from services.rules.readings import is_bulk, usual_of

LOOKED_BACK = timedelta(days=30)
ONE_DAY = timedelta(days=1)


async def notice(tx: AsyncSession, *, at: datetime) -> int:
    """Compare what accounts read today with what is usual; how many alarms that gave. For a job: it sees all.

    Yesterday too: what was told before midnight is written after it.
    """
    book, today = await rule_book(tx), local_date(at)
    found = [await _notice(tx, book, day, at) for day in (today - ONE_DAY, today)]
    return sum(found)


async def _notice(tx: AsyncSession, book: RuleBook, day: date, at: datetime) -> int:
    try:
        floor, times = (book.limit(rule, day).value for rule in (Rule.READING_FLOOR, Rule.READING_TIMES))
    except LimitNotInForce:
        return 0
    noticed = 0
    for user_id, rows in (await _most(tx, day, floor)).items():
        user = await tx.get(User, user_id)
        if user is None:
            continue
        usual = usual_of(await _days(tx, day, {user.id}), await _days(tx, day, await _colleagues(tx, user)))
        if not is_bulk(rows, usual, floor=floor, times=times):
            continue
        row = BulkReading(
            id=chance(tx).new_id(),
            user_id=user.id,
            region=await _region(tx, user),
            day=day,
            rows_told=rows,
            usual=usual,
            noticed_at=at,
        )
        tx.add(row)
        events.record(tx, None, EventKind.BULK_READING_NOTICED, row, at=at)
        noticed += 1
    await tx.flush()
    return noticed


async def forget(tx: AsyncSession, *, at: datetime) -> None:
    """Days that nothing is compared with any more."""
    await tx.execute(sa.delete(ReadDelta).where(col(ReadDelta.day) < local_date(at) - LOOKED_BACK - ONE_DAY))


async def _most(tx: AsyncSession, day: date, floor: int) -> dict[UUID, int]:
    """Who was told so many rows on that day, and is not noticed yet."""
    total = sa.func.sum(ReadDelta.rows_told)
    known = sa.exists().where(col(BulkReading.user_id) == col(ReadDelta.user_id), col(BulkReading.day) == day)
    query = sa.select(col(ReadDelta.user_id), total).where(col(ReadDelta.day) == day, ~known)
    found = await tx.execute(query.group_by(col(ReadDelta.user_id)).having(total >= floor))
    return {row[0]: int(row[1]) for row in found}


async def _days(tx: AsyncSession, day: date, user_ids: Collection[UUID]) -> list[int]:
    """What each of them was told on each of the days before."""
    query = (
        sa.select(sa.func.sum(ReadDelta.rows_told))
        .where(col(ReadDelta.day) < day, col(ReadDelta.day) >= day - LOOKED_BACK)
        .where(col(ReadDelta.user_id).in_(user_ids))
        .group_by(col(ReadDelta.user_id), col(ReadDelta.day))
    )
    return [int(total) for total in await tx.scalars(query)]


async def _colleagues(tx: AsyncSession, user: User) -> set[UUID]:
    same = sa.select(col(User.id)).where(col(User.role) == user.role, col(User.id) != user.id)
    return set(await tx.scalars(same))


async def _region(tx: AsyncSession, user: User) -> str | None:
    if user.role is not Role.ENTERPRISE:
        return user.region
    enterprise = await tx.get(Enterprise, user.enterprise_id)
    return None if enterprise is None else enterprise.region
