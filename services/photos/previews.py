"""Previews: a small picture that comes ahead of its photo, and is shown as such until the original is here.

A preview proves nothing: no event tells of it, and no receipt, dossier or count of what is missing knows it (decision
0027).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.photos import (
    Photo,
    PhotoDeclaredRead,
    PhotoPreview,
    PhotoPreviewRead,
    PhotoRead,
    PhotoStage,
    PhotoUse,
)
from services.access import Actor, sees_use
from services.errors import IdConflict, IdTaken, NotFound
from services.photos import reading
from services.photos.arrival import original_or_room
from services.photos.derivatives import PictureMaker
from services.photos.imaging import Pictures
from services.photos.naming import came_for, lock_photos
from services.wall import beyond_sight


@dataclass(frozen=True)
class Preview:
    """What came, and the pictures made of it."""

    photo_id: UUID
    sha256: str
    width: int
    height: int
    pictures: Pictures


async def made(pictures: PictureMaker, photo_id: UUID, sha256: str, content: bytes) -> Preview:
    """Looked at, and made anew: what is kept says nothing of place, time and phone.

    Raises NotAnImage, NotAPreview, PhotoDamaged, PhotoTooManyPixels.
    """
    seen, made = await pictures.of_preview(content)
    return Preview(photo_id, sha256, seen.width, seen.height, made)


async def keep(
    tx: AsyncSession, actor: Actor, preview: Preview, *, at: datetime
) -> tuple[PhotoRead | PhotoPreviewRead, bool]:
    """What getPhoto tells from now on, and whether the preview is new: never where the original is here already.

    Raises NotAllowed, IdTaken, IdConflict for another picture than the one that came before.
    """
    await lock_photos(tx, [preview.photo_id])
    original = await original_or_room(tx, actor, preview.photo_id)
    if original is not None:
        return await reading.shown(tx, actor, original), False
    known = await _known(tx, actor, preview.photo_id)
    if known is not None:
        if known.sha256 != preview.sha256:
            raise IdConflict
        return await shown(tx, actor, known), False
    row = PhotoPreview(
        photo_id=preview.photo_id,
        sha256=preview.sha256,
        width=preview.width,
        height=preview.height,
        uploaded_by=actor.id,
        stored_at=at,
        **{size.value: picture for size, picture in preview.pictures.items()},
    )
    tx.add(row)
    await tx.flush()
    return await shown(tx, actor, row), True


async def preview_for(tx: AsyncSession, actor: Actor, photo_id: UUID) -> PhotoPreview | None:
    """The preview, if there is one that the actor sees."""
    seen = sa.select(PhotoPreview).where(col(PhotoPreview.photo_id) == photo_id, sees_preview(actor))
    return (await tx.scalars(seen)).one_or_none()


async def best_of(tx: AsyncSession, actor: Actor, photo_id: UUID) -> Photo | PhotoPreview:
    """The photo, else its preview. Raises NotFound for absent and unseen alike."""
    found = await reading.photo_in_sight(tx, actor, photo_id) or await preview_for(tx, actor, photo_id)
    if found is None:
        raise NotFound
    return found


async def shown(tx: AsyncSession, actor: Actor, preview: PhotoPreview) -> PhotoPreviewRead:
    """With those of its records that the actor sees, and what they declared of the original."""
    uses = await reading.uses_of(tx, actor, preview.photo_id)
    return PhotoPreviewRead(
        id=preview.photo_id,
        stage=PhotoStage.PREVIEW,
        stage_label=PhotoStage.PREVIEW.label,
        width=preview.width,
        height=preview.height,
        declared=_declared(uses),
        uploaded_by=preview.uploaded_by,
        stored_at=preview.stored_at,
        uses=[reading.use_shown(row) for row in uses],
    )


async def with_preview(tx: AsyncSession, actor: Actor, photo_ids: Collection[UUID]) -> set[UUID]:
    """Those of these photos of which the actor sees a preview."""
    seen = sa.select(col(PhotoPreview.photo_id)).where(col(PhotoPreview.photo_id).in_(photo_ids), sees_preview(actor))
    return set((await tx.scalars(seen)).all())


def sees_preview(actor: Actor) -> ColumnElement[bool]:
    """As of a photo: whoever sees a record that it came for; before any names it, its sender alone."""
    uses = sa.exists().where(col(PhotoUse.photo_id) == col(PhotoPreview.photo_id), came_for())
    return sa.or_(uses.where(sees_use(actor)), sa.and_(col(PhotoPreview.uploaded_by) == actor.id, ~uses))


async def _known(tx: AsyncSession, actor: Actor, photo_id: UUID) -> PhotoPreview | None:
    """What stands under the id. Raises IdTaken for somebody else's that the actor does not see."""
    named = sa.select(PhotoPreview, sees_preview(actor)).where(col(PhotoPreview.photo_id) == photo_id)
    async with beyond_sight(tx):
        found = (await tx.execute(named)).one_or_none()
    if found is None:
        return None
    preview, in_sight = found
    if not in_sight and preview.uploaded_by != actor.id:
        raise IdTaken
    return preview


def _declared(uses: Collection[PhotoUse]) -> PhotoDeclaredRead | None:
    """What the first record told that told of the bytes themselves, else of anything."""
    told = [use for use in uses if (use.declared_sha256, use.declared_media_type, use.declared_taken_at) != (None,) * 3]
    if not told:
        return None
    use = next((use for use in told if use.declared_sha256 is not None), told[0])
    return PhotoDeclaredRead(
        sha256=use.declared_sha256,
        bytes=use.declared_bytes,
        media_type=use.declared_media_type,
        taken_at=use.declared_taken_at,
    )
