"""Periodic: whether somebody reads far more today than they use to; days no longer compared with are forgotten."""

import structlog
from procrastinate import JobContext

from services import bulk_readings
from services.jobs.workshop import workshop_of
from services.queue import jobs

log = structlog.get_logger()


@jobs.periodic(cron="* * * * *")
@jobs.task(name="notice_bulk_reading", pass_context=True, queueing_lock="notice_bulk_reading")
async def notice_bulk_reading(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (the library gives it)
    """Every minute."""
    workshop = workshop_of(context)
    async with workshop.new_session.begin() as tx:
        noticed = await bulk_readings.notice(tx, at=workshop.now())
    if noticed:
        log.warning("bulk_reading", count=noticed)


@jobs.periodic(cron="53 18 * * *")  # cron is UTC: 02:53 in Shanghai
@jobs.task(name="forget_readings", pass_context=True, queueing_lock="forget_readings")
async def forget_readings(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (the library gives it)
    """Every night."""
    workshop = workshop_of(context)
    async with workshop.new_session.begin() as tx:
        await bulk_readings.forget(tx, at=workshop.now())
