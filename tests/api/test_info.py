"""What an app learns before anybody signs in."""

from tests.world import World


async def test_anybody_learns_time_versions_limits_and_the_chinese_words(world: World) -> None:
    answer = await world.client.get("/api/v1/info")
    assert answer.status_code == 200
    info = answer.json()
    assert info["server_time"].startswith("2026-11-24T01:00:00")
    assert (info["api_version"], info["oldest_app_version"]) == ("v1", "0.1.0")
    assert info["limits"]["photo_max_bytes"] == 30_000_000
    assert {"value": "major", "label": "重大"} in info["words"]["Grade"]
    assert all(word["label"] for words in info["words"].values() for word in words)


async def test_the_server_tells_nothing_of_its_office_or_its_machine(world: World) -> None:
    await world.organ()
    answer = await world.client.get("/api/v1/info")
    assert "某镇" not in answer.text
    assert str(world.office.settings.data) not in answer.text


async def test_asking_by_another_method_is_a_problem_document(world: World) -> None:
    refused = await world.client.post("/api/v1/info")
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
