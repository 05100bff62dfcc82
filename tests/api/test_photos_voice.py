"""Signatures and voice notes ride the road of photos: same ids, receipts and sight; sound is kept, not decoded."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from models.words import FindingState
from services.photos.scrubbing import scrub
from tests import voices
from tests.checked import faults, tell_of_what_tests_made
from tests.database import TestDatabase
from tests.makers_findings import finding
from tests.makers_photos import image, jobs_waiting, on_disk, put, put_preview, sha256, snapped, stored
from tests.makers_reports import Shot, finding_body, report_body, reported, shot, with_photos
from tests.makers_uploads import Sending
from tests.sequencing import sequence_all
from tests.world import OTHER_VILLAGE, World

NOTES: dict[str, tuple[Callable[[float], bytes], str, str]] = {
    "m4a": (voices.m4a, "audio/mp4", "m4a"),
    "aac": (voices.adts, "audio/aac", "aac"),
    "ogg": (voices.ogg, "audio/ogg", "ogg"),
    "webm": (voices.webm, "audio/webm", "webm"),
}


def note(seconds: float = 3.0) -> Shot:
    """A voice note on a phone."""
    return Shot(data=voices.m4a(seconds))


def voiced(taken: Shot, **more: Any) -> dict[str, Any]:
    """As a report announces it."""
    return taken.declared(**{"media_type": "audio/mp4", "purpose": "voice", **more})


def signed(taken: Shot) -> dict[str, Any]:
    """The image of a signature, as a report announces it."""
    return taken.declared(purpose="signature")


@pytest.mark.parametrize("form", NOTES)
async def test_a_voice_note_is_kept_byte_for_byte_with_its_length_and_given_back_as_sound(
    world: World, form: str
) -> None:
    make, media_type, ending = NOTES[form]
    inspector, data = await world.inspector(), make(3.0)
    shown = await stored(inspector, data)
    assert (shown["media_type"], shown["width"], shown["height"]) == (media_type, None, None)
    assert shown["duration_s"] == pytest.approx(3.0, abs=0.07)
    answer = await image(inspector, shown["id"], "original")
    assert (answer.content, answer.headers["content-type"]) == (data, media_type)
    assert answer.headers["content-disposition"] == f'attachment; filename="{shown["id"]}.{ending}"'
    part = await image(inspector, shown["id"], "original", Range="bytes=100-199")
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, data[100:200], media_type)


async def test_no_picture_is_made_of_a_voice_note_nor_asked_of_the_worker(world: World) -> None:
    inspector, data = await world.inspector(), voices.ogg()
    shown = await stored(inspector, data)
    for size in ("thumb", "screen"):
        answer = await image(inspector, shown["id"], size)
        assert (answer.status_code, answer.json()["code"]) == (409, "picture_impossible")
    assert await jobs_waiting(world, data) == 0
    assert (await put(inspector, data, shown["id"])).status_code == 200


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (voices.wav(), "not_a_voice_note"),
        (b"#!AMR\n" + bytes(1000), "not_a_voice_note"),
        (b"ID3\x04\0\0\0\0\0\0" + bytes(1000), "not_a_voice_note"),
        (voices.ogg(62.0), "voice_too_long"),
        (voices.m4a()[:-10], "photo_damaged"),
        (voices.webm(kind=1), "not_an_image"),
    ],
    ids=["wav", "amr", "mp3", "too long", "cut off", "film"],
)
async def test_what_is_no_short_note_is_refused_by_name_on_every_road(world: World, data: bytes, code: str) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    answer = await put(inspector, data)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    begun = await Sending(inspector, data).begin(content=data)
    assert (begun.status_code, begun.json()["code"]) == (422, code)
    taken = Shot(data=data)
    body = report_body(world, await world.enterprise(), [inspector, partner], photos=[voiced(taken)])
    inside = await with_photos(inspector, body, [taken])
    assert (inside.status_code, inside.json()["errors"][0]["code"]) == (422, code)


@pytest.mark.parametrize("road", ["put", "pieces", "report"])
async def test_a_report_names_its_signature_and_its_voice_notes_for_what_they_are(world: World, road: str) -> None:
    inspector, partner, officer = await world.inspector(), await world.inspector(), await world.officer()
    scene, spoken, of_all, signature = shot(), note(), note(), shot()
    found = finding_body(photo_ids=[scene.id, spoken.id])
    photos = [scene.declared(), voiced(spoken), voiced(of_all), signed(signature)]
    body = report_body(world, await world.enterprise(), [inspector, partner], findings=[found], photos=photos)
    taken = [scene, spoken, of_all, signature]
    if road == "report":
        assert (await with_photos(inspector, body, taken)).status_code == 201
    else:
        shown = (await inspector.post("/inspections", body)).json()
        assert set(shown["missing_photos"]) == {one.id for one in taken}
    for one in taken if road == "put" else ():
        await stored(inspector, one.data, one.id)
    for one in taken if road == "pieces" else ():
        assert (await Sending(inspector, one.data, one.id).begin(content=one.data)).status_code == 201
    shown = (await officer.get(f"/inspections/{body['id']}")).json()
    assert (shown["state"], shown["missing_photos"]) == ("accepted", [])
    purposes = {photo["id"]: photo["purpose"] for photo in shown["photos"]}
    assert purposes == {scene.id: "before", spoken.id: "voice", of_all.id: "voice", signature.id: "signature"}
    read = (await officer.get(f"/findings/{found['id']}")).json()["photos"]
    assert {photo["id"]: photo["purpose_label"] for photo in read} == {scene.id: "整改前", spoken.id: "录音"}
    receipt = (await inspector.get(f"/inspections/{body['id']}/receipt")).json()
    assert {photo["id"]: photo["sha256"] for photo in receipt["photos"]} == {one.id: one.sha256 for one in taken}
    assert (await image(officer, spoken.id, "original")).content == spoken.data


async def test_a_voice_note_is_heard_by_who_sees_its_record_and_by_nobody_else(world: World) -> None:
    inspector, partner, stranger = await world.inspector(), await world.inspector(), await world.village(OTHER_VILLAGE)
    spoken = note()
    photos = [voiced(spoken)]
    await reported(world, inspector, await world.enterprise(), [inspector, partner], photos=photos)
    assert (await put(stranger, spoken.data, spoken.id)).json()["code"] == "id_taken"
    await stored(inspector, spoken.data, spoken.id)
    assert (await image(partner, spoken.id, "original")).content == spoken.data
    assert (await image(stranger, spoken.id, "original")).status_code == 404


async def test_a_phone_that_does_not_know_of_purposes_names_its_photos_as_before(world: World) -> None:
    inspector, partner = await world.inspector(), await world.inspector()
    scene = shot()
    people = [inspector, partner]
    inspection = await reported(world, inspector, await world.enterprise(), people, photos=[scene.declared()])
    assert [photo["purpose"] for photo in inspection["photos"]] == ["scene"]


async def test_signatures_and_voice_notes_say_nothing_of_where_and_when_a_visit_was(world: World) -> None:
    inspector, partner, officer = await world.inspector(), await world.inspector(), await world.officer()
    spoken, signature = note(), shot()
    photos = [voiced(spoken), signed(signature)]
    inspection = await reported(world, inspector, await world.enterprise(), [inspector, partner], photos=photos)
    for one in (spoken, signature):
        await stored(inspector, one.data, one.id)
    evidence = (await officer.get(f"/inspections/{inspection['id']}/evidence")).json()
    flags = {flag["flag"] for flag in evidence["flags"]}
    assert "no_photo" in flags
    assert "photo_without_time" not in flags


async def test_a_rectification_is_signed_and_spoken_of_but_shown_by_a_photo(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    after, spoken, signature = shot(), note(), shot()
    photos = [after.declared(), voiced(spoken), signed(signature)]
    spoken_only = {"text": "已改装平开门", "photo_ids": [spoken.id, signature.id], "photos": photos[1:]}
    refused = await life.boss.post(life.path("rectifications"), spoken_only)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "photo_needed")
    body = {"text": "已改装平开门", "photo_ids": [after.id], "photos": photos}
    assert (await life.boss.post(life.path("rectifications"), body)).status_code == 201
    for one in (after, spoken, signature):
        await stored(life.boss, one.data, one.id)
    named = {photo["id"]: photo["purpose"] for photo in (await life.read())["photos"] if photo["arrived"]}
    assert named == {after.id: "after", spoken.id: "voice", signature.id: "signature"}


async def test_a_voice_note_alone_is_no_new_photo_of_a_reinspection(world: World) -> None:
    life = await finding(world, FindingState.REPORTED)
    spoken = note()
    refused = await life.reinspect(passed=True, photo_ids=[spoken.id], photos=[voiced(spoken)])
    assert (refused.status_code, refused.json()["code"]) == (409, "new_photos_needed")
    passed = await life.reinspect(passed=True, photo_ids=[spoken.id, str(uuid4())], photos=[voiced(spoken)])
    assert passed.status_code == 201, passed.text


@pytest.mark.parametrize("is_here", [True, False])
async def test_a_sound_that_is_named_as_an_ordinary_photo_shows_nothing_either(world: World, is_here: bool) -> None:
    ordered, reported_cured = await finding(world, FindingState.ORDERED), await finding(world, FindingState.REPORTED)
    for life, sender in ((ordered, ordered.boss), (reported_cured, reported_cured.officer)):
        spoken = note()
        photos = [] if is_here else [spoken.declared(media_type="audio/mp4")]
        if is_here:
            await stored(sender, spoken.data, spoken.id)
        if life is ordered:
            body = {"text": "已改装平开门", "photo_ids": [spoken.id], "photos": photos}
            refused = await life.boss.post(life.path("rectifications"), body)
            assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "photo_needed")
        else:
            refused = await life.reinspect(passed=True, photo_ids=[spoken.id], photos=photos)
            assert (refused.status_code, refused.json()["code"]) == (409, "new_photos_needed")


async def test_a_phone_plans_a_voice_note_as_any_photo(world: World) -> None:
    inspector = await world.inspector()
    sending = Sending(inspector, voices.webm())
    assert (await sending.planned())["next"] == "send"
    await sending.begin(content=sending.data[:500])
    assert (await sending.planned())["offset"] == 500
    assert (await sending.append(500)).status_code == 204
    assert (await sending.planned())["next"] == "here"


async def test_a_scrub_reads_voice_notes_as_photos_and_asks_for_no_pictures_of_them(world: World) -> None:
    inspector, whole, lost = await world.inspector(), voices.ogg(), voices.adts()
    for data in (whole, lost):
        await stored(inspector, data)
    on_disk(world, lost).unlink()
    turn = await scrub(world.office.store, world.rows, lambda *_: None, now=world.clock.now)
    assert (turn.missing, turn.rotten, turn.pictures) == ([sha256(lost)], [], 0)
    assert await jobs_waiting(world, whole) == 0


async def test_a_preview_is_a_picture_and_gives_way_to_a_voice_note_too(world: World) -> None:
    inspector, photo_id = await world.inspector(), str(uuid4())
    assert (await put_preview(inspector, voices.ogg(1.0), photo_id)).json()["code"] == "not_an_image"
    assert (await put_preview(inspector, snapped(), photo_id)).status_code == 201
    await stored(inspector, voices.ogg(), photo_id)
    assert (await image(inspector, photo_id, "thumb")).json()["code"] == "picture_impossible"


async def test_a_dossier_holds_the_note_a_link_to_it_and_its_length_and_the_log_agrees(
    world: World, database: TestDatabase
) -> None:
    inspector, partner, officer = await world.inspector(), await world.inspector(), await world.officer()
    spoken = note(12.0)
    photos = [voiced(spoken)]
    inspection = await reported(world, inspector, await world.enterprise(), [inspector, partner], photos=photos)
    shown = await stored(inspector, spoken.data, spoken.id)
    await tell_of_what_tests_made(world)
    await sequence_all(world, database)
    assert [str(fault) for fault in await faults(world)] == []
    answer = await officer.get(f"/inspections/{inspection['id']}/dossier.zip")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as dossier:
        page = dossier.read("index.html").decode()
        records = json.loads(dossier.read("records.json"))
        assert dossier.read(f"photos/{spoken.id}.m4a") == spoken.data
    assert f'<a href="photos/{spoken.id}.m4a">录音 voice note, {shown["duration_s"]:g} s</a>' in page
    assert f'src="photos/{spoken.id}' not in page
    [told] = records["photos"]
    assert (told["media_type"], told["sha256"]) == ("audio/mp4", sha256(spoken.data))
