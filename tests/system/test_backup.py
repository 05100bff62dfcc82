"""Backups taken while phones send, put back elsewhere and proven whole; a database moved to a server and back."""

import asyncio
import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from cli.backup import dumps
from cli.backup.taking import PHOTOS
from cli.embedded import EmbeddedPostgres
from cli.main import app
from cli.migrate import plain_url
from cli.office import restore_mark
from services.keys import make_missing_keys
from services.secret_files import private_folder
from services.settings import DatabaseUrls, Settings
from tests.system.phones import heard_again, phones_of
from tests.system.served import ServedOffice, command, serving, world_of

SEED, TRIPS = 11, 8
pytestmark = pytest.mark.timeout(600)


def zhicha(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command of the office's, to its end."""
    return subprocess.run(command(*arguments, **settings), capture_output=True, text=True, check=False, cwd="/")


def done(*arguments: str, **settings: str) -> str:
    """The same for one that must succeed; what it said."""
    ended = zhicha(*arguments, **settings)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def refused(*arguments: str) -> str:
    """What a command says that must fail with one sentence; without a process of its own, which takes seconds."""
    ended = CliRunner().invoke(app, arguments)
    assert ended.exit_code == 1, ended.output
    assert ended.stderr.count("\n") == 1
    return ended.stderr


@dataclass(frozen=True)
class Kept:
    """An office at rest that phones reported to, and two backups: one taken while they sent, one at rest."""

    data: Path
    keys: Path
    under_load: Path
    at_rest: Path
    acknowledged: dict[str, list[bytes]]  # photos by report, of reports told to be saved before the first backup began


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """One office for all tests, which leave it as it is."""
    here = tmp_path_factory.mktemp("kept")
    with serving(here / "data") as office:
        acknowledged = asyncio.run(_backed_up_under_load(office, here))
    done("backup", str(here / "backups"), "--data", str(here / "data"))
    first, second = sorted(path for path in (here / "backups").iterdir() if path.name != PHOTOS)
    return Kept(here / "data", here / "keys", first, second, acknowledged)


async def _backed_up_under_load(office: ServedOffice, here: Path) -> dict[str, list[bytes]]:
    asked = ["backup", str(here / "backups"), "--data", str(here / "data"), "--keys-to", str(here / "keys")]
    async with world_of(office) as world:
        phones, home = await phones_of(world, SEED), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for phone in phones:
                tasks.create_task(phone.work(home))
            while sum(len(phone.done) for phone in phones) < TRIPS:
                await heard_again(phones)
            told = {trip.id: [taken.data for taken in trip.shots] for phone in phones for trip in phone.done}
            said = await asyncio.to_thread(done, *asked)
            await heard_again(phones, all_of_them=True)
            home.set()
    assert "Backed up and verified" in said
    assert sum(len(phone.done) for phone in phones) > len(told), "nobody sent while the backup was taken"
    return told


def fingerprints(urls: DatabaseUrls) -> dict[str, dumps.Table]:
    with psycopg.connect(plain_url(urls.owner), options="-c timezone=UTC") as connection:
        return dumps.tables(connection)


def originals(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / "photos" / "originals").rglob("*") if path.is_file()}


def test_a_restored_office_is_the_one_that_was_backed_up_row_by_row_and_byte_by_byte(
    kept: Kept, tmp_path: Path
) -> None:
    said = done("restore", str(kept.at_rest), "--data", str(tmp_path / "new"), "--keys", str(kept.keys))
    assert "Restored and verified" in said
    with EmbeddedPostgres(kept.data) as old, EmbeddedPostgres(tmp_path / "new") as new:
        assert fingerprints(new.urls) == fingerprints(old.urls)
    assert originals(tmp_path / "new") == originals(kept.data)
    with serving(tmp_path / "new"):
        pass


