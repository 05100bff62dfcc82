"""The canary (threat 4): an enterprise is planned and drawn, and found nowhere but in the register and its own box."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from cli.migrate import plain_url
from models.words import Role
from services.settings import Settings
from tests.database import TestDatabase
from tests.makers_draws import draw_body
from tests.makers_visits import visit_body
from tests.world import World

CANARY = "CANARY-金丝雀机械厂"


def rows(database: TestDatabase) -> dict[str, list[str]]:
    """Every row of every table as text, as a superuser's dump has it."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(plain_url(database.admin_url)) as connection:
        listed = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'procrastinate')"
        for schema, table in connection.execute(listed).fetchall():
            whole = connection.execute(f'SELECT t::text FROM "{schema}"."{table}" AS t').fetchall()
            found[table] = [row for (row,) in whole]
    return found


@pytest.fixture
def journal(database: TestDatabase) -> Iterator["Journal"]:
    """The write-ahead log with no checkpoint in between: after one, whole old pages are written again."""
    with psycopg.connect(plain_url(database.admin_url), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET checkpoint_timeout = '1h'")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CHECKPOINT")
        yield Journal(connection)
        connection.execute("ALTER SYSTEM RESET checkpoint_timeout")
        connection.execute("SELECT pg_reload_conf()")


@dataclass
class Journal:
    """What the server writes ahead, by its segments."""

    connection: psycopg.Connection[tuple[Any, ...]]

    def turn(self) -> str:
        """Begin a new segment; the name of the one that ends."""
        [[name]] = self.connection.execute("SELECT pg_walfile_name(pg_current_wal_insert_lsn())").fetchall()
        self.connection.execute("SELECT pg_switch_wal()")
        return str(name)

    def between(self, start: str, end: str) -> bytes:
        """The bytes after one segment up to another; later ones are old files, to be written over."""
        names = "SELECT name FROM pg_ls_waldir() WHERE name > %s AND name <= %s ORDER BY name"
        read = "SELECT pg_read_binary_file('pg_wal/' || %s)"
        found = [name for (name,) in self.connection.execute(names, [start, end]).fetchall()]
        return b"".join(self.connection.execute(read, [name]).fetchall()[0][0] for name in found)


def dump(database: TestDatabase) -> bytes:
    """What pg_dump gives, as a superuser; the binary lies beside the server's, where there is one."""
    with psycopg.connect(plain_url(database.admin_url)) as connection:
        [[folder]] = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchall()
    tool = Path(folder) / "pg_dump"
    if not tool.exists():
        return "".join(row for found in rows(database).values() for row in found).encode()
    return subprocess.run([tool, plain_url(database.admin_url)], check=True, capture_output=True).stdout


def files_with(folder: Path, needles: list[bytes]) -> list[str]:
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and os.access(path, os.R_OK):
            data = path.read_bytes()
            found += [f"{path.name}: {needle!r}" for needle in needles if needle in data]
    return found


@pytest.mark.timeout(300)
async def test_a_planned_and_drawn_enterprise_is_found_nowhere_outside_its_box(
    world: World, database: TestDatabase, journal: Journal, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    await world.regions()
    canary = await world.enterprise(name=CANARY)
    maker, leader = await world.person(Role.OFFICE), await world.leader()
    pair = [await world.inspector(), await world.inspector()]
    secret = {"content": f"{CANARY}的消防通道", "task_source": f"{CANARY}专项"}
    known, start = rows(database), journal.turn()
    capfd.readouterr()
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/visits", visit_body(world, canary, pair, leader, **secret)),
        ("/draws", draw_body(world, count=1, plan=f"{CANARY}计划", content=secret["content"])),
        ("/draws", draw_body(world, count=1, id=str(uuid4()))),
    ]
    made = [await maker.post(path, body) for path, body in bodies]
    assert [answer.status_code for answer in made] == [201] * 3
    visit_id, draw_id = made[0].json()["id"], made[1].json()["id"]
    await leader.post(f"/visits/{visit_id}/approval", {"note": f"同意查{CANARY}"})
    for path in ("/visits", f"/visits/{visit_id}", "/draws", f"/draws/{draw_id}", f"/draws/{draw_id}/looks"):
        assert (await maker.get(path)).status_code == 200
    await leader.get("/worklist")
    assert (await maker.post(f"/draws/{made[2].json()['id']}/cancellation", {"reason": CANARY})).status_code == 201

    needles = [CANARY.encode(), canary.encode(), bytes.fromhex(canary.replace("-", ""))]
    texts = [CANARY, canary]
    after = rows(database)
    new = {table: [row for row in found if row not in known[table]] for table, found in after.items()}
    leaks = [f"{table}: {row[:80]}" for table, found in new.items() for row in found if any(t in row for t in texts)]
    assert leaks == []
    assert {"visit", "draw", "event", "act"} <= {table for table, found in new.items() if found}
    count = sum(row.count(CANARY) for found in known.values() for row in found)
    assert dump(database).decode().count(CANARY) <= max(count, 1)
    log = journal.between(start, journal.turn())
    assert len(log.rstrip(b"\0")) > 10_000
    assert [needle for needle in needles if needle in log] == []
    assert [needle for needle in texts if needle in "".join(capfd.readouterr())] == []
    assert files_with(settings.data, needles) == []
    recent = [path for path in Path(tempfile.gettempdir()).glob("zhicha*") if path.is_dir()]
    assert [leak for folder in recent for leak in files_with(folder, needles)] == []


@pytest.mark.timeout(120)
async def test_the_search_itself_finds_what_is_in_the_clear(
    world: World, database: TestDatabase, journal: Journal
) -> None:
    """The proof that the proof can fail: the same search finds an enterprise that is registered meanwhile."""
    await world.regions()
    start = journal.turn()
    canary = await world.enterprise(name=CANARY)
    log = journal.between(start, journal.turn())
    assert CANARY.encode() in log
    assert bytes.fromhex(canary.replace("-", "")) in log
    assert any(CANARY in row for row in rows(database)["event"])
    assert CANARY in dump(database).decode()
