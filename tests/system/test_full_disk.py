"""A disk that fails, writes short or is full: 503 or 507, nothing half, and the next call goes well (F4, F5).

What the store does with each failing call is in tests/unit/test_photo_store.py; here the calls of whole requests.
"""

import errno
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from services.settings import Settings
from tests.database import TestDatabase
from tests.makers_photos import image, parts, put
from tests.makers_reports import Shot
from tests.makers_uploads import Sending
from tests.system.faults import (
    DiskFailingAnywhere,
    FailingDisk,
    TinyDisk,
    calls_in,
    disk_under,
    file_size_limit,
    strace,
)
from tests.system.kept import is_not_there, is_try_again, stands_once
from tests.system.phones import Form, Town, Way, town_of
from tests.system.served import ApiAlone, ServedOffice, serving, world_at, world_of
from tests.world import World

BRINGS_PHOTOS = (Form.REPORT_WITH_PHOTOS, Form.PHOTO)


def large() -> Shot:
    """A photo of some 300 kB, like no other."""
    out = io.BytesIO()
    Image.effect_noise((800, 600), 100).save(out, "JPEG", quality=90)
    return Shot(data=out.getvalue())


@pytest.fixture
async def town(world: World) -> Town:
    """An office in this process."""
    return await town_of(world)


@pytest.mark.parametrize("form", BRINGS_PHOTOS)
@pytest.mark.parametrize(("number", "status"), [(errno.EIO, 503), (errno.ENOSPC, 507)])
async def test_whichever_call_to_the_disk_fails_nothing_is_there_and_the_repeat_goes_well(
    town: Town, database: TestDatabase, form: Form, number: int, status: int
) -> None:
    disk, nth = FailingDisk(), 1
    with disk_under(town.world, disk):
        while True:
            trip, send = town.trip(form)
            disk.fail(nth, number)
            answer = await send()
            if not disk.failed:
                break
            assert answer.status_code == status, f"{disk.steps[-1]}: {answer.text}"
            assert int(answer.headers["retry-after"]) > 0
            await is_not_there(town, database, trip)
            assert parts(town.world) == []
            assert (await send()).status_code == 201
            await stands_once(town, database, trip, form)
            nth += 1
    assert (answer.status_code, nth > 4) == (201, True)  # write, fsync, rename, fsync of the folder: all failed in turn


@pytest.mark.parametrize("end", [900, None], ids=["a piece", "the last piece"])
@pytest.mark.parametrize(("number", "status"), [(errno.EIO, 503), (errno.ENOSPC, 507)])
async def test_whichever_call_to_the_disk_fails_under_a_piece_the_offset_never_runs_ahead_and_the_repeat_goes_well(
    town: Town, end: int | None, number: int, status: int
) -> None:
    disk, nth, refused = DiskFailingAnywhere(), 1, 0
    with disk_under(town.world, disk):
        while True:
            sending = Sending(town.owner)
            await sending.begin(content=sending.data[:300])
            disk.fail(nth, number)
            answer = await sending.append(300, end)
            if not disk.failed:
                break
            if answer.status_code != 204:  # what fails once all is safe ends no call badly
                refused += 1
                assert answer.status_code == status, f"{disk.steps[-1]}: {answer.text}"
                assert int(answer.headers["retry-after"]) > 0
                assert await sending.is_at() == 300
                assert (await sending.append(300, end)).status_code == 204
            assert await sending.is_at() == (end or len(sending.data))
            if end is not None:
                assert (await sending.append(end)).status_code == 204
            assert (await image(town.owner, sending.photo_id, "original")).content == sending.data
            assert parts(town.world) == []
            nth += 1
    assert (answer.status_code, refused > 6) == (204, True)


async def test_an_upload_begun_on_a_full_disk_is_there_and_goes_on_from_its_first_byte(town: Town) -> None:
    disk, sending = FailingDisk(), Sending(town.owner)
    with disk_under(town.world, disk):
        disk.fail(3, errno.ENOSPC)
        assert (await sending.begin(content=sending.data[:300])).status_code == 507
        planned = await sending.planned()
        sending.path = f"/uploads/{planned['upload_id']}"
        assert (planned["next"], planned["offset"]) == ("resume", 0)
        assert (await sending.append(0)).status_code == 204
    assert (await image(town.owner, sending.photo_id, "original")).content == sending.data


@pytest.mark.parametrize("form", BRINGS_PHOTOS)
async def test_a_disk_that_takes_a_third_of_every_write_still_keeps_every_byte(
    town: Town, database: TestDatabase, form: Form
) -> None:
    disk = FailingDisk()
    disk.short_writes = True
    trip, send = town.trip(form)
    with disk_under(town.world, disk):
        assert (await send()).status_code == 201
    assert disk.steps.count("write part") > 3 * len(form.brought(trip))
    await stands_once(town, database, trip, form)


