"""The promise for photos (design 1): on the disk before the row, the row before the answer, and otherwise nothing."""

import asyncio
import errno
from collections.abc import Iterator, MutableMapping
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from cli.migrate import plain_url
from services.photos.local_store import LocalStore
from tests.database import TestDatabase
from tests.line import Line
from tests.makers_photos import digest, image, is_orphan, on_disk, parts, put, rows, snapped, stored
from tests.makers_reports import report_body, shot, with_photos
from tests.makers_uploads import Sending
from tests.photo_disk import WatchedDisk
from tests.world import Person, World

FAILS_AT_COMMIT = """
    CREATE FUNCTION fail_photo() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the disk is gone' USING ERRCODE = 'io_error'; END $$;
    CREATE CONSTRAINT TRIGGER fails_photo AFTER INSERT ON photo
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_photo();
"""
MENDED = "DROP TRIGGER IF EXISTS fails_photo ON photo; DROP FUNCTION IF EXISTS fail_photo();"


@pytest.fixture
def disk(world: World) -> Iterator[WatchedDisk]:
    """The disk of the office, to be watched and broken."""
    store = world.office.store
    assert isinstance(store, LocalStore)
    kept, watched = store._disk, WatchedDisk()
    store._disk = watched
    yield watched
    store._disk = kept


@pytest.fixture
def admin(database: TestDatabase) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """The database's owner of all, who breaks commits."""
    with psycopg.connect(plain_url(database.admin_url), autocommit=True) as connection:
        yield connection
        connection.execute(MENDED)


def line_of(person: Person, photo_id: str, data: bytes) -> Line:
    """The PUT of a photo."""
    return Line(person, "PUT", f"/photos/{photo_id}", digest(data))


@pytest.mark.parametrize("name", ["ENOSPC", "EDQUOT"])
@pytest.mark.parametrize("call", ["write", "fsync"])
async def test_a_full_disk_is_said_so_keeps_no_row_and_heals_by_itself(
    world: World, disk: WatchedDisk, call: str, name: str
) -> None:
    inspector, data = await world.inspector(), snapped()
    disk.faults = {call: getattr(errno, name)}
    answer = await put(inspector, data)
    assert (answer.status_code, answer.json()["code"]) == (507, "store_full")
    assert int(answer.headers["retry-after"]) > 0
    assert (await rows(world, data), on_disk(world, data).exists(), parts(world)) == (0, False, [])
    report = report_body(world, await world.enterprise(), [inspector, await world.inspector()])
    assert (await inspector.post("/inspections", report)).status_code == 201  # without photos it is still taken
    disk.faults = {}
    assert (await put(inspector, data)).status_code == 201


@pytest.mark.parametrize("call", ["write", "fsync", "rename", "fsync_folder"])
async def test_a_failing_disk_answers_try_again_and_nothing_is_half_there(
    world: World, disk: WatchedDisk, call: str
) -> None:
    inspector, data = await world.inspector(), snapped()
    await stored(inspector, snapped())
    disk.faults = {call: errno.EIO}
    answer = await put(inspector, data)
    assert (answer.status_code, answer.json()["code"]) == (503, "store_failed")
    assert answer.headers["retry-after"]
    assert (await rows(world, data), on_disk(world, data).exists(), parts(world)) == (0, False, [])
    assert str(world.office.settings.data) not in answer.text
    disk.faults = {}
    assert (await put(inspector, data)).status_code == 201


