"""A real worker on the tests' database: runs what waits in the queue and stops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import procrastinate
import sqlalchemy as sa

from cli.migrate import plain_url
from services.chance import TrueChance
from services.confined.runner import Confined
from services.database import job_sessions_for
from services.jobs import imports, papers, pictures, readings, rescue, rollup, sweep
from services.jobs.workshop import WORKSHOP, Workshop
from services.photos.derivatives import PictureMaker
from services.queue import jobs
from services.sealing import ring_of
from tests.database import TestDatabase
from tests.world import World

TASKS = (imports, papers, pictures, readings, rescue, rollup, sweep)
JOBS = "-c search_path=procrastinate,public"


@dataclass(frozen=True)
class Worker:
    """Runs every job that waits."""

    workshop: Workshop

    async def run(self, at_once: int = 1) -> None:
        """Until the queue is empty."""
        await jobs.run_worker_async(
            wait=False,
            concurrency=at_once,
            install_signal_handlers=False,
            additional_context={WORKSHOP: self.workshop},
        )


@asynccontextmanager
async def working(world: World, database: TestDatabase) -> AsyncIterator[Worker]:
    """A worker with an empty queue."""
    connector = procrastinate.PsycopgConnector(conninfo=plain_url(database.service_url), kwargs={"options": JOBS})
    office, confined = world.office, Confined()
    maker = PictureMaker(office.store, confined, max_pixels=office.settings.photo_max_pixels)
    own = job_sessions_for(office.engine, TrueChance(), ring_of(office.keys.sealing))
    workshop = Workshop(office.settings, own, office.new_session, office.store, maker, confined, office.now)
    async with world.rows.begin() as tx:
        await tx.execute(sa.text("DELETE FROM procrastinate_jobs"))
    with jobs.replace_connector(connector):
        async with jobs.open_async():
            yield Worker(workshop)
    maker.close()
