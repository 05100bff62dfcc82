"""Stand-ins 替岗: who does an officer's work while they are on leave, from which day to which, and what of it."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict, model_validator
from sqlmodel import Field, SQLModel

from models.columns import enum_column, region_column
from models.shapes import Day, Id, NewId, Read, Text, Write
from models.words import StandInScope


class StandIn(SQLModel, table=True):
    """One officer in the place of another, on whole days in Shanghai, both included; ended early, never deleted.

    `region` is the absent officer's: whoever answers for them sees it.
    """

    __tablename__ = "stand_in"
    __table_args__ = (sa.CheckConstraint("from_day <= to_day AND officer_id <> stand_in_id", name="days_in_order"),)

    id: UUID = Field(primary_key=True)
    officer_id: UUID = Field(foreign_key="users.id", index=True)
    stand_in_id: UUID = Field(foreign_key="users.id", index=True)
    region: str = Field(sa_column=region_column(index=True))
    scope: StandInScope = Field(sa_column=enum_column(StandInScope))
    from_day: date
    to_day: date
    reason: str = Field(sa_type=sa.Text)
    set_by: UUID = Field(foreign_key="users.id")
    set_at: datetime
    ended_at: datetime | None = None
    version: int = 1


class StandInWrite(Write):
    """Who is away, who does what of their work meanwhile, and why."""

    model_config = ConfigDict(
        **Write.model_config,
        json_schema_extra={
            "examples": [
                {
                    "officer_id": "0198f3a0-0000-7000-8000-0000000000a1",
                    "stand_in_id": "0198f3a0-0000-7000-8000-0000000000a2",
                    "scope": "visits",
                    "from_day": "2026-12-01",
                    "to_day": "2026-12-07",
                    "reason": "年休假",
                }
            ]
        },
    )

    id: NewId | None = None
    officer_id: Id
    stand_in_id: Id
    scope: StandInScope
    from_day: Day
    to_day: Day
    reason: Text

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to_day < self.from_day:
            raise ValueError("ends before it begins")
        if self.officer_id == self.stand_in_id:
            raise ValueError("nobody stands in for themselves")
        return self


class StandInEnd(Write):
    """Why it ends before its last day."""

    model_config = ConfigDict(**Write.model_config, json_schema_extra={"examples": [{"note": "提前返岗"}]})

    id: NewId | None = None
    note: Text | None = None


class StandInRead(Read):
    """A stand-in for those whom it concerns and who answer for them."""

    id: UUID
    officer_id: UUID
    stand_in_id: UUID
    scope: StandInScope
    scope_label: str
    from_day: date
    to_day: date
    reason: str
    set_by: UUID
    set_at: datetime
    ended_at: datetime | None
    version: int
