"""Photos are shown within sight: thumbs and screens upright and without a word of metadata, originals as they came."""

import io
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image

from models.photos import Photo
from services.photos.errors import OriginalMissing
from services.photos.local_store import LocalStore
from services.photos.reading import whole
from tests.makers_photos import PLACE, image, jobs_waiting, on_disk, opened, put, sha256, snapped, stored, undecodable
from tests.makers_reports import finding_body, report_body, reported, shot
from tests.pictures import UPRIGHT, corners
from tests.world import OTHER_TOWN, OTHER_VILLAGE, World

SIZES = ("thumb", "screen", "original")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
async def test_a_thumb_stands_upright_and_says_nothing_of_place_time_or_phone(
    world: World, form: str, orientation: int
) -> None:
    inspector = await world.inspector()
    data = snapped(form, width=640, height=480, orientation=orientation, taken="2026:11:24 09:12:31", **PLACE)
    photo = await stored(inspector, data)
    answer = await image(inspector, photo["id"], "thumb")
    picture = opened(answer)
    assert answer.headers["content-type"] == "image/jpeg"
    assert (picture.format, picture.size, corners(picture)) == ("JPEG", (320, 240), UPRIGHT)
    assert not picture.getexif()
    assert b"Exif" not in answer.content
    assert answer.headers["cache-control"].startswith("private")


async def test_a_screen_picture_fits_sixteen_hundred_pixels(world: World) -> None:
    inspector = await world.inspector()
    photo = await stored(inspector, snapped(width=3200, height=2400))
    assert opened(await image(inspector, photo["id"], "screen")).size == (1600, 1200)


async def test_a_picture_that_is_held_already_is_confirmed_without_being_sent(world: World) -> None:
    inspector = await world.inspector()
    photo = await stored(inspector, snapped(width=640, height=480))
    tags = {}
    for size in SIZES:
        first = await image(inspector, photo["id"], size)
        tags[size] = first.headers["etag"]
        again = await image(inspector, photo["id"], size, **{"If-None-Match": f'"x", W/{tags[size]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tags[size])
    assert len(set(tags.values())) == 3
    assert tags["original"] == f'"{photo["sha256"]}"'
    assert (await image(inspector, photo["id"], "thumb", **{"If-None-Match": '"other"'})).status_code == 200


async def test_an_original_is_what_the_phone_sent_and_is_saved_not_opened(world: World) -> None:
    inspector, data = await world.inspector(), snapped("WEBP")
    photo = await stored(inspector, data)
    answer = await image(inspector, photo["id"], "original")
    assert answer.content == data
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["content-disposition"] == f'attachment; filename="{photo["id"]}.webp"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == str(len(data))


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None), ("bytes=10-99999999", 10, None)],
)
async def test_a_range_of_an_original_gives_exactly_its_bytes(
    world: World, asked: str, start: int, end: int | None
) -> None:
    inspector, data = await world.inspector(), snapped()
    photo = await stored(inspector, data)
    answer = await image(inspector, photo["id"], "original", Range=asked)
    part = data[start:end]
    first = start % len(data)
    assert (answer.status_code, answer.content) == (206, part)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(part) - 1}/{len(data)}"
    assert answer.headers["content-length"] == str(len(part))


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=9-3", "bytes=x-y", "bytes=-", "lines=0-5", ""])
async def test_several_ranges_and_unreadable_ones_give_the_whole(world: World, asked: str) -> None:
    inspector, data = await world.inspector(), snapped()
    photo = await stored(inspector, data)
    answer = await image(inspector, photo["id"], "original", Range=asked)
    assert (answer.status_code, answer.content) == (200, data)


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
async def test_a_range_behind_the_end_names_the_size(world: World, asked: str) -> None:
    inspector, data = await world.inspector(), snapped()
    photo = await stored(inspector, data)
    answer = await image(inspector, photo["id"], "original", Range=asked)
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(data)}"


