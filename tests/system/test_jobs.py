"""The worker: jobs born in a transaction, run by a real worker on the real database."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from models.statistics import FindingDelta
from models.words import FindingState, Grade
from services.jobs import rollup
from services.jobs.rescue import ABANDONED, rescue_jobs
from services.queue import ask_for_pictures
from tests.database import TestDatabase
from tests.worker import Worker, working
from tests.world import VILLAGE, World


@pytest.fixture
async def worker(world: World, database: TestDatabase) -> AsyncIterator[Worker]:
    """A worker that runs what is there and stops."""
    async with working(world, database) as ready:
        yield ready


async def waiting(world: World) -> int:
    """Jobs of the picture maker in the queue."""
    async with world.rows.begin() as tx:
        query = sa.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'make_pictures' AND status = 'todo'")
        return int(await tx.scalar(query) or 0)


async def test_a_job_of_a_transaction_that_fails_was_never_asked_for(world: World, worker: Worker) -> None:
    async with world.rows() as tx:
        await ask_for_pictures(tx, {"a" * 64})
        await tx.rollback()
    assert await waiting(world) == 0


async def test_a_job_of_a_committed_transaction_runs_once_and_leaves_the_queue(world: World, worker: Worker) -> None:
    async with world.rows.begin() as tx:
        await ask_for_pictures(tx, {"a" * 64})
    assert await waiting(world) == 1
    await worker.run()
    assert await waiting(world) == 0


async def test_a_job_asked_for_twice_waits_once_and_spoils_no_transaction(world: World, worker: Worker) -> None:
    async with world.rows.begin() as tx:
        await ask_for_pictures(tx, {"c" * 64})
    async with world.rows.begin() as tx:
        await ask_for_pictures(tx, {"c" * 64})
        await ask_for_pictures(tx, {"d" * 64})
    assert await waiting(world) == 2


async def test_a_job_whose_worker_was_pruned_is_put_back_into_the_queue(world: World, worker: Worker) -> None:
    async with world.rows.begin() as tx:
        await ask_for_pictures(tx, {"b" * 64})
        await tx.execute(sa.text("UPDATE procrastinate_jobs SET status = 'doing'"))
    async with world.rows.begin() as tx:
        silent_since = world.clock.now() - timedelta(minutes=1)
        assert len((await tx.scalars(ABANDONED, {"silent_since": silent_since})).all()) == 1
    await rescue_jobs.configure().defer_async(timestamp=0)
    await worker.run()
    assert await waiting(world) + await done_or_gone(world) == 1


async def done_or_gone(world: World) -> int:
    """Picture jobs that ended."""
    async with world.rows.begin() as tx:
        query = sa.text(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'make_pictures' AND status = 'succeeded'"
        )
        return int(await tx.scalar(query) or 0)


async def test_folding_keeps_every_sum_and_drops_what_cancels_out(world: World, worker: Worker) -> None:
    cell: dict[str, Any] = {
        "month": date(2026, 11, 1),
        "region": VILLAGE,
        "industry": "MECH",
        "grade": Grade.GENERAL,
        "late": False,
    }
    registered = {**cell, "state": FindingState.REGISTERED, "due": date(2026, 12, 1)}
    await world.add(*[FindingDelta(id=uuid4(), **registered, findings=n) for n in (1, 1, 1, -1)])
    await world.add(*[FindingDelta(id=uuid4(), **{**cell, "state": FindingState.ORDERED}, findings=n) for n in (1, -1)])
    await rollup.fold_statistics.configure().defer_async(timestamp=0)
    await worker.run()
    async with world.rows.begin() as tx:
        rows = (await tx.scalars(sa.select(FindingDelta))).all()
    assert [(row.state, row.due, row.findings) for row in rows] == [(FindingState.REGISTERED, date(2026, 12, 1), 2)]
