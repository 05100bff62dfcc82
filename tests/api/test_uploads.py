"""Photos that come in pieces: where a phone goes on, who wins, what is kept, what is refused (tus 1.0)."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from hashlib import sha1, sha256
from uuid import uuid4

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from models.uploads import Upload
from services.uploads.appending import WRITES_FOR
from tests.line import Line
from tests.makers_photos import image, snapped, stored
from tests.makers_reports import finding_body, report_body, shot, with_photos
from tests.makers_uploads import OFFSET_BYTES, TUS, Sending, path_of
from tests.world import OTHER_TOWN, Person, World


@pytest.fixture
async def phone(world: World) -> Person:
    await world.regions()
    return await world.inspector()


@pytest.fixture
async def pieces(world: World) -> Callable[[], int]:
    """How many pieces the store holds that this test left there."""
    folder = world.office.settings.photos / "pieces"

    def count() -> int:
        return len(list(folder.iterdir())) if folder.exists() else 0

    before = count()
    return lambda: count() - before


async def test_a_photo_that_came_in_three_pieces_is_byte_equal_and_leaves_no_piece_behind(
    phone: Person, pieces: Callable[[], int]
) -> None:
    sending = Sending(phone)
    begun = await sending.begin()
    assert (begun.status_code, begun.headers["tus-resumable"], begun.content) == (201, "1.0.0", b"")
    a, b = 1000, 2500
    assert [(await sending.append(*span)).status_code for span in ((0, a), (a, b))] == [204, 204]
    assert await sending.is_at() == b
    assert (await image(phone, sending.photo_id, "original")).status_code == 404
    last = await sending.append(b)
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(sending.data)))
    assert (await image(phone, sending.photo_id, "original")).content == sending.data
    assert (await sending.is_at(), pieces()) == (len(sending.data), 0)


async def test_a_photo_that_comes_whole_with_the_beginning_is_stored_at_once(phone: Person) -> None:
    sending = Sending(phone)
    begun = await sending.begin(content=sending.data)
    assert (begun.status_code, begun.headers["upload-offset"]) == (201, str(len(sending.data)))
    assert (await image(phone, sending.photo_id, "original")).content == sending.data


async def test_an_upload_without_metadata_becomes_a_photo_under_its_own_id(phone: Person) -> None:
    data = snapped()
    headers = {**TUS, "Upload-Length": str(len(data))}
    begun = await phone.post("/uploads", content=b"", headers=headers)
    assert begun.status_code == 201
    sending = Sending(phone, data, photo_id=begun.headers["location"].rpartition("/")[2])
    sending.path = path_of(begun)
    assert (await sending.append(0)).status_code == 204
    assert (await image(phone, sending.photo_id, "original")).content == data


async def test_what_came_before_the_link_dropped_is_kept_and_the_phone_goes_on_from_there(
    app: FastAPI, phone: Person
) -> None:
    sending = Sending(phone)
    await sending.begin()

    headers = {**TUS, "Upload-Offset": "0", "Content-Type": OFFSET_BYTES, "Content-Length": str(len(sending.data))}
    line = Line(phone, "PATCH", sending.path, headers)
    line.coming = [{"type": "http.request", "body": sending.data[:1500], "more_body": True}]
    await app(line.scope, line.receive, line.send)
    assert await sending.is_at() == 1500
    assert (await sending.append(1500)).status_code == 204
    assert (await image(phone, sending.photo_id, "original")).content == sending.data


async def test_a_piece_that_changed_on_the_way_is_refused_whole(phone: Person, pieces: Callable[[], int]) -> None:
    sending = Sending(phone)
    await sending.begin()
    other = b64encode(sha1(b"something else").digest()).decode()
    answer = await sending.append(0, 1000, **{"Upload-Checksum": f"sha1 {other}"})
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert (await sending.is_at(), pieces()) == (0, 0)
    right = b64encode(sha256(sending.data[:1000]).digest()).decode()
    assert (await sending.append(0, 1000, **{"Upload-Checksum": f"sha256 {right}"})).status_code == 204
    unknown = await sending.append(1000, 2000, **{"Upload-Checksum": f"crc32 {right}"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "checksum_unreadable")
    assert await sending.is_at() == 1000


async def test_a_wrong_offset_is_told_the_right_one(phone: Person) -> None:
    sending = Sending(phone)
    await sending.begin(content=sending.data[:700])
    answer = await sending.append(0, 900)
    assert (answer.status_code, answer.json()["code"], answer.json()["offset"]) == (409, "offset_mismatch", 700)


async def test_of_two_requests_on_one_upload_one_wins_and_the_other_is_told_to_wait(phone: Person) -> None:
    sending = Sending(phone)
    await sending.begin()
    is_read, may_end = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield sending.data[:500]
        is_read.set()
        await may_end.wait()
        yield sending.data[500:]

    headers = {**TUS, "Upload-Offset": "0", "Content-Type": OFFSET_BYTES}
    first = asyncio.create_task(phone.call("PATCH", sending.path, content=slowly(), headers=headers))
    await is_read.wait()
    second = await sending.append(0)
    assert (second.status_code, second.json()["code"]) == (423, "upload_busy")
    assert int(second.headers["retry-after"]) > 0
    may_end.set()
    assert (await first).status_code == 204
    assert (await image(phone, sending.photo_id, "original")).content == sending.data


async def test_a_writer_that_died_keeps_others_out_for_half_a_minute_at_most(world: World, phone: Person) -> None:
    sending = Sending(phone)
    await sending.begin()
    async with world.rows.begin() as tx:
        until = world.clock.now() + WRITES_FOR
        await tx.execute(sa.update(Upload).values(writer=uuid4(), writer_until=until))
    assert (await sending.append(0)).status_code == 423
    world.clock.forward(seconds=31)
    assert (await sending.append(0)).status_code == 204


async def test_nobody_else_sees_an_upload(world: World, phone: Person) -> None:
    sending = Sending(phone)
    await sending.begin()
    other = await world.inspector()
    stranger = Sending(other, sending.data, sending.photo_id, sending.path)
    answers = [await stranger.head(), await stranger.append(0), await other.call("DELETE", sending.path, headers=TUS)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert (await other.get(f"/photos/{sending.photo_id}/upload")).status_code == 404


async def test_an_expired_or_cancelled_upload_is_gone_and_a_new_one_takes_its_place(
    world: World, phone: Person, pieces: Callable[[], int]
) -> None:
    sending = Sending(phone)
    await sending.begin(content=sending.data[:700])
    assert (await phone.call("DELETE", sending.path, headers=TUS)).status_code == 204
    assert (await sending.append(700)).json()["code"] == "upload_gone"
    assert pieces() == 0
    await sending.begin(content=sending.data[:700])
    world.clock.forward(days=8)
    assert ((await sending.head()).status_code, (await sending.append(700)).status_code) == (410, 410)
    await sending.begin(content=sending.data)
    assert (await image(phone, sending.photo_id, "original")).content == sending.data


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"no photo at all, whatever its name says", 422, "not_an_image"),
        (snapped(width=900, height=700)[:3000], 422, "photo_damaged"),
    ],
)
async def test_bytes_that_are_no_photo_end_their_upload(
    phone: Person, pieces: Callable[[], int], data: bytes, status: int, code: str
) -> None:
    sending = Sending(phone, data)
    answer = await sending.begin(content=data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert pieces() == 0


async def test_bytes_other_than_the_upload_announced_are_refused_and_it_ends(phone: Person) -> None:
    sending = Sending(phone)
    await sending.begin()
    right, sending.data = sending.data, bytes(len(sending.data))
    assert (await sending.append(0)).json()["code"] == "digest_mismatch"
    assert (await sending.head()).status_code == 410
    sending.data = right
    assert (await sending.begin(content=right)).status_code == 201


async def test_a_photo_larger_than_the_office_takes_is_refused_before_its_first_byte(phone: Person) -> None:
    headers = {**TUS, "Upload-Length": "30000001"}
    answer = await phone.post("/uploads", content=b"", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "photo_too_large")


async def test_more_bytes_than_announced_are_refused_and_none_of_them_counts(phone: Person) -> None:
    sending = Sending(phone)
    await sending.begin()
    sending.data += b"more"
    assert (await sending.append(0)).status_code == 413
    assert await sending.is_at() == 0


async def test_without_its_protocol_version_a_call_is_refused_and_told_which(phone: Person) -> None:
    answer = await phone.post("/uploads", content=b"", headers={"Upload-Length": "5"})
    assert (answer.status_code, answer.json()["code"]) == (412, "tus_version_unknown")
    assert answer.headers["tus-version"] == "1.0.0"


async def test_a_proxy_that_lets_no_patch_pass_is_gone_round_by_post(phone: Person) -> None:
    sending = Sending(phone)
    await sending.begin()
    sent = {**TUS, "Upload-Offset": "0", "Content-Type": OFFSET_BYTES, "X-HTTP-Method-Override": "PATCH"}
    assert (await phone.post(sending.path, content=sending.data, headers=sent)).status_code == 204
    assert (await image(phone, sending.photo_id, "original")).content == sending.data


async def test_the_options_tell_what_is_spoken_here_also_to_nobody(world: World) -> None:
    answer = await world.client.options("/api/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-extension"] == "creation,creation-with-upload,checksum,expiration,termination"
    assert answer.headers["tus-max-size"] == "30000000"


async def test_the_plan_tells_what_is_here_what_goes_on_and_what_is_to_be_sent(world: World, phone: Person) -> None:
    new, begun, here = Sending(phone), Sending(phone, snapped(width=300)), Sending(phone, snapped(width=200))
    await begun.begin(content=begun.data[:800])
    await stored(phone, here.data, here.photo_id)
    assert (await new.planned())["next"] == "send"
    going_on = await begun.planned()
    assert (going_on["next"], going_on["offset"]) == ("resume", 800)
    assert begun.path == f"/uploads/{going_on['upload_id']}"
    assert (await here.planned())["next"] == "here"
    again = Sending(phone, here.data)  # the same picture under a new id
    twin = await again.planned()
    assert (twin["next"], twin["photo_id"]) == ("here", here.photo_id)
    other = Sending(phone, snapped(width=210), photo_id=here.photo_id)
    assert (await other.planned())["code"] == "id_conflict"
    state = (await phone.get(f"/photos/{begun.photo_id}/upload")).json()
    assert (state["next"], state["offset"]) == ("resume", 800)
    assert (await phone.get(f"/photos/{uuid4()}/upload")).status_code == 404


async def test_the_plan_says_which_photo_the_office_needs_first(world: World, phone: Person) -> None:
    partner, enterprise_id = await world.inspector(), await world.enterprise()
    unnamed, of_visit, later, sooner, major = sent = [Sending(phone) for _ in range(5)]
    findings = [
        finding_body(deadline="2026-12-20", photo_ids=[later.photo_id]),
        finding_body(deadline="2026-12-01", photo_ids=[sooner.photo_id]),
        finding_body(deadline="2026-12-20", grade="major", major_basis="第三条第二项", photo_ids=[major.photo_id]),
    ]
    photos = [{"id": each.photo_id} for each in (of_visit, later, sooner, major)]
    body = {**report_body(world, enterprise_id, [phone, partner]), "findings": findings, "photos": photos}
    assert (await phone.post("/inspections", body)).json()["state"] == "accepted"

    async def first() -> list[str]:
        answer = await phone.post("/uploads/plan", {"photos": [each.to_send for each in sent]})
        return list(answer.json()["send_first"])

    assert await first() == [each.photo_id for each in (major, sooner, later, of_visit, unnamed)]
    await stored(phone, major.data, major.photo_id)
    assert await first() == [each.photo_id for each in (sooner, later, of_visit, unnamed)]


async def test_an_upload_names_its_photo_by_an_id_that_putphoto_would_take(phone: Person) -> None:
    for photo_id in ("0198f3a0-0000-1000-8000-000000000001", "photo", ""):
        refused = await Sending(phone, photo_id=photo_id).begin()
        assert (refused.status_code, refused.json()["code"]) == (400, "metadata_unreadable"), photo_id


async def test_the_plan_tells_nothing_of_photos_out_of_sight(world: World, phone: Person) -> None:
    stranger = await world.inspector(region=OTHER_TOWN)
    theirs = Sending(stranger)
    await stored(stranger, theirs.data, theirs.photo_id)
    assert (await Sending(phone, theirs.data).planned())["next"] == "send"


async def test_a_report_may_name_a_photo_of_an_earlier_visit_that_the_plan_found(world: World, phone: Person) -> None:
    partner, enterprise_id = await world.inspector(), await world.enterprise()
    earlier = Sending(phone)
    await stored(phone, earlier.data, earlier.photo_id)
    found = (await Sending(phone, earlier.data).planned())["photo_id"]
    body = report_body(world, enterprise_id, [phone, partner])
    named = shot().declared(id=found, sha256=sha256(earlier.data).hexdigest(), bytes=len(earlier.data))
    body = {**body, "findings": [finding_body(photo_ids=[found])], "photos": [named]}
    shown = await with_photos(phone, body, [])
    assert (shown.status_code, shown.json()["missing_photos"]) == (201, [])


async def test_a_photo_that_a_report_waits_for_is_to_be_sent_though_its_bytes_are_here_under_another_id(
    world: World, phone: Person
) -> None:
    earlier = Sending(phone)
    await stored(phone, earlier.data, earlier.photo_id)
    again = Sending(phone, earlier.data)
    body = report_body(world, await world.enterprise(), [phone, await world.inspector()])
    body = {**body, "findings": [finding_body(photo_ids=[again.photo_id])], "photos": [{"id": again.photo_id}]}
    assert (await phone.post("/inspections", body)).json()["missing_photos"] == [again.photo_id]
    assert (await again.planned())["next"] == "send"
    await stored(phone, again.data, again.photo_id)
    assert (await phone.get(f"/inspections/{body['id']}")).json()["missing_photos"] == []
