"""Findings 隐患: what was found, by when it must be cured, and how far it has come."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import INSERT_ONLY, code_column, enum_column, region_column
from models.words import ExtensionState, FindingState, Grade, PlanState


class Finding(SQLModel, table=True):
    """One hazard. `overdue` is derived from `deadline` and `state`, never stored; dates are legal days in Shanghai."""

    __tablename__ = "finding"
    __table_args__ = (
        sa.Index("ix_finding_region_deadline_id", "region", "deadline", "id"),
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
