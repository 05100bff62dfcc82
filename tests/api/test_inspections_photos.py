"""Photos and their reports: every order of {report, photos, repeats} ends in the same state."""

import itertools
import json
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.reports import KEPT_TOGETHER
from tests.makers_reports import Shot, finding_body, report_body, shot, with_photos
from tests.world import OTHER_TOWN, Person, World


@dataclass
class Town:
    world: World
    first: Person
    second: Person
    officer: Person
    enterprise_id: str

    def body(self, shots: list[Shot], **more: Any) -> dict[str, Any]:
        finding = finding_body(photo_ids=[taken.id for taken in shots])
        body = report_body(self.world, self.enterprise_id, [self.first, self.second])
        return {**body, "findings": [finding], "photos": [taken.declared() for taken in shots], **more}

    async def seen(self, body: dict[str, Any]) -> dict[str, Any]:
        return dict((await self.officer.get(f"/inspections/{body['id']}")).json())


@pytest.fixture
async def town(world: World) -> Town:
    await world.regions()
    enterprise_id = await world.enterprise()
    return Town(world, await world.inspector(), await world.inspector(), await world.officer(), enterprise_id)


async def put(person: Person, taken: Shot, data: bytes | None = None) -> httpx.Response:
    data = taken.data if data is None else data
    digest = b64encode(sha256(data).digest()).decode()
    headers = {"Repr-Digest": f"sha-256=:{digest}:", "Content-Type": "image/jpeg"}
    return await person.put(f"/photos/{taken.id}", content=data, headers=headers)


async def test_a_report_whose_photos_have_not_come_is_accepted_in_full_and_names_them(town: Town) -> None:
    shots = [shot(), shot()]
    body = town.body(shots)
    shown = (await town.first.post("/inspections", body)).json()
    assert (shown["state"], len(shown["findings"])) == ("accepted", 1)
    assert shown["missing_photos"] == [taken.id for taken in shots]
    waiting = (await town.officer.get("/inspections?missing_photos=true")).json()["items"]
    assert [(item["id"], item["missing_photos_count"]) for item in waiting] == [(body["id"], 2)]
    assert (await put(town.first, shots[0])).status_code == 201
    assert (await town.seen(body))["missing_photos"] == [shots[1].id]


async def test_report_and_photos_in_one_body_arrive_together(town: Town) -> None:
    shots = [shot(), shot(400, 300)]
    body = town.body(shots)
    shown = await with_photos(town.first, body, shots)
    assert (shown.status_code, shown.json()["missing_photos"]) == (201, [])
    receipt = (await town.first.get(f"/inspections/{body['id']}/receipt")).json()
    assert {photo["id"]: photo["sha256"] for photo in receipt["photos"]} == {taken.id: taken.sha256 for taken in shots}
    assert receipt["report_sha256"] == sha256(json.dumps(body).encode()).hexdigest()


async def test_more_photos_than_are_kept_together_all_arrive(town: Town) -> None:
    shots = [shot() for _ in range(2 * KEPT_TOGETHER + 1)]
    body = town.body(shots)
    assert (await with_photos(town.first, body, shots)).status_code == 201
    seen = await town.seen(body)
    assert ([photo["stored"] for photo in seen["photos"]], seen["missing_photos"]) == ([True] * len(shots), [])
    for taken in (shots[0], shots[KEPT_TOGETHER], shots[-1]):
        original = await town.officer.get(f"/photos/{taken.id}/image?size=original")
        assert original.content == taken.data


async def test_a_repeat_of_the_report_brings_the_photos_that_still_miss(town: Town) -> None:
    shots = [shot(), shot(), shot()]
    body = town.body(shots)
    answers = [await with_photos(town.first, body, [taken]) for taken in shots]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert [len(answer.json()["missing_photos"]) for answer in answers] == [2, 1, 0]


async def test_every_order_of_report_photo_wrong_bytes_and_repeat_ends_in_the_same_state(town: Town) -> None:
    wrong = shot().data
    ends = []
    for order in sorted(set(itertools.permutations(["report", "photo", "wrong", "report"]))):
        taken = shot()
        body = town.body([taken])
        for step in order:
            if step == "report":
                answer = await town.first.post("/inspections", body)
                assert answer.status_code in (200, 201)
            else:
                await put(town.first, taken, wrong if step == "wrong" else None)
        end = (await town.first.get(f"/inspections/{body['id']}/receipt")).json()["photos"]
        if end[0]["sha256"] != taken.sha256:  # the phone goes on until nothing misses
            await put(town.first, taken)
            end = (await town.first.get(f"/inspections/{body['id']}/receipt")).json()["photos"]
        ends.append((end[0]["stored"], end[0]["sha256"] == taken.sha256))
    assert set(ends) == {(True, True)}


async def test_bytes_other_than_the_report_declares_are_refused_with_the_whole_body(town: Town) -> None:
    taken, other = shot(), shot()
    body = town.body([taken])
    answer = await with_photos(town.first, body, [Shot(taken.id, other.data)])
    assert (answer.status_code, answer.json()["code"]) == (409, "digest_not_declared")
    assert (await town.first.get(f"/inspections/{body['id']}")).status_code == 404
    assert (await with_photos(town.first, body, [taken])).json()["missing_photos"] == []


async def test_a_photo_that_somebody_else_sent_first_under_the_id_stays_theirs(town: Town) -> None:
    taken = shot()
    assert (await put(town.second, taken, shot().data)).status_code == 201
    body = town.body([taken])
    shown = (await town.first.post("/inspections", body)).json()
    assert (shown["state"], shown["missing_photos"]) == ("accepted", [taken.id])


