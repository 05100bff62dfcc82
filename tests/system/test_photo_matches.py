"""Which photos are alike: found by a real worker among all, shown within sight, and of the rest one word."""

import asyncio
from collections.abc import AsyncIterator
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from models.fingerprints import PhotoFingerprint, PhotoMatch
from models.photos import Photo
from services.jobs.sweep import ask_for_fingerprints, sweep
from services.photos.fingerprints import as_bits
from services.photos.matching import keep, search
from services.photos.scrubbing import scrub
from tests.database import TestDatabase
from tests.makers_likenesses import as_jpeg, cropped, darker, recompressed, view, watermarked
from tests.makers_photos import sha256, snapped, stored, undecodable
from tests.makers_reports import finding_body, reported
from tests.pictures import REAL_PHOTOS
from tests.worker import Worker, working
from tests.world import OTHER_TOWN, OTHER_VILLAGE, Person, World

Matches = dict[str, Any]


@pytest.fixture
async def worker(world: World, database: TestDatabase) -> AsyncIterator[Worker]:
    """A worker that runs what is there and stops."""
    async with working(world, database) as ready:
        yield ready


async def matches(person: Person, photo_id: str) -> Matches:
    answer = await person.get(f"/photos/{photo_id}/matches")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def used(world: World, data: bytes, *, region: str = OTHER_VILLAGE) -> str:
    """A photo that a finding of some enterprise shows, brought by an inspector of that place."""
    inspector, mate = await world.inspector(region=region[:9]), await world.inspector(region=region[:9])
    photo = await stored(inspector, data)
    enterprise_id = await world.enterprise(region=region)
    finding = finding_body(photo_ids=[photo["id"]])
    await reported(world, inspector, enterprise_id, [inspector, mate], findings=[finding])
    return str(photo["id"])


async def test_photos_that_are_alike_find_each_other_the_nearest_first(world: World, worker: Worker) -> None:
    officer, place = await world.officer(), view(1)
    first = await used(world, as_jpeg(place))
    small = await used(world, as_jpeg(recompressed(place)))
    barred = await used(world, as_jpeg(watermarked(cropped(place))))
    other = await used(world, as_jpeg(view(2)))
    assert (await matches(officer, first))["fingerprint"] == "waiting"
    await worker.run()
    found = await matches(officer, first)
    assert found["fingerprint"] == "ready"
    assert [one["photo_id"] for one in found["matches"]] == [small, barred]
    assert {one["likeness"] for one in found["matches"]} == {"alike"}
    assert found["matches"][0]["uses"][0]["purpose"] == "before"
    assert (found["cut"], found["also_used_outside_your_sight"]) == (False, False)
    assert first in [one["photo_id"] for one in (await matches(officer, small))["matches"]]
    assert (await matches(officer, other))["matches"] == []


async def test_the_same_file_under_another_id_is_named_before_any_job_has_run(world: World) -> None:
    officer, data = await world.officer(), snapped()
    first, again = await used(world, data), await used(world, data)
    [found] = (await matches(officer, first))["matches"]
    assert (found["photo_id"], found["likeness"], found["distance_bits"]) == (again, "same_bytes", 0)


async def test_of_what_is_out_of_sight_one_word_is_said_and_nothing_else(world: World, worker: Worker) -> None:
    officer, neighbour, place = await world.officer(), await world.officer(region=OTHER_TOWN), view(3)
    here = await used(world, as_jpeg(place))
    there = await used(world, as_jpeg(darker(place)), region=f"{OTHER_TOWN}201")
    await worker.run()
    for reader, photo_id in ((officer, here), (neighbour, there)):
        found = await matches(reader, photo_id)
        assert found["also_used_outside_your_sight"] is True
        assert (found["matches"], found["cut"]) == ([], False)
        assert (await reader.get(f"/photos/{there if photo_id == here else here}/matches")).status_code == 404
    alone = await used(world, as_jpeg(view(4)))
    await worker.run()
    assert (await matches(officer, alone)).keys() == (await matches(officer, here)).keys()


async def test_a_photo_named_by_a_record_out_of_sight_is_told_of_though_its_id_is_the_same(world: World) -> None:
    county, here = await world.officer(region="420582"), await world.officer()
    data = snapped()
    photo_id = await used(world, data)
    assert (await matches(here, photo_id))["also_used_outside_your_sight"] is False
    away, mate = await world.inspector(region="420582"), await world.inspector(region="420582")
    enterprise_id = await world.enterprise(region=f"{OTHER_TOWN}201")
    declared = {"id": photo_id, "sha256": sha256(data), "bytes": len(data), "media_type": "image/jpeg"}
    finding = finding_body(photo_ids=[photo_id])
    await reported(world, away, enterprise_id, [away, mate], findings=[finding], photos=[declared])
    assert (await matches(here, photo_id))["also_used_outside_your_sight"] is True
    assert (await matches(county, photo_id))["also_used_outside_your_sight"] is False


