"""Evidence that a visit was 四不两直: what the desk, the inspectors and the leader are told, and nobody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import col

from models.auth import DeviceSession
from models.events import Event
from models.words import EventKind, FindingState, Role
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


OWN_FIX = {**NEAR, "lon": 111.2812789, "lat": 30.6912789}


async def fetched(office: Office, by: Person | None = None, enterprise_id: str | None = None) -> str:
    """A code at the gate, by its letters."""
    path = f"/enterprises/{enterprise_id or office.enterprise_id}/arrival-codes"
    answer = await (by or office.first).post(path, {"location": OWN_FIX})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def confirmed(office: Office, code: str, by: Person | None = None, **fix: Any) -> None:
    location = {**NEAR, "lon": 111.2812111, "lat": 30.6912111, **fix}
    answer = await (by or office.second).post(f"/arrival-codes/{code}/confirmations", {"location": location})
    assert answer.status_code == 201, answer.text


async def arrive(office: Office) -> None:
    """The report says forty minutes ago: stand there now."""
    office.world.clock.forward(minutes=-40)


async def test_a_code_and_a_second_phone_make_a_visit_without_any_flag(office: Office) -> None:
    await arrive(office)
    code = await fetched(office)
    await confirmed(office, f" {code[:4].lower()}-{code[4:]}")
    office.world.clock.forward(minutes=40)
    taken = (office.world.clock.now() - timedelta(minutes=35)).isoformat()
    shot = {"id": str(uuid4()), "taken_at": taken, "location": NEAR}
    shown = await office.report(arrival_code=code, photos=[shot])
    found = await office.evidence(shown)
    assert shown["arrival_code"] == code
    assert found["flags"] == []
    [down] = [one for one in found["answers"] if one["question"] == "straight_down"]
    assert {ground["ground"] for ground in down["grounds"]} >= {"code_at_arrival", "second_phone_at_place"}


async def test_a_code_of_somebody_else_another_enterprise_or_nobody_is_flagged_and_holds_no_report(
    office: Office,
) -> None:
    stranger, other = await office.world.inspector(), await office.world.enterprise()
    codes = [await fetched(office, stranger), await fetched(office, enterprise_id=other), "0000 0000", "", "到场"]
    for code in codes:
        assert "code_foreign" in await office.flags(arrival_code=code), code


async def test_a_code_of_two_hours_before_is_flagged(office: Office) -> None:
    code = await fetched(office)
    office.world.clock.forward(hours=3)
    assert "code_far_in_time" in await office.flags(arrival_code=code)


async def test_a_mate_who_confirms_from_elsewhere_or_on_the_same_phone_is_flagged(office: Office) -> None:
    await arrive(office)
    code, again = await fetched(office), await fetched(office)
    await confirmed(office, code, lat=30.7612345)
    async with office.world.office.new_session.begin() as tx:
        devices = sa.select(col(DeviceSession.device_id)).where(col(DeviceSession.user_id) == UUID(office.first.id))
        mates = sa.update(DeviceSession).where(col(DeviceSession.user_id) == UUID(office.second.id))
        await tx.execute(mates.values(device_id=devices.limit(1).scalar_subquery()))
    await confirmed(office, again)
    office.world.clock.forward(minutes=40)
    assert "second_phone_elsewhere" in await office.flags(arrival_code=code)
    assert "second_phone_not_own" in await office.flags(arrival_code=again)


async def test_a_confirmation_of_the_evening_is_kept_and_proves_nothing(office: Office) -> None:
    await arrive(office)
    code = await fetched(office)
    office.world.clock.forward(minutes=40)
    shown = await office.report(arrival_code=code)
    office.world.clock.forward(hours=5)
    await confirmed(office, code)
    assert "second_phone_silent" in flags_of(await office.evidence(shown))


async def test_nobody_confirms_their_own_code_and_a_repeat_is_the_same_one(office: Office) -> None:
    body = {"id": str(uuid4()), "location": OWN_FIX}
    path = f"/enterprises/{office.enterprise_id}/arrival-codes"
    first, again = await office.first.post(path, body), await office.first.post(path, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    own = await office.first.post(f"/arrival-codes/{first.json()['code']}/confirmations", {})
    assert (own.status_code, own.json()["code"]) == (409, "own_arrival_code")


async def test_a_code_of_an_enterprise_out_of_sight_is_like_none(office: Office) -> None:
    code = await fetched(office)
    path = f"/enterprises/{office.enterprise_id}/arrival-codes"
    stranger = await office.world.inspector(region=OTHER_TOWN)
    answers = [await stranger.post(f"/arrival-codes/{one}/confirmations", {}) for one in (code, "00000000")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert (await stranger.post(path, {})).status_code == 404
    boss = await office.world.boss(office.enterprise_id)
    assert (await boss.post(path, {})).status_code == 403


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


async def test_who_looked_at_the_plan_before_the_arrival_is_named_to_the_leader(office: Office) -> None:
    shown = await planned_report(office)
    arrived = datetime.fromisoformat(shown["arrived_at"])
    for by, at in ((office.officer, -5), (office.officer, -2), (office.leader, 1)):
        await office.world.add(looked(shown["visit"]["id"], by, arrived + timedelta(hours=at)))
    watched = (await office.evidence(shown, office.leader))["leak_watch"]
    assert [(one["name"], one["looks"]) for one in watched["lookers"]] == [(office.officer.user.name, 2)]
    assert "安排被1人查看2次" in watched["line"]


def looked(visit_id: str, by: Person, at: datetime) -> Event:
    """The event that a look at a sealed visit leaves."""
    return Event(
        id=uuid4(),
        at=at,
        kind=EventKind.VISIT_LOOKED_AT,
        subject="visit",
        subject_id=UUID(visit_id),
        actor_id=UUID(by.id),
        body="{}",
        nonce=bytes(16),
        algorithm="sha-256",
        hash=bytes(32),
    )


async def test_what_nobody_planned_cannot_leak(office: Office) -> None:
    watched = (await office.evidence(await office.report()))["leak_watch"]
    assert watched["line"] == "事先没有安排，无从泄露"
    assert not watched["flagged"]


async def test_the_code_at_the_gate_is_one_ground_more_and_turns_no_answer(office: Office) -> None:
    keeper, path = office.officer, f"/enterprises/{office.enterprise_id}"
    upper = {"system": "省平台", "code": "https://qym.example.gov.cn/q?c=8F3K"}
    assert (await keeper.post(f"{path}/upper-codes", upper)).status_code == 201
    for code in (upper["code"], f" {upper['code']}\n"):
        found = await office.evidence(await office.report(scanned_code=code))
        grounds = {one["question"]: [ground["ground"] for ground in one["grounds"]] for one in found["answers"]}
        assert {question for question, given in grounds.items() if "gate_code_scanned" in given} == {
            "straight_down",
            "straight_in",
        }
        assert "gate_code_foreign" not in flags_of(found)
    away = await office.evidence(await office.report(scanned_code=upper["code"], location={**NEAR, "lat": 30.7512345}))
    assert answers_of(away)["straight_down"] == "no"


async def test_another_enterprises_code_is_flagged_without_naming_it_and_an_unknown_one_says_nothing(
    office: Office,
) -> None:
    other = await office.world.enterprise(name="远方的厂", region=OTHER_TOWN)
    keeper = await office.world.officer(region=COUNTY)
    upper = {"system": "省平台", "code": "https://qym.example.gov.cn/q?c=FAR"}
    made = (await keeper.post(f"/enterprises/{other}/upper-codes", upper)).json()
    shown = await office.report(scanned_code=upper["code"])
    answer = await office.officer.get(f"/inspections/{shown['id']}/evidence")
    [flag] = [one for one in answer.json()["flags"] if one["flag"] == "gate_code_foreign"]
    assert flag["colour"] == "amber"
    assert [word for word in (other, "远方的厂") if word in answer.text] == []
    for nothing in (None, "", "微信收款码", "https://qym.example.gov.cn/q?c=OTHER"):
        assert "gate_code_foreign" not in await office.flags(scanned_code=nothing)
    office.world.clock.forward(days=1)
    assert (await keeper.post(f"/gate-codes/{made['id']}/withdrawal", {"reason": "已拆除"})).status_code == 201
    office.world.clock.forward(days=1)
    assert "gate_code_foreign" not in await office.flags(scanned_code=upper["code"])
    assert "gate_code_foreign" in flags_of(await office.evidence(shown))