async def test_a_commit_that_fails_is_never_acknowledged_and_its_file_is_swept_some_day(
    world: World, admin: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    inspector, data, photo_id = await world.inspector(), snapped(), str(uuid4())
    admin.execute(FAILS_AT_COMMIT)
    answer = await put(inspector, data, photo_id)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
    assert await rows(world, data) == 0
    assert on_disk(world, data).exists()
    assert await is_orphan(world, data)
    assert (await inspector.get(f"/photos/{photo_id}")).status_code == 404
    admin.execute(MENDED)
    assert (await put(inspector, data, photo_id)).status_code == 201
    assert not await is_orphan(world, data)


async def test_a_phone_that_hangs_up_in_the_middle_leaves_nothing_and_comes_back_later(
    world: World, app: FastAPI
) -> None:
    inspector, data, photo_id = await world.inspector(), snapped(width=640, height=480), str(uuid4())
    line = line_of(inspector, photo_id, data)
    line.coming = [{"type": "http.request", "body": data[:3000], "more_body": True}]
    await app(line.scope, line.receive, line.send)
    assert [message["status"] for message in line.answers if "status" in message] in ([], [400])
    assert (await rows(world, data), on_disk(world, data).exists(), parts(world)) == (0, False, [])
    assert not await is_orphan(world, data)
    assert (await put(inspector, data, photo_id)).status_code == 201


async def test_somebody_signed_out_in_the_middle_of_the_upload_gets_no_row(world: World) -> None:
    inspector, data = await world.inspector(), snapped()

    async def slowly() -> Any:
        yield data[:1000]
        async with world.rows.begin() as tx:
            ended = sa.text("UPDATE device_session SET ended_at = now() WHERE id = :id")
            await tx.execute(ended, {"id": inspector.session_id})
        yield data[1000:]

    answer = await inspector.put(f"/photos/{uuid4()}", content=slowly(), headers=digest(data))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert (await rows(world, data), on_disk(world, data).exists()) == (0, False)


async def test_an_original_that_is_gone_or_cut_is_said_to_be_missing_and_comes_back_when_sent_again(
    world: World,
) -> None:
    inspector, data = await world.inspector(), snapped()
    photo = await stored(inspector, data)
    file = on_disk(world, data)
    file.chmod(0o600)
    file.write_bytes(data[:-100])
    answer = await image(inspector, photo["id"], "original")
    assert (answer.status_code, answer.json()["code"]) == (503, "original_missing")
    assert (await put(inspector, data, photo["id"])).status_code == 200
    assert (await image(inspector, photo["id"], "original")).content == data


async def test_a_phone_that_is_refused_early_is_heard_out_so_that_it_hears_why(world: World, app: FastAPI) -> None:
    inspector, photo_id, data = await world.inspector(), str(uuid4()), snapped(width=640, height=480)
    await stored(inspector, snapped(), photo_id)
    line = line_of(inspector, photo_id, data)
    pieces = [data[at : at + 1000] for at in range(0, len(data), 1000)]
    line.coming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    line.coming[-1]["more_body"] = False

    async def send(message: MutableMapping[str, Any]) -> None:
        assert line.coming == []  # an answer in the middle of a body is lost where the line is closed after it
        await line.send(message)

    await app(line.scope, line.receive, send)
    assert line.answers[0]["status"] == 409


async def test_photos_of_a_report_that_cannot_be_read_are_not_kept(world: World) -> None:
    inspector, picture = await world.inspector(), shot()
    answer = await with_photos(inspector, {"id": "no report at all"}, [picture])
    assert answer.status_code == 422
    assert not on_disk(world, picture.data).exists()


async def test_photos_of_a_report_that_is_refused_after_them_are_swept_some_day(world: World) -> None:
    inspector, picture = await world.inspector(), shot()
    body = report_body(world, await world.enterprise(), [inspector])
    assert (await with_photos(inspector, body, [])).status_code == 201
    answer = await with_photos(inspector, {**body, "note": "另一份"}, [picture])
    assert answer.status_code == 409
    assert await rows(world, picture.data) == 0
    assert await is_orphan(world, picture.data)


async def test_however_many_phones_have_sent_at_once_none_is_turned_away_for_want_of_a_connection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = await world.inspector()
    monkeypatch.setattr(world.office.engine.sync_engine.pool, "_timeout", 0.05)
    sent = [Sending(phone) for _ in range(60)]
    assert {answer.status_code for answer in await asyncio.gather(*[put(phone, snapped()) for _ in sent])} == {201}
    assert {answer.status_code for answer in await asyncio.gather(*[each.begin() for each in sent])} == {201}
    assert {answer.status_code for answer in await asyncio.gather(*[each.append(0) for each in sent])} == {204}
