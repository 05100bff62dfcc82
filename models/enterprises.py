"""Enterprises 企业/场所: the register. Stalls, rented rooms and scrap yards count too, so a USCC may be missing."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import code_column, enum_column, region_column
from models.shapes import Code, Line, Location, LocationRead, NewId, Read, RegionCode, Text, Write
from models.words import Datum, EnterpriseStatus, LocationSource


class Enterprise(SQLModel, table=True):
    """One place that is inspected."""

    __tablename__ = "enterprise"
    __table_args__ = (sa.Index("ix_enterprise_region_name_id", "region", "name", "id"),)

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    uscc: str | None = Field(default=None, sa_column=code_column(length=18, nullable=True, index=True))
    office_code: str | None = Field(default=None, sa_column=code_column(nullable=True, unique=True))
    status: EnterpriseStatus = Field(sa_column=enum_column(EnterpriseStatus))
    region: str = Field(sa_column=region_column())
    address: str | None = Field(default=None, sa_type=sa.Text)
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    crs: Datum | None = Field(default=None, sa_column=enum_column(Datum, nullable=True))
    location_source: LocationSource | None = Field(default=None, sa_column=enum_column(LocationSource, nullable=True))
    principal_name: str | None = Field(default=None, sa_type=sa.Text)
    principal_phone: str | None = Field(default=None, sa_type=sa.Text)
    safety_manager_name: str | None = Field(default=None, sa_type=sa.Text)
    safety_manager_phone: str | None = Field(default=None, sa_type=sa.Text)
    main_industry: str = Field(sa_column=code_column(sa.ForeignKey("industry.code")))
    registered_by: UUID | None = None
    created_at: datetime
    version: int = 1


class EnterpriseIndustry(SQLModel, table=True):
    """One industry of an enterprise, its main one included: departments see by this link."""

    __tablename__ = "enterprise_industry"

    enterprise_id: UUID = Field(primary_key=True, foreign_key="enterprise.id")
    industry: str = Field(sa_column=code_column(sa.ForeignKey("industry.code"), primary_key=True, index=True))


class NameBigram(SQLModel, table=True):
    """Two neighbouring characters of a name: 化工 in its middle is found by equality, which reaches an index."""

    __tablename__ = "name_bigram"

    bigram: str = Field(sa_column=code_column(length=4, primary_key=True))
    region: str = Field(sa_column=region_column(primary_key=True))
    enterprise_id: UUID = Field(primary_key=True, foreign_key="enterprise.id", index=True)


class EnterpriseWrite(Write):
    """An enterprise as it is registered; without `uscc` it gets an office code."""

    id: NewId | None = None
    name: Line
    uscc: Annotated[str, Constraint(strict=True, max_length=40)] | None = None
    region: RegionCode
    address: Text | None = None
    location: Location | None = None
    main_industry: Code
    industries: list[Code] = []
    principal_name: Line | None = None
    principal_phone: Line | None = None
    safety_manager_name: Line | None = None
    safety_manager_phone: Line | None = None


class EnterprisePatch(Write):
    """What may change; absent means unchanged, null empties. An enterprise account may change its contacts alone."""

    name: Line | None = None
    uscc: Annotated[str, Constraint(strict=True, max_length=40)] | None = None
    region: RegionCode | None = None
    address: Text | None = None
    location: Location | None = None
    main_industry: Code | None = None
    industries: list[Code] | None = None
    principal_name: Line | None = None
    principal_phone: Line | None = None
    safety_manager_name: Line | None = None
    safety_manager_phone: Line | None = None
    status: EnterpriseStatus | None = None


class EnterpriseRead(Read):
    """An enterprise; `warnings` names what an office should look at (a USCC whose check digit is wrong is kept)."""

    id: UUID
    name: str
    uscc: str | None
    office_code: str | None
    status: EnterpriseStatus
    region: str
    address: str | None
    location: LocationRead | None
    main_industry: str
    industries: list[str]
    principal_name: str | None
    principal_phone: str | None
    safety_manager_name: str | None
    safety_manager_phone: str | None
    warnings: list[str]
    version: int
