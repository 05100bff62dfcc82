"""The embedded PostgreSQL starts for anybody, anywhere, and after anything (design 10)."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cli.embedded import EmbeddedPostgres, ready_port, running_urls
from cli.leftovers import postgres_processes
from cli.lock import FolderHeld
from cli.migrate import plain_url

ROOT = Path(__file__).parents[2]
NAMESPACES = Path(__file__).with_name("namespaces.py")
AS_SOMEBODY = {"self": [], "plain user": [sys.executable, str(NAMESPACES), "plain"]}
ROOT_WITHOUT_NAMESPACES = [sys.executable, str(NAMESPACES), "root"]

LOOK = """
import json, sys, pathlib, psycopg
from cli.embedded import EmbeddedPostgres
from cli.migrate import plain_url
with EmbeddedPostgres(pathlib.Path(sys.argv[1])) as server:
    with psycopg.connect(plain_url(server.admin_url), autocommit=True) as admin:
        admin.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        trigrams = admin.execute("SELECT cardinality(show_trgm('化工厂'))").fetchone()[0]
        fsync = admin.execute("SHOW fsync").fetchone()[0]
        sockets = admin.execute("SHOW unix_socket_directories").fetchone()[0]
    with psycopg.connect(plain_url(server.service_url)) as service:
        plain = service.execute(
            "SELECT NOT (rolsuper OR rolbypassrls OR rolcreaterole) FROM pg_roles WHERE rolname = current_user"
        ).fetchone()[0]
    print(json.dumps({"trigrams": trigrams, "fsync": fsync, "sockets": sockets, "plain": plain}))
"""

HEAD = """
import sys, pathlib, time
from cli.embedded import EmbeddedPostgres
with EmbeddedPostgres(pathlib.Path(sys.argv[1])):
    print("up", flush=True)
    time.sleep(60)
"""


def bare(script: str, data: Path, through: list[str] | None = None) -> list[str]:
    """A command with an empty environment but for LC_ALL=C: no HOME, no PATH, no language."""
    clean = ["/usr/bin/env", "-i", "LC_ALL=C", f"PYTHONPATH={ROOT}", "PYTHONDONTWRITEBYTECODE=1"]
    return [*clean, *(through or []), sys.executable, "-P", "-c", script, str(data)]


def run_bare(data: Path, through: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(bare(LOOK, data, through), capture_output=True, text=True, cwd="/", timeout=60, check=False)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="zhicha-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("through", AS_SOMEBODY.values(), ids=AS_SOMEBODY.keys())
def test_it_starts_without_home_or_language_under_a_closed_folder_with_blanks_and_chinese_letters(
    tmp_path: Path, through: list[str]
) -> None:
    home = tmp_path / ("数据 " + "安" * 36)
    home.mkdir(mode=0o700)
    beside, shared = set(tmp_path.rglob("*")), set(Path("/dev/shm").glob("PostgreSQL*"))

    seen = run_bare(home / "data", through)

    assert seen.returncode == 0, seen.stderr
    assert json.loads(seen.stdout) == {"trigrams": 4, "fsync": "on", "sockets": "", "plain": True}
    outside = {path for path in tmp_path.rglob("*") if home / "data" not in (path, *path.parents)}
    assert outside == beside
    assert set(Path("/dev/shm").glob("PostgreSQL*")) <= shared
    assert {path.stat().st_uid for path in home.rglob("*")} == {os.geteuid()}
    assert {path.stat().st_mode & 0o777 for path in (home / "data" / "pg-secret").iterdir()} == {0o600}


def test_root_that_may_make_no_namespace_runs_it_as_nobody_or_says_why_not(open_folder: Path, tmp_path: Path) -> None:
    passable = run_bare(open_folder / "data", ROOT_WITHOUT_NAMESPACES)
    closed = run_bare(tmp_path / "data", ROOT_WITHOUT_NAMESPACES)

    if os.geteuid() == 0:
        assert passable.returncode == 0, passable.stderr
        assert (open_folder / "data" / "pg").stat().st_uid == 65534
    assert closed.returncode != 0
    assert f"reach {tmp_path / 'data'}: start as an ordinary user, or name with --data" in closed.stderr


def test_what_was_committed_before_a_kill_is_there_after_the_next_start(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        owner = psycopg.connect(plain_url(server.owner_url), autocommit=True)
        owner.execute("CREATE TABLE kept (word text)")
        owner.execute("INSERT INTO kept VALUES ('在')")
        owner.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 100000000000)")  # too busy to notice a death
        assert server.process is not None
        server.process.kill()
        server.process.wait()

    began = time.monotonic()
    with EmbeddedPostgres(tmp_path) as again, psycopg.connect(plain_url(again.service_url)) as service:
        assert time.monotonic() - began < 10
        assert service.execute("SELECT 1").fetchone() == (1,)
        with psycopg.connect(plain_url(again.owner_url)) as reader:
            assert reader.execute("SELECT word FROM kept").fetchone() == ("在",)
    owner.close()


def test_a_cluster_half_made_by_a_killed_first_start_is_made_anew(tmp_path: Path) -> None:
    first = subprocess.Popen(bare(HEAD, tmp_path), stdout=subprocess.PIPE, cwd="/")
    while not (tmp_path / "pg.new" / "base").exists():
        assert first.poll() is None
        time.sleep(0.005)
    first.kill()
    first.communicate()
    assert not (tmp_path / "pg").exists()

    with EmbeddedPostgres(tmp_path) as server, psycopg.connect(plain_url(server.service_url)) as service:
        assert service.execute("SELECT current_user").fetchone() == ("zhicha_service",)
    assert not (tmp_path / "pg.new").exists()


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        left = (server.folder / "postmaster.pid").read_text()
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    (tmp_path / "pg" / "postmaster.pid").write_text(left.replace(left.split("\n")[0], str(stranger.pid), 1))

    with EmbeddedPostgres(tmp_path) as again:
        assert ready_port(again.folder) == again.port
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_head_killed_at_once_takes_its_postgresql_with_it(tmp_path: Path) -> None:
    head = subprocess.Popen(bare(HEAD, tmp_path), stdout=subprocess.PIPE, text=True, cwd="/")
    assert head.stdout is not None
    assert head.stdout.readline() == "up\n"
    assert postgres_processes(tmp_path / "pg")
    head.send_signal(signal.SIGKILL)
    head.communicate()

    deadline = time.monotonic() + 5
    while postgres_processes(tmp_path / "pg") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert postgres_processes(tmp_path / "pg") == []


def test_a_second_start_on_one_folder_is_refused_by_pid_and_leaves_the_first_alone(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        with pytest.raises(FolderHeld, match=f"held by process {os.getpid()}"):
            EmbeddedPostgres(tmp_path).start()

        assert running_urls(tmp_path) == server.urls
        with psycopg.connect(plain_url(server.service_url)) as service:
            assert service.execute("SELECT 1").fetchone() == (1,)
