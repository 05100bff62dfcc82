"""An office's database as a command finds it: given by URL, running already, or started for the command's time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cli.embedded import EmbeddedPostgres, running_urls
from cli.lock import FolderHeld, hold
from cli.migrate import migrate
from services import catalog, users
from services.chance import TrueChance
from services.clock import wall_clock
from services.database import engine_for, sessions_for
from services.keys import Keys
from services.log.sequencer import Tools
from services.log.standing import settle_at_start
from services.photos.errors import StoreFailed, StoreFull
from services.photos.opening import open_store
from services.settings import DatabaseUrls, Settings

START_PATIENCE_SECONDS = 5.0


class OfficeHeld(Exception):
    """Another process serves this data folder; the text is one sentence."""


class StoreUnusable(Exception):
    """The photo store can't be reached or written; the text is one sentence."""


def expect_a_store(settings: Settings) -> None:
    """A full one will do: reports without photos are taken, and what is there is shown. Raises StoreUnusable."""
    try:
        asyncio.run(_try_to_write(settings))
    except StoreFull:
        return
    except (StoreFailed, TimeoutError) as error:
        why = error.errno_name if isinstance(error, StoreFailed) else "ETIMEDOUT"
        where = settings.store or settings.photos.absolute()
        what = "its address, bucket and keys" if settings.store else "the folder and its disk"
        told = f"照片库不可用 The photo store {where} can't be written ({why}): check {what}."
        raise StoreUnusable(told) from None


async def _try_to_write(settings: Settings) -> None:
    store = open_store(settings)
    try:
        async with asyncio.timeout(START_PATIENCE_SECONDS):
            await store.check_writable(room_for=0)
    finally:
        store.close()


def given_urls(settings: Settings) -> DatabaseUrls | None:
    """The URLs from the settings, None where the office keeps its own PostgreSQL."""
    if settings.database_url is None or settings.owner_database_url is None:
        return None
    return DatabaseUrls(
        service=settings.database_url.get_secret_value(), owner=settings.owner_database_url.get_secret_value()
    )


def lock_of(data: Path) -> Path:
    """The file whose lock says that an office is served from here."""
    return data / "lock"


def restore_mark(data: Path) -> Path:
    """A file that stands as long as a restore into this folder has not ended: what it left is no office."""
    return data / "restoring"


@contextmanager
def database_of(settings: Settings) -> Iterator[DatabaseUrls]:
    """The office's database for a command beside or without `serve`; an embedded one at rest is started meanwhile.

    Raises OfficeHeld while another process is just starting or stopping it.
    """
    given = given_urls(settings)
    if given is not None:
        yield given
        return
    try:
        with hold(lock_of(settings.data)), EmbeddedPostgres(settings.data) as postgres:
            yield postgres.urls
    except FolderHeld as held:
        running = running_urls(settings.data)
        if running is None:
            raise OfficeHeld(f"{settings.data} is being started or stopped by process {held.holder}.") from None
        yield running


@dataclass(frozen=True)
class Prepared:
    """What is to be said at the start: a password made up for the first admin, and what the log says of itself."""

    password: str | None = field(repr=False)
    log: str | None


def prepare(urls: DatabaseUrls, settings: Settings) -> Prepared:
    """Bring the database up to this version: migrations, catalogue, first admin, and the log's epoch."""
    migrate(urls, is_trial=settings.trial)
    return asyncio.run(_fill(urls, settings))


async def _fill(urls: DatabaseUrls, settings: Settings) -> Prepared:
    """The catalogue is loaded as the owner: it takes rows away, which the service's role may not."""
    given = None if settings.admin_password is None else settings.admin_password.get_secret_value()
    owner, service, store = engine_for(urls.owner, 1), engine_for(urls.service, 1), open_store(settings)
    try:
        async with sessions_for(owner, TrueChance()).begin() as tx:
            await catalog.renew(tx, own=settings.catalog_dir, at=wall_clock())
        async with sessions_for(service, TrueChance()).begin() as tx:
            password = await users.ensure_first_admin(tx, given, at=wall_clock())
        tools = Tools(Keys.read(settings).signing, store, TrueChance(), wall_clock)
        return Prepared(password, await settle_at_start(service, tools))
    finally:
        store.close()
        await owner.dispose()
        await service.dispose()
