"""getFittingChecklist: what this trade really fails here comes first, and nobody counts what they do not see."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from models.words import FindingState, Role
from services.auth import actor_of
from tests.database import TestDatabase
from tests.makers_findings import finding
from tests.makers_reports import finding_body, report_body, reported
from tests.world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, Person, World

ROLLUP = """
    SELECT item, industry, region, sum(answered), sum(failed) FROM tally_delta
    GROUP BY 1, 2, 3 HAVING sum(answered) <> 0 OR sum(failed) <> 0 ORDER BY 1, 2, 3
"""
RAW = """
    SELECT item, industry, region, count(*), sum(CASE WHEN failed THEN 1 ELSE 0 END) FROM (
        SELECT said.item, e.main_industry AS industry, i.region,
            count(*) FILTER (WHERE said.what IN ('fail', 'found')) > 0 AS failed,
            count(*) FILTER (WHERE said.what = 'found') AS found, count(*) FILTER (WHERE said.what = 'gone') AS gone
        FROM inspection i JOIN enterprise e ON e.id = i.enterprise_id JOIN (
            SELECT inspection_id, item, result AS what FROM answer
            UNION ALL
            SELECT inspection_id, item, CASE state WHEN 'withdrawn' THEN 'gone' ELSE 'found' END FROM finding
        ) said ON said.inspection_id = i.id
        WHERE i.state = 'accepted' AND i.kind NOT IN ('patrol', 'reinspection')
            AND said.item IS NOT NULL AND said.what NOT IN ('skipped', 'not_applicable')
        GROUP BY i.id, said.item, e.main_industry, i.region
    ) each WHERE found > 0 OR gone = 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@pytest.fixture
def second_version(database: TestDatabase) -> Iterator[None]:
    """A later MIXD: MIXD01 reworded, MIXD11 dropped, from 1 March 2027."""
    database.execute("""
        INSERT INTO checklist SELECT code, 2, industry, title, '2027-03-01', source, NULL FROM checklist
            WHERE code = 'MIXD' AND version = 1;
        INSERT INTO checklist_item SELECT code, 2, checklist, position, '新的表述', default_grade, basis, verified
            FROM checklist_item WHERE checklist = 'MIXD' AND version = 1 AND code <> 'MIXD11'
    """)
    yield
    database.execute("DELETE FROM checklist_item WHERE version = 2; DELETE FROM checklist WHERE version = 2")


def answers(**results: str) -> list[dict[str, Any]]:
    """Items and their results."""
    return [{"item": item, "result": result} for item, result in results.items()]


