"""The life of a finding, move by move: what each needs, who may make it, what two at once and a repeat do."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from models.findings import Finding
from models.words import FindingState, Grade
from services.photos.naming import lock_photos
from tests.makers_findings import described, finding, report
from tests.world import World

ORDERED, RECTIFYING, REPORTED = FindingState.ORDERED, FindingState.RECTIFYING, FindingState.REPORTED
VERIFIED, CLOSED, MAJOR = FindingState.VERIFIED, FindingState.CLOSED, Grade.MAJOR


def states(*answers: Any) -> list[int]:
    return sorted(answer.status_code for answer in answers)


# 整改方案


async def test_a_plan_that_lacks_some_of_the_five_points_is_filed_but_cannot_be_accepted(world: World) -> None:
    life = await finding(world, ORDERED, MAJOR)
    filed = await life.plan(funding=None, contingency_plan=None)
    assert (filed.status_code, filed.json()["plans"][0]["missing"]) == (201, ["funding", "contingency_plan"])
    refused = await life.accept()
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_incomplete")
    assert refused.json()["missing"] == ["funding", "contingency_plan"]
    assert (await life.read())["state"] == "ordered"


async def test_a_plan_is_returned_with_a_reason_and_the_next_one_accepted(world: World) -> None:
    life = await finding(world, ORDERED, MAJOR)
    await life.plan()
    silent = await life.accept(accepted=False)
    assert (silent.status_code, silent.json()["errors"][0]["pointer"]) == (422, "/note")
    returned = await life.accept(accepted=False, note="缺少施工单位")
    assert [plan["state"] for plan in returned.json()["plans"]] == ["returned"]
    assert returned.json()["state"] == "ordered"
    nothing = await life.accept()
    assert (nothing.status_code, nothing.json()["code"], nothing.json()["last"]) == (409, "no_plan_waits", "returned")
    world.clock.forward(hours=1)
    await life.plan(measures="由有资质单位拆除")
    accepted = await life.accept()
    assert [plan["state"] for plan in accepted.json()["plans"]] == ["returned", "accepted"]
    assert accepted.json()["state"] == "rectifying"
    assert (await life.kinds())[-4:] == [
        "finding.plan_filed",
        "finding.plan_returned",
        "finding.plan_filed",
        "finding.plan_accepted",
    ]


async def test_one_plan_at_a_time_waits_and_none_before_the_order(world: World) -> None:
    life = await finding(world)
    early = await life.plan()
    assert (early.status_code, early.json()["code"]) == (409, "illegal_transition")
    await life.order()
    assert states(*await asyncio.gather(life.plan(), life.plan())) == [201, 409]
    assert (await life.plan()).json()["code"] == "plan_waits"


async def test_a_plan_is_filed_by_the_enterprise_or_named_for_it_and_decided_by_the_office(world: World) -> None:
    life = await finding(world, ORDERED)
    village, leader = await world.village(), await world.leader()
    assert (await life.plan(by=village)).json()["errors"][0]["code"] == "on_behalf_of_needed"
    assert (await life.plan(by=leader, on_behalf_of=life.enterprise_id)).json()["code"] == "not_allowed"
    filed = await life.plan(by=village, on_behalf_of=life.enterprise_id)
    assert (filed.status_code, filed.json()["plans"][0]["on_behalf"]) == (201, True)
    for person in (life.boss, life.finder, village):
        assert (await life.accept(by=person)).json()["code"] == "not_allowed"
    assert (await life.accept(by=leader)).status_code == 201


# 整改报告


async def test_a_general_finding_is_reported_straight_from_its_order_and_a_major_one_only_after_its_plan(
    world: World,
) -> None:
    general, major = await finding(world, ORDERED), await finding(world, ORDERED, MAJOR)
    assert (await general.report()).json()["state"] == "reported"
    refused = await major.report()
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    assert refused.json()["allowed"] == ["accept_plan", "transfer", "withdraw"]
    await major.plan()
    await major.accept()
    assert (await major.report()).json()["state"] == "reported"


async def test_a_report_gives_the_office_ten_days_with_the_rule_that_says_so(world: World) -> None:
    life = await finding(world, REPORTED)
    read = await life.read()
    due = read["reinspection_due"]
    assert (read["reinspect_by"], due["on"], due["rule"]) == ("2026-12-04", "2026-12-04", "reinspection.after_report")
    assert "第二十三条" in due["source"]
    assert due["verified"] is False


async def test_the_reinspection_day_moves_past_a_weekend_and_says_which_days_it_skipped(world: World) -> None:
    world.clock.forward(days=2)  # ten days later is a Sunday
    due = (await (await finding(world, REPORTED)).read())["reinspection_due"]
    assert (due["on"], due["skipped"]) == ("2026-12-07", ["2026-12-06"])


async def test_a_report_needs_a_photo_and_one_on_behalf_also_the_photographed_paper(world: World) -> None:
    life = await finding(world, ORDERED)
    bare = await life.report(photo_ids=[])
    assert (bare.status_code, bare.json()["errors"][0]["pointer"]) == (422, "/photo_ids")
    unsigned = await life.report(by=life.finder, on_behalf_of=life.enterprise_id)
    assert unsigned.json()["errors"][0]["code"] == "paper_needed"
    paper = str(uuid4())
    told = await life.report(by=life.finder, on_behalf_of=life.enterprise_id, paper_photo_ids=[paper])
    assert told.status_code == 201
    assert told.json()["rectifications"][0]["on_behalf"] is True
    assert [photo["purpose"] for photo in told.json()["photos"] if photo["id"] == paper] == ["paper"]


async def test_a_report_after_the_deadline_is_late_for_good(world: World) -> None:
    life = await finding(world, ORDERED, deadline="2026-11-25")
    world.clock.forward(days=2)
    assert (await life.report()).json()["reported_late"] is True
    await life.reinspect(False)
    in_time = await life.report()
    assert (in_time.json()["overdue"], in_time.json()["reported_late"]) == (False, True)


async def test_an_enterprise_cannot_report_for_another_one(world: World) -> None:
    mine, other = await finding(world, ORDERED), await finding(world, ORDERED)
    assert (await mine.report(by=other.boss)).status_code == 404
    wrong = await mine.report(on_behalf_of=other.enterprise_id)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/on_behalf_of")


async def test_of_two_reports_at_once_one_wins_and_the_other_gets_409(world: World) -> None:
    life = await finding(world, ORDERED)
    answers = await asyncio.gather(life.report(), life.report())
    assert states(*answers) == [201, 409]
    assert len((await life.read())["rectifications"]) == 1


async def test_a_report_that_waits_for_its_photos_holds_no_finding_meanwhile(world: World) -> None:
    """A visit's report names its photos first and judges findings then: the other way round the two would hang."""
    life, photo = await finding(world, ORDERED), uuid4()
    async with world.rows.begin() as tx:
        await lock_photos(tx, [photo])
        filed = asyncio.create_task(life.report(photo_ids=[str(photo)]))
        done, _ = await asyncio.wait([filed], timeout=0.5)
        assert not done
        await tx.get_one(Finding, UUID(life.id), with_for_update={"nowait": True})
    assert (await filed).status_code == 201


