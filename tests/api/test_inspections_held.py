"""Held reports: what cannot be applied is stored whole, and released or rejected by the office."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from models.users import User
from tests.makers_reports import finding_body, reinspection_body, report_body, reported, shot, with_photos
from tests.makers_visits import planned
from tests.world import OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, Person, World


@dataclass
class Town:
    world: World
    first: Person
    second: Person
    officer: Person
    enterprise_id: str

    def body(self, **more: Any) -> dict[str, Any]:
        return {**report_body(self.world, self.enterprise_id, [self.first, self.second]), **more}

    async def held(self, body: dict[str, Any], by: Person | None = None) -> list[str]:
        """The reasons why the report is held; it is nowhere else but with its author and the office."""
        answer = await (by or self.first).post("/inspections", body)
        assert answer.status_code == 201, answer.text
        assert answer.json()["state"] == "held"
        assert answer.json()["findings"] == []
        return list(answer.json()["held_reasons"])

    async def resolve(self, body: dict[str, Any], **decision: Any) -> Any:
        return await self.officer.post(f"/inspections/{body['id']}/resolution", decision)


@pytest.fixture
async def town(world: World) -> Town:
    await world.regions()
    enterprise_id = await world.enterprise()
    return Town(world, await world.inspector(), await world.inspector(), await world.officer(), enterprise_id)


async def test_an_enterprise_out_of_sight_is_held_with_the_very_answer_of_an_unknown_one(town: Town) -> None:
    far = await town.world.enterprise(region=f"{OTHER_TOWN}201")
    ids = [str(uuid4()), str(uuid4())]
    unseen = await town.first.post("/inspections", town.body(id=ids[0], enterprise_id=far))
    unknown = await town.first.post("/inspections", town.body(id=ids[1], enterprise_id=str(uuid4())))
    assert unseen.json()["held_reasons"] == ["enterprise_unknown"]
    assert unseen.text.replace(ids[0], ids[1]) == unknown.text


async def test_a_held_report_is_seen_by_its_author_and_the_office_alone(town: Town) -> None:
    body = town.body(enterprise_id=str(uuid4()))
    await town.held(body)
    people = [town.first, town.officer, town.second, await town.world.village(), await town.world.admin()]
    seen = [(await person.get(f"/inspections/{body['id']}")).status_code for person in people]
    assert seen == [200, 200, 404, 404, 404]
    other_office = await town.world.officer(region=OTHER_TOWN)
    assert (await other_office.get(f"/inspections/{body['id']}")).status_code == 404
    boss = await town.world.boss(town.enterprise_id)
    taken = town.body(findings=[finding_body(id=(await _one_finding(town)))])
    assert await town.held(taken) == ["finding_id_taken"]
    assert (await boss.get(f"/inspections/{taken['id']}")).status_code == 404
    assert (await town.officer.get("/inspections?state=held")).json()["items"][0]["state"] == "held"


async def _one_finding(town: Town) -> str:
    shown = await reported(
        town.world, town.first, town.enterprise_id, [town.first, town.second], findings=[finding_body()]
    )
    return str(shown["findings"][0]["id"])


async def test_every_reason_that_stands_against_a_report_is_named_at_once(town: Town) -> None:
    twice = finding_body()
    body = town.body(
        enterprise_id=str(uuid4()),
        inspectors=[town.second.id, str(uuid4())],
        visit_id=str(uuid4()),
        findings=[twice, twice],
    )
    assert await town.held(body) == [
        "inspector_unknown",
        "not_an_inspector",
        "visit_unknown",
        "finding_named_twice",
        "enterprise_unknown",
    ]


async def test_a_report_for_a_cancelled_visit_or_one_of_another_enterprise_is_held(town: Town) -> None:
    leader = await town.world.leader()
    people = [town.first, town.second]
    visit_id = await planned(town.world, town.officer, town.enterprise_id, people, leader)
    other = await town.world.enterprise(name="邻家作坊")
    assert await town.held(town.body(enterprise_id=other, visit_id=visit_id)) == ["visit_of_other_enterprise"]
    await town.officer.post(f"/visits/{visit_id}/cancellation", {"reason": "企业停产"})
    assert await town.held(town.body(visit_id=visit_id)) == ["visit_cancelled"]


async def test_a_visit_that_the_reporter_was_not_named_for_is_as_unknown_as_one_that_does_not_exist(town: Town) -> None:
    visit_id = await planned(
        town.world, town.officer, town.enterprise_id, [town.second, town.officer], await town.world.leader()
    )
    assert await town.held(town.body(visit_id=visit_id)) == ["visit_unknown"]


async def test_a_verdict_on_a_finding_in_the_wrong_state_holds_the_whole_re_inspection(town: Town) -> None:
    finding_id = await _one_finding(town)
    verdict = {"finding_id": finding_id, "passed": True, "photo_ids": [str(uuid4())]}
    body = reinspection_body(town.world, town.enterprise_id, [town.first, town.second], [verdict])
    assert await town.held(body) == ["illegal_transition"]
    unknown = {**verdict, "finding_id": str(uuid4())}
    body = reinspection_body(town.world, town.enterprise_id, [town.first, town.second], [unknown])
    assert await town.held(body) == ["not_found"]
    spot_check = town.body(reinspections=[verdict])
    assert await town.held(spot_check) == ["not_a_reinspection"]


async def test_a_new_enterprise_that_the_register_refuses_holds_the_report_and_leaves_nothing(town: Town) -> None:
    wrong = {"name": "某厂", "region": VILLAGE, "main_industry": "NONE", "uscc": "123"}
    reasons = await town.held(town.body(enterprise_id=None, enterprise=wrong))
    assert "industry_unknown:/enterprise/main_industry" in reasons
    assert (await town.officer.get("/enterprises", params={"q": "某厂"})).json()["items"] == []


async def test_release_with_another_enterprise_applies_the_report_as_its_authors_at_its_own_day(town: Town) -> None:
    body = town.body(enterprise_id=str(uuid4()), findings=[finding_body(deadline="2026-11-25")])
    await town.held(body)
    town.world.clock.forward(days=4)
    still = await town.resolve(body, decision="release")
    assert (still.status_code, still.json()["code"]) == (409, "report_not_applicable")
    assert still.json()["reasons"] == ["enterprise_unknown"]
    released = (await town.resolve(body, decision="release", enterprise_id=town.enterprise_id, note="已核对")).json()
    assert (released["state"], released["held_reasons"], released["submitted_by"]) == ("accepted", [], town.first.id)
    assert released["findings"][0]["state"] == "registered"
    finding = (await town.officer.get(f"/findings/{released['findings'][0]['id']}")).json()
    assert (finding["found_on"], finding["registered_by"]) == ("2026-11-24", town.first.id)
    assert not [warning for warning in released["warnings"] if warning.startswith("deadline_before")]
    assert (await town.second.get(f"/inspections/{body['id']}")).status_code == 200


async def test_the_report_of_an_officer_who_moved_away_is_held_for_the_office_of_the_enterprise(town: Town) -> None:
    body, unknown = town.body(findings=[finding_body()]), town.body(enterprise_id=str(uuid4()))
    async with town.world.rows.begin() as tx:
        moved = sa.update(User).where(User.id == town.first.user.id)  # type: ignore[arg-type]
        await tx.execute(moved.values(region=OTHER_TOWN))
    assert await town.held(body) == await town.held(unknown) == ["inspector_unknown", "enterprise_unknown"]
    for query in ("", f"region={OTHER_TOWN}", f"region={TOWN}", f"enterprise_id={town.enterprise_id}"):
        mine = {item["id"] for item in (await town.first.get(f"/inspections?{query}")).json()["items"]}
        assert mine in (set(), {body["id"], unknown["id"]})  # no question tells the two apart
    assert (await town.officer.get(f"/inspections/{unknown['id']}")).status_code == 404
    assert (await town.resolve(body, decision="release")).json()["findings"][0]["state"] == "registered"


async def test_release_lets_a_colleague_report_for_those_who_were_there(town: Town) -> None:
    colleague = await town.world.inspector()
    body = town.body()
    assert await town.held(body, colleague) == ["not_an_inspector"]
    assert (await town.resolve(body, decision="release")).json()["state"] == "accepted"
    by_office = town.body()
    assert (await town.officer.post("/inspections", by_office)).json()["state"] == "accepted"


async def test_the_author_of_a_released_report_amends_its_findings_also_out_of_sight(town: Town) -> None:
    elsewhere = await town.world.inspector(region=OTHER_TOWN)
    body = town.body(findings=[finding_body()])
    await town.held(body, elsewhere)
    released = (await town.resolve(body, decision="release")).json()
    finding_id = released["findings"][0]["id"]
    assert (await elsewhere.get(f"/findings/{finding_id}")).status_code == 404
    amendment = {"reason": "写错期限", "findings": [{"id": finding_id, "deadline": "2026-12-09"}]}
    amended = await elsewhere.patch(f"/inspections/{body['id']}", amendment, version=released["version"])
    assert (amended.status_code, amended.json()["findings"][0]["deadline"]) == (200, "2026-12-09")


async def test_a_patrol_asks_for_a_visit_of_who_sees_the_place_and_not_of_its_author_elsewhere(town: Town) -> None:
    elsewhere = await town.world.inspector(region=OTHER_TOWN)
    body = town.body(findings=[finding_body()], inspectors=[town.first.id])
    await town.held(body, elsewhere)
    assert (await town.resolve(body, decision="release")).json()["kind"] == "patrol"
    asked = {
        person.id: [
            item["subject_id"] for item in (await person.get("/worklist?kind=follow_up_patrol")).json()["items"]
        ]
        for person in (town.officer, elsewhere)
    }
    assert asked == {town.officer.id: [body["id"]], elsewhere.id: []}


async def test_a_rejected_report_stays_readable_and_is_never_released(town: Town) -> None:
    body = town.body(enterprise_id=str(uuid4()))
    await town.held(body)
    decision = {"id": str(uuid4()), "decision": "reject", "note": "重复"}
    answers = [await town.resolve(body, **decision) for _ in range(2)]
    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [
        (201, "rejected"),
        (200, "rejected"),
    ]
    late = await town.resolve(body, decision="release", enterprise_id=town.enterprise_id)
    assert (late.status_code, late.json()["code"], late.json()["state"]) == (409, "wrong_inspection_state", "rejected")
    mine = (await town.first.get(f"/inspections/{body['id']}?version=1")).json()
    assert mine["report"]["id"] == body["id"]
    again = await town.first.post("/inspections", body)
    assert (again.status_code, again.json()["state"], again.json()["held_note"]) == (200, "rejected", "重复")


async def test_an_inspector_may_not_resolve_even_their_own_held_report(town: Town) -> None:
    body = town.body(enterprise_id=str(uuid4()))
    await town.held(body)
    answer = await town.first.post(f"/inspections/{body['id']}/resolution", {"decision": "release"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert (await town.officer.post(f"/inspections/{uuid4()}/resolution", {"decision": "reject"})).status_code == 404


async def test_photos_of_a_held_report_arrive_and_are_the_inspections_once_it_is_released(town: Town) -> None:
    before = shot()
    finding = finding_body(photo_ids=[before.id])
    body = town.body(enterprise_id=str(uuid4()), findings=[finding], photos=[before.declared()])
    held = (await with_photos(town.first, body, [before])).json()
    assert (held["state"], held["missing_photos"]) == ("held", [])
    released = (await town.resolve(body, decision="release", enterprise_id=town.enterprise_id)).json()
    [photo] = released["photos"]
    assert (photo["id"], photo["stored"], photo["finding_ids"]) == (before.id, True, [finding["id"]])


async def test_a_village_report_about_another_village_is_held(town: Town) -> None:
    village = await town.world.village(OTHER_VILLAGE)
    assert await town.held(town.body(inspectors=[village.id]), village) == ["enterprise_unknown"]


async def test_a_late_visit_of_years_ago_is_still_accepted(town: Town) -> None:
    old = (town.world.clock.now() - timedelta(days=8000)).isoformat()
    shown = (await town.first.post("/inspections", town.body(arrived_at=old))).json()
    assert (shown["state"], shown["kind"]) == ("accepted", "patrol")
