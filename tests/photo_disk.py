"""A disk that is watched and can be made to fail, and the few calls that tests of the photo store share."""

import hashlib
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

from services.photos.disk import Disk
from services.photos.local_store import LocalStore
from services.photos.store import Kept

PHOTO = random.Random(7).randbytes(3_000_000)  # the same in every test process: its pieces name parameters
SHA = hashlib.sha256(PHOTO).hexdigest()


async def stream(data: bytes, piece: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(data), piece):
        yield data[start : start + piece]


class WatchedDisk(Disk):
    """Records the durable steps in order and fails the call named in `faults` as the kernel would."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.faults: dict[str, int] = {}
        self.names_of: dict[int, str] = {}
        self.short_writes = False

    def _step(self, call: str, what: str) -> None:
        self.steps.append(f"{call} {what}")
        if call in self.faults:
            raise OSError(self.faults[call], os.strerror(self.faults[call]))

    def create(self, path: Path) -> int:
        fd = super().create(path)
        self.names_of[fd] = "part"
        return fd

    def open_folder(self, path: Path) -> int:
        fd = super().open_folder(path)
        parts = path.parts
        self.names_of[fd] = "/".join(parts[parts.index("photos") :]) if "photos" in parts else "above"
        return fd

    def write(self, fd: int, data: memoryview) -> int:
        self._step("write", self.names_of[fd])
        return super().write(fd, data[: max(1, len(data) // 3)] if self.short_writes else data)

    def fsync(self, fd: int) -> None:
        self._step("fsync", self.names_of[fd])
        super().fsync(fd)

    def rename(self, source: Path, target: Path) -> None:
        self._step("rename", target.name[:4])
        super().rename(source, target)

    def fsync_folder(self, fd: int) -> None:
        self._step("fsync_folder", self.names_of[fd])
        super().fsync_folder(fd)


async def put(store: LocalStore, data: bytes = PHOTO, max_bytes: int = 30_000_000) -> Kept:
    async with store.receive(stream(data), max_bytes=max_bytes) as incoming:
        return await store.keep(incoming)


async def get(store: LocalStore, sha256: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join([piece async for piece in store.read(sha256, start, length)])


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())
