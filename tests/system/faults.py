"""The one place that provokes faults: dead processes, lost answers, full disks, and a look at the kernel's calls."""

import asyncio
import os
import resource
import shutil
import signal
import subprocess
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.migrate import plain_url
from services.photos.disk import Disk
from services.photos.local_store import LocalStore
from tests.database import TestDatabase
from tests.photo_disk import WatchedDisk
from tests.system.served import ServedOffice, alive, until, with_children
from tests.world import World


def kill_whole(office: ServedOffice) -> None:
    """SIGKILL to all processes of an office at one moment, PostgreSQL and its backends too, as when power goes."""
    _kill({office.head.pid}, office)
    office.head.wait()


def kill_parts(office: ServedOffice, *runs: str) -> None:
    """SIGKILL at one moment to the parts that run these, with their children; the head lives and starts them again."""
    _kill({office.part(one) for one in runs}, office)


def _kill(roots: set[int], office: ServedOffice) -> None:
    frozen: set[int] = set()
    while fresh := with_children(roots) - frozen:  # stopped first: else those who die last see the others die
        _signal(fresh, signal.SIGSTOP)
        frozen |= fresh
    _signal(frozen, signal.SIGKILL)
    until(lambda: not alive(frozen), 5, office.said)


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


DIES_AT_COMMIT = """
    CREATE FUNCTION die_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER dies_at_commit AFTER INSERT ON event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die_at_commit();
"""
LIVES = "DROP TRIGGER IF EXISTS dies_at_commit ON event; DROP FUNCTION IF EXISTS die_at_commit();"


@contextmanager
def backends_die_at_commit(database: TestDatabase) -> Iterator[None]:
    """PostgreSQL ends the session of whoever commits a change, in the middle of the COMMIT."""
    with psycopg.connect(plain_url(database.admin_url), autocommit=True) as admin:
        admin.execute(DIES_AT_COMMIT)
        try:
            yield
        finally:
            admin.execute(LIVES)


class Loss(Enum):
    """What gets lost of a COMMIT before the line breaks."""

    QUESTION = auto()
    ANSWER = auto()