async def test_what_nobody_named_yet_counts_as_used_nowhere(world: World, worker: Worker) -> None:
    officer, place = await world.officer(), view(5)
    here = await used(world, as_jpeg(place))
    await stored(await world.inspector(region=OTHER_TOWN), as_jpeg(recompressed(place)))
    await worker.run()
    assert (await matches(officer, here))["also_used_outside_your_sight"] is False


async def test_a_likeness_far_away_must_be_nearer_than_one_at_hand(world: World, worker: Worker) -> None:
    """Among a whole county's photos some look alike by chance: photo.alike_elsewhere is smaller than photo.alike."""
    officer, county = await world.officer(), await world.officer(region="420582")
    bits = {}
    for name, number, region in (("here", 0, OTHER_VILLAGE), ("there", 2**20 - 1, f"{OTHER_TOWN}201")):
        data = snapped()
        bits[name] = await used(world, data, region=region)
        async with world.rows.begin() as tx:
            await keep(tx, sha256(data), number, at=world.clock.now())
    await worker.run()
    assert [one["distance_bits"] for one in (await matches(county, bits["here"]))["matches"]] == [20]
    assert (await matches(officer, bits["here"]))["also_used_outside_your_sight"] is False


async def test_an_enterprise_and_a_village_are_not_told_what_gives_a_photo_away(world: World) -> None:
    officer, inspector, village = await world.officer(), await world.inspector(), await world.village(OTHER_VILLAGE)
    photo_id = await used(world, snapped())
    async with world.rows.begin() as tx:
        uses = await tx.execute(sa.text("SELECT enterprise_id FROM photo_use"))
        boss = await world.boss(str(uses.scalar_one()))
    for reader in (boss, village):
        assert (await reader.get(f"/photos/{photo_id}")).status_code == 200
        refused = await reader.get(f"/photos/{photo_id}/matches")
        assert (refused.status_code, refused.json()["deed"]) == (403, "compare_photos")
    for reader in (officer, inspector, await world.leader()):
        assert (await reader.get(f"/photos/{photo_id}/matches")).status_code == 200


async def test_a_flat_picture_and_one_that_no_decoder_takes_say_so(world: World, worker: Worker) -> None:
    officer = await world.officer()
    flat = await used(world, as_jpeg(Image.new("RGB", (640, 480), "black")))
    again = await used(world, as_jpeg(Image.new("RGB", (640, 480), "grey")))
    broken = await used(world, undecodable())
    await worker.run()
    assert (await matches(officer, flat))["fingerprint"] == "too_flat"
    assert (await matches(officer, flat))["matches"] == []
    assert (await matches(officer, again))["fingerprint"] == "too_flat"
    assert (await matches(officer, broken))["fingerprint"] == "impossible"


async def pairs(world: World) -> set[tuple[str, str, int]]:
    async with world.rows.begin() as tx:
        rows = await tx.scalars(sa.select(PhotoMatch))
        return {(pair.sha256, pair.other_sha256, pair.distance_bits) for pair in rows}


async def forgotten(world: World) -> None:
    async with world.rows.begin() as tx:
        await tx.execute(sa.delete(PhotoFingerprint))


PRINTS = {"a" * 64: 0, "b" * 64: 2**10 - 1, "c" * 64: 2**24 - 1, "d" * 64: 2**128 - 1}


async def test_whichever_comes_first_the_same_pairs_are_kept(world: World, worker: Worker) -> None:
    found = []
    for order in permutations(PRINTS.items()):
        for name, number in order:
            async with world.rows.begin() as tx:
                await keep(tx, name, number, at=world.clock.now())
            await worker.run()
        found.append(await pairs(world))
        await forgotten(world)
    assert found == [{("a" * 64, "b" * 64, 10), ("a" * 64, "c" * 64, 24), ("b" * 64, "c" * 64, 14)}] * len(found)


