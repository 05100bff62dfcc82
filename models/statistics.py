"""Statistics 统计: counts kept by deltas in the change's own transaction, compacted by the worker."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import code_column, enum_column, region_column
from models.words import FindingState, Grade


class FindingDelta(SQLModel, table=True):
    """So many findings more or fewer in one cell. Rows are only added by requests; the worker folds them together.

    `due` is the deadline while the enterprise must act, the re-inspection date while the office must, else null:
    so overdue is a sum over `due < today`, and needs no clock to be kept.
    """

    __tablename__ = "finding_delta"
    __table_args__ = (sa.Index("ix_finding_delta_region_month", "region", "month"),)

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), primary_key=True))
    month: date
    region: str = Field(sa_column=region_column())
    industry: str = Field(sa_column=code_column())
    grade: Grade = Field(sa_column=enum_column(Grade))
    state: FindingState = Field(sa_column=enum_column(FindingState))
    due: date | None = None
    late: bool
    findings: int
