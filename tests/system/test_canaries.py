"""Nothing that a person sent reaches a log: canaries in every field, and not one line sings (threat 29).

All operations of the document are called with canaries in every text, number, header and address, rightly and wrongly;
then all that the office's processes printed and every log file in its folder is searched.
"""

import json
from base64 import b32decode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.rules.totp import code_of, step_at
from tests.makers_accounts import PASSWORD
from tests.makers_calls import HONEST, Call
from tests.system.served import ServedOffice, serving, world_of
from tests.world import World

pytestmark = pytest.mark.timeout(600)

WORD = "金丝雀canary"
PHONE = "13912345678"
NUMBER = "11010519491231002X"
NEW_PASSWORD = "yellow-bird-sings-7"
SECRET_FIELDS = {"access_token", "refresh_token", "key", "secret", "recovery_codes", "identity_number"}
NOT_FREE = {"id", "grant_type", "username", "password", "device_id"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedOffice]:
    with serving(tmp_path_factory.mktemp("canaries") / "data") as served:
        yield served


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


async def signed_in_people(world: World, client: httpx.AsyncClient) -> list[str]:
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
        await client.post("/api/v1/auth/token", data=form | wrong)
    pair = (await client.post("/api/v1/auth/token", data=form)).json()
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    change = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert (await client.post("/api/v1/auth/password", json=change, headers=bearer)).status_code == 204
    told = (await client.post("/api/v1/auth/totp", json={"password": NEW_PASSWORD}, headers=bearer)).json()
    code = code_of(b32decode(told["secret"]), step_at(world.clock.now()))
    codes = (await client.post("/api/v1/auth/totp/confirmation", json={"code": code}, headers=bearer)).json()
    for token in (pair["access_token"], pair["refresh_token"]):
        await client.get(f"/api/v1/me?access_token={token}", headers={"Authorization": f"Bearer {token}x"})
        await client.get(f"/api/v1/{token}")
    await client.post("/api/v1/auth/token/refresh", json={"refresh_token": pair["refresh_token"], "device_id": WORD})
    return [*secrets_in(pair), *secrets_in(told), *secrets_in(codes), "a-canary-device"]


def logs(office: ServedOffice) -> dict[str, str]:
    """All that was printed, and every file of the folder that is no table, no photo and no key."""
    files = [path for path in office.data.rglob("*") if path.is_file() and ("log" in path.name or "out" in path.suffix)]
    kept = [path for path in files if not {"base", "global", "pg_wal", "keys", "photos"} & set(path.parts)]
    return {"printed": office.said(), **{str(path): path.read_text(errors="replace") for path in kept}}


async def test_no_line_of_any_log_repeats_what_somebody_sent_or_was_given(office: ServedOffice) -> None:
    secrets = [WORD, "%E9%87%91%E4%B8%9D%E9%9B%80", PHONE, NUMBER, PASSWORD, NEW_PASSWORD, "canary"]
    async with world_of(office) as world:
        secrets += await signed_in_people(world, world.client)
        for name, maker in HONEST.items():
            if name not in ("createToken", "refreshToken", "revokeToken", "changePassword", "enrolTotp", "confirmTotp"):
                secrets += await sung(world, name, await maker(world))
    found = [
        f"{where}: {line[:200]}"
        for where, text in logs(office).items()
        for line in text.splitlines()
        if any(secret in line for secret in secrets)
    ]
    assert found == []
    lines = [json.loads(line) for line in office.said().splitlines() if line.startswith("{")]
    assert len([line for line in lines if line.get("event") == "request"]) > 4 * len(HONEST) - 40
    assert not {"args", "parameters", "body", "query"} & {name for line in lines for name in line}
