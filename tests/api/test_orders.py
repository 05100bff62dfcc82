"""Orders: who may issue one, what it needs, and its number."""

import asyncio
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from models.words import AuthorityMode, FindingState, Grade
from tests.makers_findings import described, finding, report
from tests.world import OTHER_TOWN, OTHER_VILLAGE, Person, World


async def test_an_order_takes_the_four_points_as_they_stand_and_a_number_of_its_organ_and_year(world: World) -> None:
    life = await finding(world)
    issued = await life.order()
    assert issued.status_code == 201
    order = issued.json()
    assert (order["number"], order["issued_on"]) == ("某镇应急责改〔2026〕1号", "2026-11-24")
    printed = order["findings"][0]
    assert (printed["finding_id"], printed["deadline"], printed["responsible_person"]) == (
        life.id,
        "2026-12-08",
        "张某",
    )
    assert (await life.read())["state"] == "ordered"
    assert (await life.boss.get(f"/orders/{order['id']}")).json() == order


async def test_numbers_run_without_a_gap_within_the_year_and_start_again_with_the_next_year_in_shanghai(
    world: World,
) -> None:
    organ_id = str(await world.organ())
    one, refused, two = [await finding(world) for _ in range(3)]
    numbers = [(await one.order(organ_id=organ_id)).json()["number"]]
    assert (await refused.order(organ_id=organ_id, finding_ids=[str(uuid4())])).status_code == 422
    numbers.append((await two.order(organ_id=organ_id)).json()["number"])
    world.clock.set(datetime(2026, 12, 31, 16, 30, tzinfo=UTC))  # already New Year's Day in Shanghai
    late = await finding(world, deadline="2027-01-10")
    numbers.append((await late.order(organ_id=organ_id)).json()["number"])
    assert numbers == ["某镇应急责改〔2026〕1号", "某镇应急责改〔2026〕2号", "某镇应急责改〔2027〕1号"]


async def test_ten_orders_at_once_get_ten_numbers_in_a_row(world: World) -> None:
    organ_id = str(await world.organ())
    lives = [await finding(world) for _ in range(10)]
    answers = await asyncio.gather(*[life.order(organ_id=organ_id) for life in lives])
    assert [answer.status_code for answer in answers] == [201] * 10
    serials = sorted(int(answer.json()["number"].split("〕")[1].removesuffix("号")) for answer in answers)
    assert serials == list(range(1, 11))


async def test_what_is_missing_of_the_four_points_is_named_finding_by_finding(world: World) -> None:
    officer, inspector, partner = await world.officer(), await world.inspector(), await world.inspector()
    enterprise_id = await world.enterprise(by=officer)
    bare = described(Grade.MAJOR, measure=None, standard="", deadline=None, responsible_person=None, major_basis=None)
    late = described(deadline="2026-11-23")
    inspection = await report(world, enterprise_id, [inspector, partner], [described(), bare, late])
    body = {
        "inspection_id": inspection["id"],
        "finding_ids": [bare["id"], late["id"]],
        "organ_id": str(await world.organ()),
    }
    refused = await inspector.post("/orders", body)
    assert refused.status_code == 422
    assert {(error["pointer"], error["code"]) for error in refused.json()["errors"]} == {
        ("/finding_ids/0", "measure_missing"),
        ("/finding_ids/0", "standard_missing"),
        ("/finding_ids/0", "deadline_missing"),
        ("/finding_ids/0", "responsible_person_missing"),
        ("/finding_ids/0", "major_basis_missing"),
        ("/finding_ids/1", "deadline_past"),
    }
    assert (await officer.get(f"/findings/{bare['id']}")).json()["state"] == "registered"


async def test_an_assisting_organ_cannot_order_and_its_finding_is_transferred_with_a_receipt(world: World) -> None:
    life = await finding(world)
    refused = await life.order(organ_id=str(await world.organ(AuthorityMode.ASSIST)))
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_organs_power")
    told = {"organ_name": "某市消防救援大队", "reason": "本机关无处罚权限"}
    moved = await life.finder.post(life.path("transfer"), told)
    assert (moved.status_code, moved.json()["state"]) == (201, "transferred")
    world.clock.forward(days=3)
    receipt = {"receipt_number": "某消〔2026〕收字第8号", "received_on": "2026-11-26"}
    answer = await life.finder.post(life.path("transfer/receipt"), receipt)
    assert answer.json()["transfer"]["received_on"] == "2026-11-26"
    again = await life.finder.post(life.path("transfer/receipt"), receipt)
    assert (again.status_code, again.json()["code"]) == (409, "receipt_known")


async def test_an_organ_of_another_district_looks_like_one_that_does_not_exist(world: World) -> None:
    life = await finding(world)
    elsewhere = await life.order(organ_id=str(await world.organ(region=OTHER_TOWN)))
    absent = await life.order(organ_id=str(uuid4()))
    assert elsewhere.status_code == absent.status_code == 422
    assert elsewhere.json()["errors"] == absent.json()["errors"]


async def test_only_somebody_whose_card_is_valid_today_issues_an_order(world: World) -> None:
    life = await finding(world)
    uncarded = await world.officer(card_to=date(2026, 11, 23))
    refused = await life.order(by=uncarded)
    assert (refused.status_code, refused.json()["code"]) == (403, "card_not_valid")
    for person in (await world.leader(), await world.village(), life.boss):
        assert (await life.order(by=person)).json()["code"] == "not_allowed"


