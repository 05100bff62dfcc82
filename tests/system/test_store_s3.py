"""An office whose photos lie in S3: all as in a folder, and whatever S3 does nothing acknowledged is lost (F8)."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from random import Random

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from cli.backup import pool
from cli.office import StoreUnusable, expect_a_store
from services.keys import make_missing_keys
from services.photos.bucket import PART, PATIENCE_SECONDS
from services.photos.opening import open_store
from services.photos.s3_store import S3Store
from services.secret_files import private_folder
from services.settings import Settings, SettingsError, load_settings
from tests.database import TestDatabase
from tests.makers_photos import image, opened, put, sha256, snapped, stored
from tests.makers_uploads import Sending
from tests.s3 import Fault, LyingS3, in_s3, names_in, s3_service
from tests.system.cut_links import a_large_photo
from tests.system.kept import is_not_there, is_try_again, stands_once
from tests.system.phones import Form, Town, town_of
from tests.system.served import WallClock
from tests.worker import working
from tests.world import World

SHORT = 0.5
BRINGS_PHOTOS = (Form.REPORT_WITH_PHOTOS, Form.PHOTO)


@pytest.fixture(scope="module")
def service() -> Iterator[int]:
    """The port of an honest S3."""
    with s3_service() as port:
        yield port


@pytest.fixture(scope="module")
def liar(service: int) -> LyingS3:
    """Between the office and S3."""
    return LyingS3(service)


@pytest.fixture(scope="module")
async def through(liar: LyingS3) -> AsyncIterator[int]:
    """The port at which it listens."""
    async with liar.open() as port:
        yield port


@pytest.fixture(scope="module")
def there(through: int, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An office in S3."""
    settings = in_s3(through, tmp_path_factory.mktemp("office"))
    make_missing_keys(settings)
    return settings


@pytest.fixture(scope="module")
def honest(service: int, there: Settings) -> Settings:
    """The same, past the liar."""
    return in_s3(service, there.data)


@pytest.fixture(scope="module")
async def app(database: TestDatabase, there: Settings) -> AsyncIterator[FastAPI]:
    """The whole app of the office."""
    app = create_app(there, database.service_url)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def town(app: FastAPI, database: TestDatabase) -> AsyncIterator[Town]:
    """Its people."""
    database.empty()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://office.test") as client:
        yield await town_of(World(client, WallClock(), app.state.office))


@pytest.fixture
def short(town: Town) -> Iterator[None]:
    """An office that soon loses patience with its S3."""
    store = town.world.office.store
    assert isinstance(store, S3Store)
    store.bucket.patience = SHORT
    yield
    store.bucket.patience = PATIENCE_SECONDS


def lies_there(settings: Settings, data: bytes) -> bool:
    return any(name.endswith(sha256(data)) for name in names_in(settings, "originals"))


async def test_photos_of_a_report_lie_in_s3_under_their_hash_and_come_back_byte_by_byte(
    town: Town, database: TestDatabase, there: Settings, honest: Settings
) -> None:
    for form in BRINGS_PHOTOS:
        trip, send = town.trip(form)
        assert (await send()).status_code == 201
        await stands_once(town, database, trip, form)
        for taken in form.brought(trip):
            name = sha256(taken.data)
            assert f"originals/{name[:2]}/{name[2:4]}/{name}" in names_in(honest, "originals")
    assert [path.name for path in there.photos.rglob("*") if path.is_file()] == []


async def test_the_worker_makes_pictures_of_a_photo_that_lies_in_s3(
    town: Town, database: TestDatabase, honest: Settings
) -> None:
    async with working(town.world, database) as worker:
        photo = await stored(town.owner, snapped("HEIF", width=640, height=480, orientation=6))
        assert (await image(town.owner, photo["id"], "thumb")).status_code == 503
        await worker.run()
    thumb, screen = [opened(await image(town.owner, photo["id"], size)) for size in ("thumb", "screen")]
    assert (thumb.size, screen.size) == ((320, 240), (640, 480))
    made = [name for name in names_in(honest, "derived") if photo["sha256"] in name]
    assert sorted(name.rpartition("/")[2].split(".")[1] for name in made) == ["screen", "thumb"]


async def test_a_photo_larger_than_one_part_goes_up_in_parts_and_comes_back_whole_and_by_ranges(town: Town) -> None:
    data = a_large_photo(Random(3)) + bytes(PART + 1)
    photo = await stored(town.owner, data)
    assert (await image(town.owner, photo["id"], "original")).content == data
    some = await image(town.owner, photo["id"], "original", Range="bytes=1000000-5242999")
    assert (some.status_code, some.content) == (206, data[1_000_000:5_243_000])
    assert (await put(town.owner, data, photo["id"])).status_code == 200


async def test_an_upload_in_pieces_resumes_and_leaves_no_piece_behind(town: Town, honest: Settings) -> None:
    sending = Sending(town.owner)
    assert (await sending.begin(content=sending.data[:300])).status_code == 201
    assert (await sending.append(300, 900)).status_code == 204
    assert len(names_in(honest, "pieces")) == 2
    assert await sending.is_at() == 900
    assert (await sending.append(900)).status_code == 204
    assert (await image(town.owner, sending.photo_id, "original")).content == sending.data
    assert names_in(honest, "pieces") == []


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("form", BRINGS_PHOTOS)
@pytest.mark.parametrize("fault", [*Fault])
async def test_whatever_s3_does_instead_of_keeping_the_office_says_try_again_and_the_repeat_goes_well(
    town: Town, database: TestDatabase, liar: LyingS3, fault: Fault, form: Form
) -> None:
    trip, send = town.trip(form)
    with liar.lying(fault):
        is_try_again(await send())
        await is_not_there(town, database, trip)
        plain, report = town.trip(Form.REPORT)
        assert (await report()).status_code == 201
        assert liar.lied > 0
    assert (await send()).status_code == 201
    await stands_once(town, database, trip, form)
    await stands_once(town, database, plain, Form.REPORT)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.CUT_AFTER, Fault.NOTHING_THERE])
