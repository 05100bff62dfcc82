"""The few calls to the kernel on which the promise rests; tests put a Disk here that records and breaks them."""

import fcntl
import os
from pathlib import Path


class Disk:
    """Each method is one system call and raises OSError as the kernel does; no retries, no cleverness."""

    def make_folder(self, path: Path) -> bool:
        """True if it was made now, False if it was there."""
        try:
            path.mkdir(mode=0o750)
        except FileExistsError:
            return False
        return True

    def create(self, path: Path) -> int:
        """A descriptor to write a new file that nobody can open for writing again (mode 0440)."""
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o440)

    def write(self, fd: int, data: memoryview) -> int:
        """How many bytes were taken; may be fewer than given."""
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        """File to the platter. After an error the pages may count as clean: never call it again for this file."""
        os.fsync(fd)

    def rename(self, source: Path, target: Path) -> None:
        """Atomic within one file system."""
        source.replace(target)

    def open_folder(self, path: Path) -> int:
        """A descriptor to lock and fsync a folder."""
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def lock(self, fd: int) -> None:
        """Wait for the sole right to change names in this folder, among all processes of this machine."""
        fcntl.flock(fd, fcntl.LOCK_EX)

    def fsync_folder(self, fd: int) -> None:
        """The names in a folder to the platter."""
        os.fsync(fd)

    def close(self, fd: int) -> None:
        """Also gives up the lock."""
        os.close(fd)

    def size(self, path: Path) -> int | None:
        """Bytes of a file, None if there is none."""
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return None

    def touched_at(self, path: Path) -> float | None:
        """Seconds since 1970 of the last touch, None if there is no such file."""
        try:
            return path.stat().st_mtime
        except FileNotFoundError:
            return None

    def touch(self, path: Path) -> None:
        """Set the time of the last touch to now."""
        os.utime(path)

    def unlink(self, path: Path) -> None:
        """Quiet when there is none."""
        path.unlink(missing_ok=True)

    def names(self, folder: Path) -> list[str]:
        """Names in a folder; none where there is no folder."""
        try:
            return [entry.name for entry in folder.iterdir()]
        except FileNotFoundError:
            return []

    def open(self, path: Path) -> int:
        """A descriptor to read."""
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)

    def read(self, fd: int, length: int, offset: int) -> bytes:
        """At most `length` bytes from `offset`; empty at the end."""
        return os.pread(fd, length, offset)

    def free_bytes(self, path: Path) -> int:
        """Room for an ordinary user on this file system."""
        room = os.statvfs(path)
        return room.f_bavail * room.f_frsize
