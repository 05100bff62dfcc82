"""`make bench ARGS=search`: finding an enterprise among 20,000 and 1,000,000, on a PostgreSQL of its own.

The floor is the SQL of the same question through psycopg alone, in turns with it. Plans are taken as the service's
role, with row security on and the asker's sight said: which scans they are made of, and their milliseconds.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlmodel import col

from benchmarks.meters import Spent, yardstick
from benchmarks.office import FOLDER, plain
from benchmarks.questions import AT_THE_DOOR, Statement
from cli.embedded import EmbeddedPostgres
from cli.migrate import migrate
from models.auth import DeviceSession
from models.enterprises import Enterprise
from models.users import User
from models.words import Role
from services import catalog
from services.access import Actor
from services.auth import actor_from
from services.auth.callers import CALLER
from services.chance import TrueChance
from services.clock import wall_clock
from services.database import engine_for, sessions_for
from services.enterprises import Filters, Near, list_enterprises
from services.keys import Keys, make_missing_keys
from services.rules.places import Datum, Place
from services.rules.search_keys import keys_of
from services.sealing import ring_of
from services.settings import DatabaseUrls, Settings

SIZES = [int(size) for size in os.environ.get("BENCH_ROWS", "20000,1000000").split(",")]
TURNS, A_TURN = 5, 20
LIMIT = 50
COUNTY = "420582"
TOWN = "420582104"
CHARACTERS = "宏达鑫源兴旺福安泰康华新东方金龙永利顺发昌隆国丰广丽美佳恒信诚德明光天海江山林森建业通联亿万中正平和"
TRADES = ("机械", "化工", "家具", "餐饮", "服装", "塑料", "电子", "木业", "食品", "汽修")
FILL = (Path(__file__).parent / "search.sql").read_text(encoding="utf-8")

HEAD = """
| question | asker | found | p50/p95, ms | SQL alone, ms | p95 ratio | processor, ms | plan, ms | reaches its rows by |
|---|---|---|---|---|---|---|---|---|"""

Sessions = async_sessionmaker[AsyncSession]


@dataclass(frozen=True)
class Bench:
    """A register without a server."""

    engine: AsyncEngine
    sessions: Sessions
    urls: DatabaseUrls
    postmaster: int


class _Times:
    """How long each answer took, and the processor time of all, PostgreSQL's among it."""

    def __init__(self, postmaster: int) -> None:
        self.spent = Spent(postmaster)
        self._ms: list[float] = []

    @contextmanager
    def timed(self) -> Iterator[None]:
        """One answer."""
        began = time.perf_counter()
        yield
        self._ms.append((time.perf_counter() - began) * 1000)

    def within_ms(self, share: float) -> float:
        """The time within which this share of the answers came."""
        return sorted(self._ms)[int(share * len(self._ms))]

    @property
    def cpu_ms(self) -> float:
        """Of an answer, in the turn that was disturbed least."""
        return min(self.spent.cpu_seconds) * 1000 / A_TURN


@dataclass(frozen=True)
class Asked:
    """How one question went: the office beside its SQL alone, what it found, and its plan."""

    ours: _Times
    floor: _Times
    found: int
    scans: str
    explained_ms: float


def measure() -> None:
    """A table a size."""
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="zhicha-search-", dir=FOLDER) as folder:
            settings = Settings(data=Path(folder))
            make_missing_keys(settings)
            with EmbeddedPostgres(settings.data) as postgres:
                migrate(postgres.urls)
                asyncio.run(_measure(settings, postgres, size))


async def _measure(settings: Settings, postgres: EmbeddedPostgres, size: int) -> None:
    async with filled(settings, postgres, size) as (bench, people):
        one = await _any_of_the_town(bench, people[0].id)
        print(HEAD)
        for name, filters in _questions(one):
            for person in people:
                asked = await _asked(bench, person.id, filters)
                print(_line(name, person.username, asked), flush=True)


@asynccontextmanager
async def filled(
    settings: Settings, postgres: EmbeddedPostgres, size: int
) -> AsyncIterator[tuple[Bench, Sequence[User]]]:
    """A register of so many, and two of the office's: of one of its forty towns, and of all."""
    assert postgres.process is not None
    people = [_person("town", TOWN), _person("county", COUNTY)]
    # One connection, as the floor has: on each, PostgreSQL plans the first ten answers anew.
    owner, engine = engine_for(postgres.urls.owner, 1), engine_for(postgres.urls.service, 1)
    async with sessions_for(owner, TrueChance()).begin() as tx:
        await catalog.load(tx)
        tx.add_all(people)
        await tx.flush()
        tx.add_all(_session(person) for person in people)
    began = time.perf_counter()
    _fill(postgres.admin_url, size)
    print(f"{size} enterprises, made in {time.perf_counter() - began:.0f} s; this machine: {yardstick()}", flush=True)
    sessions = sessions_for(engine, TrueChance(), ring_of(Keys.read(settings).sealing))
    yield Bench(engine, sessions, postgres.urls, postgres.process.pid), people
    await engine.dispose()
    await owner.dispose()


def _person(name: str, region: str) -> User:
    return User(
        id=uuid4(), username=name, name=name, role=Role.OFFICE, region=region, password_hash="",
        created_at=wall_clock(),
    )  # fmt: skip


def _session(person: User) -> DeviceSession:
    at = person.created_at
    return DeviceSession(id=person.id, user_id=person.id, device_id="bench", rotated_at=at, created_at=at)


