"""The local store: order of the durable steps, faults of the disk, same content twice, ranges."""

import asyncio
import errno
import hashlib
import os
import stat
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from services.photos.disk import Disk
from services.photos.errors import OriginalMissing, PhotoTooLarge, StoreFailed, StoreFull
from services.photos.local_store import BATCH, LocalStore
from services.photos.store import Kept
from tests.photo_disk import PHOTO, SHA, WatchedDisk, files_in, get, put, stream


@pytest.fixture
def disk() -> WatchedDisk:
    return WatchedDisk()


@pytest.fixture
def store(tmp_path: Path, disk: WatchedDisk) -> Iterator[LocalStore]:
    store = LocalStore(tmp_path / "photos", disk=disk, threads=2)
    yield store
    store.close()


async def test_file_is_synced_before_rename_and_folder_after_it(store: LocalStore, disk: WatchedDisk) -> None:
    kept = await put(store)

    assert kept == Kept(SHA, len(PHOTO), was_there=False)
    own = f"photos/originals/{SHA[:2]}/{SHA[2:4]}"
    assert disk.steps[-3:] == ["fsync part", f"rename {SHA[:4]}", f"fsync_folder {own}"]
    assert disk.steps.count("fsync part") == 1


async def test_the_names_of_new_folders_are_synced_before_the_file_moves_in(
    store: LocalStore, disk: WatchedDisk
) -> None:
    await put(store)

    before_rename = disk.steps[: disk.steps.index(f"rename {SHA[:4]}")]
    assert (
        [s for s in before_rename if s.startswith("fsync_folder")][-3:]
        == [
            "fsync_folder photos",  # holds the name `originals`
            "fsync_folder photos/originals",
            f"fsync_folder photos/originals/{SHA[:2]}",
        ]
    )


