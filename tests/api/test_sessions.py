"""Devices that are signed in: listed to their user, and ended when a phone is lost."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from models.auth import DeviceSession
from models.events import Event
from models.words import Role
from tests.makers_accounts import account, device
from tests.makers_photos import digest, image, put, snapped
from tests.makers_reports import report_body
from tests.world import Person, World

LOST = {"reason": "手机丢失"}


async def keeper(world: World) -> Person:
    return await world.person(Role.OFFICE, hats=["security"])


async def revoke(by: Person, session_id: object) -> int:
    return (await by.post(f"/sessions/{session_id}/revocation", LOST)).status_code


async def test_everybody_sees_the_devices_they_are_signed_in_on_and_which_one_asks(world: World, app: FastAPI) -> None:
    await account(world)
    phone, tablet = device(app), device(app)
    first = (await phone.sign_in(device_name="林检查的手机")).json()
    world.clock.forward(minutes=10)
    await tablet.sign_in()
    world.clock.forward(minutes=4)
    await phone.refresh(first["refresh_token"])
    listed = (await phone.get("/sessions", first["access_token"])).json()["items"]
    assert [(one["device_name"], one["current"], one["user_name"]) for one in listed] == [
        (None, False, "林检查"),
        ("林检查的手机", True, "林检查"),
    ]
    assert listed[1]["signed_in_at"] == "2026-11-24T01:00:00Z"
    assert listed[1]["last_used_at"] == "2026-11-24T01:14:00Z"


async def test_a_list_of_sessions_tells_no_token_and_no_device_id(world: World, app: FastAPI) -> None:
    await account(world)
    phone = device(app)
    pair = (await phone.sign_in()).json()
    listed = (await phone.get("/sessions", pair["access_token"])).text
    assert phone.device_id not in listed
    assert pair["refresh_token"] not in listed


async def test_admin_and_security_see_anybodys_devices_others_only_their_own(world: World) -> None:
    someone, colleague = await world.inspector(), await world.officer()
    for by in (await world.admin(), await keeper(world)):
        listed = (await by.get(f"/sessions?user_id={someone.id}")).json()["items"]
        assert [one["id"] for one in listed] == [str(someone.session_id)]
    assert (await colleague.get(f"/sessions?user_id={someone.id}")).json()["items"] == []
    assert await revoke(colleague, someone.session_id) == 404
    assert (await someone.get("/me")).status_code == 200


async def test_a_lost_phone_gets_nothing_more_not_even_a_refresh(world: World, app: FastAPI) -> None:
    user = await account(world)
    phone = device(app)
    pair = (await phone.sign_in()).json()
    security = await keeper(world)
    [listed] = (await security.get(f"/sessions?user_id={user.id}")).json()["items"]
    assert await revoke(security, listed["id"]) == 201
    paths = ["/me", "/sessions", "/worklist", "/findings", f"/photos/{uuid4()}/image?size=original"]
    assert {(await phone.get(path, pair["access_token"])).status_code for path in paths} == {401}
    assert (await phone.refresh(pair["refresh_token"])).status_code == 401
    assert (await phone.sign_in()).status_code == 200  # the password is another matter


async def test_of_many_calls_that_race_the_revocation_none_that_begins_after_it_gets_through(world: World) -> None:
    lost, security = await world.inspector(), await keeper(world)
    ended = asyncio.Event()

    async def go_on() -> list[int]:
        before = (await lost.get("/me")).status_code
        await ended.wait()
        return [before, (await lost.get("/me")).status_code, (await lost.get("/findings")).status_code]

    calls = [asyncio.ensure_future(go_on()) for _ in range(20)]
    await asyncio.sleep(0.05)
    assert await revoke(security, lost.session_id) == 201
    ended.set()
    assert {tuple(statuses[1:]) for statuses in await asyncio.gather(*calls)} == {(401, 401)}


async def test_a_photo_half_way_up_when_its_phone_is_lost_is_refused_and_kept_nowhere(world: World) -> None:
    lost, security = await world.inspector(), await keeper(world)
    data, photo_id = snapped(width=400, height=300), str(uuid4())

    async def trickling() -> AsyncIterator[bytes]:
        yield data[:1000]
        assert await revoke(security, lost.session_id) == 201
        yield data[1000:]

    headers = {**digest(data), "Content-Type": "image/jpeg"}
    answer = await lost.put(f"/photos/{photo_id}", content=trickling(), headers=headers)
    assert answer.status_code == 401
    assert (await (await world.officer()).get(f"/photos/{photo_id}")).status_code == 404


async def test_a_report_half_way_up_when_its_phone_is_lost_is_refused(world: World) -> None:
    lost, mate, security = await world.inspector(), await world.inspector(), await keeper(world)
    body = report_body(world, await world.enterprise(), [lost, mate])
    request = lost.client.build_request("POST", "/api/v1/inspections", json=body)
    whole = request.read()

    async def trickling() -> AsyncIterator[bytes]:
        yield whole[:200]
        assert await revoke(security, lost.session_id) == 201
        yield whole[200:]

    answer = await lost.call("POST", "/inspections", content=trickling(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 401
    assert (await mate.get(f"/inspections/{body['id']}")).status_code == 404


async def test_a_picture_that_was_there_a_moment_ago_is_not_shown_to_a_lost_phone(world: World) -> None:
    lost, security = await world.inspector(), await keeper(world)
    photo_id = str(uuid4())
    await put(lost, snapped(), photo_id)
    first = await image(lost, photo_id, "original")
    assert first.status_code == 200
    await revoke(security, lost.session_id)
    for headers in ({}, {"If-None-Match": first.headers["etag"]}, {"Range": "bytes=0-10"}):
        again = await lost.get(f"/photos/{photo_id}/image?size=original", headers=headers)
        assert again.status_code == 401


async def test_revoking_is_one_event_with_its_reason_however_often_it_is_asked(world: World) -> None:
    lost, security = await world.inspector(), await keeper(world)
    body = {"id": str(uuid4()), **LOST}
    answers = [await security.post(f"/sessions/{lost.session_id}/revocation", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert await revoke(security, lost.session_id) == 201
    assert answers[0].json()["ended_because"] == "revoked"
    async with world.rows.begin() as tx:
        query = sa.select(col(Event.body)).where(col(Event.kind) == "session.ended")
        [told] = (await tx.scalars(query)).all()
    assert "手机丢失" in told
    assert security.id in told


async def test_ones_own_other_device_may_be_signed_out_and_the_list_narrowed(world: World, app: FastAPI) -> None:
    await account(world)
    phone, tablet = device(app), device(app)
    here, there = (await phone.sign_in()).json()["access_token"], (await tablet.sign_in()).json()["access_token"]
    [other] = [one for one in (await phone.get("/sessions", here)).json()["items"] if not one["current"]]
    headers = {"Authorization": f"Bearer {here}"}
    path = f"/api/v1/sessions/{other['id']}/revocation"
    assert (await phone.client.post(path, json=LOST, headers=headers)).status_code == 201
    assert (await tablet.get("/me", there)).status_code == 401
    assert len((await phone.get("/sessions?live=true", here)).json()["items"]) == 1
    assert len((await phone.get("/sessions?live=false", here)).json()["items"]) == 1
    assert len((await phone.get("/sessions", here)).json()["items"]) == 2


@pytest.mark.parametrize("reason", [None, ""])
async def test_a_device_is_not_signed_out_without_a_reason(world: World, reason: str | None) -> None:
    lost, security = await world.inspector(), await keeper(world)
    answer = await security.post(f"/sessions/{lost.session_id}/revocation", {"reason": reason})
    assert answer.status_code == 422
    async with world.rows.begin() as tx:
        query = sa.select(col(DeviceSession.ended_at)).where(col(DeviceSession.id) == lost.session_id)
        assert await tx.scalar(query) is None
