"""Uploads as their maker sees them: nobody else sees any."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.uploads import Upload, UploadEnd
from services.access import Actor
from services.errors import NotFound
from services.uploads.errors import UploadGone


async def upload_for(tx: AsyncSession, actor: Actor, upload_id: UUID, *, at: datetime, lock: bool = False) -> Upload:
    """An upload that goes on, or that became a photo: its phone may not have heard so.

    Raises NotFound, UploadGone.
    """
    query = sa.select(Upload).where(col(Upload.id) == upload_id, col(Upload.made_by) == actor.id)
    upload = await tx.scalar(query.with_for_update() if lock else query)
    if upload is None:
        raise NotFound
    if upload.end not in (None, UploadEnd.STORED) or (upload.end is None and upload.expires_at <= at):
        raise UploadGone
    return upload


def goes_on(actor: Actor, at: datetime) -> ColumnElement[bool]:
    """The actor's uploads that more may be appended to."""
    return sa.and_(col(Upload.made_by) == actor.id, col(Upload.end).is_(None), col(Upload.expires_at) > at)
