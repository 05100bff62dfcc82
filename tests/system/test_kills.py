"""Nothing acknowledged is lost: the office is killed again and again, whole or in part, while phones send (F1, F18)."""

import asyncio
import hashlib
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from enum import Enum
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from cli.embedded import running_urls
from cli.migrate import plain_url
from tests.makers_photos import image
from tests.makers_reports import Shot
from tests.s3 import in_s3, names_in, s3_service
from tests.system.faults import kill_parts, kill_whole
from tests.system.phones import Phone, Trip, heard_again, phones_of
from tests.system.served import ServedOffice, end, world_of
from tests.world import Person

ROUNDS = int(os.environ.get("KILL_ROUNDS", "10"))
OFFICES = int(os.environ.get("KILL_OFFICES", "1"))
"""That are killed so often each, one in each test process: an office that starts leaves half of two cores idle. Every
second one has its photos in S3."""
SEED = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(10**6))
MOST_ANSWERS_IN_A_LIFE = 16
AT_ONCE = 8
READY_SECONDS = 60


class Victim(Enum):
    """Who is killed."""

    WHOLE = ()
    API_AND_POSTGRESQL = ("cli.api_process", "postgres")
    API = ("cli.api_process",)


class Rounds:
    """An office that lives and is killed in turn, always on the same data and the same port."""

    def __init__(self, data: Path, chance: random.Random, settings: dict[str, str]) -> None:
        self._data, self._chance, self._settings = data, chance, settings
        self._next: list[Victim] = []
        self.office = ServedOffice(data, settings=settings)

    async def first_start(self) -> None:
        """The one that makes the data."""
        await asyncio.to_thread(self.office.wait_ready, READY_SECONDS)

    async def kill_in_work(self, phones: list[Phone]) -> None:
        """At a random moment after some calls were acknowledged; what the head doesn't start again is started here."""
        for _ in range(self._chance.randint(1, MOST_ANSWERS_IN_A_LIFE)):
            await heard_again(phones)
        if self._chance.random() < 0.5:  # else at once: what was told this very moment must be there
            await asyncio.sleep(self._chance.uniform(0, 0.1))
        if self._chance.random() < 0.3:
            await asyncio.to_thread(expire_uploads, self._data)
        self._next = self._next or self._chance.sample(list(Victim), len(Victim))
        victim = self._next.pop()
        if victim is not Victim.WHOLE:
            await asyncio.to_thread(kill_parts, self.office, *victim.value)
            return
        port = int(self.office.address().rpartition(":")[2])
        await asyncio.to_thread(kill_whole, self.office)
        self.office = ServedOffice(self._data, port, self._settings)


@pytest.mark.timeout(300 + 25 * ROUNDS)
@pytest.mark.parametrize("office", range(OFFICES))
async def test_a_killed_office_keeps_every_acknowledged_report_with_its_photos_and_nothing_twice(
    tmp_path: Path, office: int
) -> None:
    seed = SEED + office
    print(f"\n{ROUNDS} kills; again with KILL_ROUNDS={ROUNDS} KILL_SEED={seed}")
    with ExitStack() as services:
        port = services.enter_context(s3_service()) if office % 2 else None
        rounds = Rounds(tmp_path / "data", random.Random(seed), {} if port is None else s3_settings(port))
        services.callback(lambda: end([rounds.office.head]))
        await rounds.first_start()
        async with world_of(rounds.office, None if port is None else in_s3(port, rounds.office.data)) as world:
            phones = await phones_of(world, seed)
            home = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                for phone in phones:
                    tasks.create_task(phone.work(home))
                for _ in range(ROUNDS):
                    await rounds.kill_in_work(phones)
                await heard_again(phones)
                home.set()
            trips = [trip for phone in phones for trip in phone.done]
            unheard = sum(phone.unheard for phone in phones)
            print(f"{len(trips)} reports, {sum(len(t.shots) for t in trips)} photos, {unheard} calls without an answer")
            assert unheard >= ROUNDS
            await each_is_there(phones[0].town.owner, trips)
            await each_is_listed_once(phones[0].town.owner, trips)
            the_rows_are_those_and_no_more(rounds.office.data, trips)
            kept = originals_in(rounds.office.data / "photos") if port is None else originals_in_s3(port, tmp_path)
            files_and_rows_agree(rounds.office.data, kept, trips)


