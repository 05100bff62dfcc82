"""Reports: accepted whatever the phone's age, judged by the visit's own day, kept byte for byte."""

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from tests.makers_reports import finding_body, report_body, reported
from tests.makers_visits import planned
from tests.world import OTHER_TOWN, TOWN, VILLAGE, Person, World


@dataclass
class Town:
    """A town with two carded inspectors, the office, and one enterprise."""

    world: World
    first: Person
    second: Person
    officer: Person
    enterprise_id: str

    def body(self, **more: Any) -> dict[str, Any]:
        return {**report_body(self.world, self.enterprise_id, [self.first, self.second]), **more}

    async def send(self, **more: Any) -> dict[str, Any]:
        return dict(await reported(self.world, self.first, self.enterprise_id, [self.first, self.second], **more))


@pytest.fixture
async def town(world: World) -> Town:
    await world.regions()
    enterprise_id = await world.enterprise()
    return Town(world, await world.inspector(), await world.inspector(), await world.officer(), enterprise_id)


async def test_a_report_is_kept_with_its_findings_answers_officers_and_place(town: Town) -> None:
    answers = [{"item": "MIXD11", "result": "fail"}, {"item": "MIXD07", "result": "pass", "note": "通畅"}]
    shown = await town.send(findings=[finding_body()], answers=answers)
    assert (shown["kind"], shown["kind_label"], shown["state"]) == ("spot_check", "四不两直", "accepted")
    assert [(f["state"], f["deadline"]) for f in shown["findings"]] == [("registered", "2026-12-01")]
    assert [(a["item"], a["item_version"], a["result"]) for a in shown["answers"]] == [
        ("MIXD07", 1, "pass"),
        ("MIXD11", 1, "fail"),
    ]
    assert [(i["user_id"], i["card_valid"]) for i in shown["inspectors"]] == [
        (town.first.id, True),
        (town.second.id, True),
    ]
    assert shown["location"]["accuracy_m"] == 12
    assert (await town.officer.get(f"/inspections/{shown['id']}")).json() == shown
    listed = (await town.officer.get("/inspections")).json()["items"]
    assert [(item["id"], item["findings_count"]) for item in listed] == [(shown["id"], 1)]


async def test_the_same_report_again_answers_the_first_result_and_another_content_conflicts(town: Town) -> None:
    body = town.body(findings=[finding_body()])
    first, again = await town.first.post("/inspections", body), await town.first.post("/inspections", body)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    other = await town.first.post("/inspections", {**body, "unit_signed": False})
    assert (other.status_code, other.json()["code"]) == (409, "id_conflict")
    foreign = await (await town.world.inspector(region=OTHER_TOWN)).post("/inspections", {**body, "unit_signed": False})
    assert (foreign.status_code, foreign.json()["code"]) == (409, "id_taken")
    assert len((await town.officer.get("/findings")).json()["items"]) == 1


@pytest.mark.parametrize("is_planned", [True, False], ids=["planned", "urgent"])
async def test_what_a_report_is_answered_is_what_is_read_back(town: Town, is_planned: bool) -> None:
    """The answer is made of what is in hand, the reading of what is in the database."""
    leader, people = await town.world.leader(), [town.first, town.second]
    visit_id = await planned(town.world, town.officer, town.enterprise_id, people, leader) if is_planned else None
    fixed = finding_body(fixed_on_site={"note": "当场打开卷帘门", "photo_ids": [str(uuid4())]}, deadline=None)
    answers = [{"item": item, "result": "pass", "note": "通畅"} for item in ("MIXD11", "NEWER1", "MIXD07")]
    findings = [fixed, finding_body(item=None, grade="major", photo_ids=[str(uuid4())])]
    answered = await town.send(visit_id=visit_id, findings=findings, answers=answers, note="夜间检查", brand_new=1)
    assert answered == (await town.first.get(f"/inspections/{answered['id']}")).json()


