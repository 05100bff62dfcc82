"""tus clients that others wrote, with their defaults, over a link that drops: they resume, and the bytes are equal."""

import asyncio
from pathlib import Path

import aiotus
from tusclient.client import TusClient

from services.settings import Settings
from tests.database import TestDatabase
from tests.system.cut_links import all_resume
from tests.system.served import ApiAlone
from tests.world import Person


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


async def test_clients_of_others_resume_over_a_link_that_drops_and_the_photo_is_byte_equal(
    api: ApiAlone, database: TestDatabase, settings: Settings, tmp_path: Path
) -> None:
    await all_resume([by_tuspy, by_tuspy_in_chunks, by_aiotus], api, database, settings, tmp_path)
