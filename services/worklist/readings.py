"""Work that an alarm makes: somebody read far more in a day than they use to, and is asked why."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from models.readings import BulkReading
from models.users import User
from models.words import WorkKind
from models.worklist import WorkItem
from services.access import Deed, sees_bulk_reading
from services.rules.clocks import LimitNotInForce, Rule
from services.worklist.source import Asked, Rows, Source, item, plain

FAR_BEYOND_USUAL = plain("reading.times", "一日读取量远超平常，应当日问清缘由")


def _noticed(asked: Asked) -> Rows:
    """Of the last days by the limit: nobody ticks it off, for whoever could would also hide it."""
    return (
        sa.select(BulkReading, User)
        .join(User, col(User.id) == col(BulkReading.user_id))
        .where(col(BulkReading.day) > _shown_since(asked), sees_bulk_reading(asked.actor))
    )


def _shown_since(asked: Asked) -> date:
    try:
        days = asked.book.limit(Rule.READING_SHOWN, asked.today).value
    except LimitNotInForce:
        days = 0
    return asked.today - timedelta(days=days)


def _reader(asked: Asked, row: Any) -> WorkItem:
    noticed: BulkReading = row[0]
    user: User = row[1]
    usual = f"平常一日约 {noticed.usual} 条" if noticed.usual else "此前没有读取"
    title = f"{user.name}{noticed.day.month}月{noticed.day.day}日已读取 {noticed.rows_told} 条，{usual}"
    return item(WorkKind.ASK_READER, "user", user.id, title, FAR_BEYOND_USUAL, asked=asked, due_on=noticed.day)


SOURCES = (
    Source(
        WorkKind.ASK_READER,
        frozenset({Deed.WATCH_READING}),
        _noticed,
        col(BulkReading.day),
        col(BulkReading.id),
        _reader,
    ),
)
