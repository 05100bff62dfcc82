"""What is measured: each unit of an office's work, and its floor."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from uuid import uuid4

import psycopg

from benchmarks.answers import INSPECTIONS, fill_answers
from benchmarks.floors import served_floor
from benchmarks.looks import Looks, by_pillow
from benchmarks.meters import Cost, Meter, forget_peak, resident_mb
from benchmarks.office import PASSWORD, BenchedOffice, plain
from benchmarks.phones import Phone, Refused, Unit, alone, closed_loop
from benchmarks.pieces import by_tus, to_the_sink
from benchmarks.questions import AS_JOB, asked_again, statements_of
from benchmarks.reports import Sender
from benchmarks.rows import Connection, moment
from benchmarks.shots import exposure
from benchmarks.table import Grown, Measured
from benchmarks.years import FINDINGS, fill_years, findings
from services.auth.hashing import HASHER
from services.clock import wall_clock
from services.database import JOBS_SCHEMA
from services.photos.kinds import Derivative

SMALL_PHOTO, LARGE_PHOTO = (1440, 1080, 200_000), (4000, 3000, 3_000_000)
REPORTS = "/api/v1/inspections"
MEMORY_AIM_MB = 60.0
BY = "by=grade&by=state"
PICTURED_REPORTS = 12
JOBS = f"{JOBS_SCHEMA}.procrastinate_jobs"
WAITING = f"FROM {JOBS} WHERE status = 'todo' AND task_name = 'make_pictures'"
FORGET = f"UPDATE {JOBS} SET status = 'cancelled', queueing_lock = NULL WHERE id IN (SELECT id {WAITING})"


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

    @cached_property
    def small(self) -> Sender:
        """Sends reports with small photos."""
        return self._sender(SMALL_PHOTO)

    @cached_property
    def large(self) -> Sender:
        """Sends reports with large photos."""
        return self._sender(LARGE_PHOTO)

    @cached_property
    def looks(self) -> Looks:
        """Large photos that are stored."""
        return Looks(self.office, self.phones, self.large)

    def prepare(self) -> None:
        """Years of findings, that lists and statistics have something to look through, and reports their indexes."""
        self.small(self.phones[0])
        cells = fill_years(plain(self.office.urls.owner), wall_clock().isoformat())
        print(f"{FINDINGS} findings, {cells} cells of statistics, {self.seconds:g} s a unit and as much for its floor")

    def product(self, unit: Unit) -> Cost:
        """Against the office."""
        return closed_loop(self.phones, unit, Meter(self.office.api, self.office.postmaster), self.seconds)

    def floor(self, unit: Callable[[], object]) -> Cost:
        """Alone, in this process."""
        return alone(unit, Meter(None, self.office.postmaster), self.seconds)

    def database(self, url: str | None = None) -> Connection:
        """As the service's role, or as another."""
        return psycopg.connect(url or plain(self.office.urls.service), autocommit=True, options=AS_JOB)

    def _sender(self, photo: tuple[int, int, int]) -> Sender:
        inspectors = [str(phone.get("/api/v1/me")["id"]) for phone in self.phones[:2]]
        seen = self.phones[0].get("/api/v1/enterprises?limit=200&status=active")["items"]
        return Sender(REPORTS, exposure(*photo), inspectors, [one["id"] for one in seen])


def light(bench: Bench) -> Measured:
    """A report with 3 findings and 3 photos of 200 kB."""
    return _report(bench, "light", bench.small, aim_ms=8)


def heavy(bench: Bench) -> Measured:
    """The same with 3 photos of 3 MB; how far the api process grows meanwhile."""
    forget_peak(bench.office.api)
    before = resident_mb(bench.office.api)
    measured = _report(bench, "heavy", bench.large, aim_ms=35)
    bench.grown.append(Grown("api", before, resident_mb(bench.office.api, "VmHWM"), MEMORY_AIM_MB))
    return measured


def _report(bench: Bench, name: str, send: Sender, aim_ms: float) -> Measured:
    with bench.database() as connection:
        since = moment(connection)
        send(bench.phones[0])
        until = moment(connection)
    product = bench.product(send)
    with served_floor(bench.office, since, until) as floor:
        cost = closed_loop(floor.phones(), send, Meter(floor.pid, bench.office.postmaster), bench.seconds)
    return Measured(name, product, cost, aim_ms)


def tus(bench: Bench) -> Measured:
    """A photo of 3 MB by tus, in pieces of 512 kB; the floor hashes and fsyncs the same pieces (aim 2.5 times)."""
    photo = exposure(*LARGE_PHOTO)
    product = bench.product(lambda phone: by_tus(phone, photo))
    with bench.database() as connection:
        now = moment(connection)
    with served_floor(bench.office, now, now) as floor:
        meter = Meter(floor.pid, bench.office.postmaster)
        cost = closed_loop(floor.phones(), lambda phone: to_the_sink(phone, photo), meter, bench.seconds)
    return Measured("tus", product, cost, None)


