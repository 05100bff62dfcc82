"""Arrivals 到场: the server's own word, at the gate, that an officer is about to enter; and a second phone's."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict
from sqlmodel import Field, SQLModel

from models.columns import INSERT_ONLY, code_column, enum_column
from models.shapes import Location, NewId, Read, Write
from models.words import Datum, LocationSource


class ArrivalCode(SQLModel, table=True):
    """A code given to one officer for one enterprise; `session_id` says by which phone, the fix where it was."""

    __tablename__ = "arrival_code"
    __table_args__ = (sa.Index("ix_arrival_code_code", "code"), {"info": INSERT_ONLY})

    id: UUID = Field(primary_key=True)
    code: str = Field(sa_column=code_column(length=8))
    user_id: UUID = Field(foreign_key="users.id")
    session_id: UUID | None = None
    enterprise_id: UUID = Field(foreign_key="enterprise.id")
    issued_at: datetime
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    crs: Datum | None = Field(default=None, sa_column=enum_column(Datum, nullable=True))
    location_source: LocationSource | None = Field(default=None, sa_column=enum_column(LocationSource, nullable=True))
    mocked: bool | None = None


class ArrivalConfirmation(SQLModel, table=True):
    """Another officer's phone that was there, too."""

    __tablename__ = "arrival_confirmation"
    __table_args__ = ({"info": INSERT_ONLY},)

    id: UUID = Field(primary_key=True)
    arrival_code_id: UUID = Field(foreign_key="arrival_code.id", index=True)
    user_id: UUID = Field(foreign_key="users.id")
    session_id: UUID | None = None
    confirmed_at: datetime
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    crs: Datum | None = Field(default=None, sa_column=enum_column(Datum, nullable=True))
    location_source: LocationSource | None = Field(default=None, sa_column=enum_column(LocationSource, nullable=True))
    mocked: bool | None = None


class ArrivalWrite(Write):
    """An officer at the gate; the fix is this phone's own, and may be missing."""

    model_config = ConfigDict(
        **Write.model_config,
        json_schema_extra={
            "examples": [
                {
                    "location": {
                        "lon": 111.28,
                        "lat": 30.69,
                        "accuracy_m": 12,
                        "crs": "WGS84",
                        "source": "gps",
                        "mocked": False,
                    }
                }
            ]
        },
    )

    id: NewId | None = None
    location: Location | None = None


class ArrivalCodeRead(Read):
    """The code to photograph, to put into the report, and for the second officer to confirm until `confirm_by`."""

    id: UUID
    code: str
    enterprise_id: UUID
    user_id: UUID
    issued_at: datetime
    confirm_by: datetime


class ArrivalConfirmationRead(Read):
    """A second phone at the gate."""

    id: UUID
    code: str
    enterprise_id: UUID
    user_id: UUID
    confirmed_at: datetime