async def test_naming_a_photo_of_others_shows_not_even_its_hash_and_counts_as_missing(town: Town) -> None:
    taken = shot()
    elsewhere = await town.world.enterprise(region=OTHER_TOWN)
    stranger, partner = await town.world.inspector(region=OTHER_TOWN), await town.world.inspector(region=OTHER_TOWN)
    theirs = report_body(town.world, elsewhere, [stranger, partner])
    theirs = {**theirs, "findings": [finding_body(photo_ids=[taken.id])], "photos": [taken.declared()]}
    assert (await with_photos(stranger, theirs, [taken])).status_code == 201
    mine = town.body([taken], photos=[{**taken.declared(), "sha256": None}])
    shown = (await town.first.post("/inspections", mine)).json()
    assert (shown["state"], shown["missing_photos"]) == ("accepted", [taken.id])
    told = (await town.first.get(f"/inspections/{mine['id']}/receipt")).json()["photos"]
    nothing = {"sha256": None, "bytes": None, "stored_at": None, "stored": False}
    assert told == [{"id": taken.id, "declared_sha256": None, **nothing}]
    assert (await town.first.get(f"/photos/{taken.id}")).status_code == 404


async def test_no_report_takes_a_photo_away_from_another_report(town: Town) -> None:
    taken = shot()
    first, second = town.body([taken]), town.body([taken])
    second["photos"] = [{**taken.declared(), "sha256": "0" * 64}]
    await with_photos(town.first, first, [taken])
    shown = (await town.first.post("/inspections", second)).json()
    assert (shown["state"], shown["missing_photos"]) == ("accepted", [taken.id])
    assert (await town.seen(first))["missing_photos"] == []


async def test_one_photo_of_two_findings_is_shown_once_with_both(town: Town) -> None:
    taken, scene = shot(), shot()
    findings = [finding_body(photo_ids=[taken.id]), finding_body(photo_ids=[taken.id])]
    body = town.body([taken, scene], findings=findings)
    photos = {photo["id"]: photo for photo in (await with_photos(town.first, body, [taken, scene])).json()["photos"]}
    assert set(photos[taken.id]["finding_ids"]) == {finding["id"] for finding in findings}
    assert (photos[scene.id]["purpose"], photos[scene.id]["finding_ids"]) == ("scene", [])


async def test_a_photo_that_came_before_its_report_is_seen_with_it_by_others(town: Town) -> None:
    taken = shot()
    await put(town.first, taken)
    assert (await town.officer.get(f"/photos/{taken.id}")).status_code == 404
    await town.first.post("/inspections", town.body([taken]))
    assert (await town.officer.get(f"/photos/{taken.id}")).status_code == 200
    stranger = await town.world.inspector(region=OTHER_TOWN)
    assert (await stranger.get(f"/photos/{taken.id}")).status_code == 404


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"this is no photo at all, whatever its name says", "not_an_image"),
        (shot(900, 700).data[:3000], "photo_damaged"),
    ],
)
async def test_a_part_that_is_no_whole_photo_is_named_and_nothing_is_stored(town: Town, data: bytes, code: str) -> None:
    taken = Shot(data=data)
    body = town.body([taken])
    answer = await with_photos(town.first, body, [shot(), taken])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(f"#/part/{taken.id}", code)]
    assert (await town.first.get(f"/inspections/{body['id']}")).status_code == 404


def form(*parts: tuple[str, bytes], end: bytes = b"--x--\r\n") -> bytes:
    made = b""
    for name, data in parts:
        made += f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + data + b"\r\n"
    return made + end


async def test_a_multipart_body_that_is_cut_off_or_misses_its_report_is_refused(town: Town) -> None:
    body = town.body([])
    report = json.dumps(body).encode()
    cases = {
        "multipart_broken": form(("report", report), end=b""),
        "report_part_missing": form((str(uuid4()), shot().data)),
        "report_part_twice": form(("report", report), ("report", report)),
        "part_name_unknown": form(("report", report), ("photo1", shot().data)),
    }
    for code, content in cases.items():
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await town.first.call("POST", "/inspections", content=content, headers=headers)
        assert (answer.status_code, [e["code"] for e in answer.json()["errors"]]) == (422, [code])
    no_boundary = await town.first.call(
        "POST", "/inspections", content=form(("report", report)), headers={"Content-Type": "multipart/form-data"}
    )
    assert no_boundary.json()["errors"][0]["code"] == "multipart_broken"
    assert (await town.first.get("/inspections")).json()["items"] == []


async def test_a_multipart_report_comes_through_in_pieces_of_any_size(town: Town) -> None:
    taken = shot()
    body = town.body([taken])
    content = form(("report", json.dumps(body).encode()), (taken.id, taken.data))

    async def drops() -> Any:
        for start in range(0, len(content), 7):
            yield content[start : start + 7]

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await town.first.call("POST", "/inspections", content=drops(), headers=headers)
    assert (answer.status_code, answer.json()["missing_photos"]) == (201, [])


async def test_a_photo_larger_than_the_office_takes_is_refused_as_too_large(town: Town) -> None:
    taken = shot()
    huge = Shot(taken.id, taken.data + b"\0" * 30_000_001)
    answer = await with_photos(town.first, town.body([]), [huge])
    assert (answer.status_code, answer.json()["code"]) == (413, "photo_too_large")
