"""The office's keys, in Settings.keys (folder 0700, files 0600), apart from the database and its backups (design 6).

`token.key` is the current token key; `token-1.key`, `token-2.key` … are the ones before it, the highest number the
youngest: what they signed or sealed stays readable.
"""

import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Self

from services.secret_files import private_folder, secret_file
from services.settings import Settings, SettingsError

SHORTEST = 32


class KeyName(StrEnum):
    """What a key is for; a key serves one purpose only."""

    TOKEN = "token"  # noqa: S105 - the name of a key, not a key
    CURSOR = "cursor"
    SEALING = "sealing"
    SIGNING = "signing"


_EXACT = {KeyName.SEALING, KeyName.SIGNING}


@dataclass(frozen=True)
class Key:
    """One key for one purpose; `id` tells which of a ring it is, and nothing of the key."""

    id: str
    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, name: KeyName, kept: bytes) -> Self:
        """The key that a file's content stands for; a cipher's or a signer's has exactly 32 bytes."""
        secret = hmac.new(kept, f"zhicha {name}".encode(), sha256).digest() if name in _EXACT else kept
        return cls(sha256(b"zhicha key id\x00" + secret).hexdigest()[:8], secret)


@dataclass(frozen=True)
class Ring:
    """The current key and the ones before it, the youngest first."""

    current: Key
    older: tuple[Key, ...] = ()

    @property
    def all(self) -> tuple[Key, ...]:
        """Every key that may have signed or sealed what is there."""
        return self.current, *self.older

    def named(self, key_id: str) -> Key | None:
        """The key of that id, None when this office has it no longer."""
        return next((key for key in self.all if key.id == key_id), None)


@dataclass(frozen=True)
class Keys:
    """The keys themselves, never shown.

    `token` signs access and refresh tokens, `cursor` the lists' cursors, `signing` (a seed of Ed25519) checkpoints and
    receipts; `sealing` (AES-256) hides what the database must not know.
    """

    token: Ring
    cursor: Ring
    sealing: Ring
    signing: Ring

    @classmethod
    def read(cls, settings: Settings) -> Self:
        """Raises SettingsError with a sentence that names the missing or too short key's file."""
        return cls(**{name.value: _ring(settings.keys, name) for name in KeyName})


def make_missing_keys(settings: Settings) -> None:
    """Make the keys at an office's first start. With a database URL none is made: each machine would make its own."""
    if settings.database_url is not None:
        return
    folder = private_folder(settings.keys)
    for name in KeyName:
        secret_file(key_file(folder, name))


def key_file(folder: Path, name: KeyName, number: int | None = None) -> Path:
    """Where a key lies; those before the current one are numbered."""
    return folder / (f"{name.value}.key" if number is None else f"{name.value}-{number}.key")


def older_numbers(folder: Path, name: KeyName) -> list[int]:
    """The numbers of the keys before the current one, the youngest first."""
    shape = re.compile(rf"{name.value}-([1-9][0-9]{{0,8}})\.key")
    found = [shape.fullmatch(path.name) for path in folder.iterdir()] if folder.is_dir() else []
    return sorted((int(match[1]) for match in found if match), reverse=True)


def _ring(folder: Path, name: KeyName) -> Ring:
    older = [_key(key_file(folder, name, number), name) for number in older_numbers(folder, name)]
    return Ring(_key(key_file(folder, name), name), tuple(older))


def _key(path: Path, name: KeyName) -> Key:
    try:
        kept = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(
            f"The {name.value} key {path} can't be read ({error.strerror}): put the same file of at least "
            f"{SHORTEST} random characters, readable by this user alone, on every machine."
        ) from None
    if len(kept) < SHORTEST:
        raise SettingsError(f"The {name.value} key {path} is shorter than {SHORTEST} characters.")
    return Key.of(name, kept)
