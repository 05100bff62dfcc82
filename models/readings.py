"""Readings 读取量: how many rows each account was told, day by day, and the days on which one was told far too many."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import INSERT_ONLY, region_column


class ReadDelta(SQLModel, table=True):
    """So many rows more that an account was told on a day in Shanghai (services/readings.py says what is counted).

    No key leads to the account: nothing that is counted may be refused, or all that waits with it would be.
    """

    __tablename__ = "read_delta"
    __table_args__ = ({"info": {"grants": "SELECT, INSERT, UPDATE, DELETE"}},)

    id: UUID = Field(sa_column=sa.Column(sa.Uuid, server_default=sa.text("gen_random_uuid()"), primary_key=True))
    user_id: UUID
    day: date
    rows_told: int


class BulkReading(SQLModel, table=True):
    """The alarm: an account that was told many times its usual on one day, as it stood when that was noticed.

    `region` is that of the account, or of the enterprise whose account it is; null where neither has one.
    """

    __tablename__ = "bulk_reading"
    __table_args__ = (sa.UniqueConstraint("user_id", "day"), {"info": INSERT_ONLY})

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="users.id")
    region: str | None = Field(default=None, sa_column=region_column(nullable=True, index=True))
    day: date
    rows_told: int
    usual: int
    noticed_at: datetime