async def each_is_there(reader: Person, trips: list[Trip]) -> None:
    """By HTTP, as anybody would look: the report, its receipt, and the very bytes of its photos."""

    async def look(trip: Trip) -> None:
        shown = await got(reader, f"/inspections/{trip.id}")
        assert (shown["state"], shown["missing_photos"], shown["version"]) == ("accepted", [], 1)
        assert [one["id"] for one in shown["findings"]] == [one["id"] for one in trip.body["findings"]]
        receipt = await got(reader, f"/inspections/{trip.id}/receipt")
        assert receipt["report_sha256"] == trip.sha256
        assert {one["id"]: one["sha256"] for one in receipt["photos"]} == {one.id: one.sha256 for one in trip.shots}

    async def look_at_photo(taken: Shot) -> None:
        shown = await got(reader, f"/photos/{taken.id}")
        where = Counter((use["inspection_id"], use["finding_id"]) for use in shown["uses"])
        named = [trip for trip in trips if taken in trip.shots]
        assert where == Counter((trip.id, trip.findings_of_photos()[taken.id]) for trip in named), "at a wrong record"
        assert (await image(reader, taken.id, "original")).content == taken.data

    await all_of(look, trips)
    await all_of(look_at_photo, {taken.id: taken for trip in trips for taken in trip.shots}.values())


async def each_is_listed_once(reader: Person, trips: list[Trip]) -> None:
    """Lists and statistics count what was sent, each once."""
    findings = [one["id"] for trip in trips for one in trip.body["findings"]]
    assert Counter(await listed(reader, "/inspections")) == Counter(trip.id for trip in trips)
    assert Counter(await listed(reader, "/findings")) == Counter(findings)
    counted = await got(reader, "/statistics")
    assert counted["total"]["findings"] == len(findings)


def the_rows_are_those_and_no_more(data: Path, trips: list[Trip]) -> None:
    """What no list shows is not there twice either: versions, uses of photos, and events, each once a deed."""
    uses = Counter(taken.id for trip in trips for taken in trip.shots)
    photos = Counter(uses.keys())
    reports = Counter(trip.id for trip in trips)
    findings = Counter(one["id"] for trip in trips for one in trip.body["findings"])
    with database(data) as connection:

        def ids(query: LiteralString) -> Counter[str]:
            return Counter(str(row[0]) for row in connection.execute(query))

        assert ids("SELECT inspection_id FROM inspection_version") == reports
        assert ids("SELECT subject_id FROM event WHERE kind = 'inspection.reported'") == reports
        assert ids("SELECT id FROM act WHERE operation = 'submitInspection'") == reports
        assert ids("SELECT subject_id FROM event WHERE kind = 'finding.registered'") == findings
        assert ids("SELECT id FROM photo") == photos
        assert not ids("SELECT photo_id FROM photo_preview"), "a preview outlived the arrival of its photo"
        assert ids("SELECT photo_id FROM photo_use") == uses
        assert ids("SELECT subject_id FROM event WHERE kind = 'photo.stored'") == photos


def files_and_rows_agree(data: Path, files: set[str], trips: list[Trip]) -> None:
    """No row names a missing or another file; a file that no row names is known as an orphan, to be swept."""
    with database(data) as connection:
        named = {str(row[0]) for row in connection.execute("SELECT sha256 FROM photo")}
        orphans = {str(row[0]) for row in connection.execute("SELECT sha256 FROM orphan")}
    assert named == {taken.sha256 for trip in trips for taken in trip.shots}
    assert named <= files
    assert files <= named | orphans


def originals_in(photos: Path) -> set[str]:
    """Each is what its name says, also those that no row names."""
    files = {path.name: path for path in (photos / "originals").rglob("*") if path.is_file()}
    for name, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == name
    return set(files)


def originals_in_s3(port: int, data: Path) -> set[str]:
    return {name.rpartition("/")[2] for name in names_in(in_s3(port, data), "originals")}


def s3_settings(port: int) -> dict[str, str]:
    settings = in_s3(port, Path("/nowhere"))
    assert settings.s3_secret_key is not None
    named = {name: str(getattr(settings, name)) for name in ("store", "s3_endpoint", "s3_key_id")}
    return {**named, "s3_secret_key": settings.s3_secret_key.get_secret_value()}


def expire_uploads(data: Path) -> None:
    """As if their phones had been away for a week."""
    with database(data) as connection:
        connection.execute('UPDATE upload SET expires_at = created_at WHERE "end" IS NULL')


def database(data: Path) -> "psycopg.Connection[tuple[Any, ...]]":
    urls = running_urls(data)
    assert urls is not None
    return psycopg.connect(plain_url(urls.owner))


async def got(reader: Person, path: str) -> dict[str, Any]:
    answer = await reader.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
    return dict(answer.json())


async def listed(reader: Person, path: str) -> list[str]:
    """The ids of all pages."""
    page = await got(reader, f"{path}?limit=100")
    ids = [item["id"] for item in page["items"]]
    while page["next_cursor"] is not None:
        page = await got(reader, f"{path}?limit=100&cursor={page['next_cursor']}")
        ids += [item["id"] for item in page["items"]]
    return ids


async def all_of(look: Callable[[Any], Awaitable[None]], things: Iterable[Any]) -> None:
    """Some at a time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def in_turn(thing: Any) -> None:
        async with turn:
            await look(thing)

    await asyncio.gather(*(in_turn(thing) for thing in things))
