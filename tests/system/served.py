"""A running `zhicha serve` for the tests that look at it from outside, break it, or send reports to it."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import httpx

from api.app import create_app
from cli.child import ChildPlan, start_child
from cli.embedded import running_urls
from cli.processes import GRACE_SECONDS, stop_all
from services.clock import wall_clock
from services.settings import Settings
from tests.database import TestDatabase
from tests.world import Clock, World

ROOT = Path(__file__).parents[2]
T = TypeVar("T")
HEADS: list[subprocess.Popen[bytes]] = []


def command(*arguments: str, **settings: str) -> list[str]:
    """`zhicha …` in an environment that holds nothing but LC_ALL=C and the given ZHICHA_ settings."""
    clean = ["/usr/bin/env", "-i", "LC_ALL=C", f"PYTHONPATH={ROOT}", "PYTHONDONTWRITEBYTECODE=1"]
    given = [f"ZHICHA_{name.upper()}={value}" for name, value in settings.items()]
    return [*clean, *given, sys.executable, "-P", "-m", "cli.main", *arguments]


class ServedOffice:
    """A running `zhicha serve` and what can be seen of it from outside."""

    def __init__(
        self, data: Path, port: int = 0, settings: dict[str, str] | None = None, through: Sequence[str] = ()
    ) -> None:
        self.data = data
        self.log = data.parent / "serve.out"
        given = {"api_processes": "1", **(settings or {})}
        with self.log.open("ab") as out:
            self.said_before = self.log.stat().st_size
            self.head = subprocess.Popen(
                [*through, *command("serve", "--data", str(data), "--port", str(port), **given)],
                stdout=out,
                stderr=out,
                cwd="/",
            )
        HEADS.append(self.head)

    def said(self) -> str:
        """All that it and its parts printed."""
        return self.log.read_bytes()[self.said_before :].decode()

    def address(self) -> str:
        """Where it listens, once it says so."""

        def printed() -> str | None:
            found = re.search(r"Address: (http://\S+)/\n", self.said())
            return found and found[1]

        return until(printed, 30, self.said)

    def is_ready(self) -> bool:
        """Whether /readyz says so."""
        try:
            return httpx.get(f"{self.address()}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_ready(self, seconds: float) -> None:
        """Fails with what it printed when it takes longer."""
        until(self.is_ready, seconds, self.said)

    def parts(self) -> dict[int, str]:
        """Children of the head by pid, with what each runs."""
        children = Path(f"/proc/{self.head.pid}/task/{self.head.pid}/children").read_text().split()
        return {int(pid): ran for pid in children if (ran := what_runs(int(pid)))}

    def part(self, runs: str) -> int:
        """The pid of the one child that runs this, such as `cli.api_process` or `postgres`."""
        return until(
            lambda: next((pid for pid, ran in self.parts().items() if ran.rpartition("/")[2] == runs), None),
            10,
            self.said,
        )

    def everybody(self) -> set[int]:
        """The head, its children and theirs."""
        return with_children({self.head.pid})

    def stop(self) -> int:
        """As Ctrl-C does; the exit code."""
        self.head.terminate()
        return self.head.wait(15)


def with_children(pids: set[int]) -> set[int]:
    """These processes, their children and theirs."""
    found, asked = set(pids), list(pids)
    while asked:
        pid = asked.pop()
        with suppress(OSError):
            below = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
            found |= set(below)
            asked += below
    return found


def what_runs(pid: int) -> str:
    """The module or program of a process, empty for one that is gone."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return ""
    return next((word for word in words if word.startswith("cli.") or word.endswith("/postgres")), "")


def until(look: Callable[[], T | None], seconds: float, story: Callable[[], str]) -> T:
    """The first true answer of `look`; fails with `story` when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < deadline, story()
        time.sleep(0.05)
    return answer


def alive(pids: set[int]) -> set[int]:
    """Those that still run something of ours."""
    return {pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists() and what_runs(pid)}


def end(heads: Sequence[subprocess.Popen[bytes]]) -> None:
    """Kill what a test that failed left running."""
    for head in heads:
        if head.poll() is None:
            head.kill()
            head.wait()


@contextmanager
def serving(data: Path, settings: dict[str, str] | None = None, through: Sequence[str] = ()) -> Iterator[ServedOffice]:
    """An office that is ready, and stopped at the end."""
    served = ServedOffice(data, settings=settings, through=through)
    try:
        served.wait_ready(60)
        yield served
        assert served.stop() == 0
    finally:
        end([served.head])


class WallClock(Clock):
    """The time of an office in processes of its own, which no test can move."""

    def now(self) -> datetime:
        """As the office sees it."""
        return wall_clock()


@dataclass(frozen=True)
class ApiAlone:
    """One real api process and where it listens."""

    pid: int
    address: str


@contextmanager
def api_alone(settings: Settings, database: TestDatabase) -> Iterator[ApiAlone]:
    """An api process as `zhicha serve` starts it, on the tests' database: what the kernel can be asked about."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        plan = ChildPlan(str(settings.data), host, port, database.service_url, listener.fileno())
        process = start_child("cli.api_process", plan)
        try:
            yield ApiAlone(process.pid, f"http://{host}:{port}")
        finally:
            stop_all([process], GRACE_SECONDS)


@asynccontextmanager
async def world_at(address: str, settings: Settings, database_url: str) -> AsyncIterator[World]:
    """The makers of test worlds for an office in processes of its own: accounts by its database, all else by HTTP."""
    app = create_app(settings, database_url)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(base_url=address, timeout=20, trust_env=False) as client,
    ):
        yield World(client, WallClock(), app.state.office)


@asynccontextmanager
async def world_of(served: ServedOffice, settings: Settings | None = None) -> AsyncIterator[World]:
    """The same for a served office."""
    urls = running_urls(served.data)
    assert urls is not None
    async with world_at(served.address(), settings or Settings(data=served.data), urls.service) as world:
        yield world
