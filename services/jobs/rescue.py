"""Periodic: jobs whose worker is gone run again; the library alone would leave them `doing` for ever."""

from datetime import timedelta

import sqlalchemy as sa
import structlog
from procrastinate import JobContext

from services.jobs.workshop import workshop_of
from services.queue import jobs

log = structlog.get_logger()

SILENT_AFTER = timedelta(seconds=60)

# A worker that was pruned leaves worker_id null, which get_stalled_jobs never finds (procrastinate #1518).
ABANDONED = sa.text(
    """
    SELECT job.id FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing' AND (worker.id IS NULL OR worker.last_heartbeat < :silent_since)
    """
)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="rescue_jobs", pass_context=True, queueing_lock="rescue_jobs")
async def rescue_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (the library gives it)
    """Put abandoned jobs back into the queue: jobs may run twice, none may be forgotten."""
    workshop = workshop_of(context)
    now = workshop.now()
    async with workshop.new_session.begin() as tx:
        abandoned = (await tx.scalars(ABANDONED, {"silent_since": now - SILENT_AFTER})).all()
    for job_id in abandoned:
        await jobs.job_manager.retry_job_by_id_async(job_id=job_id, retry_at=now)
    if abandoned:
        log.info("jobs_rescued", count=len(abandoned))
