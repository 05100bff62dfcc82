"""Wires the office: settings, database, store and keys into one FastAPI app."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import gate_page, health, problems, start_page, v1
from api.bodies import BodyLimits
from api.document import describe
from api.headers import PREVIEW
from api.logs import RequestLog
from api.office import Office
from api.safe_headers import SafeHeaders
from api.tus import EXPOSED, TusHeaders
from services.chance import Chance, TrueChance
from services.clock import wall_clock
from services.confined.runner import Confined
from services.database import engine_for, sessions_for
from services.keys import Keys
from services.photos.derivatives import PictureMaker
from services.photos.opening import open_store
from services.sealing import ring_of
from services.settings import Settings

ROUTES = [*health.router.routes, *start_page.router.routes, *gate_page.router.routes, *v1.routes]


def create_app(
    settings: Settings,
    database_url: str,
    *,
    now: Callable[[], datetime] = wall_clock,
    chance: Chance | None = None,
) -> FastAPI:
    """The app of one api process. `database_url` is the service's role; `now` and `chance` are for tests."""
    chance = chance or TrueChance()
    engine = engine_for(database_url, settings.database_connections)
    store = open_store(settings)
    confined = Confined()
    pictures = PictureMaker(store, confined, max_pixels=settings.photo_max_pixels)
    keys = Keys.read(settings)
    seals = ring_of(keys.sealing)
    office = Office(
        settings=settings,
        engine=engine,
        new_session=sessions_for(engine, chance, seals),
        at_once=sessions_for(engine.execution_options(isolation_level="AUTOCOMMIT"), chance, seals),
        keys=keys,
        store=store,
        pictures=pictures,
        confined=confined,
        now=now,
        turns=asyncio.Semaphore(settings.database_connections // 2),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with office.readings.written_to(office.at_once):
            yield
        pictures.close()
        store.close()
        await engine.dispose()

    app = FastAPI(
        lifespan=lifespan,
        routes=ROUTES,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,
    )
    app.state.office = office
    problems.install(app)
    describe(app)
    _put_before(app, settings)
    return app


def _put_before(app: FastAPI, settings: Settings) -> None:
    """What every call passes; the last one added is the first to see it."""
    app.add_middleware(BodyLimits, settings=settings)
    app.add_middleware(TusHeaders)
    if settings.cors_origins:
        everything = ["*"]
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=everything,
            allow_headers=everything,
            expose_headers=[*EXPOSED, *PREVIEW],
        )
    app.add_middleware(SafeHeaders, https=settings.public_url.startswith("https://"))
    app.add_middleware(RequestLog)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)
