"""API keys: shown once, within scopes, networks and days, and worth nothing from the moment they are revoked."""

import asyncio
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from api.scopes import OF_EVERY_KEY, OPENS
from models.api_keys import ApiKey
from models.events import Event
from models.words import Role, Scope
from tests.world import OTHER_TOWN, TOWN, Person, World

NOWHERE = "0198f000-0000-7000-8000-000000000001"
READS = ["enterprises:read", "findings:read", "inspections:read", "photos:read", "statistics:read"]


async def made(world: World, by: Person | None = None, **more: Any) -> httpx.Response:
    """createApiKey for a system of this town unless told otherwise."""
    system = more.pop("user_id", None) or (await world.person(Role.INTEGRATOR)).id
    body = {"user_id": system, "name": "县局平台", "scopes": READS, "expires_on": "2027-05-31", **more}
    return await (by or await world.admin()).post("/api-keys", body)


async def call(world: World, key: str, path: str, method: str = "GET", **sent: Any) -> httpx.Response:
    """Any call with the key as a connected system sends it."""
    headers = {"Authorization": f"Bearer {key}", **sent.pop("headers", {})}
    return await world.client.request(method, f"/api/v1{path}", headers=headers, **sent)


def at(app: FastAPI, address: str) -> httpx.AsyncClient:
    """A client at an address."""
    transport = httpx.ASGITransport(app=app, client=(address, 40_000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://office.test")


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(world: World) -> None:
    admin = await world.admin()
    answer = await made(world, admin, id=str(uuid4()))
    key = answer.json()["key"]
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert re.fullmatch(r"zhicha_[A-Za-z0-9_-]{43}", key)
    body = {name: answer.json()[name] for name in ("id", "user_id", "name", "scopes", "expires_on")}
    again = await admin.post("/api-keys", {**body, "scopes": READS})
    assert (again.status_code, again.json()["key"], again.json()["id"]) == (200, None, body["id"])
    assert key not in (await admin.get("/api-keys")).text
    async with world.rows.begin() as tx:
        kept = repr((await tx.execute(sa.select(ApiKey.__table__))).all())  # type: ignore[attr-defined]
        told = "".join((await tx.scalars(sa.select(col(Event.body)))).all())
    assert key not in kept + told
    assert "key_hash" not in told


async def test_a_key_reads_what_its_account_sees_and_nothing_beyond(world: World) -> None:
    near, far = await world.enterprise(), await world.enterprise(region=f"{OTHER_TOWN}201")
    key = (await made(world)).json()["key"]
    assert [one["id"] for one in (await call(world, key, "/enterprises")).json()["items"]] == [near]
    assert (await call(world, key, f"/enterprises/{far}")).status_code == 404
    assert (await call(world, key, "/me")).json()["role"] == "integrator"


async def test_a_first_password_that_nobody_changed_does_not_stop_the_key(world: World) -> None:
    system = await world.person(Role.INTEGRATOR, must_change_password=True)
    key = (await made(world, user_id=system.id)).json()["key"]
    assert (await call(world, key, "/enterprises")).status_code == 200


READ_FIRST: dict[str, dict[str, Any]] = {
    "createUpload": {"headers": {"Tus-Resumable": "1.0.0", "Upload-Length": "5"}},
    "appendUpload": {"headers": {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}},
    "printCodes": {"json": {"enterprise_ids": [NOWHERE]}},
}
"""Calls that ask who calls only once their form is right, for they hold no connection meanwhile."""


async def test_of_every_operation_a_key_opens_those_of_its_scope_and_no_other(world: World, app: FastAPI) -> None:
    """Generated from the document: each operation with each scope alone."""
    wrong, tried, admin = [], 0, await world.admin()
    for scope in Scope:
        key = (await made(world, admin, scopes=[scope.value])).json()["key"]
        for path, methods in app.openapi()["paths"].items():
            for method, operation in methods.items():
                if not operation["security"]:
                    continue
                name = operation["operationId"]
                asked = re.sub(r"\{\w+\}", NOWHERE, path.removeprefix("/api/v1"))
                sent = READ_FIRST.get(name) or ({} if method == "get" else {"json": {"reason": "补签"}})
                ask = "?size=thumb" if name == "getPhotoImage" else ""
                answer = await call(world, key, asked + ask, method.upper(), **dict(sent))
                shut = answer.status_code == 403 and (method == "head" or answer.json()["code"] == "scope_needed")
                tried += 1
                if shut == (scope in OPENS.get(name, ()) or name in OF_EVERY_KEY):
                    wrong.append(f"{name} with {scope}: {answer.status_code} {answer.text[:200]}")
    assert wrong == [], wrong
    assert tried > 6 * 60


def test_every_operation_that_a_scope_opens_is_one_of_the_document_and_says_so(app: FastAPI) -> None:
    operations = {one["operationId"]: one for methods in app.openapi()["paths"].values() for one in methods.values()}
    assert OPENS.keys() <= operations.keys()
    shown = {name for name, one in operations.items() if {"ApiKey": []} in one["security"]}
    assert shown == OPENS.keys() | OF_EVERY_KEY
    assert {scope for scopes in OPENS.values() for scope in scopes} == set(Scope)


async def test_the_scope_that_is_missing_is_named(world: World) -> None:
    key = (await made(world, scopes=["findings:read"])).json()["key"]
    refused = await call(world, key, "/statistics")
    assert (refused.status_code, refused.json()["scopes"]) == (403, ["statistics:read"])
    refused = await call(world, key, "/users")
    assert (refused.status_code, refused.json()["scopes"]) == (403, [])


async def test_writing_needs_its_own_scope_and_is_told_in_the_accounts_name(world: World) -> None:
    system = await world.person(Role.INTEGRATOR)
    reader = (await made(world, user_id=system.id)).json()["key"]
    writer = (await made(world, user_id=system.id, scopes=["enterprises:write"])).json()["key"]
    body = {"name": "宏达机械加工厂", "region": f"{TOWN}201", "main_industry": "MECH"}
    assert (await call(world, reader, "/enterprises", "POST", json=body)).status_code == 403
    assert (await call(world, writer, "/enterprises", "POST", json=body)).status_code == 201
    async with world.rows.begin() as tx:
        query = sa.select(col(Event.actor_id)).where(col(Event.kind) == "enterprise.registered")
        assert [str(actor) for actor in await tx.scalars(query)] == [system.id]


@pytest.mark.parametrize("place", ["access_token", "api_key", "key", "token"])
async def test_a_key_in_an_address_opens_nothing(world: World, place: str) -> None:
    key = (await made(world)).json()["key"]
    assert (await world.client.get(f"/api/v1/enterprises?{place}={key}")).status_code == 401
    cookies = {"Cookie": f"{place}={key}", "X-Api-Key": key}
    assert (await world.client.get("/api/v1/enterprises", headers=cookies)).status_code == 401


async def test_a_revoked_key_is_refused_from_the_next_call_on(world: World) -> None:
    admin = await world.admin()
    answer = (await made(world, admin)).json()
    assert (await call(world, answer["key"], "/enterprises")).status_code == 200
    body = {"id": str(uuid4()), "reason": "密钥误传到公开代码库"}
    revoked = [await admin.post(f"/api-keys/{answer['id']}/revocation", body) for _ in range(2)]
    assert [one.status_code for one in revoked] == [201, 200]
    assert revoked[0].json()["live"] is False
    refused = await call(world, answer["key"], "/enterprises")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")


async def test_a_key_ends_with_its_day_and_with_its_account(world: World) -> None:
    admin, system = await world.admin(), await world.person(Role.INTEGRATOR)
    key = (await made(world, admin, user_id=system.id, expires_on="2026-11-25")).json()["key"]
    world.clock.forward(hours=38)  # 23:00 of the 25th in Shanghai
    assert (await call(world, key, "/me")).status_code == 200
    world.clock.forward(hours=1)
    assert (await call(world, key, "/me")).status_code == 401
    other = (await made(world, admin, user_id=system.id)).json()["key"]
    assert (await call(world, other, "/me")).status_code == 200
    await admin.patch(f"/users/{system.id}", {"disabled": True})
    assert (await call(world, other, "/me")).status_code == 401


@pytest.mark.parametrize("wrong", ["zhicha_", "zhicha_" + "A" * 43, "zhicha_钥匙"])
async def test_a_key_that_nobody_made_is_refused_like_any_bad_token(world: World, wrong: str) -> None:
    headers = {b"Authorization": f"Bearer {wrong}".encode()}
    refused = await world.client.get("/api/v1/me", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")


async def test_a_key_works_from_its_networks_alone(world: World, app: FastAPI) -> None:
    key = (await made(world, networks=["203.0.113.0/24", "2001:db8::/48"])).json()["key"]
    headers = {"Authorization": f"Bearer {key}"}
    for address, status in {"203.0.113.9": 200, "2001:db8::7": 200, "203.0.114.9": 401, "2001:db9::7": 401}.items():
        async with at(app, address) as client:
            assert (await client.get("/api/v1/me", headers=headers)).status_code == status, address


async def test_when_and_whence_a_key_was_used_is_shown_and_a_new_network_is_an_event(
    world: World, app: FastAPI
) -> None:
    admin, auditor = await world.admin(), await world.leader(hats=["auditor"])
    key = (await made(world, admin)).json()["key"]
    for address in ("203.0.113.9", "203.0.113.77", "198.51.100.1", "198.51.100.2"):
        async with at(app, address) as client:
            assert (await client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})).status_code == 200
    [row] = (await admin.get("/api-keys")).json()["items"]
    assert row["seen_networks"] == ["203.0.113.0/24", "198.51.100.0/24"]
    assert row["last_used_at"] == "2026-11-24T01:00:00Z"
    told = (await auditor.get("/events?kind=api_key.new_network")).json()["items"]
    assert [one["note"] for one in told] == ["198.51.100.0/24"]


async def test_two_keys_may_live_for_a_change_a_third_waits_for_the_first_to_go(world: World) -> None:
    admin, system = await world.admin(), await world.person(Role.INTEGRATOR)
    answers = await asyncio.gather(*[made(world, admin, user_id=system.id) for _ in range(4)])
    assert sorted(one.status_code for one in answers) == [201, 201, 409, 409]
    [first, _] = [one.json() for one in answers if one.status_code == 201]
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"too_many_api_keys"}
    await admin.post(f"/api-keys/{first['id']}/revocation", {"reason": "更换"})
    assert (await made(world, admin, user_id=system.id)).status_code == 201


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"expires_on": "2026-11-23"}, "/expires_on", "expiry_out_of_range"),
        ({"expires_on": "2028-01-01"}, "/expires_on", "expiry_out_of_range"),
        ({"networks": ["somewhere"]}, "/networks/0", "network_unreadable"),
        ({"scopes": []}, "/scopes", "too_short"),
        ({"scopes": ["users:read"]}, "/scopes/0", "enum"),
        ({"user_id": NOWHERE}, "/user_id", "integrator_needed"),
    ],
)
async def test_a_key_that_cannot_be_made_says_why(world: World, more: dict[str, Any], pointer: str, code: str) -> None:
    refused = await made(world, **more)
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]


async def test_a_key_is_for_a_system_and_never_for_a_person(world: World) -> None:
    refused = await made(world, user_id=(await world.officer()).id)
    assert refused.json()["errors"][0]["code"] == "integrator_needed"


async def test_security_makes_keys_the_office_does_not_and_a_system_sees_its_own(world: World) -> None:
    system, security = await world.person(Role.INTEGRATOR), await world.person(Role.OFFICE, hats=["security"])
    assert (await made(world, security, user_id=system.id)).status_code == 201
    assert (await made(world, await world.officer(), user_id=system.id)).status_code == 403
    assert (await made(world, system, user_id=system.id)).status_code == 403
    assert len((await system.get("/api-keys")).json()["items"]) == 1
    assert (await (await world.officer()).get("/api-keys")).json()["items"] == []
