"""Small private files: written whole or not at all, readable by their owner alone."""

import os
import secrets
from pathlib import Path


def private_folder(path: Path) -> Path:
    """`path` as a folder that only its owner may enter; one that exists is left as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret_file(path: Path) -> str:
    """The secret kept in `path`, made at first use (0600) and on disk before it is returned."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32).encode("ascii"))
    return path.read_text("ascii").strip()


def write_private(path: Path, content: bytes) -> None:
    """Write `path` (0600); a kill half-way leaves no half-written file of that name."""
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
