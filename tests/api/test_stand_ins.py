"""Stand-ins: a colleague does the work of an officer on leave, on those days alone; who is away is not drawn."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
import sqlalchemy as sa

from models.stand_ins import StandIn
from models.words import Role
from tests.makers_draws import draw_body
from tests.makers_reports import report_body
from tests.makers_stand_ins import stand_in_body
from tests.makers_visits import planned
from tests.world import OTHER_TOWN, Person, World


@dataclass
class Town:
    world: World
    office: Person
    leader: Person
    absent: Person
    partner: Person
    other: Person
    enterprise_id: str

    async def away(self, **more: object) -> str:
        body = stand_in_body(self.world, self.absent.id, self.other.id)
        answer = await self.office.post("/stand-ins", {**body, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@pytest.fixture
async def town(world: World) -> Town:
    await world.regions()
    absent, partner, other = [await world.inspector() for _ in range(3)]
    return Town(world, await world.officer(), await world.leader(), absent, partner, other, await world.enterprise())


async def visits_to_do(person: Person) -> list[str]:
    items = (await person.get("/worklist")).json()["items"]
    return [item["subject_id"] for item in items if item["subject"] == "visit"]


async def test_who_stands_in_finds_the_visit_at_its_release_and_reports_it_and_on_no_other_day(town: Town) -> None:
    visit_id = await planned(town.world, town.office, town.enterprise_id, [town.absent, town.partner], town.leader)
    await town.leader.post(f"/visits/{visit_id}/approval", {})
    stand_in_id = await town.away()
    assert (await town.other.get(f"/visits/{visit_id}")).status_code == 404
    town.world.clock.forward(hours=2)
    assert (await town.other.get(f"/visits/{visit_id}")).status_code == 200
    assert visit_id in await visits_to_do(town.other)
    on_the_day = town.world.clock.now()
    town.world.clock.forward(days=7)
    assert (await town.other.get(f"/visits/{visit_id}")).status_code == 404
    assert visit_id not in await visits_to_do(town.other)
    town.world.clock.set(on_the_day)
    report = report_body(town.world, town.enterprise_id, [town.other, town.partner], visit_id=visit_id)
    made = await town.other.post("/inspections", report)
    assert (made.status_code, made.json()["state"]) == (201, "accepted"), made.text
    ended = await town.office.post(f"/stand-ins/{stand_in_id}/end", {"note": "提前返岗"})
    twice = await town.office.post(f"/stand-ins/{stand_in_id}/end", {})
    assert (ended.status_code, twice.status_code, twice.json()["code"]) == (201, 409, "stand_in_ended")


async def test_approvals_pass_to_who_stands_in_but_never_to_the_maker_of_the_visit(town: Town) -> None:
    deputy = await town.world.leader()
    scope = {"scope": "approvals", "officer_id": town.leader.id}
    await town.away(**scope, stand_in_id=deputy.id)
    pair = [town.absent, town.partner]
    visit_id = await planned(town.world, town.office, town.enterprise_id, pair, town.leader)
    assert visit_id in await visits_to_do(deputy)
    approved = await deputy.post(f"/visits/{visit_id}/approval", {"note": "同意"})
    assert (approved.status_code, approved.json()["approved_by"]) == (201, deputy.id)
    own = await town.world.officer()
    async with town.world.rows.begin() as tx:
        await tx.execute(sa.update(StandIn).values(stand_in_id=own.id))
    made_by_own = await planned(town.world, own, town.enterprise_id, pair, town.leader)
    assert (await own.post(f"/visits/{made_by_own}/approval", {})).status_code == 403


async def test_a_drawn_visit_is_nobody_elses_and_who_is_away_is_not_drawn(town: Town) -> None:
    drawn = await town.office.post("/draws", draw_body(town.world, count=1, officers=[town.absent.id, town.partner.id]))
    assert drawn.status_code == 201
    await town.away()
    town.world.clock.forward(hours=2)
    assert (await town.partner.get("/visits")).json()["items"]
    assert (await town.other.get("/visits")).json()["items"] == []
    named = await town.office.post("/draws", draw_body(town.world, count=1, officers=[town.absent.id, town.other.id]))
    assert named.json()["errors"][0] | {"detail": ""} == {
        "pointer": "/officers/0", "code": "officer_away", "detail": "",
    }  # fmt: skip
    unnamed = await town.office.post("/draws", draw_body(town.world, count=1))
    pool = (await town.office.get(f"/draws/{unnamed.json()['id']}")).json()
    assert town.absent.id not in str(pool)


async def test_a_stand_in_is_for_colleagues_who_may_and_see_as_much_and_one_at_a_time(town: Town) -> None:
    await town.away()
    body = stand_in_body(town.world, town.absent.id, town.partner.id)
    overlap = await town.leader.post(
        "/stand-ins", {**body, "scope": "all", "stand_in_id": (await town.world.officer()).id}
    )
    assert (overlap.status_code, overlap.json()["code"]) == (409, "stand_in_overlaps")
    village = await town.world.person(Role.VILLAGE)
    far = await town.world.inspector(region=OTHER_TOWN)
    refused = {
        "/officer_id": {"officer_id": far.id},
        "/stand_in_id": {"stand_in_id": village.id},
        "": {"stand_in_id": town.absent.id},
    }
    for pointer, wrong in refused.items():
        answer = await town.office.post("/stand-ins", {**body, **wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await town.partner.post("/stand-ins", body)).status_code == 403
    readers = (town.office, town.leader, town.absent, town.other)
    seen = [len((await person.get("/stand-ins")).json()["items"]) for person in (*readers, town.partner, far)]
    assert seen == [1, 1, 1, 1, 0, 0]
    assert (await far.post(f"/stand-ins/{uuid4()}/end", {})).status_code == 404
