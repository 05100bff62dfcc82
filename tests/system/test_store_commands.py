"""`zhicha store move` and `zhicha store scrub` beside an office to which phones send all the time."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from api.app import create_app
from api.office import Office
from cli.main import app as command_line
from cli.photo_store import begin
from services.log.kept import NAME
from services.photos.derivatives import PictureMaker
from services.photos.errors import StoreFailed
from services.photos.local_store import LocalStore
from services.photos.matching import keep
from services.photos.moving_store import MovingStore
from services.photos.opening import Move, move_of, open_store
from services.photos.s3_store import S3Store
from services.settings import Settings, SettingsError
from tests.database import TestDatabase
from tests.makers_photos import image, is_orphan, jobs_waiting, on_disk, put, sha256, snapped, stored
from tests.makers_uploads import Sending
from tests.s3 import in_s3, names_in, s3_service
from tests.system.phones import Town, town_of
from tests.system.served import WallClock
from tests.world import World


@pytest.fixture(scope="module")
def service() -> Iterator[int]:
    """The port of an S3."""
    with s3_service() as port:
        yield port


@pytest.fixture(scope="module")
async def app(database: TestDatabase, settings: Settings) -> AsyncIterator[FastAPI]:
    """One app for all offices of these tests."""
    app = create_app(settings, database.service_url)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def data(tmp_path: Path, database: TestDatabase, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose office has its database on a server, as commands find it by the environment."""
    monkeypatch.setenv("ZHICHA_DATABASE_URL", database.service_url)
    monkeypatch.setenv("ZHICHA_OWNER_DATABASE_URL", database.owner_url)
    monkeypatch.setenv("ZHICHA_KEYS_DIR", str(settings.keys))
    database.empty()
    return tmp_path


@asynccontextmanager
async def served(app: FastAPI, settings: Settings) -> AsyncIterator[World]:
    """The office as one process has it after a start with these settings."""
    kept: Office = app.state.office
    store = open_store(settings)
    pictures = PictureMaker(store, kept.confined, max_pixels=settings.photo_max_pixels)
    app.state.office = replace(kept, settings=settings, store=store, pictures=pictures)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://office.test") as client:
            yield World(client, WallClock(), app.state.office)
    finally:
        app.state.office = kept
        pictures.close()
        store.close()


def zhicha(settings: Settings, *arguments: str) -> Result:
    """The command, in the environment of an office with these settings."""
    assert settings.s3_secret_key is None or settings.store
    named = {"STORE": settings.store, "S3_ENDPOINT": settings.s3_endpoint, "S3_KEY_ID": settings.s3_key_id}
    env = {f"ZHICHA_{name}": value for name, value in named.items()} | {"ZHICHA_S3_SECRET_KEY": "secret"}
    return CliRunner().invoke(command_line, [*arguments, "--data", str(settings.data)], env=env)


async def sends(town: Town, sent: dict[str, bytes], home: asyncio.Event) -> None:
    """A phone that sends photos, whole or in pieces, and looks at what was acknowledged before, until it goes home."""
    while not home.is_set():
        sending = Sending(town.owner)
        if len(sent) % 2:
            assert (await put(town.owner, sending.data, sending.photo_id)).status_code == 201
        else:
            assert (await sending.begin(content=sending.data[:500])).status_code == 201
            assert (await sending.append(500)).status_code == 204
        sent[sending.photo_id] = sending.data
        await all_are_shown(town, dict(list(sent.items())[::3]))


async def all_are_shown(town: Town, sent: dict[str, bytes]) -> None:
    for photo_id, data in sent.items():
        assert (await image(town.owner, photo_id, "original")).content == data


async def test_an_office_moves_from_its_folder_to_s3_while_phones_send_and_no_photo_is_ever_missing(
    service: int, app: FastAPI, data: Path
) -> None:
    folder, there = Settings(data=data), in_s3(service, data, "moved")
    sent: dict[str, bytes] = {}
    async with served(app, folder) as world:
        town = await town_of(world)
        for _ in range(6):
            shot = snapped()
            sent[(await stored(town.owner, shot))["id"]] = shot
        half = Sending(town.owner)
        await half.begin(content=half.data[:400])
        await world.office.store.write_note(NAME, b"the head of the log")
    await asyncio.to_thread(begin, there)  # the start with S3
    with pytest.raises(SettingsError, match="set it again"):
        open_store(folder)
    async with served(app, there) as world:
        assert isinstance(world.office.store, MovingStore)
        town.owner.client = world.client
        home = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sends(town, sent, home))
            moved = await asyncio.to_thread(zhicha, there, "store", "move")
            home.set()
        assert (moved.exit_code, "Moved and compared" in moved.output) == (0, True), moved.output
        assert len(sent) > 6, "nobody sent while the photos moved"
        await all_are_shown(town, sent)
    assert move_of(there) is Move.DONE
    for file in (data / "photos" / "originals").rglob("*"):
        if file.is_file():
            file.unlink()
    async with served(app, there) as world:
        town.owner.client = world.client
        await all_are_shown(town, sent)
        assert (await half.append(400)).status_code == 204  # begun in the folder, ended in S3
        await all_are_shown(town, {half.photo_id: half.data})
        assert await world.office.store.read_note(NAME) == b"the head of the log"
    assert isinstance(open_store(there), S3Store)  # no piece waits in the folder any more
    again = await asyncio.to_thread(zhicha, there, "store", "move")
    assert (again.exit_code, "0 张已复制" in again.output) == (0, True)


