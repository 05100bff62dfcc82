"""Periodic: originals that no record names go after 90 days, never sooner; broken uploads after one.

What has no fingerprint yet is asked for: photos of an office that is older than fingerprints.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from procrastinate import JobContext
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.fingerprints import PhotoFingerprint
from models.photos import Orphan, Photo, PhotoPreview, PhotoUse
from models.uploads import Upload
from models.words import EventKind
from services import events
from services.jobs.workshop import Workshop, workshop_of
from services.queue import ask_for_likes, ask_for_pictures, jobs
from services.uploads.beginning import EXPIRES_AFTER

log = structlog.get_logger()

PARTS_KEPT = timedelta(days=1)
PREVIEWS_KEPT = timedelta(days=1)
ENDED_UPLOADS_KEPT = timedelta(days=30)
"""So long a phone that comes back late hears that its upload is gone, and not that there was none."""
AT_ONCE = 500
FINGERPRINTED_A_NIGHT = 5_000
"""Photos: each costs the worker some milliseconds, and one look at all fingerprints."""


@jobs.periodic(cron="17 18 * * *")  # cron is UTC: 02:17 in Shanghai
@jobs.task(name="sweep_orphans", pass_context=True, queueing_lock="sweep_orphans")
async def sweep_orphans(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (the library gives it)
    """Forget unnamed photos, then their bytes, then part files."""
    workshop = workshop_of(context)
    now = workshop.now()
    swept = await sweep(workshop, before=now - timedelta(days=workshop.settings.orphan_photo_days))
    parts = await workshop.store.sweep_parts(older_than=now - PARTS_KEPT)
    pieces = await workshop.store.sweep_pieces(older_than=now - EXPIRES_AFTER - PARTS_KEPT)
    async with workshop.new_session.begin() as tx:
        await tx.execute(sa.delete(Upload).where(col(Upload.expires_at) < now - ENDED_UPLOADS_KEPT))
        await ask_for_fingerprints(tx)
    await sweep_previews(workshop, before=now - timedelta(days=workshop.settings.orphan_photo_days))
    log.info("swept", count=swept, parts=parts, pieces=pieces)


async def sweep(workshop: Workshop, *, before: datetime) -> int:
    """Delete originals that became orphans before that time; how many.

    The photo's row goes one sweep before its bytes: somebody may be sending them again right now, and saw them named.
    """
    async with workshop.new_session.begin() as tx:
        due = await _due_orphans(tx, before)
    swept = 0
    for sha256 in due:
        swept += await _forget(workshop, sha256, before)
    async with workshop.new_session.begin() as tx:
        await _orphan_unnamed(tx, before, at=workshop.now())
    return swept


async def sweep_previews(workshop: Workshop, *, before: datetime) -> None:
    """Those of photos that are here, once the worker has had a day for their pictures; and those that came before that
    time and no record ever named. What a record names is kept: it is all that the office has of it.
    """
    same = col(PhotoPreview.photo_id)
    here = sa.exists().where(col(Photo.id) == same, col(Photo.stored_at) < workshop.now() - PREVIEWS_KEPT)
    named = sa.exists().where(col(PhotoUse.photo_id) == same)
    unnamed = sa.and_(col(PhotoPreview.stored_at) < before, ~named)
    async with workshop.new_session.begin() as tx:
        await tx.execute(sa.delete(PhotoPreview).where(sa.or_(here, unnamed)))


async def _forget(workshop: Workshop, sha256: str, before: datetime) -> bool:
    """Whoever sends these bytes again waits for this row, or has renewed it (services/photos/storing.py `expect`)."""
    async with workshop.new_session.begin() as tx:
        if await tx.scalar(_due(before).where(col(Orphan.sha256) == sha256).with_for_update()) is None:
            return False
        is_gone = await workshop.store.delete_original(sha256, untouched_since=before)
        await tx.execute(sa.delete(Orphan).where(col(Orphan.sha256) == sha256))
        await tx.execute(sa.delete(PhotoFingerprint).where(col(PhotoFingerprint.sha256) == sha256))
    return is_gone


async def ask_for_fingerprints(tx: AsyncSession) -> None:
    """Of photos that have none though they could, and searches that never came to an end."""
    known = sa.exists().where(col(PhotoFingerprint.sha256) == col(Photo.sha256))
    without = sa.select(col(Photo.sha256)).where(~known, ~col(Photo.no_pictures)).distinct()
    await ask_for_pictures(tx, (await tx.scalars(without.limit(FINGERPRINTED_A_NIGHT))).all())
    unsearched = sa.select(col(PhotoFingerprint.sha256)).where(col(PhotoFingerprint.searched_at).is_(None))
    await ask_for_likes(tx, (await tx.scalars(unsearched.limit(FINGERPRINTED_A_NIGHT))).all())


async def _orphan_unnamed(tx: AsyncSession, before: datetime, *, at: datetime) -> None:
    """Photos that no record ever named: the row goes, and the event tells so."""
    named = sa.exists().where(col(PhotoUse.photo_id) == col(Photo.id))
    unnamed = sa.select(Photo).where(col(Photo.stored_at) < before, ~named).limit(AT_ONCE)
    for photo in (await tx.scalars(unnamed.with_for_update(skip_locked=True))).all():
        was = events.snapshot(photo)
        events.record(tx, None, EventKind.PHOTO_DETACHED, photo, before=was, at=at, note=photo.sha256)
        await tx.merge(Orphan(sha256=photo.sha256, orphaned_at=photo.stored_at))
        await tx.delete(photo)


async def _due_orphans(tx: AsyncSession, before: datetime) -> Sequence[str]:
    return (await tx.scalars(_due(before).limit(AT_ONCE))).all()


def _due(before: datetime) -> sa.Select[str]:
    still_named = sa.exists().where(col(Photo.sha256) == col(Orphan.sha256))
    return sa.select(col(Orphan.sha256)).where(col(Orphan.orphaned_at) < before, ~still_named)
