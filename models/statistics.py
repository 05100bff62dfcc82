"""Statistics 统计: counts kept by deltas in the change's own transaction, compacted by the worker."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import code_column, enum_column, region_column
from models.shapes import Read
from models.words import Dimension, FindingState, Grade


class FindingDelta(SQLModel, table=True):
    """So many findings more or fewer in one cell. Rows are only added by requests; the worker folds them together.

    `due` is the deadline while the enterprise must act, the re-inspection date while the office must, else null:
    so overdue is a sum over `due < today`, and needs no clock to be kept.
    """

    __tablename__ = "finding_delta"
    __table_args__ = (sa.Index("ix_finding_delta_region_month", "region", "month"),)

    id: UUID = Field(sa_column=sa.Column(sa.Uuid, server_default=sa.text("gen_random_uuid()"), primary_key=True))
    month: date
    region: str = Field(sa_column=region_column())
    industry: str = Field(sa_column=code_column())
    grade: Grade = Field(sa_column=enum_column(Grade))
    state: FindingState = Field(sa_column=enum_column(FindingState))
    due: date | None = None
    late: bool
    findings: int


class RatesRead(Read):
    """Shares between 0 and 1; null where there is nothing to divide by. Transferred and withdrawn count nowhere."""

    rectification: float | None
    overdue: float | None
    reported_late: float | None
    reinspection_overdue: float | None


class StatisticsRow(Read):
    """One group; a dimension that was not asked for is null."""

    month: str | None
    region: str | None
    industry: str | None
    grade: Grade | None
    state: FindingState | None
    findings: int
    open: int
    rectified: int
    closed: int
    transferred: int
    withdrawn: int
    overdue: int
    reported_late: int
    reinspection_overdue: int
    rates: RatesRead


class StatisticsRead(Read):
    """Counts of findings by the day they were found; `cut` says that there were more groups than are shown."""

    today: date
    by: list[Dimension]
    rows: list[StatisticsRow]
    total: StatisticsRow
    cut: bool
