"""`zhicha serve` with real processes: starts, refuses, heals and stops as design 10 says."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cli.embedded import EmbeddedPostgres
from services.keys import make_missing_keys
from services.settings import Settings
from tests.system.served import HEADS, ServedOffice, alive, command, end, until

Heard = subprocess.CompletedProcess[str]


def zhicha(*arguments: str, **settings: str) -> Heard:
    return subprocess.run(
        command(*arguments, **settings), capture_output=True, text=True, cwd="/", timeout=60, check=False
    )


@pytest.fixture(autouse=True)
def _no_head_outlives_a_test_that_failed(office: ServedOffice) -> Iterator[None]:
    yield
    end([head for head in HEADS if head is not office.head])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedOffice]:
    """One office for the tests that leave it running."""
    served = ServedOffice(tmp_path_factory.mktemp("office") / "数据 data", settings={"api_processes": "2"})
    served.wait_ready(30)
    yield served
    assert served.stop() == 0
    assert "Stopped." in served.said()


def test_a_first_start_prints_its_address_and_its_folder_once_in_two_languages(office: ServedOffice) -> None:
    assert office.said().count("地址 Address: http://127.0.0.1:") == 1
    assert office.said().count(f"数据 Data: {office.data}\n") == 1


def test_every_part_that_is_killed_comes_back_and_the_office_with_it(office: ServedOffice) -> None:
    first = office.parts()
    assert sorted(ran.rpartition("/")[2] for ran in first.values()) == [
        "cli.api_process",
        "cli.api_process",
        "cli.worker_process",
        "postgres",
    ]
    for runs in sorted(set(first.values())):
        pid = next(pid for pid, ran in office.parts().items() if ran == runs)
        os.kill(pid, signal.SIGKILL)

        def is_replaced(gone: int = pid) -> bool:
            now = office.parts()
            return gone not in now and sorted(now.values()) == sorted(first.values())

        until(is_replaced, 5, office.said)
        office.wait_ready(5)
        assert office.head.poll() is None, f"{runs} took the head along"


def test_a_second_serve_on_one_folder_names_the_first_and_leaves_it_alone(office: ServedOffice) -> None:
    before = office.parts()

    second = zhicha("serve", "--data", str(office.data), "--port", "0")

    assert second.returncode == 1
    assert f"already served by process {office.head.pid}" in second.stderr
    assert second.stderr.count("\n") == 1
    assert office.is_ready()
    assert office.parts() == before


def test_a_port_that_is_taken_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused = zhicha("serve", "--data", str(tmp_path / "d"), "--port", port)

    assert refused.returncode == 1
    assert refused.stderr == f"Can't listen on 127.0.0.1 port {port} (Address already in use): choose --port.\n"
    assert not (tmp_path / "d" / "pg").exists()


def test_listening_to_the_world_without_a_public_address_is_refused_with_code_two(tmp_path: Path) -> None:
    refused = zhicha("serve", "--data", str(tmp_path / "d"), "--host", "0.0.0.0")

    assert refused.returncode == 2
    assert "ZHICHA_PUBLIC_URL" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "d").exists()


def test_a_database_url_without_its_keys_is_refused_and_no_key_is_made(tmp_path: Path) -> None:
    urls = {
        "database_url": "postgresql+psycopg://s:x@127.0.0.1:1/z",
        "owner_database_url": "postgresql://o:y@127.0.0.1:1/z",
    }

    refused = zhicha("serve", "--data", str(tmp_path), "--port", "0", keys_dir=str(tmp_path / "keys"), **urls)

    assert refused.returncode == 2
    assert str(tmp_path / "keys" / "token.key") in refused.stderr
    assert not (tmp_path / "keys").exists()


def test_info_and_migrate_work_beside_a_served_office_and_show_no_secret(office: ServedOffice) -> None:
    told = zhicha("info", "--data", str(office.data))
    migrated = zhicha("migrate", "--data", str(office.data))

    assert told.returncode == 0, told.stderr
    assert f"process {office.head.pid}" in told.stdout
    secrets = [path.read_text() for folder in ("keys", "pg-secret") for path in (office.data / folder).iterdir()]
    assert len(secrets) == 7
    assert not [secret for secret in secrets if secret in told.stdout + migrated.stdout + office.said()]
    assert migrated.returncode == 0, migrated.stderr


def test_no_process_outlives_a_killed_head_and_the_next_start_heals_within_ten_seconds(tmp_path: Path) -> None:
    killed = ServedOffice(tmp_path / "data")
    killed.wait_ready(30)
    everybody = killed.everybody()
    assert len(everybody) > 6
    killed.head.kill()
    killed.head.wait()
    again = ServedOffice(tmp_path / "data", port=int(killed.address().rpartition(":")[2]))
    again.wait_ready(10)
    until(lambda: not alive(everybody), 5, killed.said)

    for pid in again.everybody():
        with suppress(ProcessLookupError):  # gone with its head before its turn
            os.kill(pid, signal.SIGKILL)
    again.head.wait()
    last = ServedOffice(tmp_path / "data")
    last.wait_ready(10)
    everybody = last.everybody()
    began = time.monotonic()
    assert last.stop() == 0
    assert time.monotonic() - began < 10
    assert not alive(everybody)


def test_a_start_that_is_stopped_half_way_leaves_nothing_running(tmp_path: Path) -> None:
    served = ServedOffice(tmp_path / "data")
    until(lambda: (tmp_path / "data" / "pg" / "postmaster.pid").exists(), 20, served.said)
    everybody = served.everybody()
    assert served.stop() == 0
    assert not alive(everybody)
    assert "Address" not in served.said()


def test_two_database_urls_serve_the_same_and_start_no_postgresql_of_our_own(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "server") as server:
        make_missing_keys(Settings(data=tmp_path))
        urls = {"database_url": server.service_url, "owner_database_url": server.owner_url}
        served = ServedOffice(tmp_path / "data", settings={"keys_dir": str(tmp_path / "keys"), **urls})
        served.wait_ready(20)

        assert sorted(set(served.parts().values())) == ["cli.api_process", "cli.worker_process"]
        assert not (tmp_path / "data" / "pg").exists()
        assert served.stop() == 0
