"""Rows told are counted by account, and who reads everything is named to others and never to themselves."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from models.events import Event
from models.readings import BulkReading, ReadDelta
from models.words import FindingState, Hat, Role
from services import bulk_readings
from services.access import Actor
from services.auth import actor_of_user
from services.chance import TrueChance
from services.database import engine_for, sessions_for
from services.jobs.readings import notice_bulk_reading
from services.jobs.rollup import fold_statistics
from services.queue import jobs
from services.readings import Readings
from tests.api.test_api_keys import call, made
from tests.checked import record_faults, tell_of_what_tests_made
from tests.database import TestDatabase
from tests.makers_findings import finding
from tests.makers_photos import snapped, stored
from tests.sequencing import sequence_all
from tests.worker import working
from tests.world import COUNTY, OTHER_TOWN, TOWN, VILLAGE, Person, World

TODAY = date(2026, 11, 24)


async def told(world: World, *people: Person) -> list[int]:
    """What the table says that they were told today, once the office has written what it knows."""
    await world.office.readings.write(world.office.at_once)
    total = sa.func.sum(ReadDelta.rows_told)
    query = sa.select(col(ReadDelta.user_id), total).where(col(ReadDelta.day) == TODAY).group_by(col(ReadDelta.user_id))
    async with world.rows.begin() as tx:
        rows = {row[0]: int(row[1]) for row in await tx.execute(query)}
    return [rows.get(person.user.id, 0) for person in people]


async def usually(world: World, person: Person, rows: int, *, days: int = 10) -> None:
    """So many rows on each of the days before."""
    before = [TODAY - timedelta(days=number) for number in range(1, days + 1)]
    await world.add(*[ReadDelta(id=uuid4(), user_id=person.user.id, day=day, rows_told=rows) for day in before])


async def noticed(world: World) -> int:
    """What the job finds this minute."""
    await world.office.readings.write(world.office.at_once)
    async with world.rows.begin() as tx:
        return await bulk_readings.notice(tx, at=world.clock.now())


async def alarms(by: Person) -> list[dict[str, Any]]:
    answer = await by.get("/worklist?kind=ask_reader")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def read_all(world: World, person: Person, rows: int = 3_000) -> None:
    """As if they had turned the pages of every list."""
    world.office.readings.add(person.user.id, rows, at=world.clock.now())


async def test_a_leader_hears_of_who_turns_every_page_and_the_reader_gets_no_hint(world: World) -> None:
    leaver, leader, admin = await world.inspector(), await world.leader(), await world.admin()
    for number in range(40):
        await world.enterprise(by=leaver, name=f"第{number}厂")
    await usually(world, leaver, 150)
    before = (await leaver.get("/worklist")).json()
    for _ in range(49):
        assert len((await leaver.get("/enterprises?limit=200")).json()["items"]) == 40
    assert await noticed(world) == 0
    assert await alarms(leader) == []
    await leaver.get("/enterprises?limit=200")
    assert await noticed(world) == 1
    for hears in (leader, admin):
        [one] = await alarms(hears)
        assert one["title"] == f"{leaver.user.name}11月24日已读取 2000 条，平常一日约 150 条"
        assert (one["subject_id"], one["due_on"], one["rule"]["id"]) == (leaver.id, "2026-11-24", "reading.times")
    assert (await leaver.get("/worklist")).json() == before
    assert await alarms(leaver) == []


async def test_an_ordinary_day_raises_no_alarm_however_much_is_usual(world: World) -> None:
    busy, quiet = await world.officer(), await world.inspector()
    await usually(world, busy, 5_000)
    await usually(world, quiet, 20)
    await read_all(world, busy, 30_000)
    await read_all(world, quiet, 1_500)
    assert await noticed(world) == 0


async def test_a_newcomer_who_reads_as_much_as_their_colleagues_is_no_alarm(world: World) -> None:
    newcomer = await world.inspector()
    for _ in range(2):
        await usually(world, await world.inspector(), 400)
    await read_all(world, newcomer, 3_900)
    assert await noticed(world) == 0
    await read_all(world, newcomer, 100)
    assert await noticed(world) == 1


async def test_one_alarm_an_account_and_day_and_another_on_the_next(world: World) -> None:
    leaver, leader = await world.inspector(), await world.leader()
    await usually(world, leaver, 100)
    await read_all(world, leaver)
    assert [await noticed(world), await noticed(world)] == [1, 0]
    await read_all(world, leaver, 50_000)
    assert await noticed(world) == 0
    world.clock.forward(days=1)
    await read_all(world, leaver)
    assert await noticed(world) == 1, "the day of reading everything is not what is usual"
    assert [one["due_on"] for one in await alarms(leader)] == ["2026-11-24", "2026-11-25"]
    world.clock.forward(days=6)
    assert [one["due_on"] for one in await alarms(leader)] == ["2026-11-25"]


async def test_what_was_read_before_midnight_is_noticed_after_it(world: World) -> None:
    leaver = await world.inspector()
    world.clock.forward(hours=14, minutes=59)
    await read_all(world, leaver)
    world.clock.forward(minutes=2)
    assert await noticed(world) == 1
    async with world.rows.begin() as tx:
        assert (await tx.scalars(sa.select(col(BulkReading.day)))).all() == [TODAY]


async def test_an_enterprises_account_is_the_affair_of_the_leader_of_its_place(world: World) -> None:
    boss = await world.boss(await world.enterprise(region=VILLAGE))
    await read_all(world, boss)
    assert await noticed(world) == 1
    assert len(await alarms(await world.leader())) == 1
    assert await alarms(await world.leader(region=OTHER_TOWN)) == []


async def test_only_what_was_answered_counts_and_a_304_counts_nothing(world: World) -> None:
    officer, stranger = await world.officer(), await world.officer(region=OTHER_TOWN)
    enterprise_id = await world.enterprise(by=officer)
    assert await told(world, officer) == [0], "writing is not reading"
    await officer.get("/enterprises")
    await officer.get(f"/enterprises/{enterprise_id}")
    assert (await stranger.get(f"/enterprises/{enterprise_id}")).status_code == 404
    assert (await stranger.get("/enterprises")).json()["items"] == []
    assert (await officer.get("/enterprises?cursor=AAAA")).status_code == 422
    assert await told(world, officer, stranger) == [2, 0]
    photo = await stored(officer, snapped())
    image = f"/photos/{photo['id']}/image"
    whole = await officer.get(f"{image}?size=original")
    assert whole.status_code == 200
    known = {"If-None-Match": whole.headers["etag"]}
    assert (await officer.get(f"{image}?size=original", headers=known)).status_code == 304
    assert (await officer.get(f"{image}?size=original", headers={"Range": "bytes=0-9"})).status_code == 206
    assert (await officer.get(f"{image}?size=thumb")).status_code == 200
    assert await told(world, officer) == [4]


async def test_exports_packs_and_dossiers_count_what_they_hold(world: World, database: TestDatabase) -> None:
    life = await finding(world, FindingState.ORDERED)
    reader = await world.officer()
    await sequence_all(world, database)
    counts = []
    for path in (
        "/enterprises/export.csv",
        "/enterprises/export.xlsx",
        "/field-pack",
        f"/inspections/{life.inspection_id}/dossier.zip",
        f"/inspections/{life.inspection_id}/evidence",
    ):
        answer = await reader.get(path)
        assert answer.status_code == 200, answer.text
        counts += await told(world, reader)
    once = [now - was for was, now in zip([0, *counts], counts, strict=False)]
    assert once[:3] == [1, 1, 2], "one enterprise, and its finding in the pack"
    assert once[3] >= 3, "the inspection, its finding, its order"
    assert once[4] == 1


async def test_a_system_with_a_key_is_an_account_like_others(world: World) -> None:
    system = await world.person(Role.INTEGRATOR)
    await world.enterprise()
    key = (await made(world, user_id=system.id)).json()["key"]
    assert len((await call(world, key, "/enterprises")).json()["items"]) == 1
    assert await told(world, system) == [1]
    await usually(world, system, 4_000)
    await read_all(world, system, 39_000)
    assert await noticed(world) == 0, "who reads all every night is used to it"


async def test_what_could_not_be_written_waits_and_two_processes_add_up(world: World) -> None:
    reader, at = await world.inspector(), world.clock.now()
    nowhere = engine_for("postgresql+psycopg://nobody@127.0.0.1:1/nothing", 1)
    gone = sessions_for(nowhere.execution_options(isolation_level="AUTOCOMMIT"), TrueChance())
    one, other = Readings(), Readings()
    for number in (200, 300):
        one.add(reader.user.id, number, at=at)
        await one.write(gone)
    other.add(reader.user.id, 40, at=at)
    await asyncio.gather(*[process.write(world.office.at_once) for process in (one, other)])
    assert await told(world, reader) == [540]
    await one.write(world.office.at_once)
    assert await told(world, reader) == [540], "nothing is written twice"
    await nowhere.dispose()


async def test_the_job_notices_the_rollup_folds_and_old_days_are_forgotten(
    world: World, database: TestDatabase
) -> None:
    leaver = await world.inspector()
    await usually(world, leaver, 100, days=40)
    for _ in range(60):
        await read_all(world, leaver, 50)
        await world.office.readings.write(world.office.at_once)
    async with working(world, database) as worker:
        for task in (notice_bulk_reading, fold_statistics):
            await jobs.configure_task(task.name).defer_async(timestamp=0)
        await worker.run()
    async with world.rows.begin() as tx:
        assert (await tx.execute(sa.select(col(BulkReading.user_id), col(BulkReading.rows_told)))).all() == [
            (leaver.user.id, 3_000)
        ]
        assert await tx.scalar(sa.select(sa.func.count()).where(col(ReadDelta.day) == TODAY)) == 1
        await bulk_readings.forget(tx, at=world.clock.now())
        assert await tx.scalar(sa.select(sa.func.count()).select_from(ReadDelta)) == 32
    assert await told(world, leaver) == [3_000]


async def test_the_alarm_is_an_event_for_the_auditor_and_of_an_honest_history(world: World) -> None:
    leaver = await world.person(Role.VILLAGE, region=TOWN, hats=[Hat.AUDITOR.value])
    auditor = await world.person(Role.VILLAGE, region=TOWN, hats=[Hat.AUDITOR.value])
    afar = await world.person(Role.VILLAGE, region=OTHER_TOWN, hats=[Hat.AUDITOR.value])
    await read_all(world, leaver)
    assert await noticed(world) == 1
    seen = {}
    for who, person in (("auditor", auditor), ("leaver", leaver), ("afar", afar)):
        items = (await person.get("/events?kind=bulk_reading.noticed")).json()["items"]
        seen[who] = [(one["kind_label"], one["actor_id"]) for one in items]
    assert seen == {"auditor": [("发现大量读取", None)], "leaver": [], "afar": []}
    await tell_of_what_tests_made(world)
    assert [str(fault) for fault in await record_faults(world)] == []


async def test_the_proof_of_an_alarm_is_not_there_for_whom_it_is_about(world: World, database: TestDatabase) -> None:
    leaver, leader, colleague = await world.inspector(), await world.leader(), await world.officer()
    await read_all(world, leaver)
    await noticed(world)
    await sequence_all(world, database)
    async with world.rows.begin() as tx:
        event_id = await tx.scalar(sa.select(col(Event.id)).where(col(Event.kind) == "bulk_reading.noticed"))
    for person, status in ((leaver, 404), (colleague, 404), (leader, 200), (await world.admin(), 200)):
        answer = await person.get(f"/log/events/{event_id}/proof")
        assert answer.status_code == status, person.user.role


async def acting(tx: Any, person: Person) -> Actor:
    actor = await actor_of_user(tx, person.user.id)
    assert actor is not None
    return actor


async def test_the_wall_alone_hides_the_alarm_and_every_count(world: World) -> None:
    """Without any filter of the application's: what PostgreSQL gives to whom."""
    leaver = await world.inspector()
    await usually(world, leaver, 10)
    await read_all(world, leaver)
    await noticed(world)
    security = await world.person(Role.VILLAGE, region=OTHER_TOWN, hats=[Hat.SECURITY.value])
    expected = [
        (leaver, 0),
        (await world.officer(), 0),
        (await world.inspector(), 0),
        (await world.leader(region=OTHER_TOWN), 0),
        (await world.leader(industries=["MECH"]), 0),
        (await world.leader(), 1),
        (await world.leader(region=COUNTY), 1),
        (await world.admin(), 1),
        (security, 1),
    ]
    events = sa.select(sa.func.count()).where(col(Event.subject) == "bulk_reading")
    for person, alarms_seen in expected:
        async with world.office.new_session.begin() as tx:
            await acting(tx, person)
            found = [await tx.scalar(sa.select(sa.func.count()).select_from(BulkReading)), await tx.scalar(events)]
            assert found == [alarms_seen, alarms_seen], (person.user.role, person.user.region)
            assert await tx.scalar(sa.select(sa.func.count()).select_from(ReadDelta)) == 0
    async with world.office.at_once() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(ReadDelta)) == 0, "whoever writes reads nothing"


