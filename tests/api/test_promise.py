"""The promise (design 1): rows commit before the first byte of the answer, so a failed commit is never a 2xx."""

from collections.abc import Awaitable, Callable, Iterator
from uuid import uuid4

import httpx
import psycopg
import pytest

from cli.migrate import plain_url
from models.words import FindingState
from tests.database import TestDatabase
from tests.makers_findings import finding
from tests.makers_photos import put, snapped
from tests.makers_reports import finding_body, report_body, shot, with_photos
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


async def test_a_report_whose_commit_fails_leaves_nothing_and_its_repeat_is_new(world: World, disk: Disk) -> None:
    life = await finding(world)
    body = report_body(world, life.enterprise_id, [life.finder, life.partner], findings=[finding_body()])
    answer = await never_acknowledged(disk, lambda: life.finder.post("/inspections", body))
    assert answer.status_code == 201
    assert len((await life.officer.get("/findings")).json()["items"]) == 2


async def test_a_report_with_photos_whose_commit_fails_leaves_no_row_of_either(world: World, disk: Disk) -> None:
    life, picture = await finding(world), shot()
    body = report_body(world, life.enterprise_id, [life.finder, life.partner], photos=[picture.declared()])
    answer = await never_acknowledged(disk, lambda: with_photos(life.finder, body, [picture]))
    assert answer.status_code == 201
    assert answer.json()["missing_photos"] == []


async def test_a_photo_whose_commit_fails_is_not_there_and_its_repeat_is_new(world: World, disk: Disk) -> None:
    inspector, data, photo_id = await world.inspector(), snapped(), str(uuid4())
    answer = await never_acknowledged(disk, lambda: put(inspector, data, photo_id))
    assert answer.status_code == 201


async def test_a_move_whose_commit_fails_leaves_the_finding_where_it_was(world: World, disk: Disk) -> None:
    life = await finding(world, state=FindingState.VERIFIED)
    leader = await world.leader()
    disk.breaks()
    refused = await leader.post(life.path("write-off"), {})
    disk.mends()
    assert refused.status_code == 503
    assert (await life.read())["state"] == "verified"
    assert "finding.written_off" not in await life.kinds()
