"""What an app learns of whoever is signed in."""

from models.words import Hat, Role
from services.access import MAY, WEARS, Deed
from tests.world import TOWN, World


async def test_an_inspector_learns_role_deeds_region_and_card(world: World) -> None:
    await world.regions()
    inspector = await world.inspector(hats=["auditor"])
    me = (await inspector.get("/me")).json()
    assert (me["id"], me["role"], me["role_label"], me["hats"]) == (inspector.id, "inspector", "检查员", ["auditor"])
    assert me["region"] == {"code": TOWN, "name": "某镇"}
    assert set(me["deeds"]) == MAY[Role.INSPECTOR] | WEARS[Hat.AUDITOR]
    assert Deed.MANAGE_ACCOUNTS not in me["deeds"]
    assert me["card"] == {
        "number": inspector.user.card_number,
        "valid_from": "2024-01-01",
        "valid_to": "2029-12-31",
        "valid": True,
    }
    assert (me["department"], me["enterprise_id"], me["must_change_password"]) == (None, None, False)


async def test_a_card_is_valid_to_the_end_of_its_last_day_in_shanghai(world: World) -> None:
    inspector = await world.inspector()
    world.clock.set(world.clock.now().replace(year=2029, month=12, day=31, hour=15, minute=59))
    assert (await inspector.get("/me")).json()["card"]["valid"] is True
    world.clock.forward(minutes=1)
    assert (await inspector.get("/me")).json()["card"]["valid"] is False


async def test_an_enterprise_learns_its_own_enterprise_and_no_region(world: World) -> None:
    await world.regions()
    factory = await world.enterprise()
    me = (await (await world.boss(factory)).get("/me")).json()
    assert (me["enterprise_id"], me["region"], me["card"]) == (factory, None, None)


async def test_without_a_token_nobody_is_anybody(world: World) -> None:
    refused = await world.client.get("/api/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")
    assert refused.headers["www-authenticate"] == "Bearer"
