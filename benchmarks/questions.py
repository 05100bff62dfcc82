"""The SQL of one request, as the office compiles it, and the same again through psycopg alone."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import sqlalchemy as sa
import structlog

from api.app import create_app
from benchmarks.office import BenchedOffice, plain
from benchmarks.phones import Phone
from services.database import JOBS_SCHEMA

Parameters = Any
SEARCH_PATH = f"-c search_path=public,{JOBS_SCHEMA}"
AS_JOB = f"{SEARCH_PATH} -c zhicha.acts=job"
"""Past row security, as the office's own jobs are."""
AT_THE_DOOR = f"{SEARCH_PATH} -c zhicha.acts=door"
"""As the api connects: the first statement of a call says who acts."""


@dataclass(frozen=True)
class Statement:
    """What the driver was given."""

    text: str
    parameters: Parameters


def statements_of(office: BenchedOffice, phone: Phone, path: str) -> list[Statement]:
    """Those of a GET, told by the engine of an app in this process; the first request is for connecting."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    return asyncio.run(_heard(office, phone, path))


async def _heard(office: BenchedOffice, phone: Phone, path: str) -> list[Statement]:
    app = create_app(office.settings, office.urls.service)
    engine = app.state.office.engine
    heard: list[Statement] = []

    def hear(_connection: object, _cursor: object, text: str, parameters: Parameters, *_: object) -> None:
        heard.append(Statement(text, parameters))

    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {phone.token}"}
    async with httpx.AsyncClient(transport=transport, base_url=office.address, headers=headers) as client:
        await client.get(path)
        sa.event.listen(engine.sync_engine, "before_cursor_execute", hear)
        (await client.get(path)).raise_for_status()
    await engine.dispose()
    return heard


def asked_again(office: BenchedOffice, statements: list[Statement]) -> Callable[[], None]:
    """One transaction with these statements, all rows fetched."""
    connection = psycopg.connect(plain(office.urls.service), options=AT_THE_DOOR)

    def ask() -> None:
        for statement in statements:
            connection.execute(statement.text.encode(), statement.parameters).fetchall()
        connection.commit()

    return ask
