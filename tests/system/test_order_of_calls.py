"""Bytes, fsync, name, fsync of the folder, COMMIT, first byte of the answer: this order is the promise (F3).

A kill never shows a missing fsync, for the kernel survives it; so the calls themselves are looked at.
"""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from services.settings import Settings
from tests.database import TestDatabase
from tests.makers_reports import Shot
from tests.photo_disk import WatchedDisk
from tests.system.faults import SystemCall, calls_in, disk_under, strace
from tests.system.phones import Form, Town, town_of
from tests.system.served import ApiAlone, world_at
from tests.world import World

WATCHED = "trace=write,fsync,fdatasync,rename,renameat,renameat2,sendto,recvfrom,sendmsg,writev"


@pytest.fixture
def disk(world: World) -> Iterator[WatchedDisk]:
    """The disk of the office in this process; commits and answers are written into its steps."""
    engine = world.office.engine.sync_engine
    watched = WatchedDisk()
    with disk_under(world, watched):

        def commits(_: object) -> None:
            watched.steps.append("commit")

        sa.event.listen(engine, "commit", commits)
        yield watched
        sa.event.remove(engine, "commit", commits)


@pytest.fixture
async def town(world: World, app: FastAPI, disk: WatchedDisk) -> AsyncIterator[Town]:
    """Phones whose answers are watched as they leave."""

    async def watched_app(scope: Scope, receive: Receive, send: Send) -> None:
        async def watched_send(message: MutableMapping[str, Any]) -> None:
            disk.steps.append(f"answer {message['status']}" if "status" in message else "answer")
            await send(message)

        await app(scope, receive, watched_send)

    transport = httpx.ASGITransport(app=watched_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://office.test") as client:
        yield await town_of(World(client, world.clock, world.office))


@pytest.mark.parametrize("form", Form)
async def test_every_file_is_durable_before_the_commit_and_the_commit_comes_before_the_answer(
    town: Town, disk: WatchedDisk, form: Form
) -> None:
    trip, send = town.trip(form)
    disk.steps.clear()
    assert (await send()).status_code == 201
    steps = disk.steps
    assert steps[-3:] == ["commit", "answer 201", "answer"]
    assert steps.count("answer 201") == 1
    for taken in form.brought(trip):
        renamed = steps.index(f"rename {taken.sha256[:4]}")
        folder = f"fsync_folder photos/originals/{taken.sha256[:2]}/{taken.sha256[2:4]}"
        assert (steps[renamed - 1], steps[renamed + 1]) == ("fsync part", folder)
        assert "write part" in steps[: renamed - 1]


@pytest.mark.parametrize("form", Form)
async def test_the_kernel_sees_the_same_order_in_a_real_process(
    api: ApiAlone, database: TestDatabase, settings: Settings, tmp_path: Path, form: Form
) -> None:
    database.empty()
    async with world_at(api.address, settings, database.service_url) as world:
        trip, send = (await town_of(world)).trip(form)
        with strace(api.pid, tmp_path / "calls", "-e", WATCHED):
            answer = await send()
        assert answer.status_code == 201, answer.text
    calls = calls_in(tmp_path / "calls")
    (answered,) = the(calls, "HTTP/1.1 201 Created")
    asked = [call for call in the(calls, r'COMMIT\0"') if call.name in ("sendto", "sendmsg")]
    committed = [call for call in the(calls, r"COMMIT\0") if call.name == "recvfrom"]
    assert asked[-1].ended < committed[-1].ended < answered.began
    for taken in form.brought(trip):
        is_durable_before(asked[-1], calls, taken)


def is_durable_before(commit: SystemCall, calls: list[SystemCall], taken: Shot) -> None:
    """write < fsync < rename < fsync of the folder < COMMIT, each ended before the next began."""
    (renamed,) = [call for call in calls if call.name.startswith("rename") and taken.sha256 in call.text]
    part = renamed.text.split('"')[1]
    folder = f"/originals/{taken.sha256[:2]}/{taken.sha256[2:4]}>)"
    written = [call for call in calls if call.name == "write" and f"{part}>" in call.text]
    (synced,) = [call for call in calls if call.name == "fsync" and f"{part}>)" in call.text]
    (named,) = [call for call in calls if call.name == "fsync" and folder in call.text and call.began > renamed.began]
    assert written
    assert all(call.text.endswith("= 0") for call in (synced, renamed, named))
    assert written[-1].ended < synced.began
    assert synced.ended < renamed.began
    assert renamed.ended < named.began
    assert named.ended < commit.began


def the(calls: list[SystemCall], words: str) -> list[SystemCall]:
    return [call for call in calls if words in call.text]