async def test_a_repeat_by_somebody_who_may_not_see_the_report_tells_nothing_of_it(town: Town) -> None:
    body = town.body()
    await town.first.post("/inspections", body)
    stranger = await town.world.inspector(region=OTHER_TOWN)
    answer = await stranger.post("/inspections", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


async def test_one_valid_card_is_not_enough_and_the_visit_is_kept_as_a_patrol(town: Town) -> None:
    cardless = await town.world.person(town.first.user.role)
    shown = await town.send(inspectors=[town.first.id, cardless.id], findings=[finding_body()])
    assert (shown["kind"], shown["reported_kind"]) == ("patrol", "spot_check")
    assert "fewer_than_two_cards" in shown["warnings"]
    assert shown["visit"] is None
    assert len(shown["findings"]) == 1


async def test_the_same_officer_named_twice_is_one_officer(town: Town) -> None:
    shown = await town.send(inspectors=[town.first.id, town.first.id])
    assert shown["kind"] == "patrol"
    assert len(shown["inspectors"]) == 1


async def test_cards_are_judged_on_the_day_of_the_visit_and_not_of_the_report(town: Town) -> None:
    day = (town.world.clock.now() + timedelta(hours=8)).date()
    expiring = await town.world.inspector(card_to=day)
    body = town.body(inspectors=[town.first.id, expiring.id])
    town.world.clock.forward(days=3)
    late = await town.first.post("/inspections", body)
    assert late.json()["kind"] == "spot_check"
    assert "reported_after_a_day" in late.json()["warnings"]
    fresh = town.body(inspectors=[town.first.id, expiring.id])
    assert (await town.first.post("/inspections", fresh)).json()["kind"] == "patrol"


async def test_a_village_may_only_patrol_whatever_its_report_says(town: Town) -> None:
    village = await town.world.village(VILLAGE)
    body = town.body(inspectors=[village.id], findings=[finding_body()])
    shown = (await village.post("/inspections", body)).json()
    assert (shown["kind"], shown["state"]) == ("patrol", "accepted")
    with_officers = town.body(inspectors=[village.id, town.first.id, town.second.id])
    assert (await village.post("/inspections", with_officers)).json()["kind"] == "patrol"


async def test_leaders_enterprises_and_administrators_report_nothing(town: Town) -> None:
    people = [await town.world.leader(), await town.world.boss(town.enterprise_id), await town.world.admin()]
    answers = [await person.post("/inspections", town.body()) for person in people]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "not_allowed")] * 3


async def test_deadlines_are_judged_by_the_visits_own_day_and_warned_of_by_place(town: Town) -> None:
    findings = [
        finding_body(deadline="2026-11-23"),
        finding_body(deadline=None),
        finding_body(deadline="2026-11-28"),  # a Saturday
        finding_body(deadline="2026-11-25"),
        finding_body(deadline=None, fixed_on_site={"note": "当场打开", "photo_ids": []}),
    ]
    body = town.body(findings=findings)
    town.world.clock.forward(days=5)
    warnings = (await town.first.post("/inspections", body)).json()["warnings"]
    assert [warning for warning in warnings if warning.startswith("deadline")] == [
        "deadline_before_visit:/findings/0/deadline",
        "deadline_missing:/findings/1/deadline",
        "deadline_on_holiday:/findings/2/deadline",
    ]


async def test_what_was_fixed_on_the_spot_is_registered_as_verified(town: Town) -> None:
    fixed = finding_body(fixed_on_site={"note": "当场打开卷帘门", "photo_ids": []}, deadline=None)
    shown = await town.send(findings=[fixed])
    assert shown["findings"][0]["state"] == "verified"


async def test_both_clocks_are_kept_and_a_wrong_one_is_shown(town: Town) -> None:
    three_days_ago = (town.world.clock.now() - timedelta(days=3)).isoformat()
    headers = {"Zhicha-Device-Time": three_days_ago}
    shown = (await town.first.post("/inspections", town.body(), headers=headers)).json()
    assert shown["skew_seconds"] == 3 * 24 * 3600
    assert "clock_skew" in shown["warnings"]
    right = {"Zhicha-Device-Time": town.world.clock.now().isoformat()}
    assert "clock_skew" not in (await town.first.post("/inspections", town.body(), headers=right)).json()["warnings"]
    wrong = await town.first.post("/inspections", town.body(), headers={"Zhicha-Device-Time": "yesterday"})
    assert wrong.json()["errors"][0]["code"] == "device_time_unreadable"


async def test_an_arrival_in_the_future_and_a_leave_before_it_are_warned_of(town: Town) -> None:
    later = (town.world.clock.now() + timedelta(hours=1)).isoformat()
    warnings = (await town.send(arrived_at=later))["warnings"]
    assert {"arrived_in_future", "left_before_arrived"} <= set(warnings)


async def test_fields_of_a_newer_phone_are_kept_and_named_by_place(town: Town) -> None:
    body = town.body(findings=[finding_body(noise_db=87)], weather={"rain": True})
    body["location"]["altitude_m"] = 90
    shown = (await town.first.post("/inspections", body)).json()
    assert shown["state"] == "accepted"
    assert sorted(shown["unknown_fields"]) == ["/findings/0/noise_db", "/location/altitude_m", "/weather"]
    kept = (await town.first.get(f"/inspections/{shown['id']}?version=1")).json()["report"]
    assert (kept["weather"], kept["findings"][0]["noise_db"]) == ({"rain": True}, 87)


