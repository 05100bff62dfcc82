"""The worker: jobs from PostgreSQL, as a child of `zhicha serve` or alone by `zhicha worker`."""

import asyncio
import os

from api.logs import configure
from cli.child import ChildPlan
from services.jobs import worker
from services.keys import Keys
from services.settings import Settings, SettingsError

POLITENESS = 10
"""Papers and pictures wait while phones are served by the same cores; children of the worker inherit it."""


def main() -> None:
    """Work until SIGTERM."""
    plan = ChildPlan.received()
    os.nice(POLITENESS)
    configure()
    asyncio.run(worker.run(plan.settings(), plan.service_url))


def run_alone(settings: Settings) -> None:
    """Work beside api processes elsewhere, until SIGTERM. Raises SettingsError without a database URL or keys."""
    if settings.database_url is None:
        raise SettingsError("`zhicha worker` alone needs ZHICHA_DATABASE_URL; `zhicha serve` runs its own worker.")
    Keys.read(settings)
    configure()
    asyncio.run(worker.run(settings, settings.database_url.get_secret_value()))


if __name__ == "__main__":
    main()