async def test_the_service_takes_no_alarm_away_and_nobody_lowers_their_own_count(world: World) -> None:
    leaver = await world.inspector()
    await usually(world, leaver, 700, days=1)
    async with world.office.new_session.begin() as tx:
        await acting(tx, leaver)
        await tx.execute(sa.text("UPDATE read_delta SET rows_told = 0"))
        await tx.execute(sa.text("DELETE FROM read_delta"))
    async with world.rows.begin() as tx:
        assert (await tx.scalars(sa.select(col(ReadDelta.rows_told)))).all() == [700]
        with pytest.raises(DBAPIError, match="permission denied"):
            await tx.execute(sa.text("DELETE FROM bulk_reading"))


async def test_nobody_but_a_job_raises_an_alarm(world: World) -> None:
    leader = await world.leader()
    row = {"user_id": leader.user.id, "day": TODAY, "rows_told": 1, "usual": 1, "noticed_at": world.clock.now()}
    async with world.office.new_session.begin() as tx:
        await acting(tx, leader)
        with pytest.raises(DBAPIError, match="row-level security"):
            await tx.execute(sa.insert(BulkReading).values(id=uuid4(), **row))


async def test_what_is_counted_is_written_while_the_office_runs_and_the_rest_when_it_stops(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, at, readings = await world.inspector(), world.clock.now(), Readings()
    monkeypatch.setattr("services.readings.WRITTEN_EVERY_SECONDS", 0.02)
    async with readings.written_to(world.office.at_once):
        readings.add(reader.user.id, 3, at=at)
        for _ in range(200):
            await asyncio.sleep(0.02)
            if await told(world, reader) == [3]:
                break
        assert await told(world, reader) == [3]
    monkeypatch.undo()
    async with readings.written_to(world.office.at_once):
        readings.add(reader.user.id, 4, at=at)
    assert await told(world, reader) == [7]
