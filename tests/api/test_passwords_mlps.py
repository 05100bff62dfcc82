"""The password policy of offices that are assessed for 等保: classes, regular change, a lock-out of half an hour."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from api.app import create_app
from services.settings import PasswordPolicy, Settings
from tests.database import TestDatabase
from tests.makers_accounts import PASSWORD, Device, account, device
from tests.world import Clock, World

NEW = "Nine-boats-7"


@pytest.fixture
async def assessed(settings: Settings, database: TestDatabase, clock: Clock) -> AsyncIterator[FastAPI]:
    """The same office under the policy `mlps`."""
    strict = settings.model_copy(update={"password_policy": PasswordPolicy.MLPS})
    app = create_app(strict, database.service_url, now=clock.now)
    async with app.router.lifespan_context(app):
        yield app


async def statuses(phone: Device, times: int) -> list[int]:
    return [(await phone.sign_in(f"guess number {n}")).status_code for n in range(times)]


async def test_five_wrong_passwords_lock_for_half_an_hour(world: World, assessed: FastAPI) -> None:
    await account(world)
    stranger = device(assessed)
    assert await statuses(stranger, 6) == [401] * 5 + [429]
    assert (await stranger.sign_in()).headers["retry-after"] == "1800"
    world.clock.forward(minutes=29, seconds=59)
    assert (await stranger.sign_in()).status_code == 429
    world.clock.forward(seconds=1)
    assert (await stranger.sign_in()).status_code == 200


async def test_a_known_device_is_locked_by_its_own_wrong_passwords_and_not_by_a_strangers(
    world: World, assessed: FastAPI
) -> None:
    await account(world)
    phone = device(assessed)
    assert (await phone.sign_in()).status_code == 200
    await statuses(device(assessed, address="198.51.100.1"), 10)
    assert (await phone.sign_in()).status_code == 200
    assert await statuses(phone, 6) == [401] * 5 + [429]
    assert (await phone.sign_in()).headers["retry-after"] == "1800"


async def test_a_password_of_ninety_days_must_be_changed_and_then_lasts_ninety_more(
    world: World, assessed: FastAPI
) -> None:
    await account(world)
    phone = device(assessed)
    world.clock.forward(days=89, hours=23)
    assert (await phone.sign_in()).json()["must_change_password"] is False
    world.clock.forward(hours=1)
    pair = (await phone.sign_in()).json()
    assert pair["must_change_password"] is True
    assert (await phone.get("/regions", pair["access_token"])).json()["code"] == "password_change_needed"
    assert (await phone.change_password(pair["access_token"], PASSWORD, NEW)).status_code == 204
    assert (await phone.get("/regions", pair["access_token"])).status_code == 200
    world.clock.forward(days=89)
    assert (await phone.sign_in(NEW)).json()["must_change_password"] is False
    world.clock.forward(days=1)
    assert (await phone.sign_in(NEW)).json()["must_change_password"] is True


async def test_whoever_stays_signed_in_must_change_an_old_password_too(world: World, assessed: FastAPI) -> None:
    await account(world)
    phone = device(assessed)
    token = (await phone.sign_in()).json()["refresh_token"]
    world.clock.forward(days=90)
    pair = (await phone.refresh(token)).json()
    assert pair["must_change_password"] is True
    assert (await phone.get("/regions", pair["access_token"])).status_code == 403


async def test_three_classes_are_asked_of_a_new_password(world: World, assessed: FastAPI) -> None:
    await account(world)
    phone = device(assessed)
    access = (await phone.sign_in()).json()["access_token"]
    refused = await phone.change_password(access, PASSWORD, "nine boats on the river")
    assert refused.json()["errors"][0]["code"] == "password_too_few_classes"
    assert (await phone.change_password(access, PASSWORD, NEW)).status_code == 204


async def test_without_the_policy_no_password_grows_old(world: World, app: FastAPI) -> None:
    await account(world)
    world.clock.forward(days=3000)
    assert (await device(app).sign_in()).json()["must_change_password"] is False
