"""One town for all tests of the doors: every call is a rehearsal, carried out to its answer and then taken back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col

from models.events import Event
from models.users import User
from services.log.kept import NAME
from tests.database import TestDatabase
from tests.doors.operations import Operation, operations
from tests.doors.sight import SIGHT
from tests.doors.town import Town, whole
from tests.sequencing import sequence_all
from tests.worker import Worker, working
from tests.world import Clock, World

TRIES = 5


@pytest.fixture(scope="session")
def doors(app: FastAPI) -> dict[str, Operation]:
    """Every operation of the document."""
    return operations(app.openapi())


@pytest.fixture(scope="session")
def _towns() -> list[Town]:
    """The town that stands, as long as no other test has emptied the office."""
    return []


@pytest.fixture
async def town(app: FastAPI, database: TestDatabase, clock: Clock, _towns: list[Town]) -> AsyncIterator[Town]:
    """The whole town, its papers and pictures made; what a test does to it is taken back call by call."""
    clock.reset()
    if not (_towns and await _stands(_towns[-1])):
        database.empty()
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        world = World(httpx.AsyncClient(transport=transport, base_url="http://office.test"), clock, app.state.office)
        async with working(world, database) as worker:
            _towns.append(await whole(world))
            await _show_all(_towns[-1], worker)
        await _tell_of_the_past(_towns[-1], database)
    office = app.state.office
    app.state.office = replace(office, new_session=Rehearsals(office.new_session))
    yield _towns[-1]
    app.state.office = office


class Rehearsals(async_sessionmaker[AsyncSession]):
    """The transactions of requests, each sent to the database whole and then rolled back instead of committed."""

    def __init__(self, real: async_sessionmaker[AsyncSession]) -> None:
        super().__init__(class_=real.class_, **real.kw)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:  # type: ignore[override]  # any context manager will do
        """Like the real one, but for the end."""
        async with self() as tx:
            yield tx
            await tx.flush()
            tx.expunge_all()  # what was read stays readable, as after a commit
            await tx.rollback()


async def _show_all(town: Town, worker: Worker) -> None:
    """Every paper and picture is made; a look at one that is not, because a child took too long, asks again."""
    looks = [f"/orders/{order_id}/document.pdf" for order_id in town.records["order"].values()]
    looks += [f"/photos/{photo_id}/image?size=screen" for photo_id in town.records["photo"].values()]
    for _ in range(TRIES):
        await worker.run()
        if all([(await town.officer.get(look)).status_code == 200 for look in looks]):
            return
    raise AssertionError("the worker made not every paper and picture")


async def _tell_of_the_past(town: Town, database: TestDatabase) -> None:
    """The log is written up and signed, and of some records the first event is known."""
    (town.world.office.settings.photos / "kept" / NAME).unlink(missing_ok=True)
    await sequence_all(town.world, database)
    async with town.world.rows.begin() as tx:
        for noun in [noun for noun in SIGHT if noun.startswith("event of ")]:
            of = noun.removeprefix("event of ")
            for zone, record_id in town.records["registered" if of == "finding" else of].items():
                first = sa.select(col(Event.id)).where(col(Event.subject_id) == UUID(record_id)).order_by(col(Event.at))
                town.put(noun, zone, str((await tx.scalars(first.limit(1))).one()))


async def _stands(town: Town) -> bool:
    async with town.world.rows.begin() as tx:
        return await tx.get(User, town.officer.user.id) is not None
