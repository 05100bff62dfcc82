"""Inspections 检查: one visit done, as the phone reported it, and every version of it."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import JsonValue
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.columns import INSERT_ONLY, code_column, enum_column, region_column
from models.limits import DueTimeRead
from models.log import CheckpointRead, ConsistencyRead
from models.shapes import LocationRead, Read
from models.words import (
    AnswerResult,
    Datum,
    FindingState,
    Grade,
    InspectionKind,
    InspectionState,
    LocationSource,
    PhotoPurpose,
    ReceiptStage,
    VisitState,
)


class Inspection(SQLModel, table=True):
    """The newest version of an inspection. Fewer than two valid cards: `patrol` (国办发〔2024〕54号).

    `held_region` says whose office decides on a held report: where its enterprise lies, else where its author belongs.
    It is never shown: an author who does not see the enterprise must not learn that there is one.
    """

    __tablename__ = "inspection"
    __table_args__ = (
        sa.Index("ix_inspection_region_arrived_at_id", "region", "arrived_at", "id"),
        sa.Index("ix_inspection_enterprise_id_arrived_at", "enterprise_id", "arrived_at"),
    )

    id: UUID = Field(primary_key=True)
    kind: InspectionKind = Field(sa_column=enum_column(InspectionKind))
    reported_kind: InspectionKind = Field(sa_column=enum_column(InspectionKind, check_name="reported_kind"))
    state: InspectionState = Field(sa_column=enum_column(InspectionState))
    held_reasons: list[str] = Field(default_factory=list, sa_column=sa.Column(JSONB, nullable=False))
    held_decided_by: UUID | None = Field(default=None, foreign_key="users.id")
    held_note: str | None = Field(default=None, sa_type=sa.Text)
    held_region: str | None = Field(default=None, sa_column=region_column(nullable=True, index=True))
    visit_id: UUID | None = Field(default=None, foreign_key="visit.id", index=True)
    urgent_reason: str | None = Field(default=None, sa_type=sa.Text)
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.id")
    region: str | None = Field(default=None, sa_column=region_column(nullable=True))
    arrived_at: datetime
    left_at: datetime | None = None
    arrival_code: str | None = Field(default=None, sa_type=sa.Text)
    scanned_sha256: str | None = Field(default=None, sa_column=code_column(length=64, nullable=True))
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    crs: Datum | None = Field(default=None, sa_column=enum_column(Datum, nullable=True))
    location_source: LocationSource | None = Field(default=None, sa_column=enum_column(LocationSource, nullable=True))
    mocked: bool | None = None
    credentials_shown: bool | None = None
    accompanied_by: str | None = Field(default=None, sa_type=sa.Text)
    briefing_before: bool | None = None
    unit_signed: bool | None = None
    refusal_note: str | None = Field(default=None, sa_type=sa.Text)
    note: str | None = Field(default=None, sa_type=sa.Text)
    submitted_by: UUID = Field(foreign_key="users.id", index=True)
    received_at: datetime
    skew_seconds: int | None = None
    unknown_fields: list[str] = Field(default_factory=list, sa_column=sa.Column(JSONB, nullable=False))
    warnings: list[str] = Field(default_factory=list, sa_column=sa.Column(JSONB, nullable=False))
    version: int = 1


class InspectionInspector(SQLModel, table=True):
    """One person who inspected, with the card as it was on the day."""

    __tablename__ = "inspection_inspector"

    inspection_id: UUID = Field(primary_key=True, foreign_key="inspection.id")
    user_id: UUID = Field(primary_key=True, foreign_key="users.id", index=True)
    position: int
    card_number: str | None = Field(default=None, sa_type=sa.Text)
    card_valid: bool


class InspectionVersion(SQLModel, table=True):
    """A version exactly as it was sent: the raw bytes of the report or amendment, never changed."""

    __tablename__ = "inspection_version"
    __table_args__ = ({"info": INSERT_ONLY},)

    inspection_id: UUID = Field(primary_key=True, foreign_key="inspection.id")
    version: int = Field(primary_key=True)
    raw: bytes
    sha256: bytes
    sent_by: UUID = Field(foreign_key="users.id")
    received_at: datetime
    reason: str | None = Field(default=None, sa_type=sa.Text)


class Answer(SQLModel, table=True):
    """The result of one checklist item in its version; `item` may be unknown here, as a phone can be newer."""

    __tablename__ = "answer"

    inspection_id: UUID = Field(primary_key=True, foreign_key="inspection.id")
    item: str = Field(sa_column=code_column(primary_key=True))
    item_version: int | None = None
    result: AnswerResult = Field(sa_column=enum_column(AnswerResult))
    note: str | None = Field(default=None, sa_type=sa.Text)


class ReinspectionResult(SQLModel, table=True):
    """Pass or fail of one finding in one re-inspection 复查."""

    __tablename__ = "reinspection_result"
    __table_args__ = ({"info": INSERT_ONLY},)

    inspection_id: UUID = Field(primary_key=True, foreign_key="inspection.id")
    finding_id: UUID = Field(primary_key=True, foreign_key="finding.id", index=True)
    passed: bool
    note: str | None = Field(default=None, sa_type=sa.Text)
    same_officers_reason: str | None = Field(default=None, sa_type=sa.Text)


class InspectorRead(Read):
    """One person who inspected, with the card as it was on the day."""

    user_id: UUID
    name: str
    card_number: str | None
    card_valid: bool


class AnswerRead(Read):
    """The result of one checklist item."""

    item: str
    item_version: int | None
    result: AnswerResult
    result_label: str
    note: str | None


class InspectionFindingRead(Read):
    """A finding of this inspection; getFinding tells the rest."""

    id: UUID
    position: int
    item: str | None
    description: str
    grade: Grade
    grade_label: str
    state: FindingState
    state_label: str
    deadline: date | None


class VerdictRead(Read):
    """Pass or fail of one finding in this re-inspection."""

    finding_id: UUID
    passed: bool
    note: str | None
    same_officers_reason: str | None


class InspectionPhotoRead(Read):
    """A photo that this inspection names; `stored` once its bytes are here, and those that were declared.

    `preview`: not stored, but a small picture came ahead of it.
    """

    id: UUID
    purpose: PhotoPurpose
    purpose_label: str
    finding_ids: list[UUID]
    stored: bool
    preview: bool


class InspectionVisitRead(Read):
    """How far the approval of the visit is; `approval_due` where it is still to come after the fact."""

    id: UUID
    state: VisitState
    state_label: str
    approved_at: datetime | None
    approval_due: DueTimeRead | None


class InspectionSummaryRead(Read):
    """An inspection in a list."""

    id: UUID
    kind: InspectionKind
    kind_label: str
    state: InspectionState
    state_label: str
    enterprise_id: UUID | None
    enterprise_name: str | None
    region: str | None
    arrived_at: datetime
    received_at: datetime
    findings_count: int
    missing_photos_count: int
    version: int


class InspectedRead(InspectionSummaryRead):
    """What the enterprise, too, may know of its own inspection (行政执法公示; 安法 第68条)."""

    left_at: datetime | None
    credentials_shown: bool | None
    unit_signed: bool | None
    refusal_note: str | None
    inspectors: list[InspectorRead]
    answers: list[AnswerRead]
    findings: list[InspectionFindingRead]
    reinspections: list[VerdictRead]
    photos: list[InspectionPhotoRead]
    missing_photos: list[UUID]


class InspectionRead(InspectedRead):
    """The whole inspection, for those who inspect; `warnings` and `held_reasons` are codes, some with a place."""

    reported_kind: InspectionKind
    held_reasons: list[str]
    held_decided_by: UUID | None
    held_note: str | None
    visit: InspectionVisitRead | None
    urgent_reason: str | None
    arrival_code: str | None
    location: LocationRead | None
    accompanied_by: str | None
    briefing_before: bool | None
    note: str | None
    submitted_by: UUID
    skew_seconds: int | None
    unknown_fields: list[str]
    warnings: list[str]


class InspectionVersionRead(Read):
    """One version exactly as it was sent: the report, or the amendment that made it, as a JSON object."""

    id: UUID
    version: int
    report: dict[str, JsonValue]
    report_sha256: str
    reason: str | None
    sent_by: UUID
    sent_by_name: str
    received_at: datetime


class ReceiptPhotoRead(Read):
    """A photo as the report declared it and as it is here; `sha256` is null until its bytes have come."""

    id: UUID
    declared_sha256: str | None
    sha256: str | None
    bytes: int | None
    stored_at: datetime | None
    stored: bool


class ReceiptEventRead(Read):
    """A record of this report. Once it has its place in the log, `path` proves it against the receipt's checkpoint.

    One that has none yet is promised one within 60 s of `at`; a receipt taken later without it shows a broken promise.
    """

    id: UUID
    kind: str
    at: datetime
    hash: str
    position: int | None
    path: list[str]


class ReceiptRead(Read):
    """What has arrived of a report. `stored`: on this server's disk; a phone keeps its photos until they are `kept`.

    `signature` is Ed25519, in base64, over `zhicha receipt v1`, a newline, and the canonical JSON of all other fields.
    """

    inspection_id: UUID
    version: int
    state: InspectionState
    state_label: str
    stage: ReceiptStage
    stage_label: str
    report_sha256: str
    received_at: datetime
    server_time: datetime
    kept_at: datetime | None
    photos: list[ReceiptPhotoRead]
    missing_photos: list[UUID]
    events: list[ReceiptEventRead]
    checkpoint: CheckpointRead | None
    consistency: ConsistencyRead | None
    signed_by: str
    signature: str
