"""`make bench ARGS=past`: what the proven past costs and how soon it is proven, on a PostgreSQL of its own."""

import asyncio
import hashlib
import os
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlmodel import col

from benchmarks.meters import Spent
from benchmarks.office import FOLDER, plain
from cli.embedded import EmbeddedPostgres
from cli.migrate import migrate
from models.enterprises import Enterprise
from models.findings import Finding
from models.inspections import Inspection, InspectionVersion
from models.log import LogCheckpoint, LogLeaf
from models.photos import Photo, PhotoUse
from models.regions import Region
from models.users import User
from models.words import (
    EnterpriseStatus,
    EventKind,
    FindingState,
    Grade,
    InspectionKind,
    InspectionState,
    PhotoPurpose,
    Role,
)
from services import catalog, dossiers, events
from services.auth.callers import actor_from
from services.chance import TrueChance
from services.clock import wall_clock
from services.database import engine_for, job_sessions_for
from services.keys import Keys, make_missing_keys
from services.log.sequencer import LOCK_KEY, Sequencer, Tools, sequence
from services.photos.local_store import LocalStore
from services.settings import DatabaseUrls, Settings

RATE = 200
SECONDS = float(os.environ.get("BENCH_SECONDS", "20"))
WRITERS = 8
EVENTS_A_REPORT = 10
ROUNDS = 4
DOSSIERS = 9
FINDINGS, PHOTOS, PHOTO_BYTES = 20, 60, 3_000_000
REGION = "420582104201"

Sessions = async_sessionmaker[AsyncSession]


def measure() -> None:
    """Three figures: event to signed head, the log's share of eight writers' throughput, and a dossier."""
    with tempfile.TemporaryDirectory(prefix="zhicha-past-", dir=FOLDER) as folder:
        settings = Settings(data=Path(folder))
        make_missing_keys(settings)
        with EmbeddedPostgres(settings.data) as postgres:
            urls = DatabaseUrls(service=postgres.service_url, owner=postgres.owner_url)
            migrate(urls)
            assert postgres.process is not None
            asyncio.run(_measure(settings, urls, postgres.process.pid))


async def _measure(settings: Settings, urls: DatabaseUrls, postmaster: int) -> None:
    engine, owner, store = engine_for(urls.service, WRITERS + 2), engine_for(urls.owner, 1), LocalStore(settings.photos)
    async with job_sessions_for(owner, TrueChance()).begin() as tx:
        await catalog.load(tx)
    tools = Tools(Keys.read(settings).signing, store, TrueChance(), wall_clock)
    sessions = job_sessions_for(engine, TrueChance())
    print(await _soon(sessions, settings, urls))
    for line in await _cost(sessions, settings, urls):
        print(line)
    for line in await _dossier(sessions, engine, store, tools, settings.data, postmaster):
        print(line)
    store.close()
    await engine.dispose()
    await owner.dispose()


@asynccontextmanager
async def _sequencing(sessions: Sessions, settings: Settings, urls: DatabaseUrls) -> AsyncIterator[None]:
    """As in an office: in a process of its own, whose work is none of the writers' interpreter."""
    process = get_context("spawn").Process(target=_sequence, args=(settings.data, urls), daemon=True)
    process.start()
    try:
        await _until_sequenced(sessions, wanted=True)
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.join)
        await _until_sequenced(sessions, wanted=False)


async def _until_sequenced(sessions: Sessions, *, wanted: bool) -> None:
    """Until the sequencer's lock is held, or no longer."""
    held = sa.text("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND granted)")
    is_held = not wanted
    while is_held is not wanted:
        await asyncio.sleep(0.05)
        async with sessions.begin() as tx:
            is_held = bool(await tx.scalar(held, {"key": LOCK_KEY}))


def _sequence(data: Path, urls: DatabaseUrls) -> None:
    settings = Settings(data=data)
    tools = Tools(Keys.read(settings).signing, LocalStore(settings.photos), TrueChance(), wall_clock)
    asyncio.run(sequence(engine_for(urls.service, 1), tools))


def _tell(tx: AsyncSession, count: int) -> None:
    """Events of things that need no row."""
    for number in range(count):
        told = Region(code=f"42{number:04}", name="某地", created_at=wall_clock())
        events.record(tx, None, EventKind.REGION_CREATED, told, at=wall_clock())


