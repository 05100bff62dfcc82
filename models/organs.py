"""Organs 机关: who acts, under which authority, and where one may appeal."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import enum_column, region_column
from models.shapes import Day, Line, NewId, Patch, Read, RegionCode, Write
from models.words import AuthorityMode


class Organ(SQLModel, table=True):
    """An organ and its 机关代字; `assist` (finds, reports, transfers) until the office sets another mode."""

    __tablename__ = "organ"

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    paper_word: str = Field(sa_type=sa.Text)
    region: str = Field(sa_column=region_column())
    authority_mode: AuthorityMode = Field(sa_column=enum_column(AuthorityMode))
    authority_decision: str | None = Field(default=None, sa_type=sa.Text)
    authority_from: date | None = None
    review_organ: str | None = Field(default=None, sa_type=sa.Text)
    court: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime
    version: int = 1


class OrganWrite(Write):
    """An organ as it is created; a mode other than `assist` names the decision it rests on (行政处罚法 第24条)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "某镇人民政府",
                    "paper_word": "某镇应急",
                    "region": "420582104",
                    "authority_mode": "entrusted",
                    "authority_decision": "某市应急委〔2026〕3号",
                    "authority_from": "2026-01-01",
                    "review_organ": "某市人民政府",
                    "court": "某市人民法院",
                }
            ]
        }
    )

    id: NewId | None = None
    name: Line
    paper_word: Annotated[Line, Constraint(description="机关代字, as printed before 责改")]
    region: RegionCode
    authority_mode: AuthorityMode = AuthorityMode.ASSIST
    authority_decision: Line | None = None
    authority_from: Day | None = None
    review_organ: Line | None = None
    court: Line | None = None


class OrganPatch(Patch):
    """What may change of an organ; absent means unchanged."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"court": "某市人民法院"}]})

    NEVER_NULL = frozenset({"name", "paper_word", "authority_mode"})

    name: Line | None = None
    paper_word: Line | None = None
    authority_mode: AuthorityMode | None = None
    authority_decision: Line | None = None
    authority_from: Day | None = None
    review_organ: Line | None = None
    court: Line | None = None


class OrganRead(Read):
    """An organ as the office sees it."""

    id: UUID
    name: str
    paper_word: str
    region: str
    authority_mode: AuthorityMode
    authority_decision: str | None
    authority_from: date | None
    review_organ: str | None
    court: str | None
    version: int
