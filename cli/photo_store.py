"""`zhicha store move|scrub`: the photos into S3 while the office works, and all of them looked at again."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cli.lock import FolderHeld, hold
from cli.office import database_of, lock_of
from services.chance import TrueChance
from services.clock import wall_clock
from services.database import engine_for, job_sessions_for
from services.log.kept import NAME
from services.photos.carrying import Carried, carry, carry_note
from services.photos.errors import StoreFailed
from services.photos.moving_store import MovingStore
from services.photos.opening import Move, is_noted, move_of, note_move, open_store
from services.photos.scrubbing import Turn, scrub
from services.photos.store import Store
from services.settings import Settings, SettingsError

POLITENESS = 15
FOUND = {"rotten": "损坏 rotten", "missing": "缺失 missing", "orphan": "无主 named by nobody, kept 90 days"}
Say = Callable[[str], None]
R = TypeVar("R")
Sessions = async_sessionmaker[AsyncSession]


class StoreCommandFailed(Exception):
    """The work could not begin or end; the text is one sentence."""


def begin(settings: Settings) -> None:
    """From now on nobody works with the folder alone; called by who holds the data folder's lock.

    Does nothing at any later start, or without S3. Raises StoreCommandFailed.
    """
    if not settings.store or is_noted(settings):
        return
    move, store = move_of(settings), open_store(settings)
    try:
        if isinstance(store, MovingStore):
            _ended(carry_note(store, NAME))
    finally:
        store.close()
    note_move(settings, move)


def move(settings: Settings, say: Say) -> Carried:
    """Everything from the folder to S3; what is there already is passed over. Raises StoreCommandFailed."""
    if not settings.store:
        raise SettingsError("ZHICHA_STORE must name where the photos shall lie, such as s3://BUCKET/PREFIX.")
    if not is_noted(settings):
        _begin_at_rest(settings)

    def tell(hundredths: int, copied: int) -> None:
        say(f"{hundredths} %: {copied} 张已复制 copied")

    async def carry_all(service_url: str) -> Carried:
        async with _at_work(settings, service_url) as (store, sessions):
            return await carry(store, sessions, tell) if isinstance(store, MovingStore) else Carried()

    with database_of(settings) as urls:
        carried = _ended(carry_all(urls.service))
    if carried.is_whole:
        note_move(settings, Move.DONE)
    return carried


def look_at_all(settings: Settings, say: Say) -> Turn:
    """One turn over all originals. Raises StoreCommandFailed; the next call goes on."""
    os.nice(POLITENESS)

    async def look(service_url: str) -> Turn:
        async with _at_work(settings, service_url) as (store, sessions):
            return await scrub(store, sessions, lambda what, sha256: say(f"{FOUND[what]}: {sha256}"), now=wall_clock)

    with database_of(settings) as urls:
        return _ended(look(urls.service))


def _ended(work: Coroutine[Any, Any, R]) -> R:
    try:
        return asyncio.run(work)
    except StoreFailed as error:
        raise StoreCommandFailed(_stopped(error)) from None


def _begin_at_rest(settings: Settings) -> None:
    try:
        with hold(lock_of(settings.data)):
            begin(settings)
    except FolderHeld:
        raise StoreCommandFailed(
            "The office that is served from here was started without ZHICHA_STORE: start it again with it, then move."
        ) from None


@asynccontextmanager
async def _at_work(settings: Settings, service_url: str) -> AsyncIterator[tuple[Store, Sessions]]:
    engine, store = engine_for(service_url, 1), open_store(settings)
    try:
        yield store, job_sessions_for(engine, TrueChance())
    finally:
        store.close()
        await engine.dispose()


def _stopped(error: StoreFailed) -> str:
    return f"照片库暂时不可用 The photo store failed ({error.errno_name}): call this again, and it goes on."
