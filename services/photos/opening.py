"""Which store an office has: by its settings, and by what its data folder remembers of a move."""

import json
from enum import StrEnum
from pathlib import Path

from services.photos.bucket import Bucket
from services.photos.local_store import LocalStore
from services.photos.moving_store import MovingStore
from services.photos.s3_store import S3Store
from services.photos.store import Store
from services.secret_files import private_folder, write_private
from services.settings import Settings, SettingsError


class Move(StrEnum):
    """How far the originals have come on their way from the folder to S3."""

    BEGUN = "begun"
    DONE = "done"


def open_store(settings: Settings) -> Store:
    """The store of this process. Raises SettingsError for another one than this office has moved to."""
    local = LocalStore(settings.photos)
    if settings.bucket_and_prefix is None:
        _refuse_the_folder_left(settings)
        return local
    remote = S3Store(Bucket(settings), local)
    has_moved = move_of(settings) is Move.DONE and not _has_pieces(settings)
    return remote if has_moved else MovingStore(remote, local)


def move_of(settings: Settings) -> Move:
    """Raises SettingsError where the folder remembers another place. `settings` name a store in S3."""
    told = _told(settings)
    if told is None:
        return Move.BEGUN if (settings.photos / "originals").exists() else Move.DONE
    if told["store"] != settings.store:
        raise SettingsError(f"ZHICHA_STORE is {settings.store}, but photos of this office are in {told['store']}.")
    return Move(told["move"])


def note_move(settings: Settings, move: Move) -> None:
    """For every start from now on. Only for who knows that nobody works with the folder alone any more."""
    private_folder(settings.photos)
    write_private(_mark(settings), json.dumps({"store": settings.store, "move": move}).encode() + b"\n")


def is_noted(settings: Settings) -> bool:
    """Whether this office was started with S3 before."""
    return _told(settings) is not None


def _has_pieces(settings: Settings) -> bool:
    """An upload that began in the folder may go on for seven days; the sweep takes its pieces on the eighth."""
    folder = settings.photos / "pieces"
    return folder.exists() and any(folder.iterdir())


def _refuse_the_folder_left(settings: Settings) -> None:
    told = _told(settings)
    if told is not None:
        raise SettingsError(f"ZHICHA_STORE is not set, but photos of this office are in {told['store']}: set it again.")


def _told(settings: Settings) -> dict[str, str] | None:
    mark = _mark(settings)
    return json.loads(mark.read_text("utf-8")) if mark.exists() else None


def _mark(settings: Settings) -> Path:
    return settings.photos / "store.json"