# 复查


async def test_a_passed_reinspection_verifies_and_only_then_may_it_be_written_off(world: World) -> None:
    life = await finding(world, REPORTED)
    early = await life.write_off()
    assert (early.status_code, early.json()["code"]) == (409, "illegal_transition")
    passed = await life.reinspect(True)
    assert (passed.status_code, passed.json()["state"]) == (201, "verified")
    assert passed.json()["reinspect_by"] is None
    closed = await life.write_off(note="同意销号")
    assert (closed.json()["state"], closed.json()["write_off"]["note"]) == ("closed", "同意销号")


async def test_a_failed_reinspection_opens_it_again_with_the_new_deadline_and_counts(world: World) -> None:
    life = await finding(world, REPORTED)
    undated = await life.reinspect(False, new_deadline=None)
    assert "new_deadline_needed" in undated.text
    past = await life.reinspect(False, new_deadline="2026-11-23")
    assert "deadline_past" in past.text
    assert (await life.read())["state"] == "reported"
    failed = (await life.reinspect(False, note="门向内开")).json()
    assert (failed["state"], failed["deadline"], failed["failed_reinspections"]) == ("ordered", "2026-12-20", 1)
    assert (failed["awaits_new_order"], failed["reinspections"][0]["note"]) == (True, "门向内开")


async def test_a_reinspection_without_new_photos_is_refused(world: World) -> None:
    life = await finding(world, REPORTED)
    used = [photo["id"] for photo in (await life.read())["photos"]]
    for photo_ids in ([], used):
        refused = await life.reinspect(True, photo_ids=photo_ids)
        assert (refused.status_code, refused.json()["code"]) == (409, "new_photos_needed")
    assert (await life.reinspect(True, photo_ids=[*used, str(uuid4())])).status_code == 201