async def test_a_slow_phone_holds_a_second_of_its_bytes_in_memory_and_no_more(
    store: LocalStore, disk: WatchedDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = (number / 4 for number in range(1_000))
    monkeypatch.setattr("services.photos.local_store.time", SimpleNamespace(monotonic=lambda: next(moments)))
    async with store.receive(stream(PHOTO[:100_000], 5_000), max_bytes=100_000) as incoming:
        assert incoming.sha256 == hashlib.sha256(PHOTO[:100_000]).hexdigest()
    assert disk.steps.count("write part") == 4


async def test_a_three_megabyte_photo_costs_fewer_than_ten_thread_hops(
    store: LocalStore, disk: WatchedDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hops = 0
    hop = store._pool.submit

    def counted(*args: object, **kwargs: object) -> object:
        nonlocal hops
        hops += 1
        return hop(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(store._pool, "submit", counted)
    async with store.receive(stream(PHOTO, piece=4096), max_bytes=30_000_000) as incoming:
        await store.keep(incoming)

    assert hops < 10
    assert disk.steps.count("write part") == -(-len(PHOTO) // BATCH)


async def test_a_kept_original_is_read_only_and_named_by_its_hash(store: LocalStore) -> None:
    await put(store)

    original = store.root / "originals" / SHA[:2] / SHA[2:4] / SHA
    assert original.read_bytes() == PHOTO
    assert not stat.S_IMODE(original.stat().st_mode) & 0o337
    assert files_in(store.root) == [SHA]


async def test_the_same_content_twice_keeps_the_old_file_and_syncs_the_folder_again(
    store: LocalStore, disk: WatchedDisk
) -> None:
    await put(store)
    inode = (store.root / "originals" / SHA[:2] / SHA[2:4] / SHA).stat().st_ino
    disk.steps.clear()

    again = await put(store)

    assert again.was_there
    assert (store.root / "originals" / SHA[:2] / SHA[2:4] / SHA).stat().st_ino == inode
    durable = [s for s in disk.steps if not s.startswith("write")]
    assert durable == [f"fsync_folder photos/originals/{SHA[:2]}/{SHA[2:4]}"]
    assert files_in(store.root) == [SHA]


async def test_an_original_that_lost_its_tail_is_healed_by_sending_it_again(store: LocalStore) -> None:
    await put(store)
    original = store.root / "originals" / SHA[:2] / SHA[2:4] / SHA
    original.chmod(0o640)
    os.truncate(original, 1000)

    assert not (await put(store)).was_there
    assert await get(store, SHA) == PHOTO


@pytest.mark.parametrize("call", ["write", "fsync", "rename", "fsync_folder"])
@pytest.mark.parametrize(
    ("number", "error"), [(errno.EIO, StoreFailed), (errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull)]
)
async def test_a_failing_disk_leaves_nothing_and_the_next_photo_goes_well(
    store: LocalStore, disk: WatchedDisk, call: str, number: int, error: type[StoreFailed]
) -> None:
    await put(store, b"an earlier photo")
    disk.steps.clear()
    disk.faults = {call: number}

    with pytest.raises(StoreFailed) as caught:
        await put(store)
    assert type(caught.value) is error
    assert caught.value.errno_name == errno.errorcode[number]
    assert disk.steps.count("fsync part") <= 1  # a failed fsync is final
    assert files_in(store.root) == [hashlib.sha256(b"an earlier photo").hexdigest()]

    disk.faults = {}
    assert not (await put(store)).was_there
    assert await get(store, SHA) == PHOTO


async def test_a_folder_sync_that_fails_after_the_rename_takes_the_new_name_away_again(
    store: LocalStore, disk: WatchedDisk
) -> None:
    await put(store)  # its folders are made and synced, so that the next sync is the one after the rename
    (store.root / "originals" / SHA[:2] / SHA[2:4] / SHA).unlink()
    disk.steps.clear()
    disk.faults = {"fsync_folder": errno.EIO}

    with pytest.raises(StoreFailed):
        await put(store)

    assert disk.steps[-2:] == [f"rename {SHA[:4]}", f"fsync_folder photos/originals/{SHA[:2]}/{SHA[2:4]}"]
    assert files_in(store.root) == []
    disk.faults = {}
    assert not (await put(store)).was_there


async def test_a_failed_folder_sync_of_known_content_does_not_delete_what_was_promised(
    store: LocalStore, disk: WatchedDisk
) -> None:
    await put(store)
    disk.faults = {"fsync_folder": errno.EIO}

    with pytest.raises(StoreFailed):
        await put(store)

    assert await get(store, SHA) == PHOTO


async def test_a_part_whose_sync_failed_cannot_be_kept_by_asking_again(store: LocalStore, disk: WatchedDisk) -> None:
    disk.faults = {"fsync": errno.EIO}
    async with store.receive(stream(PHOTO), max_bytes=30_000_000) as incoming:
        with pytest.raises(StoreFailed):
            await store.keep(incoming)
        disk.faults = {}
        with pytest.raises(ValueError, match="kept or dropped already"):
            await store.keep(incoming)
    assert files_in(store.root) == []


async def test_short_writes_are_continued_until_every_byte_is_down(store: LocalStore, disk: WatchedDisk) -> None:
    disk.short_writes = True
    assert (await put(store)).sha256 == SHA
    assert await get(store, SHA) == PHOTO


async def test_a_disk_that_fills_up_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    class FullAfterTwoMegabytes(Disk):
        """Writes as a full disk does: first a short write, then ENOSPC."""

        taken = 0

        def write(self, fd: int, data: memoryview) -> int:
            room = 2_000_000 - self.taken
            if room <= 0:
                raise OSError(errno.ENOSPC, "no room")
            self.taken += min(room, len(data))
            return super().write(fd, data[:room])

    store = LocalStore(tmp_path, disk=FullAfterTwoMegabytes())
    with pytest.raises(StoreFull):
        await put(store)
    assert files_in(tmp_path) == []
    store.close()


async def test_one_byte_too_many_is_refused_before_the_rest_is_read(store: LocalStore) -> None:
    seen = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal seen
        while True:
            seen += 100_000
            yield bytes(100_000)

    with pytest.raises(PhotoTooLarge) as caught:
        async with store.receive(endless(), max_bytes=1_000_000):
            pytest.fail("nothing may be handed over")
    assert caught.value.max_bytes == 1_000_000
    assert seen == 1_100_000
    assert files_in(store.root) == []
    assert (await put(store, PHOTO, max_bytes=len(PHOTO))).size == len(PHOTO)


async def test_a_phone_that_hangs_up_in_the_middle_leaves_no_file_and_no_descriptor(store: LocalStore) -> None:
    async def dropped() -> AsyncIterator[bytes]:
        yield PHOTO[:1_000_000]
        raise ConnectionResetError

    await put(store, b"warm")
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(ConnectionResetError):
        async with store.receive(dropped(), max_bytes=30_000_000):
            pytest.fail("nothing may be handed over")
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before
    assert len(files_in(store.root)) == 1


async def test_a_cancelled_upload_waits_for_its_thread_before_the_file_is_closed(tmp_path: Path) -> None:
    class SlowDisk(Disk):
        writing = False
        closed_while_writing = False

        def write(self, fd: int, data: memoryview) -> int:
            self.writing = True
            time.sleep(0.2)
            taken = super().write(fd, data)
            self.writing = False
            return taken

        def close(self, fd: int) -> None:
            self.closed_while_writing |= self.writing
            super().close(fd)

    disk = SlowDisk()
    store = LocalStore(tmp_path, disk=disk)
    task = asyncio.create_task(put(store))
    await asyncio.sleep(0.1)
    assert disk.writing
    task.cancel()
    await asyncio.sleep(0.01)
    task.cancel()  # a second time, as a server that shuts down does
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not disk.closed_while_writing
    assert files_in(tmp_path) == []
    store.close()


async def test_ten_phones_sending_the_same_photo_at_once_all_get_it_kept(store: LocalStore) -> None:
    kept = await asyncio.gather(*(put(store) for _ in range(10)))
    assert {k.sha256 for k in kept} == {SHA}
    assert sum(not k.was_there for k in kept) == 1
    assert files_in(store.root) == [SHA]


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, None, PHOTO),
        (0, 1, PHOTO[:1]),
        (1_234_567, 700_001, PHOTO[1_234_567:1_934_568]),
        (2_999_999, None, PHOTO[-1:]),
        (2_999_990, 1_000_000, PHOTO[-10:]),
        (3_000_000, None, b""),
    ],
)
async def test_a_range_gives_exactly_its_bytes_and_never_past_the_end(
    store: LocalStore, start: int, length: int | None, expected: bytes
) -> None:
    await put(store)
    assert await get(store, SHA, start, length) == expected
    assert await store.size(SHA) == len(PHOTO)


async def test_an_absent_original_is_named_and_a_strange_name_never_reaches_the_disk(store: LocalStore) -> None:
    with pytest.raises(OriginalMissing) as caught:
        await store.size("0" * 64)
    assert caught.value.sha256 == "0" * 64
    for name in ("../../etc/passwd", "A" * 64, "", SHA + "\n"):
        with pytest.raises(ValueError, match="SHA-256"):
            await store.size(name)
