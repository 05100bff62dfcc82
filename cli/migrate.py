"""Migrations as the owner, then the privileges of the service's plain role (insert-only where the past is)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy.exc
from alembic.config import Config
from psycopg import sql
from sqlalchemy import make_url
from sqlmodel import SQLModel

import models  # noqa: F401  (its import fills SQLModel.metadata)
from alembic import command
from services.database import JOBS_SCHEMA
from services.settings import DatabaseUrls

ROOT = Path(__file__).resolve().parent.parent
LOCK_KEY = 0x7A686963  # "zhic": one migrator at a time in one database
LOCK_SECONDS = 120.0
TRIES = 20
# Older minors leak samples of hidden rows through row security's statistics (CVE-2025-8713).
OLDEST_MINORS = {15: 14, 16: 10, 17: 6}

DEFAULT = "SELECT, INSERT, UPDATE"
ALL_ROWS = "SELECT, INSERT, UPDATE, DELETE"

# What differs from DEFAULT by name; what a model says beside its table wins: `info={"grants": "SELECT, INSERT"}`.
GRANTS: dict[str, str] = {
    "alembic_version": "SELECT",
    "event": "SELECT, INSERT",
    "inspection_version": "SELECT, INSERT",
    "department_industry": ALL_ROWS,
    "enterprise_industry": ALL_ROWS,
    "name_bigram": ALL_ROWS,
    "search_key": ALL_ROWS,
    "grid_cell": ALL_ROWS,
    "visit_inspector": ALL_ROWS,
    "finding_delta": ALL_ROWS,
    "tally_delta": ALL_ROWS,
    "sign_in_failure": ALL_ROWS,
    "orphan": ALL_ROWS,
    "photo": ALL_ROWS,
}


class MigrationError(Exception):
    """The database can't be brought up to date; the text is one sentence."""


def migrate(urls: DatabaseUrls, *, is_trial: bool = False) -> None:
    """Upgrade to the newest revision and set the service role's privileges; harmless when there is nothing to do.

    A role that row security does not hold is refused, but for a trial.

    Raises MigrationError when the database can't be reached, is unsafe, or another migrator holds it for 120 s.
    """
    try:
        with _sole_migrator(urls.owner) as connection:
            _check_server(connection)
            _upgrade(urls.owner)
            _grant(urls, is_trial=is_trial)
    except psycopg.OperationalError as error:
        raise MigrationError(f"The database can't be reached as its owner: {_first_line(error)}") from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationError(f"The role of ZHICHA_OWNER_DATABASE_URL may not migrate: {_first_line(error)}") from None


def alembic_config(owner_url: str) -> Config:
    """Alembic's settings for this checkout, whatever the current folder is."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic").replace("%", "%%"))
    config.attributes["url"] = owner_url
    return config


def plain_url(url: str) -> str:
    """The same address in the words of libpq."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def _sole_migrator(owner_url: str) -> Iterator[psycopg.Connection]:
    """Polls: one that waits inside pg_advisory_lock deadlocks with CREATE INDEX CONCURRENTLY (house style 16)."""
    deadline = time.monotonic() + LOCK_SECONDS
    with psycopg.connect(plain_url(owner_url), autocommit=True) as connection:
        while connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY]).fetchone() != (True,):
            if time.monotonic() > deadline:
                raise MigrationError(f"Another migration has held the database for {LOCK_SECONDS:.0f} s.")
            time.sleep(0.25)
        yield connection


def is_safe_server(version: int) -> bool:
    """Whether a server of this number (150014 is 15.14) keeps hidden rows hidden."""
    major, minor = divmod(version, 10_000)
    return major >= min(OLDEST_MINORS) and minor >= OLDEST_MINORS.get(major, 0)


def _check_server(connection: psycopg.Connection) -> None:
    """A server that somebody else set up must know letters too: under locale C Chinese search finds nothing."""
    if not is_safe_server(connection.info.server_version):
        raise MigrationError("PostgreSQL 15.14, 16.10, 17.6, 18 or newer is needed: older ones leak hidden rows.")
    found = connection.execute("SELECT getdatabaseencoding(), '化工厂' ~ '^[[:alpha:]]+$'").fetchone()
    if found != ("UTF8", True):
        raise MigrationError("The database must be made with encoding UTF8 and a locale that knows Chinese (C.UTF-8).")


def _upgrade(owner_url: str) -> None:
    """Each revision waits 1 s for a lock at most, so that it never stops the service behind it; then it tries again."""
    for attempt in range(1, TRIES + 1):
        try:
            command.upgrade(alembic_config(owner_url), "head")
        except sqlalchemy.exc.OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable) or attempt == TRIES:
                raise MigrationError(f"A migration failed: {_first_line(error)}") from error
            time.sleep(1.0)
        else:
            return


def _grant(urls: DatabaseUrls, *, is_trial: bool) -> None:
    """All privileges anew in one transaction, so that a table that became stricter really is."""
    service = make_url(urls.service).username or ""
    with psycopg.connect(plain_url(urls.owner)) as connection:
        _check_role(connection, service, is_trial=is_trial)
        role = sql.Identifier(service)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            _set_grants(connection, sql.Identifier("public", table), role, grants_of(table))
        connection.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role))
        _grant_jobs(connection, role)


def grants_of(table: str) -> str:
    """What the service's role may do with a table of ours."""
    model = SQLModel.metadata.tables.get(table)
    said = None if model is None else model.info.get("grants")
    return str(said or GRANTS.get(table, DEFAULT))


def _set_grants(connection: psycopg.Connection, table: sql.Composable, role: sql.Composable, grants: str) -> None:
    words = sql.SQL(", ").join(sql.SQL(word) for word in ("SELECT", "INSERT", "UPDATE", "DELETE") if word in grants)
    connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}, PUBLIC").format(table, role))
    connection.execute(sql.SQL("GRANT {} ON {} TO {}").format(words, table, role))


def _grant_jobs(connection: psycopg.Connection, role: sql.Composable) -> None:
    """The jobs' schema is procrastinate's: its functions run with the caller's rights and delete rows too."""
    if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [JOBS_SCHEMA]).fetchone() is None:
        return
    schema = sql.Identifier(JOBS_SCHEMA)
    for what in ("USAGE ON SCHEMA {}", "ALL ON ALL TABLES IN SCHEMA {}", "USAGE ON ALL SEQUENCES IN SCHEMA {}"):
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.SQL(what).format(schema), role))


def _check_role(connection: psycopg.Connection, service: str, *, is_trial: bool) -> None:
    """The wall of row security and of insert-only tables stands only before a plain role."""
    found = connection.execute(
        "SELECT rolsuper OR rolbypassrls OR pg_has_role(rolname, current_user, 'MEMBER') "
        "FROM pg_roles WHERE rolname = %s",
        [service],
    ).fetchone()
    if found is None:
        raise MigrationError(f"The role {service} of ZHICHA_DATABASE_URL does not exist in this database.")
    if found[0] and not is_trial:
        raise MigrationError(
            f"The role {service} of ZHICHA_DATABASE_URL must be a plain one: no superuser, no BYPASSRLS, "
            "not the owner that ZHICHA_OWNER_DATABASE_URL names nor a member of it: row security holds no other. "
            "ZHICHA_TRIAL=true allows it, for a trial alone."
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
