"""The floor app as a process of its own, beside the office and on the same disk and database."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.floor_app import FloorPlan
from benchmarks.office import BenchedOffice, answers, plain, wait_for
from benchmarks.phones import PHONES, Phone
from cli.child import ROOT
from cli.lifeline import Identity, launch_command

PROBE = "empty"


@dataclass(frozen=True)
class ServedFloor:
    """Where the floor answers, and from which folder."""

    pid: int
    address: str
    folder: Path

    def phones(self) -> list[Phone]:
        """As many as the office gets."""
        return [Phone(self.address) for _ in range(PHONES)]


@contextmanager
def served_floor(office: BenchedOffice, since: int, until: int) -> Iterator[ServedFloor]:
    """Its rows are those that the office wrote between the two moments."""
    folder = office.settings.data / "floor"
    folder.mkdir(exist_ok=True)
    (folder / PROBE).touch()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    plan = FloorPlan(plain(office.urls.service), str(folder), port, since, until)
    floor = subprocess.Popen(
        launch_command(
            [sys.executable, "-P", "-m", "benchmarks.floor_app"], identity=Identity.SAME, parent_death=signal.SIGTERM
        ),
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    try:
        assert floor.stdin is not None
        floor.stdin.write(json.dumps(asdict(plan)).encode() + b"\n")
        floor.stdin.close()
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: address if answers(address, f"/{PROBE}") else None, "the floor")
        yield ServedFloor(floor.pid, address, folder)
    finally:
        floor.terminate()
        floor.wait()
