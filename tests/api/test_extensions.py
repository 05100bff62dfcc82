"""Extensions: asked in time, decided by the office, with the days that the rules give."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from models.words import FindingState
from tests.makers_findings import Life, finding
from tests.world import OTHER_TOWN, Person, World


async def ask(life: Life, by: Person | None = None, **more: Any) -> httpx.Response:
    body = {"finding_id": life.id, "until": "2026-12-20", "reason": "防火门定制需二十日", **more}
    return await (by or life.boss).post("/extensions", body)


async def decide(by: Person, extension_id: str, granted: bool, **more: Any) -> httpx.Response:
    return await by.post(f"/extensions/{extension_id}/decision", {"granted": granted, **more})


async def test_a_granted_extension_moves_the_deadline_and_both_days_stay_on_file(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    asked = (await ask(life)).json()
    assert (asked["state"], asked["old_deadline"], asked["answer_by"]["on"]) == ("asked", "2026-12-08", "2026-11-30")
    granted = await decide(life.officer, asked["id"], True)
    assert (granted.status_code, granted.json()["state_label"]) == (201, "准予延期")
    read = await life.read()
    assert (read["deadline"], read["extensions"][0]["old_deadline"]) == ("2026-12-20", "2026-12-08")
    assert (await life.kinds())[-2:] == ["finding.extension_asked", "finding.extension_granted"]
    assert (await life.officer.get(f"/extensions/{asked['id']}")).json() == granted.json()


async def test_a_refused_extension_leaves_the_deadline_and_needs_a_reason(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    extension_id = (await ask(life)).json()["id"]
    unsaid = await decide(life.officer, extension_id, False)
    assert (unsaid.status_code, unsaid.json()["errors"][0]["pointer"]) == (422, "/note")
    refused = await decide(life.officer, extension_id, False, note="材料不足")
    assert (refused.json()["state"], refused.json()["decision_note"]) == ("refused", "材料不足")
    assert (await life.read())["deadline"] == "2026-12-08"
    again = await decide(life.officer, extension_id, True)
    assert (again.status_code, again.json()["code"]) == (409, "extension_decided")


async def test_on_the_last_day_of_the_deadline_in_shanghai_one_may_still_ask_and_the_day_after_not(
    world: World,
) -> None:
    life = await finding(world, FindingState.ORDERED, deadline="2026-11-25")
    world.clock.forward(hours=38)  # 23:00 of the 25th
    assert (await ask(life, until="2026-11-30")).status_code == 201
    late = await finding(world, FindingState.ORDERED, deadline="2026-11-25")
    world.clock.forward(hours=2)  # 01:00 of the 26th, still the 25th in UTC
    refused = await ask(late, until="2026-11-30")
    assert (refused.status_code, refused.json()["code"]) == (409, "deadline_passed")


async def test_one_request_at_a_time_waits_for_the_office(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    answers = await asyncio.gather(ask(life), ask(life))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    waits = await ask(life)
    assert waits.json()["code"] == "extension_waits"


async def test_a_finding_without_an_order_has_no_deadline_to_extend(world: World) -> None:
    for state in (FindingState.REGISTERED, FindingState.REPORTED):
        life = await finding(world, state)
        refused = await ask(life)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_extendable")
        assert refused.json()["state"] == state


async def test_an_extension_that_came_too_late_to_matter_can_only_be_refused(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    extension_id = (await ask(life)).json()["id"]
    await life.report()
    late = await decide(life.officer, extension_id, True)
    assert (late.status_code, late.json()["code"]) == (409, "not_extendable")
    assert (await decide(life.officer, extension_id, False, note="已报整改")).status_code == 201


async def test_who_may_ask_and_who_may_decide_follows_the_table_of_deeds(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    village, leader = await world.village(), await world.leader()
    assert (await ask(life, by=leader)).json()["code"] == "not_allowed"
    unnamed = await ask(life, by=village)
    assert unnamed.json()["errors"][0]["code"] == "on_behalf_of_needed"
    asked = await ask(life, by=village, on_behalf_of=life.enterprise_id)
    assert (asked.status_code, asked.json()["on_behalf"]) == (201, True)
    for person in (village, life.finder, life.boss):
        assert (await decide(person, asked.json()["id"], True)).json()["code"] == "not_allowed"
    assert (await decide(leader, asked.json()["id"], True)).status_code == 201


async def test_requests_out_of_sight_look_like_those_that_do_not_exist(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    extension_id = (await ask(life)).json()["id"]
    stranger, absent_id = await world.officer(region=OTHER_TOWN), str(uuid4())
    unseen, absent = await stranger.get(f"/extensions/{extension_id}"), await stranger.get(f"/extensions/{absent_id}")
    assert (unseen.status_code, unseen.content) == (404, absent.content)
    unseen, absent = await decide(stranger, extension_id, True), await decide(stranger, absent_id, True)
    assert (unseen.status_code, unseen.content) == (404, absent.content)
    unseen, absent = await ask(life, by=stranger), await ask(life, by=stranger, finding_id=absent_id)
    assert (unseen.status_code, unseen.content) == (404, absent.content)
    assert (await stranger.get("/extensions")).json()["items"] == []


async def test_the_office_lists_what_waits_with_the_oldest_first(world: World) -> None:
    one, two = await finding(world, FindingState.ORDERED), await finding(world, FindingState.ORDERED)
    first = (await ask(one)).json()["id"]
    world.clock.forward(minutes=5)
    second = (await ask(two)).json()["id"]
    listed = (await one.officer.get("/extensions", params={"state": "asked"})).json()["items"]
    assert [item["id"] for item in listed] == [first, second]
    await decide(one.officer, first, True)
    listed = (await one.officer.get("/extensions", params={"state": "asked"})).json()["items"]
    assert [item["id"] for item in listed] == [second]


async def test_a_request_and_a_decision_sent_twice_count_once(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    extension_id, decision_id = str(uuid4()), str(uuid4())
    asked = [await ask(life, id=extension_id) for _ in range(2)]
    assert [answer.status_code for answer in asked] == [201, 200]
    decided = [await decide(life.officer, extension_id, True, id=decision_id) for _ in range(2)]
    assert [answer.status_code for answer in decided] == [201, 200]
    assert decided[0].json() == decided[1].json()
    other = await decide(life.officer, extension_id, False, id=decision_id, note="不同意")
    assert (other.status_code, other.json()["code"]) == (409, "id_conflict")


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("until", 0, "/until"),
        ("until", "2026-12-20T00:00:00+08:00", "/until"),
        ("until", "2026-12-08", "/until"),
        ("reason", "", "/reason"),
        ("reason", "a\u0000", "/reason"),
        ("granted", True, "/granted"),
    ],
)
async def test_wrong_content_of_a_request_is_named_by_its_pointer(
    world: World, field: str, value: Any, pointer: str
) -> None:
    life = await finding(world, FindingState.ORDERED)
    refused = await ask(life, **{field: value})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_decision_that_is_no_boolean_decides_nothing(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    extension_id = (await ask(life)).json()["id"]
    refused = await life.officer.post(f"/extensions/{extension_id}/decision", {"granted": "off"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/granted")
    assert (await life.officer.get(f"/extensions/{extension_id}")).json()["state"] == "asked"
