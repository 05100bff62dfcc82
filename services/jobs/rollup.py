"""Periodic: fold the statistics' deltas together, so that a look sums few rows."""

import sqlalchemy as sa
from procrastinate import JobContext

from services.jobs.workshop import workshop_of
from services.queue import jobs

# Only rows that every transaction sees as settled are folded; late commits stay for the next round. One statement, so
# a reader sees either the old rows or the new ones.
FOLD = sa.text(
    """
    WITH taken AS (
        DELETE FROM finding_delta
        WHERE id IN (SELECT id FROM finding_delta ORDER BY id LIMIT 50000 FOR UPDATE SKIP LOCKED)
        RETURNING month, region, industry, grade, state, due, late, findings
    )
    INSERT INTO finding_delta (month, region, industry, grade, state, due, late, findings)
    SELECT month, region, industry, grade, state, due, late, sum(findings)
    FROM taken
    GROUP BY month, region, industry, grade, state, due, late
    HAVING sum(findings) <> 0
    """
)

WORTH_FOLDING = sa.text(
    "SELECT count(*) > 1.2 * count(DISTINCT (month, region, industry, grade, state, due, late)) FROM finding_delta"
)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="fold_statistics", pass_context=True, queueing_lock="fold_statistics")
async def fold_statistics(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (the library gives it)
    """Fold when a sixth of the rows or more would go."""
    async with workshop_of(context).new_session.begin() as tx:
        if await tx.scalar(WORTH_FOLDING):
            await tx.execute(FOLD)
