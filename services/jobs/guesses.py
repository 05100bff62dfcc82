"""Periodic: counters of wrong passwords that no longer count are thrown away; guessers try names without end."""

from procrastinate import JobContext

from services.auth.throttle import throw_away_old
from services.jobs.workshop import workshop_of
from services.queue import jobs


@jobs.periodic(cron="23 * * * *")
@jobs.task(name="forget_guesses", pass_context=True, queueing_lock="forget_guesses")
async def forget_guesses(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (the library gives it)
    """Every hour."""
    workshop = workshop_of(context)
    async with workshop.new_session.begin() as tx:
        await throw_away_old(tx, at=workshop.now())
