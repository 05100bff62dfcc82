"""200 phones on one bar of signal, all sending 3 MB at once to two api processes; then eight bombs of a kind at once.

`LINK_PHONES` and `LINK_KB_S` for other numbers; of no phones the bombs alone.
"""

import asyncio
import io
import os
import struct
import time
import zlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from uuid import uuid4

from PIL import Image
from pillow_heif import register_heif_opener

from benchmarks.office import BenchedOffice, benched_office
from benchmarks.phones import Phone, Refused
from benchmarks.shots import Shot, exposure, printed
from benchmarks.trickling import SlowPhone
from benchmarks.watching import Watch, watched

PHONES = int(os.environ.get("LINK_PHONES", "200"))
BYTES_S = 1000 * int(os.environ.get("LINK_KB_S", "20"))
UNLOADED_S = 20.0
GROWTH_MB, BOMBS_GROWTH_MB, TIMES = 120, 200, 2.0
BOMBS, BOMB_S = 8, 120.0
FULL_SPEED_S = 50_000_000

WAYS: dict[str, Callable[[SlowPhone], Awaitable[str]]] = {
    "putPhoto": SlowPhone.puts,
    "tus in pieces of 512 kB": SlowPhone.sends_pieces,
}
BOMB_KINDS: dict[str, Callable[[], bytes]] = {
    "PNG of 110 megapixels": lambda: _bomb("PNG", (10_480, 10_480)),
    "PNG of 50 megapixels, interlaced": lambda: _interlaced_bomb(8_160, 6_120),
    "HEIC of 50 megapixels": lambda: _bomb("HEIF", (8_160, 6_120)),
    "AVIF of 50 megapixels": lambda: _bomb("AVIF", (8_160, 6_120)),
}


def measure() -> None:
    """Print all of it."""
    with benched_office(api_processes=2) as office:
        *senders, other = office.phones()
        photo = exposure(4000, 3000, 3_000_000)
        with watched(office, other) as unloaded:
            time.sleep(UNLOADED_S)
        print(f"other calls beside nothing: p95 {unloaded.p95_ms():.0f} ms of {len(unloaded.times_ms)}")
        for name, send in WAYS.items() if PHONES else ():
            began = time.monotonic()
            with watched(office, other) as watch:
                asyncio.run(_all_at_once(office, senders, photo, send))
            seconds = time.monotonic() - began
            print(
                f"{PHONES} phones of {BYTES_S / 1000:g} kB/s, each {len(photo) / 1e6:.1f} MB, {name}: {seconds:.0f} s"
            )
            _tell(watch, unloaded, watch.grown_mb, GROWTH_MB)
        register_heif_opener()
        for kind, made in BOMB_KINDS.items():
            bomb = made()
            bombs = [_other(bomb) for _ in range(BOMBS)]
            with ThreadPoolExecutor(BOMBS) as pool, watched(office, other) as watch:
                shown = sum(pool.map(lambda bomb: _thrown(office, senders[0].token, bomb), bombs))
            print(f"{BOMBS} bombs at once, {kind}, {len(bombs[0].data) / 1000:.0f} kB: {shown} shown")
            _tell(watch, unloaded, watch.grown_with_children_mb, BOMBS_GROWTH_MB)


async def _all_at_once(
    office: BenchedOffice, senders: list[Phone], photo: bytes, send: Callable[[SlowPhone], Awaitable[str]]
) -> None:
    phones = [
        SlowPhone(office.address, senders[number % len(senders)].token, lambda: printed(photo), BYTES_S)
        for number in range(PHONES)
    ]
    await asyncio.gather(*[send(phone) for phone in phones])


def _thrown(office: BenchedOffice, token: str, bomb: Shot) -> bool:
    """Sent at full speed, and its thumb asked for until it is there or the time is up."""
    photo_id = asyncio.run(SlowPhone(office.address, token, lambda: bomb, FULL_SPEED_S).puts())
    phone, until = Phone(office.address, token), time.monotonic() + BOMB_S
    while time.monotonic() < until:
        with suppress(Refused):
            phone.call("GET", f"/api/v1/photos/{photo_id}/image?size=thumb")
            return True
        time.sleep(1)
    return False


def _bomb(form: str, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "grey").save(out, form)
    return out.getvalue()


def _interlaced_bomb(width: int, height: int) -> bytes:
    """One grey throughout: the seven passes are nothing but zeros."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = sum(-(-(height - top) // down) * (1 + 4 * -(-(width - left) // right)) for left, top, right, down in passes)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 1)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def _other(bomb: bytes) -> Shot:
    """The same picture in other bytes: behind its end, or in a box that nobody reads."""
    number = uuid4().bytes
    data = bomb + (struct.pack(">I4s", 8 + len(number), b"free") + number if bomb[4:8] == b"ftyp" else number)
    return Shot(str(uuid4()), data, sha256(data).hexdigest())


def _tell(watch: Watch, unloaded: Watch, grown_mb: float, aim_mb: float) -> None:
    times = watch.p95_ms() / unloaded.p95_ms()
    print(f"  other calls   p95 {watch.p95_ms():.0f} ms of {len(watch.times_ms)}, {times:.1f} x (aim {TIMES:g})")
    print(f"  memory        grew by {grown_mb:.0f} MB at most (aim {aim_mb}); children held {watch.children_mb:.0f}")
    print(f"  transactions  {watch.held} open at most, the oldest seen {watch.held_s * 1000:.0f} ms")
