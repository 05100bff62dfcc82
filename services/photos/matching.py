"""Which photos look alike: kept by a job over all of them, shown within the reader's sight."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import BIT, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.fingerprints import (
    BITS,
    FingerprintState,
    Likeness,
    PhotoFingerprint,
    PhotoMatch,
    PhotoMatchesRead,
    PhotoMatchRead,
)
from models.photos import Photo, PhotoUse
from services import limits
from services.access import Actor, Deed, sees_photo, sees_use, takes_hold
from services.photos.fingerprints import as_bits
from services.photos.reading import photo_for, use_shown
from services.queue import ask_for_likes
from services.readings import tell
from services.rules.clocks import Rule, local_date
from services.wall import beyond_sight

KEPT = 100
"""Of the photos that look like a new one, so many are kept, the nearest: one that looks like all tells nothing."""
SHOWN = 50

_DIFFERENT: ColumnElement[int] = sa.func.bit_count(
    col(PhotoFingerprint.dhash).op("#")(sa.cast(sa.bindparam("dhash"), BIT(BITS)))
)
_LIKE = (
    sa.select(col(PhotoFingerprint.sha256), _DIFFERENT.label("distance"))
    .where(sa.bindparam("within") >= _DIFFERENT, col(PhotoFingerprint.sha256) != sa.bindparam("mine"))
    .order_by(sa.column("distance"), col(PhotoFingerprint.sha256))
    .limit(KEPT)
)


@dataclass(frozen=True)
class Known:
    """What is known of a picture: its bits, none where it is too flat, and which others it looks like, by distance."""

    dhash: int | None
    like: dict[str, int] = field(default_factory=dict)


async def keep(tx: AsyncSession, sha256: str, dhash: int | None, *, at: datetime) -> None:
    """Write a fingerprint down, once, and ask for a search: by a job, so that it begins after this commit.

    Of two photos that come at once, the search of the one that commits last finds the other's fingerprint.
    """
    row = {
        "sha256": sha256,
        "dhash": None if dhash is None else as_bits(dhash),
        "made_at": at,
        "searched_at": at if dhash is None else None,
    }
    made = insert(PhotoFingerprint).values(row).on_conflict_do_nothing().returning(col(PhotoFingerprint.sha256))
    if await tx.scalar(made) is not None and dhash is not None:
        await ask_for_likes(tx, {sha256})


async def search(tx: AsyncSession, sha256: str, *, at: datetime) -> int:
    """For a job: keep which photos of the whole office look like this one; how many. May be repeated.

    The question is apart from the writing: PostgreSQL puts all cores to it only so.
    """
    mine = await tx.get(PhotoFingerprint, sha256)
    if mine is None or mine.dhash is None:
        return 0
    within = (await limits.limit(tx, Rule.PHOTO_ALIKE, local_date(at))).value
    like = (await tx.execute(_LIKE, {"dhash": mine.dhash, "within": within, "mine": sha256})).all()
    if like:
        pairs = [{**_pair(sha256, other), "distance_bits": distance} for other, distance in like]
        await tx.execute(insert(PhotoMatch).values(pairs).on_conflict_do_nothing())
    mine.searched_at = at
    return len(like)


async def matches(tx: AsyncSession, actor: Actor, photo_id: UUID, *, at: datetime) -> PhotoMatchesRead:
    """What is like a photo, for those who judge photos. Raises NotFound, NotAllowed."""
    photo = await photo_for(tx, actor, photo_id)
    actor.require(Deed.COMPARE_PHOTOS)
    book, today = await limits.rule_book(tx), local_date(at)
    async with beyond_sight(tx):
        mine = await tx.get(PhotoFingerprint, photo.sha256)
        like = await _like(tx, photo.sha256, within=book.limit(Rule.PHOTO_ALIKE, today).value)
        near = book.limit(Rule.PHOTO_ALIKE_ELSEWHERE, today).value
        close = [photo.sha256, *(sha256 for sha256, distance in like.items() if distance <= near)]
        outside = bool(await tx.scalar(sa.select(_is_used_out_of_sight(actor, close))))
    distances = {photo.sha256: 0, **like}
    seen = sa.select(Photo).where(col(Photo.sha256).in_(distances), col(Photo.id) != photo.id, sees_photo(actor))
    ranked = sa.case(distances, value=col(Photo.sha256))
    ordered = seen.order_by(col(Photo.sha256) != photo.sha256, ranked, col(Photo.stored_at), col(Photo.id))
    found = (await tx.scalars(ordered.limit(SHOWN + 1))).all()
    state = _state(photo, mine)
    tell(tx, min(len(found), SHOWN))
    return PhotoMatchesRead(
        photo_id=photo.id,
        fingerprint=state,
        fingerprint_label=state.label,
        matches=await _shown(tx, actor, photo.sha256, found[:SHOWN], distances),
        cut=len(found) > SHOWN or len(like) >= KEPT,
        also_used_outside_your_sight=outside,
    )


async def known(tx: AsyncSession, sha256s: Collection[str], *, within: int) -> dict[str, Known]:
    """Those of these originals that have a fingerprint. Asked beyond sight (services/wall.py)."""
    prints = await tx.scalars(sa.select(PhotoFingerprint).where(col(PhotoFingerprint.sha256).in_(sha256s)))
    found = {one.sha256: Known(None if one.dhash is None else int(one.dhash, 2)) for one in prints}
    one, other = col(PhotoMatch.sha256), col(PhotoMatch.other_sha256)
    pairs = sa.select(PhotoMatch).where(
        sa.or_(one.in_(found), other.in_(found)), col(PhotoMatch.distance_bits) <= within
    )
    for pair in (await tx.scalars(pairs)).all():
        for mine, its in ((pair.sha256, pair.other_sha256), (pair.other_sha256, pair.sha256)):
            if mine in found:
                found[mine].like[its] = pair.distance_bits
    return found


def _pair(one: str, other: str) -> dict[str, str]:
    first, second = sorted((one, other))
    return {"sha256": first, "other_sha256": second}


def _state(photo: Photo, mine: PhotoFingerprint | None) -> FingerprintState:
    if photo.no_pictures:
        return FingerprintState.IMPOSSIBLE
    if mine is None or mine.searched_at is None:
        return FingerprintState.WAITING
    return FingerprintState.TOO_FLAT if mine.dhash is None else FingerprintState.READY


async def _like(tx: AsyncSession, sha256: str, *, within: int) -> dict[str, int]:
    """The nearest originals by what the job kept; from whichever side it was found."""
    one, other, distance = col(PhotoMatch.sha256), col(PhotoMatch.other_sha256), col(PhotoMatch.distance_bits)
    after: sa.Select[str, int] = sa.select(other.label("like"), distance).where(one == sha256)
    before: sa.Select[str, int] = sa.select(one.label("like"), distance).where(other == sha256)
    both = sa.union_all(after, before).subquery()
    nearest = sa.select(both.c.like, both.c.distance_bits).where(both.c.distance_bits <= within)
    rows = await tx.execute(nearest.order_by(both.c.distance_bits, both.c.like).limit(KEPT))
    return {row[0]: row[1] for row in rows}


def _is_used_out_of_sight(actor: Actor, sha256s: Sequence[str]) -> ColumnElement[bool]:
    """Whether an accepted record that the actor does not see names a photo of these bytes, be it this very photo."""
    return (
        sa.exists()
        .where(col(Photo.sha256).in_(sha256s), col(PhotoUse.photo_id) == col(Photo.id), takes_hold(Photo))
        .where(col(PhotoUse.region).is_not(None), sa.not_(sees_use(actor)))
    )


async def _shown(
    tx: AsyncSession, actor: Actor, sha256: str, photos: Sequence[Photo], distances: dict[str, int]
) -> list[PhotoMatchRead]:
    naming = sa.select(PhotoUse).where(col(PhotoUse.photo_id).in_([photo.id for photo in photos]), sees_use(actor))
    uses = (await tx.scalars(naming.order_by(col(PhotoUse.named_at), col(PhotoUse.subject_id)))).all()
    told = []
    for photo in photos:
        likeness = Likeness.SAME_BYTES if photo.sha256 == sha256 else Likeness.ALIKE
        told.append(
            PhotoMatchRead(
                photo_id=photo.id,
                likeness=likeness,
                likeness_label=likeness.label,
                distance_bits=distances[photo.sha256],
                stored_at=photo.stored_at,
                uses=[use_shown(use) for use in uses if use.photo_id == photo.id],
            )
        )
    return told
