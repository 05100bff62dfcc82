"""tus clients that others wrote, with their defaults, over a link that drops: they resume, and the bytes are equal."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from io import BytesIO
from pathlib import Path

import aiotus
import pytest
from PIL import Image
from tusclient.client import TusClient

from services.settings import Settings
from tests.database import TestDatabase
from tests.makers_photos import image
from tests.system.cut_links import CutLink
from tests.system.served import ApiAlone, api_alone, world_at
from tests.world import Person

CUTS = 3
Client = Callable[[str, Person, Path], Awaitable[str | None]]


async def by_tuspy(endpoint: str, phone: Person, file: Path) -> str | None:
    """Whole, and what is left after each cut."""

    def upload() -> str | None:
        uploader = TusClient(endpoint, headers=phone.headers()).uploader(str(file), retries=9, retry_delay=1)
        uploader.upload()
        return uploader.url

    return await asyncio.to_thread(upload)


async def by_tuspy_in_chunks(endpoint: str, phone: Person, file: Path) -> str | None:
    """In chunks of 200 kB."""

    def upload() -> str | None:
        client = TusClient(endpoint, headers=phone.headers())
        uploader = client.uploader(str(file), chunk_size=200_000, retries=9, retry_delay=1)
        uploader.upload()
        return uploader.url

    return await asyncio.to_thread(upload)


async def by_aiotus(endpoint: str, phone: Person, file: Path) -> str | None:
    """As it comes."""
    with file.open("rb") as data:
        return str(await aiotus.upload(endpoint, data, {}, headers=phone.headers()))


@pytest.fixture
def api(database: TestDatabase, settings: Settings) -> Iterator[ApiAlone]:
    """A real api process."""
    with api_alone(settings, database) as alone:
        yield alone


async def test_clients_of_others_resume_over_a_link_that_drops_and_the_photo_is_byte_equal(
    api: ApiAlone, database: TestDatabase, settings: Settings, tmp_path: Path
) -> None:
    """All at once: what they wait for most of the time is their own next try."""
    database.empty()
    file = tmp_path / "photo.jpg"
    file.write_bytes(a_large_photo(random.Random(7)))
    async with world_at(api.address, settings, database.service_url) as world:
        await world.regions()
        phone = await world.inspector()
        async with asyncio.TaskGroup() as clients:
            for send in (by_tuspy, by_tuspy_in_chunks, by_aiotus):
                clients.create_task(resumes(send, api, phone, file))


async def resumes(send: Client, api: ApiAlone, phone: Person, file: Path) -> None:
    """One client, on a link of its own."""
    link = CutLink(int(api.address.rpartition(":")[2]), random.Random(7), CUTS, within=(10_000, 150_000))
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
