"""`make bench ARGS=imports`: 20,000 rows of a workbook beside calamine and COPY alone, on a PostgreSQL of its own.

With the package schwifty beside it, whose registers of banks come from some fifty offices, these are imported too: a
mess of other people's making, counted in and counted out.
"""

import asyncio
import io
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import python_calamine as calamine
import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col

from benchmarks.meters import resident_mb
from benchmarks.office import FOLDER, plain
from cli.embedded import EmbeddedPostgres
from cli.migrate import migrate
from models.enterprises import Enterprise
from models.imports import ImportRead, ImportWork, ImportWrite
from models.users import User
from models.words import ExportForm, ImportKind, ImportMode, Role
from services import catalog, exports, imports
from services.access import Actor
from services.auth import actor_of_user
from services.chance import TrueChance
from services.clock import wall_clock
from services.confined.runner import Confined
from services.database import engine_for, sessions_for
from services.enterprises import Filters
from services.imports.register import Unheard
from services.keys import Keys, make_missing_keys
from services.rules.codes import uscc_check_character
from services.rules.sheets import Sheet
from services.sealing import ring_of
from services.settings import DatabaseUrls, Settings

ROWS = 20_000
TOWN = "420582104"
HEADINGS = [
    "企业名称",
    "统一社会信用代码",
    "区划代码",
    "行业",
    "地址",
    "主要负责人",
    "电话",
    "安全员",
    "联系电话",
    "规模",
]
FOREIGN = "schwifty"

Rows = list[list[str | float]]
Sessions = async_sessionmaker[AsyncSession]


@dataclass(frozen=True)
class Bench:
    """An office without a server, and who imports."""

    sessions: Sessions
    urls: DatabaseUrls
    user_id: UUID
    scratch: Path


def measure() -> None:
    """The figures, line by line."""
    with tempfile.TemporaryDirectory(prefix="zhicha-imports-", dir=FOLDER) as folder:
        settings = Settings(data=Path(folder))
        make_missing_keys(settings)
        with EmbeddedPostgres(settings.data) as postgres:
            urls = DatabaseUrls(service=postgres.service_url, owner=postgres.owner_url)
            migrate(urls)
            asyncio.run(_measure(settings, urls))


async def _measure(settings: Settings, urls: DatabaseUrls) -> None:
    owner = engine_for(urls.owner, 1)
    user = User(
        id=uuid4(),
        username="office",
        name="镇安办",
        role=Role.OFFICE,
        region=TOWN,
        password_hash="",
        created_at=wall_clock(),
    )
    async with sessions_for(owner, TrueChance()).begin() as tx:
        await catalog.load(tx)
        tx.add(user)
    engine = engine_for(urls.service, 4)
    sessions = sessions_for(engine, TrueChance(), ring_of(Keys.read(settings).sealing))
    bench = Bench(sessions, urls, user.id, settings.data)
    raw = _workbook([_row(number) for number in range(ROWS)])
    before = resident_mb(os.getpid(), "VmHWM")
    floor = _floor(urls, raw)
    print(f"{ROWS} rows, {len(raw) / 1e6:.1f} MB: calamine and COPY alone {floor:.1f} s")
    for told in ("new", "again, unchanged"):
        began = time.perf_counter()
        made = await _import(bench, raw)
        seconds = time.perf_counter() - began
        counts = f"{made.created} new, {made.unchanged} unchanged, {made.problem_count} problems"
        print(f"import, {told}: {seconds:.1f} s ({seconds / floor:.0f} x the floor), {counts}")
    print(f"memory: {before:.0f} MB before, {resident_mb(os.getpid(), 'VmHWM'):.0f} MB at most, the opener's apart")
    began, size = time.perf_counter(), 0
    async for piece in await exports.enterprises(
        _acting(bench), Filters(), ExportForm.XLSX, bench.scratch, at=wall_clock()
    ):
        size += len(piece)
    print(f"export.xlsx of them: {time.perf_counter() - began:.1f} s, {size / 1e6:.1f} MB")
    await _foreign(bench)
    await engine.dispose()
    await owner.dispose()


