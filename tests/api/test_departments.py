"""Departments: the industries one owns are the sight of its people."""

from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import col

from models.events import Event
from models.words import Role
from tests.world import World

DEPARTMENT = {"name": "住建办", "industries": ["CONS", "MIXD"]}


async def test_a_department_owns_industries_once_each_and_in_order(world: World) -> None:
    admin = await world.admin()
    made = await admin.post("/departments", {**DEPARTMENT, "industries": ["MIXD", "CONS", "MIXD"]})
    assert made.status_code == 201
    assert made.json()["industries"] == ["CONS", "MIXD"]


async def test_an_industry_that_the_catalogue_does_not_know_is_refused_with_its_pointer(world: World) -> None:
    refused = await (await world.admin()).post("/departments", {**DEPARTMENT, "industries": ["CONS", "SHOE"]})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/industries/1"


async def test_the_same_department_sent_twice_is_made_once_and_other_content_conflicts(world: World) -> None:
    admin = await world.admin()
    body = {**DEPARTMENT, "id": str(uuid4())}
    answers = [await admin.post("/departments", content) for content in (body, body, {**body, "name": "别的"})]
    assert [answer.status_code for answer in answers] == [201, 200, 409]
    assert answers[0].json() == answers[1].json()
    assert len((await admin.get("/departments")).json()["items"]) == 1


async def test_a_department_that_gives_an_industry_away_no_longer_sees_it(world: World) -> None:
    await world.regions()
    factory = await world.enterprise(main_industry="MECH")
    admin = await world.admin()
    clerk = await world.person(Role.DEPARTMENT, industries=["MECH"])
    assert (await clerk.get(f"/enterprises/{factory}")).status_code == 200
    assert (await clerk.get("/me")).json()["department"]["industries"] == ["MECH"]
    changed = await admin.patch(f"/departments/{clerk.user.department_id}", {"industries": ["FUEL"]})
    assert changed.json()["industries"] == ["FUEL"]
    assert (await clerk.get(f"/enterprises/{factory}")).status_code == 404


async def test_a_change_is_told_with_the_industries_before_and_after(world: World) -> None:
    admin = await world.admin()
    department = (await admin.post("/departments", DEPARTMENT)).json()
    await admin.patch(f"/departments/{department['id']}", {"name": "建设办", "industries": ["CONS"]})
    async with world.rows.begin() as tx:
        body = await tx.scalar(sa.select(col(Event.body)).where(col(Event.kind) == "department.changed"))
    assert '"before":{"industries":["CONS","MIXD"],"name":"住建办"}' in str(body)
    assert '"after":{"industries":["CONS"],"name":"建设办"}' in str(body)


async def test_only_an_administrator_sets_departments_up_or_changes_them(world: World) -> None:
    officer, admin = await world.officer(), await world.admin()
    assert (await officer.post("/departments", DEPARTMENT)).json()["code"] == "not_allowed"
    department = (await admin.post("/departments", DEPARTMENT)).json()
    assert (await officer.patch(f"/departments/{department['id']}", {"name": "x"})).status_code == 403
    assert [row["name"] for row in (await officer.get("/departments")).json()["items"]] == ["住建办"]


async def test_a_change_needs_the_version_that_was_read_and_a_department_that_is_there(world: World) -> None:
    admin = await world.admin()
    path = f"/departments/{(await admin.post('/departments', DEPARTMENT)).json()['id']}"
    answers = [await admin.patch(path, {"name": "建设办"}, version=version) for version in (None, 1, 1)]
    assert [answer.status_code for answer in answers] == [428, 200, 412]
    assert (await admin.patch(f"/departments/{uuid4()}", {"name": "x"})).status_code == 404
