"""Visits 检查安排: a planned inspection, unknown to the enterprise and to colleagues until its release."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import enum_column, region_column
from models.shapes import Filled, Id, Line, Moment, NewId, Read, Text, Write
from models.words import InspectionKind, VisitBasis, VisitState


class Visit(SQLModel, table=True):
    """A visit with its basis and task source (行政检查审批表). Its id is a UUID 4: a UUID 7 would tell when."""

    __tablename__ = "visit"

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID = Field(foreign_key="enterprise.id", index=True)
    region: str = Field(sa_column=region_column())
    kind: InspectionKind = Field(sa_column=enum_column(InspectionKind))
    basis: VisitBasis = Field(sa_column=enum_column(VisitBasis))
    legal_basis: str = Field(sa_type=sa.Text)
    task_source: str = Field(sa_type=sa.Text)
    content: str | None = Field(default=None, sa_type=sa.Text)
    release_at: datetime
    state: VisitState = Field(sa_column=enum_column(VisitState, index=True))
    made_by: UUID = Field(foreign_key="users.id", index=True)
    made_at: datetime
    approver_id: UUID | None = Field(default=None, foreign_key="users.id", index=True)
    approved_by: UUID | None = Field(default=None, foreign_key="users.id")
    approved_at: datetime | None = None
    approve_by: datetime | None = None
    cancelled_by: UUID | None = Field(default=None, foreign_key="users.id")
    cancelled_at: datetime | None = None
    cancel_reason: str | None = Field(default=None, sa_type=sa.Text)
    arrived_at: datetime | None = None
    version: int = 1


class VisitInspector(SQLModel, table=True):
    """One officer of a visit."""

    __tablename__ = "visit_inspector"

    visit_id: UUID = Field(primary_key=True, foreign_key="visit.id")
    user_id: UUID = Field(primary_key=True, foreign_key="users.id", index=True)


class VisitWrite(Write):
    """A visit to plan; `release_at` is when its inspectors learn of it."""

    id: NewId | None = None
    enterprise_id: Id
    kind: InspectionKind
    basis: VisitBasis
    legal_basis: Filled
    task_source: Line
    content: Text | None = None
    release_at: Moment
    inspectors: list[Id]
    approver_id: Id


class VisitApproval(Write):
    """The approval of a visit."""

    id: NewId | None = None
    note: Text | None = None


class VisitCancellation(Write):
    """Why a visit does not take place."""

    id: NewId | None = None
    reason: Filled


class VisitRead(Read):
    """A visit for those who may know of it."""

    id: UUID
    enterprise_id: UUID
    kind: InspectionKind
    basis: VisitBasis
    legal_basis: str
    task_source: str
    content: str | None
    release_at: datetime
    inspectors: list[UUID]
    state: VisitState
    made_by: UUID
    made_at: datetime
    approver_id: UUID | None
    approved_by: UUID | None
    approved_at: datetime | None
    approve_by: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    arrived_at: datetime | None
    version: int
