"""The local store over the years: derivatives that may be lost, sweeps that stay in bounds, readiness."""

import errno
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.photos.errors import StoreFailed, StoreFull
from services.photos.kinds import Derivative
from services.photos.local_store import LocalStore
from tests.photo_disk import PHOTO, SHA, WatchedDisk, files_in, get, put


@pytest.fixture
def disk() -> WatchedDisk:
    return WatchedDisk()


@pytest.fixture
def store(tmp_path: Path, disk: WatchedDisk) -> Iterator[LocalStore]:
    store = LocalStore(tmp_path / "photos", disk=disk, threads=2)
    yield store
    store.close()


async def test_a_derivative_cut_by_a_power_failure_counts_as_not_made(store: LocalStore) -> None:
    picture = b"\xff\xd8" + bytes(1000) + b"\xff\xd9"
    assert await store.get_derivative(SHA, Derivative.THUMB) is None
    await store.put_derivative(SHA, Derivative.THUMB, picture)
    assert await store.get_derivative(SHA, Derivative.THUMB) == picture
    assert await store.get_derivative(SHA, Derivative.SCREEN) is None

    file = store.root / "derived" / SHA[:2] / SHA[2:4] / f"{SHA}.thumb.jpg"
    file.chmod(0o640)
    for content in (b"", bytes(1004), picture[:500]):
        file.write_bytes(content)
        assert await store.get_derivative(SHA, Derivative.THUMB) is None
    await store.put_derivative(SHA, Derivative.THUMB, picture)
    assert await store.get_derivative(SHA, Derivative.THUMB) == picture


async def test_an_orphan_sent_again_after_the_sweep_chose_it_stays(store: LocalStore) -> None:
    await put(store)
    await store.put_derivative(SHA, Derivative.THUMB, b"\xff\xd8\xff\xd9")
    chosen_at = datetime.now(UTC) - timedelta(seconds=1)

    assert not await store.delete_original(SHA, untouched_since=chosen_at)
    assert await store.size(SHA) == len(PHOTO)

    os.utime(store.root / "originals" / SHA[:2] / SHA[2:4] / SHA, (0, 0))
    assert (await put(store)).was_there  # the phone sends it again: touched
    assert not await store.delete_original(SHA, untouched_since=chosen_at)

    os.utime(store.root / "originals" / SHA[:2] / SHA[2:4] / SHA, (0, 0))
    assert await store.delete_original(SHA, untouched_since=chosen_at)
    assert files_in(store.root) == []
    assert not await store.delete_original(SHA, untouched_since=chosen_at)


async def test_stale_parts_are_swept_and_young_ones_are_left_alone(store: LocalStore) -> None:
    await put(store)
    parts = store.root / "parts"
    (parts / "old.part").write_bytes(b"x")
    (parts / "young.part").write_bytes(b"x")
    os.utime(parts / "old.part", (0, 0))

    assert await store.sweep_parts(older_than=datetime.now(UTC) - timedelta(days=1)) == 1
    assert files_in(store.root) == sorted([SHA, "young.part"])


async def test_readiness_tells_a_full_store_from_a_broken_one(store: LocalStore, disk: WatchedDisk) -> None:
    await store.check_writable(room_for=1000)
    assert files_in(store.root) == []
    with pytest.raises(StoreFull):
        await store.check_writable(room_for=10**18)
    disk.faults = {"fsync": errno.EIO}
    with pytest.raises(StoreFailed):
        await store.check_writable(room_for=1000)
    assert files_in(store.root) == []


async def test_a_store_whose_folders_were_removed_under_it_heals_at_the_next_photo(
    store: LocalStore, disk: WatchedDisk
) -> None:
    await put(store)
    shutil.rmtree(store.root)
    outcomes: list[str] = []
    for _ in range(3):
        try:
            await put(store)
            outcomes.append("kept")
        except StoreFailed:
            outcomes.append("failed")
    assert outcomes[-1] == "kept"
    assert await get(store, SHA) == PHOTO
