"""Bytes are appended by one writer at a time, none of whom holds a connection while they trickle in.

A piece is safe in the store before the row counts it, so that the offset which a phone is told is never ahead of the
disk. A writer who stood still too long has lost its right, and its piece is not counted: no byte comes in twice.
"""

from contextlib import suppress
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

# Built once: to build a statement and to find it among the compiled ones takes longer than to send it.
_ONE = sa.update(Upload).where(col(Upload.id) == sa.bindparam("upload_id"))
_ONE = _ONE.execution_options(synchronize_session=False)
_MINE = _ONE.where(col(Upload.writer) == sa.bindparam("claimed_by")).returning(col(Upload.id))
_FREE: dict[str, object] = {"writer": None, "writer_until": None}
CLAIMED = (
    _ONE.where(
        col(Upload.made_by) == sa.bindparam("maker"),
        col(Upload.received) == sa.bindparam("offset"),
        col(Upload.end).is_(None),
        col(Upload.expires_at) > sa.bindparam("at"),
        sa.or_(col(Upload.writer_until).is_(None), col(Upload.writer_until) <= sa.bindparam("at")),
        sa.func.cardinality(col(Upload.pieces)) < MOST_PIECES,
    )
    .values(writer=sa.bindparam("new_writer"), writer_until=sa.bindparam("until"))
    .returning(col(Upload.photo_id), col(Upload.sha256), col(Upload.bytes), col(Upload.pieces))
)
RENEWED = _MINE.values(writer_until=sa.bindparam("until"))
RELEASED = _MINE.values(_FREE)
APPENDED = _MINE.values({"received": sa.bindparam("reached"), "pieces": sa.bindparam("names"), **_FREE})
ENDED = _MINE.values({"received": sa.bindparam("reached"), "pieces": [], "end": sa.bindparam("how"), **_FREE})


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
    writer = chance(tx).secret_id()
    asked = {"upload_id": upload_id, "maker": actor.id, "offset": offset, "at": at}
    claimed = (await tx.execute(CLAIMED, asked | {"new_writer": writer, "until": at + WRITES_FOR})).one_or_none()
    if claimed is None:
        await _explain(tx, actor, upload_id, offset=offset, at=at)
        raise UploadBusy  # a moment ago it was
    actor.require(Deed.STORE_PHOTO)
    photo_id, sha256, size, names = claimed
    return Claim(upload_id, photo_id, writer, sha256, offset, size - offset, tuple(names))


async def _explain(tx: AsyncSession, actor: Actor, upload_id: UUID, *, offset: int, at: datetime) -> None:
    """Why it could not be claimed."""
    upload = await upload_for(tx, actor, upload_id, at=at)
    actor.require(Deed.STORE_PHOTO)
    _expect_free(upload, at)
    if upload.received != offset or upload.end is not None:
        raise OffsetMismatch(upload.received)
    if len(upload.pieces) >= MOST_PIECES:
        raise TooManyPieces


async def renew(tx: AsyncSession, claimed: Claim, *, at: datetime) -> None:
    """The writer still reads. Raises UploadBusy when somebody else has taken over."""
    await _change(tx, RENEWED, claimed, until=at + WRITES_FOR)


async def release(tx: AsyncSession, claimed: Claim) -> None:
    """Nothing was appended; whoever took over meanwhile is left alone."""
    with suppress(UploadBusy):
        await _change(tx, RELEASED, claimed)


async def append(tx: AsyncSession, claimed: Claim, name: str, size: int) -> int:
    """Count a piece that is safe; the new offset. Raises UploadBusy: then the piece is nobody's."""
    received = claimed.offset + size
    await _change(tx, APPENDED, claimed, reached=received, names=[*claimed.pieces, name])
    return received


async def end(tx: AsyncSession, claimed: Claim, how: UploadEnd) -> None:
    """All bytes became a photo, or never will. Raises UploadBusy."""
    reached = claimed.offset + claimed.left if how is UploadEnd.STORED else claimed.offset
    await _change(tx, ENDED, claimed, reached=reached, how=how)


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


async def _change(tx: AsyncSession, statement: sa.Update, claimed: Claim, **values: object) -> None:
    mine = {"upload_id": claimed.upload_id, "claimed_by": claimed.writer}
    if (await tx.execute(statement, mine | values)).one_or_none() is None:
        raise UploadBusy
