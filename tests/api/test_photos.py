"""Photos come in: whole or not at all, under the id that the phone gave, and only those bytes that were meant."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from models.words import Role
from tests.makers_photos import (
    PLACE,
    bomb,
    digest,
    is_orphan,
    jobs_waiting,
    on_disk,
    parts,
    put,
    rows,
    sha256,
    snapped,
    stored,
)
from tests.makers_reports import finding_body, report_body, reported, shot, with_photos
from tests.world import OTHER_VILLAGE, World


async def nothing_of(world: World, data: bytes) -> bool:
    """No row, no file, no part file, no mark that there was something."""
    return not (
        await rows(world, data) or on_disk(world, data).exists() or parts(world) or await is_orphan(world, data)
    )


async def test_a_photo_is_kept_byte_for_byte_and_its_own_claims_become_facts_of_the_row(world: World) -> None:
    inspector = await world.inspector()
    data = snapped(taken="2026:11:24 09:12:31", make="HUAWEI", model="P60", orientation=6, **PLACE)
    photo_id = str(uuid4())
    answer = await put(inspector, data, photo_id)
    assert answer.status_code == 201
    shown = answer.json()
    assert shown.pop("location") == {
        "lon": pytest.approx(111.2867, abs=1e-5),
        "lat": pytest.approx(30.6923, abs=1e-5),
        "accuracy_m": None,
        "crs": "WGS84",
        "source": "exif",
        "mocked": False,
    }
    assert shown == {
        "id": photo_id,
        "stage": "original",
        "stage_label": "原件",
        "sha256": sha256(data),
        "bytes": len(data),
        "media_type": "image/jpeg",
        "width": 80,
        "height": 60,
        "duration_s": None,
        "taken_at": "2026-11-24T01:12:31Z",
        "offset_assumed": True,
        "location_impossible": False,
        "device": "HUAWEI P60",
        "uploaded_by": inspector.id,
        "stored_at": "2026-11-24T01:00:00Z",
        "uses": [],
    }
    assert on_disk(world, data).read_bytes() == data
    assert await jobs_waiting(world, data) == 1
    assert not await is_orphan(world, data)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "HEIF", "AVIF"])
async def test_the_kind_is_told_by_the_bytes_and_never_by_the_header(world: World, form: str) -> None:
    data = snapped(form)
    answer = await put(await world.inspector(), data, **{"Content-Type": "text/html"})
    assert answer.status_code == 201
    assert answer.json()["media_type"] == f"image/{'heic' if form == 'HEIF' else form.lower()}"


async def test_the_same_photo_twice_is_the_same_photo_and_makes_one_job(world: World) -> None:
    inspector, data = await world.inspector(), snapped()
    first = await stored(inspector, data)
    again = await put(inspector, data, first["id"])
    assert (again.status_code, again.json()) == (200, first)
    assert (await rows(world, data), await jobs_waiting(world, data)) == (1, 1)


async def test_other_bytes_under_ones_own_id_are_a_conflict_and_leave_nothing(world: World) -> None:
    inspector, other = await world.inspector(), snapped()
    first = await stored(inspector, snapped())
    answer = await put(inspector, other, first["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "id_conflict")
    assert await nothing_of(world, other)
    assert (await inspector.get(f"/photos/{first['id']}")).json() == first


@pytest.mark.parametrize("same", [True, False], ids=["same bytes", "other bytes"])
async def test_an_id_that_somebody_else_used_out_of_sight_is_taken_and_tells_nothing(world: World, same: bool) -> None:
    data, other = snapped(), snapped()
    first = await stored(await world.inspector(), data)
    answer = await put(await world.inspector(), data if same else other, first["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")
    assert first["sha256"] not in answer.text
    assert await nothing_of(world, other)


async def test_a_photo_is_missing_from_its_report_until_it_comes(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    picture = shot()
    finding = finding_body(photo_ids=[picture.id])
    inspection = await reported(
        world,
        inspector,
        await world.enterprise(),
        [inspector, partner],
        findings=[finding],
        photos=[picture.declared()],
    )
    assert inspection["missing_photos"] == [picture.id]
    shown = await stored(inspector, picture.data, picture.id)
    assert [(use["subject"], use["finding_id"]) for use in shown["uses"]] == [("finding", finding["id"])]
    assert (await inspector.get(f"/inspections/{inspection['id']}")).json()["missing_photos"] == []


async def test_a_photo_that_came_before_its_report_waits_for_it(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    picture = shot()
    await stored(inspector, picture.data, picture.id)
    finding = finding_body(photo_ids=[picture.id])
    inspection = await reported(
        world,
        inspector,
        await world.enterprise(),
        [inspector, partner],
        findings=[finding],
        photos=[picture.declared()],
    )
    assert inspection["missing_photos"] == []
    assert (await put(inspector, picture.data, picture.id)).status_code == 200


async def test_a_photo_that_came_inside_its_report_is_known_when_it_comes_again(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    picture = shot()
    body = report_body(world, await world.enterprise(), [inspector, partner], photos=[picture.declared()])
    assert (await with_photos(inspector, body, [picture])).status_code == 201
    assert (await put(inspector, picture.data, picture.id)).status_code == 200


async def test_other_bytes_than_the_report_declared_are_refused_by_name_and_leave_nothing(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    picture, other = shot(), snapped()
    inspection = await reported(
        world, inspector, await world.enterprise(), [inspector, partner], photos=[picture.declared()]
    )
    answer = await put(inspector, other, picture.id)
    assert (answer.status_code, answer.json()["code"]) == (409, "digest_not_declared")
    assert answer.json()["expected"] == picture.sha256
    assert await nothing_of(world, other)
    assert (await inspector.get(f"/inspections/{inspection['id']}")).json()["missing_photos"] == [picture.id]


async def test_a_colleague_who_sees_the_report_may_bring_the_photo_it_declared_and_no_other(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    picture = shot()
    await reported(world, inspector, await world.enterprise(), [inspector, partner], photos=[picture.declared()])
    colleague, stranger = await world.officer(), await world.village(OTHER_VILLAGE)
    assert (await put(colleague, snapped(), picture.id)).json()["code"] == "digest_not_declared"
    assert (await put(stranger, picture.data, picture.id)).json()["code"] == "id_taken"
    assert (await put(colleague, picture.data, picture.id)).status_code == 201


async def test_bytes_that_changed_on_their_way_are_refused_and_leave_nothing(world: World) -> None:
    data, meant = snapped(), snapped()
    answer = await put(await world.inspector(), data, **digest(meant))
    assert (answer.status_code, answer.json()["code"]) == (409, "digest_mismatch")
    assert answer.json()["received"] == sha256(data)
    assert await nothing_of(world, data)


@pytest.mark.parametrize(
    "header",
    ["", "sha-256", "sha-256=abc", "sha-256=:AAAA:", "sha-512=:AAAA:", "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:"],
)
async def test_a_photo_without_a_readable_digest_is_not_taken(world: World, header: str) -> None:
    data = snapped()
    answer = await put(await world.inspector(), data, **{"Repr-Digest": header})
    assert (answer.status_code, answer.json()["code"]) == (400, "digest_required")
    assert await nothing_of(world, data)


async def test_a_digest_is_read_beside_others_and_with_parameters(world: World) -> None:
    data = snapped()
    header = f"sha-512=:AAAA:, {digest(data)['Repr-Digest']};note=1"
    assert (await put(await world.inspector(), data, **{"Repr-Digest": header})).status_code == 201


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("这不是照片。\n".encode() * 100, "not_an_image"),
        (b"", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (snapped(width=640, height=480)[:-2000], "photo_damaged"),
        (bomb(), "photo_too_many_pixels"),
    ],
    ids=["text", "nothing", "svg", "truncated", "bomb"],
)
async def test_what_is_no_whole_picture_is_refused_whatever_it_is_called(world: World, data: bytes, code: str) -> None:
    answer = await put(await world.inspector(), data, **{"Content-Type": "image/jpeg"})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert await nothing_of(world, data)


async def test_forty_megabytes_are_refused_as_too_large_and_leave_nothing(world: World) -> None:
    data = snapped() + bytes(40_000_000)
    answer = await put(await world.inspector(), data)
    assert (answer.status_code, answer.json()["code"]) == (413, "photo_too_large")
    assert answer.json()["max_bytes"] == 30_000_000
    assert await nothing_of(world, data)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.INTEGRATOR])
async def test_administrators_and_integrators_send_no_photos(world: World, role: Role) -> None:
    data = snapped()
    answer = await put(await world.person(role), data)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert await nothing_of(world, data)


async def test_a_photo_needs_a_sign_in_and_an_id_of_version_four_or_seven(world: World) -> None:
    data = snapped()
    unknown = await world.client.put(f"/api/v1/photos/{uuid4()}", content=data, headers=digest(data))
    assert (unknown.status_code, unknown.json()["code"]) == (401, "token_invalid")
    answer = await put(await world.inspector(), data, "6ba7b810-9dad-11d1-80b4-00c04fd430c8")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert await nothing_of(world, data)


async def test_no_connection_is_held_while_a_slow_phone_sends_its_bytes(world: World) -> None:
    inspector, data, held = await world.inspector(), snapped(), []

    async def slowly() -> AsyncIterator[bytes]:
        for at in range(0, len(data), 1000):
            held.append(world.office.engine.pool.checkedout())  # type: ignore[attr-defined]
            yield data[at : at + 1000]

    answer = await inspector.put(f"/photos/{uuid4()}", content=slowly(), headers=digest(data))
    assert answer.status_code == 201
    assert set(held) == {0}


async def test_real_photos_are_taken_with_what_their_phones_wrote(world: World, field_photos: Path) -> None:
    inspector = await world.inspector()
    taken = {}
    for path in sorted(field_photos.iterdir()):
        if path.suffix.lower() in (".jpg", ".heic", ".heif"):
            taken[path.name] = await stored(inspector, path.read_bytes())
    assert taken["DSCN0010.jpg"]["device"] == "NIKON COOLPIX P6000"
    assert taken["IMG_5195.HEIC"]["media_type"] == "image/heic"
    assert taken["DSCN0010.jpg"]["location"]["lat"] == pytest.approx(43.467, abs=0.01)
