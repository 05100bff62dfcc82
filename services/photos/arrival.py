"""A photo's bytes are on disk: the row that says so, whether its record came first or comes later."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.photos import Orphan, Photo, PhotoPreview, PhotoUse
from models.words import EventKind, Role
from services import events
from services.access import Actor, Deed, sees_use
from services.errors import DomainError, IdConflict, IdTaken
from services.photos.derivatives import Original
from services.photos.errors import DigestNotDeclared
from services.photos.ingest import Content, Picture
from services.photos.naming import detach, lock_photos
from services.photos.store import Kept
from services.queue import ask_for_pictures
from services.rows import insert_new
from services.wall import beyond_sight

NOW_NAMED = (
    sa.delete(Orphan)
    .where(col(Orphan.sha256).in_(sa.bindparam("sha256s", expanding=True)))
    .returning(col(Orphan.sha256))
)
"""Bytes that no photo named when they were announced (services/photos/storing.py `expect`) are orphans till now."""


@dataclass(frozen=True)
class Arrived:
    """Bytes that the store keeps, under the id that the phone gave them."""

    photo_id: UUID
    kept: Kept
    content: Content


@dataclass
class _Place:
    """What stands under a photo's id before bytes come: the records that name it, those in sight, the photo if any."""

    stored: Photo | None
    uses: list[PhotoUse] = field(default_factory=list)
    seen: list[PhotoUse] = field(default_factory=list)


async def arrive(tx: AsyncSession, actor: Actor, arrived: Arrived, *, at: datetime) -> tuple[Photo, bool]:
    """The photo, and whether it is new here.

    Other bytes that only a declaration contradicts make room for the declared ones.
    Raises NotAllowed, IdTaken, IdConflict, DigestNotDeclared.
    """
    await lock_photos(tx, [arrived.photo_id])
    [answer] = await arrive_all(tx, actor, [arrived], at=at)
    return answer


async def arrive_all(
    tx: AsyncSession, actor: Actor, photos: Sequence[Arrived], *, at: datetime
) -> list[tuple[Photo, bool]]:
    """The same for many, which the caller has locked (`lock_photos`): all of them, or an error."""
    places = await _places(tx, actor, {arrived.photo_id for arrived in photos})
    answers: list[tuple[Photo, bool]] = []
    for arrived in photos:
        place = places[arrived.photo_id]
        stored = _admitted(actor, place, arrived.kept.sha256)
        is_new = stored is None or stored.sha256 != arrived.kept.sha256
        if is_new and stored is not None:
            await detach(tx, actor, stored, at=at)
        if stored is None or is_new:
            place.stored = stored = _photo(actor, arrived, at)
            tx.add(stored)
            events.record(tx, actor, EventKind.PHOTO_STORED, stored, at=at)
        answers.append((stored, is_new))
    await insert_new(tx)
    await _replace_previews(tx, [photo for photo, is_new in answers if is_new])
    unnamed = await tx.scalars(NOW_NAMED, {"sha256s": list({arrived.kept.sha256 for arrived in photos})})
    voices = {photo.sha256 for photo, _ in answers if photo.no_pictures}
    await ask_for_pictures(tx, set(unnamed.all()) - voices)  # the first photo of the same bytes asked already
    return answers


async def place_for(tx: AsyncSession, actor: Actor, photo_id: UUID, sha256: str) -> Photo | None:
    """What is stored under the id and is the same, or has to make room for these bytes.

    Raises NotAllowed; IdTaken when what stands under the id is out of the actor's sight; IdConflict when other bytes
    came before; DigestNotDeclared when the records that name it want others.
    """
    places = await _places(tx, actor, {photo_id})
    return _admitted(actor, places[photo_id], sha256)


