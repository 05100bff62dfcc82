"""Imports 导入: what a file brought in, row by row, seen by its maker alone."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict
from pydantic import Field as Constraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.columns import enum_column
from models.likely_duplicates import DuplicateReason
from models.shapes import NewId, Read, Sha256Hex, Text, Write
from models.words import ImportKind, ImportMode, ImportState, Word

MOST_TOLD = 1000
"""Problems, and changes, that an answer names one by one; the marked workbook has them all."""


class ValueClass(Word):
    TEXT = "text", "文本"
    NUMBER = "number", "数字"
    DATE = "date", "日期"
    BOOLEAN = "boolean", "逻辑值"
    ERROR = "error", "公式错误"
    EMPTY = "empty", "空白"


class EnterpriseImport(SQLModel, table=True):
    """One import file and what became of it, of whatever kind: written once, when it is done."""

    __tablename__ = "enterprise_import"  # older than the other kinds; a new name would stop a service that still runs

    id: UUID = Field(primary_key=True)
    kind: ImportKind = Field(sa_column=enum_column(ImportKind, server_default=ImportKind.ENTERPRISES))
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
    changes: list[dict[str, str | int | None]] = Field(
        sa_column=sa.Column(JSONB, nullable=False, server_default="[]"), default_factory=list
    )
    cautions: list[dict[str, str | int | None]] = Field(
        sa_column=sa.Column(JSONB, nullable=False, server_default="[]"), default_factory=list
    )
    notes: list[dict[str, str]] = Field(
        sa_column=sa.Column(JSONB, nullable=False, server_default="[]"), default_factory=list
    )


class ImportWork(SQLModel, table=True):
    """What is to be done, or was done lately: the sheets, sealed, and how far it is. Swept after some weeks."""

    __tablename__ = "import_work"
    __table_args__ = ({"info": {"grants": "SELECT, INSERT, UPDATE, DELETE"}},)

    id: UUID = Field(primary_key=True)
    kind: ImportKind = Field(sa_column=enum_column(ImportKind))
    made_by: UUID = Field(foreign_key="users.id", index=True)
    mode: ImportMode = Field(sa_column=enum_column(ImportMode))
    file_sha256: str = Field(sa_type=sa.Text)
    sent_at: datetime = Field(index=True)
    state: ImportState = Field(sa_column=enum_column(ImportState))
    rows: int
    rows_judged: int = 0
    rows_written: int = 0
    made_ids: list[str] = Field(sa_column=sa.Column(JSONB, nullable=False), default_factory=list)
    sealed: bytes


class ImportWrite(Write):
    """What makes a repeat of an import known: the same file in the same mode."""

    id: NewId | None = None
    mode: ImportMode
    file_sha256: Sha256Hex


class FirstPasswordsIssue(Write):
    """Why a sheet is issued; above all why it is issued again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "上一份密码单遗失"}]})

    note: Text | None = None


class RowProblem(Read):
    """One bad cell: its sheet (empty in a CSV file), its row and address as a spreadsheet names them, its column, what
    it held, a stable code and a sentence. Never the value."""

    sheet: str
    row: int
    column: str
    cell: Annotated[str, Constraint(description="such as C7")]
    value_class: ValueClass
    code: str
    detail: str


class RowChange(Read):
    """One field that a row changes, or would change; null where there is or was nothing."""

    sheet: str
    row: int
    name: Annotated[str, Constraint(description="the record, by its name as it was")]
    column: str
    field: str
    before: str | None
    after: str | None


class RowCaution(Read):
    """A new row that is probably an enterprise of the register (`enterprise_id`) or of an earlier row of the file
    (`other_sheet`, `other_row`), and why; it is taken all the same."""

    sheet: str
    row: int
    name: str
    code: DuplicateReason
    detail: str
    other_name: str
    enterprise_id: UUID | None
    other_sheet: str | None
    other_row: int | None


class SheetNote(Read):
    """What a sheet hid or left out: hidden rows and columns are read all the same, hidden sheets are not."""

    sheet: str
    code: str
    detail: str


class ImportRead(Read):
    """What an import did, or would have done: with `applied` false nothing was written."""

    id: UUID
    kind: ImportKind
    mode: ImportMode
    state: Annotated[ImportState, Constraint(description="counts and lists are whole only when it is done")]
    created_at: datetime
    rows: int
    rows_judged: int
    rows_written: int
    created: int
    updated: int
    unchanged: int
    applied: bool
    ignored_columns: list[str]
    notes: list[SheetNote]
    problem_count: int
    problems: Annotated[
        list[RowProblem], Constraint(description="the first thousand; the marked workbook has them all")
    ]
    change_count: int
    changes: Annotated[list[RowChange], Constraint(description="of records that are there already; the first thousand")]
    caution_count: int
    cautions: Annotated[
        list[RowCaution],
        Constraint(description="new rows that may be an enterprise of the register or of the file; the first thousand"),
    ]
