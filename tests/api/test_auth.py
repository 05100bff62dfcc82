"""Signing in: sessions a device, tokens that survive a lost answer, passwords."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from models.auth import DeviceSession
from models.events import Event
from models.users import User
from tests.makers_accounts import PASSWORD, account, device
from tests.world import VILLAGE, World

NEW = "nine boats on the river"


async def events(world: World, kind: str) -> list[Event]:
    async with world.rows.begin() as tx:
        return list((await tx.scalars(sa.select(Event).where(col(Event.kind) == kind))).all())


async def test_the_right_password_gives_a_token_that_opens_the_api(world: World, app: FastAPI) -> None:
    await account(world)
    phone = device(app)
    pair = await phone.sign_in()
    assert pair.status_code == 200
    assert pair.headers["cache-control"] == "no-store"
    assert (pair.json()["token_type"], pair.json()["expires_in"]) == ("bearer", 900)
    assert (await phone.get("/me", pair.json()["access_token"])).json()["username"] == "lin"
    assert len(await events(world, "user.signed_in")) == 1


async def test_a_wrong_password_an_unknown_and_a_disabled_account_get_one_and_the_same_answer(
    world: World, app: FastAPI
) -> None:
    await account(world)
    await account(world, "gone", disabled_at=world.clock.now())
    wrong = await device(app).sign_in("not my password")
    unknown = await device(app, "nobody").sign_in()
    disabled = await device(app, "gone").sign_in()
    assert {answer.status_code for answer in (wrong, unknown, disabled)} == {401}
    assert wrong.json() == unknown.json() == disabled.json()
    assert wrong.json()["code"] == "wrong_credentials"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("grant_type", "client_credentials"),
        ("device_id", "short"),
        ("device_id", "电话电话电话电话"),
        ("username", "a\0b"),
    ],
)
async def test_a_form_that_is_not_a_sign_in_names_the_field(world: World, app: FastAPI, field: str, value: str) -> None:
    refused = await device(app).sign_in(**{field: value})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == f"/{field}"


async def test_signing_in_again_on_a_device_ends_its_earlier_session_and_no_other(world: World, app: FastAPI) -> None:
    await account(world)
    phone, tablet = device(app), device(app)
    first, other = (await phone.sign_in()).json(), (await tablet.sign_in()).json()
    await phone.sign_in()
    assert (await phone.get("/me", first["access_token"])).status_code == 401
    assert (await tablet.get("/me", other["access_token"])).status_code == 200


async def test_an_access_token_ends_after_its_minutes_and_the_refresh_token_gives_the_next(
    world: World, app: FastAPI
) -> None:
    await account(world)
    phone = device(app)
    pair = (await phone.sign_in()).json()
    world.clock.forward(minutes=15)
    assert (await phone.get("/me", pair["access_token"])).json()["code"] == "token_invalid"
    fresh = (await phone.refresh(pair["refresh_token"])).json()
    assert fresh["refresh_token"] != pair["refresh_token"]
    assert (await phone.get("/me", fresh["access_token"])).status_code == 200


async def test_a_lost_answer_is_given_again_to_the_same_device_for_a_day(world: World, app: FastAPI) -> None:
    await account(world)
    phone = device(app)
    first = (await phone.sign_in()).json()["refresh_token"]
    lost = (await phone.refresh(first)).json()["refresh_token"]
    world.clock.forward(hours=23)
    again = (await phone.refresh(first)).json()["refresh_token"]
    assert again == lost
    assert (await phone.refresh(again)).status_code == 200


async def test_the_predecessor_of_the_predecessor_ends_the_family_for_good(world: World, app: FastAPI) -> None:
    await account(world)
    phone = device(app)
    first = (await phone.sign_in()).json()["refresh_token"]
    second = (await phone.refresh(first)).json()["refresh_token"]
    third = (await phone.refresh(second)).json()
    assert (await phone.refresh(first)).json()["code"] == "token_invalid"
    assert (await phone.refresh(third["refresh_token"])).status_code == 401
    assert (await phone.get("/me", third["access_token"])).status_code == 401
    assert len(await events(world, "session.ended")) == 1


async def test_a_predecessor_after_a_day_or_from_another_device_ends_the_family(world: World, app: FastAPI) -> None:
    await account(world)
    phone, tablet = device(app), device(app)
    old = (await phone.sign_in()).json()["refresh_token"]
    kept = (await phone.refresh(old)).json()["refresh_token"]
    world.clock.forward(hours=25)
    assert (await phone.refresh(old)).status_code == 401
    assert (await phone.refresh(kept)).status_code == 401
    stolen = (await tablet.sign_in()).json()["refresh_token"]
    assert (await tablet.refresh(stolen, device_id="somebody else's phone".replace(" ", "-"))).status_code == 401
    assert (await tablet.refresh(stolen)).status_code == 401


async def test_refreshes_that_race_rotate_once_and_get_the_same_successor(world: World, app: FastAPI) -> None:
    await account(world)
    phone = device(app)
    first = (await phone.sign_in()).json()["refresh_token"]
    answers = await asyncio.gather(*[phone.refresh(first) for _ in range(6)])
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_a_made_up_refresh_token_is_refused_and_signing_out_with_it_changes_nothing(
    world: World, app: FastAPI
) -> None:
    await account(world)
    phone = device(app)
    pair = (await phone.sign_in()).json()
    assert (await phone.refresh("A" * 75)).status_code == 401
    assert (await phone.client.post("/api/v1/auth/token/revoke", json={"refresh_token": "A" * 75})).status_code == 204
    assert (await phone.get("/me", pair["access_token"])).status_code == 200


async def test_signing_out_ends_the_session_at_once_and_may_be_repeated(world: World, app: FastAPI) -> None:
    await account(world)
    phone = device(app)
    pair = (await phone.sign_in()).json()
    body = {"refresh_token": pair["refresh_token"]}
    answers = [await phone.client.post("/api/v1/auth/token/revoke", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await phone.get("/me", pair["access_token"])).status_code == 401
    assert (await phone.refresh(pair["refresh_token"])).status_code == 401
    assert len(await events(world, "session.ended")) == 1


async def test_a_changed_password_ends_every_other_session_and_the_old_password(world: World, app: FastAPI) -> None:
    await account(world)
    phone, tablet = device(app), device(app)
    here, there = (await phone.sign_in()).json(), (await tablet.sign_in()).json()
    assert (await phone.change_password(here["access_token"], PASSWORD, NEW)).status_code == 204
    assert (await phone.get("/me", here["access_token"])).status_code == 200
    assert (await tablet.get("/me", there["access_token"])).status_code == 401
    assert (await tablet.sign_in()).status_code == 401
    assert (await tablet.sign_in(NEW)).status_code == 200


async def test_a_password_change_whose_answer_got_lost_may_be_sent_again(world: World, app: FastAPI) -> None:
    await account(world)
    phone = device(app)
    access = (await phone.sign_in()).json()["access_token"]
    answers = [await phone.change_password(access, PASSWORD, NEW) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert len(await events(world, "user.password_changed")) == 1


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("not my password", NEW, "password_wrong"),
        (PASSWORD, PASSWORD, "password_unchanged"),
        (PASSWORD, "short 7", "password_too_short"),
        (PASSWORD, "Password123", "password_common"),
        (PASSWORD, "i am lin of the office", "password_names_somebody"),
    ],
)
async def test_a_password_change_that_is_refused_says_why(
    world: World, app: FastAPI, old: str, new: str, code: str
) -> None:
    await account(world)
    phone = device(app)
    access = (await phone.sign_in()).json()["access_token"]
    refused = await phone.change_password(access, old, new)
    assert refused.status_code == 422
    assert [error["code"] for error in refused.json()["errors"]] == [code]
    assert old not in refused.text
    assert new not in refused.text


async def test_a_lone_surrogate_in_a_password_is_an_input_error(world: World, app: FastAPI) -> None:
    await account(world)
    phone = device(app)
    access = (await phone.sign_in()).json()["access_token"]
    headers = {"Authorization": f"Bearer {access}", "Content-Type": "application/json"}
    raw = b'{"old_password": "\\ud800 three green tea pots", "new_password": "nine boats on \\ud800"}'
    refused = await phone.client.post("/api/v1/auth/password", content=raw, headers=headers)
    assert refused.status_code == 422


async def test_whoever_holds_an_unlocked_phone_may_not_guess_its_password_for_ever(world: World, app: FastAPI) -> None:
    await account(world)
    phone = device(app)
    access = (await phone.sign_in()).json()["access_token"]
    answers = [await phone.change_password(access, f"guess number {n}", NEW) for n in range(12)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429] * 2


async def test_a_first_password_opens_nothing_but_its_change_who_i_am_and_signing_out(
    world: World, app: FastAPI
) -> None:
    await account(world, must_change_password=True)
    phone = device(app)
    pair = (await phone.sign_in()).json()
    assert pair["must_change_password"] is True
    refused = await phone.get("/regions", pair["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_needed")
    assert (await phone.get("/me", pair["access_token"])).json()["must_change_password"] is True
    await phone.change_password(pair["access_token"], PASSWORD, NEW)
    assert (await phone.get("/regions", pair["access_token"])).status_code == 200


@pytest.mark.parametrize("patch", [{"disabled": True}, {"role": "village"}, {"region": VILLAGE}, {"hats": ["auditor"]}])
async def test_an_account_that_is_moved_or_disabled_is_signed_out_everywhere_at_once(
    world: World, app: FastAPI, patch: dict[str, Any]
) -> None:
    await world.regions()
    user, admin = await account(world), await world.admin()
    phone = device(app)
    pair = (await phone.sign_in()).json()
    assert (await admin.patch(f"/users/{user.id}", patch)).status_code == 200
    assert (await phone.get("/me", pair["access_token"])).status_code == 401
    assert (await phone.refresh(pair["refresh_token"])).status_code == 401


async def test_a_changed_phone_number_signs_nobody_out(world: World, app: FastAPI) -> None:
    user, admin = await account(world), await world.admin()
    phone = device(app)
    pair = (await phone.sign_in()).json()
    assert (await admin.patch(f"/users/{user.id}", {"phone": "0717-1234567"})).status_code == 200
    assert (await phone.get("/me", pair["access_token"])).status_code == 200


async def test_a_reset_password_ends_the_sessions_and_must_be_changed(world: World, app: FastAPI) -> None:
    user, admin = await account(world), await world.admin()
    phone = device(app)
    pair = (await phone.sign_in()).json()
    assert (await admin.post(f"/users/{user.id}/password", {"new_password": NEW})).status_code == 204
    assert (await phone.get("/me", pair["access_token"])).status_code == 401
    assert (await phone.sign_in()).status_code == 401
    assert (await phone.sign_in(NEW)).json()["must_change_password"] is True


async def test_no_event_and_no_row_holds_a_password_or_a_device_id(world: World, app: FastAPI) -> None:
    await account(world)
    phone = device(app)
    access = (await phone.sign_in()).json()["access_token"]
    await phone.change_password(access, PASSWORD, NEW)
    async with world.rows.begin() as tx:
        bodies = "".join((await tx.scalars(sa.select(col(Event.body)))).all())
        hashes = "".join((await tx.scalars(sa.select(col(User.password_hash)))).all())
        assert (await tx.scalars(sa.select(col(DeviceSession.device_id)))).all() == [phone.device_id]
    assert phone.device_id not in bodies
    assert "argon2" not in bodies
    assert NEW not in hashes + bodies
