"""The working-day calendar as the legal clock wants it."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from models.calendars import CalendarDay, CalendarYear
from models.words import DayKind
from services.rules.clocks import WorkCalendar


async def work_calendar(tx: AsyncSession, first: date = date.min, last: date = date.max) -> WorkCalendar:
    """Days from `first` to `last` that differ from the plain week, and all known years."""
    days = (
        await tx.scalars(select(CalendarDay).where(col(CalendarDay.day) >= first, col(CalendarDay.day) <= last))
    ).all()
    years = (await tx.scalars(select(CalendarYear.year))).all()
    return WorkCalendar(
        holidays={day.day: day.name for day in days if day.kind is DayKind.HOLIDAY},
        workdays={day.day: day.name for day in days if day.kind is DayKind.WORKDAY},
        years=frozenset(years),
    )
