"""Orders 责令限期整改指令书: one paper, many findings, one number."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import INSERT_ONLY, enum_column, region_column
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
