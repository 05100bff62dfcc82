"""Nothing that a person sent reaches a log: canaries in every field, and not one line sings (threat 29).

Every operation is called with canaries in every text, number, header and address, rightly and wrongly; then all that
the office printed is searched.
"""

import json
from base64 import b32decode
from collections.abc import Iterator
from typing import Any

import pytest

from services.rules.totp import code_of, step_at
from tests.makers_accounts import PASSWORD
from tests.makers_calls import HONEST, Call
from tests.world import World

WORD = "金丝雀canary"
PHONE = "13912345678"
NUMBER = "11010519491231002X"
NEW_PASSWORD = "yellow-bird-sings-7"
SECRET_FIELDS = {"access_token", "refresh_token", "key", "secret", "recovery_codes", "identity_number"}
CANARIES = [WORD, "%E9%87%91%E4%B8%9D%E9%9B%80", PHONE, NUMBER, PASSWORD, NEW_PASSWORD, "canary"]


def singing(value: Any, field: str = "") -> Any:
    """The same body with a canary behind every text."""
    if isinstance(value, dict):
        return {name: singing(one, name) for name, one in value.items()} | {"unknown": WORD}
    if isinstance(value, list):
        return [singing(one, field) for one in value]
    return f"{value}{WORD}" if isinstance(value, str) else value


def secrets_in(value: Any, field: str = "") -> Iterator[str]:
    """What an answer gave that must not be read in a log."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from secrets_in(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from secrets_in(one, field)
    elif isinstance(value, str) and field in SECRET_FIELDS:
        yield value


async def sung(world: World, name: str, call: Call) -> list[str]:
    """The call honestly, and with canaries wherever there is room; the secrets that it was answered with."""
    answer = await call.honestly(world)
    headers = {"Zhicha-Queue": WORD.encode(), "Idempotency-Key": f"{WORD}".encode(), "User-Agent": WORD.encode()}
    for path in (f"{call.path}?q={WORD}&region={PHONE}", f"{call.path}/{PHONE}", f"{call.path}?key={NUMBER}"):
        wrong = Call(call.method, path, singing(call.body) if isinstance(call.body, dict) else call.body, call.by)
        if call.media_type == "application/x-www-form-urlencoded":
            await world.client.request(call.method, f"/api/v1{path}", data=wrong.body, headers={"User-Agent": "x"})
        else:
            await wrong.send(world, call.by, json=wrong.body if isinstance(wrong.body, dict) else WORD, headers=headers)
    is_json = answer.content and "json" in answer.headers.get("content-type", "")
    return list(secrets_in(answer.json())) if answer.is_success and is_json else []


async def signed_in_people(world: World) -> list[str]:
    """Passwords right and wrong, tokens used, kept and spoilt, keys used and misplaced."""
    admin = await world.admin()
    body = {"username": "canary.bird", "name": WORD, "role": "inspector", "region": "420582104", "phone": PHONE}
    await world.regions()
    made = await admin.post("/users", {**body, "identity_number": NUMBER, "password": PASSWORD})
    assert made.status_code == 201, made.text
    await admin.post("/users", {**body, "password": PASSWORD})  # once more: the name is taken
    await admin.post(f"/users/{made.json()['id']}/identity-number", {"reason": WORD})
    form = {"grant_type": "password", "username": "canary.bird", "password": PASSWORD, "device_id": "a-canary-device"}
    for wrong in ({"password": f"{PASSWORD}{WORD}"}, {"username": PASSWORD}, {"totp": WORD}):
        await world.client.post("/api/v1/auth/token", data=form | wrong)
    pair = (await world.client.post("/api/v1/auth/token", data=form)).json()
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    change = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert (await world.client.post("/api/v1/auth/password", json=change, headers=bearer)).status_code == 204
    told = (await world.client.post("/api/v1/auth/totp", json={"password": NEW_PASSWORD}, headers=bearer)).json()
    code = code_of(b32decode(told["secret"]), step_at(world.clock.now()))
    codes = (await world.client.post("/api/v1/auth/totp/confirmation", json={"code": code}, headers=bearer)).json()
    for token in (pair["access_token"], pair["refresh_token"]):
        await world.client.get(f"/api/v1/me?access_token={token}", headers={"Authorization": f"Bearer {token}x"})
        await world.client.get(f"/api/v1/{token}")
    await world.client.post(
        "/api/v1/auth/token/refresh", json={"refresh_token": pair["refresh_token"], "device_id": WORD}
    )
    return [*secrets_in(pair), *secrets_in(told), *secrets_in(codes), "a-canary-device"]


def sings(printed: str, secrets: list[str]) -> list[str]:
    """Lines that repeat one of these."""
    return [line[:200] for line in printed.splitlines() if any(secret in line for secret in secrets)]


@pytest.mark.parametrize("name", HONEST)
async def test_no_line_of_the_log_repeats_what_a_call_was_sent_or_answered_with(
    world: World, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    call = await HONEST[name](world)
    secrets = [*CANARIES, *await sung(world, name, call)]
    printed = capfd.readouterr().out
    assert sings(printed, secrets) == []
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert len([line for line in lines if line.get("event") == "request"]) >= 4
    assert not {"args", "parameters", "body", "query"} & {name for line in lines for name in line}


async def test_no_line_of_the_log_repeats_a_password_a_token_or_a_number_of_who_signs_in(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = await signed_in_people(world)
    printed = capfd.readouterr().out
    assert len(secrets) > 10
    assert "/api/v1/auth/token" in printed
    assert sings(printed, [*CANARIES, *secrets]) == []
