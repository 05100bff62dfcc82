"""Accounts: who may set them up, who sees whom, what a role needs."""

from typing import Any
from uuid import uuid4

import pytest

from models.words import Role
from services.users import ensure_first_admin
from tests.makers_accounts import account
from tests.world import OTHER_TOWN, TOWN, VILLAGE, World

CARD = {"card_number": "鄂E2024-0117", "card_from": "2024-01-01", "card_to": "2028-12-31"}
INSPECTOR = {
    "username": "lin.jc",
    "name": "林检查",
    "role": "inspector",
    "region": TOWN,
    "password": "three green tea pots",
    **CARD,
}


async def test_an_administrator_opens_an_account_that_must_change_its_password(world: World) -> None:
    await world.regions()
    admin = await world.admin()
    made = await admin.post("/users", INSPECTOR)
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    assert made.json()["must_change_password"] is True
    assert made.json()["card_valid"] is True
    assert "password" not in made.json()


async def test_nobody_but_an_administrator_opens_accounts(world: World) -> None:
    await world.regions()
    for person in (await world.officer(), await world.leader(), await world.person(Role.INTEGRATOR)):
        assert (await person.post("/users", INSPECTOR)).json()["code"] == "not_allowed"


async def test_a_username_is_given_once(world: World) -> None:
    await world.regions()
    admin = await world.admin()
    assert (await admin.post("/users", INSPECTOR)).status_code == 201
    taken = await admin.post("/users", INSPECTOR)
    assert (taken.status_code, taken.json()["code"]) == (409, "username_taken")


async def test_an_account_sent_twice_is_opened_once_and_other_content_conflicts(world: World) -> None:
    await world.regions()
    admin = await world.admin()
    body = {**INSPECTOR, "id": str(uuid4())}
    answers = [await admin.post("/users", content) for content in (body, body, {**body, "name": "别人"})]
    assert [answer.status_code for answer in answers] == [201, 200, 409]
    assert answers[0].json() == answers[1].json()
    assert answers[2].json()["code"] == "id_conflict"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"role": "enterprise", "region": None}, "/enterprise_id", "enterprise_needed"),
        ({"role": "enterprise", "enterprise_id": str(uuid4())}, "/region", "role_without_region"),
        ({"enterprise_id": str(uuid4())}, "/enterprise_id", "role_without_enterprise"),
        ({"role": "enterprise", "region": None, "enterprise_id": str(uuid4())}, "/enterprise_id", "enterprise_unknown"),
        ({"role": "department"}, "/department_id", "department_needed"),
        ({"role": "department", "department_id": str(uuid4())}, "/department_id", "department_unknown"),
        ({"role": "admin", "department_id": str(uuid4())}, "/department_id", "role_without_department"),
        ({"region": None}, "/region", "region_needed"),
        ({"region": "420582199"}, "/region", "region_unknown"),
        ({"role": "admin", "hats": ["security"]}, "/hats", "hat_not_for_admin"),
        ({"card_to": None}, "/card_number", "card_incomplete"),
        ({"card_to": "2023-01-01"}, "/card_to", "card_dates_crossed"),
        ({"password": "password1"}, "/password", "password_common"),
        ({"username": "a b"}, "/username", "string_pattern_mismatch"),
        ({"name": "林\0"}, "/name", "text_unstorable"),
        ({"card_from": 0}, "/card_from", "value_error"),
        ({"shoe_size": 43}, "/shoe_size", "extra_forbidden"),
    ],
)
async def test_an_account_that_its_role_does_not_fit_is_refused_with_its_pointer(
    world: World, change: dict[str, Any], pointer: str, code: str
) -> None:
    await world.regions()
    admin = await world.admin()
    refused = await admin.post("/users", {**INSPECTOR, **change})
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]
    assert (await admin.get("/users?role=inspector")).json()["items"] == []


async def test_a_change_may_not_leave_a_role_without_what_it_needs(world: World) -> None:
    await world.regions()
    admin = await world.admin()
    user_id = (await admin.post("/users", INSPECTOR)).json()["id"]
    refused = await admin.patch(f"/users/{user_id}", {"role": "department", "department_id": str(uuid4())})
    assert refused.json()["errors"][0]["code"] == "department_unknown"
    assert (await admin.get(f"/users/{user_id}")).json()["role"] == "inspector"


async def test_a_change_needs_the_version_that_was_read(world: World) -> None:
    await world.regions()
    admin = await world.admin()
    path = f"/users/{(await admin.post('/users', INSPECTOR)).json()['id']}"
    change = {"name": "林小青"}
    answers = [await admin.patch(path, change, version=version) for version in (None, 1, 1)]
    assert [answer.status_code for answer in answers] == [428, 200, 412]
    assert (answers[1].json()["name"], answers[1].headers["etag"]) == ("林小青", '"2"')


