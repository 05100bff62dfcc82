"""Orders 责令限期整改指令书: one paper, many findings, one number."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import INSERT_ONLY, enum_column, region_column
from models.shapes import Id, NewId, Read, Write
from models.words import Grade


class Order(SQLModel, table=True):
    """An order as issued; never changed. `number` is unique per organ, word and year."""

    __tablename__ = "orders"
    __table_args__ = (
        sa.UniqueConstraint("organ_id", "word", "year", "serial"),
        {"info": INSERT_ONLY},
    )

    id: UUID = Field(primary_key=True)
    organ_id: UUID = Field(foreign_key="organ.id")
    word: str = Field(sa_type=sa.Text)
    year: int
    serial: int
    number: str = Field(sa_type=sa.Text)
    inspection_id: UUID = Field(foreign_key="inspection.id", index=True)
    enterprise_id: UUID = Field(foreign_key="enterprise.id", index=True)
    region: str = Field(sa_column=region_column())
    issued_by: UUID = Field(foreign_key="users.id")
    issued_at: datetime
    issued_on: date


class OrderedFinding(SQLModel, table=True):
    """One finding of an order with its 四定 as they were printed."""

    __tablename__ = "ordered_finding"
    __table_args__ = ({"info": INSERT_ONLY},)

    order_id: UUID = Field(primary_key=True, foreign_key="orders.id")
    finding_id: UUID = Field(primary_key=True, foreign_key="finding.id", index=True)
    position: int
    description: str = Field(sa_type=sa.Text)
    grade: Grade = Field(sa_column=enum_column(Grade))
    basis: str | None = Field(default=None, sa_type=sa.Text)
    measure: str = Field(sa_type=sa.Text)
    standard: str = Field(sa_type=sa.Text)
    deadline: date
    responsible_person: str = Field(sa_type=sa.Text)


class OrderDocument(SQLModel, table=True):
    """The paper of an order as it was made: its bytes, its hash, and the fonts it was set in."""

    __tablename__ = "order_document"
    __table_args__ = ({"info": INSERT_ONLY},)

    order_id: UUID = Field(primary_key=True, foreign_key="orders.id")
    pdf: bytes
    sha256: bytes
    font: str = Field(sa_type=sa.Text)
    made_at: datetime


class PaperCounter(SQLModel, table=True):
    """The last serial of (organ, word, year): the one row that writers queue on, only while a paper is issued."""

    __tablename__ = "paper_counter"

    organ_id: UUID = Field(primary_key=True, foreign_key="organ.id")
    word: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    serial: int


class OrderWrite(Write):
    """An order for findings of one inspection, printed in this sequence.

    Findings that failed a re-inspection are ordered again by naming that re-inspection.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198f2a0-0000-7000-8000-0000000000e1",
                    "inspection_id": "0198f2a0-0000-7000-8000-0000000000e2",
                    "finding_ids": ["0198f2a0-0000-7000-8000-0000000000e3"],
                    "organ_id": "0198f2a0-0000-7000-8000-0000000000e4",
                }
            ]
        }
    )

    id: NewId | None = None
    inspection_id: Id
    finding_ids: Annotated[list[Id], Constraint(min_length=1, max_length=100)]
    organ_id: Id


class OrderedFindingRead(Read):
    """One finding as the order printed it; later changes do not reach it."""

    finding_id: UUID
    position: int
    description: str
    grade: Grade
    grade_label: str
    basis: str | None
    measure: str
    standard: str
    deadline: date
    responsible_person: str


class OrderSummaryRead(Read):
    """An order in a list."""

    id: UUID
    number: str
    organ_id: UUID
    organ_name: str
    inspection_id: UUID
    enterprise_id: UUID
    enterprise_name: str
    issued_by: UUID
    issued_at: datetime
    issued_on: date


class OrderRead(OrderSummaryRead):
    """An order with what it orders."""

    findings: list[OrderedFindingRead]
