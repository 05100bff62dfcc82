"""Visits 检查安排: a planned inspection, unknown to the enterprise and to colleagues until its release."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import enum_column, region_column
from models.limits import DueTimeRead
from models.shapes import Filled, Id, Line, Moment, NewId, Read, Text, Write
from models.words import InspectionKind, VisitBasis, VisitState


class Visit(SQLModel, table=True):
    """A visit with its basis and task source (行政检查审批表). Its id is a UUID 4: a UUID 7 would tell when.

    What is planned lies in `sealed` (services/sealing.py) until somebody arrives; only then are the columns of
    VisitFacts filled, and the box stays, for events tell its hash. What nobody planned is never sealed.
    `arrived_at` is set once its inspection was accepted; a visit that was inspected before its approval stays
    `proposed` until then, and `approve_by` says by when.
    """

    __tablename__ = "visit"
    __table_args__ = (
        sa.CheckConstraint(
            "(sealed IS NOT NULL OR enterprise_id IS NOT NULL) AND "
            "num_nulls(enterprise_id, region, kind, basis, legal_basis, task_source) IN (0, 6)",
            name="sealed_or_open",
        ),
    )

    id: UUID = Field(primary_key=True)
    sealed: bytes | None = None
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.id", index=True)
    region: str | None = Field(default=None, sa_column=region_column(nullable=True))
    kind: InspectionKind | None = Field(default=None, sa_column=enum_column(InspectionKind, nullable=True))
    basis: VisitBasis | None = Field(default=None, sa_column=enum_column(VisitBasis, nullable=True))
    legal_basis: str | None = Field(default=None, sa_type=sa.Text)
    task_source: str | None = Field(default=None, sa_type=sa.Text)
    content: str | None = Field(default=None, sa_type=sa.Text)
    release_at: datetime
    state: VisitState = Field(sa_column=enum_column(VisitState, index=True))
    made_by: UUID = Field(foreign_key="users.id", index=True)
    made_at: datetime
    draw_id: UUID | None = Field(default=None, foreign_key="draw.id", index=True)
    approver_id: UUID | None = Field(default=None, foreign_key="users.id", index=True)
    approved_by: UUID | None = Field(default=None, foreign_key="users.id")
    approved_at: datetime | None = None
    approve_by: datetime | None = None
    cancelled_by: UUID | None = Field(default=None, foreign_key="users.id")
    cancelled_at: datetime | None = None
    cancel_reason: str | None = Field(default=None, sa_type=sa.Text)
    arrived_at: datetime | None = None
    version: int = 1

    @property
    def is_sealed(self) -> bool:
        """Whether its facts are in the box alone."""
        return self.enterprise_id is None


class VisitInspector(SQLModel, table=True):
    """One officer of a visit."""

    __tablename__ = "visit_inspector"

    visit_id: UUID = Field(primary_key=True, foreign_key="visit.id")
    user_id: UUID = Field(primary_key=True, foreign_key="users.id", index=True)


def _tells_no_time(value: UUID) -> UUID:
    if value.version != 4:
        raise ValueError("must be a UUID of version 4: one of version 7 tells when the visit was planned")
    return value


SecretId = Annotated[NewId, AfterValidator(_tells_no_time)]


class VisitFacts(BaseModel):
    """What tells the enterprise: in the box until arrival, in the columns of the same names after it.

    `approval_note` and `cancel_reason` are what people wrote about a sealed visit, and stay in the box.
    """

    model_config = ConfigDict(frozen=True)

    enterprise_id: UUID
    region: str
    kind: InspectionKind
    basis: VisitBasis
    legal_basis: str
    task_source: str
    content: str | None
    approval_note: str | None = None
    cancel_reason: str | None = None


class VisitWrite(Write):
    """A visit to plan; `release_at` is when its inspectors learn of it."""

    model_config = ConfigDict(
        **Write.model_config,
        json_schema_extra={
            "examples": [
                {
                    "enterprise_id": "0198f3a0-0000-7000-8000-0000000000e1",
                    "kind": "spot_check",
                    "basis": "yearly_plan",
                    "legal_basis": "《安全生产法》第六十五条",
                    "task_source": "年度监督检查计划",
                    "content": "消防通道与夜间住人",
                    "release_at": "2026-11-25T08:30:00+08:00",
                    "inspectors": [
                        "0198f3a0-0000-7000-8000-0000000000a1",
                        "0198f3a0-0000-7000-8000-0000000000a2",
                    ],
                    "approver_id": "0198f3a0-0000-7000-8000-0000000000a9",
                }
            ]
        },
    )

    id: SecretId | None = None
    enterprise_id: Id
    kind: InspectionKind
    basis: VisitBasis
    legal_basis: Filled
    task_source: Line
    content: Text | None = None
    release_at: Moment
    inspectors: Annotated[list[Id], Constraint(min_length=1, max_length=20)]
    approver_id: Id


class VisitApproval(Write):
    """The approval of a visit."""

    model_config = ConfigDict(**Write.model_config, json_schema_extra={"examples": [{"note": "同意"}]})

    id: NewId | None = None
    note: Text | None = None


class VisitCancellation(Write):
    """Why a visit does not take place."""

    model_config = ConfigDict(**Write.model_config, json_schema_extra={"examples": [{"reason": "企业已搬迁"}]})

    id: NewId | None = None
    reason: Filled


class VisitRead(Read):
    """A visit for those who may know of it. `approval_due` is set for one that was inspected before its approval."""

    id: UUID
    enterprise_id: UUID
    region: str
    kind: InspectionKind
    kind_label: str
    basis: VisitBasis
    basis_label: str
    legal_basis: str
    task_source: str
    content: str | None
    release_at: datetime
    inspectors: list[UUID]
    state: VisitState
    state_label: str
    made_by: UUID
    made_at: datetime
    approver_id: UUID | None
    approved_by: UUID | None
    approved_at: datetime | None
    approval_due: DueTimeRead | None
    cancelled_by: UUID | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    arrived_at: datetime | None
    version: int