@pytest.fixture
async def real(api: ApiAlone, database: TestDatabase, settings: Settings) -> AsyncIterator[Town]:
    """The town of the real process."""
    database.empty()
    async with world_at(api.address, settings, database.service_url) as world:
        yield await town_of(world)


async def test_a_kernel_that_cuts_writes_short_and_then_refuses_is_told_as_a_full_store(
    api: ApiAlone, real: Town
) -> None:
    photo = large()
    with file_size_limit(api.pid, 150_000):
        answer = await put(real.owner, photo.data, photo.id)
        assert (answer.status_code, answer.json()["code"]) == (507, "store_full")
        assert int(answer.headers["retry-after"]) > 0
        assert (await real.owner.get(f"/photos/{photo.id}")).status_code == 404
        assert parts(real.world) == []
        assert (await real.trip(Form.PHOTO)[1]()).status_code == 201  # a small one has room
    assert (await put(real.owner, photo.data, photo.id)).status_code == 201
    assert (await image(real.owner, photo.id, "original")).content == photo.data


@pytest.mark.parametrize("form", BRINGS_PHOTOS)
async def test_an_fsync_that_the_kernel_fails_is_final_for_its_file_and_told_as_try_again(
    api: ApiAlone, real: Town, database: TestDatabase, tmp_path: Path, form: Form
) -> None:
    nth = 1
    while True:
        trip, send = real.trip(form)
        with strace(api.pid, tmp_path / "calls", "-e", "trace=fsync", "-e", f"inject=fsync:error=EIO:when={nth}"):
            answer = await send()
        failed = [call for call in calls_in(tmp_path / "calls") if "INJECTED" in call.text]
        if not failed:
            break
        is_try_again(answer)
        path = failed[0].text.partition("<")[2].partition(">")[0]
        if path.endswith(".part"):
            assert (tmp_path / "calls").read_text().count(path) == 1  # no second fsync of these bytes
            assert not Path(path).exists()
        await is_not_there(real, database, trip)
        assert parts(real.world) == []
        assert (await send()).status_code == 201
        await stands_once(real, database, trip, form)
        nth += 1
    assert (answer.status_code, nth > 2) == (201, True)


@pytest.fixture
def tiny(tmp_path: Path) -> TinyDisk:
    """Room for some photos, and for some more without the filler."""
    return TinyDisk(tmp_path / "photos", size=4_000_000, filler=1_500_000)


@pytest.fixture
def full(tiny: TinyDisk, tmp_path: Path) -> Iterator[ServedOffice]:
    """An office whose photo store is a tiny disk of its own."""
    limits = {"photo_store": str(tiny.folder), "photo_max_bytes": "400000"}
    with serving(tmp_path / "data", limits, tiny.through()) as office:
        yield office


async def test_an_office_whose_photo_store_is_full_takes_reports_keeps_what_it_has_and_heals_by_itself(
    tiny: TinyDisk, full: ServedOffice
) -> None:
    async with world_of(full) as world:
        town = await town_of(world)
        kept, refused, answer = await filled_up(town)
        assert len(kept) > 2
        assert (answer.status_code, answer.json()["code"]) == (507, "store_full")
        assert int(answer.headers["retry-after"]) > 0
        assert (await town.owner.get(f"/photos/{refused.id}")).status_code == 404
        assert not list((tiny.seen_by(full.head.pid) / "parts").iterdir())
        assert not full.is_ready()

        late = town.reported([], [refused], town.enterprises[0], Way.AFTER)
        whole = town.reported([], [large()], town.enterprises[0], Way.INSIDE)
        assert (await late.calls()[0]()).status_code == 201  # without photos it is taken
        assert (await whole.calls()[0]()).status_code == 507
        assert (await town.owner.get(f"/inspections/{whole.id}")).status_code == 404

        tiny.make_room(full.head.pid)
        assert full.is_ready()
        for send in (late.calls()[1], whole.calls()[0]):
            assert (await send()).status_code == 201
        for photo in (*kept, refused, *whole.shots):
            assert (await image(town.owner, photo.id, "original")).content == photo.data


async def filled_up(town: Town) -> tuple[list[Shot], Shot, httpx.Response]:
    """Photos until one is refused: those that were kept, that one, and what it was told."""
    kept: list[Shot] = []
    while True:
        photo = large()
        answer = await put(town.owner, photo.data, photo.id)
        if answer.status_code != 201:
            return kept, photo, answer
        kept.append(photo)