async def fitting(reader: Person, enterprise_id: str, query: str = "") -> dict[str, Any]:
    """The checklist as this reader gets it."""
    answer = await reader.get(f"/enterprises/{enterprise_id}/fitting-checklist{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def counts(reader: Person, enterprise_id: str, item: str) -> tuple[int, int]:
    """How often an item was answered and failed, as this reader is told."""
    items = (await fitting(reader, enterprise_id))["items"]
    return next((one["answered"], one["failed"]) for one in items if one["code"] == item)


async def tallied(world: World) -> tuple[Any, Any]:
    """The rollup, and the same counted one by one."""
    async with world.rows.begin() as tx:
        return (await tx.execute(sa.text(ROLLUP))).all(), (await tx.execute(sa.text(RAW))).all()


async def test_what_fails_here_moves_to_the_front_as_it_is_reported(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    first, other = [
        await world.enterprise(by=officer, name=name, main_industry="MECH", industries=["MIXD"])
        for name in ("甲机械厂", "乙机械厂")
    ]
    before = await fitting(officer, first)
    assert (before["industry"], before["region"], before["on"]) == ("MECH", TOWN, "2026-11-24")
    assert {one["checklist"] for one in before["items"]} == {"MECH", "MIXD"}
    grades = [one["default_grade"] for one in before["items"]]
    assert grades == sorted(grades, reverse=True), "nothing is answered yet: the graver first"
    for _ in range(3):
        await reported(world, officer, other, [officer, second], answers=answers(MIXD11="fail", MECH01="pass"))
    after = await fitting(officer, first)
    top, codes = after["items"][0], [one["code"] for one in after["items"]]
    assert (top["code"], top["answered"], top["failed"], top["last_failed"]) == ("MIXD11", 3, 3, None)
    [passed] = [one for one in after["items"] if one["code"] == "MECH01"]
    assert (passed["answered"], passed["failed"]) == (3, 0)
    assert codes.index("MECH01") > codes.index("MECH02"), "what passed falls behind what nobody answered"


async def test_one_failure_of_one_stands_behind_many_of_more(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    made = await world.enterprise(by=officer, main_industry="MIXD", industries=[])
    await reported(world, officer, made, [officer, second], answers=answers(MIXD03="fail"))
    for number in range(10):
        result = "pass" if number < 2 else "fail"
        await reported(world, officer, made, [officer, second], answers=answers(MIXD09=result))
    codes = [one["code"] for one in (await fitting(officer, made))["items"]]
    assert codes.index("MIXD09") < codes.index("MIXD03")


async def test_it_tells_when_and_how_gravely_an_item_last_failed_at_this_very_enterprise(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    made = await world.enterprise(by=officer, main_industry="MIXD", industries=[])
    await reported(world, officer, made, [officer, second], findings=[finding_body(grade="general")])
    world.clock.forward(days=3)
    grave = finding_body(grade="major", major_basis="《消防法》第二十八条")
    last = await reported(world, officer, made, [officer, second], findings=[finding_body(), grave])
    world.clock.forward(days=3)
    await reported(world, officer, made, [officer, second], answers=answers(MIXD11="pass"))
    [item] = [one for one in (await fitting(officer, made))["items"] if one["code"] == "MIXD11"]
    assert (item["answered"], item["failed"]) == (3, 2), "two findings of one item in one inspection are one failure"
    told = item["last_failed"]
    assert (told["inspection_id"], told["finding_id"], told["grade"]) == (last["id"], grave["id"], "major")
    assert told["arrived_at"] == last["arrived_at"]


async def test_what_was_skipped_is_told_with_its_reason_and_counts_nowhere(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    made = await world.enterprise(by=officer, main_industry="MIXD", industries=[])
    skipped = {"item": "MIXD07", "result": "skipped", "note": "配电间上锁，钥匙不在"}
    said = [skipped, *answers(MIXD11="pass", MIXD08="not_applicable")]
    shown = await reported(world, officer, made, [officer, second], answers=said)
    told = {one["item"]: (one["result"], one["result_label"], one["note"]) for one in shown["answers"]}
    assert told["MIXD07"] == ("skipped", "跳过未查", "配电间上锁，钥匙不在")
    assert "MIXD01" not in told, "what was not answered at all is not skipped"
    assert [await counts(officer, made, item) for item in ("MIXD07", "MIXD08", "MIXD11")] == [(0, 0), (0, 0), (1, 0)]
    boss = await world.boss(made)
    own = (await boss.get(f"/inspections/{shown['id']}")).json()["answers"]
    assert [one["result"] for one in own] == ["skipped", "not_applicable", "pass"]


async def test_a_village_counts_itself_and_a_department_its_trades(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    here = await world.enterprise(by=officer, name="本村厂", main_industry="MIXD", industries=["CATR"])
    there = await world.enterprise(by=officer, name="邻村厂", main_industry="MIXD", region=OTHER_VILLAGE)
    for made, times in ((here, 1), (there, 2)):
        for _ in range(times):
            await reported(world, officer, made, [officer, second], answers=answers(MIXD11="fail"))
    village, catering = await world.village(VILLAGE), await world.person(Role.DEPARTMENT, industries=["CATR"])
    mixed = await world.person(Role.DEPARTMENT, industries=["MIXD"])
    readers = (officer, village, catering, mixed)
    assert [await counts(reader, here, "MIXD11") for reader in readers] == [(3, 3), (1, 1), (0, 0), (3, 3)]
    regions = [(await fitting(reader, here))["region"] for reader in readers]
    assert regions == [TOWN, VILLAGE, TOWN, TOWN]
    assert (await village.get(f"/enterprises/{there}/fitting-checklist")).status_code == 404


async def test_an_enterprise_learns_nothing_of_its_competitors(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    own = await world.enterprise(by=officer, name="本厂", main_industry="MIXD", industries=[])
    rival = await world.enterprise(by=officer, name="别的厂", main_industry="MIXD", industries=[])
    boss = await world.boss(own)
    await reported(world, officer, own, [officer, second], answers=answers(MIXD03="fail"))
    before = await fitting(boss, own)
    for _ in range(5):
        await reported(world, officer, rival, [officer, second], answers=answers(MIXD11="fail"))
    assert await fitting(boss, own) == before, "neither count nor rate nor order moves"
    assert before["region"] is None
    assert await counts(boss, own, "MIXD03") == (1, 1)
    assert (await boss.get(f"/enterprises/{rival}/fitting-checklist")).status_code == 404


async def test_the_wall_alone_hides_the_tallies_that_are_out_of_sight(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    own = await world.enterprise(by=officer, main_industry="MIXD", region=VILLAGE)
    away = await world.enterprise(by=officer, name="邻村厂", main_industry="MECH", region=OTHER_VILLAGE)
    for made in (own, away):
        await reported(world, officer, made, [officer, second], answers=answers(MIXD11="fail"))
    readers = {
        "officer": (officer, 2),
        "village": (await world.village(VILLAGE), 1),
        "department": (await world.person(Role.DEPARTMENT, industries=["MECH"]), 1),
        "enterprise": (await world.boss(own), 0),
        "nobody's": (await world.person(Role.OFFICE, region=None), 0),
    }
    for name, (reader, seen) in readers.items():
        token = reader.headers()["Authorization"].removeprefix("Bearer ")
        async with world.office.new_session.begin() as tx:
            await actor_of(tx, world.office.keys.token, token, at=world.office.now())
            assert await tx.scalar(sa.text("SELECT coalesce(sum(failed), 0) FROM tally_delta")) == seen, name


async def test_a_county_reads_the_counts_of_the_township_and_its_order_knows_the_others(world: World) -> None:
    leader = await world.leader(region=COUNTY)
    county = await world.person(Role.OFFICE, region=COUNTY, carded=True)
    second = await world.inspector(region=COUNTY)
    here = await world.enterprise(by=county, name="本镇厂", main_industry="MIXD", industries=[])
    far = await world.enterprise(by=county, name="邻镇厂", main_industry="MIXD", region=OTHER_TOWN, industries=[])
    for _ in range(4):
        await reported(world, county, far, [county, second], answers=answers(MIXD11="fail"))
    by_county, by_town = await fitting(leader, here), await fitting(await world.officer(), here)
    assert [(one["items"][0]["code"] == "MIXD11") for one in (by_county, by_town)] == [True, False]
    assert await counts(leader, here, "MIXD11") == (0, 0)


async def test_patrols_and_reinspections_count_in_no_rate(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    made = await world.enterprise(by=officer, main_industry="MIXD", industries=[])
    await reported(world, officer, made, [officer], answers=answers(MIXD11="fail"))
    await reported(world, officer, made, [officer, second], kind="reinspection", answers=answers(MIXD11="pass"))
    [item] = [one for one in (await fitting(officer, made))["items"] if one["code"] == "MIXD11"]
    assert (item["answered"], item["failed"]) == (0, 0)
    assert item["last_failed"]["grade"] is None, "the patrol saw it fail all the same"


async def test_a_corrected_answer_and_a_withdrawn_finding_are_counted_anew(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    made = await world.enterprise(by=officer, main_industry="MIXD", industries=[])
    said = report_body(world, made, [officer, second], answers=answers(MIXD11="fail", MIXD07="pass"))
    mistaken = finding_body(item="MIXD11")
    assert (await officer.post("/inspections", {**said, "findings": [mistaken]})).status_code == 201
    corrected = {"reason": "现场复核", "answers": answers(MIXD07="skipped", MIXD08="fail")}
    assert (await officer.patch(f"/inspections/{said['id']}", corrected)).status_code == 200
    assert [await counts(officer, made, item) for item in ("MIXD07", "MIXD08", "MIXD11")] == [(0, 0), (1, 1), (1, 1)]
    leader = await world.leader()
    gone = await leader.post(f"/findings/{mistaken['id']}/withdrawal", {"reason": "登记错误"})
    assert gone.status_code == 201, gone.text
    assert await counts(officer, made, "MIXD11") == (0, 0)
    rollup, raw = await tallied(world)
    assert rollup == raw


async def test_two_findings_of_one_item_that_are_withdrawn_at_once_leave_no_failure_behind(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    made = await world.enterprise(by=officer, main_industry="MIXD", industries=[])
    mistaken = [finding_body(), finding_body()]
    await reported(world, officer, made, [officer, second], findings=mistaken)
    leaders = [await world.leader(), await world.leader()]
    gone = await asyncio.gather(
        *[
            leader.post(f"/findings/{told['id']}/withdrawal", {"reason": "登记错误"})
            for leader, told in zip(leaders, mistaken, strict=True)
        ]
    )
    assert [answer.status_code for answer in gone] == [201, 201]
    assert await counts(officer, made, "MIXD11") == (0, 0)
    rollup, raw = await tallied(world)
    assert rollup == raw == []


async def test_what_was_answered_follows_an_enterprise_to_its_new_region_and_trade(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    made = await world.enterprise(by=officer, main_industry="MIXD", industries=["MECH"])
    await reported(world, officer, made, [officer, second], answers=answers(MIXD11="fail", MECH01="pass"))
    neighbour, village = await world.village(OTHER_VILLAGE), await world.village(VILLAGE)
    stays = await world.enterprise(by=officer, name="留下的厂", main_industry="MIXD")
    assert await counts(village, stays, "MIXD11") == (1, 1)
    assert (await officer.patch(f"/enterprises/{made}", {"region": OTHER_VILLAGE})).status_code == 200
    assert [await counts(village, stays, "MIXD11"), await counts(neighbour, made, "MIXD11")] == [(0, 0), (1, 1)]
    moved = await officer.patch(f"/enterprises/{made}", {"main_industry": "MECH", "industries": ["MIXD"]}, version=2)
    assert moved.status_code == 200
    assert await counts(officer, stays, "MIXD11") == (0, 0), "it is no longer of that trade"
    assert await counts(officer, made, "MIXD11") == (1, 1)
    rollup, raw = await tallied(world)
    assert rollup == raw


async def test_the_tallies_equal_a_raw_count_after_every_kind_of_move(world: World) -> None:
    for state in FindingState:
        await finding(world, state=state, item="MIXD11")
    rollup, raw = await tallied(world)
    assert rollup == raw
    assert rollup


@pytest.mark.usefixtures("second_version")
async def test_versions_of_an_item_count_together_and_a_withdrawn_one_is_absent_but_readable(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    made = await world.enterprise(by=officer, main_industry="MIXD", industries=[])
    old = await reported(world, officer, made, [officer, second], answers=answers(MIXD01="fail", MIXD11="fail"))
    assert [(one["item"], one["item_version"]) for one in old["answers"]] == [("MIXD01", 1), ("MIXD11", 1)]
    world.clock.forward(days=120)
    items = {one["code"]: one for one in (await fitting(officer, made))["items"]}
    assert "MIXD11" not in items
    assert (items["MIXD01"]["version"], items["MIXD01"]["failed"]) == (2, 1)
    assert "MIXD11" in {one["code"] for one in (await fitting(officer, made, "?on=2026-11-24"))["items"]}
    told = (await officer.get(f"/inspections/{old['id']}")).json()["answers"]
    assert [(one["item"], one["item_version"], one["result"]) for one in told] == [
        *[("MIXD01", 1, "fail"), ("MIXD11", 1, "fail")]
    ]
    assert (await officer.get("/checklists/MIXD?version=1")).json()["items"][10]["code"] == "MIXD11"
