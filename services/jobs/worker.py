"""The worker process: runs jobs until it is told to stop."""

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException

from services.chance import TrueChance
from services.clock import wall_clock
from services.confined.runner import Confined
from services.database import JOBS_SCHEMA, engine_for, job_sessions_for
from services.jobs import guesses, papers, pictures, rescue, rollup, sweep
from services.jobs.workshop import WORKSHOP, Workshop
from services.photos.derivatives import PictureMaker
from services.photos.local_store import LocalStore
from services.queue import jobs
from services.settings import Settings

log = structlog.get_logger()

TASKS = (guesses, papers, pictures, rescue, rollup, sweep)
"""Modules whose import tells the queue of their tasks."""

AT_ONCE = 2
CONNECTIONS = 4


async def run(settings: Settings, service_url: str) -> None:
    """Work until SIGTERM or SIGINT. Without its database it ends, and whoever started it starts it again."""
    engine = engine_for(service_url, CONNECTIONS)
    store = LocalStore(settings.photos)
    confined = Confined()
    maker = PictureMaker(store, confined, max_pixels=settings.photo_max_pixels)
    workshop = Workshop(settings, job_sessions_for(engine, TrueChance()), store, maker, confined, wall_clock)
    connector = procrastinate.PsycopgConnector(
        conninfo=engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
        kwargs={"options": f"-c search_path={JOBS_SCHEMA},public -c timezone=UTC"},
        max_size=CONNECTIONS,
    )
    try:
        with jobs.replace_connector(connector):
            async with jobs.open_async():
                await jobs.run_worker_async(
                    concurrency=AT_ONCE, delete_jobs="successful", additional_context={WORKSHOP: workshop}
                )
    except ConnectorException:
        log.warning("database_lost")
        raise SystemExit(1) from None
    finally:
        maker.close()
        await engine.dispose()