async def test_the_same_two_officers_may_not_look_again_unless_the_office_says_why(world: World) -> None:
    life = await finding(world, REPORTED)
    same = [life.finder.id, life.partner.id]
    refused = await life.reinspect(True, inspectors=same, same_officers_reason="人手不足")
    assert (refused.status_code, refused.json()["code"]) == (409, "other_reinspector_needed")
    silent = await life.reinspect(True, by=life.officer, inspectors=same)
    assert silent.json()["code"] == "other_reinspector_needed"
    excused = await life.reinspect(True, by=life.officer, inspectors=same, same_officers_reason="全镇仅两人持证")
    assert excused.status_code == 201, excused.text
    assert excused.json()["reinspections"][0]["same_officers_reason"] == "全镇仅两人持证"


async def test_one_officer_with_a_valid_card_is_not_enough_to_look_again(world: World) -> None:
    life = await finding(world, REPORTED)
    village = await world.village()
    refused = await life.reinspect(True, inspectors=[life.finder.id, village.id])
    assert refused.status_code == 409
    assert "two_officers_needed" in refused.text
    assert (await life.read())["state"] == "reported"


async def test_of_a_pass_and_a_fail_at_once_one_wins_and_the_other_gets_409(world: World) -> None:
    life = await finding(world, REPORTED)
    answers = await asyncio.gather(life.reinspect(True), life.reinspect(False))
    assert states(*answers) == [201, 409]
    assert len((await life.read())["reinspections"]) == 1


async def test_nobody_but_officers_of_the_field_looks_again(world: World) -> None:
    life = await finding(world, REPORTED)
    for person in (await world.leader(), await world.village(), life.boss):
        assert (await life.reinspect(True, by=person)).json()["code"] == "not_allowed"


async def test_a_phones_report_of_a_reinspection_judges_each_finding_it_names(world: World) -> None:
    life = await finding(world, REPORTED)
    verdict = {"finding_id": life.id, "passed": True, "photo_ids": [str(uuid4())]}
    looked = {"kind": "reinspection", "urgent_reason": None, "reinspections": [verdict]}
    await report(world, life.enterprise_id, [life.finder, life.officer], [], **looked)
    assert (await life.read())["state"] == "verified"


async def test_a_verdict_on_a_finding_of_another_enterprise_is_held_and_judges_nothing(world: World) -> None:
    life, elsewhere = await finding(world, REPORTED), await finding(world)
    body = {
        "kind": "reinspection",
        "enterprise_id": elsewhere.enterprise_id,
        "arrived_at": "2026-11-24T09:30:00+08:00",
        "inspectors": [life.finder.id, life.officer.id],
        "reinspections": [{"finding_id": life.id, "passed": True, "photo_ids": [str(uuid4())]}],
    }
    held = await life.finder.post("/inspections", body)
    assert (held.status_code, held.json()["state"]) == (201, "held")
    assert held.json()["held_reasons"] == ["finding_elsewhere"]
    assert (await life.read())["state"] == "reported"


async def test_an_office_may_set_that_the_same_officers_look_again(world: World, app: FastAPI) -> None:
    lenient = world.office.settings.model_copy(update={"reinspection_by_others": False})
    life = await finding(world, REPORTED)
    app.state.office = replace(world.office, settings=lenient)
    try:
        passed = await life.reinspect(True, inspectors=[life.finder.id, life.partner.id])
    finally:
        app.state.office = world.office
    assert (passed.status_code, passed.json()["state"]) == (201, "verified")


# 销号、移送、撤销


async def test_a_major_finding_is_written_off_by_an_officer_who_did_not_look_again(world: World) -> None:
    life = await finding(world, VERIFIED, MAJOR)
    assert (await life.write_off(by=life.finder)).json()["code"] == "not_allowed"
    looked = await life.write_off(by=life.officer)
    assert (looked.status_code, looked.json()["code"]) == (403, "second_officer_needed")
    assert (await life.write_off(by=await world.officer())).status_code == 201


async def test_a_general_finding_may_be_written_off_by_an_inspector_but_not_by_the_enterprise(world: World) -> None:
    life = await finding(world, VERIFIED)
    for person in (life.boss, await world.village()):
        assert (await life.write_off(by=person)).json()["code"] == "not_allowed"
    assert (await life.write_off(by=life.finder)).status_code == 201