async def test_an_item_that_no_checklist_has_and_a_double_answer_are_warned_of(town: Town) -> None:
    answers = [{"item": "NEW99", "result": "pass"}, {"item": "NEW99", "result": "fail"}]
    shown = await town.send(answers=answers, findings=[finding_body(item="NEW99")])
    assert {"unknown_item:NEW99", "duplicate_answer:NEW99"} <= set(shown["warnings"])
    assert [(answer["item"], answer["result"]) for answer in shown["answers"]] == [("NEW99", "fail")]


async def test_an_urgent_visit_waits_for_an_approval_within_twenty_four_hours_by_somebody_else(town: Town) -> None:
    shown = await town.send()
    due = shown["visit"]["approval_due"]
    assert due["at"][:16] == "2026-11-25T00:20"
    assert due["rule"] == "visit.urgent_approval"
    path = f"/visits/{shown['visit']['id']}/approval"
    reporter = await town.world.officer()
    own = await reported(town.world, reporter, town.enterprise_id, [reporter, town.first])
    assert (await reporter.post(f"/visits/{own['visit']['id']}/approval", {})).status_code == 403
    assert (await (await town.world.leader(region=OTHER_TOWN)).post(path, {})).status_code == 404
    assert (await (await town.world.leader()).post(path, {})).json()["state"] == "done"
    after = (await town.officer.get(f"/inspections/{shown['id']}")).json()["visit"]
    assert (after["state"], after["approval_due"]) == ("done", None)


async def test_a_report_without_visit_or_reason_is_accepted_and_warned_of(town: Town) -> None:
    shown = await town.send(urgent_reason=None)
    assert "no_visit_no_reason" in shown["warnings"]
    assert shown["visit"]["state"] == "proposed"


async def test_a_planned_visit_is_done_by_its_report_and_then_seen_by_sight(town: Town) -> None:
    leader = await town.world.leader()
    visit_id = await planned(town.world, town.officer, town.enterprise_id, [town.first, town.second], leader)
    await leader.post(f"/visits/{visit_id}/approval", {})
    town.world.clock.forward(hours=2)
    colleague = await town.world.inspector()
    assert (await colleague.get(f"/visits/{visit_id}")).status_code == 404
    shown = await town.send(visit_id=visit_id, urgent_reason=None)
    assert (shown["visit"]["id"], shown["visit"]["state"], shown["warnings"]) == (visit_id, "done", [])
    assert (await colleague.get(f"/visits/{visit_id}")).json()["state"] == "done"
    assert (await (await town.world.boss(town.enterprise_id)).get(f"/visits/{visit_id}")).status_code == 404


async def test_a_visit_inspected_before_its_approval_waits_for_it_and_is_done_with_it(town: Town) -> None:
    leader = await town.world.leader()
    visit_id = await planned(town.world, town.officer, town.enterprise_id, [town.first, town.second], leader)
    shown = await town.send(visit_id=visit_id)
    assert (shown["visit"]["state"], shown["visit"]["approval_due"]["rule"]) == ("proposed", "visit.urgent_approval")
    assert (await leader.post(f"/visits/{visit_id}/approval", {})).json()["state"] == "done"
    cancelled = await leader.post(f"/visits/{visit_id}/cancellation", {"reason": "晚了"})
    assert (cancelled.status_code, cancelled.json()["code"]) == (409, "visit_settled")


async def test_a_patrol_leaves_the_planned_visit_undone(town: Town) -> None:
    leader = await town.world.leader()
    visit_id = await planned(town.world, town.officer, town.enterprise_id, [town.first, town.second], leader)
    await leader.post(f"/visits/{visit_id}/approval", {})
    shown = await town.send(visit_id=visit_id, inspectors=[town.first.id])
    assert (shown["kind"], shown["visit"]["state"]) == ("patrol", "approved")


