"""listIndustries."""

import httpx

from tests.world import World


async def test_all_fifteen_industries_are_listed_in_the_catalogues_order(world: World) -> None:
    village = await world.village()
    items = (await village.get("/industries", params={"limit": 200})).json()["items"]
    assert [item["code"] for item in items][:3] == ["CHEM", "FUEL", "MECH"]
    assert len(items) == 15
    assert items[1] == {"code": "FUEL", "name_zh": "加油站", "name_en": "Filling stations", "gb4754": ["5265"]}


async def test_pages_of_industries_follow_each_other_without_gap_or_repeat(world: World) -> None:
    inspector = await world.inspector()
    first = (await inspector.get("/industries", params={"limit": 9})).json()
    second = (await inspector.get("/industries", params={"limit": 9, "cursor": first["next_cursor"]})).json()
    codes = [item["code"] for item in first["items"] + second["items"]]
    assert (len(codes), len(set(codes)), second["next_cursor"]) == (15, 15, None)


async def test_industries_are_not_read_without_signing_in(world: World) -> None:
    answer: httpx.Response = await world.client.get("/api/v1/industries")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
