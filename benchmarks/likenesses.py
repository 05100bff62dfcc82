"""`make bench ARGS=likenesses`: what a fingerprint costs, the search over 1,000,000 of them, and how well they tell.

The last needs a folder of different photos (BENCH_PHOTOS): none are kept here. Where two of them show one scene, or
nothing but sky, the pair is named to be looked at.
"""

import asyncio
import io
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from pathlib import Path

import psycopg
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks.meters import yardstick
from benchmarks.office import FOLDER, plain
from cli.embedded import EmbeddedPostgres
from cli.migrate import migrate
from services import catalog
from services.chance import TrueChance
from services.clock import wall_clock
from services.database import engine_for, job_sessions_for
from services.photos.fingerprints import fingerprint
from services.photos.imaging import make_pictures
from services.photos.kinds import Derivative, ImageKind
from services.photos.matching import search
from services.settings import Settings
from tests.makers_likenesses import CHANGES, view

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
PHOTOS = os.environ.get("BENCH_PHOTOS")
BITS = (12, 16, 20, 24, 36)
ROUNDS, TIMES = 7, 200
LARGEST = (1600, 1600)
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic"}
MINE = "f" * 64
FILL = """
INSERT INTO photo_fingerprint (sha256, dhash, made_at, searched_at)
SELECT encode(sha256(n::text::bytea), 'hex'), ('x' || md5(n::text))::bit(128), now(), now()
FROM generate_series(1, %s) AS n
"""
SCAN = "SELECT count(*) FROM photo_fingerprint WHERE bit_count(dhash # %s::bit(128)) <= 24"


def measure() -> None:
    """Three figures."""
    print(f"this machine: {yardstick()}")
    _cost()
    with (
        tempfile.TemporaryDirectory(prefix="zhicha-likenesses-", dir=FOLDER) as folder,
        EmbeddedPostgres(Settings(data=Path(folder)).data) as postgres,
    ):
        migrate(postgres.urls)
        asyncio.run(_searches(postgres))
    if PHOTOS is None:
        print("how well they tell: BENCH_PHOTOS names no folder of photos")
    else:
        _recognised(Path(PHOTOS))
    print(f"and after:    {yardstick()}")


def _cost() -> None:
    """Of a thumb, beside Pillow alone on the same thumb, in turns."""
    thumb = _thumb(view(1))
    ours, floor = [], []
    for _ in range(ROUNDS):
        ours.append(_each(lambda: fingerprint(thumb)))
        floor.append(_each(lambda: _by_pillow(thumb)))
    one, other = min(ours), min(floor)
    print(f"fingerprint of a thumb: {one:.2f} ms of processor, Pillow alone {other:.2f} ms, ratio {one / other:.2f}")


def _each(work: object) -> float:
    assert callable(work)
    began = time.process_time()
    for _ in range(TIMES):
        work()
    return (time.process_time() - began) * 1000 / TIMES


def _by_pillow(thumb: bytes) -> None:
    with Image.open(io.BytesIO(thumb)) as opened:
        opened.convert("L").resize((9, 9), Image.Resampling.BOX).tobytes()


async def _searches(postgres: EmbeddedPostgres) -> None:
    owner, service = engine_for(postgres.owner_url, 1), engine_for(postgres.service_url, 1)
    async with job_sessions_for(owner, TrueChance()).begin() as tx:
        await catalog.load(tx)
    with psycopg.connect(plain(postgres.admin_url), autocommit=True) as connection:
        connection.execute(FILL, (ROWS,))
        dhash = "01" * 64
        connection.execute("INSERT INTO photo_fingerprint VALUES (%s, %s, now(), NULL)", (MINE, dhash))
        connection.execute("VACUUM ANALYZE photo_fingerprint")
        sessions = job_sessions_for(service, TrueChance())
        ours, floor = [], []
        for _ in range(ROUNDS):
            ours.append(await _timed(sessions))
            began = time.perf_counter()
            connection.execute(SCAN, (dhash,)).fetchone()
            floor.append((time.perf_counter() - began) * 1000)
    await owner.dispose()
    await service.dispose()
    one, other = sorted(ours)[ROUNDS // 2], sorted(floor)[ROUNDS // 2]
    ratio = f"{one / other:.2f} (medians of {ROUNDS})"
    print(f"search among {ROWS:,}: {one:.0f} ms, the bare scan {other:.0f} ms, ratio {ratio}")


async def _timed(sessions: async_sessionmaker[AsyncSession]) -> float:
    began = time.perf_counter()
    async with sessions.begin() as tx:
        await search(tx, MINE, at=wall_clock())
    return (time.perf_counter() - began) * 1000


def _recognised(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    with ProcessPoolExecutor(2) as pool:
        found = dict(zip(files, pool.map(_prints, files), strict=True))
    told = {path: prints for path, prints in found.items() if prints["as it was"] is not None}
    print(f"{len(files)} photos, {len(files) - len(told)} of them too flat: {[p.name for p in files if p not in told]}")
    print("| change | " + " | ".join(f"<= {bits}" for bits in BITS) + " | half within | worst |")
    print("|---" * (len(BITS) + 3) + "|")
    for change in CHANGES:
        apart = sorted(_apart(prints["as it was"], prints[change]) for prints in told.values())
        shares = " | ".join(f"{sum(d <= bits for d in apart) / len(apart):.1%}" for bits in BITS)
        print(f"| {change} | {shares} | {apart[len(apart) // 2]} | {apart[-1]} |")
    pairs = sorted(_pairs({path: prints["as it was"] for path, prints in told.items()}))
    counts = " | ".join(str(sum(pair[0] <= bits for pair in pairs)) for bits in BITS)
    print(f"| {len(pairs):,} pairs of different photos | {counts} | {pairs[len(pairs) // 2][0]} | {pairs[0][0]} |")
    for apart_bits, one, other in pairs[:30]:
        print(f"{apart_bits} {one} {other}")


def _prints(path: Path) -> dict[str, int | None]:
    if path.suffix.lower() == ".heic":
        import pillow_heif

        pillow_heif.register_heif_opener()
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail(LARGEST)
    changed = {"as it was": picture, **{name: change(picture) for name, change in CHANGES.items()}}
    return {name: fingerprint(_thumb(one)) for name, one in changed.items()}


def _thumb(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=92)
    out.seek(0)
    return make_pictures(out, ImageKind.JPEG, 1, [Derivative.THUMB], max_pixels=10**9)[Derivative.THUMB]


def _apart(one: int | None, other: int | None) -> int:
    """Of one that became too flat, all bits."""
    return 128 if one is None or other is None else (one ^ other).bit_count()


def _pairs(prints: dict[Path, int | None]) -> Iterator[tuple[int, str, str]]:
    for (one, first), (other, second) in combinations(prints.items(), 2):
        yield _apart(first, second), one.name, other.name
