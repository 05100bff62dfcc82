"""Amendments: a new version with its reason, the old one readable."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.makers_reports import finding_body, report_body, reported, shot
from tests.world import Person, World


@dataclass
class Town:
    world: World
    first: Person
    second: Person
    officer: Person
    enterprise_id: str
    inspection: dict[str, Any]

    @property
    def finding_id(self) -> str:
        return str(self.inspection["findings"][0]["id"])

    async def amend(self, by: Person | None = None, *, version: int | None = 1, **change: Any) -> httpx.Response:
        body = {"reason": "现场负责人补签", **change}
        return await (by or self.first).patch(f"/inspections/{self.inspection['id']}", body, version=version)


@pytest.fixture
async def town(world: World) -> Town:
    await world.regions()
    enterprise_id = await world.enterprise()
    first, second = await world.inspector(), await world.inspector()
    answers = [{"item": "MIXD11", "result": "fail"}]
    findings = [finding_body(deadline=None)]
    inspection = await reported(world, first, enterprise_id, [first, second], findings=findings, answers=answers)
    return Town(world, first, second, await world.officer(), enterprise_id, inspection)


async def test_an_amendment_changes_what_it_names_and_keeps_the_old_version_readable(town: Town) -> None:
    answers = [{"item": "MIXD11", "result": "pass"}, {"item": "MIXD07", "result": "pass"}]
    amended = await town.amend(unit_signed=False, refusal_note="拒签", answers=answers)
    assert (amended.status_code, amended.headers["etag"]) == (200, '"2"')
    shown = amended.json()
    assert (shown["unit_signed"], shown["refusal_note"], shown["credentials_shown"]) == (False, "拒签", True)
    assert {answer["item"]: answer["result"] for answer in shown["answers"]} == {"MIXD11": "pass", "MIXD07": "pass"}
    old = (await town.officer.get(f"/inspections/{town.inspection['id']}?version=1")).json()
    new = (await town.officer.get(f"/inspections/{town.inspection['id']}?version=2")).json()
    assert (old["report"]["unit_signed"], old["reason"], old["sent_by"]) == (True, None, town.first.id)
    assert (new["report"]["unit_signed"], new["reason"]) == (False, "现场负责人补签")
    assert (await town.officer.get(f"/inspections/{town.inspection['id']}?version=3")).status_code == 404


async def test_an_amendment_needs_a_reason_and_the_version_that_was_read(town: Town) -> None:
    path = f"/inspections/{town.inspection['id']}"
    without_reason = await town.first.patch(path, {"unit_signed": False})
    assert without_reason.json()["errors"][0]["pointer"] == "/reason"
    assert (await town.amend(version=None)).status_code == 428
    assert (await town.amend()).status_code == 200
    assert (await town.amend()).json()["code"] == "version_mismatch"
    unknown = await town.amend(version=2, arrived_at="2026-11-20T09:00:00+08:00")
    assert unknown.json()["errors"][0]["code"] == "extra_forbidden"


async def test_four_points_of_a_registered_finding_are_amended_and_its_warning_goes(town: Town) -> None:
    assert "deadline_missing:/findings/0/deadline" in town.inspection["warnings"]
    change = {"id": town.finding_id, "deadline": "2026-12-04", "grade": "major", "major_basis": "判定标准第5条"}
    shown = (await town.amend(findings=[change])).json()
    assert shown["warnings"] == []
    [finding] = shown["findings"]
    assert (finding["grade"], finding["deadline"], finding["state"]) == ("major", "2026-12-04", "registered")
    timeline = (await town.officer.get(f"/findings/{town.finding_id}/timeline")).json()["items"]
    assert [event["kind"] for event in timeline] == ["finding.registered", "finding.amended"]


async def test_a_finding_that_the_report_forgot_is_registered_by_an_amendment(town: Town) -> None:
    forgotten = finding_body(photo_ids=[])
    del forgotten["fixed_on_site"]
    shown = (await town.amend(findings=[forgotten])).json()
    assert [finding["id"] for finding in shown["findings"]] == [town.finding_id, forgotten["id"]]
    bare = await town.amend(version=2, findings=[{"id": str(uuid4()), "measure": "拆除"}])
    assert [(e["pointer"], e["code"]) for e in bare.json()["errors"]] == [("/findings/0/description", "missing")]


async def test_a_finding_that_is_ordered_or_of_another_inspection_is_not_amended(town: Town) -> None:
    other = await reported(
        town.world, town.first, town.enterprise_id, [town.first, town.second], findings=[finding_body()]
    )
    taken = await town.amend(findings=[{"id": other["findings"][0]["id"], "measure": "拆除"}])
    assert (taken.status_code, taken.json()["code"]) == (409, "id_taken")
    await town.amend(findings=[{"id": town.finding_id, "deadline": "2026-12-04"}])
    order = {"inspection_id": town.inspection["id"], "finding_ids": [town.finding_id]}
    answer = await town.first.post("/orders", {**order, "organ_id": str(await town.world.organ())})
    assert answer.status_code == 201, answer.text
    late = await town.amend(version=2, findings=[{"id": town.finding_id, "measure": "拆除"}])
    assert (late.status_code, late.json()["code"], late.json()["state"]) == (409, "finding_not_amendable", "ordered")
    assert (await town.officer.get(f"/inspections/{town.inspection['id']}")).json()["version"] == 2


async def test_its_inspectors_and_the_office_amend_and_a_colleague_does_not(town: Town) -> None:
    assert (await town.amend(await town.world.inspector())).status_code == 403
    assert (await town.amend(await town.world.boss(town.enterprise_id))).status_code == 403
    assert (await town.amend(town.second)).status_code == 200
    assert (await town.amend(town.officer, version=2)).status_code == 200


async def test_photos_named_by_an_amendment_miss_until_they_come(town: Town) -> None:
    scene, before = shot(), shot()
    findings = [{"id": town.finding_id, "photo_ids": [before.id]}]
    shown = (await town.amend(photos=[scene.declared(), before.declared()], findings=findings)).json()
    assert set(shown["missing_photos"]) == {scene.id, before.id}
    purposes = {photo["id"]: (photo["purpose"], photo["finding_ids"]) for photo in shown["photos"]}
    assert purposes == {scene.id: ("scene", []), before.id: ("before", [town.finding_id])}


async def test_a_held_report_is_not_amended(town: Town) -> None:
    body = report_body(town.world, str(uuid4()), [town.first, town.second])
    await town.first.post("/inspections", body)
    answer = await town.first.patch(f"/inspections/{body['id']}", {"reason": "改"})
    assert (answer.status_code, answer.json()["code"], answer.json()["state"]) == (
        409,
        "wrong_inspection_state",
        "held",
    )
