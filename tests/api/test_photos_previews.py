"""A small picture comes ahead of its photo: seen at once, marked, replaced by the original, never taken for it."""

from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from PIL import Image

from models.events import Event
from models.photos import PhotoPreview
from models.words import FindingState, Role
from services.photos.derivatives import PREVIEW_PIXELS
from tests.makers_findings import finding
from tests.makers_photos import PLACE, bomb, digest, image, opened, put, put_preview, snapped, stored, undecodable
from tests.makers_reports import Shot, finding_body, report_body, reported, shot, with_photos
from tests.makers_uploads import Sending
from tests.pictures import UPRIGHT, corners
from tests.world import OTHER_TOWN, OTHER_VILLAGE, Person, World


def small(form: str = "JPEG", width: int = 400, height: int = 300) -> bytes:
    """A preview like no other, with all that a phone writes into a picture."""
    return snapped(form, width=width, height=height, orientation=6, taken="2026:11:24 09:12:31", **PLACE)


async def previews(world: World) -> int:
    async with world.rows.begin() as tx:
        return int(await tx.scalar(sa.select(sa.func.count()).select_from(PhotoPreview)) or 0)


async def awaiting(world: World, inspector: Person) -> tuple[Shot, dict[str, str]]:
    """A report whose photo is still on its phone."""
    picture = shot(640, 480)
    found = finding_body(photo_ids=[picture.id])
    body = {"findings": [found], "photos": [picture.declared(taken_at="2026-11-24T09:20:11+08:00")]}
    partner = await world.inspector()
    inspection = await reported(world, inspector, await world.enterprise(), [inspector, partner], **body)
    return picture, {"inspection": inspection["id"], "finding": found["id"]}


async def test_the_office_sees_a_preview_at_once_and_that_it_is_one(world: World) -> None:
    inspector, officer = await world.inspector(), await world.officer()
    picture, ids = await awaiting(world, inspector)
    answer = await put_preview(inspector, small(), picture.id)
    assert answer.status_code == 201
    shown = (await officer.get(f"/photos/{picture.id}")).json()
    assert shown == answer.json()
    assert (shown["stage"], shown["stage_label"]) == ("preview", "预览，原件未到")
    assert (shown["width"], shown["height"]) == (400, 300)  # as a person sees it
    assert not {"sha256", "bytes", "media_type", "taken_at", "location", "device"} & shown.keys()
    assert shown["declared"] == {
        "sha256": picture.sha256,
        "bytes": len(picture.data),
        "media_type": "image/jpeg",
        "taken_at": "2026-11-24T01:20:11Z",
    }
    assert [use["finding_id"] for use in shown["uses"]] == [ids["finding"]]
    for size, fits in (("thumb", (320, 240)), ("screen", (400, 300))):
        seen = await image(officer, picture.id, size)
        assert (seen.headers["zhicha-preview"], opened(seen).size) == ("true", fits)
        assert seen.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
async def test_a_preview_stands_upright_and_says_nothing_of_place_time_or_phone(world: World, form: str) -> None:
    inspector, photo_id, data = await world.inspector(), str(uuid4()), small(form)
    assert b"Exif" in data or b"EXIF" in data
    assert (await put_preview(inspector, data, photo_id)).status_code == 201
    for size in ("thumb", "screen"):
        answer = await image(inspector, photo_id, size)
        picture = opened(answer)
        assert (picture.format, corners(picture)) == ("JPEG", UPRIGHT)
        assert not picture.getexif()
        assert b"Exif" not in answer.content
    async with world.rows.begin() as tx:
        row = (await tx.scalars(sa.select(PhotoPreview))).one()
    assert all(b"Exif" not in content for content in (row.thumb, row.screen))


