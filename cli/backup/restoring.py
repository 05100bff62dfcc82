"""Put a backup into an empty place, and prove that it is the office that was taken."""

import asyncio
from pathlib import Path

from cli.backup import dumps, pool
from cli.backup.errors import BackupError
from cli.backup.manifest import DATABASE, Manifest
from cli.backup.taking import PHOTOS, verify
from cli.migrate import migrate
from cli.office import database_of, given_urls, restore_mark
from services.keys import Keys
from services.photos.opening import open_store
from services.secret_files import private_folder, write_private
from services.settings import Settings


def restore(settings: Settings, backup: Path, keys: Path | None) -> Manifest:
    """Into a data folder without an office (or an empty database on a server); what was cut half-way is no office.

    Raises BackupError, and what database_of and migrate raise.
    """
    _refuse_an_office(settings)
    manifest = verify(backup, _keys(settings, keys).signing)
    private_folder(settings.data)
    mark = restore_mark(settings.data)
    write_private(mark, str(backup).encode())
    _take_keys(settings, keys)
    with database_of(settings) as urls:
        dumps.restore(urls.owner, backup / DATABASE)
        dumps.compare(urls.owner, manifest.tables)
        asyncio.run(_give(settings, backup.parent / PHOTOS, manifest))
        migrate(urls, is_trial=settings.trial)
    mark.unlink()
    return manifest


def _refuse_an_office(settings: Settings) -> None:
    if given_urls(settings) is None and (settings.data / "pg").exists():
        raise BackupError(f"{settings.data} holds an office already: name an empty folder with --data.")


def _keys(settings: Settings, folder: Path | None) -> Keys:
    return Keys.read(settings if folder is None else settings.model_copy(update={"keys_dir": folder}))


def _take_keys(settings: Settings, folder: Path | None) -> None:
    """Files of the same name must be the same: an office has one set of keys."""
    if folder is None or folder.absolute() == settings.keys.absolute():
        return
    private_folder(settings.keys)
    for file in sorted(folder.glob("*.key")):
        here = settings.keys / file.name
        if here.exists() and here.read_bytes() != file.read_bytes():
            raise BackupError(f"{here} is another key than {file}: name an empty folder of keys.")
        write_private(here, file.read_bytes())


async def _give(settings: Settings, photos: Path, manifest: Manifest) -> None:
    store = open_store(settings)
    try:
        await pool.give(photos, store, manifest.photos)
    finally:
        store.close()
