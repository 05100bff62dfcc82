"""`make bench ARGS=pack`: a field pack of 1,100 and of 20,000 enterprises, and what a quiet day adds to it.

The floor is the SQL of the whole pack through psycopg alone, and gzip of its bytes.
"""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from gzip import compress
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlmodel import col

from benchmarks import search
from benchmarks.meters import Spent
from benchmarks.office import FOLDER, plain
from benchmarks.questions import AT_THE_DOOR, Statement
from benchmarks.search import Bench
from cli.embedded import EmbeddedPostgres
from cli.migrate import migrate
from models.enterprises import Enterprise, EnterprisePatch
from models.users import User
from services import enterprises, field_pack
from services.clock import wall_clock
from services.keys import make_missing_keys
from services.settings import Settings

SIZES = [int(size) for size in os.environ.get("BENCH_ROWS", "1100,20000").split(",")]
TURNS = 5
CHANGED_ON_A_QUIET_DAY = 10


def measure() -> None:
    """A few lines a size."""
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="zhicha-pack-", dir=FOLDER) as folder:
            settings = Settings(data=Path(folder))
            make_missing_keys(settings)
            with EmbeddedPostgres(settings.data) as postgres:
                migrate(postgres.urls)
                asyncio.run(_measure(settings, postgres, size))


async def _measure(settings: Settings, postgres: EmbeddedPostgres, size: int) -> None:
    """The whole county is one inspector's area, so that he holds all of them."""
    async with search.filled(settings, postgres, size) as (bench, [_, county]):
        heard: list[Statement] = []

        def hear(_connection: object, _cursor: object, text: str, parameters: Any, *_: object) -> None:
            heard.append(Statement(text, parameters))

        sa.event.listen(bench.engine.sync_engine, "before_cursor_execute", hear)
        raw, _ = await _packed(bench, county, None)
        sa.event.remove(bench.engine.sync_engine, "before_cursor_execute", hear)
        asked = [one for one in heard if one.text.lstrip().startswith("SELECT")]
        ours, floor = Spent(bench.postmaster), Spent(bench.postmaster)
        with closing(psycopg.connect(plain(bench.urls.service), options=AT_THE_DOOR)) as alone:
            for _ in range(TURNS):
                with ours.counted():
                    compress((await _packed(bench, county, None))[0], mtime=0)
                with floor.counted():
                    _alone(alone, asked, raw)
        print(f"{size} enterprises: first pack {len(compress(raw, mtime=0)) / 1e6:.2f} MB ({len(raw) / 1e6:.1f} plain)")
        print(f"  wall       {_beside(ours.seconds, floor.seconds)}")
        print(f"  processor  {_beside(ours.cpu_seconds, floor.cpu_seconds)}")
        _, cursor = await _packed(bench, county, None)
        await _a_quiet_day(bench, county)
        delta, _ = await _packed(bench, county, cursor)
        told = f"{CHANGED_ON_A_QUIET_DAY} enterprises changed"
        print(f"  what a quiet day adds ({told}): {len(compress(delta, mtime=0)) / 1e3:.1f} kB")


async def _packed(bench: Bench, person: User, cursor: str | None) -> tuple[bytes, str]:
    """As the request makes it, before gzip."""
    async with search.acting(bench, person.id) as (tx, actor):
        pack = await field_pack.read(tx, actor, cursor=cursor, at=wall_clock())
        return pack.model_dump_json().encode(), str(pack.cursor)


def _alone(connection: psycopg.Connection, asked: Sequence[Statement], raw: bytes) -> None:
    for statement in asked:
        connection.execute(statement.text.encode(), statement.parameters).fetchall()
    connection.commit()
    compress(raw, mtime=0)


async def _a_quiet_day(bench: Bench, person: User) -> None:
    async with search.acting(bench, person.id) as (tx, actor):
        some = sa.select(Enterprise).order_by(col(Enterprise.id)).limit(CHANGED_ON_A_QUIET_DAY)
        for number, row in enumerate((await tx.scalars(some)).all()):
            body = EnterprisePatch(principal_name=f"李{number}")
            at = wall_clock() + timedelta(seconds=number)
            await enterprises.update(tx, actor, row.id, body, version=row.version, at=at)


def _beside(ours: Sequence[float], floor: Sequence[float]) -> str:
    return f"{min(ours):.2f} s, SQL and gzip alone {min(floor):.2f} s: {min(ours) / min(floor):.1f} x"
