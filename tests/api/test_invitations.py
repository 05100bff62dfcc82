"""Invitations: a contact makes an account by a code that somebody in the field handed over, once and in time."""

from models.words import Role
from tests.makers_accounts import Device
from tests.makers_invitations import accept, acceptance, invited
from tests.world import OTHER_TOWN, World

DEVICE = "0b6f2f4e-6d0c-4a53-9a57-6a6a5b1f8f12"


async def test_a_contact_makes_an_account_by_the_code_and_sees_the_own_enterprise_alone(world: World) -> None:
    await world.regions()
    enterprise_id, neighbour = await world.enterprise(), await world.enterprise(name="隔壁的作坊")
    inspector = await world.inspector()
    made = await invited(inspector, enterprise_id, phone="13800000002")
    body = acceptance(made["code"].lower().replace("-", " "))
    accepted, again = await accept(world, body), await accept(world, body)
    assert (accepted.status_code, again.status_code, again.json()) == (201, 200, accepted.json())
    device = Device(world.client, DEVICE, username=body["username"])
    token = (await device.sign_in(body["password"])).json()
    assert token["must_change_password"] is False
    me = (await device.get("/me", token["access_token"])).json()
    assert (me["role"], me["enterprise_id"], me["name"]) == ("enterprise", enterprise_id, "王安全")
    found = [(await device.get(f"/enterprises/{one}", token["access_token"])) for one in (enterprise_id, neighbour)]
    assert [answer.status_code for answer in found] == [200, 404]
    listed = (await inspector.get(f"/enterprises/{enterprise_id}/invitations")).json()["items"]
    assert [(row["user_id"], "code" in row) for row in listed] == [(accepted.json()["user_id"], False)]


async def test_a_code_that_is_wrong_used_withdrawn_or_late_is_answered_alike_and_makes_nothing(world: World) -> None:
    await world.regions()
    enterprise_id, office = await world.enterprise(), await world.officer()
    used, withdrawn, late = [await invited(office, enterprise_id) for _ in range(3)]
    assert (await accept(world, acceptance(used["code"]))).status_code == 201
    taken = await accept(world, acceptance(late["code"]))
    assert (taken.status_code, taken.json()["code"]) == (409, "username_taken")
    weak = await accept(world, acceptance(late["code"], "somebody", "12345678"))
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/password")
    undone = await office.post(f"/invitations/{withdrawn['id']}/withdrawal", {"reason": "给错了人"})
    assert undone.status_code == 201
    assert (await office.post(f"/invitations/{used['id']}/withdrawal", {"reason": "给错了人"})).json()[
        "code"
    ] == "invitation_closed"
    world.clock.forward(days=7)
    answers = [
        await accept(world, acceptance("7K2M-Q9XA-4TBD-0WZH", "somebody")),
        await accept(world, acceptance(used["code"], "somebody")),
        await accept(world, acceptance(used["code"], password="another long password")),
        await accept(world, acceptance(withdrawn["code"], "somebody")),
        await accept(world, acceptance(late["code"], "somebody")),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.content for answer in answers}) == 1


async def test_guesses_at_codes_are_slowed_by_network(world: World) -> None:
    await world.regions()
    codes = [await accept(world, acceptance("7K2M-Q9XA-4TBD-0WZH")) for _ in range(40)]
    assert 429 in {answer.status_code for answer in codes}


async def test_who_invites_sees_the_enterprise_and_the_code_is_shown_once(world: World) -> None:
    await world.regions()
    enterprise_id, office = await world.enterprise(), await world.officer()
    body = {"id": "0198f3a0-0000-7000-8000-00000000c0de", "name": "王安全"}
    path = f"/enterprises/{enterprise_id}/invitations"
    first, again = await office.post(path, body), await office.post(path, body)
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 200, None)
    strangers = [await world.officer(region=OTHER_TOWN), await world.inspector(industries=["CATR"])]
    for person in strangers:
        assert (await person.post(path, {"name": "王安全"})).status_code == 404
        assert (await person.post(f"/invitations/{body['id']}/withdrawal", {"reason": "给错了人"})).status_code == 404
    for person in (await world.boss(enterprise_id), await world.leader(), await world.person(Role.VILLAGE)):
        assert (await person.post(path, {"name": "王安全"})).status_code == 403
        assert (await person.get(path)).status_code == 403