async def test_a_range_of_another_version_gives_the_whole(world: World) -> None:
    inspector, data = await world.inspector(), snapped()
    photo = await stored(inspector, data)
    other = await image(inspector, photo["id"], "original", Range="bytes=0-9", **{"If-Range": '"other"'})
    same = await image(inspector, photo["id"], "original", Range="bytes=0-9", **{"If-Range": f'"{photo["sha256"]}"'})
    assert (other.status_code, same.status_code) == (200, 206)


async def test_a_heic_photo_waits_for_the_worker_and_asks_for_it_once(world: World) -> None:
    inspector, data = await world.inspector(), snapped("HEIF")
    photo = await stored(inspector, data)
    for size in ("thumb", "screen", "thumb"):
        answer = await image(inspector, photo["id"], size)
        assert (answer.status_code, answer.json()["code"]) == (503, "picture_not_ready")
        assert int(answer.headers["retry-after"]) > 0
    assert await jobs_waiting(world, data) == 1
    assert (await image(inspector, photo["id"], "original")).content == data


async def test_a_photo_that_no_decoder_takes_is_still_there_as_original(world: World) -> None:
    inspector, data = await world.inspector(), undecodable()
    photo = await stored(inspector, data)
    answer = await image(inspector, photo["id"], "thumb")
    assert (answer.status_code, answer.json()["code"]) == (409, "picture_impossible")
    assert (await image(inspector, photo["id"], "original")).content == data


@pytest.mark.parametrize("size", ["", "huge", "THUMB"])
async def test_a_size_that_does_not_exist_is_refused(world: World, size: str) -> None:
    inspector = await world.inspector()
    photo = await stored(inspector, snapped())
    answer = await image(inspector, photo["id"], size)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/query/size")


