"""Evidence that a visit was 四不两直: what the desk, the inspectors and the leader are told, and nobody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from models.auth import DeviceSession
from models.words import FindingState, Role
from tests.makers_findings import finding
from tests.makers_photos import put
from tests.makers_reports import Shot, report_body, reported
from tests.makers_visits import planned
from tests.pictures import Tags, photo
from tests.world import COUNTY, OTHER_TOWN, Person, World

PLACE = {"lon": 111.2812345, "lat": 30.6912345, "accuracy_m": 8, "crs": "WGS84", "source": "gps"}
NEAR = {"lon": 111.2813456, "lat": 30.6913456, "accuracy_m": 12, "crs": "WGS84", "source": "gps", "mocked": False}


@dataclass
class Office:
    world: World
    officer: Person
    leader: Person
    first: Person
    second: Person
    enterprise_id: str

    async def report(self, **more: Any) -> dict[str, Any]:
        """An accepted report with a good fix, as it is shown."""
        usual = {"location": NEAR, **more}
        shown = await reported(self.world, self.first, self.enterprise_id, [self.first, self.second], **usual)
        return dict(shown)

    async def evidence(self, inspection: dict[str, Any], by: Person | None = None) -> dict[str, Any]:
        answer = await (by or self.officer).get(f"/inspections/{inspection['id']}/evidence")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def flags(self, **more: Any) -> set[str]:
        """Of a new report."""
        return flags_of(await self.evidence(await self.report(**more)))


def flags_of(evidence: dict[str, Any]) -> set[str]:
    return {flag["flag"] for flag in evidence["flags"]}


def answers_of(evidence: dict[str, Any]) -> dict[str, str]:
    return {one["question"]: one["answer"] for one in evidence["answers"]}


@pytest.fixture
async def office(world: World) -> Office:
    await world.regions()
    enterprise_id = await world.enterprise(location=PLACE)
    world.clock.forward(days=1)
    officer, leader = await world.officer(), await world.leader()
    return Office(world, officer, leader, await world.inspector(), await world.inspector(), enterprise_id)


async def test_an_honest_visit_answers_six_times_with_its_grounds(office: Office) -> None:
    taken = (office.world.clock.now() - timedelta(minutes=35)).isoformat()
    shot = {"id": str(uuid4()), "taken_at": taken, "location": NEAR}
    found = await office.evidence(await office.report(photos=[shot]))
    assert set(answers_of(found).values()) == {"yes"}
    [down] = [one for one in found["answers"] if one["question"] == "straight_down"]
    assert [ground["label"] for ground in down["grounds"]] == ["手机定位在企业登记位置的容差内"]
    assert found["red"] == 0
    assert flags_of(found) == {"code_not_used", "second_phone_silent"}


async def test_what_the_report_does_not_say_is_not_shown_and_blocks_nothing(office: Office) -> None:
    body = report_body(office.world, office.enterprise_id, [office.first, office.second], location=None)
    for silent in ("accompanied_by", "briefing_before", "credentials_shown"):
        del body[silent]
    answer = await office.first.post("/inspections", body)
    assert answer.json()["state"] == "accepted"
    found = await office.evidence(answer.json())
    assert answers_of(found) == {
        "no_notice": "yes",
        "no_greeting": "yes",
        "no_briefing": "not_shown",
        "no_escort": "not_shown",
        "straight_down": "not_shown",
        "straight_in": "not_shown",
    }
    assert {"no_fix", "no_photo", "credentials_not_stated"} <= flags_of(found)


async def test_a_report_that_says_no_is_answered_no(office: Office) -> None:
    found = await office.evidence(await office.report(briefing_before=True, accompanied_by="企业李总"))
    assert answers_of(found)["no_briefing"] == answers_of(found)["no_escort"] == "no"


async def test_a_fix_far_away_is_flagged_red_with_the_row_that_it_was_held_against(office: Office) -> None:
    found = await office.evidence(await office.report(location={**NEAR, "lat": 30.7512345}))
    [flag] = [one for one in found["flags"] if one["flag"] == "elsewhere"]
    assert flag["colour"] == "red"
    assert flag["measured"] == pytest.approx(6672, abs=30)
    assert flag["bound"]["rule"] == "evidence.far_away"
    assert flag["bound"]["unit"] == "metres"
    assert flag["bound"]["verified"] is False
    assert answers_of(found)["straight_down"] == "no"


async def test_a_fix_in_a_maps_datum_is_where_the_register_is(office: Office) -> None:
    gcj02 = {"lon": 111.2870447, "lat": 30.6885478}
    assert "off_place" not in await office.flags(location={**NEAR, **gcj02, "crs": "GCJ02"})
    assert "datum_mistaken" in await office.flags(location={**NEAR, **gcj02})


async def test_the_registers_own_numbers_and_a_mock_are_no_fix(office: Office) -> None:
    assert "fix_is_registers" in await office.flags(location={**NEAR, "lon": PLACE["lon"], "lat": PLACE["lat"]})
    assert "mocked" in await office.flags(location={**NEAR, "mocked": True})


async def test_the_same_fix_on_another_day_is_flagged(office: Office) -> None:
    assert "fix_repeated" not in await office.flags()
    office.world.clock.forward(days=3)
    assert "fix_repeated" in await office.flags()


async def test_two_enterprises_far_apart_at_once_are_flagged_even_where_the_reader_sees_only_one(
    office: Office,
) -> None:
    far = await office.world.enterprise(region=OTHER_TOWN, location={**PLACE, "lon": 111.68})
    county = [await office.world.inspector(region=COUNTY), await office.world.inspector(region=COUNTY)]
    await reported(office.world, county[0], far, county, location=None)
    shown = await reported(office.world, county[0], office.enterprise_id, county, location=NEAR)
    assert "impossible_travel" in flags_of(await office.evidence(shown))


async def test_a_photo_that_another_enterprise_had_is_flagged_without_naming_it(office: Office) -> None:
    other = await office.world.enterprise(name="远方的厂", region=OTHER_TOWN, location=PLACE)
    county = [await office.world.inspector(region=COUNTY), await office.world.inspector(region=COUNTY)]
    old = Shot(data=photo(tags=Tags(model="same")))
    await reported(office.world, county[0], other, county, photos=[old.declared()])
    assert (await put(county[0], old.data, old.id)).status_code == 201
    office.world.clock.forward(days=1)
    again = Shot(data=old.data)
    shown = await office.report(photos=[again.declared()])
    assert "photo_of_other_enterprise" not in flags_of(await office.evidence(shown))
    assert (await put(office.first, again.data, again.id)).status_code == 201
    answer = await office.officer.get(f"/inspections/{shown['id']}/evidence")
    assert "photo_of_other_enterprise" in flags_of(answer.json())
    assert other not in answer.text
    assert "远方的厂" not in answer.text


async def test_the_cameras_own_time_counts_once_the_bytes_are_here(office: Office) -> None:
    shot = Shot(data=photo(tags=Tags(taken="2026:11:01 09:00:00", model=str(uuid4()))))
    shown = await office.report(photos=[shot.declared()])
    assert "photo_long_before" not in flags_of(await office.evidence(shown))
    await put(office.first, shot.data, shot.id)
    assert "photo_long_before" in flags_of(await office.evidence(shown))


async def test_a_clock_three_days_back_is_flagged(office: Office) -> None:
    then = office.world.clock.now() - timedelta(days=3)
    times = {"arrived_at": (then - timedelta(minutes=40)).isoformat(), "left_at": then.isoformat()}
    body = report_body(office.world, office.enterprise_id, [office.first, office.second], location=NEAR, **times)
    sent = await office.first.post("/inspections", body, headers={"Zhicha-Device-Time": then.isoformat()})
    assert {"clock_far_off"} <= flags_of(await office.evidence(sent.json()))
    silent = await office.first.post("/inspections", {**body, "id": str(uuid4())})
    assert {"reported_late"} <= flags_of(await office.evidence(silent.json()))


async def test_too_few_cards_are_flagged(office: Office) -> None:
    mate = await office.world.person(Role.INSPECTOR)
    shown = await reported(office.world, office.first, office.enterprise_id, [office.first, mate], location=NEAR)
    assert "cards_missing" in flags_of(await office.evidence(shown))


async def test_a_reinspection_is_expected(world: World) -> None:
    life = await finding(world, FindingState.VERIFIED)
    [again] = (await life.officer.get("/inspections?kind=reinspection")).json()["items"]
    answer = await life.officer.get(f"/inspections/{again['id']}/evidence")
    assert answers_of(answer.json())["no_notice"] == "not_shown"


async def test_a_held_report_tells_of_itself_to_its_author_and_the_office(office: Office) -> None:
    body = report_body(office.world, str(uuid4()), [office.first, office.second], location=NEAR)
    held = await office.first.post("/inspections", body)
    assert held.json()["state"] == "held"
    for reader in (office.first, office.officer):
        found = await office.evidence(held.json(), reader)
        assert "enterprise_without_place" in flags_of(found)
        assert "cards_missing" not in flags_of(found)


async def test_only_the_desk_and_those_who_were_there_are_told(office: Office) -> None:
    world, shown = office.world, await office.report()
    path = f"/inspections/{shown['id']}/evidence"
    told = [office.first, office.second, office.officer, office.leader]
    refused = [await world.inspector(), await world.village(), await world.boss(office.enterprise_id)]
    blind = [await world.officer(region=OTHER_TOWN), await world.boss(await world.enterprise()), await world.admin()]
    assert [(await person.get(path)).status_code for person in told] == [200] * 4
    assert [(await person.get(path)).status_code for person in refused] == [403] * 3
    assert [(await person.get(path)).status_code for person in blind] == [404] * 3


async def sign_in(world: World, boss: Person, at: datetime) -> None:
    """A session as a sign-in leaves it."""
    session = DeviceSession(id=uuid4(), user_id=UUID(boss.id), device_id=str(uuid4()), rotated_at=at, created_at=at)
    await world.add(session)


async def planned_report(office: Office) -> dict[str, Any]:
    """A visit planned two days ahead, done now."""
    people = [office.first, office.second]
    now = office.world.clock.now()
    released = {"release_at": (now + timedelta(days=2)).isoformat()}
    visit_id = await planned(office.world, office.officer, office.enterprise_id, people, office.leader, **released)
    await office.leader.post(f"/visits/{visit_id}/approval", {})
    office.world.clock.forward(days=2, hours=1)
    return await office.report(visit_id=visit_id, urgent_reason=None)


async def test_an_account_that_wakes_after_the_plan_is_one_line_for_office_and_leader_alone(office: Office) -> None:
    boss = await office.world.boss(office.enterprise_id)
    office.world.clock.forward(days=100)  # its first sign-in is long ago
    for ago in (60, 30):
        await sign_in(office.world, boss, office.world.clock.now() + timedelta(days=2) - timedelta(hours=ago))
    shown = await planned_report(office)
    for reader in (office.officer, office.leader):
        watched = (await office.evidence(shown, reader))["leak_watch"]
        assert watched["was_planned"]
        assert watched["sign_in_days"] == 1, "what came before the plan is no leak"
        assert not watched["flagged"]
    await sign_in(office.world, boss, office.world.clock.now() - timedelta(hours=3))
    watched = (await office.evidence(shown))["leak_watch"]
    assert watched["flagged"]
    assert watched["line"].startswith("到场前72小时内：安排被")
    assert watched["line"].endswith("与平时明显不同，请核对")
    assert (await office.evidence(shown, office.first))["leak_watch"] is None


async def test_what_nobody_planned_cannot_leak(office: Office) -> None:
    watched = (await office.evidence(await office.report()))["leak_watch"]
    assert watched["line"] == "事先没有安排，无从泄露"
    assert not watched["flagged"]
