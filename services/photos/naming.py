"""Records name photos, before or after the bytes come: every order of record, bytes and repeats ends the same.

A photo is missing for a record as long as its bytes are not here, or others than the record declared.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.photos import Orphan, Photo, PhotoPreview, PhotoUse
from models.reports import PhotoDeclared
from models.words import EventKind, PhotoPurpose
from services import events
from services.access import Actor, takes_hold
from services.events import Snapshot
from services.rules.canonical import canonical_json
from services.wall import beyond_sight

FOLLOWING = frozenset({"enterprise_id", "region"})
"""Columns of a use that say where its record lies."""
SENT_UNUSED = sa.select(Photo).where(
    col(Photo.id).in_(sa.bindparam("photo_ids", expanding=True)),
    col(Photo.uploaded_by) == sa.bindparam("sender_id"),
    ~sa.func.is_photo_named(col(Photo.id), type_=sa.Boolean),  # by whomever
)
LOCKED = sa.select(
    sa.func.pg_advisory_xact_lock(
        sa.func.unnest(sa.bindparam("numbers", type_=sa.ARRAY(sa.BigInteger))).column_valued("number")
    )
)


@dataclass(frozen=True)
class PhotoNamed:
    """One photo as one record names it; `declared` is what a report says of its bytes beforehand."""

    id: UUID
    subject: str
    subject_id: UUID
    purpose: PhotoPurpose
    position: int
    finding_id: UUID | None = None
    declared: PhotoDeclared | None = None


def purpose_of(said: PhotoDeclared | None, otherwise: PhotoPurpose) -> PhotoPurpose:
    """What a photo is named for: what its sender said it is, else what its place in the record says."""
    return said.purpose if said is not None and said.purpose is not None else otherwise


async def showing_nothing(tx: AsyncSession, said: Sequence[PhotoDeclared], photo_ids: Collection[UUID]) -> set[UUID]:
    """Those of these photos that prove nothing of a place: signatures and sounds, by what is said or already here."""
    told = {one.id for one in said if one.purpose is not None or (one.media_type or "").startswith("audio/")}
    sounds = sa.select(col(Photo.id)).where(col(Photo.id).in_(photo_ids), col(Photo.duration_s).is_not(None))
    async with beyond_sight(tx):  # what a file is does not hang on who asks
        return (told & set(photo_ids)) | set((await tx.scalars(sounds)).all())


async def name_photos(
    tx: AsyncSession,
    actor: Actor,
    named: Sequence[PhotoNamed],
    *,
    inspection_id: UUID | None,
    enterprise_id: UUID | None,
    region: str | None,
    at: datetime,
) -> None:
    """Let records name photos, which the caller has locked (`lock_photos`), and tell of it by an event (`told_of`).

    A photo may be named by many records, by each of them once (`not_named_yet`).

    Other bytes that the same person sent under a declared id, and no record relies on, make room for the declared ones.
    Raises IntegrityError, where another kind of record has the id of one of these and names the same photo.
    """
    if not named:
        return
    place = {"enterprise_id": enterprise_id, "region": region}
    rows = [{**_use(actor, photo, inspection_id, at), **place} for photo in named]
    await _detach_others(tx, actor, named, at=at)
    await tx.execute(sa.insert(PhotoUse), rows)


def told_of(actor: Actor, named: Sequence[PhotoNamed], *, inspection_id: UUID | None, at: datetime) -> list[str]:
    """What the record's event tells of these uses: each photo's id, and the hash of its row."""
    return sorted(use_told(_use(actor, photo, inspection_id, at)) for photo in named)


def use_told(use: Mapping[str, object]) -> str:
    """One row of `photo_use`, without what follows its record when that moves."""
    said = {name: value for name, value in use.items() if name not in FOLLOWING}
    return f"{use['photo_id']} {sha256(canonical_json(said)).hexdigest()}"


async def not_named_yet(tx: AsyncSession, named: Sequence[PhotoNamed]) -> list[PhotoNamed]:
    """Of a record that may have named photos before: what it names anew. The photos must be locked."""
    query = sa.select(col(PhotoUse.photo_id), col(PhotoUse.subject_id)).where(
        col(PhotoUse.subject_id).in_({photo.subject_id for photo in named})
    )
    async with beyond_sight(tx):
        known = {(photo_id, subject_id) for photo_id, subject_id in await tx.execute(query)}
    return [photo for photo in named if (photo.id, photo.subject_id) not in known]


async def lock_photos(tx: AsyncSession, photo_ids: Collection[UUID]) -> None:
    """Whoever names or stores a photo waits here for the other, so that each sees what the other did.

    Sorted, so that two who want the same photos never wait for each other.
    """
    if not photo_ids:
        return
    numbers = sorted({int.from_bytes(photo_id.bytes[8:], "big", signed=True) for photo_id in photo_ids})
    await tx.execute(LOCKED, {"numbers": numbers})


def is_missing() -> ColumnElement[bool]:
    """For a query over PhotoUse: its photo is not here, has other bytes than this record declared, or is foreign."""
    here = aliased(Photo)
    return ~sa.exists().where(col(here.id) == col(PhotoUse.photo_id), takes_hold(here))


def has_preview() -> ColumnElement[bool]:
    """For a query over PhotoUse: a preview of its photo is here. It counts for nothing but to be shown."""
    return sa.exists().where(col(PhotoPreview.photo_id) == col(PhotoUse.photo_id), came_for())


def came_for() -> ColumnElement[bool]:
    """Whether a preview is of what the record names: its namer sent it, or it came after the record was there."""
    return sa.or_(
        col(PhotoUse.named_by) == col(PhotoPreview.uploaded_by), col(PhotoUse.named_at) < col(PhotoPreview.stored_at)
    )


async def detach(tx: AsyncSession, actor: Actor, photo: Photo, *, at: datetime) -> None:
    """The photo's row goes, so that other bytes can come under its id; its own bytes are swept after 90 days."""
    was: Snapshot = events.snapshot(photo)
    events.record(tx, actor, EventKind.PHOTO_DETACHED, photo, before=was, at=at, note=photo.sha256)
    orphan = insert(Orphan).values(sha256=photo.sha256, orphaned_at=at)
    await tx.execute(orphan.on_conflict_do_update(index_elements=["sha256"], set_={"orphaned_at": at}))
    await tx.delete(photo)
    await tx.flush()


