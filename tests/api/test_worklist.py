"""The worklist: what somebody must do next, by when and by which rule."""

from typing import Any

from models.words import FindingState, Grade
from tests.makers_findings import finding
from tests.world import OTHER_VILLAGE, Person, World


async def work(person: Person, *kinds: str) -> list[dict[str, Any]]:
    """The items of somebody's worklist."""
    answer = await person.get("/worklist", params={"kind": list(kinds)})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_a_registered_finding_waits_for_its_order_and_no_longer_once_ordered(world: World) -> None:
    life = await finding(world)
    assert [item["subject_id"] for item in await work(life.officer, "issue_order")] == [life.id]
    await life.order()
    assert await work(life.officer, "issue_order") == []
    assert [item["subject_id"] for item in await work(life.boss, "rectify")] == [life.id]


async def test_a_reported_finding_is_to_be_reinspected_within_ten_days_by_the_named_rule(world: World) -> None:
    life = await finding(world, state=FindingState.REPORTED)
    item = (await work(life.officer, "reinspect"))[0]
    assert item["due_on"] == "2026-12-04"
    assert (item["rule"]["id"], item["rule"]["verified"]) == ("reinspection.after_report", False)
    assert not item["overdue"]
    world.clock.forward(days=11)
    assert (await work(life.officer, "reinspect"))[0]["overdue"]


async def test_a_deadline_that_passed_without_a_report_sends_the_office_to_look(world: World) -> None:
    life = await finding(world, state=FindingState.ORDERED)
    assert await work(life.officer, "reinspect_expired") == []
    world.clock.forward(days=15)
    item = (await work(life.officer, "reinspect_expired"))[0]
    assert item["rule"]["id"] == "reinspection.after_expiry"
    assert item["due_on"] == "2026-12-18"


async def test_a_failed_reinspection_asks_for_a_new_order(world: World) -> None:
    life = await finding(world, state=FindingState.REPORTED)
    await life.reinspect(False)
    assert [item["subject_id"] for item in await work(life.officer, "issue_new_order")] == [life.id]


async def test_a_major_finding_asks_the_enterprise_for_a_plan_and_the_office_for_a_decision(world: World) -> None:
    life = await finding(world, state=FindingState.ORDERED, grade=Grade.MAJOR)
    assert [item["kind"] for item in await work(life.boss, "file_plan", "rectify")].count("file_plan") == 1
    await life.plan()
    assert await work(life.boss, "file_plan") == []
    assert [item["subject_id"] for item in await work(life.officer, "decide_plan")] == [life.id]


async def test_an_inspector_is_not_asked_to_write_off_a_major_finding(world: World) -> None:
    life = await finding(world, state=FindingState.VERIFIED, grade=Grade.MAJOR)
    assert [item["subject_id"] for item in await work(life.officer, "write_off")] == [life.id]
    assert await work(life.finder, "write_off") == []


async def test_photos_that_a_report_promised_wait_on_the_worklist_of_its_sender(world: World) -> None:
    life = await finding(world)
    items = await work(life.finder, "send_photos")
    assert [item["title"] for item in items] == ["缺 1 张照片"]
    assert await work(life.partner, "send_photos") == []


async def test_a_phone_that_told_of_waiting_reports_and_went_silent_is_seen_by_its_office(world: World) -> None:
    inspector, officer = await world.inspector(), await world.officer()
    headers = {"Zhicha-Queue": "3, 2026-11-24T08:00:00+08:00"}
    await inspector.get("/me", headers=headers)
    assert await work(officer, "call_phone") == []
    world.clock.forward(hours=25)
    item = (await work(officer, "call_phone"))[0]
    assert (item["subject_id"], item["rule"]["id"]) == (inspector.id, "phone.silent")


async def test_the_most_urgent_comes_first_and_a_cut_list_says_so(world: World) -> None:
    late = await finding(world, state=FindingState.ORDERED)
    world.clock.forward(days=1)
    await finding(world, deadline="2026-12-20")
    answer = (await late.officer.get("/worklist", params={"limit": 1})).json()
    assert answer["cut"]
    assert sum(count["count"] for count in answer["counts"]) > 1


async def test_a_village_sees_no_work_of_its_neighbours(world: World) -> None:
    await finding(world)
    neighbour = await world.village(OTHER_VILLAGE)
    assert await work(neighbour) == []


async def test_an_administrator_is_told_of_bulk_reading_and_of_no_other_work(world: World) -> None:
    await finding(world)
    answer = (await (await world.admin()).get("/worklist")).json()
    assert [(one["kind"], one["count"]) for one in answer["counts"]] == [("ask_reader", 0)]


async def test_an_urgent_visit_is_to_be_approved_within_a_day_by_another_person(world: World) -> None:
    life = await finding(world)
    leader = await world.leader()
    item = (await work(leader, "approve_visit"))[0]
    assert item["rule"]["id"] == "visit.urgent_approval"
    assert item["due_at"] == "2026-11-25T01:00:00Z"
    answer = await leader.post(f"/visits/{item['subject_id']}/approval", {})
    assert answer.status_code == 201, answer.text
    assert await work(leader, "approve_visit") == []
    assert await work(life.finder, "approve_visit") == []


async def test_a_patrol_that_found_something_asks_for_a_real_visit_and_for_no_order(world: World) -> None:
    life = await finding(world, inspectors=1)
    assert [item["subject_id"] for item in await work(life.officer, "follow_up_patrol")] == [life.inspection_id]
    assert await work(life.officer, "issue_order") == []


async def test_a_held_report_waits_for_the_office_with_its_reasons(world: World) -> None:
    inspector, partner, officer = await world.inspector(), await world.inspector(), await world.officer()
    body = {
        "id": "0198f000-0000-7000-8000-00000000000a",
        "kind": "spot_check",
        "enterprise_id": "0198f000-0000-7000-8000-00000000000b",
        "arrived_at": "2026-11-24T08:30:00+08:00",
        "inspectors": [inspector.id, partner.id],
        "findings": [],
    }
    assert (await inspector.post("/inspections", body)).json()["state"] == "held"
    items = await work(officer, "resolve_held")
    assert [item["subject_id"] for item in items] == [body["id"]]
    assert items[0]["title"]


async def test_every_kind_of_work_can_be_asked_for_by_every_role_that_may_read(world: World) -> None:
    life = await finding(world)
    people = [life.boss, life.officer, life.finder, await world.leader(), await world.village()]
    for person in people:
        answer = await person.get("/worklist")
        assert answer.status_code == 200, answer.text
