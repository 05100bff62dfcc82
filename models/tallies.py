"""Tallies 检查项统计: how often each checklist item was answered and failed, kept by deltas as statistics are."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import code_column, region_column


class TallyDelta(SQLModel, table=True):
    """So many more or fewer answers of one item in one trade and region (services/tallies.py says what is counted).

    `industry` is the enterprise's main one: an item of one checklist is answered in many trades. Versions of an item
    count together.
    """

    __tablename__ = "tally_delta"
    __table_args__ = (sa.Index("ix_tally_delta_item_region", "item", "region"),)

    id: UUID = Field(sa_column=sa.Column(sa.Uuid, server_default=sa.text("gen_random_uuid()"), primary_key=True))
    item: str = Field(sa_column=code_column())
    industry: str = Field(sa_column=code_column())
    region: str = Field(sa_column=region_column())
    answered: int
    failed: int
