"""Findings 隐患: what was found, by when it must be cured, and how far it has come."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import INSERT_ONLY, code_column, enum_column, region_column
from models.extensions import ExtensionRead
from models.limits import DueDateRead
from models.shapes import Code, Day, Line, Read, RegionCode
from models.steps import (
    PlanRead,
    RectificationRead,
    ReinspectionRead,
    TransferRead,
    WithdrawalRead,
    WriteOffRead,
)
from models.words import ExtensionState, FindingState, Grade, Move, PhotoPurpose, PlanState

NO_DEADLINE = "DATE '9999-12-31'"
"""Where a finding without a deadline stands in an order by deadline: last."""


ENTERPRISE_MUST_ACT = frozenset({FindingState.REGISTERED, FindingState.ORDERED, FindingState.RECTIFYING})
"""States in which a passed deadline is the enterprise's lateness; `reported` is the office's own."""

OPEN = ENTERPRISE_MUST_ACT | {FindingState.REPORTED, FindingState.VERIFIED}
"""States in which something is still to be done; from each a finding may be transferred or withdrawn."""


class Finding(SQLModel, table=True):
    """One hazard. `overdue` is derived from `deadline` and `state`, never stored; dates are legal days in Shanghai."""

    __tablename__ = "finding"
    __table_args__ = (
        sa.Index("ix_finding_region_due_id", "region", sa.text(f"coalesce(deadline, {NO_DEADLINE})"), "id"),
        sa.Index("ix_finding_due_id", sa.text(f"coalesce(deadline, {NO_DEADLINE})"), "id"),
        sa.Index("ix_finding_enterprise_id", "enterprise_id"),
        sa.Index("ix_finding_inspection_id", "inspection_id"),
        sa.Index("ix_finding_state_deadline", "state", "deadline"),
    )

    id: UUID = Field(primary_key=True)
    inspection_id: UUID = Field(foreign_key="inspection.id")
    enterprise_id: UUID = Field(foreign_key="enterprise.id")
    region: str = Field(sa_column=region_column())
    industry: str = Field(sa_column=code_column(sa.ForeignKey("industry.code")))
    position: int
    item: str | None = Field(default=None, sa_column=code_column(nullable=True))
    item_version: int | None = None
    description: str = Field(sa_type=sa.Text)
    grade: Grade = Field(sa_column=enum_column(Grade))
    major_basis: str | None = Field(default=None, sa_type=sa.Text)
    measure: str | None = Field(default=None, sa_type=sa.Text)
    standard: str | None = Field(default=None, sa_type=sa.Text)
    deadline: date | None = None
    responsible_person: str | None = Field(default=None, sa_type=sa.Text)
    fixed_on_site: str | None = Field(default=None, sa_type=sa.Text)
    state: FindingState = Field(sa_column=enum_column(FindingState))
    found_on: date
    registered_by: UUID = Field(foreign_key="users.id", index=True)
    registered_at: datetime
    order_id: UUID | None = Field(default=None, foreign_key="orders.id", index=True)
    reported_at: datetime | None = None
    reported_late: bool = False
    reinspect_by: date | None = None
    failed_reinspections: int = 0
    awaits_new_order: bool = False
    verified_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1


class RectificationPlan(SQLModel, table=True):
    """整改方案 with its 五落实: measures, responsible person, deadline, funding, contingency plan."""

    __tablename__ = "rectification_plan"

    id: UUID = Field(primary_key=True)
    finding_id: UUID = Field(foreign_key="finding.id", index=True)
    state: PlanState = Field(sa_column=enum_column(PlanState))
    measures: str = Field(sa_type=sa.Text)
    responsible_person: str | None = Field(default=None, sa_type=sa.Text)
    deadline: date | None = None
    funding: str | None = Field(default=None, sa_type=sa.Text)
    contingency_plan: str | None = Field(default=None, sa_type=sa.Text)
    filed_by: UUID = Field(foreign_key="users.id")
    filed_at: datetime
    on_behalf: bool
    decided_by: UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = None
    decision_note: str | None = Field(default=None, sa_type=sa.Text)


class Extension(SQLModel, table=True):
    """延期: asked before the deadline, decided by the office."""

    __tablename__ = "extension"

    id: UUID = Field(primary_key=True)
    finding_id: UUID = Field(foreign_key="finding.id", index=True)
    state: ExtensionState = Field(sa_column=enum_column(ExtensionState))
    old_deadline: date
    asked_until: date
    reason: str = Field(sa_type=sa.Text)
    asked_by: UUID = Field(foreign_key="users.id")
    asked_at: datetime
    on_behalf: bool
    decided_by: UUID | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = None
    decision_note: str | None = Field(default=None, sa_type=sa.Text)


class Rectification(SQLModel, table=True):
    """整改报告: what the enterprise says it did."""

    __tablename__ = "rectification"
    __table_args__ = ({"info": INSERT_ONLY},)

    id: UUID = Field(primary_key=True)
    finding_id: UUID = Field(foreign_key="finding.id", index=True)
    text: str = Field(sa_type=sa.Text)
    filed_by: UUID = Field(foreign_key="users.id")
    filed_at: datetime
    on_behalf: bool


class WriteOff(SQLModel, table=True):
    """销号: who closed the finding, and why it may be closed."""

    __tablename__ = "write_off"
    __table_args__ = ({"info": INSERT_ONLY},)

    id: UUID = Field(primary_key=True)
    finding_id: UUID = Field(foreign_key="finding.id", unique=True)
    written_off_by: UUID = Field(foreign_key="users.id")
    at: datetime
    note: str | None = Field(default=None, sa_type=sa.Text)


class Transfer(SQLModel, table=True):
    """移送 to another organ (安法 第69条), with its receipt once that comes."""

    __tablename__ = "transfer"

    id: UUID = Field(primary_key=True)
    finding_id: UUID = Field(foreign_key="finding.id", unique=True)
    organ_name: str = Field(sa_type=sa.Text)
    reason: str = Field(sa_type=sa.Text)
    transferred_by: UUID = Field(foreign_key="users.id")
    at: datetime
    receipt_number: str | None = Field(default=None, sa_type=sa.Text)
    received_on: date | None = None


class Withdrawal(SQLModel, table=True):
    """撤销 of a finding registered by mistake; the history stays."""

    __tablename__ = "withdrawal"
    __table_args__ = ({"info": INSERT_ONLY},)

    id: UUID = Field(primary_key=True)
    finding_id: UUID = Field(foreign_key="finding.id", unique=True)
    reason: str = Field(sa_type=sa.Text)
    withdrawn_by: UUID = Field(foreign_key="users.id")
    at: datetime


class FindingFilter(BaseModel):
    """What a list of findings may be narrowed to; all that are given hold at once."""

    model_config = ConfigDict(frozen=True)

    state: Annotated[list[FindingState], Constraint(description="may be given several times")] = []
    grade: Grade | None = None
    enterprise_id: UUID | None = None
    inspection_id: UUID | None = None
    region: Annotated[RegionCode | None, Constraint(description="with everything below it")] = None
    industry: Code | None = None
    department_id: Annotated[UUID | None, Constraint(description="its trades")] = None
    overdue: Annotated[bool | None, Constraint(description="the enterprise's deadline has passed")] = None
    reinspection_overdue: Annotated[bool | None, Constraint(description="the office's own lateness")] = None
    due_before: Annotated[Day | None, Constraint(description="deadline before this day")] = None
    q: Annotated[Line | None, Constraint(description="part of the description or of the enterprise's name")] = None


class FindingSummaryRead(Read):
    """A finding in a list. `overdue` is the enterprise's lateness, `reinspection_overdue` the office's own."""

    id: UUID
    enterprise_id: UUID
    enterprise_name: str
    inspection_id: UUID
    region: str
    industry: str
    item: str | None
    description: str
    grade: Grade
    grade_label: str
    state: FindingState
    state_label: str
    found_on: date
    deadline: date | None
    overdue: bool
    reinspect_by: date | None
    reinspection_overdue: bool
    awaits_new_order: bool
    order_id: UUID | None
    version: int


class NextMove(Read):
    """A move that the state allows next."""

    move: Move
    label: str


class FindingPhotoRead(Read):
    """A photo that some record of the finding names; `arrived` is false while it still waits on a phone.

    `preview`: a small picture came ahead of it, which getPhotoImage shows marked until the original is here.
    """

    id: UUID
    purpose: PhotoPurpose
    purpose_label: str
    subject_id: UUID
    arrived: bool
    preview: bool


class FindingOrderRead(Read):
    """An order that names the finding, with the deadline as it was printed."""

    id: UUID
    number: str
    issued_on: date
    deadline: date


class FindingRead(FindingSummaryRead):
    """A finding with its whole file. Where several stand in a list, the oldest comes first."""

    item_version: int | None
    position: int
    major_basis: str | None
    measure: str | None
    standard: str | None
    responsible_person: str | None
    fixed_on_site: str | None
    registered_by: UUID
    registered_at: datetime
    reported_at: datetime | None
    reported_late: bool
    failed_reinspections: int
    verified_at: datetime | None
    closed_at: datetime | None
    reinspection_due: DueDateRead | None
    extension_ask_by: DueDateRead | None
    next_moves: list[NextMove]
    orders: list[FindingOrderRead]
    plans: list[PlanRead]
    extensions: list[ExtensionRead]
    rectifications: list[RectificationRead]
    reinspections: list[ReinspectionRead]
    write_off: WriteOffRead | None
    transfer: TransferRead | None
    withdrawal: WithdrawalRead | None
    photos: list[FindingPhotoRead]
