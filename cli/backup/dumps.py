"""The database out and in again: PostgreSQL's own pg_dump and pg_restore, and a fingerprint that tells two apart."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from cli.backup.errors import BackupError
from cli.embedded import binary
from cli.migrate import plain_url
from services.database import JOBS_SCHEMA

SCHEMAS = ["public", JOBS_SCHEMA]
TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1, 2"
# Order of rows is nothing; sixty bits of each row's MD5, summed, change with any of them.
FINGERPRINT = "SELECT count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0) FROM {} AS t"
PHOTOS = "SELECT DISTINCT sha256, bytes FROM photo ORDER BY sha256"


@dataclass(frozen=True)
class Table:
    """How much is in a table, and a number that its rows alone make."""

    rows: int
    fingerprint: str


@dataclass(frozen=True)
class Moment:
    """The database as one transaction sees it, which a dump can share."""

    connection: psycopg.Connection
    snapshot: str


@contextmanager
def moment_of(owner_url: str) -> Iterator[Moment]:
    """Reads alone, and waits for nobody: the office goes on."""
    with psycopg.connect(plain_url(owner_url), options="-c timezone=UTC") as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert snapshot is not None
        yield Moment(connection, str(snapshot[0]))


def tables(connection: psycopg.Connection) -> dict[str, Table]:
    """Every table of the office and of its jobs."""
    found: dict[str, Table] = {}
    for schema, name in connection.execute(TABLES, [SCHEMAS]).fetchall():
        row = connection.execute(sql.SQL(FINGERPRINT).format(sql.Identifier(schema, name))).fetchone()
        assert row is not None
        found[f"{schema}.{name}"] = Table(int(row[0]), str(row[1]))
    return found


def photos(connection: psycopg.Connection) -> dict[str, int]:
    """Bytes of every original that a row names, by its SHA-256."""
    return {str(sha256): int(size) for sha256, size in connection.execute(PHOTOS).fetchall()}


def dump(owner_url: str, moment: Moment, target: Path) -> None:
    """Raises BackupError with pg_dump's first complaint."""
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={moment.snapshot}"]
    _run([*command, f"--file={target}"], owner_url)


def restore(owner_url: str, source: Path) -> None:
    """All or nothing, into an empty database. Raises BackupError."""
    refuse_full(owner_url)
    command = ["pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run([*command, f"--dbname={make_url(owner_url).database}", str(source)], owner_url)


def refuse_full(owner_url: str) -> None:
    """Nothing is ever restored over records."""
    with psycopg.connect(plain_url(owner_url)) as connection:
        if connection.execute(TABLES, [SCHEMAS]).fetchall():
            raise BackupError("The database to restore into is not empty: name an empty one, nothing was changed.")


def compare(owner_url: str, wanted: Mapping[str, Table]) -> None:
    """Raises BackupError with the names of tables that are not as they were."""
    with psycopg.connect(plain_url(owner_url), options="-c timezone=UTC") as connection:
        there = tables(connection)
    wrong = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if wrong:
        raise BackupError(f"The copy is not what was there: {', '.join(wrong)} differ.")


def _run(command: list[str], url: str) -> None:
    done = subprocess.run(
        [binary(command[0]), *command[1:]], env=_environment(url), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip().partition("\n")[0] or f"ended with {done.returncode}"
        raise BackupError(f"{command[0]} failed: {said}")


def _environment(url: str) -> dict[str, str]:
    """The password stays out of the list of processes."""
    given = make_url(url)
    said = {
        "PGHOST": given.host,
        "PGPORT": str(given.port) if given.port else None,
        "PGUSER": given.username,
        "PGPASSWORD": str(given.password) if given.password else None,
        "PGDATABASE": given.database,
        **{f"PG{name.upper()}": str(value) for name, value in given.query.items()},
    }
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGTZ": "UTC", **{k: v for k, v in said.items() if v is not None}}
