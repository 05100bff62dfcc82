"""The base of every read and write shape, and the strict scalars of the API.

Only strings are dates, times and ids; only true and false are booleans (design 5): pydantic alone would take
`"deadline": 0` as 1970-01-01 and `"passed": "off"` as false. Text is kept exactly as sent, or refused.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Protocol
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from models.words import Datum, LocationSource

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


# Pydantic alone also reads digits in quotes, "1764547200", as seconds since 1970.
_WHOLE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WITH_OFFSET = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})", re.ASCII)


def _only_text(value: object) -> object:
    if isinstance(value, str | date | datetime | UUID):
        return value
    raise ValueError("must be a string")


def _only_whole_dates(value: object) -> object:
    if isinstance(value, str) and not _WHOLE_DATE.fullmatch(value):
        raise ValueError("must be a date like 2026-12-01")
    return _only_text(value)


def _only_with_offset(value: object) -> object:
    if isinstance(value, str) and not _WITH_OFFSET.fullmatch(value):
        raise ValueError("must be a time with its offset, like 2026-12-01T09:00:00+08:00")
    return _only_text(value)


def _storable(value: str) -> str:
    """PostgreSQL keeps no NUL, UTF-8 has no lone surrogates: refused, never silently dropped."""
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("must not contain lone surrogates")
    return value


def _in_living_memory(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError("must lie between 1900 and 2200")
    return value


def _is_day_in_living_memory(value: date) -> date:
    if not EARLIEST.date() <= value < LATEST.date():
        raise ValueError("must lie between 1900 and 2200")
    return value


def _four_or_seven(value: UUID) -> UUID:
    if value.version not in (4, 7):
        raise ValueError("must be a UUID of version 4 or 7")
    return value


Day = Annotated[date, BeforeValidator(_only_whole_dates), AfterValidator(_is_day_in_living_memory)]
Moment = Annotated[AwareDatetime, BeforeValidator(_only_with_offset), AfterValidator(_in_living_memory)]
Flag = StrictBool
Id = Annotated[UUID, BeforeValidator(_only_text)]
NewId = Annotated[
    UUID,
    BeforeValidator(_only_text),
    AfterValidator(_four_or_seven),
    Field(
        json_schema_extra={
            "pattern": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[47][0-9a-fA-F]{3}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
        }
    ),
]
Text = Annotated[str, StringConstraints(strict=True, max_length=4000), AfterValidator(_storable)]
Line = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200), AfterValidator(_storable)]
Filled = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=4000), AfterValidator(_storable)]
Code = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_.-]{1,32}$")]
RegionCode = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[0-9]{2}([0-9]{2}([0-9]{2}([0-9]{3}([0-9]{3})?)?)?)?$")
]
Sha256Hex = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]
Bytes = Annotated[StrictInt, Field(ge=0, le=2**40)]


def _within(least: int, most: int) -> tuple[object, ...]:
    """Bounds of a number with or without a fraction; of such a union pydantic alone writes `ge`, which nobody reads."""
    told = {"type": "number", "minimum": least, "maximum": most}
    return Field(ge=least, le=most, allow_inf_nan=False), WithJsonSchema(told)


Degrees = Annotated[StrictFloat | StrictInt, *_within(-180, 180)]
Latitude = Annotated[StrictFloat | StrictInt, *_within(-90, 90)]
Metres = Annotated[StrictFloat | StrictInt, *_within(0, 1_000_000)]


class Write(BaseModel):
    """What a client sends: an unknown field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Patch(Write):
    """What may change: absent means unchanged, null empties, except what a record cannot be without."""

    NEVER_NULL: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def _not_emptied(cls, value: object, field: ValidationInfo) -> object:
        if value is None and field.field_name in cls.NEVER_NULL:
            raise PydanticCustomError("not_nullable", "may be left out, but not emptied")
        return value


class Read(BaseModel):
    """What we send: every field written out, none with a default, so that clients see each as present."""

    model_config = ConfigDict(frozen=True)


class Location(Write):
    """A fix as the device gave it: raw longitude and latitude, never converted before storing."""

    lon: Degrees
    lat: Latitude
    accuracy_m: Metres | None = None
    crs: Datum = Datum.WGS84
    source: LocationSource = LocationSource.GPS
    mocked: Flag = False


class Located(Protocol):
    """A row that carries a fix, or none."""

    lon: float | None
    lat: float | None
    accuracy_m: float | None
    crs: Datum | None
    location_source: LocationSource | None
    mocked: bool | None


class LocationRead(Read):
    """A stored fix; `crs` names the datum of the raw numbers."""

    lon: float
    lat: float
    accuracy_m: float | None
    crs: Datum
    source: LocationSource
    mocked: bool

    @classmethod
    def of(cls, row: Located) -> "LocationRead | None":
        """The fix of a row, if it has one."""
        if row.lon is None or row.lat is None or row.crs is None or row.location_source is None:
            return None
        return cls(
            lon=row.lon,
            lat=row.lat,
            accuracy_m=row.accuracy_m,
            crs=row.crs,
            source=row.location_source,
            mocked=bool(row.mocked),
        )
