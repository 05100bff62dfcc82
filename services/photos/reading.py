"""Photos as they are shown: what is known of one, its pictures, its original."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.photos import Photo, PhotoRead, PhotoStage, PhotoUse, PhotoUseRead
from models.shapes import LocationRead
from models.words import Datum, LocationSource
from services.access import Actor, sees_photo, sees_use
from services.errors import Invalid, NotFound
from services.photos.derivatives import Original, PictureMaker
from services.photos.errors import OriginalMissing, PictureImpossible
from services.photos.kinds import Derivative
from services.photos.store import Store


async def photo_for(tx: AsyncSession, actor: Actor, photo_id: UUID) -> Photo:
    """The photo, if the actor sees it. Raises NotFound for absent and unseen alike."""
    photo = await photo_in_sight(tx, actor, photo_id)
    if photo is None:
        raise NotFound
    return photo


async def photo_in_sight(tx: AsyncSession, actor: Actor, photo_id: UUID) -> Photo | None:
    """The same, or None."""
    photo: Photo | None = await tx.scalar(sa.select(Photo).where(col(Photo.id) == photo_id, sees_photo(actor)))
    return photo


async def shown(tx: AsyncSession, actor: Actor, photo: Photo) -> PhotoRead:
    """With those of its records that the actor sees."""
    return PhotoRead(
        id=photo.id,
        stage=PhotoStage.ORIGINAL,
        stage_label=PhotoStage.ORIGINAL.label,
        sha256=photo.sha256,
        bytes=photo.bytes,
        media_type=photo.media_type,
        width=photo.width,
        height=photo.height,
        duration_s=photo.duration_s,
        taken_at=photo.taken_at,
        offset_assumed=photo.taken_offset_assumed,
        location=_location(photo),
        location_impossible=photo.location_impossible,
        device=photo.device,
        uploaded_by=photo.uploaded_by,
        stored_at=photo.stored_at,
        uses=[use_shown(row) for row in await uses_of(tx, actor, photo.id)],
    )


async def uses_of(tx: AsyncSession, actor: Actor, photo_id: UUID) -> Sequence[PhotoUse]:
    """The records in sight that name it, the first that did so first."""
    naming = sa.select(PhotoUse).where(col(PhotoUse.photo_id) == photo_id, sees_use(actor))
    return (await tx.scalars(naming.order_by(col(PhotoUse.named_at), col(PhotoUse.subject_id)))).all()


async def picture(pictures: PictureMaker, photo: Photo, derivative: Derivative) -> bytes | None:
    """The picture, or None until the worker has made it. No transaction is open: it may be decoded here.

    Raises PictureImpossible, OriginalMissing, StoreFailed.
    """
    if photo.no_pictures:
        raise PictureImpossible
    try:
        return await pictures.at_first_look(Original.of(photo), derivative)
    except Invalid as error:
        raise PictureImpossible from error


async def check_original(store: Store, photo: Photo) -> None:
    """Before the first byte is sent, when it can still be said. Raises OriginalMissing, also for a cut-off file."""
    if await store.size(photo.sha256) != photo.bytes:
        raise OriginalMissing(photo.sha256)


async def whole(store: Store, photo: Photo) -> AsyncIterator[bytes]:
    """All of the original, hashed as it is read: what is not itself ends before its end, and is taken for nothing.

    Raises OriginalMissing, StoreFailed.
    """
    found, waiting = hashlib.sha256(), b""
    async for piece in store.read(photo.sha256):
        if waiting:
            yield waiting
        found.update(piece)
        waiting = piece
    if found.hexdigest() != photo.sha256:
        raise OriginalMissing(photo.sha256)
    yield waiting


def _location(photo: Photo) -> LocationRead | None:
    if photo.lon is None or photo.lat is None:
        return None
    return LocationRead(
        lon=photo.lon, lat=photo.lat, accuracy_m=None, crs=Datum.WGS84, source=LocationSource.EXIF, mocked=False
    )


def use_shown(use: PhotoUse) -> PhotoUseRead:
    """One record that names a photo; the reader's sight of it is settled before."""
    return PhotoUseRead(
        subject=use.subject,
        subject_id=use.subject_id,
        purpose=use.purpose,
        finding_id=use.finding_id,
        inspection_id=use.inspection_id,
        named_by=use.named_by,
        named_at=use.named_at,
    )