async def original_or_room(tx: AsyncSession, actor: Actor, photo_id: UUID) -> Photo | None:
    """The original under the id, or None where a preview of it may come from this actor.

    What an officer's record names is shown by officers alone: no declaration can prove a preview.
    Raises NotAllowed, IdTaken.
    """
    place = (await _places(tx, actor, {photo_id}))[photo_id]
    _expect_in_sight(actor, place)
    is_welcome = any(use.named_by == actor.id or actor.role is not Role.ENTERPRISE for use in place.seen)
    if place.stored is None and place.uses and not is_welcome:
        raise IdTaken
    return place.stored


async def standing(
    tx: AsyncSession, actor: Actor, wanted: Mapping[UUID, str]
) -> dict[UUID, Photo | DomainError | None]:
    """For each id and the SHA-256 of the bytes that would come: what `place_for` gives, or what it raises."""
    places = await _places(tx, actor, wanted)
    return {photo_id: _answer(actor, places[photo_id], sha256) for photo_id, sha256 in wanted.items()}


def _answer(actor: Actor, place: _Place, sha256: str) -> Photo | DomainError | None:
    try:
        return _admitted(actor, place, sha256)
    except DomainError as refusal:
        return refusal


def _admitted(actor: Actor, place: _Place, sha256: str) -> Photo | None:
    _expect_in_sight(actor, place)
    if place.stored is not None and place.stored.sha256 == sha256:
        return place.stored
    if place.uses and not any(_takes(actor, use, sha256) for use in place.uses):
        raise _refusal(place.seen)
    if place.stored is not None and not _may_replace(actor, place.stored, place.uses, sha256):
        raise IdConflict
    return place.stored


def _expect_in_sight(actor: Actor, place: _Place) -> None:
    actor.require(Deed.STORE_PHOTO)
    is_mine = place.stored is not None and place.stored.uploaded_by == actor.id
    if not place.seen and not is_mine and (place.uses or place.stored is not None):
        raise IdTaken


async def _replace_previews(tx: AsyncSession, photos: Sequence[Photo]) -> None:
    """Whoever sent them. What only the worker can make pictures of is shown by its preview till then, and the night
    sweeps it.
    """
    replaced = [photo.id for photo in photos if photo.no_pictures or Original.of(photo).fits_a_thread]
    if replaced:
        async with beyond_sight(tx):
            await tx.execute(sa.delete(PhotoPreview).where(col(PhotoPreview.photo_id).in_(replaced)))


async def _places(tx: AsyncSession, actor: Actor, photo_ids: Collection[UUID]) -> dict[UUID, _Place]:
    named = sa.select(PhotoUse, sees_use(actor)).where(col(PhotoUse.photo_id).in_(photo_ids))
    async with beyond_sight(tx):  # an id that is taken is taken, by whomever
        stored = (await tx.scalars(sa.select(Photo).where(col(Photo.id).in_(photo_ids)))).all()
        uses = (await tx.execute(named)).all()
    photos = {photo.id: photo for photo in stored}
    places = {photo_id: _Place(photos.get(photo_id)) for photo_id in photo_ids}
    for use, in_sight in uses:
        places[use.photo_id].uses.append(use)
        if in_sight:
            places[use.photo_id].seen.append(use)
    return places


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
    photo = Photo(
        id=arrived.photo_id,
        sha256=arrived.kept.sha256,
        bytes=arrived.kept.size,
        media_type=arrived.content.media_type,
        uploaded_by=actor.id,
        stored_at=at,
    )
    if isinstance(arrived.content, Picture):
        _picture(photo, arrived.content)
    else:
        photo.duration_s, photo.no_pictures = arrived.content.duration_s, True
    return photo


def _picture(photo: Photo, picture: Picture) -> None:
    exif = picture.exif
    photo.width, photo.height = picture.width, picture.height
    photo.taken_at = exif.taken_at and exif.taken_at.astimezone(UTC)  # as the database gives it back
    photo.taken_offset_assumed = exif.offset_assumed
    photo.lon, photo.lat, photo.location_impossible = exif.lon, exif.lat, exif.place_impossible
    photo.device = " ".join(part for part in (exif.make, exif.model) if part) or None
