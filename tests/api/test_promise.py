"""The promise (design 1): rows commit before the first byte of the answer, so a failed commit is never a 2xx."""

from collections.abc import Awaitable, Callable, Iterator
from uuid import uuid4

import httpx
import psycopg
import pytest

from cli.migrate import plain_url
from tests.database import TestDatabase
from tests.world import TOWN, VILLAGE, World

FAILS_AT_COMMIT = """
    CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the disk is gone' USING ERRCODE = 'io_error'; END $$;
    CREATE CONSTRAINT TRIGGER fails_at_commit AFTER INSERT ON event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_at_commit();
"""
MENDED = "DROP TRIGGER IF EXISTS fails_at_commit ON event; DROP FUNCTION IF EXISTS fail_at_commit();"


class Disk:
    """COMMIT fails while it is broken: every change writes an event, and the event's deferred trigger raises."""

    def __init__(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        self._connection = connection

    def breaks(self) -> None:
        """From now on no change can be committed."""
        self._connection.execute(FAILS_AT_COMMIT)

    def mends(self) -> None:
        """All is well again."""
        self._connection.execute(MENDED)


@pytest.fixture
def disk(database: TestDatabase) -> Iterator[Disk]:
    with psycopg.connect(plain_url(database.admin_url), autocommit=True) as connection:
        disk = Disk(connection)
        yield disk
        disk.mends()


Send = Callable[[], Awaitable[httpx.Response]]


async def never_acknowledged(disk: Disk, send: Send) -> httpx.Response:
    """Send while commits fail (503), then again once they don't: the repeat is the first that counts."""
    disk.breaks()
    refused = await send()
    disk.mends()
    assert refused.status_code == 503, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"]
    return await send()


async def test_an_organ_whose_commit_fails_is_neither_acknowledged_nor_there(world: World, disk: Disk) -> None:
    admin = await world.admin()
    body = {"id": str(uuid4()), "name": "某镇人民政府", "paper_word": "某镇应急", "region": TOWN}
    answer = await never_acknowledged(disk, lambda: admin.post("/organs", body))
    assert answer.status_code == 201


async def test_an_enterprise_whose_commit_fails_is_made_by_the_repeat(world: World, disk: Disk) -> None:
    officer = await world.officer()
    body = {"id": str(uuid4()), "name": "宏达机械加工厂", "region": VILLAGE, "main_industry": "MECH"}
    answer = await never_acknowledged(disk, lambda: officer.post("/enterprises", body))
    assert answer.status_code == 201
    assert len((await officer.get("/enterprises")).json()["items"]) == 1