async def test_a_piece_that_s3_did_not_keep_is_not_counted_and_the_upload_goes_on_where_it_was(
    town: Town, liar: LyingS3, fault: Fault
) -> None:
    sending = Sending(town.owner)
    await sending.begin(content=sending.data[:300])
    for start, end in ((300, 900), (900, None)):
        with liar.lying(fault):
            is_try_again(await sending.append(start, end))
        assert await sending.is_at() == start
        assert (await sending.append(start, end)).status_code == 204
    assert (await image(town.owner, sending.photo_id, "original")).content == sending.data


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.SILENT, Fault.CUT_BEFORE])
async def test_an_s3_that_does_not_give_is_told_as_try_again_and_its_original_is_not_lost(
    town: Town, liar: LyingS3, fault: Fault
) -> None:
    data = snapped()
    photo = await stored(town.owner, data)
    with liar.lying(fault, "GET", "HEAD"):
        is_try_again(await image(town.owner, photo["id"], "original"))
        is_try_again(await put(town.owner, snapped()))
        assert (await town.owner.get(f"/photos/{photo['id']}")).status_code == 200
    assert (await image(town.owner, photo["id"], "original")).content == data


async def test_bytes_that_came_but_whose_answer_was_lost_on_its_way_from_s3_are_found_there_again(
    town: Town, liar: LyingS3, honest: Settings
) -> None:
    """With patience: the call is repeated, finds what it had sent, and the phone hears of nothing."""
    data = snapped()
    task = asyncio.create_task(put(town.owner, data))
    with liar.lying(Fault.CUT_AFTER, "PUT"):
        async with asyncio.timeout(10):
            while not lies_there(honest, data):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert (await task).status_code == 201


@pytest.mark.usefixtures("short")
async def test_patience_with_s3_ends_in_time_also_for_many_phones_at_once(town: Town, liar: LyingS3) -> None:
    began = time.monotonic()
    with liar.lying(Fault.SILENT):
        answers = await asyncio.gather(*[put(town.owner, snapped()) for _ in range(20)])
    assert {answer.status_code for answer in answers} == {503}
    assert time.monotonic() - began < 10
    assert PATIENCE_SECONDS == 20


async def test_two_phones_that_send_the_same_bytes_at_once_both_have_them_kept_once(
    town: Town, honest: Settings
) -> None:
    data = snapped()
    answers = await asyncio.gather(*[put(town.owner, data) for _ in range(8)])
    assert {answer.status_code for answer in answers} == {201}
    assert sum(name.endswith(sha256(data)) for name in names_in(honest, "originals")) == 1


@pytest.mark.usefixtures("short")
async def test_readiness_tells_of_an_s3_that_cannot_be_written(town: Town, liar: LyingS3) -> None:
    with liar.lying(Fault.NOTHING_THERE):
        told = await town.world.client.get("/readyz")
        assert (told.status_code, "photo store cannot be written" in told.text) == (503, True)
    assert "photo store" not in (await town.world.client.get("/readyz")).text


@pytest.mark.parametrize("wrong", [{"store": "s3://nobody"}, {"s3_endpoint": "http://127.0.0.1:1"}])
async def test_an_office_does_not_start_on_an_s3_that_cannot_be_written(
    service: int, there: Settings, wrong: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.office.START_PATIENCE_SECONDS", SHORT)
    with pytest.raises(StoreUnusable, match=r"s3://.+ can't be written .+ check its address, bucket and keys"):
        await asyncio.to_thread(expect_a_store, in_s3(service, there.data).model_copy(update=wrong))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"store": "/mnt/photos"}, "must be s3://BUCKET"),
        ({"s3_secret_key": None}, "needs ZHICHA_S3_KEY_ID and ZHICHA_S3_SECRET_KEY"),
        ({"s3_endpoint": "http://minio.example"}, "must be an https:// address"),
    ],
)
def test_a_store_that_is_named_badly_stops_the_start_with_a_sentence(given: dict[str, str], sentence: str) -> None:
    whole = {"store": "s3://office", "s3_key_id": "key", "s3_secret_key": "hush hush"}
    with pytest.raises(SettingsError, match=sentence) as refused:
        load_settings(**{**whole, **given})
    assert "hush" not in str(refused.value)


async def test_originals_in_s3_are_backed_up_and_put_back_as_those_of_a_folder(
    town: Town, there: Settings, service: int
) -> None:
    data = [snapped(), snapped()]
    for each in data:
        await stored(town.owner, each)
    wanted = {sha256(each): len(each) for each in data}
    assert await pool.fill(there.data / "backups", town.world.office.store, wanted) == 2
    elsewhere = in_s3(service, private_folder(there.data / "new"), "elsewhere")
    store = open_store(elsewhere)
    await pool.give(there.data / "backups", store, wanted)
    assert [await anext(store.read(sha256(each))) for each in data] == data
    store.close()