async def test_of_two_write_offs_at_once_one_wins_and_the_other_gets_409(world: World) -> None:
    life = await finding(world, VERIFIED)
    leader = await world.leader()
    answers = await asyncio.gather(life.write_off(by=leader), life.write_off(by=life.officer))
    assert states(*answers) == [201, 409]


@pytest.mark.parametrize("state", [FindingState.REGISTERED, ORDERED, RECTIFYING, REPORTED, VERIFIED])
async def test_any_open_finding_may_be_transferred_or_withdrawn_and_is_then_at_its_end(
    world: World, state: FindingState
) -> None:
    for end in (FindingState.TRANSFERRED, FindingState.WITHDRAWN):
        life = await finding(world, state)
        await life.reach(end)
        read = await life.read()
        assert (read["state"], read["next_moves"]) == (end, [])
        again = await life.officer.post(life.path("withdrawal"), {"reason": "x"})
        assert (again.status_code, again.json()["allowed"]) == (409, [])


async def test_an_officer_transfers_only_with_a_valid_card_but_an_inspector_always(world: World) -> None:
    life = await finding(world)
    body = {"organ_name": "某局", "reason": "职责所在"}
    uncarded = await world.officer(card_number=None)
    assert (await uncarded.post(life.path("transfer"), body)).json()["code"] == "card_not_valid"
    assert (await life.boss.post(life.path("transfer"), body)).json()["code"] == "not_allowed"
    without_card = await world.inspector(card_number=None)
    assert (await without_card.post(life.path("transfer"), body)).status_code == 201


async def test_a_receipt_belongs_to_a_transfer_and_to_a_day_between_it_and_today(world: World) -> None:
    life = await finding(world)
    receipt = {"receipt_number": "8号", "received_on": "2026-11-24"}
    early = await life.officer.post(life.path("transfer/receipt"), receipt)
    assert (early.status_code, early.json()["code"]) == (409, "not_transferred")
    await life.reach(FindingState.TRANSFERRED)
    for day in ("2026-11-23", "2026-11-25"):
        wrong = await life.officer.post(life.path("transfer/receipt"), {**receipt, "received_on": day})
        assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "day_impossible")
    told = await life.officer.post(life.path("transfer/receipt"), receipt)
    assert told.json()["transfer"]["receipt_number"] == "8号"
    assert (await life.kinds())[-1] == "finding.transfer_received"


async def test_who_registered_a_finding_cannot_take_it_back_and_its_history_stays(world: World) -> None:
    officer, partner = await world.officer(), await world.inspector()
    life = await finding(world)
    said = described()
    await report(world, life.enterprise_id, [officer, partner], [said])
    own = await officer.post(f"/findings/{said['id']}/withdrawal", {"reason": "误登记"})
    assert (own.status_code, own.json()["code"]) == (403, "second_officer_needed")
    taken_back = await life.officer.post(f"/findings/{said['id']}/withdrawal", {"reason": "误登记"})
    assert (taken_back.status_code, taken_back.json()["withdrawal"]["reason"]) == (201, "误登记")
    events = (await officer.get(f"/findings/{said['id']}/timeline")).json()["items"]
    assert [event["kind"] for event in events] == ["finding.registered", "finding.withdrawn"]


async def test_a_loop_from_report_to_write_off_with_one_failure_on_the_way_tells_its_whole_story(world: World) -> None:
    life = await finding(world, REPORTED, MAJOR)
    world.clock.forward(days=3)
    failed = await life.reinspect(False)
    visit = failed.json()["reinspections"][0]["inspection_id"]
    organ_id = (await life.officer.get(f"/orders/{life.order_id}")).json()["organ_id"]
    assert (await life.order(inspection_id=visit, organ_id=organ_id)).status_code == 201
    world.clock.forward(days=1)
    assert (await life.plan()).status_code == 201
    assert (await life.accept()).status_code == 201
    assert (await life.report()).status_code == 201
    assert (await life.reinspect(True)).status_code == 201
    assert (await life.write_off()).json()["state"] == "closed"
    assert await life.kinds() == [
        "finding.registered",
        "order.issued",
        "finding.ordered",
        "finding.plan_filed",
        "finding.plan_accepted",
        "finding.reported",
        "finding.failed",
        "order.issued",
        "finding.ordered",
        "finding.plan_filed",
        "finding.plan_accepted",
        "finding.reported",
        "finding.passed",
        "finding.written_off",
    ]
