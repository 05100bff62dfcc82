"""What is asked of the worker: a job is born in the transaction of its cause, so without the commit there is none."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from uuid import UUID

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy.ext.asyncio import AsyncSession

jobs = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Every task of the office; the worker gives it a connection of its own, a request lends its transaction's."""


class Job(StrEnum):
    """What may be asked; services/jobs does it, and nobody who asks needs to know how."""

    MAKE_PICTURES = "make_pictures"
    FIND_LIKE_PHOTOS = "find_like_photos"
    MAKE_ORDER_PAPER = "make_order_paper"
    CARRY_OUT_IMPORT = "carry_out_import"


HEAVY_PICTURE = "heavy_picture"
Ids = Mapping[str, str]
"""What a job is given: ids alone, for it reads the rest, and may run twice."""


async def ask_for_pictures(tx: AsyncSession, sha256s: Collection[str]) -> None:
    """Of these originals, what is missing."""
    asked = {f"{Job.MAKE_PICTURES}:{sha256}": {"sha256": sha256} for sha256 in sorted(sha256s)}
    await _ask(tx, Job.MAKE_PICTURES, asked)


async def ask_for_heavy_pictures(tx: AsyncSession, sha256: str) -> None:
    """Of one that its decoder must hold whole: one such job at a time, and no other kind waits for it."""
    await _ask(tx, Job.MAKE_PICTURES, {f"{HEAVY_PICTURE}:{sha256}": {"sha256": sha256}}, one_at_a_time=HEAVY_PICTURE)


async def ask_for_likes(tx: AsyncSession, sha256s: Collection[str]) -> None:
    """Of these originals, whose fingerprints this transaction writes: which others look like them."""
    asked = {f"{Job.FIND_LIKE_PHOTOS}:{sha256}": {"sha256": sha256} for sha256 in sorted(sha256s)}
    await _ask(tx, Job.FIND_LIKE_PHOTOS, asked)


async def ask_for_paper(tx: AsyncSession, order_id: UUID) -> None:
    """Of this order."""
    await _ask(tx, Job.MAKE_ORDER_PAPER, {f"{Job.MAKE_ORDER_PAPER}:{order_id}": {"order_id": str(order_id)}})


async def ask_for_import(tx: AsyncSession, import_id: UUID) -> None:
    """Of this file."""
    await _ask(tx, Job.CARRY_OUT_IMPORT, {f"{Job.CARRY_OUT_IMPORT}:{import_id}": {"import_id": str(import_id)}})


async def _ask(tx: AsyncSession, job: Job, asked: Mapping[str, Ids], *, one_at_a_time: str | None = None) -> None:
    """By their locks; under a lock where one waits already none is added: asking often makes no queue."""
    if asked and not await _deferred(tx, job, asked, one_at_a_time) and len(asked) > 1:
        for lock, ids in asked.items():  # one of them waits: the others are still wanted
            await _deferred(tx, job, {lock: ids}, one_at_a_time)


async def _deferred(tx: AsyncSession, job: Job, asked: Mapping[str, Ids], one_at_a_time: str | None) -> bool:
    """All of them, or none when one waits already."""
    new = [
        jobs.configure_task(job.value, lock=one_at_a_time, queueing_lock=waiting).make_new_job(**ids)
        for waiting, ids in asked.items()
    ]
    try:
        async with tx.begin_nested():  # the refusal would take the whole transaction with it
            connection = await (
                await tx.connection()
            ).get_raw_connection()  # in here: it is this that sets the savepoint
            await jobs.job_manager.batch_defer_jobs_async(new, connection=connection.driver_connection)
    except AlreadyEnqueued:
        return False
    return True
