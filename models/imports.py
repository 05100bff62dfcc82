"""Imports 导入: what a file brought in, row by row, seen by its maker alone."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.columns import enum_column
from models.shapes import NewId, Read, Sha256Hex, Write
from models.words import ImportMode


class EnterpriseImport(SQLModel, table=True):
    """One import file and what became of it."""

    __tablename__ = "enterprise_import"

    id: UUID = Field(primary_key=True)
    made_by: UUID = Field(foreign_key="users.id")
    mode: ImportMode = Field(sa_column=enum_column(ImportMode))
    file_sha256: str = Field(sa_type=sa.Text)
    created_at: datetime
    rows: int
    created: int
    updated: int
    unchanged: int
    applied: bool
    ignored_columns: list[str] = Field(sa_column=sa.Column(JSONB, nullable=False))
    problems: list[dict[str, str | int]] = Field(sa_column=sa.Column(JSONB, nullable=False))


class ImportWrite(Write):
    """What makes a repeat of an import known: the same file in the same mode."""

    id: NewId | None = None
    mode: ImportMode
    file_sha256: Sha256Hex


class RowProblem(Read):
    """One bad cell: its row as a spreadsheet numbers it, its column, a stable code and a sentence."""

    row: int
    column: str
    code: str
    detail: str


class ImportRead(Read):
    """What an import did, or would have done: with `applied` false nothing was written."""

    id: UUID
    mode: ImportMode
    created_at: datetime
    rows: int
    created: int
    updated: int
    unchanged: int
    applied: bool
    ignored_columns: list[str]
    problems: list[RowProblem]
