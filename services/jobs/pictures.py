"""Jobs: the thumb, the screen picture and the fingerprint of a photo, and then which others look like it."""

import asyncio

import sqlalchemy as sa
import structlog
from procrastinate import JobContext
from procrastinate.retry import RetryStrategy
from sqlmodel import col

from models.fingerprints import PhotoFingerprint
from models.photos import Photo
from services.confined.runner import ConfinedFailed
from services.errors import DomainError, Invalid
from services.jobs.workshop import Workshop, workshop_of
from services.photos import matching
from services.photos.derivatives import HeldAlone, Original
from services.photos.errors import OriginalMissing
from services.photos.fingerprints import fingerprint
from services.photos.kinds import Derivative
from services.queue import HEAVY_PICTURE, Job, ask_for_heavy_pictures, jobs

log = structlog.get_logger()


TRIES = 4


# A store that is full or a database that restarts: four tries within some two minutes, then at the next look.
@jobs.task(name=Job.MAKE_PICTURES.value, pass_context=True, retry=RetryStrategy(max_attempts=TRIES, exponential_wait=4))
async def make_pictures(context: JobContext, *, sha256: str) -> None:
    """Make what is missing. What cannot be decoded, or is too heavy, stays an original without derivatives."""
    workshop = workshop_of(context)
    async with workshop.new_session.begin() as tx:
        photo = await tx.scalar(sa.select(Photo).where(col(Photo.sha256) == sha256).limit(1))
        is_known = await tx.get(PhotoFingerprint, sha256) is not None
    if photo is None:
        return
    try:
        await workshop.pictures.make_missing(Original.of(photo), alone=context.job.lock == HEAVY_PICTURE)
    except HeldAlone:
        async with workshop.new_session.begin() as tx:
            await ask_for_heavy_pictures(tx, sha256)
    except OriginalMissing as error:
        log.warning("pictures_not_made", sha256=sha256, error=error.code)
    except DomainError as error:
        if not _is_final(error, context):
            log.warning("pictures_postponed", sha256=sha256, error=error.code)
            raise
        log.warning("pictures_not_made", sha256=sha256, error=error.code)
        await _give_up(workshop, sha256)
    else:
        if not is_known:
            await _fingerprint(workshop, sha256)


@jobs.task(
    name=Job.FIND_LIKE_PHOTOS.value, pass_context=True, retry=RetryStrategy(max_attempts=TRIES, exponential_wait=4)
)
async def find_like_photos(context: JobContext, *, sha256: str) -> None:
    """A scan of every fingerprint there is: 0.1 s a million, and no index helps."""
    workshop = workshop_of(context)
    async with workshop.new_session.begin() as tx:
        await matching.search(tx, sha256, at=workshop.now())


async def _fingerprint(workshop: Workshop, sha256: str) -> None:
    """Of the thumb that lies there now: the original is not decoded again."""
    thumb = await workshop.store.get_derivative(sha256, Derivative.THUMB)
    if thumb is None:
        return  # lost already: the next night asks again
    dhash = await asyncio.to_thread(fingerprint, thumb)
    async with workshop.new_session.begin() as tx:
        await matching.keep(tx, sha256, dhash, at=workshop.now())


def _is_final(error: DomainError, context: JobContext) -> bool:
    """A broken picture stays broken; a child that fell may have been the victim of a machine short of memory."""
    last_try = context.job.attempts + 1 >= TRIES
    return isinstance(error, Invalid) or (isinstance(error, ConfinedFailed) and last_try)


async def _give_up(workshop: Workshop, sha256: str) -> None:
    """So that a look is answered once and for all, and each look does not start the same decoder again."""
    async with workshop.new_session.begin() as tx:
        await tx.execute(sa.update(Photo).where(col(Photo.sha256) == sha256).values(no_pictures=True))
