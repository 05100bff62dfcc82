"""Regions 行政区划: the code carries the tree, its prefix is the parent."""

from datetime import datetime

import sqlalchemy as sa
from pydantic import ConfigDict
from sqlmodel import Field, SQLModel

from models.columns import region_column
from models.shapes import Line, Read, RegionCode, Write


class Region(SQLModel, table=True):
    """A county, township or village; GB/T 2260 plus township plus village, up to 12 digits."""

    __tablename__ = "region"

    code: str = Field(sa_column=region_column(primary_key=True))
    name: str = Field(sa_type=sa.Text)
    created_at: datetime
    version: int = 1


class RegionWrite(Write):
    """A region as it is created."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "420582104", "name": "某镇"}]})

    code: RegionCode
    name: Line


class RegionPatch(Write):
    """What may change of a region: its name. The code is its identity."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "某街道"}]})

    name: Line


class RegionRead(Read):
    """A region with the code of its parent; null for a province."""

    code: str
    name: str
    parent: str | None
    version: int
