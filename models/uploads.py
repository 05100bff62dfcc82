"""Uploads 断点续传: photos that come in pieces over a link that drops (tus 1.0), and what to send at all."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict
from pydantic import Field as Constraint
from sqlmodel import Field, SQLModel

from models.columns import code_column, enum_column
from models.shapes import Bytes, NewId, Read, Sha256Hex, Write
from models.words import Word

MOST_PLANNED = 500


class UploadEnd(Word):
    STORED = "stored", "已存"
    REFUSED = "refused", "未被接受"
    TERMINATED = "terminated", "已取消"


class Upload(SQLModel, table=True):
    """One photo on its way in. `pieces` name what the store holds of it, in order: `received` bytes in all.

    `writer` holds the right to append until `writer_until`. Where `end` is set, no piece is left.
    """

    __tablename__ = "upload"
    __table_args__ = (
        sa.Index("ix_upload_made_by_photo_id", "made_by", "photo_id"),
        {"info": {"grants": "SELECT, INSERT, UPDATE, DELETE"}},
    )

    id: UUID = Field(primary_key=True)
    photo_id: UUID
    made_by: UUID = Field(foreign_key="users.id")
    sha256: str | None = Field(default=None, sa_column=code_column(length=64, nullable=True))
    bytes: int = Field(sa_type=sa.BigInteger)
    received: int = Field(default=0, sa_type=sa.BigInteger)
    pieces: list[str] = Field(default_factory=list, sa_column=sa.Column(sa.ARRAY(sa.Text), nullable=False))
    metadata_sent: str = Field(default="", sa_type=sa.Text)
    created_at: datetime
    expires_at: datetime = Field(index=True)
    writer: UUID | None = None
    writer_until: datetime | None = None
    end: UploadEnd | None = Field(default=None, sa_column=enum_column(UploadEnd, nullable=True))


class PhotoToSend(Write):
    """A photo that a phone holds."""

    id: NewId
    sha256: Sha256Hex
    bytes: Bytes


class UploadPlanWrite(Write):
    """What the phone would send, before it sends a byte."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "photos": [
                        {
                            "id": "0198f2a0-0000-4000-8000-000000000a01",
                            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                            "bytes": 3195089,
                        }
                    ]
                }
            ]
        }
    )

    photos: Annotated[list[PhotoToSend], Constraint(min_length=1, max_length=MOST_PLANNED)]


class NextStep(Word):
    HERE = "here", "已在服务器"
    RESUME = "resume", "接着传"
    SEND = "send", "要传"
    REFUSED = "refused", "不能传"


class PlannedPhotoRead(Read):
    """What to do with one photo.

    `here`: nothing; a report may name it as `photo_id`, which differs from `id` when the same bytes came before under
    another. `resume`: PATCH /uploads/{upload_id} from byte `offset`. `send`: whole by PUT, or in pieces by POST to
    /uploads.
    `refused`: `code` says why. `preview_stored`: a preview of it is here, which is sent by PUT /photos/{id}/preview.
    """

    id: UUID
    next: NextStep
    next_label: str
    preview_stored: bool
    photo_id: UUID | None = None
    upload_id: UUID | None = None
    offset: int | None = None
    expires_at: datetime | None = None
    code: str | None = None


class UploadPlanRead(Read):
    """The answer to a plan, photo by photo as asked, and how large a request may be.

    `send_first`: of those still to be sent, the ids in the order in which the office needs them: previews of all that
    have none (`preview_stored`), then the originals.
    """

    photos: list[PlannedPhotoRead]
    send_first: list[UUID]
    chunk_bytes: int
    largest_photo_bytes: int
    largest_preview_bytes: int
    largest_request_bytes: int
