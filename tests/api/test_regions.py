"""Regions: the codes that sight is made of."""

import pytest

from tests.world import COUNTY, OTHER_TOWN, TOWN, VILLAGE, World

REGION = {"code": TOWN, "name": "某镇"}


async def test_a_region_knows_its_parent_by_its_code(world: World) -> None:
    admin = await world.admin()
    made = await admin.post("/regions", REGION)
    assert made.status_code == 201
    assert made.json() == {"code": TOWN, "name": "某镇", "parent": COUNTY, "version": 1}
    assert (await admin.post("/regions", {"code": "42", "name": "某省"})).json()["parent"] is None


async def test_the_same_region_sent_twice_is_made_once_even_when_it_was_renamed_since(world: World) -> None:
    admin = await world.admin()
    first = await admin.post("/regions", REGION)
    await admin.patch(f"/regions/{TOWN}", {"name": "新镇"})
    again, other = await admin.post("/regions", REGION), await admin.post("/regions", {**REGION, "name": "别的镇"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json()["name"] == "新镇"


async def test_a_region_that_was_loaded_otherwise_is_not_made_a_second_time(world: World) -> None:
    await world.regions()
    admin = await world.admin()
    answers = [await admin.post("/regions", {**REGION, "name": name}) for name in ("某镇", "别的镇")]
    assert answers[0].status_code == 200
    assert answers[1].status_code == 409


@pytest.mark.parametrize("code", ["420582000", "4205821", "42058210４", 420582104, "420582104\n"])
async def test_what_is_no_region_code_is_refused_with_its_pointer(world: World, code: object) -> None:
    refused = await (await world.admin()).post("/regions", {"code": code, "name": "某镇"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/code"


async def test_everybody_reads_the_own_region_and_those_below_and_no_neighbour(world: World) -> None:
    await world.regions()
    officer, village, admin = await world.officer(), await world.village(), await world.admin()
    codes = [region["code"] for region in (await officer.get("/regions")).json()["items"]]
    assert codes[0] == TOWN
    assert OTHER_TOWN not in codes
    assert COUNTY not in codes
    assert [region["code"] for region in (await village.get("/regions")).json()["items"]] == [VILLAGE]
    assert len((await admin.get("/regions")).json()["items"]) == 5


async def test_only_an_administrator_sets_regions_up_or_renames_them(world: World) -> None:
    await world.regions()
    officer = await world.officer()
    assert (await officer.post("/regions", REGION)).json()["code"] == "not_allowed"
    assert (await officer.patch(f"/regions/{TOWN}", {"name": "新镇"})).status_code == 403


async def test_a_neighbours_region_answers_like_one_that_does_not_exist(world: World) -> None:
    await world.regions()
    officer = await world.officer()
    calls = [await officer.patch(f"/regions/{code}", {"name": "x"}) for code in (OTHER_TOWN, "420582199")]
    assert [call.status_code for call in calls] == [404, 404]
    assert calls[0].json() == calls[1].json()


async def test_renaming_needs_the_version_that_was_read(world: World) -> None:
    await world.regions()
    admin = await world.admin()
    answers = [await admin.patch(f"/regions/{TOWN}", {"name": "新镇"}, version=version) for version in (None, 1, 1)]
    assert [answer.status_code for answer in answers] == [428, 200, 412]
