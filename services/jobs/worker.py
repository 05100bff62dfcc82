"""The worker process: runs jobs and the log's sequencer until it is told to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException

from services.chance import TrueChance
from services.clock import wall_clock
from services.confined.runner import Confined
from services.database import JOBS_SCHEMA, engine_for, job_sessions_for, sessions_for
from services.jobs import guesses, imports, papers, pictures, readings, rescue, rollup, sweep
from services.jobs.workshop import WORKSHOP, Workshop
from services.keys import Keys
from services.log.sequencer import Tools, sequence
from services.photos.derivatives import PictureMaker
from services.photos.opening import open_store
from services.queue import jobs
from services.sealing import ring_of
from services.settings import Settings

log = structlog.get_logger()

TASKS = (guesses, imports, papers, pictures, readings, rescue, rollup, sweep)
"""Modules whose import tells the queue of their tasks."""

AT_ONCE = 2
ASKED_EVERY_S = 1.0
"""New jobs are told of; those that wait for one of their kind to end (HEAVY_PICTURE) are not."""
CONNECTIONS = 4


async def run(settings: Settings, service_url: str) -> None:
    """Work until SIGTERM or SIGINT. Without its database it ends, and whoever started it starts it again."""
    engine = engine_for(service_url, CONNECTIONS)
    store = open_store(settings)
    keys = Keys.read(settings)
    seals = ring_of(keys.sealing)
    tools = Tools(keys.signing, store, TrueChance(), wall_clock)
    confined = Confined()
    maker = PictureMaker(store, confined, max_pixels=settings.photo_max_pixels)
    workshop = Workshop(
        settings,
        job_sessions_for(engine, TrueChance(), seals),
        sessions_for(engine, TrueChance(), seals),
        store,
        maker,
        confined,
        wall_clock,
    )
    connector = procrastinate.PsycopgConnector(
        conninfo=engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
        kwargs={"options": f"-c search_path={JOBS_SCHEMA},public -c timezone=UTC"},
        max_size=CONNECTIONS,
    )
    try:
        with jobs.replace_connector(connector):
            async with jobs.open_async(), _sequencing(service_url, tools):
                await jobs.run_worker_async(
                    concurrency=AT_ONCE,
                    delete_jobs="successful",
                    fetch_job_polling_interval=ASKED_EVERY_S,
                    additional_context={WORKSHOP: workshop},
                )
    except ConnectorException:
        log.warning("database_lost")
        raise SystemExit(1) from None
    finally:
        maker.close()
        await engine.dispose()


@asynccontextmanager
async def _sequencing(service_url: str, tools: Tools) -> AsyncIterator[None]:
    """The sequencer beside the jobs, on a connection of its own."""
    engine = engine_for(service_url, 1)
    sequencer = asyncio.create_task(sequence(engine, tools), name="sequencer")
    try:
        yield
    finally:
        sequencer.cancel()
        with suppress(asyncio.CancelledError):
            await sequencer
        await engine.dispose()
