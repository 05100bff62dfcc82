"""The check of the log: silent about honest histories, and naming whatever was done straight to the database."""

import os
import random
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.rows import dict_row

from cli.migrate import plain_url
from models.words import FindingState, Grade
from services.photos import naming
from tests.checked import faults, tell_of_what_tests_made
from tests.database import TestDatabase
from tests.makers_calls import HONEST, photo_declared
from tests.makers_findings import finding
from tests.makers_reports import report_body, reported
from tests.makers_town import town
from tests.makers_visits import planned
from tests.sequencing import sequence_all
from tests.tampering import Tamperer
from tests.worker import working
from tests.world import World

ROUNDS = int(os.environ.get("TAMPER_ROUNDS", "30"))
SEED = int(os.environ.get("TAMPER_SEED", "6"))


async def test_of_an_honest_town_the_check_says_nothing(world: World, database: TestDatabase) -> None:
    async with working(world, database) as worker:
        await town(world)
        await worker.run()
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []


@pytest.mark.parametrize("grade", [Grade.GENERAL, Grade.MAJOR])
async def test_of_a_whole_life_the_check_says_nothing(world: World, database: TestDatabase, grade: Grade) -> None:
    await finding(world, FindingState.CLOSED, grade)
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []


async def test_of_a_report_that_was_held_and_then_released_the_check_says_nothing(
    world: World, database: TestDatabase
) -> None:
    await world.regions()
    people, officer = [await world.inspector(), await world.inspector()], await world.officer()
    held = report_body(world, str(uuid4()), people)
    assert (await people[0].post("/inspections", held)).json()["state"] == "held"
    decision = {"decision": "release", "enterprise_id": await world.enterprise(by=officer)}
    released = await officer.post(f"/inspections/{held['id']}/resolution", decision)
    assert (released.status_code, released.json()["state"]) == (201, "accepted"), released.text
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []


async def test_whole_numbers_that_an_earlier_version_told_as_they_came_are_no_fault(
    world: World, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naming, "_number", lambda told: told)
    sent = await (await HONEST["submitInspection"](world)).honestly(world)
    assert sent.status_code == 201
    assert isinstance(photo_declared()["location"]["accuracy_m"], int)
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []


async def test_another_box_under_a_sealed_visit_is_named(world: World, database: TestDatabase) -> None:
    """Whoever swaps the plan for one that suits them, in the database, closes no box that the events tell of."""
    people = [await world.inspector(), await world.inspector()]
    await world.regions()
    officer = await world.officer()
    visit_id = await planned(world, officer, await world.enterprise(by=officer), people, await world.leader())
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []
    async with world.rows.begin() as tx:
        await tx.execute(sa.text("UPDATE visit SET sealed = sealed || '\\x00' WHERE id = :id"), {"id": visit_id})
    [fault] = await faults(world)
    assert str(fault) == f"visit {visit_id}: column sealed_sha256 is not what its events say"


@pytest.mark.parametrize(
    ("was", "becomes", "named"),
    [
        ('"table"', '"tab7e"', "its body does not say what every event says"),
        ('"after"', '"7fter"', "its hash is not that of its body"),
        ('{"actor"', '7"actor"', "its body or nonce cannot be read"),
        ('"report_sha256":"', '"report_sha256":7"', "its body or nonce cannot be read"),
    ],
)
async def test_a_body_that_no_longer_reads_as_an_event_is_named_and_the_check_goes_on(
    world: World, database: TestDatabase, was: str, becomes: str, named: str
) -> None:
    await finding(world, FindingState.ORDERED)
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    async with world.rows.begin() as tx:
        told = sa.text("SELECT id FROM event WHERE kind = 'inspection.reported'")
        event_id = await tx.scalar(told)
        raw = (await tx.execute(sa.text("SELECT inspection_id, version FROM inspection_version"))).one()
    database.execute("UPDATE event SET body = replace(body, %s, %s) WHERE id = %s", was, becomes, event_id)
    database.execute("UPDATE inspection_version SET raw = raw || 'x'")
    lines = [str(fault) for fault in await faults(world)]
    assert [line for line in lines if line.startswith(f"event {event_id}") and named in line], lines
    assert f"inspection_version {raw.inspection_id}/{raw.version}: its bytes are not those of its hash" in lines


async def test_words_that_are_none_of_ours_are_named_and_the_check_goes_on(
    world: World, database: TestDatabase
) -> None:
    """The owner of the database can take the checks away that keep them out."""
    await world.regions()
    await answered(world)
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []
    checks = {"answer": "ck_answer_answerresult", "inspection": "ck_inspection_inspectionstate"}
    with psycopg.connect(plain_url(database.owner_url), autocommit=True) as owner:
        found = owner.execute("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint").fetchall()
        said: dict[str, str] = dict(found)
        for table, check in checks.items():
            owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {check}")
        database.execute("UPDATE answer SET result = 'fine' WHERE item = 'MIXD07'")
        database.execute("UPDATE inspection SET state = 'finished'")
        lines = [str(fault) for fault in await faults(world)]
        database.empty()
        for table, check in checks.items():
            owner.execute(f"ALTER TABLE {table} ADD CONSTRAINT {check} {said[check]}")
    assert [line for line in lines if "answer MIXD07: it is not what the report" in line], lines
    assert [line for line in lines if "column state is not what its events say" in line], lines


@pytest.mark.timeout(600 + 5 * ROUNDS)  # a round is one check of the whole store
async def test_each_of_many_random_tamperings_is_named(world: World, database: TestDatabase) -> None:
    """`TAMPER_ROUNDS=1000` for the count of issue C; what is not named is told with its seed."""
    async with working(world, database) as worker:
        await finding(world, FindingState.RECTIFYING, Grade.MAJOR)
        await sequence_all(world, database)
        await town(world)
        await answered(world)
        await worker.run()
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    world.clock.forward(minutes=5)
    assert [str(fault) for fault in await faults(world)] == []
    chance, unnamed, done = random.Random(SEED), [], set()
    with psycopg.connect(plain_url(database.admin_url), autocommit=True, row_factory=dict_row) as admin:
        tamperer = Tamperer(admin, world.office.settings.photos, chance)
        for number in range(ROUNDS):
            deed = tamperer.tamper()
            lines = [str(fault) for fault in await faults(world)]
            tamperer.undo()
            done.add(deed.what)
            if not any(all(name in line for name in deed.names) for line in lines):
                unnamed.append(f"round {number} of seed {SEED}: {deed.what} {deed.names}: {lines[:3]}")
        tamperer.leave()
    assert unnamed == [], f"{len(unnamed)} of {ROUNDS}"
    assert len(done) > min(15, ROUNDS // 4)
    assert [str(fault) for fault in await faults(world)] == [], "all is as it was"


async def answered(world: World) -> None:
    """A report with answers by two officers, one of which an amendment changed."""
    people = [await world.inspector(), await world.inspector()]
    enterprise_id = await world.enterprise(by=people[0])
    answers = [{"item": item, "result": "pass"} for item in ("MIXD07", "MIXD11")]
    inspection = await reported(world, people[0], enterprise_id, people, answers=answers)
    change = {
        "reason": "当日补签",
        "answers": [{"item": "MIXD11", "item_version": 1, "result": "fail", "note": "锁闭"}],
    }
    amended = await people[0].patch(f"/inspections/{inspection['id']}", change)
    assert amended.status_code == 200, amended.text
