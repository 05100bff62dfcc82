"""The tests' databases: made by the service's own migrations, emptied between tests."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import make_url
from sqlmodel import SQLModel

from cli.embedded import EmbeddedPostgres
from cli.migrate import migrate, plain_url
from services.catalog import load
from services.chance import TrueChance
from services.database import engine_for, sessions_for
from services.settings import DatabaseUrls

CATALOGUE = {
    "alembic_version",
    "calendar_day",
    "calendar_year",
    "checklist",
    "checklist_item",
    "industry",
    "draw_weight",
    "limit_rule",
    "visit_cap",
    "visit_kind",
    "catalog_file",
    "statute",
    "criterion",
    "criterion_clause",
    "fine",
}


class TestDatabase:
    """One migrated database: as the service sees it, as its owner does, and as a superuser for emptying it."""

    __test__ = False

    def __init__(self, urls: DatabaseUrls, admin_url: str) -> None:
        self.service_url = urls.service
        self.owner_url = urls.owner
        self.admin_url = admin_url
        self._admin = psycopg.connect(plain_url(admin_url), autocommit=True)
        tables = [name for name in SQLModel.metadata.tables if name not in CATALOGUE]
        self._empty = "SET session_replication_role = replica; " + "".join(f"DELETE FROM {t};" for t in tables)

    def empty(self) -> None:
        """Delete every row but the catalogue's; append-only triggers and foreign keys rest meanwhile."""
        self._admin.execute(self._empty)

    def execute(self, statement: LiteralString, *given: object) -> None:
        """As somebody who has the database itself: past every trigger, key, role and policy."""
        with psycopg.connect(plain_url(self.admin_url)) as admin:
            admin.execute("SET session_replication_role = replica")
            admin.execute(statement, given)

    def rows(self, query: sql.Composed) -> list[tuple[str, int]]:
        """What a question to the whole database gives, past every role and policy."""
        return self._admin.execute(query).fetchall()

    def close(self) -> None:
        """Let the database go."""
        self._admin.close()


@contextmanager
def on_embedded(folder: Path) -> Iterator[TestDatabase]:
    """A cluster of our own, from the wheel."""
    with EmbeddedPostgres(folder) as postgres:
        urls = DatabaseUrls(service=postgres.service_url, owner=postgres.owner_url)
        yield from _ready(urls, postgres.admin_url)


@contextmanager
def on_server(admin_url: str, worker: str) -> Iterator[TestDatabase]:
    """A database of our own on a running server, made and dropped by a superuser."""
    name, owner, service = f"zhicha_test_{worker}", f"zhicha_test_owner_{worker}", f"zhicha_test_service_{worker}"
    admin = make_url(admin_url).set(drivername="postgresql+psycopg")
    with psycopg.connect(plain_url(str(admin_url)), autocommit=True) as connection:
        _drop(connection, name, owner, service)
        for role in (owner, service):
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(role))
            )
        connection.execute(
            sql.SQL(
                "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
            ).format(sql.Identifier(name), sql.Identifier(owner))
        )
        here = admin.set(database=name)
        urls = DatabaseUrls(
            service=here.set(username=service, password=service).render_as_string(hide_password=False),
            owner=here.set(username=owner, password=owner).render_as_string(hide_password=False),
        )
        try:
            yield from _ready(urls, here.render_as_string(hide_password=False))
        finally:
            _drop(connection, name, owner, service)


def _ready(urls: DatabaseUrls, admin_url: str) -> Iterator[TestDatabase]:
    migrate(urls)
    asyncio.run(_load_catalogue(urls.owner))
    database = TestDatabase(urls, admin_url)
    try:
        yield database
    finally:
        database.close()


async def _load_catalogue(owner_url: str) -> None:
    engine = engine_for(owner_url, 2)
    async with sessions_for(engine, TrueChance()).begin() as tx:
        await load(tx)
    await engine.dispose()


def _drop(connection: "psycopg.Connection[tuple[object, ...]]", name: str, *roles: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    for role in roles:
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
