"""The second factor: enrolled by its user, asked at sign-in, used once, taken away by the security officer."""

import asyncio
from base64 import b32decode
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from api.app import create_app
from models.second_factors import RecoveryCode, SecondFactor
from models.words import Role
from services.rules.totp import code_of, step_at
from services.settings import Settings, SettingsError, load_settings
from tests.database import TestDatabase
from tests.makers_accounts import PASSWORD, Device, account, device
from tests.world import Clock, World


class Enrolled:
    """A phone that is signed in, and the authenticator app that belongs to it."""

    def __init__(self, world: World, phone: Device, access: str) -> None:
        self.world, self.phone, self.access = world, phone, access
        self.secret = b""
        self.recovery: list[str] = []

    async def send(self, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.access}"}
        return await self.phone.client.post(f"/api/v1/auth{path}", json=body, headers=headers)

    async def enrol(self, password: str = PASSWORD) -> httpx.Response:
        answer = await self.send("/totp", {"password": password})
        if answer.is_success:
            self.secret = b32decode(answer.json()["secret"])
        return answer

    async def confirm(self, code: str | None = None) -> httpx.Response:
        answer = await self.send("/totp/confirmation", {"code": code or self.code()})
        if answer.is_success:
            self.recovery = answer.json()["recovery_codes"]
        return answer

    def code(self, steps: int = 0) -> str:
        return code_of(self.secret, step_at(self.world.clock.now()) + steps)


async def enrolling(world: World, app: FastAPI) -> Enrolled:
    await account(world)
    phone = device(app)
    return Enrolled(world, phone, (await phone.sign_in()).json()["access_token"])


async def enrolled(world: World, app: FastAPI) -> Enrolled:
    """Confirmed, and half a minute later."""
    person = await enrolling(world, app)
    assert (await person.enrol()).status_code == 200
    assert (await person.confirm()).status_code == 200
    world.clock.forward(seconds=30)
    return person


async def test_the_password_alone_no_longer_signs_in_and_says_what_is_missing(world: World, app: FastAPI) -> None:
    person = await enrolled(world, app)
    refused = await person.phone.sign_in()
    assert (refused.status_code, refused.json()["code"]) == (401, "totp_needed")
    pair = await person.phone.sign_in(totp=person.code())
    assert pair.status_code == 200
    assert (await person.phone.get("/me", pair.json()["access_token"])).json()["has_totp"] is True


async def test_a_wrong_password_with_a_right_code_tells_nothing_of_the_second_factor(
    world: World, app: FastAPI
) -> None:
    person = await enrolled(world, app)
    for form in ({}, {"totp": person.code()}):
        assert (await person.phone.sign_in("not my password", **form)).json()["code"] == "wrong_credentials"


async def test_a_code_signs_in_once_also_when_two_come_at_the_same_moment(world: World, app: FastAPI) -> None:
    person = await enrolled(world, app)
    code = person.code()
    answers = await asyncio.gather(*[device(app).sign_in(totp=code) for _ in range(4)])
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 401} == {"totp_wrong"}
    assert (await person.phone.sign_in(totp=person.code(-1))).json()["code"] == "totp_wrong"


async def test_a_recovery_code_signs_in_once_and_is_an_event(world: World, app: FastAPI) -> None:
    person = await enrolled(world, app)
    auditor = await world.leader(hats=["auditor"])
    assert len(set(person.recovery)) == 10
    shouted = person.recovery[0].replace("-", " ").upper()
    assert (await person.phone.sign_in(totp=shouted)).status_code == 200
    assert (await person.phone.sign_in(totp=person.recovery[0])).json()["code"] == "totp_wrong"
    assert (await person.phone.sign_in(totp=person.recovery[1])).status_code == 200
    assert len((await auditor.get("/events?kind=user.recovery_code_used")).json()["items"]) == 2


async def test_guessing_the_code_waits_like_guessing_the_password(world: World, app: FastAPI) -> None:
    person = await enrolled(world, app)
    thief = device(app, address="198.51.100.9")
    codes = [f"{n:06}" for n in range(8) if f"{n:06}" not in {person.code(step) for step in (-1, 0, 1)}][:6]
    statuses = [(await thief.sign_in(totp=code)).status_code for code in codes]
    assert statuses == [401] * 5 + [429]


