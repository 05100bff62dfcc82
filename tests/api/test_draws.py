"""Draws: known to their maker alone until the release, to the minute; fair by their rows; proven after the month."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from models.words import Role
from services.rules.draw_files import differences
from tests.makers_draws import draw_body, drawn
from tests.makers_reports import report_body
from tests.world import COUNTY, OTHER_VILLAGE, VILLAGE, Person, World


@dataclass
class Town:
    world: World
    maker: Person
    leader: Person
    inspectors: list[Person]
    enterprises: list[str]

    def named(self, draw: dict[str, Any]) -> list[Person]:
        """Inspectors of the first visit."""
        return [person for person in self.inspectors if person.id in draw["drawn"][0]["inspectors"]]

    async def looks(self, draw_id: str, by: Person | None = None) -> list[tuple[str, str | None]]:
        answer = await (by or self.maker).get(f"/draws/{draw_id}/looks")
        assert answer.status_code == 200, answer.text
        return [(look["actor_id"], look["visit_id"]) for look in answer.json()["items"]]


@pytest.fixture
async def town(world: World) -> Town:
    await world.regions()
    by = await world.officer(region=COUNTY)
    enterprises = [await world.enterprise(by=by, name=f"第{n}机械厂") for n in range(4)]
    inspectors = [await world.inspector() for _ in range(4)]
    maker = await world.person(Role.OFFICE)  # without a card: never drawn itself
    return Town(world, maker, await world.leader(), inspectors, enterprises)


async def sees(person: Person, draw_id: str) -> bool:
    answer = await person.get(f"/draws/{draw_id}")
    listed = draw_id in [item["id"] for item in (await person.get("/draws")).json()["items"]]
    assert (answer.status_code == 200) is listed
    return listed


async def visits_of(person: Person) -> list[str]:
    return [item["id"] for item in (await person.get("/visits")).json()["items"]]


async def test_a_draw_names_enterprises_and_pairs_of_officers_with_valid_cards(town: Town) -> None:
    expired = await town.world.inspector(card_to=datetime(2026, 1, 1, tzinfo=UTC).date())
    draw = await drawn(town.world, town.maker, count=3)
    assert (draw["state"], draw["pool_enterprises"], draw["pool_officers"]) == ("sealed", 4, 4)
    assert len({one["enterprise_id"] for one in draw["drawn"]} & set(town.enterprises)) == 3
    for one in draw["drawn"]:
        assert len(set(one["inspectors"])) == 2
        assert expired.id not in one["inspectors"]
        assert one["visit_id"][14] == "4", "a UUID 7 would tell when"


async def test_before_release_only_its_maker_knows(town: Town) -> None:
    draw = await drawn(town.world, town.maker)
    assert await sees(town.maker, draw["id"])
    assert len(await visits_of(town.maker)) == 2
    boss = await town.world.boss(draw["drawn"][0]["enterprise_id"])
    others = [
        *town.inspectors,
        town.leader,
        boss,
        await town.world.officer(),
        await town.world.admin(),
        await town.world.village(),
        await town.world.person(Role.DEPARTMENT, industries=["MECH"], carded=True),
    ]
    absent = await town.leader.get(f"/draws/{uuid4()}")
    for person in others:
        assert not await sees(person, draw["id"])
        assert await visits_of(person) == []
        answer = await person.get(f"/draws/{draw['id']}")
        assert (answer.status_code, answer.content) == (404, absent.content)
        for path in ("looks", "proof"):
            answer = await person.get(f"/draws/{draw['id']}/{path}")
            assert (answer.status_code, answer.content) == (404, absent.content)
        for path, body in (("release", {}), ("cancellation", {"reason": "x"})):
            answer = await person.post(f"/draws/{draw['id']}/{path}", body)
            assert (answer.status_code, answer.content) == (404, absent.content)


async def test_at_the_minute_of_release_its_officers_see_their_own_visits_and_report_them(town: Town) -> None:
    draw = await drawn(town.world, town.maker, count=1)
    [one] = draw["drawn"]
    first, second = town.named(draw)
    town.world.clock.forward(minutes=59)
    assert await visits_of(first) == []
    town.world.clock.forward(minutes=1)
    assert await visits_of(first) == [one["visit_id"]]
    work = (await second.get("/worklist?kind=make_visit")).json()["items"]
    assert [item["subject_id"] for item in work] == [one["visit_id"]]
    [stranger, *_] = [person for person in town.inspectors if person.id not in one["inspectors"]]
    assert await visits_of(stranger) == []
    report = report_body(town.world, one["enterprise_id"], [first, second], visit_id=one["visit_id"])
    inspection = (await first.post("/inspections", report)).json()
    assert (inspection["state"], inspection["visit"]["state"]) == ("accepted", "done")


async def test_after_release_the_leader_sees_the_draw_and_each_enterprise_only_once_somebody_is_there(
    town: Town,
) -> None:
    draw = await drawn(town.world, town.maker, count=1)
    town.world.clock.forward(hours=1)
    shown = (await town.leader.get(f"/draws/{draw['id']}")).json()
    assert (shown["state"], shown["drawn_count"], shown["drawn"]) == ("released", 1, [])
    first, second = town.named(draw)
    [one] = draw["drawn"]
    report = report_body(town.world, one["enterprise_id"], [first, second], visit_id=one["visit_id"])
    await first.post("/inspections", report)
    assert (await town.leader.get(f"/draws/{draw['id']}")).json()["drawn"] == [one]


async def test_released_before_its_time_by_its_maker_alone_and_once(town: Town) -> None:
    draw = await drawn(town.world, town.maker, count=1)
    body = {"id": str(uuid4())}
    answers = [await town.maker.post(f"/draws/{draw['id']}/release", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["state"] == "released"
    assert await visits_of(town.named(draw)[0]) == [draw["drawn"][0]["visit_id"]]
    again = await town.maker.post(f"/draws/{draw['id']}/release", {})
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (409, "draw_settled", "released")
    late = await town.maker.post(f"/draws/{draw['id']}/cancellation", {"reason": "x"})
    assert late.json()["code"] == "draw_settled"
    assert (await town.leader.post(f"/draws/{draw['id']}/release", {})).status_code == 403


async def test_called_off_before_its_release_it_stays_unknown_for_ever(town: Town) -> None:
    body = draw_body(town.world, id=str(uuid4()), count=1)
    draw = (await town.maker.post("/draws", body)).json()
    answer = await town.maker.post(f"/draws/{draw['id']}/cancellation", {"reason": "台风"})
    assert (answer.json()["state"], answer.json()["cancel_reason"]) == ("cancelled", "台风")
    town.world.clock.forward(days=40)
    assert not await sees(town.leader, draw["id"])
    assert [await visits_of(person) for person in town.inspectors] == [[]] * 4
    assert (await town.maker.post("/draws", body)).status_code == 410
    assert (await town.maker.get(f"/draws/{draw['id']}/proof")).json()["code"] == "draw_closed"
    [line] = (await town.leader.get("/draws/commitments")).json()["items"]
    assert (line["commitment"], line["state"]) == (draw["commitment"], "called_off")


async def test_the_commitment_is_public_at_once_and_tells_nothing_else(town: Town) -> None:
    draws = [await drawn(town.world, town.maker) for _ in range(2)]
    answer = await town.world.client.get("/api/v1/draws/commitments")
    lines = answer.json()["items"]
    assert [line["commitment"] for line in lines] == sorted((one["commitment"] for one in draws), reverse=True)
    for line in lines:
        told = {name: value for name, value in line.items() if name != "commitment"}
        assert told == {"drawn_on": "2026-11-24", "state": "closed", "state_label": "种子未公开"}
    first = (await town.world.client.get("/api/v1/draws/commitments?limit=1")).json()
    rest = await town.world.client.get(f"/api/v1/draws/commitments?limit=1&cursor={first['next_cursor']}")
    assert [*first["items"], *rest.json()["items"]] == lines


async def test_after_the_month_the_seed_opens_and_the_draw_is_drawn_again_offline(town: Town) -> None:
    draw = await drawn(town.world, town.maker, count=3)
    town.world.clock.set(datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC))  # a second before midnight in Shanghai
    closed = await town.leader.get(f"/draws/{draw['id']}/proof")
    assert (closed.status_code, closed.json()["code"], closed.json()["opens_on"]) == (409, "draw_closed", "2026-12-01")
    town.world.clock.forward(seconds=1)
    opened = await town.leader.get(f"/draws/{draw['id']}/proof")
    assert differences(opened.text, draw["commitment"]) == []
    file = opened.json()
    told = [(one["enterprise_id"], one["inspectors"]) for one in draw["drawn"]]
    assert [(one["enterprise_id"], one["officers"]) for one in file["drawn"]] == told
    file["drawn"][0], file["drawn"][1] = file["drawn"][1], file["drawn"][0]
    assert [found.split(":")[0] for found in differences(json.dumps(file))] == ["place 1", "place 2"]
    [line] = (await town.world.client.get("/api/v1/draws/commitments")).json()["items"]
    assert line["state"] == "opened"


async def test_every_look_is_told_to_who_may_know_of_the_draw(town: Town) -> None:
    draw = await drawn(town.world, town.maker, count=1)
    visit_id = draw["drawn"][0]["visit_id"]
    assert await town.looks(draw["id"]) == []
    await town.maker.get(f"/draws/{draw['id']}")
    await town.maker.get("/draws")
    await town.leader.get(f"/draws/{draw['id']}")
    mine = {(town.maker.id, None), (town.maker.id, visit_id)}
    assert (len(await town.looks(draw["id"])), set(await town.looks(draw["id"]))) == (4, mine)
    town.world.clock.forward(hours=1)
    first = town.named(draw)[0]
    await first.get(f"/visits/{visit_id}")
    await town.leader.get(f"/draws/{draw['id']}")
    seen = await town.looks(draw["id"], by=town.leader)
    assert (len(seen), set(seen)) == (6, {*mine, (first.id, visit_id), (town.leader.id, None)})


async def test_officers_keep_away_from_whom_they_must_avoid(town: Town) -> None:
    one, two, three, four = town.inspectors
    barred = [
        {"officer_id": one.id, "ground": "relative", "enterprise_id": town.enterprises[0]},
        {"officer_id": two.id, "ground": "own_village", "village": VILLAGE},
    ]
    for body in barred:
        assert (await town.maker.post("/avoidances", body)).status_code == 201
    for _ in range(6):
        draw = await drawn(town.world, town.maker, count=4)
        for visit in draw["drawn"]:
            assert two.id not in visit["inspectors"]
            if visit["enterprise_id"] == town.enterprises[0]:
                assert set(visit["inspectors"]) == {three.id, four.id}


async def test_where_fewer_than_two_officers_may_go_nobody_is_drawn(town: Town) -> None:
    three = town.inspectors[:3]
    for person in three:
        body = {"officer_id": person.id, "ground": "interest", "enterprise_id": town.enterprises[1]}
        assert (await town.maker.post("/avoidances", body)).status_code == 201
    draw = await drawn(town.world, town.maker, count=10)
    assert (draw["without_pair"], draw["drawn_count"]) == (1, 3)
    assert town.enterprises[1] not in [one["enterprise_id"] for one in draw["drawn"]]


async def test_who_was_there_last_does_not_go_again_and_the_yearly_cap_holds(town: Town) -> None:
    one, two, three, four = town.inspectors
    done = report_body(town.world, town.enterprises[0], [one, two], urgent_reason="群众反映")
    assert (await one.post("/inspections", done)).json()["state"] == "accepted"
    draw = await drawn(town.world, town.maker, count=4)
    [visit] = [one for one in draw["drawn"] if one["enterprise_id"] == town.enterprises[0]]
    assert set(visit["inspectors"]) == {three.id, four.id}
    capped = await drawn(town.world, town.maker, count=4, per_year=1)
    assert (capped["over_cap"], capped["drawn_count"]) == (1, 3)
    town.world.clock.set(datetime(2027, 1, 4, 1, tzinfo=UTC))
    assert (await drawn(town.world, town.maker, count=4, per_year=1))["over_cap"] == 0


async def test_the_pool_follows_filters_and_the_makers_sight(town: Town) -> None:
    by = await town.world.officer(region=COUNTY)
    other = await town.world.enterprise(by=by, region=OTHER_VILLAGE, main_industry="CRWD", name="歌舞厅")
    far = await town.world.enterprise(by=by, region="420582105201", name="邻镇厂")
    wide = await drawn(town.world, town.maker, count=50)
    assert {one["enterprise_id"] for one in wide["drawn"]} == {*town.enterprises, other}
    assert far not in [one["enterprise_id"] for one in wide["drawn"]]
    village = await drawn(town.world, town.maker, count=50, region=OTHER_VILLAGE)
    trade = await drawn(town.world, town.maker, count=50, industries=["CRWD"])
    assert [one["enterprise_id"] for one in village["drawn"]] == [other]
    assert [one["enterprise_id"] for one in trade["drawn"]] == [other]
    department = await town.world.person(Role.DEPARTMENT, industries=["CRWD"])
    assert [one["enterprise_id"] for one in (await drawn(town.world, department, count=9))["drawn"]] == [other]


async def test_risk_weighs_by_the_rows_of_the_catalogue(town: Town) -> None:
    by = await town.world.officer(region=COUNTY)
    chemical = await town.world.enterprise(by=by, main_industry="CHEM", name="化工厂")
    draw = await drawn(town.world, town.maker, count=1)
    town.world.clock.forward(days=30)
    pool = (await town.maker.get(f"/draws/{draw['id']}/proof")).json()["pool"]["enterprises"]
    weights = {one["id"]: one["weight"] for one in pool}
    assert (weights[chemical], weights[town.enterprises[0]]) == (16, 4), "four times the risk, never visited"


async def test_what_cannot_be_drawn_is_refused_with_its_place(town: Town) -> None:
    expired = await town.world.inspector(card_to=datetime(2026, 1, 1, tzinfo=UTC).date())
    far = await town.world.inspector(region="420582105")
    wrong: dict[str, dict[str, Any]] = {
        "/kind": {"kind": "patrol"},
        "/region": {"region": "420582105"},
        "/industries/0": {"industries": ["NONE"]},
        "/officers/1": {"officers": [town.inspectors[0].id, expired.id]},
        "/officers/0": {"officers": [far.id]},
        "/count": {"region": OTHER_VILLAGE},
        "/id": {"id": "0198f000-0000-7000-8000-000000000001"},
    }
    for pointer, change in wrong.items():
        answer = await town.maker.post("/draws", draw_body(town.world, **change))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    for person in (town.leader, town.inspectors[0], await town.world.village()):
        assert (await person.post("/draws", draw_body(town.world))).status_code == 403


async def test_a_draw_made_twice_is_one(town: Town) -> None:
    body = draw_body(town.world, id=str(uuid4()))
    first, again = await town.maker.post("/draws", body), await town.maker.post("/draws", body)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    other = await town.maker.post("/draws", {**body, "count": 1})
    assert (other.status_code, other.json()["code"]) == (409, "id_conflict")
    stranger = await (await town.world.officer()).post("/draws", body)
    assert (stranger.status_code, stranger.json()["code"]) == (409, "id_taken")
