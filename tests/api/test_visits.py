"""Visits: planned in silence, approved by somebody else, released, done or cancelled."""

from dataclasses import dataclass
from uuid import uuid4

import pytest

from tests.makers_visits import planned, visit_body
from tests.world import OTHER_TOWN, TOWN, Person, World


@dataclass
class Town:
    world: World
    officer: Person
    leader: Person
    first: Person
    second: Person
    enterprise_id: str

    async def plan(self, **more: object) -> str:
        return await planned(
            self.world, self.officer, self.enterprise_id, [self.first, self.second], self.leader, **more
        )

    def body(self, **more: object) -> dict[str, object]:
        usual = visit_body(self.world, self.enterprise_id, [self.first, self.second], self.leader)
        return {**usual, **more}


@pytest.fixture
async def town(world: World) -> Town:
    await world.regions()
    enterprise_id = await world.enterprise()
    return Town(
        world,
        await world.officer(),
        await world.leader(),
        await world.inspector(),
        await world.inspector(),
        enterprise_id,
    )


async def sees(person: Person, visit_id: str) -> bool:
    answer = await person.get(f"/visits/{visit_id}")
    listed = visit_id in [item["id"] for item in (await person.get("/visits")).json()["items"]]
    assert (answer.status_code == 200) is listed
    return listed


async def test_a_sealed_visit_is_seen_by_its_maker_and_approver_and_by_nobody_else(town: Town) -> None:
    visit_id = await town.plan()
    assert await sees(town.officer, visit_id)
    assert await sees(town.leader, visit_id)
    others = [
        town.first,
        await town.world.officer(),
        await town.world.admin(),
        await town.world.boss(town.enterprise_id),
    ]
    assert [await sees(person, visit_id) for person in others] == [False] * 4


async def test_what_is_not_to_be_seen_answers_like_what_does_not_exist(town: Town) -> None:
    visit_id = await town.plan()
    unseen = await town.first.get(f"/visits/{visit_id}")
    absent = await town.first.get(f"/visits/{uuid4()}")
    assert (unseen.status_code, unseen.content) == (404, absent.content)
    approval = await town.first.post(f"/visits/{visit_id}/approval", {})
    assert (approval.status_code, approval.content) == (404, absent.content)
    cancellation = await town.first.post(f"/visits/{visit_id}/cancellation", {"reason": "不去"})
    assert (cancellation.status_code, cancellation.content) == (404, absent.content)


async def test_its_inspectors_see_it_from_release_once_it_is_approved(town: Town) -> None:
    visit_id = await town.plan()
    town.world.clock.forward(hours=2)
    assert not await sees(town.first, visit_id)
    assert (await town.leader.post(f"/visits/{visit_id}/approval", {"note": "同意"})).status_code == 201
    assert await sees(town.first, visit_id)
    assert not await sees(await town.world.inspector(), visit_id)
    assert not await sees(await town.world.boss(town.enterprise_id), visit_id)


async def test_an_approved_visit_stays_sealed_for_its_inspectors_until_release(town: Town) -> None:
    visit_id = await town.plan()
    await town.leader.post(f"/visits/{visit_id}/approval", {})
    assert not await sees(town.first, visit_id)


async def test_a_visit_needs_two_different_inspectors_of_its_region_and_another_approver(town: Town) -> None:
    stranger = await town.world.inspector(region=OTHER_TOWN)
    refused = await town.officer.post("/visits", town.body(inspectors=[town.first.id, town.first.id]))
    assert refused.json()["errors"][0]["code"] == "two_inspectors_needed"
    refused = await town.officer.post("/visits", town.body(inspectors=[town.first.id, stranger.id]))
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [("/inspectors/1", "inspector_unsuited")]
    refused = await town.officer.post("/visits", town.body(approver_id=town.officer.id))
    assert refused.json()["errors"][0]["code"] == "approver_is_maker"
    refused = await town.officer.post("/visits", town.body(approver_id=town.first.id))
    assert refused.json()["errors"][0]["code"] == "approver_unsuited"


async def test_an_enterprise_out_of_sight_answers_like_an_unknown_one(town: Town) -> None:
    far = await town.world.enterprise(region=f"{OTHER_TOWN}201")
    unseen = await town.officer.post("/visits", town.body(enterprise_id=far))
    unknown = await town.officer.post("/visits", town.body(enterprise_id=str(uuid4())))
    assert (unseen.status_code, unseen.content) == (422, unknown.content)


async def test_a_visit_id_that_tells_its_time_is_refused(town: Town) -> None:
    refused = await town.officer.post("/visits", town.body(id="0198f000-0000-7000-8000-000000000001"))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/id")
    assert (await town.officer.post("/visits", town.body())).json()["id"][14] == "4"


async def test_a_village_plans_no_visit_and_an_inspector_approves_none(town: Town) -> None:
    village = await town.world.village()
    assert (await village.post("/visits", town.body())).status_code == 403
    visit_id = await planned(town.world, town.first, town.enterprise_id, [town.first, town.second], town.leader)
    assert (await town.first.post(f"/visits/{visit_id}/approval", {})).status_code == 403


async def test_a_visit_planned_twice_is_one_and_a_cancelled_one_is_gone(town: Town) -> None:
    body = town.body(id=str(uuid4()))
    first, again = await town.officer.post("/visits", body), await town.officer.post("/visits", body)
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    other = await town.officer.post("/visits", {**body, "content": "别的"})
    assert (other.status_code, other.json()["code"]) == (409, "id_conflict")
    path = f"/visits/{body['id']}/cancellation"
    cancellation = {"id": str(uuid4()), "reason": "企业停产"}
    assert (await town.officer.post(path, cancellation)).json()["state"] == "cancelled"
    assert (await town.officer.post(path, cancellation)).status_code == 200
    assert (await town.officer.post("/visits", body)).status_code == 410
    assert (await town.leader.post(f"/visits/{body['id']}/approval", {})).json()["code"] == "visit_cancelled"


async def test_an_approval_repeated_is_the_same_and_a_second_one_conflicts(town: Town) -> None:
    visit_id = await town.plan()
    approval = {"id": str(uuid4()), "note": "同意"}
    answers = [await town.leader.post(f"/visits/{visit_id}/approval", approval) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    second = await town.leader.post(f"/visits/{visit_id}/approval", {"id": str(uuid4())})
    assert (second.status_code, second.json()["code"], second.json()["state"]) == (409, "visit_settled", "approved")


async def test_a_department_sees_arrived_visits_of_its_own_trades_alone_and_no_sealed_ones(town: Town) -> None:
    visit_id = await town.plan()
    department = await town.world.officer(industries=["MECH"], region=TOWN)
    assert not await sees(department, visit_id)
