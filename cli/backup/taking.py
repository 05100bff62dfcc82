"""Take a backup, or look again whether one is whole."""

import asyncio
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from cli.backup import dumps, pool
from cli.backup.errors import BackupError
from cli.backup.manifest import DATABASE, Manifest
from cli.office import database_of
from services.clock import wall_clock
from services.keys import Keys, Ring
from services.photos.opening import open_store
from services.secret_files import private_folder, sync_folder, write_private
from services.settings import Settings

PHOTOS = "photos"


@dataclass(frozen=True)
class Taken:
    """A backup that was taken and read again."""

    folder: Path
    rows: int
    photos: int
    new_photos: int


def take(settings: Settings, to: Path) -> Taken:
    """The database of one moment and every original it names, while the office works; verified before it counts.

    Originals are copied after the moment: what a row names was on disk before the row (design 1), and is never changed.
    Raises BackupError, and what database_of raises.
    """
    signing = Keys.read(settings).signing
    private_folder(to)
    name = wall_clock().strftime("%Y%m%dT%H%M%SZ")
    folder, part = to / name, to / f"{name}.part"
    if folder.exists():
        raise BackupError(f"{folder} is there already: one backup a second is enough.")
    private_folder(part)
    try:
        with database_of(settings) as urls, dumps.moment_of(urls.owner) as moment:
            dumps.dump(urls.owner, moment, part / DATABASE)
            tables, photos = dumps.tables(moment.connection), dumps.photos(moment.connection)
        new = asyncio.run(_fill(settings, to / PHOTOS, photos))
        content = pool.hash_of(part / DATABASE) or ""
        manifest = Manifest(wall_clock().isoformat(), version("zhicha"), content, tables, photos)
        manifest.write(part, signing.current)
        part.rename(folder)
        sync_folder(to)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    verify(folder, signing)
    return Taken(folder, sum(table.rows for table in tables.values()), len(photos), new)


def verify(folder: Path, signing: Ring) -> Manifest:
    """Read everything again. Raises BackupError that names what is damaged."""
    manifest = Manifest.read(folder, signing)
    if pool.hash_of(folder / DATABASE) != manifest.database_sha256:
        raise BackupError(f"{folder / DATABASE} is damaged.")
    broken = pool.damaged(folder.parent / PHOTOS, manifest.photos)
    if broken:
        raise BackupError(f"{len(broken)} originals are missing or damaged: {', '.join(map(str, broken[:20]))}.")
    return manifest


def copy_keys(settings: Settings, to: Path, backup: Path) -> int:
    """The keys into a folder apart from the backup; how many. Raises BackupError when it is not apart."""
    here, there = to.absolute(), backup.absolute()
    if here == there or here in there.parents or there in here.parents:
        raise BackupError("Keys belong apart from the backup: name another folder with --keys-to.")
    private_folder(here)
    files = sorted(settings.keys.glob("*.key"))
    for file in files:
        write_private(here / file.name, file.read_bytes())
    return len(files)


async def _fill(settings: Settings, to: Path, photos: dict[str, int]) -> int:
    store = open_store(settings)
    try:
        return await pool.fill(to, store, photos)
    finally:
        store.close()
