"""A place is closed for a reason and opened again; what was found there stays to be settled (decision 0021)."""

from uuid import uuid4

import pytest

from tests.makers_draws import drawn
from tests.makers_findings import finding
from tests.makers_reports import report_body
from tests.makers_visits import visit_body
from tests.world import World


async def test_a_place_is_closed_for_a_reason_that_everybody_reads_and_reopened_for_another(world: World) -> None:
    inspector = await world.inspector()
    path = f"/enterprises/{await world.enterprise()}"
    closed = await inspector.post(f"{path}/closure", {"reason": "moved_away", "note": "已搬往邻镇"})
    assert closed.status_code == 201
    told = {name: closed.json()[name] for name in ("status", "close_reason", "close_note", "warnings", "version")}
    assert told == {
        "status": "closed",
        "close_reason": "moved_away",
        "close_note": "已搬往邻镇",
        "warnings": [],
        "version": 2,
    }
    assert (await inspector.get(path)).json() == closed.json()
    open_again = await inspector.post(f"{path}/reopening", {"reason": "现场核实已恢复经营"})
    assert (open_again.status_code, open_again.json()["status"]) == (201, "active")
    assert (open_again.json()["closed_at"], open_again.json()["close_reason"]) == (None, None)


async def test_the_same_closing_sent_twice_closes_once_and_another_one_finds_it_closed(world: World) -> None:
    officer = await world.officer()
    path = f"/enterprises/{await world.enterprise()}"
    body = {"id": str(uuid4()), "reason": "suspended"}
    first, again = await officer.post(f"{path}/closure", body), await officer.post(f"{path}/closure", body)
    other = await officer.post(f"{path}/closure", {"reason": "shut_down"})
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "wrong_enterprise_status")
    assert other.json()["enterprise_status"] == "closed"
    stale = await officer.call("POST", f"{path}/reopening", json={"reason": "恢复"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")


async def test_a_place_that_is_open_is_not_reopened(world: World) -> None:
    officer = await world.officer()
    answer = await officer.post(f"/enterprises/{await world.enterprise()}/reopening", {"reason": "恢复"})
    assert (answer.status_code, answer.json()["enterprise_status"]) == (409, "active")


@pytest.mark.parametrize("note", [None, "", "  "])
async def test_another_reason_must_be_said(world: World, note: str | None) -> None:
    officer = await world.officer()
    path = f"/enterprises/{await world.enterprise()}"
    answer = await officer.post(f"{path}/closure", {"reason": "other", "note": note})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "note_needed")
    assert (await officer.get(path)).json()["status"] == "active"


async def test_a_patch_closes_nothing_and_opens_nothing(world: World) -> None:
    officer = await world.officer()
    path = f"/enterprises/{await world.enterprise()}"
    closing = await officer.patch(path, {"status": "closed"})
    assert (await officer.post(f"{path}/closure", {"reason": "suspended"})).status_code == 201
    opening = await officer.patch(path, {"status": "active"}, version=2)
    assert [one.json()["errors"][0]["code"] for one in (closing, opening)] == ["status_by_deed"] * 2
    named = await officer.patch(path, {"name": "宏达机械厂旧址", "status": "closed"}, version=2)
    assert (named.status_code, named.json()["status"]) == (200, "closed")


async def test_a_proposal_that_was_closed_comes_back_confirmed(world: World) -> None:
    village, officer = await world.village(), await world.officer()
    made = (
        await village.post("/enterprises", {"name": "老王修车", "region": village.user.region, "main_industry": "MECH"})
    ).json()
    path = f"/enterprises/{made['id']}"
    refused = await village.post(f"{path}/closure", {"reason": "suspended"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert (await officer.post(f"{path}/closure", {"reason": "suspended"})).status_code == 201
    assert (await officer.post(f"{path}/reopening", {"reason": "恢复"})).json()["status"] == "active"


async def test_open_findings_of_a_closed_place_stay_to_be_settled_and_are_warned_of(world: World) -> None:
    life = await finding(world)
    path = f"/enterprises/{life.enterprise_id}"
    before = (await life.officer.get("/worklist")).json()
    closed = await life.officer.post(f"{path}/closure", {"reason": "shut_down"})
    assert (closed.status_code, closed.json()["warnings"]) == (201, ["closed_with_open_findings"])
    assert (await life.officer.get("/worklist")).json() == before
    listed = (await life.officer.get("/enterprises?has_open_findings=true&status=closed")).json()["items"]
    assert [(one["id"], one["warnings"]) for one in listed] == [(life.enterprise_id, ["closed_with_open_findings"])]
    pack = (await life.officer.get("/field-pack")).json()
    assert [(one["id"], one["status"]) for one in pack["enterprises"]] == [(life.enterprise_id, "closed")]
    assert [one["id"] for one in pack["findings"]] == [life.id]


async def test_no_draw_takes_a_closed_place(world: World) -> None:
    officer = await world.officer()
    await world.inspector()
    shut, works = await world.enterprise(), await world.enterprise(name="别的厂")
    assert (await officer.post(f"/enterprises/{shut}/closure", {"reason": "demolished"})).status_code == 201
    draw = await drawn(world, officer, count=1)
    assert [one["enterprise_id"] for one in draw["drawn"]] == [works]


async def test_a_closed_place_may_be_visited_and_what_is_seen_there_is_taken_with_a_warning(world: World) -> None:
    officer, second, leader = await world.officer(), await world.inspector(), await world.leader()
    shut = await world.enterprise()
    assert (await officer.post(f"/enterprises/{shut}/closure", {"reason": "suspended"})).status_code == 201
    planned = await officer.post("/visits", visit_body(world, shut, [officer, second], leader))
    assert planned.status_code == 201, planned.text
    report = await officer.post("/inspections", report_body(world, shut, [officer, second]))
    assert (report.json()["state"], report.json()["warnings"]) == ("accepted", ["enterprise_closed"])
    assert (await officer.get(f"/enterprises/{shut}")).json()["status"] == "closed"
