"""An upload is begun: what can be refused is refused before the first byte."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from models.shapes import NewId
from models.uploads import Upload
from services.access import Actor, Deed
from services.chance import chance
from services.photos.arrival import place_for
from services.photos.errors import PhotoTooLarge
from services.rules.tus import read_metadata
from services.uploads.errors import MetadataUnreadable, TooManyUploads
from services.uploads.queries import goes_on

EXPIRES_AFTER = timedelta(days=7)
"""Never put off: whatever is older than this and a day belongs to no upload (services/jobs/sweep.py)."""
MOST_AT_ONCE = 500
SHA256 = re.compile(r"[0-9a-f]{64}")
NEW_ID: TypeAdapter[UUID] = TypeAdapter(NewId)


async def begin(
    tx: AsyncSession, actor: Actor, *, size: int, metadata: str, largest_bytes: int, at: datetime
) -> Upload:
    """A new upload of one photo of `size` bytes.

    Metadata may name the photo by `photo_id` (otherwise the upload's own id is the photo's) and its `sha256` in hex.
    Raises NotAllowed, PhotoTooLarge, MetadataUnreadable, TooManyUploads, and what `place_for` raises.
    """
    actor.require(Deed.STORE_PHOTO)
    if size > largest_bytes:
        raise PhotoTooLarge(largest_bytes)
    upload_id = chance(tx).secret_id()
    photo_id, sha256 = _named(metadata, upload_id)
    if sha256 is not None:
        await place_for(tx, actor, photo_id, sha256)
    if await _going_on(tx, actor, at) >= MOST_AT_ONCE:
        raise TooManyUploads
    upload = Upload(
        id=upload_id,
        photo_id=photo_id,
        made_by=actor.id,
        sha256=sha256,
        bytes=size,
        metadata_sent=metadata,
        created_at=at,
        expires_at=at + EXPIRES_AFTER,
    )
    tx.add(upload)
    await tx.flush()
    return upload


def _named(metadata: str, upload_id: UUID) -> tuple[UUID, str | None]:
    read = read_metadata(metadata)
    if read is None:
        raise MetadataUnreadable
    sha256 = read.get("sha256")
    if sha256 is not None and not SHA256.fullmatch(sha256):
        raise MetadataUnreadable
    try:
        return NEW_ID.validate_python(read.get("photo_id", upload_id)), sha256
    except ValueError:
        raise MetadataUnreadable from None


async def _going_on(tx: AsyncSession, actor: Actor, at: datetime) -> int:
    return await tx.scalar(sa.select(sa.func.count()).select_from(Upload).where(goes_on(actor, at))) or 0
