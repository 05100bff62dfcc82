"""Statutes, criteria of major hazards (重大事故隐患判定标准) and fines: what the law says, as rows with their days."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Field, SQLModel

from models.columns import READ_ONLY, code_column, enum_column
from models.shapes import Read
from models.words import FineParty, FineStage


class Statute(SQLModel, table=True):
    """A law, regulation or technical standard; `cited` is how bases begin that name it. No first day: not known."""

    __tablename__ = "statute"
    __table_args__ = {"info": READ_ONLY}

    cited: str = Field(sa_column=code_column(length=200, primary_key=True))
    title: str
    number: str | None
    issuer: str | None
    valid_from: date | None
    valid_to: date | None
    note: str | None
    verified: bool


class Criterion(SQLModel, table=True):
    """A document that says which hazards of a domain are major."""

    __tablename__ = "criterion"
    __table_args__ = {"info": READ_ONLY}

    code: str = Field(sa_column=code_column(primary_key=True))
    cited: str
    domain: str
    number: str
    issuer: str
    valid_from: date | None
    valid_to: date | None
    note: str | None
    verified: bool


class CriterionClause(SQLModel, table=True):
    """One clause: its text in short, and to whom it applies."""

    __tablename__ = "criterion_clause"
    __table_args__ = {"info": READ_ONLY}

    criterion: str = Field(sa_column=code_column(primary_key=True))
    clause: str = Field(sa_column=code_column(length=64, primary_key=True))
    position: int
    text: str
    applies_when: str
    verified: bool


class Fine(SQLModel, table=True):
    """What one violation costs whom at which stage; `also` is what is not an amount."""

    __tablename__ = "fine"
    __table_args__ = {"info": READ_ONLY}

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    statute: str = Field(sa_column=code_column(length=200))
    article: str
    violation: str
    stage: FineStage = Field(sa_column=enum_column(FineStage))
    who: FineParty = Field(sa_column=enum_column(FineParty))
    min_yuan: int | None
    max_yuan: int | None
    also: str | None
    valid_from: date
    valid_to: date | None
    verified: bool


class StatuteRead(Read):
    """A statute; a first day that is null is not known, `verified` says whether its text was read."""

    cited: str
    title: str
    number: str | None
    issuer: str | None
    valid_from: date | None
    valid_to: date | None
    note: str | None
    verified: bool

    @classmethod
    def of(cls, statute: Statute) -> "StatuteRead":
        """The row as clients see it."""
        return cls(**statute.model_dump())


class ClauseRead(Read):
    """One clause of a criterion."""

    clause: str
    text: str
    applies_when: str
    verified: bool


class CriterionRead(Read):
    """A criterion with the clauses that the catalogue holds, in the document's order."""

    code: str
    cited: str
    domain: str
    number: str
    issuer: str
    valid_from: date | None
    valid_to: date | None
    note: str | None
    verified: bool
    clauses: list[ClauseRead]

    @classmethod
    def with_clauses(cls, criterion: Criterion, clauses: Sequence[CriterionClause]) -> "CriterionRead":
        """The rows as clients see them."""
        shown = [
            ClauseRead(clause=row.clause, text=row.text, applies_when=row.applies_when, verified=row.verified)
            for row in clauses
        ]
        return cls(**criterion.model_dump(), clauses=shown)


class FineRead(Read):
    """A fine, in whole yuan, both ends included; both null where the law names no amount. `position` orders them."""

    position: int
    statute: str
    article: str
    violation: str
    stage: FineStage
    stage_label: str
    who: FineParty
    who_label: str
    min_yuan: int | None
    max_yuan: int | None
    also: str | None
    valid_from: date
    valid_to: date | None
    verified: bool

    @classmethod
    def of(cls, fine: Fine) -> "FineRead":
        """The row as clients see it."""
        return cls(**fine.model_dump(), stage_label=fine.stage.label, who_label=fine.who.label)