async def _detach_others(tx: AsyncSession, actor: Actor, named: Sequence[PhotoNamed], *, at: datetime) -> None:
    declared = {photo.id: photo.declared.sha256 for photo in named if photo.declared and photo.declared.sha256}
    if not declared:
        return
    mine = await tx.scalars(SENT_UNUSED, {"photo_ids": list(declared), "sender_id": actor.id})
    for photo in mine.all():
        if photo.sha256 != declared[photo.id]:
            await detach(tx, actor, photo, at=at)


def _use(actor: Actor, photo: PhotoNamed, inspection_id: UUID | None, at: datetime) -> dict[str, object]:
    return {
        "photo_id": photo.id,
        "subject_id": photo.subject_id,
        "subject": photo.subject,
        "purpose": photo.purpose,
        "position": photo.position,
        "finding_id": photo.finding_id,
        "inspection_id": inspection_id,
        "named_by": actor.id,
        "named_at": at,
        **_declared(photo.declared),
    }


def _declared(said: PhotoDeclared | None) -> dict[str, object]:
    place = said.location if said else None
    return {
        "declared_sha256": said.sha256 if said else None,
        "declared_bytes": said.bytes if said else None,
        "declared_media_type": said.media_type if said else None,
        "declared_taken_at": said.taken_at if said else None,
        "declared_lon": _number(place.lon) if place else None,
        "declared_lat": _number(place.lat) if place else None,
        "declared_accuracy_m": _number(place.accuracy_m) if place else None,
        "declared_crs": place.crs if place else None,
        "declared_source": place.source if place else None,
    }


def _number(told: float | None) -> float | None:
    """As the column gives it back: a phone's 12 is 12.0, and not the same bytes under the hash that an event tells."""
    return None if told is None else float(told)
