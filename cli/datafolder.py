"""What lies in a data folder, and who holds it: one flock a purpose, so that a second start leaves the first alone."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderHeld(Exception):
    """Another living process holds this folder."""

    def __init__(self, path: Path, holder: str) -> None:
        self.path = path
        self.holder = holder
        super().__init__(f"{path.parent} is held by process {holder or 'unknown'}.")


@contextmanager
def hold(lock: Path) -> Iterator[None]:
    """Hold `lock` (made when missing) until the end of the block.

    The kernel lets go when the process dies, however it dies. Raises FolderHeld with the holder's pid.
    """
    private_folder(lock.parent)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderHeld(lock, os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def private_folder(path: Path) -> Path:
    """`path` as a folder only its owner may enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret_file(path: Path, length: int = 32) -> str:
    """The secret kept in `path`, made at first use (0600) and on disk before it is returned."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(length).encode("ascii"))
    return path.read_text("ascii").strip()


def write_private(path: Path, content: bytes) -> None:
    """Write `path` (0600) whole or not at all: a kill half-way leaves no half-written file of that name."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    part.rename(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make what was just renamed in `path` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
