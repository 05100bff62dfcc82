"""Job: the thumb and the screen picture of a photo."""

import sqlalchemy as sa
import structlog
from procrastinate import JobContext
from procrastinate.retry import RetryStrategy
from sqlmodel import col

from models.photos import Photo
from services.confined.runner import ConfinedFailed
from services.errors import DomainError
from services.jobs.queue import jobs
from services.jobs.workshop import workshop_of
from services.photos.derivatives import Original
from services.photos.errors import OriginalMissing, PhotoDamaged
from services.photos.kinds import ImageKind

log = structlog.get_logger()


# A store that is full or a database that restarts: four tries within some two minutes, then at the next look.
@jobs.task(name="make_pictures", pass_context=True, retry=RetryStrategy(max_attempts=4, exponential_wait=4))
async def make_pictures(context: JobContext, *, sha256: str) -> None:
    """Make what is missing. A picture that cannot be decoded stays an original without derivatives."""
    workshop = workshop_of(context)
    async with workshop.new_session.begin() as tx:
        photo = await tx.scalar(sa.select(Photo).where(col(Photo.sha256) == sha256).limit(1))
    if photo is None:
        return
    original = Original(sha256, ImageKind(photo.media_type.removeprefix("image/")), photo.width, photo.height)
    try:
        await workshop.pictures.make_missing(original)
    except (PhotoDamaged, OriginalMissing, ConfinedFailed) as error:
        log.warning("pictures_not_made", sha256=sha256, error=error.code)
    except DomainError as error:
        log.warning("pictures_postponed", sha256=sha256, error=error.code)
        raise