async def test_a_patrols_findings_carry_no_order_but_may_be_transferred(world: World) -> None:
    life = await finding(world, inspectors=1)
    refused = await life.order()
    assert (refused.status_code, refused.json()["code"]) == (409, "patrol_carries_no_order")
    moved = await life.finder.post(life.path("transfer"), {"organ_name": "某局", "reason": "职责所在"})
    assert moved.status_code == 201


async def test_findings_of_another_inspection_or_named_twice_are_refused_by_their_place(world: World) -> None:
    life, other = await finding(world), await finding(world)
    strange = await life.order(finding_ids=[life.id, other.id, str(uuid4())])
    places = [(error["pointer"], error["code"]) for error in strange.json()["errors"]]
    assert places == [("/finding_ids/1", "finding_unknown"), ("/finding_ids/2", "finding_unknown")]
    twice = await life.order(finding_ids=[life.id, life.id])
    assert twice.json()["errors"][0]["code"] == "finding_repeated"


async def test_a_finding_is_ordered_once_and_the_second_order_names_what_is_legal(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    refused = await life.order()
    assert refused.status_code == 409
    assert refused.json()["code"] == "illegal_transition"
    assert refused.json()["state"] == "ordered"
    assert set(refused.json()["allowed"]) == {"accept_plan", "report", "transfer", "withdraw"}


async def test_of_two_orders_for_one_finding_at_once_one_wins_and_the_other_gets_409(world: World) -> None:
    life = await finding(world)
    organ_id = str(await world.organ())
    answers = await asyncio.gather(*[life.order(organ_id=organ_id) for _ in range(2)])
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len((await life.officer.get("/orders")).json()["items"]) == 1


async def test_the_same_order_sent_again_is_the_same_paper_and_other_content_conflicts(world: World) -> None:
    life = await finding(world)
    order_id, organ_id = str(uuid4()), str(await world.organ())
    first = await life.order(id=order_id, organ_id=organ_id)
    again = await life.order(id=order_id, organ_id=organ_id)
    other = await life.order(id=order_id, organ_id=str(await world.organ()))
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == again.json()
    assert other.json()["code"] == "id_conflict"


async def test_a_failed_finding_is_ordered_again_with_its_new_deadline_under_a_new_number(world: World) -> None:
    life = await finding(world, FindingState.REPORTED)
    organ_id = (await life.officer.get(f"/orders/{life.order_id}")).json()["organ_id"]
    failed = await life.reinspect(False, new_deadline="2026-12-20")
    assert (failed.status_code, failed.json()["awaits_new_order"]) == (201, True)
    assert "reorder" in [move["move"] for move in failed.json()["next_moves"]]
    visit = failed.json()["reinspections"][-1]["inspection_id"]
    by_first_visit = await life.order(organ_id=organ_id)
    assert by_first_visit.json()["errors"][0]["code"] == "finding_unknown"
    again = await life.order(organ_id=organ_id, inspection_id=visit)
    assert again.status_code == 201, again.text
    read = await life.read()
    assert [order["number"] for order in read["orders"]] == ["某镇应急责改〔2026〕1号", "某镇应急责改〔2026〕2号"]
    assert [order["deadline"] for order in read["orders"]] == ["2026-12-08", "2026-12-20"]
    assert (read["awaits_new_order"], read["state"], read["failed_reinspections"]) == (False, "ordered", 1)
    assert (await life.order(organ_id=organ_id, inspection_id=visit)).json()["code"] == "illegal_transition"


async def test_orders_are_listed_newest_first_within_sight(world: World) -> None:
    one = await finding(world, FindingState.ORDERED)
    world.clock.forward(hours=1)
    two = await finding(world, FindingState.ORDERED, enterprise={"name": "乙厂", "region": OTHER_VILLAGE})
    listed = (await one.officer.get("/orders")).json()["items"]
    assert [order["id"] for order in listed] == [two.order_id, one.order_id]
    by_enterprise = await one.officer.get("/orders", params={"enterprise_id": one.enterprise_id})
    assert [order["id"] for order in by_enterprise.json()["items"]] == [one.order_id]
    stranger = await world.village(OTHER_VILLAGE)
    assert [order["id"] for order in (await stranger.get("/orders")).json()["items"]] == [two.order_id]


async def test_an_order_out_of_sight_looks_like_one_that_does_not_exist(world: World) -> None:
    life = await finding(world, FindingState.ORDERED)
    stranger = await world.officer(region=OTHER_TOWN)
    unseen, absent = await stranger.get(f"/orders/{life.order_id}"), await stranger.get(f"/orders/{uuid4()}")
    assert (unseen.status_code, unseen.content) == (404, absent.content)
    ordered = await life.order(by=stranger)
    assert ordered.status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("finding_ids", [], "/finding_ids"),
        ("finding_ids", "all", "/finding_ids"),
        ("organ_id", 7, "/organ_id"),
        ("inspection_id", None, "/inspection_id"),
        ("number", "1号", "/number"),
    ],
)
async def test_wrong_content_of_an_order_is_named_by_its_pointer(
    world: World, field: str, value: object, pointer: str
) -> None:
    inspector: Person = await world.inspector()
    body = {"inspection_id": str(uuid4()), "finding_ids": [str(uuid4())], "organ_id": str(uuid4()), field: value}
    refused = await inspector.post("/orders", body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer
