"""Whether this database is still the one whose head was signed last: at the start, and whenever somebody asks."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.database import job_sessions_for
from services.log.epochs import disagreement, newest, sentence, settle
from services.log.kept import KeptUnreadable, read_kept
from services.log.sequencer import LOCK_KEY, Tools
from services.photos.errors import StoreFailed
from services.photos.store import Store


async def settle_at_start(engine: AsyncEngine, tools: Tools) -> str | None:
    """Before the first request: an older database gets its new epoch and its paper numbers; the sentence for people.

    A sequencer that is at work elsewhere has settled it already.
    """
    async with job_sessions_for(engine, tools.chance).begin() as tx:
        if not await tx.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(LOCK_KEY))):
            return None
        try:
            kept = await read_kept(tools.store)
        except (KeptUnreadable, StoreFailed) as error:
            return str(error)
        epoch, is_new = await settle(tx, kept, at=tools.now())
        return sentence(epoch) if is_new else None


async def stands_against(tx: AsyncSession, store: Store) -> list[str]:
    """Why nothing is signed at the moment; none while the log goes on. Raises StoreFailed."""
    try:
        kept = await read_kept(store)
    except KeptUnreadable as error:
        return [str(error)]
    epoch = await newest(tx)
    if kept is None or (epoch is not None and epoch.old_head == kept.note):
        return []
    reason = await disagreement(tx, epoch, kept)
    if reason is None:
        return []
    return [
        f"{reason.label}，尚未另开纪元 The database does not go on from the log's head that is kept outside it; "
        "nothing is signed until the worker has opened a new epoch."
    ]


async def to_be_known(tx: AsyncSession) -> list[str]:
    """What is no fault now, but must not be forgotten: that the log is not in its first epoch, and why."""
    epoch = await newest(tx)
    told = None if epoch is None else sentence(epoch)
    return [] if told is None else [told]
