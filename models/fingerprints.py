"""Fingerprints 照片指纹: what a photo looks like in 128 bits, which others look like it, and what a reader learns."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BIT
from sqlmodel import Field, SQLModel

from models.columns import code_column
from models.photos import PhotoUseRead
from models.shapes import Read
from models.words import Word

BITS = 128
"""8 × 8 comparisons with the right neighbour, and as many with the one below."""


class PhotoFingerprint(SQLModel, table=True):
    """Of an original's bytes, whichever photos they are; `dhash` is null where the picture is too flat to be told.

    `searched_at` is null until a job has looked for others like it.
    """

    __tablename__ = "photo_fingerprint"
    __table_args__ = ({"info": {"grants": "SELECT, INSERT, UPDATE, DELETE"}},)

    sha256: str = Field(sa_column=code_column(length=64, primary_key=True))
    dhash: str | None = Field(sa_column=sa.Column(BIT(BITS), nullable=True))
    made_at: datetime
    searched_at: datetime | None = None


class PhotoMatch(SQLModel, table=True):
    """Two originals that look alike, once: the smaller hash first."""

    __tablename__ = "photo_match"
    __table_args__ = (
        sa.CheckConstraint("sha256 < other_sha256", name="in_order"),
        {"info": {"grants": "SELECT, INSERT, DELETE"}},
    )

    sha256: str = Field(
        sa_column=code_column(
            sa.ForeignKey("photo_fingerprint.sha256", ondelete="CASCADE"), length=64, primary_key=True
        )
    )
    other_sha256: str = Field(
        sa_column=code_column(
            sa.ForeignKey("photo_fingerprint.sha256", ondelete="CASCADE"), length=64, primary_key=True, index=True
        )
    )
    distance_bits: int


class FingerprintState(Word):
    WAITING = "waiting", "尚未比对"
    READY = "ready", "已比对"
    TOO_FLAT = "too_flat", "画面过于单一，无法比对"
    IMPOSSIBLE = "impossible", "无法解码，无法比对"


class Likeness(Word):
    SAME_BYTES = "same_bytes", "同一文件"
    ALIKE = "alike", "画面相近"


class PhotoMatchRead(Read):
    """A photo in sight that is the same file, or looks like it: of 128 bits, `distance_bits` differ."""

    photo_id: UUID
    likeness: Likeness
    likeness_label: str
    distance_bits: int
    stored_at: datetime
    uses: list[PhotoUseRead]


class PhotoMatchesRead(Read):
    """The nearest photos in sight. Of what lies out of sight it says only that there is something, and nothing else."""

    photo_id: UUID
    fingerprint: FingerprintState
    fingerprint_label: str
    matches: list[PhotoMatchRead]
    cut: bool
    also_used_outside_your_sight: bool
