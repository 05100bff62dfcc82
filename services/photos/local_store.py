"""The store in a local folder: fsync(file) < rename < fsync(folder), then the caller may commit (decision 0008)."""

import errno
import hashlib
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar
from uuid import uuid4

from services.photos.disk import Disk
from services.photos.errors import OriginalMissing, PhotoTooLarge, StoreFailed, StoreFull
from services.photos.kinds import Derivative, is_whole
from services.photos.store import SHA256, Incoming, Kept, place_of
from services.threads import in_thread

P = ParamSpec("P")
R = TypeVar("R")

BATCH = 512 * 1024  # bytes a thread hop: 3 MB cost six hops, and one upload holds little more than this in memory
HELD_SECONDS = 1.0  # and none longer: of 200 slow phones, each would hold half a megabyte for half a minute


class Part:
    """A part file being filled; the local store's Incoming."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        self.size_so_far = 0
        self.fd: int | None = None
        self.is_gone = True
        """Nothing lies at its path: not yet, or no more."""

    @property
    def sha256(self) -> str:
        """Lower-case hex of what has been written."""
        return self._hash.hexdigest()

    @property
    def size(self) -> int:
        """Bytes written."""
        return self.size_so_far

    @property
    def path(self) -> Path:
        """Where the bytes are until they are kept."""
        return self._path

    def append(self, disk: Disk, data: bytes) -> None:
        """Write and hash; a short write goes on where it stopped."""
        if self.fd is None:
            raise ValueError("this part is closed")
        rest = memoryview(data)
        while rest:
            taken = disk.write(self.fd, rest)
            if taken <= 0:
                raise OSError(errno.EIO, "the file takes no more bytes")
            rest = rest[taken:]
        self._hash.update(data)
        self.size_so_far += len(data)

    def release(self) -> int:
        """Hand over the descriptor for good: what happens to it next happens once."""
        if self.fd is None:
            raise ValueError("this part was kept or dropped already")
        fd, self.fd = self.fd, None
        return fd


class LocalStore:
    """originals/ab/cd/<sha256>, derived/ab/cd/<sha256>.<size>.jpg, kept/<note>, pieces/ and parts/ under one root."""

    def __init__(self, root: Path, *, disk: Disk | None = None, threads: int = 8) -> None:
        self.root = root.absolute()
        self._disk = disk or Disk()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="photo-store")
        self._durable: set[Path] = set()  # folders whose own name this process has fsynced into their parent

    def close(self) -> None:
        """Wait for running calls and end the threads."""
        self._pool.shutdown()

    @asynccontextmanager
    async def receive(self, chunks: AsyncIterable[bytes], *, max_bytes: int) -> AsyncIterator[Incoming]:
        """See Store.receive."""
        part = Part(self.root / "parts" / f"{uuid4().hex}.part")
        try:
            await self._fill(part, chunks, max_bytes)
            yield part
        finally:
            if not part.is_gone:
                await self._hop(self._drop, part)

    async def keep(self, incoming: Incoming) -> Kept:
        """See Store.keep."""
        return await self._hop(self._keep, _own(incoming))

    async def keep_piece(self, incoming: Incoming) -> str:
        """See Store.keep_piece."""
        return await self._hop(self._keep_piece, _own(incoming))

    async def read_piece(self, name: str) -> AsyncIterator[bytes]:
        """See Store.read_piece."""
        async for piece in self._bytes(self.root / "pieces" / name, 0, None):
            yield piece

    async def drop_pieces(self, names: Sequence[str]) -> None:
        """See Store.drop_pieces."""
        await self._hop(self._drop_pieces, names)

    async def sweep_pieces(self, *, older_than: datetime) -> int:
        """See Store.sweep_pieces."""
        return await self._hop(self._sweep, self.root / "pieces", older_than.timestamp())

    async def size(self, sha256: str) -> int:
        """See Store.size."""
        size = await self._hop(self._disk.size, self._original(sha256))
        if size is None:
            raise OriginalMissing(sha256)
        return size

    async def read(self, sha256: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """See Store.read."""
        end = await self.size(sha256)
        if length is not None:
            end = min(end, start + length)
        async for piece in self._bytes(self._original(sha256), start, end):
            yield piece

    @asynccontextmanager
    async def as_file(self, sha256: str) -> AsyncIterator[Path]:
        """See Store.as_file."""
        await self.size(sha256)
        yield self._original(sha256)

    async def get_derivative(self, sha256: str, derivative: Derivative) -> bytes | None:
        """See Store.get_derivative."""
        return await self._hop(self._get_derivative, self._derived(sha256, derivative))

    async def put_derivative(self, sha256: str, derivative: Derivative, picture: bytes) -> None:
        """See Store.put_derivative."""
        await self._hop(self._put_derivative, self._derived(sha256, derivative), picture)

    async def delete_original(self, sha256: str, *, untouched_since: datetime) -> bool:
        """See Store.delete_original."""
        return await self._hop(self._delete_original, sha256, untouched_since.timestamp())

    async def shelves(self) -> set[str]:
        """See Store.shelves."""
        return set(await self._hop(self._disk.names, self.root / "originals"))

    async def originals(self, start: str) -> dict[str, int]:
        """See Store.originals."""
        return await self._hop(self._originals, self.root / "originals" / start)

    async def sweep_parts(self, *, older_than: datetime) -> int:
        """See Store.sweep_parts."""
        return await self._hop(self._sweep, self.root / "parts", older_than.timestamp())

    async def read_note(self, name: str) -> bytes | None:
        """See Store.read_note."""
        return await self._hop(self._read_note, self.root / "kept" / name)

    async def write_note(self, name: str, content: bytes) -> None:
        """See Store.write_note."""
        await self._hop(self._write_note, self.root / "kept" / name, content)

    async def check_writable(self, *, room_for: int) -> None:
        """See Store.check_writable."""
        await self._hop(self._check_writable, room_for)

    async def _hop(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await in_thread(self._pool, work, *args, **kwargs)
        except OSError as error:
            if error.errno == errno.ENOENT:
                self._durable.clear()  # somebody removed folders under us: make them again at the next call
            raise StoreFailed.of(error) from error

    async def _fill(self, part: Part, chunks: AsyncIterable[bytes], max_bytes: int) -> None:
        waiting: list[bytes] = []
        waiting_bytes, written_at = 0, time.monotonic()
        async for chunk in chunks:
            if part.size + waiting_bytes + len(chunk) > max_bytes:
                raise PhotoTooLarge(max_bytes)
            waiting.append(chunk)
            waiting_bytes += len(chunk)
            if waiting_bytes >= BATCH or time.monotonic() - written_at > HELD_SECONDS:
                await self._hop(self._write, part, b"".join(waiting))
                waiting, waiting_bytes, written_at = [], 0, time.monotonic()
        if waiting or not part.size:
            await self._hop(self._write, part, b"".join(waiting))

    async def _bytes(self, path: Path, start: int, end: int | None) -> AsyncIterator[bytes]:
        fd = await self._hop(self._disk.open, path)
        try:
            while end is None or start < end:
                piece = await self._hop(self._disk.read, fd, BATCH if end is None else min(BATCH, end - start), start)
                if not piece:
                    return
                start += len(piece)
                yield piece
        finally:
            with suppress(OSError):  # of a file that was only read
                self._disk.close(fd)

    def _write(self, part: Part, data: bytes) -> None:
        if part.fd is None:
            self._begin(part)
        part.append(self._disk, data)

    def _begin(self, part: Part) -> None:
        self._make_durable(part.path.parent)
        part.fd = self._disk.create(part.path)
        part.is_gone = False

    def _drop(self, part: Part) -> None:
        if part.fd is not None:
            with suppress(OSError):  # a late write error at close tells nothing about a file that is thrown away
                self._disk.close(part.release())
        with suppress(OSError):  # what cannot be removed now is swept as a stale part
            self._disk.unlink(part.path)

    def _keep(self, part: Part) -> Kept:
        final = self._original(part.sha256)
        self._make_durable(final.parent)
        with self._folder(final.parent) as folder:
            if self._disk.size(final) == part.size:  # a shorter one is rot: it is replaced below
                self._disk.touch(final)  # tells a sweep that decided before us to let it live
                self._disk.fsync_folder(folder)
                return Kept(part.sha256, part.size, was_there=True)
            self._seal(part)
            self._rename(part, final)
            try:
                self._disk.fsync_folder(folder)
            except OSError:
                self._disk.unlink(final)  # under the lock: nobody can have taken it for kept meanwhile
                raise
        return Kept(part.sha256, part.size, was_there=False)

    def _keep_piece(self, part: Part) -> str:
        folder = self.root / "pieces"
        self._make_durable(folder)
        name = uuid4().hex
        self._put(part, folder / name)
        return name

    def _drop_pieces(self, names: Sequence[str]) -> None:
        for name in names:
            self._disk.unlink(self.root / "pieces" / name)

    def _put(self, part: Part, path: Path) -> None:
        """Under this name for good, in a folder that is durable; nobody else uses the name."""
        self._seal(part)
        self._rename(part, path)
        with self._folder(path.parent, lock=False) as folder:
            self._disk.fsync_folder(folder)

    def _rename(self, part: Part, path: Path) -> None:
        self._disk.rename(part.path, path)
        part.is_gone = True

    def _seal(self, part: Part) -> None:
        fd = part.release()  # first: a failed fsync is final, no path leads to a second one (reliability F4)
        try:
            self._disk.fsync(fd)
        finally:
            self._disk.close(fd)

    def _make_durable(self, folder: Path) -> None:
        """The folder exists and its name survives a power cut.

        Once for each process, also for a folder that is there: another process may have made it only now.
        """
        if folder in self._durable:
            return
        if folder != self.root:
            self._make_durable(folder.parent)
        made = self._disk.make_folder(folder)
        if made or folder != self.root:  # the parent of a root that was given to us may not be ours to open
            with self._folder(folder.parent, lock=False) as parent:
                self._disk.fsync_folder(parent)
        self._durable.add(folder)

    @contextmanager
    def _folder(self, path: Path, *, lock: bool = True) -> Iterator[int]:
        fd = self._disk.open_folder(path)
        try:
            if lock:
                self._disk.lock(fd)
            yield fd
        finally:
            self._disk.close(fd)

    def _get_derivative(self, path: Path) -> bytes | None:
        size = self._disk.size(path)
        if not size:
            return None
        fd = self._disk.open(path)
        try:
            picture = self._disk.read(fd, size, 0)
        finally:
            self._disk.close(fd)
        return picture if is_whole(picture) else None  # without fsync: after a power cut it may be empty or zeros

    def _put_derivative(self, path: Path, picture: bytes) -> None:
        part = Part(self.root / "parts" / f"{uuid4().hex}.part")
        for folder in (self.root, *reversed(path.parents[:3])):
            self._disk.make_folder(folder)
        try:
            self._begin(part)
            part.append(self._disk, picture)
            self._disk.close(part.release())
            self._disk.rename(part.path, path)
        finally:
            self._drop(part)

    def _delete_original(self, sha256: str, untouched_since: float) -> bool:
        final = self._original(sha256)
        if self._disk.size(final) is None:
            return False
        with self._folder(final.parent) as folder:
            touched_at = self._disk.touched_at(final)
            if touched_at is None or touched_at >= untouched_since:
                return False
            self._disk.unlink(final)
            self._disk.fsync_folder(folder)
        for derivative in Derivative:
            self._disk.unlink(self._derived(sha256, derivative))
        return True

    def _originals(self, folder: Path) -> dict[str, int]:
        found: dict[str, int] = {}
        for below in self._disk.names(folder):
            for name in self._disk.names(folder / below):
                size = self._disk.size(folder / below / name)
                if size is not None and SHA256.fullmatch(name):  # or it was swept meanwhile, or is nothing of ours
                    found[name] = size
        return found

    def _sweep(self, folder: Path, older_than: float) -> int:
        swept = 0
        self._make_durable(folder)
        for name in self._disk.names(folder):
            touched_at = self._disk.touched_at(folder / name)
            if touched_at is not None and touched_at < older_than:
                self._disk.unlink(folder / name)
                swept += 1
        return swept

    def _read_note(self, path: Path) -> bytes | None:
        size = self._disk.size(path)
        if size is None:
            return None
        fd = self._disk.open(path)
        try:
            return self._disk.read(fd, size, 0)
        finally:
            self._disk.close(fd)

    def _write_note(self, path: Path, content: bytes) -> None:
        part = Part(self.root / "parts" / f"{uuid4().hex}.part")
        self._make_durable(path.parent)
        try:
            self._begin(part)
            part.append(self._disk, content)
            self._put(part, path)
        finally:
            self._drop(part)

    def _check_writable(self, room_for: int) -> None:
        part = Part(self.root / "parts" / f"{uuid4().hex}.part")
        try:
            self._begin(part)
            part.append(self._disk, b"zhicha" * 100)
            self._seal(part)
        finally:
            self._drop(part)
        if self._disk.free_bytes(self.root) < room_for:
            raise StoreFull("ENOSPC")

    def _original(self, sha256: str) -> Path:
        return self._place("originals", sha256) / sha256

    def _derived(self, sha256: str, derivative: Derivative) -> Path:
        return self._place("derived", sha256) / f"{sha256}.{derivative.value}.jpg"

    def _place(self, room: str, sha256: str) -> Path:
        return self.root / place_of(room, sha256)


def _own(incoming: Incoming) -> Part:
    if not isinstance(incoming, Part):
        raise TypeError("this store keeps only what it received itself")
    return incoming
