"""Periodic: fold the deltas of statistics, tallies and readings together, so that a look sums few rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from procrastinate import JobContext

from services.jobs.workshop import workshop_of
from services.queue import jobs


@dataclass(frozen=True)
class Rollup:
    """A table of deltas: which columns name a cell, and which are summed."""

    table: str
    cell: Sequence[str]
    sums: Sequence[str]

    @property
    def is_worth_folding(self) -> sa.TextClause:
        """Whether a sixth of the rows or more would go."""
        cell = ", ".join(self.cell)
        return sa.text(f"SELECT count(*) > 1.2 * count(DISTINCT ({cell})) FROM {self.table}")  # noqa: S608  (our names)

    @property
    def fold(self) -> sa.TextClause:
        """Only rows that every transaction sees as settled are folded; late commits stay for the next round.

        One statement, so a reader sees either the old rows or the new ones.
        """
        cell, columns = ", ".join(self.cell), ", ".join([*self.cell, *self.sums])
        summed = ", ".join(f"sum({name})" for name in self.sums)
        left = " OR ".join(f"sum({name}) <> 0" for name in self.sums)
        return sa.text(
            f"""
            WITH taken AS (
                DELETE FROM {self.table}
                WHERE id IN (SELECT id FROM {self.table} ORDER BY id LIMIT 50000 FOR UPDATE SKIP LOCKED)
                RETURNING {columns}
            )
            INSERT INTO {self.table} ({columns})
            SELECT {cell}, {summed} FROM taken GROUP BY {cell} HAVING {left}
            """  # noqa: S608
        )


ROLLUPS = (
    Rollup("finding_delta", ("month", "region", "industry", "grade", "state", "due", "late"), ("findings",)),
    Rollup("tally_delta", ("item", "industry", "region"), ("answered", "failed")),
    Rollup("read_delta", ("user_id", "day"), ("rows_told",)),
)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="fold_statistics", pass_context=True, queueing_lock="fold_statistics")
async def fold_statistics(context: JobContext, timestamp: int) -> None:  # noqa: ARG001  (the library gives it)
    """Fold each table where that is worth its while."""
    for rollup in ROLLUPS:
        async with workshop_of(context).new_session.begin() as tx:
            if await tx.scalar(rollup.is_worth_folding):
                await tx.execute(rollup.fold)