def test_a_backup_taken_while_phones_send_holds_all_that_was_acknowledged_before_it(kept: Kept, tmp_path: Path) -> None:
    done("restore", str(kept.under_load), "--data", str(tmp_path / "new"), "--keys", str(kept.keys))
    there = {hashlib.sha256(data).hexdigest() for data in originals(tmp_path / "new").values()}
    with EmbeddedPostgres(tmp_path / "new") as new, psycopg.connect(plain_url(new.owner_url)) as connection:
        reports = {str(row[0]) for row in connection.execute("SELECT id FROM inspection").fetchall()}
        named = {str(row[0]) for row in connection.execute("SELECT sha256 FROM photo").fetchall()}
    assert kept.acknowledged.keys() <= reports
    sent = {hashlib.sha256(data).hexdigest() for each in kept.acknowledged.values() for data in each}
    assert sent <= named <= there
    assert len(sent) >= TRIPS


@pytest.mark.parametrize("part", ["database.dump", "manifest.json", "manifest.sig", "an original"])
def test_one_flipped_bit_anywhere_in_a_backup_is_named_and_nothing_is_restored(
    kept: Kept, tmp_path: Path, part: str
) -> None:
    shutil.copytree(kept.at_rest.parent, tmp_path / "backups")
    backup = tmp_path / "backups" / kept.at_rest.name
    original = next(path for path in sorted((tmp_path / "backups" / PHOTOS).rglob("*")) if path.is_file())
    file = original if part == "an original" else backup / part
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    for asked in (["check", "backup", str(backup)], ["restore", str(backup), "--data", str(tmp_path / "new")]):
        named = str(file) if part in ("an original", "database.dump") else "manifest"
        assert named in refused(*asked, "--keys", str(kept.keys))
    assert not (tmp_path / "new").exists()


def test_another_offices_keys_restore_nothing(kept: Kept, tmp_path: Path) -> None:
    make_missing_keys(Settings(data=tmp_path))
    asked = ["restore", str(kept.at_rest), "--data", str(tmp_path / "new"), "--keys", str(tmp_path / "keys")]
    assert "not signed by this office" in refused(*asked)


def test_nothing_is_restored_over_an_office_and_a_cut_restore_is_no_office(kept: Kept, tmp_path: Path) -> None:
    over = refused("restore", str(kept.at_rest), "--data", str(kept.data), "--keys", str(kept.keys))
    assert "holds an office already" in over
    restore_mark(private_folder(tmp_path / "cut")).touch()
    assert "restore again" in refused("serve", "--data", str(tmp_path / "cut"), "--port", "0")


def test_keys_are_copied_apart_from_the_backup_or_not_at_all(kept: Kept, tmp_path: Path) -> None:
    assert "apart" in refused("backup", str(tmp_path), "--data", str(kept.data), "--keys-to", str(tmp_path / "keys"))
    assert list(tmp_path.iterdir()) == []
    assert {path.name for path in kept.keys.iterdir()} == {path.name for path in (kept.data / "keys").glob("*.key")}
    assert not list(kept.at_rest.parent.rglob("*.key"))


def test_an_office_moves_to_a_server_and_back_without_losing_a_row(kept: Kept, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(kept.data, data)
    with EmbeddedPostgres(data) as before:
        wanted = fingerprints(before.urls)
    with EmbeddedPostgres(tmp_path / "server") as server:
        urls = {"database_url": server.service_url, "owner_database_url": server.owner_url}
        urls["keys_dir"] = str(data / "keys")
        assert "Moved and verified" in done("move", "server", "--data", str(data), **urls)
        assert fingerprints(server.urls) == wanted
        assert zhicha("move", "server", "--data", str(kept.data), **urls).returncode == 1
        assert not (data / "pg").exists()
        with serving(data, settings=urls):
            served = zhicha("move", "folder", "--data", str(data), **urls)
            assert (served.returncode, "stop it first" in served.stderr) == (1, True)
        now = fingerprints(server.urls)
        assert "Moved and verified" in done("move", "folder", "--data", str(data), **urls)
    with EmbeddedPostgres(data) as back:
        assert fingerprints(back.urls) == now