async def test_the_original_takes_the_place_of_its_preview_whatever_the_reader_holds(world: World) -> None:
    inspector, officer = await world.inspector(), await world.officer()
    picture, _ = await awaiting(world, inspector)
    await put_preview(inspector, small(), picture.id)
    held = {size: (await image(officer, picture.id, size)).headers["etag"] for size in ("thumb", "screen")}
    assert len(set(held.values())) == 2
    for size, etag in held.items():
        assert (await image(officer, picture.id, size, **{"If-None-Match": etag})).status_code == 304
    shown = await stored(inspector, picture.data, picture.id)
    assert (shown["stage"], shown["sha256"]) == ("original", picture.sha256)
    assert (await officer.get(f"/photos/{picture.id}")).json()["stage"] == "original"
    for size, fits in (("thumb", (320, 240)), ("screen", (640, 480))):
        seen = await image(officer, picture.id, size, **{"If-None-Match": held[size]})
        assert ("zhicha-preview" in seen.headers, opened(seen).size) == (False, fits)
        assert seen.headers["etag"] != held[size]
    assert await previews(world) == 0


@pytest.mark.parametrize("road", ["report", "pieces"])
async def test_a_preview_gives_way_to_an_original_by_any_road(world: World, road: str) -> None:
    inspector = await world.inspector()
    picture = shot(640, 480)
    await put_preview(inspector, small(), picture.id)
    if road == "pieces":
        sending = Sending(inspector, picture.data, picture.id)
        assert (await sending.begin(content=picture.data)).status_code == 201
    else:
        people = [inspector, await world.inspector()]
        body = report_body(world, await world.enterprise(), people, photos=[picture.declared()])
        assert (await with_photos(inspector, body, [picture])).status_code == 201
    assert (await inspector.get(f"/photos/{picture.id}")).json()["stage"] == "original"
    assert await previews(world) == 0


async def test_a_preview_is_no_original_and_says_so_where_one_is_asked_for(world: World) -> None:
    inspector = await world.inspector()
    picture, _ = await awaiting(world, inspector)
    await put_preview(inspector, small(), picture.id)
    answer = await image(inspector, picture.id, "original")
    assert (answer.status_code, answer.json()["code"]) == (409, "original_awaited")
    assert "repr-digest" not in answer.headers


async def test_a_photo_whose_preview_is_here_is_still_missing_everywhere(world: World) -> None:
    inspector, officer = await world.inspector(), await world.officer()
    picture, ids = await awaiting(world, inspector)
    receipt_before = (await inspector.get(f"/inspections/{ids['inspection']}/receipt")).json()
    await put_preview(inspector, small(), picture.id)
    inspection = (await officer.get(f"/inspections/{ids['inspection']}")).json()
    finding = (await officer.get(f"/findings/{ids['finding']}")).json()
    waiting = (await officer.get("/inspections?missing_photos=true")).json()["items"]
    receipt = (await inspector.get(f"/inspections/{ids['inspection']}/receipt")).json()
    assert inspection["missing_photos"] == [picture.id]
    assert [(photo["stored"], photo["preview"]) for photo in inspection["photos"]] == [(False, True)]
    assert [(photo["arrived"], photo["preview"]) for photo in finding["photos"]] == [(False, True)]
    assert [row["missing_photos_count"] for row in waiting] == [1]
    assert receipt["missing_photos"] == [picture.id]
    for name in ("photos", "missing_photos", "events"):
        assert receipt[name] == receipt_before[name]
    await stored(inspector, picture.data, picture.id)
    inspection = (await officer.get(f"/inspections/{ids['inspection']}")).json()
    assert [(photo["stored"], photo["preview"]) for photo in inspection["photos"]] == [(True, False)]


async def test_a_preview_leaves_no_event_for_it_proves_nothing(world: World) -> None:
    inspector, photo_id = await world.inspector(), str(uuid4())
    await put_preview(inspector, small(), photo_id)
    async with world.rows.begin() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(Event)) == 0


async def test_the_same_preview_again_is_the_same_and_another_is_a_conflict(world: World) -> None:
    inspector, photo_id, data = await world.inspector(), str(uuid4()), small()
    first = await put_preview(inspector, data, photo_id)
    again = await put_preview(inspector, data, photo_id)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    other = await put_preview(inspector, small(), photo_id)
    assert (other.status_code, other.json()["code"]) == (409, "id_conflict")


