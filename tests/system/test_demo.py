"""`zhicha demo` and `zhicha run` with real processes: fill, play, again, and never into a real office."""

import asyncio
import hashlib
import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from cli.demo.errors import RealOffice
from cli.demo.fill import Order, fill
from cli.demo.founding import is_demo
from cli.demo.town import Size
from cli.migrate import plain_url
from models.words import FindingState
from services.chance import TrueChance
from services.clock import wall_clock
from services.database import engine_for, job_sessions_for
from services.keys import make_missing_keys
from services.settings import Settings
from services.users import ensure_first_admin
from tests.database import TestDatabase, on_embedded
from tests.system.served import command, until

ON = date(2026, 11, 24)
TINY = Size(villages=5, enterprises=30, visits=24)
TABLES = ("finding", "inspection", "orders", "ordered_finding", "rectification", "write_off", "enterprise", "visit")


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestDatabase]:
    """A migrated office that nobody uses."""
    with on_embedded(tmp_path_factory.mktemp("blank")) as ready:
        yield ready


async def filled(database: TestDatabase, folder: Path, *, cut_after: int | None = None) -> int:
    """Fill the tiny town as `zhicha demo` does; `cut_after` so many batches the power goes."""
    engine = engine_for(database.service_url, 1)
    async with job_sessions_for(engine, TrueChance()).begin() as tx:
        await ensure_first_admin(tx, "nine boats on the river", at=wall_clock())
    async with job_sessions_for(engine, TrueChance()).begin() as tx:
        await is_demo(tx)
    await engine.dispose()
    batches = 0

    def told(_done: int, _steps: int) -> None:
        nonlocal batches
        batches += 1
        if batches == cut_after:
            raise KeyboardInterrupt

    settings = Settings(data=folder)
    make_missing_keys(settings)
    return await fill(settings, database.service_url, Order(7, ON, TINY), "seven lamps in the hall", told)


def dump(database: TestDatabase) -> dict[str, str]:
    """A hash of all rows of each table that the past writes."""
    hashes = {}
    with psycopg.connect(plain_url(database.admin_url)) as connection:
        for table in TABLES:
            rows = connection.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1").fetchall()
            assert rows, table
            hashes[table] = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
    return hashes


def test_the_same_seed_and_day_give_the_same_rows_also_after_a_cut(blank: TestDatabase, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(filled(blank, tmp_path, cut_after=2))
    assert asyncio.run(filled(blank, tmp_path)) > 0
    first = dump(blank)
    assert asyncio.run(filled(blank, tmp_path)) == 0
    blank.empty()
    asyncio.run(filled(blank, tmp_path))
    assert dump(blank) == first


def test_the_town_is_whole_and_its_findings_stand_where_findings_stand(blank: TestDatabase, tmp_path: Path) -> None:
    asyncio.run(filled(blank, tmp_path))
    with psycopg.connect(plain_url(blank.admin_url)) as connection:
        states = {row[0] for row in connection.execute("SELECT DISTINCT state FROM finding")}
        kinds = {row[0] for row in connection.execute("SELECT DISTINCT kind FROM inspection")}
        held = connection.execute("SELECT count(*) FROM inspection WHERE state = 'held'").fetchone()
        late = connection.execute("SELECT max(at) FROM event WHERE kind LIKE 'finding%'").fetchone()
        missing = connection.execute(
            "SELECT count(*) FROM photo_use u LEFT JOIN photo p ON p.id = u.photo_id WHERE p.id IS NULL"
        ).fetchone()
    assert {FindingState.CLOSED, FindingState.ORDERED} <= states
    assert {"spot_check", "reinspection", "patrol"} <= kinds
    assert held == (1,)
    assert missing == (0,)
    assert late is not None
    assert late[0].date() < ON


def test_an_office_with_real_rows_is_never_taken_for_a_demo(blank: TestDatabase, tmp_path: Path) -> None:
    blank.empty()
    with psycopg.connect(plain_url(blank.admin_url), autocommit=True) as connection:
        connection.execute("INSERT INTO region (code, name, created_at, version) VALUES ('420582', '某市', now(), 1)")
        with pytest.raises(RealOffice, match="real records"):
            asyncio.run(filled(blank, tmp_path))
        connection.execute("DELETE FROM region")
        connection.execute("UPDATE users SET username = 'lin.jc'")
        with pytest.raises(RealOffice, match="--data"):
            asyncio.run(filled(blank, tmp_path))
    blank.empty()


def zhicha(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments, api_processes="1"), capture_output=True, text=True, cwd="/", timeout=150, check=False
    )


def test_one_run_fills_plays_every_step_and_stops_and_a_second_run_plays_again(tmp_path: Path) -> None:
    data = tmp_path / "数据 data"
    first = zhicha("run", "--once", "--small", "--data", str(data))
    assert first.returncode == 0, first.stdout + first.stderr
    assert "✘" not in first.stdout
    held = re.search(r"All (\d+) steps held", first.stdout)
    assert held is not None
    assert first.stdout.count("✔") == int(held[1]) + 1
    assert "demo-enterprise1" in first.stdout
    assert (data / "demo" / "order.pdf").read_bytes().startswith(b"%PDF-")
    second = zhicha("run", "--once", "--small", "--data", str(data))
    assert second.returncode == 0, second.stdout + second.stderr
    assert "was here already" in second.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["数据 data"]


def test_a_taken_port_and_an_office_that_does_not_answer_are_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        heard = zhicha("run", "--data", str(tmp_path / "a"), "--port", port)
    assert heard.returncode == 1
    assert f"port {port}" in heard.stderr
    assert heard.stderr.count("\n") == 1
    silent = zhicha("demo", "--data", str(tmp_path / "b"), "--url", f"http://127.0.0.1:{port}")
    assert silent.returncode == 1
    assert "start `zhicha serve`" in silent.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_asked_to_stop_stops_its_office_and_says_so(tmp_path: Path) -> None:
    log = tmp_path / "run.out"
    with log.open("wb") as out:
        head = subprocess.Popen(
            command("run", "--small", "--data", str(tmp_path / "data"), "--port", "0", api_processes="1"),
            stdout=out,
            stderr=out,
            cwd="/",
        )
    until(lambda: "Address" in log.read_text(), 60, log.read_text)
    time.sleep(1)
    head.send_signal(signal.SIGINT)
    assert head.wait(60) == 0, log.read_text()
    assert "Stopped." in log.read_text()
    assert "Traceback" not in log.read_text()
