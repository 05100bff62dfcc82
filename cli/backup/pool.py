"""The originals of all backups under one folder: each content once, hashed whenever it is read or written."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from cli.backup.errors import BackupError
from services.photos.errors import OriginalMissing
from services.photos.store import Store
from services.secret_files import private_folder, sync_folder

PIECE = 1024 * 1024


def file_of(pool: Path, name: str) -> Path:
    """Where an original lies."""
    return pool / name[:2] / name


async def fill(pool: Path, store: Store, wanted: Mapping[str, int]) -> int:
    """Copy what is not there yet; how many originals were. Raises BackupError for one that is lost or rotten."""
    private_folder(pool)
    new = [name for name, size in wanted.items() if not _is_there(file_of(pool, name), size)]
    for name in new:
        try:
            await _copy(pool, name, store.read(name))
        except OriginalMissing:
            raise BackupError(f"The store has lost the original {name}: nothing was backed up.") from None
    for folder in {file_of(pool, name).parent for name in new}:
        sync_folder(folder)
    sync_folder(pool)
    return len(new)


async def give(pool: Path, store: Store, wanted: Mapping[str, int]) -> None:
    """Put the originals back into an office's store, each durable. Raises BackupError for one that is not itself."""
    for name, size in wanted.items():
        async with store.receive(_stream(file_of(pool, name)), max_bytes=size) as incoming:
            if incoming.sha256 != name:
                raise BackupError(f"{file_of(pool, name)} is damaged.")
            await store.keep(incoming)


def damaged(pool: Path, wanted: Mapping[str, int]) -> list[Path]:
    """Originals that are missing, cut or changed."""
    return [path for name in wanted if hash_of(path := file_of(pool, name)) != name]


def hash_of(path: Path) -> str | None:
    """SHA-256 of a file, None where there is none."""
    try:
        content = sha256()
        for piece in _pieces(path):
            content.update(piece)
    except OSError:
        return None
    return content.hexdigest()


def _is_there(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size == size


async def _copy(pool: Path, name: str, pieces: AsyncIterator[bytes]) -> None:
    path = file_of(pool, name)
    private_folder(path.parent)
    part, content = path.with_name(f"{name}.part"), sha256()
    with part.open("wb") as file:
        async for piece in pieces:
            content.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if content.hexdigest() != name:
        part.unlink()
        raise BackupError(f"The original {name} in the store is damaged: nothing was backed up.")
    part.rename(path)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


async def _stream(path: Path) -> AsyncIterator[bytes]:
    try:
        for piece in _pieces(path):
            yield piece
    except OSError as error:
        raise BackupError(f"{path} can't be read ({error.strerror}).") from None