async def _foreign(bench: Bench) -> None:
    """Everything that is in must come out: as a new enterprise, or as a row that is told why not."""
    rows = list(_banks())
    if not rows:
        print(f"no foreign register here: pip install {FOREIGN} into .venv")
        return
    kept = await _count(bench)
    total = created = refused = 0
    for first in range(0, len(rows), ROWS):
        part = rows[first : first + ROWS]
        made = await _import(bench, _workbook(part))
        total, created = total + made.rows, created + made.created + made.updated + made.unchanged
        refused += made.rows - made.created - made.updated - made.unchanged
    grown = await _count(bench) - kept
    assert total == len(rows) == created + refused, (total, len(rows), created, refused)
    print(f"foreign register: {len(rows)} in = {created} taken + {refused} told why not; {grown} more on the register")


def _banks() -> Iterator[list[str | float]]:
    """Banks as rows of a township's register: countries are its villages, codes are typed as numbers."""
    found = find_spec(FOREIGN)
    folder = Path(found.origin).parent / "bank_registry" if found is not None and found.origin else Path("/dev/null")
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        told = json.loads(path.read_text(encoding="utf-8"))
        for bank in told if isinstance(told, list) else told.get("entries", []):
            village = f"{TOWN}{int(sha256(str(bank.get('country_code')).encode()).hexdigest(), 16) % 800 + 200}"
            code = str(bank.get("bank_code") or "")
            number: str | float = float(code) if code.isdecimal() else code
            address = " ".join(str(bank.get(name) or "") for name in ("country_code", "bic", "bank_code"))
            yield [str(bank.get("name") or ""), "", village, "MIXD", address, str(bank.get("short_name") or ""), number]


async def _import(bench: Bench, raw: bytes) -> ImportRead:
    """As a request and the worker do it, one after the other."""
    acting = _acting(bench)
    async with acting() as (tx, actor):
        sheets: Sequence[Sheet] = await imports.opened(Confined(), actor, ImportKind.ENTERPRISES, raw)
        asked = ImportWrite(mode=ImportMode.GOOD_ROWS, file_sha256=sha256(raw).hexdigest())
        sent, _ = await imports.send(tx, actor, ImportKind.ENTERPRISES, asked, sheets, at=wall_clock())
    async with acting() as (tx, actor):
        work = await tx.get_one(ImportWork, sent.id)
        kept = imports.sheets_in(tx.info["seals"], work.id, work.sealed)
        await imports.carry_out_kept(tx, actor, work.id, kept, Unheard(), at=wall_clock())
    async with acting() as (tx, actor):
        return await imports.get(tx, actor, sent.id)


def _acting(bench: Bench) -> exports.Acting:
    @asynccontextmanager
    async def acting() -> AsyncIterator[tuple[AsyncSession, Actor]]:
        async with bench.sessions.begin() as tx:
            actor = await actor_of_user(tx, bench.user_id)
            assert isinstance(actor, Actor)
            yield tx, actor

    return acting


async def _count(bench: Bench) -> int:
    async with _acting(bench)() as (tx, _):
        return int(await tx.scalar(sa.select(sa.func.count(col(Enterprise.id)))) or 0)


def _floor(urls: DatabaseUrls, raw: bytes) -> float:
    """Seconds that the same rows take without any judgement: read, and written to a table of texts."""
    began = time.perf_counter()
    rows = calamine.load_workbook(io.BytesIO(raw)).get_sheet_by_index(0).to_python()
    with psycopg.connect(plain(urls.owner)) as connection, connection.cursor() as cursor:
        columns = ", ".join(f"c{place} text" for place in range(len(HEADINGS)))
        cursor.execute(f"CREATE TABLE floor ({columns})".encode())
        with cursor.copy("COPY floor FROM STDIN") as copy:
            for row in rows:
                copy.write_row([str(cell) for cell in row])
    seconds = time.perf_counter() - began
    with psycopg.connect(plain(urls.owner)) as connection:
        connection.execute("DROP TABLE floor")
    return seconds


def _row(number: int) -> list[str | float]:
    code = f"91420582MA{number:07d}"
    village = f"{TOWN}{200 + number % 40}"
    phones = (13_800_000_000.0 + number, f"1390000{number % 10_000:04d}")
    return [
        f"宏达第{number}机械加工厂",
        code + uscc_check_character(code),
        village,
        "机械加工制造",
        f"工业路{number}号",
        "张三",
        phones[0],
        "李四",
        phones[1],
        "小型",
    ]


def _workbook(rows: Sequence[Sequence[str | float]]) -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("台账")
    for number, row in enumerate([["某镇企业台账"], HEADINGS, *rows]):
        for place, cell in enumerate(row):
            if cell != "":
                sheet.write(number, place, cell)
    book.close()
    return made.getvalue()
