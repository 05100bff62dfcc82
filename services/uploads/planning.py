"""What a phone need not send, may go on with, or has to send: asked before it sends a byte."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.photos import Photo, PhotoUse
from models.uploads import NextStep, PhotoToSend, PlannedPhotoRead, Upload
from services.access import Actor, Deed, sees_photo, sees_use
from services.errors import DomainError, NotFound
from services.photos.arrival import standing
from services.photos.errors import PhotoTooLarge
from services.photos.previews import with_preview
from services.uploads.queries import goes_on


async def plan(
    tx: AsyncSession, actor: Actor, photos: Sequence[PhotoToSend], *, largest_bytes: int, at: datetime
) -> list[PlannedPhotoRead]:
    """One answer a photo, in the order asked. Nothing is written. Raises NotAllowed."""
    actor.require(Deed.STORE_PHOTO)
    places = await standing(tx, actor, {photo.id: photo.sha256 for photo in photos})
    twins = await _same_bytes(tx, actor, photos)
    asked = [photo.id for photo in photos]
    begun = await _begun(tx, actor, asked, at)
    previews = await with_preview(tx, actor, asked)
    planned = []
    for photo in photos:
        place = places[photo.id]
        if isinstance(place, Photo) and place.sha256 == photo.sha256:
            planned.append(_said(photo.id, NextStep.HERE, photo_id=photo.id))
        elif isinstance(place, DomainError):
            planned.append(_said(photo.id, NextStep.REFUSED, code=place.code))
        elif photo.bytes > largest_bytes:
            planned.append(_said(photo.id, NextStep.REFUSED, code=PhotoTooLarge.code))
        elif photo.id in twins:
            planned.append(_said(photo.id, NextStep.HERE, photo_id=twins[photo.id]))
        else:
            fitting = [upload for upload in begun if _is_of(upload, photo)]
            planned.append(_furthest(photo.id, fitting) or _said(photo.id, NextStep.SEND))
    return [_with_preview(one, previews) for one in planned]


async def state(tx: AsyncSession, actor: Actor, photo_id: UUID, *, at: datetime) -> PlannedPhotoRead:
    """How far the bytes of one photo have come. Raises NotFound where none of them is in the caller's sight."""
    seen = sa.select(col(Photo.id)).where(col(Photo.id) == photo_id, sees_photo(actor))
    if await tx.scalar(seen) is not None:
        return _said(photo_id, NextStep.HERE, photo_id=photo_id)
    going_on = _furthest(photo_id, await _begun(tx, actor, [photo_id], at))
    previews = await with_preview(tx, actor, [photo_id])
    if going_on is None and not previews:
        raise NotFound
    return _with_preview(going_on or _said(photo_id, NextStep.SEND), previews)


def to_be_sent(planned: Iterable[PlannedPhotoRead]) -> list[UUID]:
    """The photos whose bytes are still with the phone."""
    return [photo.id for photo in planned if photo.next in (NextStep.SEND, NextStep.RESUME)]


def _with_preview(planned: PlannedPhotoRead, previews: set[UUID]) -> PlannedPhotoRead:
    is_there = planned.id in previews and planned.next is not NextStep.HERE
    return planned.model_copy(update={"preview_stored": is_there})


def _said(
    asked: UUID,
    step: NextStep,
    *,
    photo_id: UUID | None = None,
    upload: Upload | None = None,
    code: str | None = None,
) -> PlannedPhotoRead:
    return PlannedPhotoRead(
        id=asked,
        next=step,
        next_label=step.label,
        preview_stored=False,
        photo_id=photo_id,
        upload_id=None if upload is None else upload.id,
        offset=None if upload is None else upload.received,
        expires_at=None if upload is None else upload.expires_at,
        code=code,
    )


def _furthest(asked: UUID, uploads: Iterable[Upload]) -> PlannedPhotoRead | None:
    upload = max(uploads, key=lambda upload: (upload.received, upload.created_at), default=None)
    return None if upload is None else _said(asked, NextStep.RESUME, upload=upload)


def _is_of(upload: Upload, photo: PhotoToSend) -> bool:
    """One that names no SHA-256 may hold the first bytes of another file."""
    return (upload.photo_id, upload.sha256, upload.bytes) == (photo.id, photo.sha256, photo.bytes)


async def _same_bytes(tx: AsyncSession, actor: Actor, photos: Sequence[PhotoToSend]) -> dict[UUID, UUID]:
    """For each photo whose bytes are here under another id, that id.

    Not for one that a record names by its own already: that record would wait for it for ever.
    """
    sha256s = [photo.sha256 for photo in photos]
    same = sa.select(col(Photo.sha256), col(Photo.id)).where(col(Photo.sha256).in_(sha256s), sees_photo(actor))
    rows = (await tx.execute(same.order_by(col(Photo.stored_at).desc(), col(Photo.id)))).all()
    twins = {row[0]: row[1] for row in rows}  # the oldest stands last, and stays
    asked = [photo.id for photo in photos if photo.sha256 in twins]
    naming = sa.select(col(PhotoUse.photo_id)).where(col(PhotoUse.photo_id).in_(asked), sees_use(actor))
    named = set((await tx.scalars(naming)).all()) if asked else set()
    return {photo.id: twins[photo.sha256] for photo in photos if photo.sha256 in twins and photo.id not in named}


async def _begun(tx: AsyncSession, actor: Actor, photo_ids: Sequence[UUID], at: datetime) -> Sequence[Upload]:
    return (await tx.scalars(sa.select(Upload).where(goes_on(actor, at), col(Upload.photo_id).in_(photo_ids)))).all()