async def test_a_rotten_original_is_not_carried_is_named_and_keeps_the_move_from_being_done(
    service: int, app: FastAPI, data: Path
) -> None:
    there = in_s3(service, data, "rotten")
    async with served(app, Settings(data=data)) as world:
        town = await town_of(world)
        good, bad = snapped(), snapped()
        for each in (good, bad):
            await stored(town.owner, each)
        file = on_disk(world, bad)
    file.chmod(0o600)
    file.write_bytes(bad[:-1] + b"\1")
    refused = await asyncio.to_thread(zhicha, there, "store", "move")
    assert (refused.exit_code, sha256(bad) in refused.output) == (1, True)
    assert [name for name in names_in(there, "originals") if name.endswith(sha256(good))] != []
    assert move_of(there) is Move.BEGUN
    file.write_bytes(bad)
    mended = await asyncio.to_thread(zhicha, there, "store", "move")
    assert (mended.exit_code, "1 张已复制" in mended.output, "1 张已在" in mended.output) == (0, True, True)


def test_a_move_is_refused_while_the_office_is_served_without_s3(service: int, data: Path) -> None:
    from cli.lock import hold
    from cli.office import lock_of

    with hold(lock_of(data)):
        refused = zhicha(in_s3(service, data, "held"), "store", "move")
    assert (refused.exit_code, "start it again with it" in refused.output) == (1, True)


@pytest.fixture(params=["folder", "S3"])
def either(request: pytest.FixtureRequest, service: int, data: Path) -> Settings:
    """An office in a folder, and one in S3."""
    return Settings(data=data) if request.param == "folder" else in_s3(service, data, f"scrubbed-{data.name}")


async def test_a_scrub_names_what_is_rotten_and_missing_announces_orphans_and_has_lost_pictures_made_again(
    either: Settings, app: FastAPI
) -> None:
    async with served(app, either) as world:
        town = await town_of(world)
        shots = {name: snapped() for name in ("good", "rotten", "missing", "bare")}
        ids = {name: (await stored(town.owner, shot))["id"] for name, shot in shots.items()}
        for name in ("good", "rotten", "missing"):
            for size in ("thumb", "screen"):
                assert (await image(town.owner, ids[name], size)).status_code == 200
        await damage(either, shots["rotten"], shots["rotten"][:-1] + b"\1")
        await damage(either, shots["missing"], None)
        nobodys = snapped()
        async with world.office.store.receive(pieces(nobodys), max_bytes=10**6) as incoming:
            await world.office.store.keep(incoming)
        async with world.rows.begin() as tx:
            await keep(tx, sha256(shots["good"]), 1, at=world.clock.now())
            await tx.execute(sa.text("DELETE FROM procrastinate_jobs"))
        home, sent = asyncio.Event(), dict[str, bytes]()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sends(town, sent, home))
            told = await asyncio.to_thread(zhicha, either, "store", "scrub")
            home.set()
        assert told.exit_code == 1
        assert f"损坏 rotten: {sha256(shots['rotten'])}" in told.output
        assert f"缺失 missing: {sha256(shots['missing'])}" in told.output
        assert f"kept 90 days: {sha256(nobodys)}" in told.output
        assert "1 损坏 rotten, 1 缺失 missing, 1 无主 orphans" in told.output
        assert await is_orphan(world, nobodys)
        assert await jobs_waiting(world, shots["bare"]) == 1
        assert await jobs_waiting(world, shots["good"]) == 0
        await damage(either, shots["rotten"], shots["rotten"])
        await damage(either, shots["missing"], shots["missing"])
        healed = await asyncio.to_thread(zhicha, either, "store", "scrub")
        assert (healed.exit_code, "0 损坏 rotten, 0 缺失 missing, 0 无主 orphans" in healed.output) == (0, True)


async def test_a_scrub_that_was_stopped_goes_on_where_it_stopped_and_forgets_nothing(
    app: FastAPI, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Settings(data=data)
    async with served(app, folder) as world:
        town = await town_of(world)
        shots = sorted([snapped() for _ in range(8)], key=sha256)
        for shot in shots:
            await stored(town.owner, shot)
        await damage(folder, shots[1], None)
    read, counted = LocalStore.read, list[str]()

    async def breaks(store: LocalStore, name: str, *more: int) -> AsyncIterator[bytes]:
        counted.append(name)
        if len(counted) == 6:
            raise StoreFailed("EIO")
        async for piece in read(store, name, *more):
            yield piece

    monkeypatch.setattr(LocalStore, "read", breaks)
    stopped = await asyncio.to_thread(zhicha, folder, "store", "scrub")
    assert (stopped.exit_code, "it goes on" in stopped.output) == (1, True), stopped.output
    ended = await asyncio.to_thread(zhicha, folder, "store", "scrub")
    assert counted == [sha256(shot) for shot in (*shots[:6], *shots[5:])]
    assert (ended.exit_code, "已查 checked 8: 0 损坏 rotten, 1 缺失 missing" in ended.output) == (1, True)


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def damage(settings: Settings, original: bytes, content: bytes | None) -> None:
    """Behind the office's back: other bytes under an original's name, or none."""
    name = hashlib.sha256(original).hexdigest()
    place = f"originals/{name[:2]}/{name[2:4]}/{name}"
    store = open_store(settings)
    if isinstance(store, S3Store):
        await (store.bucket.delete(place) if content is None else store.bucket.put(place, content))
    else:
        file = settings.photos / place
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_bytes(content)
    store.close()
