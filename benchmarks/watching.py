"""What everybody else notices while something goes on: other calls, the office's memory, open transactions."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks.meters import children, resident_mb
from benchmarks.office import BenchedOffice, plain
from benchmarks.phones import Phone
from benchmarks.rows import Connection

OTHER_CALLS = (
    "/api/v1/findings?limit=50",
    "/api/v1/worklist",
    "/api/v1/enterprises?limit=20",
    "/api/v1/statistics?by=grade",
)
BETWEEN_CALLS_S, BETWEEN_LOOKS_S = 0.02, 0.1
CONFINED = "confined/child.py"
OPEN = """
    SELECT count(*), coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float
    FROM pg_stat_activity WHERE application_name = 'zhicha' AND xact_start IS NOT NULL
"""


@dataclass
class Watch:
    """What was seen from outside."""

    before_mb: float
    most_mb: float
    children_mb: float = 0.0
    most_with_children_mb: float = 0.0
    looks: int = 0
    held: int = 0
    held_s: float = 0.0
    times_ms: list[float] = field(default_factory=list)

    @property
    def grown_mb(self) -> float:
        """Of the api processes and the worker together."""
        return self.most_mb - self.before_mb

    @property
    def grown_with_children_mb(self) -> float:
        """And of what they confine: of each child that lives the most that it ever held."""
        return self.most_with_children_mb - self.before_mb

    def p95_ms(self) -> float:
        """Of the other calls."""
        return sorted(self.times_ms)[int(0.95 * len(self.times_ms))]


@contextmanager
def watched(office: BenchedOffice, other: Phone) -> Iterator[Watch]:
    """Look, and make other calls one after the other, until the block ends. Raises what a call raises."""
    held_mb = _held_mb(office)
    watch, over = Watch(held_mb, held_mb), threading.Event()
    failed: list[BaseException] = []

    def until_over(work: Callable[[], None]) -> None:
        try:
            while not over.is_set():
                work()
        except BaseException as error:
            failed.append(error)

    with psycopg.connect(plain(office.urls.service), autocommit=True) as connection:
        works = [lambda: _look(office, connection, watch), lambda: _call(other, watch)]
        threads = [threading.Thread(target=until_over, args=(work,), daemon=True) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield watch
        finally:
            over.set()
            for thread in threads:
                thread.join()
    if failed:
        raise failed[0]


def _held_mb(office: BenchedOffice) -> float:
    return sum(resident_mb(pid) for pid in (*office.apis, office.worker))


def _children_mb(office: BenchedOffice) -> float:
    found = 0.0
    for child in [child for parent in (*office.apis, office.worker) for child in children(parent)]:
        with suppress(OSError):  # it ended meanwhile
            if CONFINED in Path(f"/proc/{child}/cmdline").read_text():  # not before: what was forked holds its parent's
                found += resident_mb(child, "VmHWM")
    return found


def _look(office: BenchedOffice, connection: Connection, watch: Watch) -> None:
    watch.looks += 1
    held_mb, children_mb = _held_mb(office), _children_mb(office)
    watch.most_mb, watch.children_mb = max(watch.most_mb, held_mb), max(watch.children_mb, children_mb)
    watch.most_with_children_mb = max(watch.most_with_children_mb, held_mb + children_mb)
    found = connection.execute(OPEN).fetchone()
    assert found is not None
    watch.held, watch.held_s = max(watch.held, int(str(found[0]))), max(watch.held_s, float(str(found[1])))
    time.sleep(BETWEEN_LOOKS_S)


def _call(phone: Phone, watch: Watch) -> None:
    phone.call("GET", OTHER_CALLS[len(watch.times_ms) % len(OTHER_CALLS)])
    watch.times_ms.append(phone.times_ms[-1])
    time.sleep(BETWEEN_CALLS_S)
