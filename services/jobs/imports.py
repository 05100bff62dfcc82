"""Job: a large import, carried out as its sender; and the sheets that are swept after some weeks."""

import asyncio
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
import structlog
from procrastinate import JobContext
from procrastinate.retry import RetryStrategy
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col

from models.imports import ImportWork
from models.words import ImportState
from services import imports
from services.auth import actor_of_user
from services.errors import NotAllowed
from services.jobs.workshop import Workshop, workshop_of
from services.queue import Job, jobs
from services.sealing import seals

log = structlog.get_logger()

SHEETS_KEPT = timedelta(days=30)
TRIES = 10
AGAIN = RetryStrategy(max_attempts=TRIES, linear_wait=3)


class Told:
    """Says how far it is in short transactions of its own: the large one shows nothing until it ends."""

    def __init__(self, new_session: async_sessionmaker[AsyncSession], import_id: UUID) -> None:
        self._new_session, self._id = new_session, import_id
        self._judged = self._written = 0

    async def judged(self, rows: int) -> None:
        """So many rows more are judged."""
        self._judged += rows
        await self._tell()

    async def written(self, rows: int) -> None:
        """So many rows more are written."""
        self._written += rows
        await self._tell()

    async def _tell(self) -> None:
        async with self._new_session.begin() as tx:
            this = sa.update(ImportWork).where(col(ImportWork.id) == self._id)
            await tx.execute(this.values(rows_judged=self._judged, rows_written=self._written))


# A restarted database, or another import that is being applied: ten tries within some three minutes.
@jobs.task(name=Job.CARRY_OUT_IMPORT.value, pass_context=True, retry=AGAIN)
async def carry_out_import(context: JobContext, *, import_id: str) -> None:
    """All of it or nothing of it; whoever waits for it hears also that it failed."""
    workshop = workshop_of(context)
    key = UUID(import_id)
    try:
        await _carry_out(workshop, key)
    except NotAllowed:
        await _fail(workshop, key, "not_allowed")
    except Exception as error:
        if context.job is None or context.job.attempts + 1 >= TRIES:
            await _fail(workshop, key, type(error).__name__)
        raise


async def _carry_out(workshop: Workshop, import_id: UUID) -> None:
    async with workshop.new_session.begin() as tx:
        work = await tx.get(ImportWork, import_id)
        if work is None or work.state in (ImportState.DONE, ImportState.FAILED):
            return
        work.state = ImportState.RUNNING
        ring, box, sender = seals(tx), work.sealed, work.made_by
    sheets = await asyncio.to_thread(imports.sheets_in, ring, import_id, box)
    async with workshop.as_person.begin() as tx:
        actor = await actor_of_user(tx, sender)
        if actor is None:
            raise NotAllowed("sign_in")
        told = Told(workshop.new_session, import_id)
        await imports.carry_out_kept(tx, actor, import_id, sheets, told, at=workshop.now())


async def _fail(workshop: Workshop, import_id: UUID, why: str) -> None:
    log.warning("import_failed", import_id=str(import_id), why=why)
    async with workshop.new_session.begin() as tx:
        this = sa.update(ImportWork).where(col(ImportWork.id) == import_id)
        await tx.execute(this.values(state=ImportState.FAILED))


@jobs.periodic(cron="41 18 * * *")  # cron is UTC: 02:41 in Shanghai
@jobs.task(name="sweep_import_sheets", pass_context=True, queueing_lock="sweep_import_sheets")
async def sweep_import_sheets(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (the library gives it)
    """Every night."""
    await sweep(workshop_of(context))


async def sweep(workshop: Workshop) -> None:
    """Forget what files said; what became of them stays."""
    async with workshop.new_session.begin() as tx:
        await tx.execute(sa.delete(ImportWork).where(col(ImportWork.sent_at) < workshop.now() - SHEETS_KEPT))
