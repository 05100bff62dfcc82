"""Finding an enterprise on the doorstep: as it is said, by the end of a code, by phone, by place, by what is due."""

from datetime import date
from typing import Any

from models.words import FindingState, Role
from services.rules.places import wgs84_to_gcj02
from tests.makers_findings import finding
from tests.makers_reports import report_body
from tests.world import OTHER_VILLAGE, VILLAGE, Person, World

GATE: dict[str, Any] = {"lon": 111.28, "lat": 30.69, "crs": "WGS84", "source": "gps"}


async def names(person: Person, **asked: str) -> list[str]:
    answer = await person.get("/enterprises", params=asked)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def test_a_name_is_found_by_first_letters_from_any_character_in_every_reading(world: World) -> None:
    officer = await world.officer()
    await world.enterprise(by=officer, name="重庆曾记3号仓库")
    for q in ("cqzj", "zqcj3", "CJ3hck", "ｑｚ", "ck"):
        assert await names(officer, q=q) == ["重庆曾记3号仓库"], q
    assert [await names(officer, q=q) for q in ("qj", "cqz4", "hcq")] == [[]] * 3


async def test_the_end_of_a_code_or_of_a_phone_finds_its_enterprise_as_they_are_now(world: World) -> None:
    officer = await world.officer()
    phones = {"principal_phone": "１３８-0000-1234", "safety_manager_phone": "0717 421 5678"}
    made = await world.enterprise(by=officer, uscc="914403001922038216", **phones)
    for q in ("8216", "1922038216", "1234", "13800001234", "1380", "07174215678", "5678"):
        assert await names(officer, q=q) == ["宏达机械加工厂"], q
    assert await names(officer, q="4380") == []
    assert (await officer.patch(f"/enterprises/{made}", {"principal_phone": "13911112222"})).status_code == 200
    assert (await names(officer, q="1234"), await names(officer, q="2222")) == ([], ["宏达机械加工厂"])
    assert await names(await world.village(OTHER_VILLAGE), q="2222") == []


async def test_the_nearest_come_first_whatever_their_datum_and_page_by_page(world: World) -> None:
    officer = await world.officer()
    for name, north_m in (("乙厂", 300), ("丁厂", 2500), ("甲厂", 40), ("丙厂", 900)):
        lon, lat = GATE["lon"], GATE["lat"] + north_m / 111195
        shifted = wgs84_to_gcj02((float(lon), float(lat)))
        told = (
            {**GATE, "lon": shifted[0], "lat": shifted[1], "crs": "GCJ02"} if name == "甲厂" else {**GATE, "lat": lat}
        )
        await world.enterprise(by=officer, name=name, location=told)
    await world.enterprise(by=officer, name="无位置厂", location=None)
    near = "111.28,30.69"
    first = (await officer.get("/enterprises", params={"near": near, "limit": "2"})).json()
    assert [(item["name"], item["distance_m"]) for item in first["items"]] == [("甲厂", 40), ("乙厂", 300)]
    rest = {"near": near, "limit": "2", "cursor": first["next_cursor"]}
    assert [item["name"] for item in (await officer.get("/enterprises", params=rest)).json()["items"]] == ["丙厂"]
    assert await names(officer, near=near, radius_m="3000") == ["甲厂", "乙厂", "丙厂", "丁厂"]
    assert await names(officer, near=near, radius_m="3000", q="丁厂") == ["丁厂"]
    lon, lat = wgs84_to_gcj02((111.28, 30.69))
    assert await names(officer, near=f"{lon:.7f},{lat:.7f}", near_crs="GCJ02", radius_m="60") == ["甲厂"]
    assert (await officer.get("/enterprises?near=30.69")).status_code == 422


async def test_an_enterprise_that_moves_is_near_its_new_place_alone(world: World) -> None:
    officer = await world.officer()
    made = await world.enterprise(by=officer, location=GATE)
    await officer.patch(f"/enterprises/{made}", {"location": {**GATE, "lon": 111.4}})
    assert await names(officer, near="111.28,30.69") == []
    assert await names(officer, near="111.4,30.69") == ["宏达机械加工厂"]
    assert await names(await world.village(OTHER_VILLAGE), near="111.4,30.69") == []


async def test_size_and_risk_narrow_a_list(world: World) -> None:
    officer = await world.officer()
    await world.enterprise(by=officer, name="甲厂", size="small", risk="red")
    await world.enterprise(by=officer, name="乙厂", size="small", risk="blue")
    await world.enterprise(by=officer, name="丙厂")
    assert await names(officer, size="small") == ["乙厂", "甲厂"]
    assert await names(officer, size="small", risk="red") == ["甲厂"]


async def test_a_patrol_is_no_visit_and_a_closed_hazard_is_not_open(world: World) -> None:
    officer, other = await world.officer(), await world.inspector()
    village = await world.person(Role.VILLAGE, region=VILLAGE)
    patrolled = await world.enterprise(by=officer, name="只巡查厂")
    await world.enterprise(by=officer, name="未去厂")
    closed = await finding(world, FindingState.CLOSED)
    opened = await finding(world, FindingState.ORDERED)
    body = report_body(world, patrolled, [village], kind="patrol", findings=[])
    assert (await village.post("/inspections", body)).json()["state"] == "accepted"
    body = report_body(world, patrolled, [officer, other], findings=[])
    every = set(await names(officer))
    today = date.fromisoformat(body["arrived_at"][:10])
    unvisited = await names(officer, not_visited_since=today.isoformat()[:5] + "01-01")
    assert {"只巡查厂", "未去厂"} == set(unvisited) & {"只巡查厂", "未去厂"}
    assert (await officer.post("/inspections", body)).json()["state"] == "accepted"
    assert "只巡查厂" not in await names(officer, not_visited_since=today.isoformat())
    assert "只巡查厂" in await names(officer, not_visited_since="2030-01-01")
    open_now = [item["id"] for item in (await officer.get("/enterprises?has_open_findings=true")).json()["items"]]
    assert opened.enterprise_id in open_now
    assert closed.enterprise_id not in open_now
    assert set(await names(officer, has_open_findings="false")) <= every
