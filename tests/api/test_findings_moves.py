"""What every move of a finding shares: repeats, versions, wrong content, counts, and a past that nobody changes."""

import json
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from cli.migrate import plain_url
from models.words import FindingState
from tests.database import TestDatabase
from tests.makers_findings import finding
from tests.world import OTHER_TOWN, World

ORDERED, REPORTED = FindingState.ORDERED, FindingState.REPORTED
VERIFIED, CLOSED = FindingState.VERIFIED, FindingState.CLOSED

MOVES: dict[str, tuple[FindingState, str, dict[str, Any], dict[str, Any]]] = {
    "plan": (ORDERED, "boss", {"measures": "拆除隔断"}, {"measures": "别的"}),
    "rectifications": (ORDERED, "boss", {"text": "已整改", "photo_ids": [str(uuid4())]}, {"text": "别的"}),
    "write-off": (VERIFIED, "officer", {"note": "同意"}, {"note": "别的"}),
    "transfer": (ORDERED, "officer", {"organ_name": "某局", "reason": "职责"}, {"reason": "别的"}),
    "withdrawal": (ORDERED, "officer", {"reason": "误登记"}, {"reason": "别的"}),
}


@pytest.mark.parametrize("step", MOVES)
async def test_a_move_sent_again_answers_as_before_and_other_content_under_its_id_conflicts(
    world: World, step: str
) -> None:
    state, who, body, other = MOVES[step]
    life = await finding(world, state)
    person = getattr(life, who)
    told = {"id": str(uuid4()), **body}
    first, again = await person.post(life.path(step), told), await person.post(life.path(step), told)
    changed = await person.post(life.path(step), {**told, **other})
    assert (first.status_code, again.status_code, changed.status_code) == (201, 200, 409), first.text
    assert first.json() == again.json()
    assert changed.json()["code"] == "id_conflict"


async def test_a_reinspection_sent_again_answers_as_before_and_judges_once(world: World) -> None:
    life = await finding(world, REPORTED)
    told: dict[str, Any] = {"id": str(uuid4()), "photo_ids": [str(uuid4())]}
    first, again = await life.reinspect(False, **told), await life.reinspect(False, **told)
    other = await life.reinspect(False, **told, note="别的")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json()["failed_reinspections"] == 1


async def test_an_id_that_somebody_else_used_is_taken_without_a_word_of_whose(world: World) -> None:
    mine, other = await finding(world, ORDERED), await finding(world, ORDERED)
    act = str(uuid4())
    assert (await mine.report(id=act)).status_code == 201
    taken = await other.report(id=act)
    assert (taken.status_code, taken.json()["code"]) == (409, "id_taken")


async def test_a_move_on_an_older_version_gets_412_and_on_the_right_one_goes_through(world: World) -> None:
    life = await finding(world, ORDERED)
    body = {"organ_name": "某局", "reason": "职责所在"}
    stale = await life.officer.post(life.path("transfer"), body, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"], stale.json()["current"]) == (412, "version_mismatch", 2)
    right = await life.officer.post(life.path("transfer"), body, headers={"If-Match": '"2"'})
    assert right.status_code == 201


@pytest.mark.parametrize(
    ("step", "body", "pointer"),
    [
        ("plan", {"measures": "x", "deadline": 0}, "/deadline"),
        ("plan", {"measures": "x", "deadline": "2026-13-01"}, "/deadline"),
        ("plan", {"measures": "\ud800"}, "/measures"),
        ("plan", {"measures": "x", "budget": 1}, "/budget"),
        ("plan/acceptance", {"accepted": "off"}, "/accepted"),
        ("plan/acceptance", {"accepted": 0}, "/accepted"),
        ("rectifications", {"text": "a\u0000b", "photo_ids": [str(uuid4())]}, "/text"),
        ("rectifications", {"text": "x", "photo_ids": ["1"]}, "/photo_ids/0"),
        ("reinspections", {"inspectors": [], "passed": "off", "photo_ids": []}, "/passed"),
        ("reinspections", {"inspectors": [], "passed": False, "new_deadline": 0}, "/new_deadline"),
        ("reinspections", {"inspectors": [], "passed": True, "arrived_at": "2026-11-24T09:00:00"}, "/arrived_at"),
        ("transfer", {"organ_name": "", "reason": "x"}, "/organ_name"),
        ("transfer/receipt", {"receipt_number": "8", "received_on": 20261124}, "/received_on"),
        ("write-off", {"note": 5}, "/note"),
        ("withdrawal", {}, "/reason"),
    ],
)
async def test_wrong_content_is_named_by_its_pointer_and_changes_nothing(
    world: World, step: str, body: dict[str, Any], pointer: str
) -> None:
    officer = await world.officer()
    # Escaped, as JSON may be: httpx by itself would not send half a surrogate pair.
    told = {"content": json.dumps(body), "headers": {"Content-Type": "application/json"}}
    refused = await officer.call("POST", f"/findings/{uuid4()}/{step}", **told)
    assert refused.status_code == 422, refused.text
    assert pointer in [error["pointer"] for error in refused.json()["errors"]]


async def test_every_move_changes_the_statistics_so_that_they_always_add_up_to_the_findings(
    world: World, database: TestDatabase
) -> None:
    for state in FindingState:
        await finding(world, state)
    with psycopg.connect(plain_url(database.owner_url)) as connection:
        counted = "SELECT state, sum(findings) FROM finding_delta GROUP BY state HAVING sum(findings) <> 0"
        raw = "SELECT state, count(*) FROM finding GROUP BY state"
        assert dict(connection.execute(counted).fetchall()) == dict(connection.execute(raw).fetchall())


WRITTEN_ONCE = ("rectification", "write_off", "withdrawal", "orders", "ordered_finding", "reinspection_result", "event")


@pytest.mark.parametrize("table", WRITTEN_ONCE)
async def test_what_was_written_once_can_be_changed_by_nobody(world: World, database: TestDatabase, table: str) -> None:
    await finding(world, CLOSED)
    await finding(world, FindingState.WITHDRAWN)
    column = {"event": "kind", "orders": "number", "ordered_finding": "measure"}.get(table, "finding_id")
    for url in (database.service_url, database.owner_url):
        with psycopg.connect(plain_url(url), autocommit=True) as connection:
            connection.execute("SELECT set_config('zhicha.acts', 'job', false)")
            for attack in (
                f"UPDATE {table} SET {column} = {column}",
                f"DELETE FROM {table}",
                f"TRUNCATE {table} CASCADE",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(attack)
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() != (0,)


async def test_no_finding_is_moved_from_out_of_sight_even_with_its_id_known(world: World) -> None:
    life = await finding(world, VERIFIED)
    stranger = await world.officer(region=OTHER_TOWN)
    assert (await life.write_off(by=stranger)).status_code == 404
    assert (await life.read())["state"] == "verified"
