"""Enterprises: the register, who may put what on it, and how a name is found."""

from tests.world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, World

USCC = "914403001922038216"
WRONG_CHECK = "914403001922038217"
FACTORY = {"name": "宏达机械加工厂", "region": VILLAGE, "main_industry": "MECH"}


async def test_a_factory_is_registered_with_its_code_and_its_industries(world: World) -> None:
    inspector = await world.inspector()
    made = await inspector.post("/enterprises", {**FACTORY, "uscc": USCC, "industries": ["CATR"]})
    assert made.status_code == 201, made.text
    assert made.json()["uscc"] == USCC
    assert made.json()["office_code"] is None
    assert made.json()["industries"] == ["CATR", "MECH"]
    assert made.json()["status"] == "active"
    assert made.json()["warnings"] == []
    assert made.headers["etag"] == '"1"'
    assert (await inspector.get(f"/enterprises/{made.json()['id']}")).json() == made.json()


async def test_a_stall_without_a_uscc_gets_a_code_of_the_office(world: World) -> None:
    inspector = await world.inspector()
    made = await inspector.post("/enterprises", {**FACTORY, "name": "老王废品收购站"})
    assert made.json()["office_code"].startswith(f"T{TOWN}-")
