"""Enterprises 企业/场所: the register. Stalls, rented rooms and scrap yards count too, so a USCC may be missing."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict, JsonValue
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import code_column, enum_column, region_column
from models.shapes import Code, Filled, Id, Line, Location, LocationRead, NewId, Patch, Read, RegionCode, Text, Write
from models.words import Datum, EnterpriseStatus, LocationSource, Word


class EnterpriseSize(Word):
    LARGE = "large", "大型"
    MEDIUM = "medium", "中型"
    SMALL = "small", "小型"
    MICRO = "micro", "微型"


class RiskLevel(Word):
    RED = "red", "重大风险（红）"
    ORANGE = "orange", "较大风险（橙）"
    YELLOW = "yellow", "一般风险（黄）"
    BLUE = "blue", "低风险（蓝）"


class StandardLevel(Word):
    ONE = "1", "标准化一级"
    TWO = "2", "标准化二级"
    THREE = "3", "标准化三级"
    A = "A", "A类"
    B = "B", "B类"
    C = "C", "C类"
    D = "D", "D类"


class CloseReason(Word):
    SUSPENDED = "suspended", "停业"
    SHUT_DOWN = "shut_down", "关闭"
    MOVED_AWAY = "moved_away", "搬迁"
    DEREGISTERED = "deregistered", "注销"
    DEMOLISHED = "demolished", "拆除"
    OTHER = "other", "其他"


class Enterprise(SQLModel, table=True):
    """One place that is inspected. `name_normal` is the name as searches compare it, `name_core` as likely duplicates
    share it (services/rules/names.py)."""

    __tablename__ = "enterprise"
    __table_args__ = (
        sa.Index("ix_enterprise_region_name_normal_id", "region", "name_normal", "id"),
        sa.Index("ix_enterprise_name_id", "name", "id"),
        sa.Index("ix_enterprise_name_core_region", "name_core", "region"),
        sa.Index("ix_enterprise_merged_into", "merged_into", postgresql_where=sa.text("merged_into IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=sa.Text)
    name_normal: str = Field(sa_type=sa.Text)
    name_core: str | None = Field(default=None, sa_type=sa.Text)
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
    mocked: bool | None = None
    principal_name: str | None = Field(default=None, sa_type=sa.Text)
    principal_phone: str | None = Field(default=None, sa_type=sa.Text)
    safety_manager_name: str | None = Field(default=None, sa_type=sa.Text)
    safety_manager_phone: str | None = Field(default=None, sa_type=sa.Text)
    main_industry: str = Field(sa_column=code_column(sa.ForeignKey("industry.code")))
    size: EnterpriseSize | None = Field(default=None, sa_column=enum_column(EnterpriseSize, nullable=True))
    risk: RiskLevel | None = Field(default=None, sa_column=enum_column(RiskLevel, nullable=True))
    standard_level: StandardLevel | None = Field(default=None, sa_column=enum_column(StandardLevel, nullable=True))
    closed_at: datetime | None = None
    close_reason: CloseReason | None = Field(default=None, sa_column=enum_column(CloseReason, nullable=True))
    close_note: str | None = Field(default=None, sa_type=sa.Text)
    merged_into: UUID | None = Field(default=None, foreign_key="enterprise.id")
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


class SearchKey(SQLModel, table=True):
    """What an enterprise is found by besides its name (services/rules/search_keys.py), asked by range."""

    __tablename__ = "search_key"

    key: str = Field(sa_column=code_column(primary_key=True))
    region: str = Field(sa_column=region_column(primary_key=True))
    enterprise_id: UUID = Field(primary_key=True, foreign_key="enterprise.id", index=True)


class GridCell(SQLModel, table=True):
    """Where an enterprise is on the grid (services/rules/grid.py), and its place in WGS 84 to measure from."""

    __tablename__ = "grid_cell"

    cell: str = Field(sa_column=code_column(primary_key=True))
    region: str = Field(sa_column=region_column(primary_key=True))
    enterprise_id: UUID = Field(primary_key=True, foreign_key="enterprise.id", index=True)
    lon: float
    lat: float


MOST_INDUSTRIES = 32

EXAMPLE: dict[str, JsonValue] = {
    "name": "宏达机械加工厂",
    "uscc": "914403001922038216",
    "region": "420582104201",
    "address": "甲村工业路8号",
    "location": {"lon": 111.28, "lat": 30.69, "accuracy_m": 12, "crs": "WGS84", "source": "gps"},
    "main_industry": "MECH",
    "industries": ["CATR"],
    "size": "small",
    "risk": "yellow",
    "standard_level": "3",
    "principal_name": "张三",
    "principal_phone": "13800000000",
}


class EnterpriseWrite(Write):
    """An enterprise as it is registered, in a township or a village; without `uscc` it gets an office code."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: NewId | None = None
    name: Line
    uscc: Line | None = None
    region: RegionCode
    address: Text | None = None
    location: Location | None = None
    main_industry: Code
    industries: Annotated[list[Code], Constraint(max_length=MOST_INDUSTRIES)] = []
    size: EnterpriseSize | None = None
    risk: RiskLevel | None = None
    standard_level: StandardLevel | None = None
    principal_name: Line | None = None
    principal_phone: Line | None = None
    safety_manager_name: Line | None = None
    safety_manager_phone: Line | None = None


class EnterprisePatch(Patch):
    """What may change; absent means unchanged, null empties. An enterprise account may change its contacts alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"principal_name": "李四", "status": "active"}]})

    NEVER_NULL = frozenset({"name", "region", "main_industry", "industries", "status"})

    name: Line | None = None
    uscc: Line | None = None
    region: RegionCode | None = None
    address: Text | None = None
    location: Location | None = None
    main_industry: Code | None = None
    industries: Annotated[list[Code], Constraint(max_length=MOST_INDUSTRIES)] | None = None
    size: EnterpriseSize | None = None
    risk: RiskLevel | None = None
    standard_level: StandardLevel | None = None
    principal_name: Line | None = None
    principal_phone: Line | None = None
    safety_manager_name: Line | None = None
    safety_manager_phone: Line | None = None
    status: EnterpriseStatus | None = None


class Closure(Write):
    """Why a place is closed; `other` says in its note what it is."""

    model_config = ConfigDict(
        **Write.model_config, json_schema_extra={"examples": [{"reason": "moved_away", "note": "已搬往邻镇"}]}
    )

    id: NewId | None = None
    reason: CloseReason
    note: Text | None = None


class Reopening(Write):
    """How the office knows that the place works again."""

    model_config = ConfigDict(**Write.model_config, json_schema_extra={"examples": [{"reason": "现场核实已恢复经营"}]})

    id: NewId | None = None
    reason: Filled


class Merger(Write):
    """Which enterprise this one is in truth, and how the office knows; for good."""

    model_config = ConfigDict(
        **Write.model_config,
        json_schema_extra={
            "examples": [{"into_id": "0198f3a0-0000-7000-8000-0000000000e1", "reason": "同一营业执照，重复登记"}]
        },
    )

    id: NewId | None = None
    into_id: Id
    reason: Filled


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
    size: EnterpriseSize | None
    risk: RiskLevel | None
    standard_level: StandardLevel | None
    principal_name: str | None
    principal_phone: str | None
    safety_manager_name: str | None
    safety_manager_phone: str | None
    closed_at: datetime | None
    close_reason: CloseReason | None
    close_note: str | None
    merged_into: UUID | None
    warnings: list[str]
    version: int


class EnterpriseListed(EnterpriseRead):
    """An enterprise of a list; `distance_m` from the place that was asked for, in whole metres, else null."""

    distance_m: int | None
