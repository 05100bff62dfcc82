"""What the kernel counted: processor time of process trees, and the most memory that a process held."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

MS_PER_TICK = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Stat:
    """A line of /proc/<pid>/stat as far as we need it."""

    parent: int
    own_ticks: int
    ended_ticks: int


def stat_of(pid: int) -> Stat | None:
    """None for a process that is gone. `ended_ticks` are of children that ended and were waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return None
    return Stat(int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14]))


def children(pid: int) -> list[int]:
    """Of all its threads; those of a process that ends meanwhile are not found."""
    found: list[int] = []
    with suppress(OSError):
        for listing in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in listing.read_text().split()]
    return found


def cpu_ms(root: int) -> float:
    """Milliseconds of processor that a process and all below it have used, those that ended included."""
    return MS_PER_TICK * sum(stat.own_ticks + stat.ended_ticks for stat in _tree(root))


def _tree(root: int) -> Iterator[Stat]:
    asked = [root]
    while asked:
        pid = asked.pop()
        if (stat := stat_of(pid)) is not None:
            yield stat
            asked += children(pid)


def resident_mb(pid: int, field: str = "VmRSS") -> float:
    """Megabytes of memory now; `VmHWM` for the most since `forget_peak`. A process that has ended holds none."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith(field)), 0.0)


def forget_peak(pid: int) -> None:
    """From now on VmHWM counts anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


@dataclass(frozen=True)
class Cost:
    """What so many units cost: milliseconds of processor a unit, and the times of the answers."""

    units: int
    service_ms: float
    postgres_ms: float
    times_ms: list[float]

    @property
    def cpu_ms(self) -> float:
        """Service and PostgreSQL."""
        return self.service_ms + self.postgres_ms

    def percentile_ms(self, share: float) -> float:
        """The time within which this share of the answers came."""
        times = sorted(self.times_ms)
        return times[min(len(times) - 1, int(share * len(times)))]


def yardstick() -> str:
    """How fast this machine is just now: neighbours on its cores make the same work cost several times more."""
    began = time.thread_time()
    added = 0
    for number in range(1_000_000):
        added += number
    added_at = time.thread_time()
    sha256(bytes(10_000_000)).digest()
    hashed_at = time.thread_time()
    added_ms, hashed_ms = (added_at - began) * 1000, (hashed_at - added_at) * 1000
    return f"{added_ms:.0f} ms for 1,000,000 additions, {hashed_ms:.0f} ms for SHA-256 of 10 MB"


class Meter:
    """Reads two trees at once: a service (or its floor), and PostgreSQL with all its backends."""

    def __init__(self, service: int | None, postmaster: int) -> None:
        """Without a process id, what is measured runs in this very thread."""
        self._service, self._postmaster = service, postmaster
        self.start()

    def start(self) -> None:
        """Count from here."""
        self._began = self._read()

    def cost(self, times_ms: list[float]) -> Cost:
        """What was used since, by as many units as there are times."""
        service, postgres = (now - then for now, then in zip(self._read(), self._began, strict=True))
        units = len(times_ms)
        return Cost(units, service / units, postgres / units, times_ms)

    def _read(self) -> tuple[float, float]:
        own = time.thread_time() * 1000 if self._service is None else cpu_ms(self._service)
        return own, cpu_ms(self._postmaster)


@dataclass
class Spent:
    """What repeated work took by the clock, and of processor by this process and PostgreSQL."""

    postmaster: int
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """One repetition more."""
        began, used = time.perf_counter(), self._used()
        yield
        self.seconds.append(time.perf_counter() - began)
        self.cpu_seconds.append(self._used() - used)

    def _used(self) -> float:
        return time.process_time() + cpu_ms(self.postmaster) / 1000
