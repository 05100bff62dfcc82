"""Before and after 整改前后, by a real worker: which tricks are flagged, who is told, and the sheet."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from models.words import FindingState
from services.documents.lettering import Lettering
from services.photos.sheets import Cell, Heading, Sheet, drawn
from tests.database import TestDatabase
from tests.makers_findings import Life, described, finding, report
from tests.makers_likenesses import as_jpeg, cropped, darker, recompressed, view, watermarked
from tests.makers_photos import on_disk, snapped, stored, undecodable
from tests.pictures import Tags
from tests.worker import Worker, working
from tests.world import OTHER_TOWN, World

PLACE = {"lon": 111.2867, "lat": 30.6923, "crs": "WGS84", "source": "manual"}
HERE: dict[str, Any] = {"lat": (30.6924, "N"), "lon": (111.2868, "E")}


@pytest.fixture
async def worker(world: World, database: TestDatabase) -> AsyncIterator[Worker]:
    """A worker that runs what is there and stops."""
    async with working(world, database) as ready:
        yield ready


async def lived(world: World, before: bytes, *after: bytes) -> tuple[Life, list[str]]:
    """A finding with a photo from before, and a rectification with these; the ids of those after."""
    life = await shown_before(world, before)
    photo_ids = [str((await stored(life.boss, data))["id"]) for data in after]
    answer = await life.report(photo_ids=photo_ids)
    assert answer.status_code == 201, answer.text
    return life, photo_ids


async def shown_before(world: World, before: bytes) -> Life:
    life = await finding(world, FindingState.REGISTERED, enterprise={"location": PLACE}, photo_ids=[])
    said = described(photo_ids=[str((await stored(life.finder, before))["id"])])
    inspection = await report(world, life.enterprise_id, [life.finder, life.partner], [said])
    life.id, life.inspection_id = said["id"], inspection["id"]
    await life.reach(FindingState.ORDERED)
    world.clock.forward(days=3)
    return life


async def compared(life: Life, by: Any = None) -> dict[str, Any]:
    answer = await (by or life.officer).get(life.path("before-after"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def flags_of(step: dict[str, Any]) -> list[list[str]]:
    return [[flag["flag"] for flag in photo["flags"]] for photo in step["photos"]]


def taken(world: World, **more: Any) -> Tags:
    at = world.clock.now() + timedelta(hours=8, **more)
    return Tags(taken=f"{at:%Y:%m:%d %H:%M:%S}", offset="+08:00", model="P60", **HERE)


async def test_the_same_file_a_cropped_one_and_an_honest_one_are_told_apart(world: World, worker: Worker) -> None:
    place, before = view(1), as_jpeg(view(1))
    life = await shown_before(world, before)
    cheats = [before, as_jpeg(watermarked(cropped(place)))]
    honest = as_jpeg(view(2), tags=taken(world))
    photo_ids = [str((await stored(life.boss, data))["id"]) for data in (*cheats, honest)]
    assert (await life.report(photo_ids=photo_ids)).status_code == 201
    assert (await compared(life))["waiting"] is True
    await worker.run()
    shown = await compared(life)
    [step] = shown["steps"]
    assert flags_of(step) == [["same_file_as_before"], ["like_before"], []]
    assert [photo["id"] for photo in step["photos"]] == photo_ids
    first, second = step["photos"][0]["flags"][0], step["photos"][1]["flags"][0]
    assert {first["before_photo_id"], second["before_photo_id"]} == {shown["before"][0]["id"]}
    assert (first["tone"], second["tone"]) == ("red", "amber")
    assert second["bound"]["rule"] == "photo.alike"
    assert 0 < second["measured"] <= second["bound"]["value"]
    assert (shown["waiting"], step["step"], step["people"]) == (False, "rectification", [life.boss.user.name])


async def test_a_photo_of_another_enterprise_is_flagged_and_nothing_of_it_is_told(world: World, worker: Worker) -> None:
    elsewhere = view(3)
    there = await world.inspector(region=OTHER_TOWN), await world.inspector(region=OTHER_TOWN)
    original = as_jpeg(elsewhere)
    said = described(photo_ids=[(await stored(there[0], original))["id"]])
    await report(world, await world.enterprise(region=f"{OTHER_TOWN}201"), list(there), [said])
    life, _ = await lived(world, as_jpeg(view(4)), original, as_jpeg(darker(recompressed(elsewhere))))
    await worker.run()
    [step] = (await compared(life))["steps"]
    assert flags_of(step) == [["used_at_other_enterprise"], ["like_at_other_enterprise"]]
    for photo in step["photos"]:
        [flag] = photo["flags"]
        assert (flag["measured"], flag["before_photo_id"]) == (None, None)


async def test_who_was_there_first_is_not_flagged_for_who_came_later(world: World, worker: Worker) -> None:
    honest = as_jpeg(view(5))
    life, _ = await lived(world, as_jpeg(view(6)), honest)
    world.clock.forward(days=1)
    thief = await world.inspector(), await world.inspector()
    said = described(photo_ids=[(await stored(thief[0], honest))["id"]])
    await report(world, await world.enterprise(name="兴旺木业"), list(thief), [said])
    await worker.run()
    [step] = (await compared(life))["steps"]
    assert flags_of(step) == [[]]


async def test_a_photo_from_before_the_order_from_far_away_or_of_a_screen_is_flagged(
    world: World, worker: Worker
) -> None:
    life = await shown_before(world, as_jpeg(view(7)))
    early = as_jpeg(view(8), tags=taken(world, days=-9))
    far = as_jpeg(view(9), tags=Tags(model="P60", lat=(30.6924, "N"), lon=(111.3268, "E")))
    screen = as_jpeg(view(10, 1080, 2340), tags=Tags())
    photo_ids = [str((await stored(life.boss, data))["id"]) for data in (early, far, screen)]
    assert (await life.report(photo_ids=photo_ids)).status_code == 201
    await worker.run()
    [step] = (await compared(life))["steps"]
    assert flags_of(step) == [["taken_before_order"], ["taken_far_away"], ["screen_sized"]]
    far_away = step["photos"][1]["flags"][0]
    assert far_away["bound"]["value"] < far_away["measured"] < 4000, "the nearer of both datums"
    assert far_away["bound"]["unit"] == "metres"


async def test_a_reinspection_that_shows_the_enterprises_own_photo_again_is_flagged(
    world: World, worker: Worker
) -> None:
    life, [shown_by_boss] = await lived(world, as_jpeg(view(11)), sent := as_jpeg(view(12)))
    world.clock.forward(days=1)
    again = (await stored(life.finder, sent))["id"]
    answer = await life.reinspect(True, photo_ids=[again])
    assert answer.status_code == 201, answer.text
    await worker.run()
    rectified, looked = (await compared(life))["steps"]
    assert flags_of(rectified) == [[]]
    assert (looked["step"], flags_of(looked)) == ("reinspection", [["used_earlier"]])
    assert looked["people"] == sorted([life.finder.user.name, life.officer.user.name])
    assert shown_by_boss != again


async def test_the_enterprise_and_the_village_see_the_photos_and_no_flags(world: World, worker: Worker) -> None:
    before = as_jpeg(view(13))
    life, _ = await lived(world, before, before)
    await worker.run()
    village = await world.village()
    for reader in (life.boss, village):
        shown = await compared(life, reader)
        assert [photo["flags"] for photo in shown["steps"][0]["photos"]] == [None]
        assert shown["waiting"] is False
    assert (await compared(life, life.boss))["found_by"] == []
    assert (await compared(life, life.boss))["steps"][0]["people"] == []
    found_by = sorted(one.user.name for one in (life.finder, life.partner))
    assert (await compared(life, village))["found_by"] == found_by
    for judge in (life.officer, life.finder, await world.leader()):
        assert (await compared(life, judge))["steps"][0]["photos"][0]["flags"] != []


async def test_a_photo_that_has_not_come_has_no_flags_and_no_harm_is_done(world: World) -> None:
    life = await finding(world, FindingState.REPORTED)
    shown = await compared(life)
    assert [photo["arrived"] for photo in shown["before"]] == [False]
    assert flags_of(shown["steps"][0]) == [[]]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


async def test_the_sheet_shows_before_on_the_left_and_after_on_the_right(world: World, worker: Worker) -> None:
    red, blue = Image.new("RGB", (1200, 900), (200, 30, 30)), Image.new("RGB", (900, 1200), (30, 30, 200))
    life, _ = await lived(world, as_jpeg(red), as_jpeg(blue))
    early = await life.officer.get(life.path("before-after.jpg"))
    assert (early.status_code, early.json()["code"]) == (503, "picture_not_ready")
    await worker.run()
    answer = await life.officer.get(life.path("before-after.jpg"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    sheet = opened(answer.content)
    assert not sheet.getexif()
    left, right = [sheet.getpixel((sheet.width * part // 8, 400)) for part in (2, 5)]
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert (left[0] > 150, right[2] > 150) == (True, True), (left, right)
    again = await life.officer.get(life.path("before-after.jpg"), headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    own = await life.boss.get(life.path("before-after.jpg"))
    assert own.status_code == 200
    assert own.headers["etag"] != answer.headers["etag"], "names are on the one and not on the other"


async def test_a_sheet_of_very_many_photos_is_no_larger_than_one_of_six_a_side(world: World, worker: Worker) -> None:
    many = [as_jpeg(view(seed, 320, 240)) for seed in range(20, 29)]
    life, _ = await lived(world, as_jpeg(view(14)), *many)
    await worker.run()
    sheet = opened((await life.officer.get(life.path("before-after.jpg"))).content)
    assert sheet.height < 6 * 540 + 400
    assert sheet.width == 1400


async def test_what_cannot_be_shown_or_has_not_come_has_its_place_on_the_sheet(world: World, worker: Worker) -> None:
    life, _ = await lived(world, undecodable(), snapped())
    await worker.run()
    assert (await life.officer.get(life.path("before-after.jpg"))).status_code == 200
    waiting = await finding(world, FindingState.REPORTED)
    assert (await waiting.officer.get(waiting.path("before-after.jpg"))).status_code == 200


async def test_a_screen_picture_that_was_lost_is_asked_for_again(world: World, worker: Worker) -> None:
    before = as_jpeg(view(15))
    life, _ = await lived(world, before, snapped())
    await worker.run()
    for made in Path(str(on_disk(world, before).parent).replace("originals", "derived")).iterdir():
        made.unlink()
    assert (await life.officer.get(life.path("before-after.jpg"))).status_code == 503
    await worker.run()
    assert (await life.officer.get(life.path("before-after.jpg"))).status_code == 200


def test_without_a_chinese_font_the_sheet_says_it_in_plain_letters() -> None:
    bare = Lettering(None, 0, frozenset())
    out = io.BytesIO()
    view(16).save(out, "JPEG")
    left = (Heading("整改前", "BEFORE", "王建国"), Cell("a", "拍摄", "TAKEN"))
    sheet = Sheet("整改前后对照", "BEFORE AND AFTER", "卷帘门上锁", left, (Heading("整改后", "AFTER", "尚无照片"),))
    assert opened(drawn(sheet, {"a": out.getvalue()}, bare)).width == 1400
    assert bare.fitting("A厂") == "A?"


def test_a_character_without_a_glyph_becomes_a_box_and_is_not_dropped() -> None:
    some = Lettering(Path("font.ttf"), 0, frozenset(map(ord, "某厂□")))
    assert some.fitting("某𠅤　厂\t\u200b") == "某□ 厂 "
