"""Move an office's database from its own PostgreSQL to a server, or back; photos and keys stay where they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from cli.backup import dumps
from cli.backup.errors import BackupError
from cli.embedded import EmbeddedPostgres
from cli.lock import hold
from cli.migrate import migrate, plain_url
from cli.office import given_urls, lock_of
from services.clock import wall_clock
from services.settings import DatabaseUrls, Settings


def to_server(settings: Settings) -> Path:
    """From the data folder to the two database URLs; the folder of the old cluster, put aside.

    Raises BackupError, FolderHeld while the office is served, EmbeddedPostgresError, MigrationError.
    """
    urls = _server(settings)
    own = settings.data / "pg"
    if not own.exists():
        raise BackupError(f"{settings.data} holds no database to move.")
    with hold(lock_of(settings.data)):
        with EmbeddedPostgres(settings.data) as source:
            _copy(settings, source.urls, urls)
        aside = settings.data / f"pg-moved-{wall_clock():%Y%m%dT%H%M%SZ}"
        own.rename(aside)
    return aside


def to_folder(settings: Settings) -> None:
    """From the server back under the data folder; the server's database is left as it is.

    Raises BackupError also while somebody is served from the server, and what `to_server` raises.
    """
    urls = _server(settings)
    if (settings.data / "pg").exists():
        raise BackupError(f"{settings.data} holds a database already: name another folder with --data.")
    _refuse_a_served_one(urls)
    with hold(lock_of(settings.data)), EmbeddedPostgres(settings.data) as target:
        _copy(settings, urls, target.urls)


def _server(settings: Settings) -> DatabaseUrls:
    urls = given_urls(settings)
    if urls is None:
        raise BackupError("Name the server by ZHICHA_DATABASE_URL and ZHICHA_OWNER_DATABASE_URL.")
    return urls


def _copy(settings: Settings, source: DatabaseUrls, target: DatabaseUrls) -> None:
    dumps.refuse_full(target.owner)
    with _moving_file(settings.data) as file:
        with dumps.moment_of(source.owner) as moment:
            dumps.dump(source.owner, moment, file)
            tables = dumps.tables(moment.connection)
        dumps.restore(target.owner, file)
    dumps.compare(target.owner, tables)
    migrate(target, is_trial=settings.trial)


@contextmanager
def _moving_file(data: Path) -> Iterator[Path]:
    file = data / "moving.dump"
    file.touch(mode=0o600)
    try:
        yield file
    finally:
        file.unlink()


def _refuse_a_served_one(urls: DatabaseUrls) -> None:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = %s"
    with psycopg.connect(plain_url(urls.owner)) as connection:
        found = connection.execute(asked, [make_url(urls.service).username]).fetchone()
    if found != (0,):
        raise BackupError("The office is served from that database: stop it first, or its last records stay behind.")