def pictures(bench: Bench) -> Measured:
    """What the worker does later for each photo of 3 MB: a thumb and a screen picture."""
    with bench.database(plain(bench.office.urls.owner)) as connection:
        connection.execute(FORGET)  # what the units before left waiting is of other sizes
        for _ in range(PICTURED_REPORTS):
            bench.large(bench.phones[0])
        worker, jobs = bench.office.worker, _waiting(connection)
        forget_peak(worker)
        before, began = resident_mb(worker), time.perf_counter()
        meter = Meter(worker, bench.office.postmaster)
        os.kill(worker, signal.SIGCONT)
        while (left := _waiting(connection)) and time.perf_counter() - began < bench.seconds:
            time.sleep(0.1)
        os.kill(worker, signal.SIGSTOP)
        done = max(1, jobs - left)
    product = meter.cost([(time.perf_counter() - began) * 1000 / done] * done)
    bench.grown.append(Grown("worker", before, resident_mb(worker, "VmHWM"), MEMORY_AIM_MB))
    both = [Derivative.SCREEN, Derivative.THUMB]
    return Measured("pictures", product, bench.floor(lambda: by_pillow(bench.looks.one.original, both)), None)


def _waiting(connection: Connection) -> int:
    found = connection.execute(f"SELECT count(*) {WAITING}").fetchone()
    assert found is not None
    return int(str(found[0]))


def listed(bench: Bench) -> Measured:
    """50 findings of a village by deadline."""
    phone = bench.phones[0]
    village = phone.get("/api/v1/findings?limit=1")["items"][0]["region"]
    return _question(bench, "list", f"/api/v1/findings?region={village}&limit=50", aim_ms=3)


def statistics(bench: Bench) -> Measured:
    """The whole town by grade and state, all years."""
    with bench.database() as connection:
        counted = bench.phones[0].get(f"/api/v1/statistics?{BY}")["total"]["findings"]
        assert counted == findings(connection), "the rollup and the findings differ"
    return _question(bench, "statistics", f"/api/v1/statistics?{BY}", aim_ms=3)


def fitting(bench: Bench) -> Measured:
    """The checklist that fits one enterprise, where 100,000 inspections were answered."""
    filled = fill_answers(plain(bench.office.urls.owner), wall_clock().isoformat())
    print(f"{INSPECTIONS} inspections with {filled.answers} answers in {filled.cells} cells of tallies")
    enterprise = bench.phones[0].get("/api/v1/enterprises?limit=1&industry=MECH")["items"][0]["id"]
    return _question(bench, "fitting", f"/api/v1/enterprises/{enterprise}/fitting-checklist", aim_ms=None)


def _question(bench: Bench, name: str, path: str, aim_ms: float | None) -> Measured:
    product = bench.product(lambda phone: phone.call("GET", path))
    asked = asked_again(bench.office, statements_of(bench.office, bench.phones[0], path))
    return Measured(name, product, bench.floor(asked), aim_ms)


def unseen(bench: Bench) -> Measured:
    """A finding out of a village's sight beside one that does not exist: neither time nor work may tell them apart."""
    villagers = bench.office.phones("village")
    own = str(villagers[0].get("/api/v1/me")["region"])
    listed = bench.phones[0].get("/api/v1/findings?limit=200")["items"]
    foreign = next(str(one["id"]) for one in listed if one["region"] != own)

    def asked(record_id: str) -> Cost:
        meter = Meter(bench.office.api, bench.office.postmaster)
        return closed_loop(
            villagers, lambda phone: _refused(phone, f"/api/v1/findings/{record_id}"), meter, bench.seconds
        )

    return Measured("unseen", asked(foreign), asked(str(uuid4())), None)


def _refused(phone: Phone, path: str) -> None:
    with suppress(Refused):
        phone.call("GET", path)
        raise SystemExit(f"{path} was shown to who must not see it.")


def thumb_cold(bench: Bench) -> Measured:
    """The thumb of a photo of 3 MB at its first look."""
    looks = bench.looks
    return Measured(
        "thumb-cold",
        bench.product(looks.cold),
        bench.floor(lambda: by_pillow(looks.one.original, [Derivative.THUMB])),
        40,
    )


def thumb_warm(bench: Bench) -> Measured:
    """The thumb at every later look."""
    looks = bench.looks
    looks.warm(bench.phones[0])
    product = bench.product(looks.warm)
    with bench.database() as connection:
        now = moment(connection)
    with served_floor(bench.office, now, now) as floor:
        name = looks.one.thumb.name
        (floor.folder / name).write_bytes(looks.one.thumb.read_bytes())
        meter = Meter(floor.pid, bench.office.postmaster)
        cost = closed_loop(floor.phones(), lambda phone: phone.call("GET", f"/{name}"), meter, bench.seconds)
    return Measured("thumb-warm", product, cost, 1.5)


def sign_in(bench: Bench) -> Measured:
    """Password for token on a device that the office knows; most of it is argon2."""
    names = {id(phone): f"demo-inspector{number}" for number, phone in enumerate(bench.phones, start=1)}
    product = bench.product(lambda phone: phone.sign_in(names[id(phone)], PASSWORD, f"bench-{names[id(phone)]}"))
    kept = HASHER.hash(PASSWORD)
    return Measured("sign-in", product, bench.floor(lambda: HASHER.verify(PASSWORD, kept)), None)


UNITS: dict[str, Callable[[Bench], Measured]] = {
    "light": light,
    "heavy": heavy,
    "tus": tus,
    "pictures": pictures,
    "list": listed,
    "statistics": statistics,
    "unseen": unseen,
    "thumb-cold": thumb_cold,
    "thumb-warm": thumb_warm,
    "sign-in": sign_in,
    "fitting": fitting,
}
