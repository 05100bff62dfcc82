"""The office's keys, one file each in Settings.keys (folder 0700, files 0600), apart from the database's backups."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

from services.secret_files import private_folder, secret_file
from services.settings import Settings, SettingsError

SHORTEST = 32


class KeyName(StrEnum):
    """What a key is for; a key serves one purpose only."""

    TOKEN = "token"  # noqa: S105 - the name of a key, not a key
    CURSOR = "cursor"


@dataclass(frozen=True)
class Keys:
    """The keys themselves, never shown: `token` signs access and refresh tokens, `cursor` signs the lists' cursors."""

    token: bytes = field(repr=False)
    cursor: bytes = field(repr=False)

    @classmethod
    def read(cls, settings: Settings) -> Self:
        """Raises SettingsError with a sentence that names the missing or too short key's file."""
        return cls(**{name.value: _read(settings.keys, name) for name in KeyName})


def make_missing_keys(settings: Settings) -> None:
    """Make the keys at an office's first start. With a database URL none is made: each machine would make its own."""
    if settings.database_url is not None:
        return
    folder = private_folder(settings.keys)
    for name in KeyName:
        secret_file(_file(folder, name))


def _file(folder: Path, name: KeyName) -> Path:
    return folder / f"{name.value}.key"


def _read(folder: Path, name: KeyName) -> bytes:
    path = _file(folder, name)
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(
            f"The {name.value} key {path} can't be read ({error.strerror}): put the same file of at least "
            f"{SHORTEST} random characters, readable by this user alone, on every machine."
        ) from None
    if len(key) < SHORTEST:
        raise SettingsError(f"The {name.value} key {path} is shorter than {SHORTEST} characters.")
    return key
