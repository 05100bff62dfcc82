"""listChecklists, getChecklist."""

import pytest

from tests.world import World


async def test_a_checklist_shows_each_item_with_grade_basis_and_whether_it_was_verified(world: World) -> None:
    inspector = await world.inspector()
    shown = (await inspector.get("/checklists/MIXD")).json()
    assert (shown["version"], shown["industry"], len(shown["items"])) == (1, "MIXD", 11)
    assert shown["items"][10] == {
        "code": "MIXD11",
        "text": "卷帘门唯一出口夜间锁闭",
        "default_grade": "general",
        "default_grade_label": "一般",
        "basis": "《消防法》第二十八条、第六十条；《安全生产法》第四十二条",
        "verified": True,
    }


async def test_checklists_of_one_industry_are_listed_alone(world: World) -> None:
    inspector = await world.inspector()
    items = (await inspector.get("/checklists", params={"industry": "CRWD"})).json()["items"]
    assert [(item["code"], item["title"]) for item in items] == [("CRWD", "人员密集场所检查表")]
    assert (await inspector.get("/checklists", params={"industry": "NONE"})).json()["items"] == []


async def test_a_day_before_the_first_version_is_answered_with_the_first_version(world: World) -> None:
    inspector = await world.inspector()
    items = (await inspector.get("/checklists", params={"on": "2025-01-06", "limit": 200})).json()["items"]
    assert {item["version"] for item in items} == {1}
    assert len(items) == 15


@pytest.mark.parametrize("path", ["/checklists/NONE", "/checklists/MIXD?version=2"])
async def test_a_checklist_or_version_that_was_never_published_is_not_found(world: World, path: str) -> None:
    inspector = await world.inspector()
    answer = await inspector.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/checklists?on=0",
        "/checklists?on=2026-02-30",
        "/checklists?industry=%00",
        "/checklists/MI%00XD",
        "/checklists/MIXD?version=0",
        "/checklists/MIXD?version=99999999999999999999",
    ],
)
async def test_bad_parameters_of_a_checklist_are_refused_as_input(world: World, path: str) -> None:
    inspector = await world.inspector()
    answer = await inspector.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_checklists_are_not_read_without_signing_in(world: World) -> None:
    for path in ("/api/v1/checklists", "/api/v1/checklists/MIXD"):
        assert (await world.client.get(path)).status_code == 401
