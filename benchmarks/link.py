"""200 phones on one bar of signal, all sending 3 MB at once to two api processes; then eight bombs at once.

`LINK_PHONES` and `LINK_KB_S` for other numbers.
"""

import asyncio
import io
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from uuid import uuid4

from PIL import Image

from benchmarks.office import BenchedOffice, benched_office
from benchmarks.phones import Phone, Refused
from benchmarks.shots import Shot, exposure, printed
from benchmarks.trickling import SlowPhone
from benchmarks.watching import Watch, watched

PHONES = int(os.environ.get("LINK_PHONES", "200"))
BYTES_S = 1000 * int(os.environ.get("LINK_KB_S", "20"))
UNLOADED_S = 20.0
GROWTH_MB, BOMBS_GROWTH_MB, TIMES = 120, 200, 2.0
BOMBS, BOMB_SIDE, BOMB_S = 8, 10_480, 120.0
FULL_SPEED_S = 50_000_000

WAYS: dict[str, Callable[[SlowPhone], Awaitable[str]]] = {
    "putPhoto": SlowPhone.puts,
    "tus in pieces of 512 kB": SlowPhone.sends_pieces,
}


def measure() -> None:
    """Print all of it."""
    with benched_office(api_processes=2) as office:
        *senders, other = office.phones()
        photo = exposure(4000, 3000, 3_000_000)
        with watched(office, other) as unloaded:
            time.sleep(UNLOADED_S)
        print(f"other calls beside nothing: p95 {unloaded.p95_ms():.0f} ms of {len(unloaded.times_ms)}")
        for name, send in WAYS.items():
            began = time.monotonic()
            with watched(office, other) as watch:
                asyncio.run(_all_at_once(office, senders, photo, send))
            seconds = time.monotonic() - began
            print(
                f"{PHONES} phones of {BYTES_S / 1000:g} kB/s, each {len(photo) / 1e6:.1f} MB, {name}: {seconds:.0f} s"
            )
            _tell(watch, unloaded, GROWTH_MB)
        with ThreadPoolExecutor(BOMBS) as pool:
            bombs = [_bomb(number) for number in range(BOMBS)]
            with watched(office, other) as watch:
                shown = sum(pool.map(lambda bomb: _thrown(office, senders[0].token, bomb), bombs))
        size_kb, megapixels = len(bombs[0].data) / 1000, BOMB_SIDE**2 / 1e6
        print(f"{BOMBS} PNG bombs at once, {megapixels:.0f} megapixels in {size_kb:.0f} kB: {shown} shown")
        _tell(watch, unloaded, BOMBS_GROWTH_MB)


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


def _bomb(number: int) -> Shot:
    out = io.BytesIO()
    Image.new("RGB", (BOMB_SIDE, BOMB_SIDE), (number, 0, 0)).save(out, "PNG")
    return Shot(str(uuid4()), out.getvalue(), sha256(out.getvalue()).hexdigest())


def _tell(watch: Watch, unloaded: Watch, aim_mb: float) -> None:
    times = watch.p95_ms() / unloaded.p95_ms()
    print(f"  other calls   p95 {watch.p95_ms():.0f} ms of {len(watch.times_ms)}, {times:.1f} x (aim {TIMES:g})")
    print(
        f"  memory        grew by {watch.grown_mb:.0f} MB at most (aim {aim_mb}); children held {watch.children_mb:.0f}"
    )
    print(f"  transactions  {watch.held} open at most, the oldest seen {watch.held_s * 1000:.0f} ms")