async def _soon(sessions: Sessions, settings: Settings, urls: DatabaseUrls) -> str:
    """Each event's way from its commit to the head that anybody can read."""
    committed: dict[UUID, float] = {}
    visible: list[tuple[int, float]] = []
    free = asyncio.Semaphore(WRITERS)  # on a busy machine they wait for each other, not for the pool

    async def write() -> None:
        async with free, sessions() as tx:
            _tell(tx, EVENTS_A_REPORT)
            ids = [event.id for event in tx.new]
            await tx.commit()
        committed.update(dict.fromkeys(ids, time.monotonic()))

    async def watch() -> None:
        while True:
            async with sessions.begin() as tx:
                size = await tx.scalar(sa.select(sa.func.max(col(LogCheckpoint.size)))) or 0
            if not visible or size > visible[-1][0]:
                visible.append((size, time.monotonic()))
            await asyncio.sleep(0.02)

    async with _sequencing(sessions, settings, urls):
        await asyncio.sleep(2)
        watcher, began = asyncio.create_task(watch()), time.monotonic()
        writes: set[asyncio.Task[None]] = set()
        for number in range(int(RATE * SECONDS / EVENTS_A_REPORT)):
            await asyncio.sleep(max(0.0, began + number * EVENTS_A_REPORT / RATE - time.monotonic()))
            writes.add(asyncio.create_task(write()))
        await asyncio.gather(*writes)
        took = time.monotonic() - began
        await asyncio.sleep(5)
        watcher.cancel()
    async with sessions.begin() as tx:
        rows = await tx.execute(sa.select(col(LogLeaf.event_id), col(LogLeaf.position)))
        places: dict[UUID, int] = dict(rows.all())
    waits = sorted(
        next(at for size, at in visible if size > places[event_id]) - at_commit
        for event_id, at_commit in committed.items()
    )
    p50, p99, worst = waits[len(waits) // 2], waits[int(len(waits) * 0.99)], waits[-1]
    rate = len(waits) / took
    figures = f"p50 {p50:.2f} s, p99 {p99:.2f} s, worst {worst:.2f} s"
    return f"event to signed head   {rate:.0f} events/s, {len(waits)} events: {figures}"


async def _cost(sessions: Sessions, settings: Settings, urls: DatabaseUrls) -> list[str]:
    """Eight writers of reports' events: with the log, and without its index and its sequencer, in turns."""
    found: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(ROUNDS):
        async with _sequencing(sessions, settings, urls):
            found["with"].append(await _throughput(sessions))
        with psycopg.connect(plain(urls.owner), autocommit=True) as owner:
            owner.execute("DROP INDEX ix_event_born")
            owner.execute("ALTER TABLE event ALTER COLUMN born DROP DEFAULT")
        found["without"].append(await _throughput(sessions))
        with psycopg.connect(plain(urls.owner), autocommit=True) as owner:
            owner.execute("ALTER TABLE event ALTER COLUMN born SET DEFAULT pg_current_xact_id()")
            owner.execute("CREATE INDEX ix_event_born ON event (born)")
    best = {name: max(values) for name, values in found.items()}
    told = {name: ", ".join(f"{value:.0f}" for value in values) for name, values in found.items()}
    ratio = best["with"] / best["without"]
    return [
        f"{WRITERS} writers, {EVENTS_A_REPORT} events a commit, commits/s in turns:",
        f"  with the log         {told['with']}",
        f"  without              {told['without']}   best with / best without = {ratio:.2f}",
    ]


async def _throughput(sessions: Sessions) -> float:
    count, until = 0, time.monotonic() + SECONDS / ROUNDS

    async def write() -> None:
        nonlocal count
        while time.monotonic() < until:
            async with sessions.begin() as tx:
                _tell(tx, EVENTS_A_REPORT)
            count += 1

    began = time.monotonic()
    await asyncio.gather(*[write() for _ in range(WRITERS)])
    return count / (time.monotonic() - began)


async def _dossier(
    sessions: Sessions, engine: AsyncEngine, store: LocalStore, tools: Tools, folder: Path, postmaster: int
) -> list[str]:
    """20 findings with 60 photos: gathered, proven and written, beside hashing and zipping the same bytes."""
    user, inspection_id, names = await _inspected(sessions, store)
    async with engine.connect() as connection:
        sequencer = Sequencer(connection, tools)
        await sequencer.begin()
        while await sequencer.round():
            pass
        await connection.invalidate()
    ours, floors, gathered = Spent(postmaster), Spent(postmaster), Spent(postmaster)
    for _ in range(DOSSIERS):
        with ours.counted():
            with gathered.counted():
                async with sessions.begin() as tx:
                    made = await dossiers.of_inspection(tx, actor_from(user, None, None), tools.signing, inspection_id)
            with (folder / "ours.zip").open("wb") as file:
                async for piece in dossiers.zipped(store, made):
                    file.write(piece)
        with floors.counted():
            _hashed_and_zipped(folder / "floor.zip", [store.root / "originals" / n[:2] / n[2:4] / n for n in names])
    size, gather_s, gather_cpu_s = (folder / "ours.zip").stat().st_size / 1e6, gathered.seconds, gathered.cpu_seconds
    return [
        f"dossier                {FINDINGS} findings, {PHOTOS} photos, {size:.0f} MB, best of {DOSSIERS} in turns:",
        f"  wall                 {_beside(ours.seconds, floors.seconds)} (gathering {min(gather_s):.2f} s)",
        f"  processor            {_beside(ours.cpu_seconds, floors.cpu_seconds)} (gathering {min(gather_cpu_s):.2f} s)",
    ]


def _beside(ours: Sequence[float], floors: Sequence[float]) -> str:
    ratio = min(ours) / min(floors)
    return f"{min(ours):.2f} s, hashing and zipping alone {min(floors):.2f} s: {ratio:.2f} x"


def _hashed_and_zipped(target: Path, files: list[Path]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in files:
            found = hashlib.sha256()
            with path.open("rb") as source, archive.open(path.name, "w") as entry:
                while piece := source.read(512 * 1024):
                    found.update(piece)
                    entry.write(piece)


async def _inspected(sessions: Sessions, store: LocalStore) -> tuple[User, UUID, list[str]]:
    """Rows and events as a report leaves them."""
    now, kept = datetime.now(UTC), [await _kept(store) for _ in range(PHOTOS)]
    user = User(
        id=uuid4(), username="bench", name="某人", role=Role.OFFICE, region="420582104", password_hash="x",
        must_change_password=False, created_at=now,
    )  # fmt: skip
    place = Enterprise(
        id=uuid4(), name="某厂", name_normal="某厂", region=REGION, main_industry="MECH", office_code="X1",
        status=EnterpriseStatus.ACTIVE, created_at=now,
    )  # fmt: skip
    inspection = Inspection(
        id=uuid4(), kind=InspectionKind.SPOT_CHECK, reported_kind=InspectionKind.SPOT_CHECK,
        state=InspectionState.ACCEPTED, enterprise_id=place.id, region=REGION, arrived_at=now,
        submitted_by=user.id, received_at=now,
    )  # fmt: skip
    report = b"{}"
    version = InspectionVersion(
        inspection_id=inspection.id, version=1, raw=report, sha256=hashlib.sha256(report).digest(),
        sent_by=user.id, received_at=now,
    )  # fmt: skip
    found = [_finding(inspection, place, user, number, now) for number in range(FINDINGS)]
    photos = [
        Photo(
            id=uuid4(), sha256=name, bytes=PHOTO_BYTES, media_type="image/jpeg", width=4000, height=3000,
            uploaded_by=user.id, stored_at=now,
        )
        for name in kept
    ]  # fmt: skip
    uses = [
        PhotoUse(
            photo_id=photo.id, subject_id=found[at % FINDINGS].id, subject="finding", purpose=PhotoPurpose.BEFORE,
            position=at, finding_id=found[at % FINDINGS].id, inspection_id=inspection.id, enterprise_id=place.id,
            region=REGION, named_by=user.id, named_at=now, declared_sha256=photo.sha256,
        )
        for at, photo in enumerate(photos)
    ]  # fmt: skip
    told: list[tuple[EventKind, Any]] = [(EventKind.INSPECTION_REPORTED, inspection)]
    told += [(EventKind.FINDING_REGISTERED, finding) for finding in found]
    told += [(EventKind.PHOTO_STORED, photo) for photo in photos]
    async with sessions.begin() as tx:
        for rows in ([user], [place], [inspection], [version, *found], photos, uses):
            tx.add_all(rows)
            await tx.flush()
        for kind, row in told:
            events.record(tx, None, kind, row, at=now)
    return user, inspection.id, kept


def _finding(inspection: Inspection, place: Enterprise, user: User, number: int, now: datetime) -> Finding:
    return Finding(
        id=uuid4(), inspection_id=inspection.id, enterprise_id=place.id, region=REGION, industry="MECH",
        position=number, description="夜间卷帘门为唯一出口且上锁", grade=Grade.GENERAL,
        state=FindingState.REGISTERED, found_on=now.date(), registered_by=user.id, registered_at=now,
    )  # fmt: skip


async def _kept(store: LocalStore) -> str:
    """An original of random bytes."""

    async def body() -> AsyncIterator[bytes]:
        yield os.urandom(PHOTO_BYTES)

    async with store.receive(body(), max_bytes=PHOTO_BYTES) as incoming:
        return (await store.keep(incoming)).sha256
