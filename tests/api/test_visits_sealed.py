"""A planned visit lies in a sealed box until somebody arrives: in the database, in its events, in its acts."""

import json
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import col

from models.acts import Act
from models.events import Event
from models.visits import Visit, VisitWrite
from services.rules.canonical import canonical_json, event_hash
from services.sealing import box_hash
from tests.makers_reports import report_body
from tests.makers_visits import planned, visit_body
from tests.world import OTHER_VILLAGE, VILLAGE, Person, World

SECRET = "消防通道与夜间住人"
FACTS = ("enterprise_id", "region", "kind", "basis", "legal_basis", "task_source", "content")


class Town:
    def __init__(self, world: World, people: list[Person], enterprise_id: str) -> None:
        self.world, self.enterprise_id = world, enterprise_id
        self.officer, self.leader, self.first, self.second = people

    async def plan(self, **more: Any) -> str:
        more = {"content": SECRET, **more}
        return await planned(
            self.world, self.officer, self.enterprise_id, [self.first, self.second], self.leader, **more
        )

    async def row(self, visit_id: str) -> Visit:
        async with self.world.rows() as tx:
            return (await tx.scalars(sa.select(Visit).where(col(Visit.id) == UUID(visit_id)))).one()

    async def events(self, visit_id: str) -> list[Event]:
        async with self.world.rows() as tx:
            of_it = sa.select(Event).where(col(Event.subject_id) == UUID(visit_id))
            return list((await tx.scalars(of_it.order_by(col(Event.at), col(Event.id)))).all())

    async def kinds(self, visit_id: str) -> list[tuple[str, str]]:
        return [(event.kind, str(event.actor_id)) for event in await self.events(visit_id)]

    async def release(self, visit_id: str) -> None:
        assert (await self.leader.post(f"/visits/{visit_id}/approval", {"note": f"同意，{SECRET}"})).status_code == 201
        self.world.clock.forward(hours=2)

    async def report(self, visit_id: str, **more: Any) -> dict[str, Any]:
        body = report_body(self.world, self.enterprise_id, [self.first, self.second], visit_id=visit_id)
        answer = await self.first.post("/inspections", {**body, **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@pytest.fixture
async def town(world: World) -> Town:
    await world.regions()
    enterprise_id = await world.enterprise()
    people = [await world.officer(), await world.leader(), await world.inspector(), await world.inspector()]
    return Town(world, people, enterprise_id)


async def test_before_arrival_the_row_tells_only_who_and_when(town: Town) -> None:
    visit_id = await town.plan()
    row = await town.row(visit_id)
    assert {name: getattr(row, name) for name in FACTS} == dict.fromkeys(FACTS)
    assert row.sealed is not None
    assert len(row.sealed) > 2048
    shown = (await town.officer.get(f"/visits/{visit_id}")).json()
    assert (shown["enterprise_id"], shown["region"], shown["content"]) == (town.enterprise_id, VILLAGE, SECRET)


async def test_release_needs_nothing_done_and_the_arrival_opens_the_row(town: Town) -> None:
    visit_id = await town.plan()
    await town.release(visit_id)
    assert (await town.first.get(f"/visits/{visit_id}")).json()["enterprise_id"] == town.enterprise_id
    sealed = await town.row(visit_id)
    assert sealed.enterprise_id is None
    inspection = await town.report(visit_id)
    assert (inspection["state"], inspection["visit"]["state"]) == ("accepted", "done")
    opened = await town.row(visit_id)
    assert (str(opened.enterprise_id), opened.region, opened.content) == (town.enterprise_id, VILLAGE, SECRET)
    assert opened.sealed == sealed.sealed, "events tell of this box"
    assert (await town.officer.get(f"/visits/{visit_id}")).json()["kind"] == "spot_check"


async def test_a_report_of_another_enterprise_does_not_open_the_visit(town: Town) -> None:
    visit_id = await town.plan()
    await town.release(visit_id)
    other = await town.world.enterprise(name="兴旺五金作坊")
    held = await town.report(visit_id, enterprise_id=other)
    assert (held["state"], held["held_reasons"]) == ("held", ["visit_of_other_enterprise"])
    assert (await town.row(visit_id)).enterprise_id is None


async def test_a_report_that_names_only_the_visit_finds_its_enterprise(town: Town) -> None:
    visit_id = await town.plan()
    await town.release(visit_id)
    assert (await town.report(visit_id, enterprise_id=None))["enterprise_id"] == town.enterprise_id


async def test_events_before_arrival_name_the_box_alone_and_still_prove_themselves(town: Town) -> None:
    visit_id = await town.plan()
    first = await town.row(visit_id)
    await town.release(visit_id)
    row = await town.row(visit_id)
    told = [event for event in await town.events(visit_id) if event.kind != "visit.looked_at"]
    bodies = [json.loads(event.body) for event in told]
    assert [event.kind for event in told] == ["visit.planned", "visit.approved"]
    assert bodies[0]["after"]["sealed_sha256"] == box_hash(first.sealed or b"")
    assert bodies[1]["after"]["sealed_sha256"] == box_hash(row.sealed or b"")  # the note was sealed with the rest
    for event in await town.events(visit_id):
        assert town.enterprise_id not in event.body
        assert SECRET not in event.body
        assert (event.enterprise_id, event.region) == (None, None)
        assert event.hash == event_hash(event.body.encode(), event.nonce)
    await town.report(visit_id)
    done = json.loads((await town.events(visit_id))[-1].body)
    assert (done["kind"], done["after"]["enterprise_id"]) == ("visit.done", town.enterprise_id)


async def test_every_look_at_a_sealed_visit_is_an_event_and_a_refusal_is_none(town: Town) -> None:
    visit_id = await town.plan()
    await town.officer.get(f"/visits/{visit_id}")
    await town.leader.get("/visits")
    await town.leader.get("/worklist?kind=approve_visit")
    await town.first.get(f"/visits/{visit_id}")
    await town.first.get("/worklist")
    looks = [who for kind, who in await town.kinds(visit_id) if kind == "visit.looked_at"]
    assert looks == [town.officer.id, town.leader.id, town.leader.id]
    await town.release(visit_id)
    await town.first.get("/worklist?kind=make_visit")
    assert (await town.kinds(visit_id))[-1] == ("visit.looked_at", town.first.id)
    await town.report(visit_id)
    await town.officer.get(f"/visits/{visit_id}")
    assert (await town.kinds(visit_id))[-1][0] == "visit.done", "what is open is looked at freely"


async def test_nobody_guesses_the_enterprise_from_the_hash_of_the_call(town: Town) -> None:
    body = visit_body(town.world, town.enterprise_id, [town.first, town.second], town.leader, id=str(uuid4()))
    first = await town.officer.post("/visits", body)
    asked = VisitWrite.model_validate_json(json.dumps(body)).model_dump(mode="json", exclude={"id"})
    guess = sha256(canonical_json({"operation": "planVisit", "subject": None, "body": asked})).digest()
    async with town.world.rows() as tx:
        act = (await tx.scalars(sa.select(Act).where(col(Act.id) == UUID(first.json()["id"])))).one()
    assert act.content_sha256 != guess
    again = await town.officer.post("/visits", body)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert (await town.officer.post("/visits", {**body, "content": "别的"})).json()["code"] == "id_conflict"
    looks = [kind for kind, _ in await town.kinds(body["id"])]
    assert looks == ["visit.planned", "visit.looked_at"], "the repeat showed it again"


async def test_why_a_sealed_visit_was_called_off_stays_in_the_box(town: Town) -> None:
    visit_id = await town.plan()
    reason = {"reason": "宏达机械加工厂当日停业"}
    answer = await town.officer.post(f"/visits/{visit_id}/cancellation", reason)
    assert answer.json()["cancel_reason"] == reason["reason"]
    row = await town.row(visit_id)
    assert (row.state.value, row.cancel_reason, row.enterprise_id) == ("cancelled", None, None)
    assert all("宏达" not in event.body for event in await town.events(visit_id))
    assert (await town.leader.get(f"/visits/{visit_id}")).json()["cancel_reason"] == reason["reason"]


async def test_an_enterprise_that_moves_is_visited_where_it_is_now(town: Town) -> None:
    visit_id = await town.plan()
    enterprise = (await town.officer.get(f"/enterprises/{town.enterprise_id}")).json()
    moved = await town.officer.patch(
        f"/enterprises/{town.enterprise_id}", {"region": OTHER_VILLAGE}, version=enterprise["version"]
    )
    assert moved.status_code == 200, moved.text
    assert (await town.officer.get(f"/visits/{visit_id}")).json()["region"] == OTHER_VILLAGE
    await town.release(visit_id)
    await town.report(visit_id)
    assert (await town.row(visit_id)).region == OTHER_VILLAGE
