"""Photos 照片: what arrived (`photo`), and which record names it (`photo_use`); either may come first."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import code_column, enum_column, region_column
from models.shapes import LocationRead, Read
from models.words import Datum, LocationSource, PhotoPurpose, Word


class PhotoStage(Word):
    PREVIEW = "preview", "预览，原件未到"
    ORIGINAL = "original", "原件"


class Photo(SQLModel, table=True):
    """Bytes that are safe on disk. The original lies in the store under its SHA-256, byte for byte.

    A row goes when a report declares other bytes under its id (services/photos/naming.py); its bytes are orphans then.
    """

    __tablename__ = "photo"
    __table_args__ = ({"info": {"grants": "SELECT, INSERT, UPDATE, DELETE"}},)

    id: UUID = Field(primary_key=True)
    sha256: str = Field(sa_column=code_column(length=64, index=True))
    bytes: int
    media_type: str = Field(sa_type=sa.Text)
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None  # of a voice note, which has no size
    uploaded_by: UUID = Field(foreign_key="users.id", index=True)
    stored_at: datetime
    taken_at: datetime | None = None
    taken_offset_assumed: bool = False
    lon: float | None = None
    lat: float | None = None
    location_impossible: bool = False
    device: str | None = Field(default=None, sa_type=sa.Text)
    no_pictures: bool = False  # of sound, or where the decoder gave up: there is the original alone


class PhotoUse(SQLModel, table=True):
    """A record that names a photo, with what it said of it. Sight of the photo is sight of such a record."""

    __tablename__ = "photo_use"
    __table_args__ = (sa.Index("ix_photo_use_subject_id", "subject_id"), sa.Index("ix_photo_use_named_at", "named_at"))

    photo_id: UUID = Field(primary_key=True)
    subject_id: UUID = Field(primary_key=True)
    subject: str = Field(sa_column=code_column())
    purpose: PhotoPurpose = Field(sa_column=enum_column(PhotoPurpose))
    position: int
    finding_id: UUID | None = Field(default=None, foreign_key="finding.id", index=True)
    inspection_id: UUID | None = Field(default=None, foreign_key="inspection.id", index=True)
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.id")
    region: str | None = Field(default=None, sa_column=region_column(nullable=True))
    named_by: UUID = Field(foreign_key="users.id", index=True)
    named_at: datetime
    declared_sha256: str | None = Field(default=None, sa_column=code_column(length=64, nullable=True))
    declared_bytes: int | None = Field(default=None, sa_type=sa.BigInteger)
    declared_media_type: str | None = Field(default=None, sa_type=sa.Text)
    declared_taken_at: datetime | None = None
    declared_lon: float | None = None
    declared_lat: float | None = None
    declared_accuracy_m: float | None = None
    declared_crs: Datum | None = Field(default=None, sa_column=enum_column(Datum, nullable=True))
    declared_source: LocationSource | None = Field(default=None, sa_column=enum_column(LocationSource, nullable=True))


class PhotoPreview(SQLModel, table=True):
    """A small picture that came ahead of its photo. No evidence: it goes when the original is here.

    `sha256`, `width` and `height` are of what was sent; what is kept was made of it, upright and without metadata.
    """

    __tablename__ = "photo_preview"
    __table_args__ = ({"info": {"grants": "SELECT, INSERT, DELETE"}},)

    photo_id: UUID = Field(primary_key=True)
    sha256: str = Field(sa_column=code_column(length=64))
    width: int
    height: int
    thumb: bytes
    screen: bytes
    uploaded_by: UUID = Field(foreign_key="users.id", index=True)
    stored_at: datetime = Field(index=True)


class Orphan(SQLModel, table=True):
    """An original that a photo row named once and no longer does; its bytes go after 90 days, never sooner."""

    __tablename__ = "orphan"

    sha256: str = Field(sa_column=code_column(length=64, primary_key=True))
    orphaned_at: datetime


class PhotoUseRead(Read):
    """A record in sight that names the photo."""

    subject: str
    subject_id: UUID
    purpose: PhotoPurpose
    finding_id: UUID | None
    inspection_id: UUID | None
    named_by: UUID
    named_at: datetime


class PhotoRead(Read):
    """What is known of a photo or a voice note. Time, place and device are what the file says of itself.

    `width` and `height` are null for a voice note, `duration_s` (seconds, as its container says) for a picture.
    """

    id: UUID
    stage: Literal[PhotoStage.ORIGINAL]
    stage_label: str
    sha256: str
    bytes: int
    media_type: str
    width: int | None
    height: int | None
    duration_s: float | None
    taken_at: datetime | None
    offset_assumed: bool
    location: LocationRead | None
    location_impossible: bool
    device: str | None
    uploaded_by: UUID
    stored_at: datetime
    uses: list[PhotoUseRead]


class PhotoDeclaredRead(Read):
    """What a record said of the original beforehand; nobody here has seen it."""

    sha256: str | None
    bytes: int | None
    media_type: str | None
    taken_at: datetime | None


class PhotoPreviewRead(Read):
    """A photo of which only a preview is here: its original is missing. `width` and `height` are the preview's.

    `declared`: null where no record in sight declared anything of the original.
    """

    id: UUID
    stage: Literal[PhotoStage.PREVIEW]
    stage_label: str
    width: int
    height: int
    declared: PhotoDeclaredRead | None
    uploaded_by: UUID
    stored_at: datetime
    uses: list[PhotoUseRead]
