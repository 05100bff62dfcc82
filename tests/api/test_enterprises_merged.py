"""Two enterprises of the register are one in truth: the one goes into the other for good (decision 0023)."""

import asyncio
import io
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image
from sqlmodel import col

from models.findings import Finding
from models.inspections import Inspection
from models.orders import Order
from models.statistics import FindingDelta
from models.words import FindingState, Role
from services.inspections.leaks import stirrings
from tests.api.test_fitting_checklist import tallied
from tests.api.test_imports import done
from tests.checked import faults, record_faults, tell_of_what_tests_made
from tests.makers_findings import Life, finding
from tests.makers_reports import finding_body, report_body
from tests.makers_visits import visit_body
from tests.world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, Person, World

USCC = "914403001922038216"


async def merged(by: Person, enterprise_id: str, into: str, **more: Any) -> dict[str, Any]:
    body = {"into_id": into, "reason": "同一营业执照，重复登记", **more}
    answer = await by.post(f"/enterprises/{enterprise_id}/merger", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def both(world: World, state: FindingState = FindingState.ORDERED) -> tuple[Life, str, Person]:
    """One with a finding, one that keeps it, in another village, with an inspection of its own; and an officer."""
    await world.regions()
    life = await finding(world, state, item="MIXD11")
    officer, second = await world.officer(), await world.inspector()
    keeper = await world.enterprise(by=officer, name="宏达机械有限公司", region=OTHER_VILLAGE, uscc=USCC)
    own = report_body(world, keeper, [officer, second], findings=[finding_body()])
    assert (await officer.post("/inspections", own)).json()["state"] == "accepted"
    return life, keeper, officer


async def counted(world: World) -> tuple[Counter[str], Counter[str]]:
    """Findings by region: as the rollup has them, and as they are."""
    async with world.rows() as tx:
        rolled = sa.select(col(FindingDelta.region), sa.func.sum(FindingDelta.findings))
        raw = sa.select(col(Finding.region), sa.func.count())
        told = dict((await tx.execute(rolled.group_by(col(FindingDelta.region)))).all())
        are = dict((await tx.execute(raw.group_by(col(Finding.region)))).all())
        return +Counter({region: int(many) for region, many in told.items()}), Counter(are)


async def test_both_histories_are_read_from_the_one_that_is_kept(world: World) -> None:
    life, keeper, officer = await both(world)
    gone = await merged(officer, life.enterprise_id, keeper)
    assert (gone["status"], gone["merged_into"], gone["name"]) == ("merged", keeper, "宏达机械加工厂")
    assert (await officer.get(f"/enterprises/{life.enterprise_id}")).json() == gone
    found = (await officer.get(f"/findings?enterprise_id={keeper}")).json()["items"]
    made = (await officer.get(f"/inspections?enterprise_id={keeper}")).json()["items"]
    orders = (await officer.get(f"/orders?enterprise_id={keeper}")).json()["items"]
    assert len(found) == 2
    assert life.id in {one["id"] for one in found}
    assert {one["enterprise_name"] for one in [*found, *made]} == {"宏达机械有限公司"}
    assert life.inspection_id in {one["id"] for one in made}
    assert [(one["id"], one["enterprise_name"]) for one in orders] == [(life.order_id, "宏达机械加工厂")]
    brief = (await officer.get(f"/enterprises/{keeper}/brief")).json()
    assert len(brief["open_findings"]) == 2
    assert (len(brief["last_visits"]), brief["visits_of_year"]["counted"]) == (2, 2)
    kinds = [event["kind"] for event in (await officer.get(f"/findings/{life.id}/timeline")).json()["items"]]
    assert kinds[:1] == ["finding.registered"]


async def test_counts_follow_to_where_the_kept_one_lies_and_the_check_of_the_past_finds_nothing(world: World) -> None:
    life, keeper, officer = await both(world)
    await tell_of_what_tests_made(world)
    before = await faults(world)
    assert await counted(world) == (Counter({VILLAGE: 1, OTHER_VILLAGE: 1}),) * 2
    await merged(officer, life.enterprise_id, keeper)
    assert await counted(world) == (Counter({OTHER_VILLAGE: 2}),) * 2
    assert [str(one) for one in await faults(world) if one not in before] == []
    tallies, raw = await tallied(world)
    assert tallies == raw
    assert {row.region for row in tallies} == {OTHER_VILLAGE}
    async with world.rows.begin() as tx:
        moved = sa.update(Finding).where(col(Finding.id) == UUID(life.id))
        await tx.execute(moved.values(enterprise_id=UUID(life.enterprise_id)))
    told = [str(one) for one in await faults(world) if one not in before]
    assert f"finding {life.id}: column enterprise_id is not what its events say" in told


async def test_what_was_begun_goes_on_and_the_contacts_of_both_are_of_the_one(world: World) -> None:
    life, keeper, officer = await both(world)
    boss = await world.boss(keeper)
    await merged(officer, life.enterprise_id, keeper)
    assert (await boss.get(f"/orders/{life.order_id}")).status_code == 200
    assert len((await boss.get("/findings")).json()["items"]) == 2
    assert [one["id"] for one in (await boss.get("/enterprises")).json()["items"]] == [keeper]
    assert (await life.boss.get("/me")).status_code == 401  # signed out: what the account sees has changed
    users = (await (await world.admin()).get(f"/users/{life.boss.id}")).json()
    assert users["enterprise_id"] == keeper
    reported = await boss.post(f"/findings/{life.id}/rectifications", {"text": "已拆除", "photo_ids": [str(uuid4())]})
    assert reported.status_code == 201, reported.text


async def test_what_was_merged_is_no_place_to_visit_and_its_old_name_and_codes_lead_to_the_one(world: World) -> None:
    officer = await world.officer()
    keeper = await world.enterprise(by=officer, name="兴旺五金")
    gone = await world.enterprise(by=officer, name="老张铁匠铺", uscc=USCC)
    coded = await world.enterprise(by=officer, name="张氏作坊")
    code = (await officer.get(f"/enterprises/{coded}")).json()["office_code"]
    pack = (await officer.get("/field-pack")).json()
    for one in (gone, coded):
        await merged(officer, one, keeper)
    for q in ("", "?q=兴旺", "?q=铁匠", f"?q={USCC}", f"?q={code}", f"?has_open_findings=false&region={TOWN}"):
        assert [one["id"] for one in (await officer.get(f"/enterprises{q}")).json()["items"]] == [keeper], q
    past = (await officer.get("/enterprises?status=merged")).json()["items"]
    assert {one["id"] for one in past} == {gone, coded}
    delta = (await officer.get(f"/field-pack?cursor={pack['cursor']}")).json()
    assert {one["key"] for one in delta["gone"]} == {gone, coded}
    body = {"name": "新名", "uscc": USCC, "region": VILLAGE, "main_industry": "MECH"}
    again = await officer.post("/enterprises", body)
    assert [one["id"] for one in again.json()["likely_duplicates"]] == [keeper]


async def test_a_late_report_of_what_was_merged_is_held_and_released_to_the_one(world: World) -> None:
    life, keeper, officer = await both(world)
    people = [life.finder, life.partner]
    late = report_body(world, life.enterprise_id, people, findings=[finding_body()])
    await merged(officer, life.enterprise_id, keeper)
    held = await life.finder.post("/inspections", late)
    assert (held.status_code, held.json()["state"]) == (201, "held")
    path = f"/inspections/{late['id']}/resolution"
    alone = await officer.post(path, {"decision": "release"})
    assert (alone.status_code, alone.json()["reasons"]) == (409, ["enterprise_merged"])
    freed = await officer.post(path, {"decision": "release", "enterprise_id": keeper})
    assert (freed.status_code, freed.json()["enterprise_id"]) == (201, keeper)
    assert len((await officer.get(f"/findings?enterprise_id={keeper}")).json()["items"]) == 3


async def test_a_visit_that_was_planned_before_is_made_at_the_one(world: World) -> None:
    officer, second, leader = await world.officer(), await world.inspector(), await world.leader()
    keeper, gone = await world.enterprise(by=officer, name="兴旺五金"), await world.enterprise(by=officer)
    visit = (await officer.post("/visits", visit_body(world, gone, [officer, second], leader))).json()
    await merged(officer, gone, keeper)
    assert (await officer.get(f"/visits/{visit['id']}")).json()["enterprise_id"] == keeper
    world.clock.forward(days=1)
    report = report_body(world, keeper, [officer, second], visit_id=visit["id"], urgent_reason=None)
    made = (await officer.post("/inspections", report)).json()
    assert (made["state"], made["visit"]["id"]) == ("accepted", visit["id"])


@pytest.mark.parametrize(
    "call", ["visit", "invitation", "change", "avoidance", "again", "into it", "code", "upper code", "label"]
)
async def test_nothing_new_is_put_on_what_was_merged(world: World, call: str) -> None:
    officer, second, leader = await world.officer(), await world.inspector(), await world.leader()
    keeper, gone = await world.enterprise(by=officer, name="兴旺五金"), await world.enterprise(by=officer)
    third = await world.enterprise(by=officer, name="第三家")
    await merged(officer, gone, keeper)
    path = f"/enterprises/{gone}"
    calls: dict[str, Callable[[], Awaitable[httpx.Response]]] = {
        "visit": lambda: officer.post("/visits", visit_body(world, gone, [officer, second], leader)),
        "invitation": lambda: officer.post(f"{path}/invitations", {"name": "王安全"}),
        "change": lambda: officer.patch(path, {"name": "别名"}, version=2),
        "avoidance": lambda: officer.post(
            "/avoidances", {"officer_id": second.id, "ground": "interest", "enterprise_id": gone}
        ),
        "code": lambda: officer.post(f"{path}/gate-codes", {}),
        "upper code": lambda: officer.post(f"{path}/upper-codes", {"system": "省平台", "code": "8F3K"}),
        "label": lambda: officer.post("/gate-codes/sheets", {"enterprise_ids": [third, gone]}),
        "again": lambda: officer.post(f"{path}/merger", {"into_id": third, "reason": "重复"}),
        "into it": lambda: officer.post(f"/enterprises/{third}/merger", {"into_id": gone, "reason": "重复"}),
    }
    refused = await calls[call]()
    assert (refused.status_code, refused.json()["code"]) == (409, "enterprise_merged")
    assert refused.json()["merged_into"] == keeper


async def test_the_same_merger_sent_twice_merges_once_and_none_goes_into_itself(world: World) -> None:
    officer = await world.officer()
    keeper, gone = await world.enterprise(by=officer, name="兴旺五金"), await world.enterprise(by=officer)
    body = {"id": str(uuid4()), "into_id": keeper, "reason": "重复登记"}
    itself = await officer.post(f"/enterprises/{gone}/merger", {"into_id": gone, "reason": "重复"})
    assert (itself.status_code, itself.json()["code"]) == (409, "merged_into_itself")
    first = await officer.post(f"/enterprises/{gone}/merger", body)
    again = await officer.post(f"/enterprises/{gone}/merger", body)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    kept = (await officer.get(f"/enterprises/{keeper}")).json()
    assert (kept["version"], kept["name"], kept["merged_into"]) == (2, "兴旺五金", None)


async def test_what_had_taken_in_others_takes_them_along_and_they_lie_where_the_last_one_does(world: World) -> None:
    officer = await world.officer()
    names = ("甲作坊", "乙作坊", "丙作坊")
    first, second, third = [await world.enterprise(by=officer, name=name) for name in names]
    await merged(officer, first, second)
    await merged(officer, second, third)
    assert (await officer.patch(f"/enterprises/{third}", {"region": OTHER_VILLAGE}, version=2)).status_code == 200
    past = [(await officer.get(f"/enterprises/{one}")).json() for one in (first, second)]
    assert {(one["merged_into"], one["region"]) for one in past} == {(third, OTHER_VILLAGE)}
    former = await world.village(VILLAGE)
    assert (await former.get(f"/enterprises/{first}")).status_code == 404


async def test_neither_is_merged_by_who_does_not_see_both_or_may_not(world: World) -> None:
    county = await world.officer(region=COUNTY)
    here = await world.enterprise(by=county)
    there = await world.enterprise(by=county, name="邻镇厂", region=f"{OTHER_TOWN}203")
    officer, village = await world.officer(), await world.village()
    unseen = await officer.post(f"/enterprises/{there}/merger", {"into_id": here, "reason": "重复"})
    absent = await officer.post(f"/enterprises/{uuid4()}/merger", {"into_id": here, "reason": "重复"})
    assert (unseen.status_code, unseen.content) == (404, absent.content)
    into = [
        await officer.post(f"/enterprises/{here}/merger", {"into_id": into_id, "reason": "重复"})
        for into_id in (there, str(uuid4()))
    ]
    assert (into[0].status_code, into[0].content) == (422, into[1].content)
    refused = await village.post(f"/enterprises/{here}/merger", {"into_id": here, "reason": "重复"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    fuel = await world.person(Role.DEPARTMENT, region=COUNTY, industries=["FUEL"])
    mixed = await world.enterprise(by=county, name="两用站", main_industry="FUEL", industries=["CATR"])
    plain = await world.enterprise(by=county, name="加油站", main_industry="FUEL")
    taken = await fuel.post(f"/enterprises/{mixed}/merger", {"into_id": plain, "reason": "重复"})
    assert taken.json()["errors"][0]["code"] == "industry_of_others"


async def test_a_report_that_is_on_its_way_while_the_merger_runs_ends_at_the_one_or_is_held(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    for _ in range(6):
        keeper, gone = await world.enterprise(by=officer, name="兴旺五金"), await world.enterprise(by=officer)
        report = report_body(world, gone, [officer, second], findings=[finding_body()])
        body = {"into_id": keeper, "reason": "重复登记"}
        sent, joined = await asyncio.gather(
            officer.post("/inspections", report), officer.post(f"/enterprises/{gone}/merger", body)
        )
        assert (sent.status_code, joined.status_code) == (201, 201)
        found = (await officer.get(f"/findings?enterprise_id={keeper}")).json()["items"]
        assert len(found) == (1 if sent.json()["state"] == "accepted" else 0)
        assert (await officer.get(f"/findings?enterprise_id={gone}")).json()["items"] == []
    await tell_of_what_tests_made(world)
    assert [str(fault) for fault in await record_faults(world)] == []


async def test_a_held_report_of_what_was_merged_lies_with_the_one(world: World) -> None:
    officer, second = await world.officer(), await world.inspector()
    keeper, gone = await world.enterprise(by=officer, name="兴旺五金"), await world.enterprise(by=officer)
    await merged(officer, gone, keeper)
    held = (await officer.post("/inspections", report_body(world, gone, [officer, second]))).json()
    assert (held["state"], held["enterprise_id"]) == ("held", keeper)


async def test_two_that_are_merged_into_one_another_at_once_leave_one(world: World) -> None:
    officer = await world.officer()
    one, other = await world.enterprise(by=officer, name="甲作坊"), await world.enterprise(by=officer, name="乙作坊")
    answers = await asyncio.gather(
        officer.post(f"/enterprises/{one}/merger", {"into_id": other, "reason": "重复"}),
        officer.post(f"/enterprises/{other}/merger", {"into_id": one, "reason": "重复"}),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len((await officer.get("/enterprises")).json()["items"]) == 1


async def test_an_account_is_made_for_the_one_and_not_for_what_was_merged_into_it(world: World) -> None:
    officer, admin = await world.officer(), await world.admin()
    keeper, gone = await world.enterprise(by=officer, name="兴旺五金"), await world.enterprise(by=officer)
    await merged(officer, gone, keeper)
    body = {"username": "wang", "name": "王安全", "role": "enterprise", "password": "Kai7-men-da9-ji"}
    refused = await admin.post("/users", {**body, "enterprise_id": gone})
    told = [(one["pointer"], one["code"]) for one in refused.json()["errors"]]
    assert (refused.status_code, told) == (422, [("/enterprise_id", "enterprise_merged")])
    assert (await admin.post("/users", {**body, "enterprise_id": keeper})).status_code == 201


async def test_who_files_for_what_was_merged_files_for_the_one(world: World) -> None:
    life, keeper, officer = await both(world)
    stranger = await world.enterprise(by=officer, name="第三家")
    await merged(officer, life.enterprise_id, keeper)
    wrong = await life.plan(by=life.finder, on_behalf_of=stranger)
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "on_behalf_of_needed")
    filed = await life.plan(by=life.finder, on_behalf_of=life.enterprise_id)
    assert (filed.status_code, filed.json()["plans"][0]["on_behalf"]) == (201, True)


async def test_a_label_at_the_gate_shows_the_public_the_one(world: World) -> None:
    officer = await world.officer()
    keeper, gone = await world.enterprise(by=officer, name="兴旺五金"), await world.enterprise(by=officer)
    await officer.post(f"/enterprises/{gone}/gate-codes", {})
    picture = await officer.get(f"/enterprises/{gone}/gate-code?format=png")
    [label] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.content)))
    await merged(officer, gone, keeper)
    page = await world.client.get(label.text)
    assert (page.status_code, "兴旺五金" in page.text, "宏达" in page.text) == (200, True, False)
    closed = await officer.post(f"/enterprises/{keeper}/closure", {"reason": "suspended"})
    assert closed.status_code == 201, closed.text
    assert (await world.client.get(label.text)).status_code == 404


async def test_a_stale_row_of_what_was_merged_into_the_next_village_is_told_of_the_one(world: World) -> None:
    await world.regions()
    officer, village = await world.officer(), await world.officer(region=VILLAGE)
    keeper = await world.enterprise(by=officer, name="兴旺五金", region=OTHER_VILLAGE)
    gone = await world.enterprise(by=officer, name="老张铁匠铺")
    file = f"企业名称,区划代码,行业\n老张铁匠铺,{VILLAGE},MECH\n"
    await merged(officer, gone, keeper)
    [told] = (await done(officer, file, "dry_run"))["cautions"]
    assert (told["code"], told["enterprise_id"], told["other_name"]) == ("same_name_in_region", keeper, "兴旺五金")
    assert (await done(village, file, "dry_run"))["cautions"] == []


async def test_a_row_of_what_was_merged_into_another_town_does_not_come_back_and_tells_nothing_of_where_it_went(
    world: World,
) -> None:
    await world.regions()
    county, town, next_door = [await world.officer(region=region) for region in (COUNTY, TOWN, OTHER_VILLAGE)]
    keeper = await world.enterprise(by=county, name="兴旺五金", region=f"{OTHER_TOWN}201")
    forge = await world.enterprise(by=county, name="老张铁匠铺")
    mill = await world.enterprise(by=county, name="宏达面粉厂", uscc=USCC)
    for gone in (forge, mill):
        await merged(county, gone, keeper)
    rows = [f"老张铁匠铺,{VILLAGE},MECH,", f"宏达面粉公司,{VILLAGE},MECH,{USCC}", f"老张铁匠铺,{OTHER_VILLAGE},MECH,"]
    file = "\n".join(["企业名称,区划代码,行业,统一社会信用代码", *rows])
    told = await done(town, file, "dry_run")
    refused = [(one["row"], one["code"]) for one in told["problems"]]
    assert refused == [(2, "enterprise_merged"), (3, "enterprise_merged")]
    assert (told["created"], keeper in str(told), "兴旺" in str(told)) == (1, False, False)
    at_home = "\n".join([file.splitlines()[0], rows[1].replace(VILLAGE, OTHER_VILLAGE)])
    assert (await done(next_door, at_home, "dry_run"))["problems"] == []
    fuel = await world.person(Role.DEPARTMENT, industries=["FUEL"], region=TOWN)
    other_trade = await done(fuel, file.replace("MECH", "FUEL"), "dry_run")
    assert (other_trade["created"], other_trade["problems"]) == (3, [])


async def test_an_order_of_what_was_merged_still_explains_what_its_contact_did_after_it(world: World) -> None:
    life, keeper, officer = await both(world)
    await merged(officer, life.enterprise_id, keeper)
    async with world.rows() as tx:
        order = await tx.get_one(Order, UUID(life.order_id))
        visited = await tx.scalar(sa.select(Inspection).where(col(Inspection.enterprise_id) == UUID(keeper)).limit(1))
        assert visited is not None
        assert order.issued_at in (await stirrings(tx, visited)).causes
