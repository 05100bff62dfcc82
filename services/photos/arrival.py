"""A photo's bytes are on disk: the row that says so, whether its record came first or comes later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.photos import Orphan, Photo, PhotoUse
from models.words import EventKind, Role
from services import events
from services.access import Actor, Deed, sees_use
from services.errors import IdConflict, IdTaken
from services.jobs.pictures import ask_for_pictures
from services.photos.errors import DigestNotDeclared
from services.photos.ingest import Picture
from services.photos.naming import detach, lock_photos
from services.photos.store import Kept


@dataclass(frozen=True)
class Arrived:
    """Bytes that the store keeps, under the id that the phone gave them."""

    photo_id: UUID
    kept: Kept
    picture: Picture


@dataclass(frozen=True)
class _Place:
    """What stands under a photo's id before bytes come: the records that name it, those in sight, the photo if any."""

    uses: Sequence[PhotoUse]
    seen: Sequence[PhotoUse]
    stored: Photo | None


async def arrive(tx: AsyncSession, actor: Actor, arrived: Arrived, *, at: datetime) -> tuple[Photo, bool]:
    """The photo, and whether it is new here.

    Other bytes that only a declaration contradicts make room for the declared ones.
    Raises NotAllowed, IdTaken, IdConflict, DigestNotDeclared.
    """
    await lock_photos(tx, [arrived.photo_id])
    stored = await place_for(tx, actor, arrived.photo_id, arrived.kept.sha256)
    if stored is not None and stored.sha256 == arrived.kept.sha256:
        return stored, False
    if stored is not None:
        await detach(tx, actor, stored, at=at)
    photo = _photo(actor, arrived, at)
    known = await tx.scalar(sa.select(sa.exists().where(col(Photo.sha256) == photo.sha256)))
    tx.add(photo)
    events.record(tx, actor, EventKind.PHOTO_STORED, photo, at=at)
    await tx.execute(sa.delete(Orphan).where(col(Orphan.sha256) == photo.sha256))
    await tx.flush()
    if not known:  # the first photo of these bytes asked already
        await ask_for_pictures(tx, photo.sha256)
    return photo, True


async def place_for(tx: AsyncSession, actor: Actor, photo_id: UUID, sha256: str) -> Photo | None:
    """What is stored under the id and is the same, or has to make room for these bytes.

    Raises NotAllowed; IdTaken when what stands under the id is out of the actor's sight; IdConflict when other bytes
    came before; DigestNotDeclared when the records that name it want others.
    """
    actor.require(Deed.STORE_PHOTO)
    place = await _place(tx, actor, photo_id)
    if place.stored is not None and place.stored.sha256 == sha256:
        return place.stored
    if place.uses and not any(_takes(actor, use, sha256) for use in place.uses):
        raise _refusal(place.seen)
    if place.stored is not None and not _may_replace(actor, place.stored, place.uses, sha256):
        raise IdConflict
    return place.stored


async def _place(tx: AsyncSession, actor: Actor, photo_id: UUID) -> _Place:
    """Raises IdTaken unless the actor sees a record that names the photo, or sent it, or nothing is there."""
    query = sa.select(PhotoUse, sees_use(actor)).where(col(PhotoUse.photo_id) == photo_id)
    named = (await tx.execute(query)).all()
    seen = [use for use, in_sight in named if in_sight]
    stored = await tx.get(Photo, photo_id)
    is_mine = stored is not None and stored.uploaded_by == actor.id
    if not seen and not is_mine and (named or stored is not None):
        raise IdTaken
    return _Place([use for use, _ in named], seen, stored)


def _refusal(seen: Sequence[PhotoUse]) -> DigestNotDeclared | IdTaken:
    """Tells only of declarations that the actor sees."""
    declared = [use.declared_sha256 for use in seen if use.declared_sha256 is not None]
    return DigestNotDeclared(declared[0]) if declared else IdTaken()


def _takes(actor: Actor, use: PhotoUse, sha256: str) -> bool:
    """Bytes must be those that a record declared; where it declared none, the namer's or another officer's."""
    if use.declared_sha256 is None:
        return use.named_by == actor.id or actor.role is not Role.ENTERPRISE
    return use.declared_sha256 == sha256


def _may_replace(actor: Actor, stored: Photo, uses: Sequence[PhotoUse], sha256: str) -> bool:
    """Only where no record relies on the old bytes and one declared the new: the order of events must not matter."""
    relied_on = any(use.declared_sha256 in (None, stored.sha256) for use in uses)
    declared = any(use.declared_sha256 == sha256 for use in uses)
    return declared and not relied_on and stored.uploaded_by == actor.id


def _photo(actor: Actor, arrived: Arrived, at: datetime) -> Photo:
    exif = arrived.picture.exif
    device = " ".join(part for part in (exif.make, exif.model) if part)
    return Photo(
        id=arrived.photo_id,
        sha256=arrived.kept.sha256,
        bytes=arrived.kept.size,
        media_type=arrived.picture.media_type,
        width=arrived.picture.width,
        height=arrived.picture.height,
        uploaded_by=actor.id,
        stored_at=at,
        taken_at=exif.taken_at and exif.taken_at.astimezone(UTC),  # as the database gives it back
        taken_offset_assumed=exif.offset_assumed,
        lon=exif.lon,
        lat=exif.lat,
        location_impossible=exif.place_impossible,
        device=device or None,
    )
