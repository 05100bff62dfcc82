"""A COMMIT that fails, or of which nobody knows whether it failed, is never a 2xx; the repeat finds the one truth (F7).

That a deferred constraint makes it fail is in tests/api/test_promise.py; here the session or the line dies.
"""

from collections import Counter
from collections.abc import AsyncIterator
from enum import StrEnum

import httpx
import pytest
from psycopg import sql

from api.app import create_app
from services.settings import Settings
from tests.database import TestDatabase
from tests.makers_photos import image
from tests.makers_reports import finding_body, report_body, shot
from tests.system.faults import Loss, Proxy, backends_die_at_commit
from tests.system.phones import Send, Trip, Way
from tests.world import Clock, Person, World

DEEDS = ("inspection.reported", "finding.registered", "photo.stored")


class Form(StrEnum):
    """How something comes in."""

    REPORT = "report"
    REPORT_WITH_PHOTOS = "report with photos"
    PHOTO = "photo"


class Field:
    """Two inspectors who report visits to one enterprise."""

    def __init__(self, world: World, database: TestDatabase, people: list[Person], enterprise_id: str) -> None:
        self._world, self._database = world, database
        self._people, self._enterprise_id = people, enterprise_id

    def trip(self, form: Form) -> tuple[Trip, Send]:
        """A new report of two photos, and the one call of it that is tried."""
        shots = [shot(), shot()]
        findings = [finding_body(photo_ids=[shots[0].id])]
        body = report_body(self._world, self._enterprise_id, self._people, findings=findings)
        body["photos"] = [taken.declared() for taken in shots]
        trip = Trip(self._people[0], body, shots, Way.INSIDE if form is Form.REPORT_WITH_PHOTOS else Way.AFTER)
        return trip, trip.calls()[1 if form is Form.PHOTO else 0]

    async def stands_once(self, trip: Trip, form: Form) -> None:
        """All that the call brought is there and readable, and happened once."""
        reader = self._people[1] if form is not Form.PHOTO else self._people[0]
        shots = {Form.REPORT: [], Form.REPORT_WITH_PHOTOS: trip.shots, Form.PHOTO: trip.shots[:1]}[form]
        for taken in shots:
            assert (await image(reader, taken.id, "original")).content == taken.data
        wanted = Counter(f"photo.stored {taken.id}" for taken in shots)
        if form is not Form.PHOTO:
            shown = (await reader.get(f"/inspections/{trip.id}")).json()
            assert len(shown["missing_photos"]) == len(trip.shots) - len(shots)
            wanted[f"inspection.reported {trip.id}"] = 1
            wanted[f"finding.registered {trip.body['findings'][0]['id']}"] = 1
        assert self._happened(trip) == wanted

    def _happened(self, trip: Trip) -> Counter[str]:
        ids = [trip.id, *[taken.id for taken in trip.shots], *[one["id"] for one in trip.body["findings"]]]
        events = sql.SQL("SELECT kind || ' ' || subject_id, count(*) FROM event WHERE {} GROUP BY 1")
        of_these = sql.SQL("subject_id = ANY({}::uuid[]) AND kind = ANY({})")
        return Counter(dict(self._database.rows(events.format(of_these.format(ids, list(DEEDS))))))


@pytest.fixture
async def proxy(database: TestDatabase) -> AsyncIterator[Proxy]:
    """Between the service and its database."""
    async with Proxy(database.service_url).open() as opened:
        yield opened


@pytest.fixture
async def field(database: TestDatabase, settings: Settings, clock: Clock, proxy: Proxy) -> AsyncIterator[Field]:
    """An office that knows its database through the proxy alone."""
    database.empty()
    clock.reset()
    app = create_app(settings, proxy.url, now=clock.now)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://office.test") as client,
    ):
        world = World(client, clock, app.state.office)
        people = [await world.inspector(), await world.inspector()]
        yield Field(world, database, people, await world.enterprise())


def is_try_again(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("form", Form)
async def test_whichever_commit_is_lost_on_its_way_nothing_is_acknowledged_and_the_repeat_is_new(
    field: Field, proxy: Proxy, form: Form
) -> None:
    nth = 1
    while True:
        trip, send = field.trip(form)
        proxy.lose(Loss.QUESTION, nth)
        answer = await send()
        if not proxy.broke:
            break
        is_try_again(answer)
        assert (await send()).status_code == 201
        await field.stands_once(trip, form)
        nth += 1
    assert (answer.status_code, nth > 2) == (201, True)  # all commits of a call were lost in turn


@pytest.mark.parametrize("form", Form)
async def test_a_commit_whose_answer_is_lost_is_not_acknowledged_and_the_repeat_finds_what_was_done(
    field: Field, proxy: Proxy, form: Form
) -> None:
    repeats: list[int] = []
    while True:
        trip, send = field.trip(form)
        proxy.lose(Loss.ANSWER, len(repeats) + 1)
        answer = await send()
        if not proxy.broke:
            break
        is_try_again(answer)
        repeats.append((await send()).status_code)
        assert (await send()).status_code == 200
        await field.stands_once(trip, form)
    assert answer.status_code == 201
    assert len(repeats) > 1
    assert repeats == [201] * (len(repeats) - 1) + [200]  # the last one had been done


@pytest.mark.parametrize("form", Form)
async def test_a_session_that_dies_in_its_commit_acknowledges_nothing_and_leaves_nothing(
    field: Field, database: TestDatabase, form: Form
) -> None:
    trip, send = field.trip(form)
    with backends_die_at_commit(database):
        is_try_again(await send())
        is_try_again(await send())
    assert (await send()).status_code == 201
    await field.stands_once(trip, form)