def bare(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """All that a reader could tell one answer from another by."""
    headers = {name: value for name, value in answer.headers.items() if name != "request-id"}
    return answer.status_code, answer.content, headers


async def test_a_photo_out_of_sight_answers_exactly_as_one_that_does_not_exist(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    picture, alone = shot(), snapped()
    finding = finding_body(photo_ids=[picture.id])
    await reported(world, inspector, await world.enterprise(), [inspector, partner], findings=[finding])
    await stored(inspector, picture.data, picture.id)
    unnamed = await stored(inspector, alone)
    neighbour, elsewhere = await world.village(OTHER_VILLAGE), await world.officer(region=OTHER_TOWN)
    rival = await world.boss(await world.enterprise(name="兴旺木业"))
    for stranger in (neighbour, elsewhere, rival, await world.admin()):
        for photo_id, known in ((picture.id, picture.sha256), (unnamed["id"], unnamed["sha256"])):
            for path in (f"/photos/{photo_id}", *(f"/photos/{photo_id}/image?size={size}" for size in SIZES)):
                for headers in ({}, {"If-None-Match": f'"{known}"'}, {"If-None-Match": "*"}, {"Range": "bytes=99999-"}):
                    seen = bare(await stranger.get(path, headers=headers))
                    absent = bare(await stranger.get(path.replace(photo_id, str(uuid4())), headers=headers))
                    assert seen == absent
                    assert seen[0] == 404


async def test_a_photo_is_its_uploaders_alone_until_a_record_names_it(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    picture = shot()
    await stored(inspector, picture.data, picture.id)
    assert (await partner.get(f"/photos/{picture.id}")).status_code == 404
    await reported(world, inspector, await world.enterprise(), [inspector, partner], photos=[picture.declared()])
    shown = await partner.get(f"/photos/{picture.id}")
    assert shown.status_code == 200
    assert [use["purpose"] for use in shown.json()["uses"]] == ["scene"]


async def test_an_enterprise_sees_the_photos_of_its_own_findings(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    enterprise_id, picture = await world.enterprise(), shot()
    boss = await world.boss(enterprise_id)
    await stored(inspector, picture.data, picture.id)
    finding = finding_body(photo_ids=[picture.id])
    await reported(world, inspector, enterprise_id, [inspector, partner], findings=[finding])
    assert opened(await image(boss, picture.id, "thumb")).size == (80, 60)
    assert (await boss.get(f"/photos/{picture.id}")).json()["uses"][0]["finding_id"] == finding["id"]


async def test_photos_of_a_held_report_are_its_authors_and_the_offices(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    picture = shot()
    body = report_body(world, str(uuid4()), [inspector, partner], photos=[picture.declared()])
    held = await inspector.post("/inspections", body)
    assert (held.status_code, held.json()["state"]) == (201, "held")
    await stored(inspector, picture.data, picture.id)
    officer, village = await world.officer(), await world.village()
    answers = [await person.get(f"/photos/{picture.id}") for person in (inspector, officer, partner, village)]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404]


async def test_of_the_records_that_name_a_photo_only_those_in_sight_are_told(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    enterprise_id, other_id, picture = await world.enterprise(), await world.enterprise(region=OTHER_VILLAGE), shot()
    await stored(inspector, picture.data, picture.id)
    for named in (enterprise_id, other_id):
        await reported(world, inspector, named, [inspector, partner], photos=[picture.declared()])
    seen = {
        who: len((await person.get(f"/photos/{picture.id}")).json()["uses"])
        for who, person in (("town", inspector), ("village", await world.village()))
    }
    assert seen == {"town": 2, "village": 1}


async def test_a_thumb_of_a_full_store_is_shown_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    inspector = await world.inspector()
    photo = await stored(inspector, snapped(width=640, height=480))

    def full(*_: object) -> None:
        raise OSError(28, "no room")

    monkeypatch.setattr(LocalStore, "_put_derivative", full)
    assert opened(await image(inspector, photo["id"], "thumb")).size == (320, 240)


async def test_real_photos_have_thumbs_in_their_own_proportions(world: World, field_photos: Path) -> None:
    inspector = await world.inspector()
    for path in sorted(field_photos.glob("*.jpg")):
        photo = await stored(inspector, path.read_bytes())
        thumb = opened(await image(inspector, photo["id"], "thumb"))
        assert 318 <= max(thumb.size) <= 320
        assert thumb.width / thumb.height == pytest.approx(photo["width"] / photo["height"], rel=0.02)
        original = (await image(inspector, photo["id"], "original")).content
        assert Image.open(io.BytesIO(original)).format in ("JPEG", "MPO")
        assert sha256(original) == photo["sha256"]


async def test_naming_a_strangers_photo_shows_nothing_of_it_and_takes_nothing_from_its_owner(world: World) -> None:
    owner, thief, partner = await world.inspector(), await world.inspector(), await world.inspector()
    data = snapped()
    photo_id = (await stored(owner, data))["id"]
    body = report_body(world, await world.enterprise(), [thief, partner], findings=[finding_body(photo_ids=[photo_id])])
    answer = await thief.post("/inspections", body)
    assert answer.json()["missing_photos"] == [photo_id]
    assert (await thief.get(f"/photos/{photo_id}")).status_code == 404
    assert (await image(thief, photo_id, "original")).status_code == 404
    assert (await owner.get(f"/photos/{photo_id}")).status_code == 200
    assert (await put(owner, data, photo_id)).status_code == 200


async def test_an_original_that_rotted_ends_before_its_end_and_is_never_taken_for_whole(world: World) -> None:
    inspector, data = await world.inspector(), snapped() + bytes(1_000_000)
    photo = await stored(inspector, data)
    assert (await image(inspector, photo["id"], "original")).content == data
    file = on_disk(world, data)
    file.chmod(0o600)
    file.write_bytes(data[:-1] + b"\1")
    assert (await image(inspector, photo["id"], "original")).content != data[:-1] + b"\1"
    async with world.rows.begin() as tx:
        row = await tx.get_one(Photo, UUID(photo["id"]))
    sent: list[bytes] = []
    with pytest.raises(OriginalMissing):
        sent.extend([piece async for piece in whole(world.office.store, row)])
    assert len(b"".join(sent)) < len(data)
