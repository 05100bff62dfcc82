"""A link that drops: a proxy on the phone's road that cuts connections after so many bytes."""

import asyncio
import random
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from PIL import Image

from services.settings import Settings
from tests.database import TestDatabase
from tests.makers_photos import image
from tests.system.served import ApiAlone, world_at
from tests.world import Person

PIECE_BYTES = 16_384
CUTS = 3
Client = Callable[[str, Person, Path], Awaitable[str | None]]
"""Sends a file to an address in some phone's name; the address of the upload."""


@dataclass
class CutLink:
    """The first `most` connections that carry bytes enough are cut somewhere within `within` bytes; `cuts` counts."""

    port: int
    chance: random.Random
    most: int
    within: tuple[int, int]
    cuts: int = field(default=0, init=False)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """The port to send to."""
        server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _joined(self, reader: StreamReader, writer: StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        limit = self.chance.randint(*self.within)
        with suppress(ConnectionError):
            await asyncio.gather(self._carry(reader, back, limit), self._carry(there, writer, None))
        for end in (writer, back):
            end.close()

    async def _carry(self, source: StreamReader, target: StreamWriter, limit: int | None) -> None:
        carried = 0
        while data := await source.read(PIECE_BYTES):
            carried += len(data)
            if limit is not None and carried > limit and self.cuts < self.most:
                self.cuts += 1
                raise ConnectionAbortedError
            target.write(data)
            await target.drain()
        target.close()


async def all_resume(
    clients: Sequence[Client], api: ApiAlone, database: TestDatabase, settings: Settings, folder: Path
) -> None:
    """One photo by each of them, all at once: what they wait for most of the time is their own next try."""
    database.empty()
    file = folder / "photo.jpg"
    file.write_bytes(a_large_photo(random.Random(7)))
    async with world_at(api.address, settings, database.service_url) as world:
        await world.regions()
        phone = await world.inspector()
        async with asyncio.TaskGroup() as sending:
            for send in clients:
                sending.create_task(resumes(send, api.address, phone, file))


async def resumes(send: Client, address: str, phone: Person, file: Path) -> None:
    """One client that goes on after each cut of a link of its own, until the photo is byte-equal."""
    link = CutLink(int(address.rpartition(":")[2]), random.Random(7), CUTS, within=(10_000, 150_000))
    async with link.open() as through:
        upload = await send(f"http://127.0.0.1:{through}/api/v1/uploads", phone, file)
    assert link.cuts == CUTS, send
    assert upload is not None, send
    kept = await image(phone, upload.rpartition("/")[2], "original")
    assert kept.content == file.read_bytes(), send


def a_large_photo(chance: random.Random) -> bytes:
    """Noise, which no JPEG makes small: about 1 MB."""
    made = BytesIO()
    Image.frombytes("RGB", (1200, 900), chance.randbytes(1200 * 900 * 3)).save(made, "JPEG", quality=90)
    return made.getvalue()
