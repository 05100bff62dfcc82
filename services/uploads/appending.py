"""Bytes are appended by one writer at a time, none of whom holds a connection while they trickle in.

A piece is safe in the store before the row counts it, so that the offset which a phone is told is never ahead of the
disk. A writer who stood still too long has lost its right, and its piece is not counted: no byte comes in twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.uploads import Upload, UploadEnd
from services.access import Actor, Deed
from services.chance import chance
from services.uploads.errors import OffsetMismatch, TooManyPieces, UploadBusy
from services.uploads.queries import upload_for

WRITES_FOR = timedelta(seconds=30)
"""How long a writer that died keeps others out; a living one says so again and again."""
MOST_PIECES = 2_000


@dataclass(frozen=True)
class Claim:
    """The right to append to an upload from `offset` on."""

    upload_id: UUID
    photo_id: UUID
    writer: UUID
    sha256: str | None
    offset: int
    left: int
    pieces: tuple[str, ...]


async def claim(tx: AsyncSession, actor: Actor, upload_id: UUID, *, offset: int, at: datetime) -> Claim:
    """To be committed before the first byte is read.

    Raises NotFound, NotAllowed, UploadGone, UploadBusy, OffsetMismatch, TooManyPieces.
    """
    upload = await upload_for(tx, actor, upload_id, at=at, lock=True)
    actor.require(Deed.STORE_PHOTO)
    _expect_free(upload, at)
    if upload.received != offset or upload.end is not None:
        raise OffsetMismatch(upload.received)
    if len(upload.pieces) >= MOST_PIECES:
        raise TooManyPieces
    upload.writer = chance(tx).secret_id()
    upload.writer_until = at + WRITES_FOR
    await tx.flush()
    left = upload.bytes - upload.received
    names = tuple(upload.pieces)
    return Claim(upload.id, upload.photo_id, upload.writer, upload.sha256, upload.received, left, names)


async def renew(tx: AsyncSession, claimed: Claim, *, at: datetime) -> None:
    """The writer still reads. Raises UploadBusy when somebody else has taken over."""
    await _change(tx, claimed, writer_until=at + WRITES_FOR)


async def release(tx: AsyncSession, claimed: Claim) -> None:
    """Nothing was appended; whoever took over meanwhile is left alone."""
    await tx.execute(_of(claimed).values(writer=None, writer_until=None))


async def append(tx: AsyncSession, claimed: Claim, name: str, size: int) -> int:
    """Count a piece that is safe; the new offset. Raises UploadBusy: then the piece is nobody's."""
    received = claimed.offset + size
    pieces = [*claimed.pieces, name]
    await _change(tx, claimed, received=received, pieces=pieces, writer=None, writer_until=None)
    return received


async def end(tx: AsyncSession, claimed: Claim, how: UploadEnd) -> None:
    """All bytes became a photo, or never will. Raises UploadBusy."""
    received = {"received": Upload.bytes} if how is UploadEnd.STORED else {}
    await _change(tx, claimed, **received, pieces=[], end=how, writer=None, writer_until=None)


async def terminate(tx: AsyncSession, actor: Actor, upload_id: UUID, *, at: datetime) -> list[str]:
    """The phone wants it no more; the names of the pieces to drop. A photo that it became stays.

    Raises NotFound, UploadGone, UploadBusy.
    """
    upload = await upload_for(tx, actor, upload_id, at=at, lock=True)
    _expect_free(upload, at)
    names = list(upload.pieces)
    upload.pieces, upload.end = [], UploadEnd.TERMINATED
    await tx.flush()
    return names


def _expect_free(upload: Upload, at: datetime) -> None:
    if upload.writer_until is not None and upload.writer_until > at:
        raise UploadBusy


def _of(claimed: Claim) -> sa.Update:
    mine = sa.update(Upload).where(col(Upload.id) == claimed.upload_id, col(Upload.writer) == claimed.writer)
    return mine.execution_options(synchronize_session=False)


async def _change(tx: AsyncSession, claimed: Claim, **values: object) -> None:
    changed = await tx.scalar(_of(claimed).values(**values).returning(col(Upload.id)))
    if changed is None:
        raise UploadBusy