async def test_colleagues_see_name_and_card_within_their_region_and_nothing_to_sign_in_with(world: World) -> None:
    officer, inspector = await world.officer(), await world.inspector(region=VILLAGE)
    await world.inspector(region=OTHER_TOWN)
    await world.inspector(disabled_at=world.clock.now())
    seen = (await officer.get("/users")).json()["items"]
    assert {person["id"] for person in seen} == {officer.id, inspector.id}
    colleague = (await officer.get(f"/users/{inspector.id}")).json()
    assert colleague["card_number"] == inspector.user.card_number
    assert (colleague["username"], colleague["phone"], colleague["hats"]) == (None, None, None)
    assert (await officer.get(f"/users/{officer.id}")).json()["username"] == officer.user.username


async def test_an_enterprise_sees_nobody_but_itself(world: World) -> None:
    await world.regions()
    await world.inspector()
    boss = await world.boss(await world.enterprise())
    assert [person["id"] for person in (await boss.get("/users")).json()["items"]] == [boss.id]


async def test_an_account_out_of_sight_answers_like_one_that_does_not_exist(world: World) -> None:
    officer, stranger = await world.officer(), await world.inspector(region=OTHER_TOWN)
    for method, body in (("GET", None), ("PATCH", {"name": "x"})):
        calls = [
            await officer.call(method, f"/users/{user_id}", **({"json": body} if body else {}))
            for user_id in (stranger.id, uuid4())
        ]
        assert calls[0].status_code == 404
        assert calls[0].json() == calls[1].json()
    reset = {"new_password": "seven lamps in the hall"}
    resets = [await officer.post(f"/users/{user_id}/password", reset) for user_id in (stranger.id, uuid4())]
    assert [answer.status_code for answer in resets] == [404, 404]


async def test_a_colleague_in_sight_may_not_be_changed(world: World) -> None:
    officer, inspector = await world.officer(), await world.inspector()
    assert (await officer.patch(f"/users/{inspector.id}", {"name": "x"})).status_code == 403
    reset = await officer.post(f"/users/{inspector.id}/password", {"new_password": "seven lamps in the hall"})
    assert reset.status_code == 403


async def test_the_hat_of_security_resets_passwords_but_never_an_administrators_or_its_own(world: World) -> None:
    keeper, admin = await world.person(Role.OFFICE, hats=["security"]), await world.admin()
    stranger = await account(world, region=OTHER_TOWN)
    new = {"new_password": "seven lamps in the hall"}
    people = (str(stranger.id), admin.id, keeper.id)
    answers = [(await keeper.post(f"/users/{user_id}/password", new)).status_code for user_id in people]
    assert answers == [204, 403, 403]


async def test_an_administrator_does_not_reset_the_own_password_past_the_old_one(world: World) -> None:
    admin = await world.admin()
    assert (await admin.post(f"/users/{admin.id}/password", {"new_password": "seven lamps"})).status_code == 403


async def test_the_last_administrator_cannot_lock_the_office_out(world: World) -> None:
    admin = await world.admin()
    assert (await admin.patch(f"/users/{admin.id}", {"disabled": True})).status_code == 403
    assert (await admin.patch(f"/users/{admin.id}", {"role": "office", "region": TOWN})).status_code in (403, 422)
    assert (await admin.get("/me")).status_code == 200


async def test_a_disabled_account_can_be_opened_again(world: World) -> None:
    admin, inspector = await world.admin(), await world.inspector()
    gone = await admin.patch(f"/users/{inspector.id}", {"disabled": True})
    back = await admin.patch(f"/users/{inspector.id}", {"disabled": False}, version=2)
    assert (gone.json()["disabled"], back.json()["disabled"]) == (True, False)
    assert (await inspector.get("/me")).status_code == 401


async def test_users_come_by_pages_in_the_order_of_their_names(world: World) -> None:
    admin = await world.admin()
    for number in range(5):
        await account(world, f"user{number}", name=f"人{number}")
    first = (await admin.get("/users?limit=3&role=inspector")).json()
    second = (await admin.get(f"/users?limit=3&role=inspector&cursor={first['next_cursor']}")).json()
    assert [person["name"] for person in first["items"] + second["items"]] == [f"人{n}" for n in range(5)]
    assert second["next_cursor"] is None


async def test_an_office_without_users_gets_one_administrator_whose_password_is_shown_once(world: World) -> None:
    async with world.rows.begin() as tx:
        shown = await ensure_first_admin(tx, None, world.clock.now())
    assert shown is not None
    assert len(shown) == 24
    async with world.rows.begin() as tx:
        assert await ensure_first_admin(tx, None, world.clock.now()) is None
    form = {"grant_type": "password", "username": "admin", "password": shown}
    pair = await world.client.post("/api/v1/auth/token", data={**form, "device_id": str(uuid4())})
    assert pair.json()["must_change_password"] is True


async def test_a_given_first_password_is_not_shown_again(world: World) -> None:
    async with world.rows.begin() as tx:
        assert await ensure_first_admin(tx, "given by the setting", world.clock.now()) is None
    form = {"grant_type": "password", "username": "admin", "password": "given by the setting"}
    pair = await world.client.post("/api/v1/auth/token", data={**form, "device_id": str(uuid4())})
    assert pair.status_code == 200