class Proxy:
    """Stands between the service and PostgreSQL, and breaks the line at the COMMIT it is told to."""

    def __init__(self, url: str) -> None:
        """`url` is the database's; `self.url` leads there through the proxy."""
        self._there = make_url(url)
        self.url = ""
        self.broke = False
        self._loss: Loss | None = None
        self._commits_until_loss = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Proxy"]:
        """Listening as long as the context lasts."""
        server = await asyncio.start_server(self._line, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        bare = {"sslmode": "disable", "gssencmode": "disable"}
        here = self._there.set(host="127.0.0.1", port=port).update_query_dict(bare)
        self.url = here.render_as_string(hide_password=False)
        try:
            yield self
        finally:
            server.close()

    def lose(self, loss: Loss, nth: int) -> None:
        """Break the line at the n-th COMMIT from now, once."""
        self._loss, self._commits_until_loss, self.broke = loss, nth, False

    async def _line(self, phone: StreamReader, to_phone: StreamWriter) -> None:
        server, to_server = await asyncio.open_connection(self._there.host, self._there.port or 5432)
        cut = asyncio.Event()
        ways = [
            asyncio.create_task(self._questions(phone, to_server, cut)),
            asyncio.create_task(self._answers(server, to_phone, cut)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for end in (to_phone, to_server):
            end.transport.abort()
        await asyncio.gather(*ways, return_exceptions=True)

    async def _questions(self, phone: StreamReader, to_server: StreamWriter, cut: asyncio.Event) -> None:
        while data := await phone.read(65_536):
            lost = self._lost_now() if b"COMMIT\0" in data else None
            if lost is Loss.QUESTION:
                return
            if lost is Loss.ANSWER:
                cut.set()
            to_server.write(data)
            await to_server.drain()

    async def _answers(self, server: StreamReader, to_phone: StreamWriter, cut: asyncio.Event) -> None:
        while data := await server.read(65_536):
            if cut.is_set() and b"COMMIT\0" in data:
                return
            to_phone.write(data)
            await to_phone.drain()

    def _lost_now(self) -> Loss | None:
        if self._loss is None:
            return None
        self._commits_until_loss -= 1
        if self._commits_until_loss > 0:
            return None
        loss, self._loss, self.broke = self._loss, None, True
        return loss


class FailingDisk(WatchedDisk):
    """Fails one call once, whichever it is: the n-th from now."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = False
        self._calls_until_failure = 0
        self._number = 0

    def fail(self, nth: int, number: int) -> None:
        """With this errno."""
        self._calls_until_failure, self._number, self.failed = nth, number, False

    def _step(self, call: str, what: str) -> None:
        super()._step(call, what)
        self._calls_until_failure -= 1
        if self._calls_until_failure == 0:
            self.failed = True
            raise OSError(self._number, os.strerror(self._number))


class DiskFailingAnywhere(FailingDisk):
    """Counts also the calls by which files are made, found, locked, read and closed."""

    def create(self, path: Path) -> int:
        self._step("create", path.name[-5:])
        return super().create(path)

    def open_folder(self, path: Path) -> int:
        self._step("open_folder", path.name)
        return super().open_folder(path)

    def lock(self, fd: int) -> None:
        self._step("lock", self.names_of[fd])
        super().lock(fd)

    def size(self, path: Path) -> int | None:
        self._step("size", path.name[-5:])
        return super().size(path)

    def open(self, path: Path) -> int:
        self._step("open", path.name[-5:])
        return super().open(path)

    def read(self, fd: int, length: int, offset: int) -> bytes:
        self._step("read", str(offset))
        return super().read(fd, length, offset)

    def close(self, fd: int) -> None:
        super().close(fd)  # a close that fails has closed all the same
        self._step("close", self.names_of.get(fd, "file"))


@contextmanager
def disk_under(world: World, disk: Disk) -> Iterator[None]:
    """The photo store of an office in this process stands on another disk meanwhile."""
    store = world.office.store
    assert isinstance(store, LocalStore)
    kept, store._disk = store._disk, disk
    try:
        yield
    finally:
        store._disk = kept


@contextmanager
def file_size_limit(pid: int, most: int) -> Iterator[None]:
    """No file of a running process may grow over this: a write is cut short there, and the next one fails (EFBIG)."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@dataclass(frozen=True)
class TinyDisk:
    """A file system of few bytes for one office alone, with a filler on it that can be taken away."""

    folder: Path
    size: int
    filler: int

    def through(self) -> list[str]:
        """What to start the office through; skips where no namespace, or nothing in it, may be made."""
        self.folder.mkdir()
        space = ["unshare", "--map-root-user", "--mount"]
        attempt = [*space, "mount", "-t", "tmpfs", "tmpfs", str(self.folder)]
        if shutil.which("unshare") is None or subprocess.run(attempt, capture_output=True).returncode != 0:
            pytest.skip("no file system may be mounted here in a namespace of its own")
        mounts = 'mount -t tmpfs -o size="$1",mode=700 tmpfs "$2" && head -c "$3" /dev/zero > "$2/filler"'
        sizes = [str(self.size), str(self.folder), str(self.filler)]
        return [*space, "sh", "-c", f'{mounts} && shift 3 && exec "$@"', "sh", *sizes]

    def seen_by(self, pid: int) -> Path:
        """The folder as that process has it."""
        return Path(f"/proc/{pid}/root{self.folder}")

    def make_room(self, pid: int) -> None:
        """Take the filler away."""
        (self.seen_by(pid) / "filler").unlink()


@contextmanager
def strace(pid: int, log: Path, *options: str) -> Iterator[None]:
    """Follow all threads of a running process, and with `inject=` break their calls; skips where that is forbidden."""
    program = shutil.which("strace")
    if program is None:
        pytest.skip("strace is not installed here")
    command = [program, "-f", "-y", "-s", "100", "-o", str(log), *options, "-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    try:
        said = tracer.stderr.readline()
        if "attached" not in said:
            pytest.skip(f"strace may not run here: {said.strip()}")
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate()


@dataclass(frozen=True)
class SystemCall:
    """One call as strace saw it; `began` and `ended` are lines of the log."""

    name: str
    text: str
    began: int
    ended: int


def calls_in(log: Path) -> list[SystemCall]:
    """All calls that ended, in the order in which they began; one that was interrupted by other threads is one."""
    calls: list[SystemCall] = []
    open_calls: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(log.read_text(encoding="utf-8", errors="replace").splitlines()):
        thread, _, text = line.partition(" ")
        text, began = text.strip(), number
        if text.endswith("<unfinished ...>"):
            open_calls[thread] = text.removesuffix("<unfinished ...>"), number
            continue
        if text.startswith("<... ") and thread in open_calls:
            start, began = open_calls.pop(thread)
            text = start + text.partition("resumed>")[2]
        calls.append(SystemCall(text.partition("(")[0], text, began, number))
    return sorted(calls, key=lambda call: call.began)


@contextmanager
def admin_of(database: TestDatabase) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A superuser's session, in which nothing is committed by itself."""
    with psycopg.connect(plain_url(database.admin_url)) as admin:
        yield admin


def end_sessions(database: TestDatabase, *, waiting_for_a_lock: bool = False) -> int:
    """PostgreSQL ends the service's sessions, all or those that wait for a lock; how many."""
    which = "AND wait_event_type = 'Lock'" if waiting_for_a_lock else ""
    ends = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
    with psycopg.connect(plain_url(database.admin_url), autocommit=True) as admin:
        return len(admin.execute(f"{ends} AND application_name = 'zhicha' {which}").fetchall())


class EndedSession:
    """PostgreSQL ends the session that is about to run its nth statement; `fell` says whether there was one."""

    def __init__(self, database: TestDatabase) -> None:
        self._database = database
        self._left = 0
        self.fell = False

    def before(self, nth: int) -> None:
        """The nth statement from now, counted from 1."""
        self._left, self.fell = nth, False

    @contextmanager
    def under(self, engine: AsyncEngine) -> Iterator["EndedSession"]:
        """While it is open, statements of this engine are counted."""
        sqlalchemy.event.listen(engine.sync_engine, "before_cursor_execute", self._count)
        try:
            yield self
        finally:
            sqlalchemy.event.remove(engine.sync_engine, "before_cursor_execute", self._count)

    def _count(self, connection: sqlalchemy.Connection, *_statement: object) -> None:
        self._left -= 1
        if self._left == 0:
            driver = connection.connection.driver_connection
            assert driver is not None
            with psycopg.connect(plain_url(self._database.admin_url), autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", (driver.info.backend_pid,))
            self.fell = True
