"""Departments 部门: 管行业必须管安全, so each owns industries."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import code_column
from models.shapes import Code, Line, NewId, Patch, Read, Write


class Department(SQLModel, table=True):
    """A department of the township or county."""

    __tablename__ = "department"

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    created_at: datetime
    version: int = 1


class DepartmentIndustry(SQLModel, table=True):
    """One industry that a department answers for."""

    __tablename__ = "department_industry"

    department_id: UUID = Field(primary_key=True, foreign_key="department.id")
    industry: str = Field(sa_column=code_column(sa.ForeignKey("industry.code"), primary_key=True, index=True))


MOST_TRADES = 200


class DepartmentWrite(Write):
    """A department as it is created."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "住建办", "industries": ["CONS", "MIXD"]}]})

    id: NewId | None = None
    name: Line
    industries: Annotated[list[Code], Constraint(max_length=MOST_TRADES)]


class DepartmentPatch(Patch):
    """What may change; `industries` replaces the whole list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"industries": ["CONS"]}]})

    NEVER_NULL = frozenset({"name", "industries"})

    name: Line | None = None
    industries: Annotated[list[Code], Constraint(max_length=MOST_TRADES)] | None = None


class DepartmentRead(Read):
    """A department and the industries it answers for."""

    id: UUID
    name: str
    industries: list[str]
    version: int
