"""The working-day calendar: only days that differ from the plain week, and the years that are known."""

from datetime import date

from sqlmodel import Field, SQLModel

from models.columns import READ_ONLY, enum_column
from models.words import DayKind


class CalendarDay(SQLModel, table=True):
    """A weekday off, or a weekend day worked in exchange (调休)."""

    __tablename__ = "calendar_day"
    __table_args__ = {"info": READ_ONLY}

    day: date = Field(primary_key=True)
    kind: DayKind = Field(sa_column=enum_column(DayKind))
    name: str


class CalendarYear(SQLModel, table=True):
    """A year whose arrangement of holidays the State Council has published; any other is provisional."""

    __tablename__ = "calendar_year"
    __table_args__ = {"info": READ_ONLY}

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str