async def test_a_preview_that_comes_after_its_original_is_told_that_it_is_here_and_not_kept(world: World) -> None:
    inspector = await world.inspector()
    photo = await stored(inspector, snapped(width=640, height=480))
    answer = await put_preview(inspector, small(), photo["id"])
    assert (answer.status_code, answer.json()) == (200, photo)
    assert await previews(world) == 0


async def test_a_stranger_neither_sees_a_preview_nor_sends_one_under_its_id(world: World) -> None:
    inspector, stranger = await world.inspector(), await world.village(OTHER_VILLAGE)
    alone = str(uuid4())
    await put_preview(inspector, small(), alone)
    picture, _ = await awaiting(world, inspector)
    await put_preview(inspector, small(), picture.id)
    nothing = await stranger.get(f"/photos/{uuid4()}")
    for photo_id in (alone, picture.id):
        assert (await stranger.get(f"/photos/{photo_id}")).content == nothing.content
        assert (await image(stranger, photo_id, "thumb")).content == nothing.content
        answer = await put_preview(stranger, small(), photo_id)
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


async def test_who_sees_the_report_brings_the_preview_but_no_enterprise_shows_what_an_officer_named(
    world: World,
) -> None:
    inspector, officer = await world.inspector(), await world.officer()
    picture, ids = await awaiting(world, inspector)
    finding = (await officer.get(f"/findings/{ids['finding']}")).json()
    boss = await world.boss(finding["enterprise_id"])
    assert (await boss.get(f"/findings/{ids['finding']}")).status_code == 200
    forged = await put_preview(boss, small(), picture.id)
    assert (forged.status_code, forged.json()["code"]) == (409, "id_taken")
    world.clock.forward(minutes=1)
    assert (await put_preview(officer, small(), picture.id)).status_code == 201
    assert (await image(boss, picture.id, "thumb")).headers["zhicha-preview"] == "true"


