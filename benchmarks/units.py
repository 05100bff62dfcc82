"""What is measured: each unit of an office's work, and its floor."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import psycopg

from benchmarks.floors import served_floor
from benchmarks.meters import Cost, Meter, forget_peak, resident_mb
from benchmarks.office import BenchedOffice, plain
from benchmarks.phones import Phone, closed_loop
from benchmarks.reports import Sender
from benchmarks.rows import moment
from benchmarks.shots import exposure
from benchmarks.table import Grown, Measured

SMALL_PHOTO, LARGE_PHOTO = (1440, 1080, 200_000), (4000, 3000, 3_000_000)
REPORTS = "/api/v1/inspections"
MEMORY_AIM_MB = 60.0


@dataclass
class Bench:
    """One office under measure; each unit is measured for so many seconds, and its floor for as many again."""

    office: BenchedOffice
    seconds: float
    grown: list[Grown] = field(default_factory=list)

    @cached_property
    def phones(self) -> list[Phone]:
        """Of four inspectors."""
        return self.office.phones()

    def product(self, unit: Callable[[Phone], object], phones: list[Phone]) -> Cost:
        """Against the office."""
        return closed_loop(phones, unit, Meter(self.office.api, self.office.postmaster), self.seconds)

    def sender(self, photo: tuple[int, int, int]) -> Sender:
        """Reports with three such photos each."""
        inspectors = [str(phone.get("/api/v1/me")["id"]) for phone in self.phones[:2]]
        seen = self.phones[0].get("/api/v1/enterprises?limit=200&status=active")["items"]
        return Sender(REPORTS, exposure(*photo), inspectors, [one["id"] for one in seen])


def light(bench: Bench) -> Measured:
    """A report with 3 findings and 3 photos of 200 kB."""
    return _report(bench, "light", SMALL_PHOTO, aim_ms=8)


def heavy(bench: Bench) -> Measured:
    """The same with 3 photos of 3 MB; how far the api process grows meanwhile."""
    forget_peak(bench.office.api)
    before = resident_mb(bench.office.api)
    measured = _report(bench, "heavy", LARGE_PHOTO, aim_ms=35)
    bench.grown.append(Grown("api", before, resident_mb(bench.office.api, "VmHWM"), MEMORY_AIM_MB))
    return measured


def _report(bench: Bench, name: str, photo: tuple[int, int, int], aim_ms: float) -> Measured:
    send = bench.sender(photo)
    with psycopg.connect(plain(bench.office.urls.service), autocommit=True) as connection:
        since = moment(connection)
        send(bench.phones[0])
        until = moment(connection)
    product = bench.product(send, bench.phones)
    with served_floor(bench.office, since, until) as floor:
        cost = closed_loop(floor.phones(), send, Meter(floor.pid, bench.office.postmaster), bench.seconds)
    return Measured(name, product, cost, aim_ms)


UNITS: dict[str, Callable[[Bench], Measured]] = {"light": light, "heavy": heavy}
