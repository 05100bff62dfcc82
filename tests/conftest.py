"""Real PostgreSQL for every test that needs one: embedded, or the server that ZHICHA_TEST_DATABASE_URL names."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.logs import configure
from services import readings
from services.chance import TrueChance
from services.keys import make_missing_keys
from services.log.kept import NAME
from services.settings import Settings
from tests.database import TestDatabase, on_embedded, on_server
from tests.system.served import ApiAlone, api_alone
from tests.world import Clock, World


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """The tests' own settings alone count, whatever the shell carries."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("ZHICHA_")}
    for name in kept.keys() - {"ZHICHA_TEST_DATABASE_URL"}:
        del os.environ[name]
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session", autouse=True)
def _logs_as_in_life() -> None:
    """The office's own log: the library's default prints every local of an unexpected error, for a minute."""
    configure()


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[TestDatabase]:
    """A migrated database with the catalogue, one a test process."""
    server = os.environ.get("ZHICHA_TEST_DATABASE_URL")
    folder = tmp_path_factory.mktemp("postgres")
    with on_server(server, worker_id) if server else on_embedded(folder) as ready:
        yield ready


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An office's settings in a folder of its own."""
    settings = Settings(data=tmp_path_factory.mktemp("office"), public_url="http://office.test")
    make_missing_keys(settings)
    return settings


@pytest.fixture(scope="module")
def api(database: TestDatabase, settings: Settings) -> Iterator[ApiAlone]:
    """A real api process."""
    with api_alone(settings, database) as alone:
        yield alone


@pytest.fixture(scope="session")
def clock() -> Clock:
    """The time of the tests' office."""
    return Clock()


@pytest.fixture(scope="session")
async def app(database: TestDatabase, settings: Settings, clock: Clock) -> AsyncIterator[FastAPI]:
    """The whole app on the real database."""
    app = create_app(settings, database.service_url, now=clock.now, chance=TrueChance())
    with pytest.MonkeyPatch.context() as patch:
        # What was told is written when a test says so: no statement of its own comes between those that a test counts.
        patch.setattr(readings, "WRITTEN_EVERY_SECONDS", 3_600.0)
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture
async def world(app: FastAPI, database: TestDatabase, clock: Clock) -> AsyncIterator[World]:
    """An empty office, and the makers that fill it."""
    database.empty()
    (app.state.office.settings.photos / "kept" / NAME).unlink(missing_ok=True)  # the log's head outside the database
    clock.reset()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://office.test") as client:
        yield World(client, clock, app.state.office)


@pytest.fixture(scope="session")
def field_photos() -> Path:
    """The folder of real photos, where there is one beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "photos"
    if not folder.is_dir():
        pytest.skip("no folder ../shared/photos with real pictures here")
    return folder
