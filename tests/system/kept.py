"""What the office kept of one call: all of it once, or nothing at all."""

import asyncio
from collections import Counter

import httpx
from psycopg import sql

from tests.database import TestDatabase
from tests.makers_photos import image
from tests.system.phones import Form, Send, Town, Trip

DEEDS = ("inspection.reported", "finding.registered", "photo.stored")


def is_try_again(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0


async def repeated(send: Send) -> httpx.Response:
    """The same call again; for a moment the session that died may still hold the id (423)."""
    async with asyncio.timeout(10):
        while (answer := await send()).status_code == 423:
            assert answer.headers["retry-after"]
    return answer


async def stands_once(town: Town, database: TestDatabase, trip: Trip, form: Form) -> None:
    """All that the call brought is there and readable, and happened once."""
    shots = form.brought(trip)
    for taken in shots:
        assert (await image(town.owner, taken.id, "original")).content == taken.data
    wanted = Counter(f"photo.stored {taken.id}" for taken in shots)
    if form is not Form.PHOTO:
        shown = (await town.owner.get(f"/inspections/{trip.id}")).json()
        assert len(shown["missing_photos"]) == len(trip.shots) - len(shots)
        wanted[f"inspection.reported {trip.id}"] = 1
        wanted[f"finding.registered {trip.body['findings'][0]['id']}"] = 1
    assert happened(database, trip) == wanted


def happened(database: TestDatabase, trip: Trip) -> Counter[str]:
    """Deeds in the log of events by what they were done to."""
    ids = [trip.id, *[taken.id for taken in trip.shots], *[one["id"] for one in trip.body["findings"]]]
    events = sql.SQL("SELECT kind || ' ' || subject_id, count(*) FROM event WHERE {} GROUP BY 1")
    of_these = sql.SQL("subject_id = ANY({}::uuid[]) AND kind = ANY({})")
    return Counter(dict(database.rows(events.format(of_these.format(ids, list(DEEDS))))))


async def is_not_there(town: Town, database: TestDatabase, trip: Trip) -> None:
    """Nobody finds anything of it, and nothing happened."""
    paths = [f"/inspections/{trip.id}", *[f"/photos/{taken.id}" for taken in trip.shots]]
    assert {(await town.owner.get(path)).status_code for path in paths} == {404}
    assert happened(database, trip) == Counter()
