"""The log's sequencer on the tests' database, round by round."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from services.chance import TrueChance
from services.database import engine_for
from services.keys import Ring
from services.log.sequencer import BATCH, Sequencer, Tools
from tests.database import TestDatabase
from tests.world import World


def tools_of(world: World, ring: Ring | None = None) -> Tools:
    """What the worker would give its sequencer."""
    return Tools(ring or world.office.keys.signing, world.office.store, TrueChance(), world.office.now)


@asynccontextmanager
async def sequencer_of(
    world: World,
    database: TestDatabase,
    *,
    ring: Ring | None = None,
    batch: int = BATCH,
    watched: Callable[[AsyncEngine], None] | None = None,
) -> AsyncIterator[Sequencer]:
    """A sequencer on a connection of its own, which has begun; `watched` sees its engine before."""
    engine = engine_for(database.service_url, 1)
    if watched is not None:
        watched(engine)
    try:
        async with engine.connect() as connection:
            sequencer = Sequencer(connection, tools_of(world, ring), batch=batch)
            assert await sequencer.begin()
            yield sequencer
            await connection.invalidate()  # the lock goes with the connection
    finally:
        await engine.dispose()


async def sequence_all(world: World, database: TestDatabase, *, ring: Ring | None = None) -> int:
    """A worker's life until nothing is left: how many events got their leaf."""
    async with sequencer_of(world, database, ring=ring) as sequencer:
        found = 0
        while new := await sequencer.round():
            found += new
        return found
