"""Checklists: published versions of what an officer looks at in one industry; a published version never changes."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import READ_ONLY, code_column, enum_column
from models.shapes import Read
from models.words import Grade


class Checklist(SQLModel, table=True):
    """One version of one checklist; in force from `published_on` until a newer one is published or it is withdrawn."""

    __tablename__ = "checklist"
    __table_args__ = {"info": READ_ONLY}

    code: str = Field(sa_column=code_column(primary_key=True))
    version: int = Field(primary_key=True)
    industry: str = Field(sa_column=code_column(sa.ForeignKey("industry.code"), index=True))
    title: str
    published_on: date
    source: str
    withdrawn_on: date | None = None


class ChecklistItem(SQLModel, table=True):
    """One item as one version words it; an answer names (code, version) and so keeps the words it answered."""

    __tablename__ = "checklist_item"
    __table_args__ = (
        sa.ForeignKeyConstraint(["checklist", "version"], ["checklist.code", "checklist.version"]),
        sa.UniqueConstraint("checklist", "version", "position"),
        {"info": READ_ONLY},
    )

    code: str = Field(sa_column=code_column(primary_key=True))
    version: int = Field(primary_key=True)
    checklist: str = Field(sa_column=code_column())
    position: int
    text: str
    default_grade: Grade = Field(sa_column=enum_column(Grade))
    basis: str
    verified: bool


class ChecklistRead(Read):
    """One version without its items."""

    code: str
    version: int
    industry: str
    title: str
    published_on: date
    source: str
    withdrawn_on: date | None

    @classmethod
    def of(cls, checklist: Checklist) -> "ChecklistRead":
        """The row as clients see it."""
        return cls(
            code=checklist.code,
            version=checklist.version,
            industry=checklist.industry,
            title=checklist.title,
            published_on=checklist.published_on,
            source=checklist.source,
            withdrawn_on=checklist.withdrawn_on,
        )


class ChecklistItemRead(Read):
    """One item; `verified` says whether every source of `basis` was checked against the statute's text."""

    code: str
    text: str
    default_grade: Grade
    default_grade_label: str
    basis: str
    verified: bool

    @classmethod
    def of(cls, item: ChecklistItem) -> "ChecklistItemRead":
        """The row as clients see it."""
        return cls(
            code=item.code,
            text=item.text,
            default_grade=item.default_grade,
            default_grade_label=item.default_grade.label,
            basis=item.basis,
            verified=item.verified,
        )


class ChecklistDetailRead(ChecklistRead):
    """One version with its items, in the order they are walked."""

    items: list[ChecklistItemRead]

    @classmethod
    def with_items(cls, checklist: Checklist, items: Sequence[ChecklistItem]) -> "ChecklistDetailRead":
        """The row and its items as clients see them."""
        head = ChecklistRead.of(checklist)
        return cls(**head.model_dump(), items=[ChecklistItemRead.of(item) for item in items])


class LastFailedRead(Read):
    """When an item last failed at this very enterprise; the grade is its finding's, null where it was only answered."""

    inspection_id: UUID
    arrived_at: datetime
    finding_id: UUID | None
    grade: Grade | None
    grade_label: str | None


class FittingItemRead(ChecklistItemRead):
    """An item with how often it was answered and failed here, and the rate by which it stands where it does."""

    checklist: str
    version: int
    answered: int
    failed: int
    failure_rate: float
    last_failed: LastFailedRead | None


class FittingChecklistRead(Read):
    """What to look at in one enterprise, what fails most first.

    `answered` and `failed` are of the enterprise's main `industry` in `region`, within the reader's sight; for an
    enterprise's own account they are of itself alone, and `region` is null.
    """

    enterprise_id: UUID
    on: date
    industry: str
    region: str | None
    items: list[FittingItemRead]
