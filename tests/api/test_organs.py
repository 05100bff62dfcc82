"""Organs: who acts and under which authority."""

from tests.world import OTHER_TOWN, TOWN, World

ORGAN = {"name": "某镇人民政府", "paper_word": "某镇应急", "region": TOWN}


async def test_an_organ_assists_until_the_office_names_another_authority(world: World) -> None:
    admin = await world.admin()
    made = await admin.post("/organs", ORGAN)
    assert made.status_code == 201
    assert made.json()["authority_mode"] == "assist"


async def test_own_authority_without_a_decision_number_is_refused_with_its_pointer(world: World) -> None:
    admin = await world.admin()
    refused = await admin.post("/organs", {**ORGAN, "authority_mode": "own"})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["errors"][0]["pointer"] == "/authority_decision"


async def test_an_inspector_may_not_set_up_an_organ(world: World) -> None:
    inspector = await world.inspector()
    assert (await inspector.post("/organs", ORGAN)).json()["code"] == "not_allowed"


async def test_the_same_organ_sent_twice_is_made_once_and_other_content_conflicts(world: World) -> None:
    admin = await world.admin()
    body = {**ORGAN, "id": "0198f000-0000-7000-8000-000000000001"}
    first, again = await admin.post("/organs", body), await admin.post("/organs", body)
    other = await admin.post("/organs", {**body, "name": "别的机关"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == again.json()
    assert len((await admin.get("/organs")).json()["items"]) == 1


async def test_a_change_needs_the_version_that_was_read(world: World) -> None:
    admin = await world.admin()
    organ_id = (await admin.post("/organs", ORGAN)).json()["id"]
    without = await admin.patch(f"/organs/{organ_id}", {"court": "某法院"}, version=None)
    right = await admin.patch(f"/organs/{organ_id}", {"court": "某法院"}, version=1)
    stale = await admin.patch(f"/organs/{organ_id}", {"court": "别的法院"}, version=1)
    assert (without.status_code, right.status_code, stale.status_code) == (428, 200, 412)
    assert right.headers["etag"] == '"2"'


async def test_organs_of_another_town_are_not_listed(world: World) -> None:
    admin, inspector = await world.admin(), await world.inspector(region=OTHER_TOWN)
    await admin.post("/organs", ORGAN)
    assert (await inspector.get("/organs")).json()["items"] == []


async def test_what_an_organ_cannot_be_without_is_never_emptied(world: World) -> None:
    admin = await world.admin()
    organ_id = (await admin.post("/organs", ORGAN)).json()["id"]
    refused = await admin.patch(f"/organs/{organ_id}", {"name": None})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"pointer": "/name", "code": "not_nullable", "detail": "may be left out, but not emptied"}
    ]
    assert (await admin.patch(f"/organs/{organ_id}", {"court": None})).status_code == 200
