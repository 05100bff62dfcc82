"""Likely duplicates are named with their reasons to whoever sees both, when they come and later; nothing is refused."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from cli.migrate import plain_url
from models.words import Role
from tests.api.test_imports import HEAD, counts, done, told
from tests.api.test_lists_under_the_wall import plan_of
from tests.database import TestDatabase
from tests.world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, Person, World

USCC = "914403001922038216"
OTHER_USCC = "91110000802100433B"
MANY = """
WITH pattern AS MATERIALIZED (SELECT enterprise AS one FROM enterprise LIMIT 1)
INSERT INTO enterprise SELECT made.* FROM pattern, generate_series(1, 4000) n
CROSS JOIN LATERAL jsonb_populate_record(pattern.one, jsonb_build_object(
    'id', md5('enterprise ' || n)::uuid, 'office_code', 'X' || n, 'uscc', 'Y' || n, 'name_core', '企业' || n,
    'region', '420582' || (100 + n % 50) || (200 + n % 20))) made;
INSERT INTO search_key SELECT 't138' || abs(hashtext(id::text)), region, id FROM enterprise ON CONFLICT DO NOTHING;
ANALYZE enterprise, search_key;
"""
FACTORY: dict[str, Any] = {"name": "宏达机械厂", "region": VILLAGE, "main_industry": "MECH"}


async def registered(by: Person, **more: Any) -> dict[str, Any]:
    answer = await by.post("/enterprises", {**FACTORY, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def why(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(one["id"], [reason["reason"] for reason in one["reasons"]]) for one in answer["likely_duplicates"]]


@pytest.mark.parametrize(
    ("first", "second", "reasons"),
    [
        ({"uscc": USCC}, {"uscc": USCC, "name": "别的名字", "region": OTHER_VILLAGE}, ["same_uscc"]),
        ({}, {"name": "宏达机械（有限公司）"}, ["same_name_in_region"]),
        ({"region": TOWN}, {"name": "宏达机械有限责任公司"}, ["same_name_in_region"]),
        (
            {"principal_phone": "138 0000 0000"},
            {"name": "宏达机械有限公司", "region": OTHER_VILLAGE, "safety_manager_phone": "１３８００００００００"},
            ["same_name_and_phone"],
        ),
        (
            {"uscc": USCC, "principal_phone": "13800000000"},
            {"uscc": USCC, "principal_phone": "13800000000"},
            ["same_uscc", "same_name_in_region", "same_name_and_phone"],
        ),
    ],
)
async def test_who_registers_a_likely_duplicate_is_told_of_which_and_why(
    world: World, first: dict[str, Any], second: dict[str, Any], reasons: list[str]
) -> None:
    officer = await world.officer()
    known, made = await registered(officer, **first), await registered(officer, **second)
    assert why(known) == []
    assert why(made) == [(known["id"], reasons)]
    [named] = made["likely_duplicates"]
    assert all(reason["reason_label"] for reason in named["reasons"])
    assert {name: named[name] for name in ("name", "uscc", "office_code", "region", "status")} == {
        name: known[name] for name in ("name", "uscc", "office_code", "region", "status")
    }


@pytest.mark.parametrize(
    "other",
    [
        {"name": "宏达化工厂"},
        {"name": "宏达机械有限公司", "region": OTHER_VILLAGE},
        {"name": "别的厂", "principal_phone": "13800000000"},
    ],
)
async def test_another_name_another_village_or_a_phone_alone_makes_no_duplicate(
    world: World, other: dict[str, Any]
) -> None:
    officer = await world.officer()
    await registered(officer, principal_phone="13800000000")
    assert why(await registered(officer, **other)) == []


async def test_the_same_registration_sent_again_has_the_first_answer_whatever_came_after_it(world: World) -> None:
    officer, body = await world.officer(), {**FACTORY, "id": str(uuid4())}
    before = await registered(officer)
    first = await officer.post("/enterprises", body)
    world.clock.forward(minutes=1)
    await registered(officer)
    again = await officer.post("/enterprises", body)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert [one[0] for one in why(first.json())] == [before["id"]]


async def test_what_is_out_of_sight_is_named_to_nobody(world: World) -> None:
    neighbour = await world.officer(region=OTHER_TOWN)
    await registered(neighbour, uscc=USCC, region=f"{OTHER_TOWN}203")
    department = await world.person(Role.DEPARTMENT, industries=["FUEL"])
    await registered(department, main_industry="FUEL", name="宏达机械店")
    officer, other = await world.officer(), await world.person(Role.DEPARTMENT, industries=["MECH"])
    made = await registered(officer, uscc=USCC)
    assert [one["name"] for one in made["likely_duplicates"]] == ["宏达机械店"]
    for reader in (other, neighbour, await world.village(OTHER_VILLAGE)):
        assert (await reader.get("/enterprises/likely-duplicates")).json()["items"] == []
    everybody = await world.officer(region=COUNTY)
    assert len((await everybody.get("/enterprises/likely-duplicates")).json()["items"]) == 3


async def test_the_office_lists_all_that_may_be_one_and_each_names_the_others(world: World) -> None:
    officer = await world.officer()
    first = await registered(officer, uscc=USCC, principal_phone="13800000000")
    second = await registered(officer, uscc=USCC, name="乙村砖厂", region=OTHER_VILLAGE)
    third = await registered(officer, name="宏达机械", region=OTHER_VILLAGE, safety_manager_phone="138-0000-0000")
    await registered(officer, name="老王废品收购站")
    items = (await officer.get("/enterprises/likely-duplicates")).json()["items"]
    assert {item["id"]: why(item) for item in items} == {
        first["id"]: [(second["id"], ["same_uscc"]), (third["id"], ["same_name_and_phone"])],
        second["id"]: [(first["id"], ["same_uscc"])],
        third["id"]: [(first["id"], ["same_name_and_phone"])],
    }
    page = (await officer.get("/enterprises/likely-duplicates?limit=2")).json()
    rest = (await officer.get(f"/enterprises/likely-duplicates?limit=2&cursor={page['next_cursor']}")).json()
    assert page["items"] + rest["items"] == items
    one = (await officer.get(f"/enterprises/likely-duplicates?enterprise_id={third['id']}")).json()["items"]
    there = (await officer.get(f"/enterprises/likely-duplicates?region={VILLAGE}")).json()["items"]
    assert ([item["id"] for item in one], [item["id"] for item in there]) == ([third["id"]], [first["id"]])


async def test_a_new_name_is_compared_by_its_new_core(world: World) -> None:
    officer = await world.officer()
    first, second = await registered(officer), await registered(officer, name="别的厂")
    assert (await officer.patch(f"/enterprises/{second['id']}", {"name": "宏达机械有限公司"})).status_code == 200
    items = (await officer.get("/enterprises/likely-duplicates")).json()["items"]
    assert {item["id"] for item in items} == {first["id"], second["id"]}


@pytest.mark.parametrize("mode", ["dry_run", "good_rows"])
async def test_a_row_that_is_probably_on_the_register_or_in_the_file_already_is_told_beside_its_result(
    world: World, mode: str
) -> None:
    officer = await world.officer()
    known = await registered(officer)
    rows = [
        f"宏达机械有限公司,{USCC},{VILLAGE},MECH",
        f"老王饭店,,{VILLAGE},CATR",
        f"老王饭店（个体工商户）,,{VILLAGE},CATR",
        f"宏达机械厂,,{VILLAGE},MECH",
    ]
    made = await done(officer, "\n".join([HEAD, *rows]), mode)
    assert (counts(made), told(made)) == ((3, 0, 1, mode == "good_rows"), [])
    cautions = [(one["row"], one["code"], one["enterprise_id"], one["other_row"]) for one in made["cautions"]]
    assert cautions == [
        (2, "same_name_in_region", known["id"], None),
        (4, "same_name_in_region", None, 3),
    ]
    assert (made["caution_count"], made["cautions"][1]["other_name"]) == (2, "老王饭店")
    assert (await officer.get(f"/imports/{made['id']}")).json()["cautions"] == made["cautions"]


async def test_a_file_that_comes_again_is_cautioned_of_nothing(world: World) -> None:
    officer = await world.officer()
    file = f"{HEAD}\n宏达机械有限公司,{USCC},{VILLAGE},MECH\n宏达机械厂,{OTHER_USCC},{VILLAGE},MECH\n"
    first, again = await done(officer, file), await done(officer, file)
    assert (first["caution_count"], counts(again), again["cautions"]) == (1, (0, 0, 2, True), [])


async def test_no_import_tells_of_an_enterprise_out_of_sight(world: World) -> None:
    await registered(await world.officer(region=OTHER_TOWN), region=f"{OTHER_TOWN}203", principal_phone="13800000000")
    officer = await world.officer()
    file = f"{HEAD},负责人电话\n宏达机械有限公司,{USCC},{VILLAGE},MECH,13800000000\n"
    assert (await done(officer, file))["cautions"] == []


async def test_likely_duplicates_of_one_are_found_by_index_under_row_security(
    world: World, database: TestDatabase
) -> None:
    officer = await world.officer()
    made = await registered(officer, uscc=USCC, principal_phone="13800000000")
    await registered(officer)
    with psycopg.connect(plain_url(database.admin_url), autocommit=True) as admin:
        admin.execute(f"SET session_replication_role = replica; {MANY}")
    plan = await plan_of(world, officer, f"/enterprises/likely-duplicates?enterprise_id={made['id']}")
    assert "Seq Scan on enterprise" not in plan, plan
    assert "ix_enterprise_name_core_region" in plan, plan