async def test_asking_whether_a_code_is_needed_starts_no_count_of_guesses_anew(world: World, app: FastAPI) -> None:
    await enrolled(world, app)
    thief = device(app, address="198.51.100.9")
    for n in range(4):
        assert (await thief.sign_in(totp=f"00000{n}")).status_code == 401
        assert (await thief.sign_in()).json()["code"] == "totp_needed"
    assert (await thief.sign_in(totp="000009")).status_code == 401
    assert (await thief.sign_in(totp="000008")).status_code == 429


async def test_enrolling_needs_the_own_password_and_is_nothing_until_confirmed(world: World, app: FastAPI) -> None:
    person = await enrolling(world, app)
    refused = await person.enrol("not my password")
    assert refused.json()["errors"][0]["code"] == "password_wrong"
    told = (await person.enrol()).json()
    assert told["uri"].startswith("otpauth://totp/")
    assert told["secret"] in told["uri"]
    assert (await person.confirm("000000")).json()["errors"][0]["code"] == "totp_wrong"
    assert (await person.phone.sign_in()).status_code == 200


async def test_lost_answers_are_given_again_to_who_asks_soon(world: World, app: FastAPI) -> None:
    person = await enrolling(world, app)
    first, again = (await person.enrol()).json(), (await person.enrol()).json()
    assert first == again
    codes, repeated = (await person.confirm()).json(), (await person.confirm()).json()
    assert codes == repeated
    world.clock.forward(minutes=11)
    assert (await person.confirm()).json()["code"] == "totp_in_force"
    assert (await person.enrol()).json()["code"] == "totp_in_force"


async def test_only_security_takes_a_second_factor_away_with_a_reason_and_never_its_own(
    world: World, app: FastAPI
) -> None:
    person = await enrolled(world, app)
    user_id = (await person.phone.get("/me", person.access)).json()["id"]
    security, admin = await world.person(Role.OFFICE, hats=["security"]), await world.admin()
    path, reason = f"/users/{user_id}/totp/removal", {"reason": "手机丢失，当面核对本人"}
    assert (await admin.post(path, reason)).status_code == 403
    assert (await security.post(path, {"reason": ""})).status_code == 422
    assert (await security.post(f"/users/{security.id}/totp/removal", reason)).status_code == 403
    assert (await security.post(path, reason)).status_code == 204
    assert (await person.phone.sign_in()).status_code == 200
    auditor = await world.leader(hats=["auditor"])
    [told] = (await auditor.get("/events?kind=user.totp_removed")).json()["items"]
    assert (told["note"], told["actor_id"]) == (reason["reason"], security.id)
    assert (await device(app).sign_in(totp=person.recovery[0])).status_code == 200  # nothing is asked any more
    assert (await person.send("/totp", {"password": PASSWORD})).status_code == 401  # the session was another


async def test_the_database_holds_neither_secret_nor_code(world: World, app: FastAPI) -> None:
    person = await enrolled(world, app)
    async with world.rows.begin() as tx:
        factors = (await tx.execute(sa.select(SecondFactor.__table__))).all()  # type: ignore[attr-defined]
        codes = (await tx.execute(sa.select(RecoveryCode.__table__))).all()  # type: ignore[attr-defined]
    raw = b"".join(bytes(one.secret_sealed) for one in factors) + b"".join(bytes(one.code_hash) for one in codes)
    assert person.secret not in raw
    assert person.secret.hex().encode() not in raw
    assert all(code.replace("-", "").encode() not in raw for code in person.recovery)


async def test_whom_the_office_asks_for_a_second_factor_can_do_nothing_but_enrol_it(
    world: World, app: FastAPI, settings: Settings, database: TestDatabase, clock: Clock
) -> None:
    strict = settings.model_copy(update={"totp_for": ["admin", "security", "inspector"]})
    asking = create_app(strict, database.service_url, now=clock.now)
    async with asking.router.lifespan_context(asking):
        person = await enrolling(world, asking)
        refused = await person.phone.get("/findings", person.access)
        assert (refused.status_code, refused.json()["code"]) == (403, "totp_enrolment_needed")
        assert (await person.phone.get("/me", person.access)).status_code == 200
        await person.enrol()
        await person.confirm()
        assert (await person.phone.get("/findings", person.access)).status_code == 200


def test_a_role_that_does_not_exist_stops_the_start_with_a_sentence() -> None:
    with pytest.raises(SettingsError, match="roles or hats"):
        load_settings(totp_for="boss")
