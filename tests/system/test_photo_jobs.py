"""Photos through the office and a real worker: what only the worker can make, what it gives up, what it sweeps."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from models.photos import PhotoPreview
from services.confined.protocol import Answer, Fact, Reason
from services.confined.runner import Confined, ConfinedFailed
from services.confined.works import Work
from services.jobs.pictures import TRIES
from services.jobs.sweep import sweep, sweep_previews
from services.photos import derivatives
from services.photos.ingest import look_now
from tests.database import TestDatabase
from tests.makers_photos import (
    image,
    is_orphan,
    jobs_waiting,
    on_disk,
    opened,
    put,
    put_preview,
    rows,
    snapped,
    stored,
    undecodable,
)
from tests.makers_reports import reported, shot
from tests.pictures import UPRIGHT, corners
from tests.worker import Worker, working
from tests.world import START, World


@pytest.fixture
async def worker(world: World, database: TestDatabase) -> AsyncIterator[Worker]:
    """A worker that runs what is there and stops."""
    async with working(world, database) as ready:
        yield ready


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
async def test_a_heic_photo_is_shown_upright_once_the_worker_has_made_its_pictures(
    world: World, worker: Worker, form: str
) -> None:
    inspector = await world.inspector()
    photo = await stored(inspector, snapped(form, width=640, height=480, orientation=6))
    assert (await image(inspector, photo["id"], "thumb")).status_code == 503
    await worker.run()
    thumb, screen = [opened(await image(inspector, photo["id"], size)) for size in ("thumb", "screen")]
    assert (thumb.size, corners(thumb), dict(thumb.getexif())) == ((320, 240), UPRIGHT, {})
    assert (screen.size, corners(screen)) == ((640, 480), UPRIGHT)


async def test_pictures_that_were_lost_are_asked_for_again_by_the_next_look(world: World, worker: Worker) -> None:
    inspector, data = await world.inspector(), snapped("HEIF")
    photo = await stored(inspector, data)
    await worker.run()
    folder = on_disk(world, data).parent
    for made in Path(str(folder).replace("originals", "derived")).iterdir():
        made.unlink()
    assert (await image(inspector, photo["id"], "thumb")).status_code == 503
    assert await jobs_waiting(world, data) == 1
    await worker.run()
    assert (await image(inspector, photo["id"], "thumb")).status_code == 200


async def test_what_no_decoder_takes_is_given_up_at_once_and_never_tried_again(world: World, worker: Worker) -> None:
    inspector, data = await world.inspector(), undecodable()
    photo = await stored(inspector, data)
    await worker.run()
    for _ in range(2):
        answer = await image(inspector, photo["id"], "screen")
        assert (answer.status_code, answer.json()["code"]) == (409, "picture_impossible")
    assert await jobs_waiting(world, data) == 0


async def test_heavy_pictures_are_made_one_at_a_time_and_others_beside_them(
    world: World, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector = await world.inspector()
    heavy = [await stored(inspector, snapped("HEIF", width=640, height=480 + number)) for number in range(3)]
    light = [await stored(inspector, snapped("HEIF", width=64, height=48 + number)) for number in range(3)]
    monkeypatch.setattr(derivatives, "HELD_BESIDE", 1_000_000)
    run, running, most = Confined.run, {True: 0, False: 0}, {True: 0, False: 0}

    async def watched(confined: Confined, work: Work, source: Path, options: Mapping[str, Fact]) -> Answer:
        is_heavy = look_now(source, max_pixels=10**6).held > 1_000_000
        running[is_heavy] += 1
        most[is_heavy] = max(most[is_heavy], running[is_heavy])
        try:
            return await run(confined, work, source, options)
        finally:
            running[is_heavy] -= 1

    monkeypatch.setattr(Confined, "run", watched)
    for _ in range(4):  # the tests' worker ends where those that are left wait for the one that runs
        await worker.run(at_once=4)
    assert most[True] == 1 < most[False]
    for photo in (*heavy, *light):
        assert (await image(inspector, photo["id"], "thumb")).status_code == 200


async def test_a_picture_too_heavy_to_decode_keeps_its_original_and_says_so_at_every_look(
    world: World, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector, data = await world.inspector(), snapped("AVIF", width=640, height=480)
    photo = await stored(inspector, data)
    monkeypatch.setattr(derivatives, "HELD_AT_MOST", 1_000_000)
    await worker.run()
    for size in ("thumb", "screen"):
        answer = await image(inspector, photo["id"], size)
        assert (answer.status_code, answer.json()["code"]) == (409, "picture_impossible")
    assert (await image(inspector, photo["id"], "original")).content == data
    assert await jobs_waiting(world, data) == 0


async def test_a_child_that_falls_each_time_is_given_up_after_some_tries(
    world: World, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector, data = await world.inspector(), snapped("HEIF")
    photo = await stored(inspector, data)

    async def falls(*_: object) -> None:
        raise ConfinedFailed("pictures", Reason.MEMORY, "")

    monkeypatch.setattr(Confined, "run", falls)
    for attempt in range(TRIES):
        assert (await image(inspector, photo["id"], "thumb")).status_code == 503, attempt
        await worker.run()
        async with world.rows.begin() as tx:  # the wait between two tries is over
            await tx.execute(sa.text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))
    assert (await image(inspector, photo["id"], "thumb")).json()["code"] == "picture_impossible"


async def test_bytes_whose_row_never_came_are_swept_after_ninety_days_and_not_before(
    world: World, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector, data = await world.inspector(), snapped()

    async def broken(*_: object, **__: object) -> None:
        raise OSError("the process fell here")

    with monkeypatch.context() as falling:
        falling.setattr("api.v1.photos.arrive", broken)
        assert (await put(inspector, data)).status_code == 500
    assert (await rows(world, data), await is_orphan(world, data)) == (0, True)
    now = world.clock.now()
    assert await sweep(worker.workshop, before=now - timedelta(minutes=1)) == 0
    assert on_disk(world, data).exists()
    later = now + timedelta(days=400)  # the file's own time is the machine's, not the test's
    assert await sweep(worker.workshop, before=later) == 1
    assert not on_disk(world, data).exists()
    assert not await is_orphan(world, data)


async def test_a_preview_that_no_record_names_goes_after_ninety_days_and_one_that_is_named_stays(
    world: World, worker: Worker
) -> None:
    inspector, partner, alone = await world.inspector(), await world.inspector(), str(uuid4())
    picture = shot()
    await reported(world, inspector, await world.enterprise(), [inspector, partner], photos=[picture.declared()])
    for photo_id in (alone, picture.id):
        assert (await put_preview(inspector, snapped(), photo_id)).status_code == 201
    now = world.clock.now()
    await sweep_previews(worker.workshop, before=now)
    assert (await inspector.get(f"/photos/{alone}")).status_code == 200
    await sweep_previews(worker.workshop, before=now + timedelta(minutes=1))
    assert (await inspector.get(f"/photos/{alone}")).status_code == 404
    assert (await inspector.get(f"/photos/{picture.id}")).json()["stage"] == "preview"


async def test_a_preview_is_shown_until_the_worker_has_made_the_pictures_of_its_original_and_swept_a_day_later(
    world: World, worker: Worker
) -> None:
    inspector, photo_id = await world.inspector(), str(uuid4())
    assert (await put_preview(inspector, snapped(width=200, height=150), photo_id)).status_code == 201
    await stored(inspector, snapped("HEIF", width=640, height=480), photo_id)
    assert (await image(inspector, photo_id, "thumb")).headers["zhicha-preview"] == "true"
    await worker.run()
    thumb = await image(inspector, photo_id, "thumb")
    assert ("zhicha-preview" in thumb.headers, opened(thumb).size) == (False, (320, 240))
    for hours, left in ((23, 1), (25, 0)):
        world.clock.set(START + timedelta(hours=hours))
        await sweep_previews(worker.workshop, before=START)
        async with world.rows.begin() as tx:
            assert await tx.scalar(sa.select(sa.func.count()).select_from(PhotoPreview)) == left
