"""The office that is measured: `zhicha serve` on a fresh folder, and the demo town in it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg

from benchmarks.meters import children, stat_of
from benchmarks.phones import PHONES, Phone, Refused
from cli.child import ROOT
from cli.demo.fill import Order, fill
from cli.demo.town import Size
from cli.lifeline import Identity, launch_command
from cli.office import database_of
from services.clock import wall_clock
from services.rules.clocks import local_date
from services.settings import DatabaseUrls, Settings, load_settings

FOLDER = os.environ.get("BENCH_FOLDER", "/var/tmp")
"""On a real disk: where fsync costs nothing, the figures say nothing."""

TOWN = Size(villages=20, enterprises=120, visits=1)
PASSWORD = "ceshi-mima-2026-bench"
START_SECONDS = 60.0


@dataclass(frozen=True)
class BenchedOffice:
    """A served office, and how its parts are found from outside."""

    settings: Settings
    address: str
    head: int
    urls: DatabaseUrls

    @cached_property
    def apis(self) -> list[int]:
        """The api processes."""
        return self._children("cli.api_process")

    @property
    def api(self) -> int:
        """The one api process."""
        [api] = self.apis
        return api

    @cached_property
    def worker(self) -> int:
        """The worker."""
        [worker] = self._children("cli.worker_process")
        return worker

    @cached_property
    def postmaster(self) -> int:
        """The parent of our backend; PostgreSQL must run on this machine to be measured."""
        with psycopg.connect(plain(self.urls.service)) as connection:
            backend = stat_of(connection.info.backend_pid)
        if backend is None:
            raise SystemExit("PostgreSQL does not run on this machine: its processor time cannot be read.")
        return backend.parent

    @contextmanager
    def worker_at_rest(self) -> Iterator[None]:
        """What the worker does later is no part of an answer, and is measured by itself."""
        os.kill(self.worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.worker, signal.SIGCONT)

    def phones(self, role: str = "inspector") -> list[Phone]:
        """As many as are used at once, each signed in."""
        found = [Phone(self.address) for _ in range(PHONES)]
        for number, phone in enumerate(found, start=1):
            phone.sign_in(f"demo-{role}{number if role == 'inspector' else 1}", PASSWORD, f"bench-{role}-{number}")
        return found

    def _children(self, module: str) -> list[int]:
        found = [pid for pid in children(self.head) if module in Path(f"/proc/{pid}/cmdline").read_text().split("\0")]
        if not found:
            raise SystemExit(f"{module} does not run.")
        return found


def plain(url: str) -> str:
    """For psycopg itself."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


@contextmanager
def benched_office(api_processes: int = 1) -> Iterator[BenchedOffice]:
    """Served and filled with the town; gone afterwards. With ZHICHA_DATABASE_URL the database is the given one."""
    with tempfile.TemporaryDirectory(prefix="zhicha-bench-", dir=FOLDER) as kept:
        settings = load_settings(data=Path(kept) / "data")
        with (
            _served(settings, Path(kept) / "serve.log", api_processes) as (head, address),
            database_of(settings) as urls,
        ):
            order = Order(1, local_date(wall_clock()), TOWN)
            asyncio.run(fill(settings, urls.service, order, PASSWORD, lambda _done, _steps: None))
            yield BenchedOffice(settings, address, head, urls)


@contextmanager
def _served(settings: Settings, log: Path, api_processes: int) -> Iterator[tuple[int, str]]:
    command = [sys.executable, "-P", "-m", "cli.main", "serve", "--data", str(settings.data), "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ZHICHA_API_PROCESSES": str(api_processes)}
    with log.open("wb") as out:
        office = subprocess.Popen(
            launch_command(command, identity=Identity.SAME, parent_death=signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=environment,
            start_new_session=True,
        )
    try:
        yield office.pid, wait_for(lambda: _address(office, log), "the office")
    finally:
        office.terminate()
        office.wait()


def _address(office: "subprocess.Popen[bytes]", log: Path) -> str | None:
    said = log.read_text("utf-8", "replace")
    if office.poll() is not None:
        raise SystemExit(f"zhicha serve ended: {said}")
    found = re.search(r"Address: (http://\S+)/\n", said)
    return found[1] if found and answers(found[1], "/readyz") else None


def answers(address: str, path: str) -> bool:
    """Whether somebody says 2xx there."""
    with suppress(OSError, Refused):
        Phone(address).call("GET", path)
        return True
    return False


def wait_for(look: "Callable[[], str | None]", whom: str) -> str:
    """The first answer of `look`."""
    deadline = time.monotonic() + START_SECONDS
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise SystemExit(f"{whom} did not start within {START_SECONDS:.0f} s.")
        time.sleep(0.05)
    return found
