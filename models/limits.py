"""Limits: the law's and the office's periods as rows, and the shape in which a computed date carries its reason."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import READ_ONLY, code_column, enum_column
from models.shapes import Read
from models.words import LimitUnit


class LimitRule(SQLModel, table=True):
    """One rule in one period of time; `valid_to` is its last day in force."""

    __tablename__ = "limit_rule"
    __table_args__ = (
        sa.CheckConstraint("value > 0", name="value_positive"),
        sa.CheckConstraint("valid_to >= valid_from", name="period_in_order"),
        {"info": READ_ONLY},
    )

    id: str = Field(sa_column=code_column(length=64, primary_key=True))
    valid_from: date = Field(primary_key=True)
    name: str
    value: int
    unit: LimitUnit = Field(sa_column=enum_column(LimitUnit))
    valid_to: date | None
    source: str
    verified: bool


class LimitRead(Read):
    """One rule in one period; `valid_to` is its last day in force, null while it still is."""

    id: str
    name: str
    value: int
    unit: LimitUnit
    unit_label: str
    valid_from: date
    valid_to: date | None
    source: str
    verified: bool

    @classmethod
    def of(cls, rule: LimitRule) -> "LimitRead":
        """The row as clients see it."""
        return cls(**rule.model_dump(), unit_label=rule.unit.label)


class SkippedDayRead(Read):
    """A day passed over, and why no office works on it."""

    on: date
    why: str


class DeadlineRead(Read):
    """A last day, or for a limit in hours a last moment, with its whole reason; one of `on` and `at` is null."""

    on: date | None
    at: datetime | None
    rule: str
    rule_name: str
    source: str
    verified: bool
    skipped: list[SkippedDayRead]
    provisional: bool
    explanation: str


class DueDateRead(Read):
    """A last day and why it is that day.

    `skipped` are days that were passed over (holidays, weekends); `provisional` says that a year's holidays were
    not published when it was computed; `verified` whether the rule was checked against the statute's text.
    """

    on: date
    rule: str
    rule_name: str
    source: str
    verified: bool
    skipped: list[date]
    provisional: bool


class DueTimeRead(Read):
    """A last moment and why it is that moment."""

    at: datetime
    rule: str
    rule_name: str
    source: str
    verified: bool