async def test_an_enterprise_that_nobody_knew_is_registered_with_its_report(town: Town) -> None:
    stall: dict[str, Any] = {
        "id": str(uuid4()),
        "name": "路边废品收购点",
        "region": VILLAGE,
        "main_industry": "MIXD",
        "colour": "蓝",
    }
    stall = {**stall, "location": {"lon": 111.2, "lat": 30.6, "altitude_m": 3}}
    body = report_body(town.world, None, [town.first, town.second], enterprise=stall, findings=[finding_body()])
    shown = (await town.first.post("/inspections", body)).json()
    assert (shown["state"], shown["enterprise_id"], shown["enterprise_name"]) == (
        "accepted",
        stall["id"],
        "路边废品收购点",
    )
    assert shown["unknown_fields"] == ["/enterprise/colour", "/enterprise/location/altitude_m"]
    assert (await town.officer.get(f"/enterprises/{stall['id']}")).json()["name"] == "路边废品收购点"
    second = report_body(town.world, None, [town.first, town.second], enterprise=stall)
    again = (await town.first.post("/inspections", second)).json()
    assert (again["state"], again["enterprise_id"]) == ("accepted", stall["id"])


async def test_an_enterprise_reads_its_own_inspection_without_the_offices_reasons(town: Town) -> None:
    shown = await town.send(findings=[finding_body()], note="线索来自邻居")
    boss = await town.world.boss(town.enterprise_id)
    own = (await boss.get(f"/inspections/{shown['id']}")).json()
    assert own["findings"][0]["description"] == finding_body()["description"]
    hidden = {"urgent_reason", "visit", "warnings", "unknown_fields", "note", "skew_seconds", "accompanied_by"}
    assert hidden.isdisjoint(own)
    assert (await boss.get(f"/inspections/{shown['id']}?version=1")).status_code == 403
    assert (await boss.get(f"/inspections/{shown['id']}/receipt")).status_code == 403
    other = await town.world.boss(await town.world.enterprise(name="邻家作坊"))
    assert (await other.get(f"/inspections/{shown['id']}")).status_code == 404


async def test_an_inspection_out_of_sight_answers_like_one_that_does_not_exist(town: Town) -> None:
    shown = await town.send()
    stranger = await town.world.inspector(region=OTHER_TOWN)
    for tail in ("", "/receipt", "?version=1"):
        unseen = await stranger.get(f"/inspections/{shown['id']}{tail}")
        absent = await stranger.get(f"/inspections/{uuid4()}{tail}")
        assert (unseen.status_code, unseen.content) == (404, absent.content)
    amended = await stranger.patch(f"/inspections/{shown['id']}", {"reason": "改"})
    resolved = await stranger.post(f"/inspections/{shown['id']}/resolution", {"decision": "reject"})
    assert (amended.status_code, resolved.status_code) == (404, 404)
    assert (await stranger.get("/inspections")).json()["items"] == []


async def test_the_list_is_narrowed_by_day_kind_region_sender_and_enterprise(town: Town) -> None:
    first = await town.send()
    town.world.clock.forward(days=1)
    second = await town.send(kind="routine")
    ids = {first["id"]: "first", second["id"]: "second"}

    async def found(person: Person, query: str) -> list[str]:
        items = (await person.get(f"/inspections?{query}")).json()["items"]
        return [ids[item["id"]] for item in items]

    assert await found(town.officer, "") == ["second", "first"]
    assert await found(town.officer, "from=2026-11-25") == ["second"]
    assert await found(town.officer, "to=2026-11-24") == ["first"]
    assert await found(town.officer, "kind=routine") == ["second"]
    assert await found(town.officer, f"region={TOWN}&enterprise_id={town.enterprise_id}") == ["second", "first"]
    assert await found(town.officer, f"region={OTHER_TOWN}") == []
    assert await found(town.officer, "mine=true") == []
    assert await found(town.first, "mine=true&state=accepted&missing_photos=false") == ["second", "first"]
    page = (await town.officer.get("/inspections?limit=1")).json()
    rest = (await town.officer.get("/inspections", params={"limit": 1, "cursor": page["next_cursor"]})).json()
    assert [ids[item["id"]] for item in page["items"] + rest["items"]] == ["second", "first"]
    assert rest["next_cursor"] is None


async def test_the_receipt_names_the_hash_of_the_very_bytes_that_were_sent(town: Town) -> None:
    body = town.body()
    raw = json.dumps(body, indent=3).encode()
    sent = await town.first.call("POST", "/inspections", content=raw, headers={"Content-Type": "application/json"})
    assert sent.status_code == 201
    receipt = (await town.first.get(f"/inspections/{body['id']}/receipt")).json()
    assert receipt["report_sha256"] == sha256(raw).hexdigest()
    assert (receipt["stage"], receipt["kept_at"], receipt["missing_photos"]) == ("stored", None, [])
    kept = (await town.officer.get(f"/inspections/{body['id']}?version=1")).json()
    assert (kept["report"], kept["report_sha256"]) == (body, receipt["report_sha256"])