async def test_an_enterprise_sends_previews_of_its_own_photos(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    picture = shot()
    body = {"text": "已改装平开门", "photo_ids": [picture.id], "photos": [picture.declared()]}
    assert (await life.boss.post(life.path("rectifications"), body)).status_code == 201
    assert (await put_preview(life.boss, small(), picture.id)).status_code == 201
    shown = (await life.officer.get(f"/findings/{life.id}")).json()["photos"]
    assert [photo["preview"] for photo in shown if photo["id"] == picture.id] == [True]


async def test_a_preview_sent_by_a_stranger_before_a_record_names_its_id_is_not_shown_as_the_records(
    world: World,
) -> None:
    stranger, inspector, officer = await world.village(OTHER_VILLAGE), await world.inspector(), await world.officer()
    picture = shot()
    assert (await put_preview(stranger, small(), picture.id)).status_code == 201
    world.clock.forward(minutes=1)
    people = [inspector, await world.inspector()]
    body = {"photos": [picture.declared()]}
    inspection = await reported(world, inspector, await world.enterprise(), people, **body)
    assert [photo["preview"] for photo in inspection["photos"]] == [False]
    assert (await officer.get(f"/photos/{picture.id}")).status_code == 404
    assert (await put(inspector, picture.data, picture.id)).status_code == 201
    assert await previews(world) == 0


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        ("这不是照片。\n".encode() * 100, 422, "not_an_image"),
        (b"", 422, "not_an_image"),
        (small("PNG", 80, 60), 422, "not_a_preview"),
        (small("HEIF", 80, 60), 422, "not_a_preview"),
        (small("AVIF", 80, 60), 422, "not_a_preview"),
        (small()[:-500], 422, "photo_damaged"),
        (undecodable(), 422, "photo_damaged"),
        (bomb(), 422, "photo_too_many_pixels"),
        (small() + bytes(40_961), 413, "preview_too_large"),
    ],
    ids=["text", "nothing", "png", "heic", "avif", "cut off", "undecodable", "bomb", "too large"],
)
async def test_what_is_no_small_whole_picture_is_refused_and_leaves_nothing(
    world: World, data: bytes, status: int, code: str
) -> None:
    answer = await put_preview(await world.inspector(), data, str(uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await previews(world) == 0


async def test_a_preview_of_forty_kilobytes_of_flat_grey_may_not_be_a_poster(world: World) -> None:
    side = int(PREVIEW_PIXELS**0.5) + 10
    flat = BytesIO()
    Image.new("L", (side, side)).save(flat, "JPEG", quality=5, optimize=True)
    assert len(flat.getvalue()) < 40_960
    answer = await put_preview(await world.inspector(), flat.getvalue(), str(uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (422, "photo_too_many_pixels")


async def test_bytes_of_a_preview_that_changed_on_their_way_are_refused(world: World) -> None:
    inspector, photo_id = await world.inspector(), str(uuid4())
    answer = await put_preview(inspector, small(), photo_id, **digest(small()))
    assert (answer.status_code, answer.json()["code"]) == (409, "digest_mismatch")
    answer = await put_preview(inspector, small(), photo_id, **{"Repr-Digest": "sha-256"})
    assert (answer.status_code, answer.json()["code"]) == (400, "digest_required")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.INTEGRATOR])
async def test_administrators_and_integrators_send_no_previews(world: World, role: Role) -> None:
    answer = await put_preview(await world.person(role), small(), str(uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_a_phone_learns_from_its_plan_which_previews_are_still_to_be_sent(world: World) -> None:
    inspector, other = await world.inspector(), await world.inspector(region=OTHER_TOWN)
    sendings = [Sending(inspector) for _ in range(3)]
    await stored(inspector, sendings[0].data, sendings[0].photo_id)
    await put_preview(inspector, small(), sendings[1].photo_id)
    plan = {"photos": [sending.to_send for sending in sendings]}
    told = (await inspector.post("/uploads/plan", plan)).json()
    assert [(photo["next"], photo["preview_stored"]) for photo in told["photos"]] == [
        ("here", False),
        ("send", True),
        ("send", False),
    ]
    assert told["largest_preview_bytes"] == 40_960
    state = (await inspector.get(f"/photos/{sendings[1].photo_id}/upload")).json()
    assert (state["next"], state["preview_stored"]) == ("send", True)
    foreign = (await other.post("/uploads/plan", plan)).json()["photos"]
    assert [photo["preview_stored"] for photo in foreign] == [False] * 3
    assert (await other.get(f"/photos/{sendings[1].photo_id}/upload")).status_code == 404


async def test_a_heic_original_is_shown_by_its_preview_until_the_worker_has_made_its_pictures(world: World) -> None:
    inspector, photo_id, data = await world.inspector(), str(uuid4()), snapped("HEIF")
    await put_preview(inspector, small(), photo_id)
    assert (await put(inspector, data, photo_id)).json()["stage"] == "original"
    assert (await image(inspector, photo_id, "thumb")).headers["zhicha-preview"] == "true"
    assert (await image(inspector, photo_id, "original")).content == data
    assert (await inspector.get(f"/photos/{photo_id}")).json()["stage"] == "original"


async def test_real_photos_are_shown_by_a_preview_and_then_by_themselves(world: World, field_photos: Path) -> None:
    inspector = await world.inspector()
    for name in ("DSCN0010.jpg", "HMD_Nokia_8.3_5G.jpg"):
        data, photo_id, out = (field_photos / name).read_bytes(), str(uuid4()), BytesIO()
        with Image.open(BytesIO(data)) as whole:
            whole.thumbnail((480, 480))
            whole.save(out, "JPEG", quality=50)
        assert (await put_preview(inspector, out.getvalue(), photo_id)).status_code == 201
        before = await image(inspector, photo_id, "thumb")
        await stored(inspector, data, photo_id)
        after = await image(inspector, photo_id, "thumb")
        assert ("zhicha-preview" in before.headers, "zhicha-preview" in after.headers) == (True, False)
        assert opened(before).size == pytest.approx(opened(after).size, abs=1)
