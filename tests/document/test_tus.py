"""The tus client that browsers and most phone frameworks use, with its defaults, over a link that drops."""

import asyncio
from pathlib import Path

from services.settings import Settings
from tests.database import TestDatabase
from tests.document.toolbox import HERE, run
from tests.system.cut_links import all_resume
from tests.system.served import ApiAlone
from tests.world import Person


async def by_tus_js_client(endpoint: str, phone: Person, file: Path) -> str:
    """As a stream, goes on by itself."""
    authorization = phone.headers()["Authorization"]
    return (await asyncio.to_thread(run, "node", HERE / "upload.mjs", endpoint, file, authorization)).strip()


async def test_tus_js_client_resumes_over_a_link_that_drops_and_the_photo_is_byte_equal(
    api: ApiAlone, database: TestDatabase, settings: Settings, tmp_path: Path
) -> None:
    await all_resume([by_tus_js_client], api, database, settings, tmp_path)
