"""Re-inspections as reports, and reports that arrive at the same moment."""

import asyncio
from typing import Any

from models.words import FindingState
from tests import makers_findings
from tests.makers_reports import finding_body, reinspection_body, report_body, shot, with_photos
from tests.world import World


async def test_a_re_inspection_report_judges_each_finding_and_names_its_new_photos(world: World) -> None:
    life = await makers_findings.finding(world, FindingState.REPORTED)
    after = shot()
    verdict: dict[str, Any] = {"finding_id": life.id, "passed": True, "note": "已整改", "photo_ids": [after.id]}
    people = [life.finder, life.officer]
    body = reinspection_body(world, life.enterprise_id, people, [verdict], photos=[after.declared()])
    shown = (await with_photos(life.finder, body, [after])).json()
    assert (shown["state"], shown["kind"], shown["visit"]) == ("accepted", "reinspection", None)
    assert [(v["finding_id"], v["passed"]) for v in shown["reinspections"]] == [(life.id, True)]
    [photo] = shown["photos"]
    assert (photo["purpose"], photo["finding_ids"], photo["stored"]) == ("reinspection", [life.id], True)
    assert (await life.read())["state"] == "verified"


async def test_a_re_inspection_by_one_card_is_held_and_the_finding_stays_as_it_was(world: World) -> None:
    life = await makers_findings.finding(world, FindingState.REPORTED)
    verdict = {"finding_id": life.id, "passed": True, "photo_ids": [shot().id]}
    body = reinspection_body(world, life.enterprise_id, [life.finder], [verdict])
    shown = (await life.finder.post("/inspections", body)).json()
    assert (shown["state"], shown["held_reasons"]) == ("held", ["two_officers_needed"])
    assert (await life.read())["state"] == "reported"


async def test_a_report_sent_twice_at_the_same_moment_is_stored_once(world: World) -> None:
    await world.regions()
    enterprise_id = await world.enterprise()
    first, second = await world.inspector(), await world.inspector()
    body = report_body(world, enterprise_id, [first, second], findings=[finding_body()])
    answers = await asyncio.gather(*[first.post("/inspections", body) for _ in range(4)])
    codes = sorted(answer.status_code for answer in answers)
    assert codes[-1] in (201, 423)
    assert codes.count(201) == 1
    assert set(codes) <= {200, 201, 423}
    assert len((await first.get("/inspections")).json()["items"]) == 1
    assert len((await first.get("/findings")).json()["items"]) == 1


async def test_two_reports_with_one_finding_id_at_the_same_moment_lose_nothing(world: World) -> None:
    await world.regions()
    enterprise_id = await world.enterprise()
    first, second = await world.inspector(), await world.inspector()
    finding = finding_body()
    bodies = [report_body(world, enterprise_id, [first, second], findings=[finding]) for _ in range(2)]
    answers = await asyncio.gather(*[first.post("/inspections", body) for body in bodies])
    shown = sorted((answer.json() for answer in answers), key=lambda answer: str(answer["state"]))
    assert [answer["state"] for answer in shown] == ["accepted", "held"]
    assert shown[1]["held_reasons"] in (["id_taken"], ["finding_id_taken"])


async def test_photos_and_their_report_sent_at_the_same_moment_end_complete(world: World) -> None:
    await world.regions()
    enterprise_id = await world.enterprise()
    first, second = await world.inspector(), await world.inspector()
    shots = [shot() for _ in range(3)]
    body = report_body(world, enterprise_id, [first, second], photos=[taken.declared() for taken in shots])
    await asyncio.gather(*[with_photos(first, body, [taken]) for taken in shots])
    for taken in shots:  # whoever met the other in the act was told 423 and sends again
        await with_photos(first, body, [taken])
    assert (await first.get(f"/inspections/{body['id']}")).json()["missing_photos"] == []
