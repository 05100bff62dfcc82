"""The brief at the door: what was found here, how it was cured, and whether one more visit counts."""

import pytest

from models.words import FindingState, Role
from tests.makers_findings import finding
from tests.makers_reports import finding_body, report_body
from tests.world import OTHER_VILLAGE, TOWN, World


async def test_the_brief_tells_what_is_open_and_how_the_same_item_was_cured_before(world: World) -> None:
    await world.regions()
    closed = await finding(world, FindingState.CLOSED, item="MIXD11")
    officer, second = await world.officer(), await world.inspector()
    file = (await officer.get(f"/findings/{closed.id}")).json()
    again = report_body(
        world,
        closed.enterprise_id,
        [officer, second],
        findings=[finding_body(item=file["item"], deadline="2026-12-01")],
    )
    assert (await officer.post("/inspections", again)).json()["state"] == "accepted"
    world.clock.forward(days=30)
    brief = (await officer.get(f"/enterprises/{closed.enterprise_id}/brief")).json()
    assert [one["inspection_id"] for one in brief["last_visits"]].index(again["id"]) >= 0
    assert [(one["inspection_id"], one["overdue"]) for one in brief["open_findings"]] == [(again["id"], True)]
    assert brief["overdue"] == 1
    [item] = [one for one in brief["failed_before"] if one["item"] == file["item"]]
    assert item["times"] == 2
    assert (item["finding_id"], item["state"], item["cured_by"]) == (
        *(closed.id, "closed"),
        file["rectifications"][0]["text"],
    )
    purposes = {one["id"]: one["purpose"] for one in file["photos"]}
    assert {purposes[photo_id] for photo_id in item["photo_ids"]} == {"after", "reinspection"}


async def test_a_visit_counts_by_its_kind_and_an_enterprise_of_a_higher_level_has_fewer(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    made = await world.enterprise(by=officer)
    town = report_body(world, made, [officer, second], findings=[])
    assert (await officer.post("/inspections", town)).json()["state"] == "accepted"
    counted = (await officer.get(f"/enterprises/{made}/brief?kind=spot_check")).json()["visits_of_year"]
    assert (counted["counted"], counted["counts"], counted["cap"]) == (1, True, None)
    assert counted["sentence"].endswith("本次为四不两直，计入，是第2次。")
    tip = (await officer.get(f"/enterprises/{made}/brief?kind=tip")).json()["visits_of_year"]
    assert (tip["counts"], tip["verified"]) == (False, False)
    assert tip["sentence"].endswith("本次为举报核查，不计入。")


async def test_the_cap_is_that_of_the_province_by_level(world: World) -> None:
    province = await world.person(Role.OFFICE, region="140100100", carded=True)
    made = await world.enterprise(by=province, region="140100100", standard_level="1")
    cap = (await province.get(f"/enterprises/{made}/brief")).json()["visits_of_year"]
    assert (cap["cap"]["per_year"], cap["cap"]["standard_level"], cap["cap"]["verified"]) == (1, "1", False)
    assert "年度上限1次" in cap["sentence"]
    assert cap["sentence"].endswith("计入，是今年最后一次。")
    assert (await province.patch(f"/enterprises/{made}", {"standard_level": None})).status_code == 200
    cap = (await province.get(f"/enterprises/{made}/brief")).json()["visits_of_year"]
    assert (cap["cap"]["per_year"], cap["cap"]["standard_level"]) == (6, "none")


@pytest.mark.parametrize(
    ("days", "soon", "overdue"),
    [(6, False, False), (7, True, False), (14, True, False), (15, False, True)],  # due on the 8th of December
)
async def test_a_plan_is_said_to_expire_a_week_before_its_deadline(
    world: World, days: int, soon: bool, overdue: bool
) -> None:
    life = await finding(world, FindingState.RECTIFYING)
    world.clock.forward(days=days)
    [plan] = (await life.officer.get(f"/enterprises/{life.enterprise_id}/brief")).json()["plans"]
    assert (plan["deadline"], plan["expires_soon"], plan["overdue"]) == ("2026-12-08", soon, overdue)


async def test_a_plan_whose_work_is_reported_expires_no_more(world: World) -> None:
    life = await finding(world, FindingState.RECTIFYING)
    assert (await life.report()).status_code == 201
    world.clock.forward(days=10)
    [plan] = (await life.officer.get(f"/enterprises/{life.enterprise_id}/brief")).json()["plans"]
    assert (plan["expires_soon"], plan["overdue"]) == (False, False)


async def test_a_brief_is_seen_with_its_enterprise(world: World) -> None:
    made = await world.enterprise()
    stranger = await world.village(OTHER_VILLAGE)
    assert (await stranger.get(f"/enterprises/{made}/brief")).status_code == 404
    assert (await (await world.officer(region=TOWN)).get(f"/enterprises/{made}/brief")).status_code == 200
