"""Tried in earnest, with commits: a shut door changes nothing behind it, and a photo is not had by naming it."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from tests.doors import bodies
from tests.doors.operations import operations
from tests.doors.rows import DOORS
from tests.doors.town import Town, founded, readers, settle
from tests.makers_photos import image, put
from tests.world import Person, World

pytestmark = pytest.mark.timeout(600)  # many probes; on a busy machine they take their time

BEHIND = {"enterprise": "enterprises", "inspection": "inspections", "registered": "findings", "ordered": "findings"}
BEHIND |= {"planned": "findings", "reported": "findings", "verified": "findings", "transferred": "findings"}
BEHIND |= {"extension": "extensions", "visit": "visits", "sealed visit": "visits", "held": "inspections"}


@pytest.fixture
async def town(world: World) -> Town:
    """Two neighbours: the boss of `own` tries at the doors of `sibling`."""
    town = await founded(world)
    for zone in ("own", "sibling"):
        await settle(town, zone)
    await readers(town)
    return town


def boss(town: Town, zone: str) -> Person:
    person = town.readers[f"boss of {zone}"]
    assert isinstance(person, Person)
    return person


async def behind(town: Town) -> dict[str, Any]:
    """All that stands behind the doors, as the county reads it."""
    paths = [f"/{path}/{town.of(noun, 'sibling')}" for noun, path in BEHIND.items()]
    answers = {path: await town.officer.get(path) for path in paths}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: answer.json() for path, answer in answers.items()}


async def test_no_change_that_was_tried_at_a_shut_door_was_made(town: Town, app: FastAPI) -> None:
    doors, before, tried = operations(app.openapi()), await behind(town), 0
    for door in DOORS:
        if door.body is None or door.noun not in BEHIND:
            continue
        record_id = town.of(door.noun, "sibling")
        body = door.body(town, "sibling", "enterprise")
        headers = {"If-Match": f'"{town.versions.get(record_id, 1)}"'}
        answer = await doors[door.operation].call(boss(town, "own"), record_id, body=body, headers=headers)
        assert answer.status_code == 404, f"{door}: {answer.text}"
        tried += 1
    assert await behind(town) == before
    assert tried > 15


async def test_a_photo_out_of_sight_is_not_had_by_naming_it(town: Town) -> None:
    thief, photo_id = boss(town, "own"), town.of("photo", "sibling")
    report = {**bodies.rectification(town, "own", "enterprise"), "photo_ids": [photo_id], "paper_photo_ids": []}
    named = await thief.post(f"/findings/{town.of('ordered', 'own')}/rectifications", report)
    assert named.status_code == 201, named.text
    nothing = await thief.get(f"/photos/{uuid4()}")
    assert (await thief.get(f"/photos/{photo_id}")).content == nothing.content
    for size in ("thumb", "screen", "original"):
        assert (await image(thief, photo_id, size)).content == nothing.content
    assert (await put(thief, town.photos["own"], photo_id)).json()["code"] != "digest_not_declared"
    assert (await image(boss(town, "sibling"), photo_id, "original")).content == town.photos["sibling"]


async def test_a_photo_that_is_awaited_out_of_sight_is_not_brought_by_who_only_knows_its_id(town: Town) -> None:
    photo_id = town.of("awaited photo", "sibling")
    answer = await put(boss(town, "own"), town.photos["own"], photo_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")
    assert (await boss(town, "sibling").get(f"/photos/{photo_id}")).status_code == 404
