"""Who holds a data folder: one flock a purpose, so that a second start leaves the first alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.secret_files import private_folder


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
