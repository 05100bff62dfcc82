"""Avoidances 回避: officers and the enterprises or villages that they must not inspect, each with its reason."""

from datetime import datetime
from typing import Self
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict, model_validator
from sqlmodel import Field, SQLModel

from models.columns import enum_column, region_column
from models.shapes import Id, NewId, Read, RegionCode, Text, Write
from models.words import AvoidanceGround


class Avoidance(SQLModel, table=True):
    """One reason why one officer avoids one enterprise or everything in one village; ended, never deleted.

    `region` is the officer's: whoever answers for the officer sees it, and no enterprise does.
    """

    __tablename__ = "avoidance"
    __table_args__ = (sa.CheckConstraint("num_nonnulls(enterprise_id, village) = 1", name="one_target"),)

    id: UUID = Field(primary_key=True)
    officer_id: UUID = Field(foreign_key="users.id", index=True)
    region: str = Field(sa_column=region_column(index=True))
    ground: AvoidanceGround = Field(sa_column=enum_column(AvoidanceGround))
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.id", index=True)
    village: str | None = Field(default=None, sa_column=region_column(nullable=True))
    note: str | None = Field(default=None, sa_type=sa.Text)
    set_by: UUID = Field(foreign_key="users.id")
    set_at: datetime
    ended_at: datetime | None = None
    version: int = 1


class AvoidanceWrite(Write):
    """Whom an officer must avoid and why: one enterprise, or all in one region."""

    model_config = ConfigDict(
        **Write.model_config,
        json_schema_extra={
            "examples": [
                {
                    "officer_id": "0198f3a0-0000-7000-8000-0000000000a1",
                    "ground": "own_village",
                    "village": "420582104201",
                }
            ]
        },
    )

    id: NewId | None = None
    officer_id: Id
    ground: AvoidanceGround
    enterprise_id: Id | None = None
    village: RegionCode | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.enterprise_id is None) is (self.village is None):
            raise ValueError("names either an enterprise or a village")
        return self


class AvoidanceEnd(Write):
    """Why it no longer holds."""

    model_config = ConfigDict(**Write.model_config, json_schema_extra={"examples": [{"note": "亲属已离职"}]})

    id: NewId | None = None
    note: Text | None = None


class AvoidanceRead(Read):
    """An avoidance for those who answer for the officer."""

    id: UUID
    officer_id: UUID
    ground: AvoidanceGround
    ground_label: str
    enterprise_id: UUID | None
    village: str | None
    note: str | None
    set_by: UUID
    set_at: datetime
    ended_at: datetime | None
    version: int