def _fill(admin_url: str, size: int) -> None:
    """Rows as an import leaves them, made by PostgreSQL itself (search.sql)."""
    letters = [next(key[1:] for key in keys_of(one, None, ()) if len(key) == 2) for one in CHARACTERS]
    trades = [next(key[1:] for key in keys_of(one, None, ()) if len(key) == 3) for one in TRADES]
    given = {"size": size, "characters": list(CHARACTERS), "letters": letters, "trades": list(TRADES), "read": trades}
    with psycopg.connect(plain(admin_url), autocommit=True) as owner:
        owner.execute("SET statement_timeout = 0; SET session_replication_role = replica; SET work_mem = '256MB'")
        for statement in FILL.split(";\n"):
            owner.execute(statement.encode(), given if "%(" in statement else None)


async def _any_of_the_town(bench: Bench, user_id: UUID) -> Enterprise:
    async with acting(bench, user_id) as (tx, _):
        query = sa.select(Enterprise).order_by(col(Enterprise.region).desc()).limit(1)
        return (await tx.scalars(query.where(col(Enterprise.region) < TOWN + ":"))).one()


def _questions(one: Enterprise) -> Iterator[tuple[str, Filters]]:
    """The doorstep's: each about this enterprise, which must be found."""
    assert one.uscc is not None
    assert one.principal_phone is not None
    assert one.lon is not None
    assert one.lat is not None
    initials = max((key for key in keys_of(one.name, None, ()) if key.startswith("p")), key=len)[1:]
    yield "two characters of a name", Filters(q=one.name[:2])
    yield "two characters of a tenth of all names", Filters(q=one.name[3:5])
    yield "four pinyin initials", Filters(q=initials[:4])
    yield "the last five of a USCC", Filters(q=one.uscc[-5:])
    yield "a phone", Filters(q=one.principal_phone)
    yield "the last six of a phone", Filters(q=one.principal_phone[-6:])
    yield "near, 800 m", Filters(near=Near(Place(one.lon, one.lat, Datum.WGS84), 800))
    yield "not visited since", Filters(not_visited_since=date(2026, 6, 1))
    yield "open findings", Filters(has_open_findings=True)
    yield "a village, open findings", Filters(region=one.region, has_open_findings=True)


async def _asked(bench: Bench, user_id: UUID, filters: Filters) -> Asked:
    heard: list[Statement] = []

    def hear(_connection: object, _cursor: object, text: str, parameters: Any, *_: object) -> None:
        heard.append(Statement(text, parameters))

    sa.event.listen(bench.engine.sync_engine, "before_cursor_execute", hear)
    found = await _ask(bench, user_id, filters)
    sa.event.remove(bench.engine.sync_engine, "before_cursor_execute", hear)
    ours, floor = _Times(bench.postmaster), _Times(bench.postmaster)
    with psycopg.connect(plain(bench.urls.service), options=AT_THE_DOOR) as alone:
        for _ in range(TURNS):
            with ours.spent.counted():
                for _ in range(A_TURN):
                    with ours.timed():
                        await _ask(bench, user_id, filters)
            with floor.spent.counted():
                for _ in range(A_TURN):
                    with floor.timed():
                        _ask_alone(alone, heard)
        scans, explained_ms = _explained(alone, heard)
    return Asked(ours, floor, found, scans, explained_ms)


async def _ask(bench: Bench, user_id: UUID, filters: Filters) -> int:
    """As a request does: who acts, the page, and its JSON; without HTTP."""
    async with acting(bench, user_id) as (tx, actor):
        page = await list_enterprises(tx, actor, filters, after=None, limit=LIMIT)
        for row in page.rows:
            row.model_dump_json()
    return len(page.rows)


def _ask_alone(connection: psycopg.Connection, statements: Sequence[Statement]) -> None:
    for statement in statements:
        connection.execute(statement.text.encode(), statement.parameters).fetchall()
    connection.commit()


def _explained(connection: psycopg.Connection, statements: Sequence[Statement]) -> tuple[str, float]:
    """The list's own question, as the service's role after it was said who acts."""
    for statement in statements:
        if "set_config" in statement.text:
            connection.execute(statement.text.encode(), statement.parameters)
    [listing] = [one for one in statements if "distance_m" in one.text]
    row = connection.execute(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {listing.text}".encode(), listing.parameters
    ).fetchone()
    assert row is not None
    connection.rollback()
    [plan] = row[0]
    scans = dict.fromkeys(_scans(plan["Plan"]))
    return ", ".join(scans), plan["Execution Time"]


def _scans(node: dict[str, Any]) -> Iterator[str]:
    """The leaves of a plan: what reads a table, and by which index; those that were not needed are left out."""
    if node["Actual Loops"] and "Scan" in node["Node Type"]:
        name = node.get("Index Name") or node.get("Relation Name")
        if name is not None and node["Node Type"] != "Bitmap Heap Scan":
            yield f"{node['Node Type']} {name}"
    for below in node.get("Plans", ()):
        yield from _scans(below)


def _line(name: str, who: str, asked: Asked) -> str:
    ours, floor = asked.ours, asked.floor
    cells = [
        *(name, who, str(asked.found)),
        f"{ours.within_ms(0.5):.1f}/{ours.within_ms(0.95):.1f}",
        f"{floor.within_ms(0.5):.1f}/{floor.within_ms(0.95):.1f}",
        f"{ours.within_ms(0.95) / floor.within_ms(0.95):.1f}",
        f"{ours.cpu_ms:.1f} : {floor.cpu_ms:.1f}",
        *(f"{asked.explained_ms:.1f}", asked.scans),
    ]
    return f"| {' | '.join(cells)} |"


@asynccontextmanager
async def acting(bench: Bench, user_id: UUID) -> AsyncIterator[tuple[AsyncSession, Actor]]:
    """A transaction of theirs, begun as a call begins it."""
    async with bench.sessions.begin() as tx:
        caller = (await tx.execute(CALLER, {"user_id": user_id, "session_id": user_id})).one()
        yield tx, actor_from(caller[0], caller[1], None)