async def test_of_two_that_come_at_once_each_blind_to_the_other_the_pair_is_kept(world: World, worker: Worker) -> None:
    async with world.rows.begin() as one, world.rows.begin() as other:
        await keep(one, "a" * 64, 0, at=world.clock.now())
        await keep(other, "b" * 64, 1, at=world.clock.now())
        assert await search(one, "a" * 64, at=world.clock.now()) == 0, "neither sees the other yet"
    await asyncio.gather(worker.run(), worker.run())
    assert await pairs(world) == {("a" * 64, "b" * 64, 1)}


async def test_a_search_and_a_fingerprint_may_be_made_again(world: World, worker: Worker) -> None:
    for _ in range(2):
        for name, number in PRINTS.items():
            async with world.rows.begin() as tx:
                await keep(tx, name, number, at=world.clock.now())
        await worker.run()
        async with world.rows.begin() as tx:
            await search(tx, "a" * 64, at=world.clock.now())
        assert len(await pairs(world)) == 3


async def test_a_photo_that_looks_like_very_many_keeps_the_nearest_hundred_and_says_that_it_is_cut(
    world: World, worker: Worker
) -> None:
    officer, data = await world.officer(), snapped()
    photo_id = await used(world, data)
    async with world.rows.begin() as tx:
        for number in range(130):
            row = PhotoFingerprint(sha256=f"{number:064x}", dhash=as_bits(number), made_at=world.clock.now())
            tx.add(row)
    async with world.rows.begin() as tx:
        await keep(tx, sha256(data), 0, at=world.clock.now())
    await worker.run()
    assert len(await pairs(world)) == 100
    assert (await matches(officer, photo_id))["cut"] is True


async def test_photos_from_before_fingerprints_get_theirs_by_night_or_by_a_scrub(world: World, worker: Worker) -> None:
    officer, place = await world.officer(), view(6)
    first = await used(world, as_jpeg(place))
    second = await used(world, as_jpeg(darker(place)))
    await worker.run()
    await forgotten(world)
    for asks in (by_night, by_scrub):
        assert (await matches(officer, first))["fingerprint"] == "waiting"
        await asks(world, worker)
        await worker.run()
        assert [one["photo_id"] for one in (await matches(officer, first))["matches"]] == [second]
        await forgotten(world)


async def by_night(world: World, worker: Worker) -> None:
    async with worker.workshop.new_session.begin() as tx:
        await ask_for_fingerprints(tx)


async def by_scrub(world: World, worker: Worker) -> None:
    await scrub(worker.workshop.store, worker.workshop.new_session, lambda *_: None, now=world.clock.now)


async def test_a_search_that_never_ended_is_asked_for_again_by_night(world: World, worker: Worker) -> None:
    officer = await world.officer()
    photo_id = await used(world, as_jpeg(view(8)))
    await worker.run()
    async with world.rows.begin() as tx:
        await tx.execute(sa.update(PhotoFingerprint).values(searched_at=None))
    await by_night(world, worker)
    await worker.run()
    assert (await matches(officer, photo_id))["fingerprint"] == "ready"


async def test_with_the_bytes_their_fingerprint_goes(world: World, worker: Worker) -> None:
    place = view(9)
    await stored(await world.inspector(), as_jpeg(place))
    await stored(await world.inspector(), as_jpeg(darker(place)))
    await worker.run()
    assert len(await pairs(world)) == 1
    later = world.clock.forward(days=400)
    for _ in range(2):  # the rows one night, the bytes the next
        await sweep(worker.workshop, before=later)
        later = world.clock.forward(days=400)
    async with world.rows.begin() as tx:
        assert (await tx.scalars(sa.select(Photo))).all() == []
        assert (await tx.scalars(sa.select(PhotoFingerprint))).all() == []
    assert await pairs(world) == set()


@pytest.mark.skipif(not REAL_PHOTOS.is_dir(), reason="the folder of real photos is not beside this checkout")
async def test_a_real_photo_is_known_again_after_a_chat_program_made_it_small(world: World, worker: Worker) -> None:
    officer = await world.officer()
    original = (REAL_PHOTOS / "iphone_hdr_YES.jpg").read_bytes()
    first = await used(world, original)
    with Image.open(REAL_PHOTOS / "iphone_hdr_YES.jpg") as opened:
        small = opened.convert("RGB").resize((opened.width // 4, opened.height // 4))
    again = await used(world, as_jpeg(recompressed(small)))
    strange = await used(world, (REAL_PHOTOS / "IMG_5195.HEIC").read_bytes())
    await worker.run()
    assert [one["photo_id"] for one in (await matches(officer, first))["matches"]] == [again]
    assert (await matches(officer, strange))["fingerprint"] == "ready"
