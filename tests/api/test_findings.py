"""Findings: who sees them, how they are listed, what their file and their past show."""

from hashlib import sha256

import sqlalchemy as sa

from models.events import Event
from models.words import FindingState, Grade
from services.rules.canonical import event_hash
from tests.makers_findings import described, finding, report
from tests.world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, VILLAGE, World

NOBODYS = "0198f2a0-0000-7000-8000-00000000ffff"


async def ids(person: object, **asked: object) -> list[str]:
    answer = await person.get("/findings", params=asked)  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_a_reported_hazard_is_registered_with_its_item_grade_industry_and_day(world: World) -> None:
    life = await finding(world, item="MIXD01", grade=None, major_basis=None)
    read = await life.read()
    assert (read["state"], read["state_label"], read["grade"]) == ("registered", "已登记", "major")
    assert (read["industry"], read["item_version"], read["found_on"]) == ("MIXD", 1, "2026-11-24")
    assert "GB 35181" in read["major_basis"]


async def test_without_a_known_item_the_industry_is_the_enterprises_main_one(world: World) -> None:
    life = await finding(world, enterprise={"main_industry": "CATR"}, item="NEW99")
    read = await life.read()
    assert (read["industry"], read["item_version"]) == ("CATR", None)


async def test_what_was_fixed_on_site_goes_straight_on_to_write_off(world: World) -> None:
    photo = "0198f2a0-0000-7000-8000-0000000000b1"
    life = await finding(world, fixed_on_site={"note": "当场清理完毕", "photo_ids": [photo]})
    read = await life.read()
    assert (read["state"], read["fixed_on_site"]) == ("verified", "当场清理完毕")
    assert "write_off" in [move["move"] for move in read["next_moves"]]
    assert [(p["purpose"], p["arrived"]) for p in read["photos"] if p["id"] == photo] == [("fixed_on_site", False)]
    assert await life.kinds() == ["finding.registered", "finding.fixed_on_site"]


async def test_the_neighbour_village_gets_the_same_404_as_for_what_does_not_exist(world: World) -> None:
    life = await finding(world)
    stranger, own = await world.village(OTHER_VILLAGE), await world.village(VILLAGE)
    for tail in ("", "/timeline"):
        unseen = await stranger.get(f"/findings/{life.id}{tail}")
        absent = await stranger.get(f"/findings/{NOBODYS}{tail}")
        assert (unseen.status_code, unseen.content) == (404, absent.content)
        dropped = {"request-id"}
        seen_headers = {k: v for k, v in unseen.headers.items() if k not in dropped}
        assert seen_headers == {k: v for k, v in absent.headers.items() if k not in dropped}
        assert (await own.get(f"/findings/{life.id}{tail}")).status_code == 200
    assert await ids(stranger) == []
    assert await ids(own) == [life.id]


async def test_no_move_tells_a_stranger_whether_the_finding_exists(world: World) -> None:
    life = await finding(world)
    stranger = await world.officer(region=OTHER_TOWN)
    moves = {
        "plan": {"measures": "x", "on_behalf_of": life.enterprise_id},
        "plan/acceptance": {"accepted": True},
        "rectifications": {"text": "x", "photo_ids": [NOBODYS], "on_behalf_of": life.enterprise_id},
        "reinspections": {"inspectors": [stranger.id], "passed": True},
        "write-off": {},
        "transfer": {"organ_name": "x", "reason": "x"},
        "transfer/receipt": {"receipt_number": "x", "received_on": "2026-11-24"},
        "withdrawal": {"reason": "x"},
    }
    for step, body in moves.items():
        unseen = await stranger.post(f"/findings/{life.id}/{step}", body)
        absent = await stranger.post(f"/findings/{NOBODYS}/{step}", body)
        assert (step, unseen.status_code, unseen.content) == (step, 404, absent.content)


async def test_an_enterprise_account_sees_its_own_findings_and_nobody_elses(world: World) -> None:
    mine, other = await finding(world), await finding(world, enterprise={"name": "别家"})
    assert await ids(mine.boss) == [mine.id]
    assert (await mine.boss.get(f"/findings/{other.id}")).status_code == 404
    assert await ids(await world.admin()) == []


async def test_a_department_sees_findings_of_its_trade_and_of_its_trades_enterprises(world: World) -> None:
    by_item = await finding(world, item="MIXD11")
    by_enterprise = await finding(world, enterprise={"main_industry": "MIXD"}, item="MECH07")
    elsewhere = await finding(world)
    department = await world.officer(industries=["MIXD"])
    assert set(await ids(department)) == {by_item.id, by_enterprise.id}
    assert (await department.get(f"/findings/{elsewhere.id}")).status_code == 404


async def test_a_department_reads_how_a_finding_of_its_trade_was_looked_at_again(world: World) -> None:
    """Also where the enterprise is of another trade, and the second visit found nothing of this one."""
    life = await finding(world, FindingState.REPORTED, item="MIXD11")
    again = await life.reinspect(False)
    assert again.status_code == 201, again.text
    department = await world.officer(industries=["MIXD"])
    read = (await department.get(f"/findings/{life.id}")).json()
    assert read["reinspections"] == again.json()["reinspections"]
    assert [one["passed"] for one in read["reinspections"]] == [False]


async def test_a_list_goes_by_deadline_with_those_without_one_last_and_pages_stably(world: World) -> None:
    officer, inspector, partner = await world.officer(), await world.inspector(), await world.inspector()
    enterprise_id = await world.enterprise(by=officer)
    deadlines = ["2026-12-09", None, "2026-12-01", "2026-12-09", None, "2026-11-30"]
    said = [described(deadline=deadline) for deadline in deadlines]
    await report(world, enterprise_id, [inspector, partner], said)
    seen: list[tuple[str | None, str]] = []
    cursor: str | None = None
    while True:
        asked = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await officer.get("/findings", params=asked)).json()
        seen += [(item["deadline"], item["id"]) for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    wanted = sorted(((s["deadline"], s["id"]) for s in said), key=lambda pair: (pair[0] or "9999-12-31", pair[1]))
    assert seen == wanted


async def test_every_filter_narrows_the_list_and_all_of_them_hold_at_once(world: World) -> None:
    general = await finding(world)
    major = await finding(
        world,
        FindingState.ORDERED,
        Grade.MAJOR,
        enterprise={"name": "顺达鞋厂", "region": OTHER_VILLAGE},
        item="MIXD01",
        deadline="2026-11-30",
        description="住宿与生产100%混用",
    )
    ours = await world.department(["MIXD"])
    one, two = {general.id}, {major.id}
    officer = general.officer
    assert set(await ids(officer)) == one | two
    assert set(await ids(officer, state=["registered", "ordered"])) == one | two
    assert set(await ids(officer, state="ordered")) == two
    assert set(await ids(officer, grade="major")) == two
    assert set(await ids(officer, enterprise_id=general.enterprise_id)) == one
    assert set(await ids(officer, inspection_id=major.inspection_id)) == two
    assert set(await ids(officer, region=OTHER_VILLAGE)) == two
    assert set(await ids(officer, region=COUNTY)) == one | two
    assert set(await ids(officer, industry="MIXD")) == two
    assert set(await ids(officer, department_id=str(ours))) == two
    assert set(await ids(officer, due_before="2026-12-01")) == two
    assert set(await ids(officer, q="鞋")) == two
    assert set(await ids(officer, q="卷帘门")) == one
    assert set(await ids(officer, q="100%混")) == two
    assert set(await ids(officer, q="%")) == two
    assert set(await ids(officer, state="ordered", grade="general")) == set()


async def test_overdue_is_the_enterprises_until_it_reports_and_the_offices_after(world: World) -> None:
    life = await finding(world, FindingState.ORDERED, deadline="2026-11-25")
    officer = life.officer
    assert not (await life.read())["overdue"]
    world.clock.forward(days=2)
    assert (await life.read())["overdue"]
    assert await ids(officer, overdue=True) == [life.id]
    assert await ids(officer, overdue=False) == []
    assert (await life.report()).status_code == 201
    read = await life.read()
    assert (read["overdue"], read["reported_late"], read["reinspection_overdue"]) == (False, True, False)
    world.clock.forward(days=12)
    assert (await life.read())["reinspection_overdue"]
    assert await ids(officer, overdue=True) == []
    assert await ids(officer, reinspection_overdue=True) == [life.id]


async def test_wrong_filters_are_named_by_their_place_in_the_query(world: World) -> None:
    officer = await world.officer()
    wrong = {"state": "lost", "grade": "x", "enterprise_id": "1", "region": "4205%", "due_before": "0", "q": "a\x00"}
    for name, value in wrong.items():
        answer = await officer.get("/findings", params={name: value})
        assert answer.status_code == 422, name
        assert answer.json()["errors"][0]["pointer"].startswith(f"#/query/{name}")


async def test_the_whole_file_of_a_finding_written_off_shows_every_paper_and_photo(world: World) -> None:
    life = await finding(world, FindingState.CLOSED, Grade.MAJOR)
    read = await life.read()
    assert read["state_label"] == "已销号"
    assert (read["plans"][0]["state"], read["plans"][0]["missing"]) == ("accepted", [])
    assert [order["number"] for order in read["orders"]] == ["某镇应急责改〔2026〕1号"]
    assert (len(read["rectifications"]), read["reinspections"][0]["passed"]) == (1, True)
    assert read["write_off"]["at"] == read["closed_at"]
    assert {photo["purpose"] for photo in read["photos"]} == {"before", "after", "reinspection"}
    assert read["next_moves"] == []


async def test_a_finding_tells_its_version_and_each_change_raises_it(world: World) -> None:
    life = await finding(world)
    first = await life.officer.get(f"/findings/{life.id}")
    assert first.headers["etag"] == '"1"'
    await life.order()
    assert (await life.officer.get(f"/findings/{life.id}")).headers["etag"] == '"2"'


async def test_the_timeline_tells_every_change_before_and_after_with_a_hash_that_can_be_made_again(
    world: World,
) -> None:
    life = await finding(world, FindingState.CLOSED)
    events = (await life.officer.get(f"/findings/{life.id}/timeline")).json()["items"]
    assert [event["kind"] for event in events] == [
        "finding.registered",
        "order.issued",
        "finding.ordered",
        "finding.reported",
        "finding.passed",
        "finding.written_off",
    ]
    ordered = {change["field"]: (change["before"], change["after"]) for change in events[2]["changes"]}
    assert ordered["state"] == ("registered", "ordered")
    assert ordered["order_id"] == (None, life.order_id)
    assert ordered["ordered_finding.measure"] == (None, "拆除卷帘门，改装外开平开门")
    assert events[2]["actor_name"] == life.finder.user.name
    async with world.rows() as tx:
        rows = {str(row.id): row for row in (await tx.scalars(sa.select(Event))).all()}
    for event in events:
        row = rows[event["id"]]
        assert event["hash"] == event_hash(row.body.encode(), row.nonce).hex()
        assert event["hash"] == sha256(row.nonce + row.body.encode()).hexdigest()


async def test_the_enterprise_reads_what_was_done_but_not_who_of_the_office_did_it(world: World) -> None:
    life = await finding(world, FindingState.REPORTED)
    answer = await life.boss.get(f"/findings/{life.id}/timeline")
    events = answer.json()["items"]
    assert life.finder.user.name not in answer.text
    assert life.finder.id not in answer.text
    assert [event["actor_name"] for event in events if event["actor_role"] == "enterprise"] == [life.boss.user.name]
    assert events[0]["actor_role"] == "inspector"


async def test_the_timeline_pages_through_all_events_without_losing_one(world: World) -> None:
    life = await finding(world, FindingState.VERIFIED)
    whole = (await life.officer.get(f"/findings/{life.id}/timeline")).json()["items"]
    first = (await life.officer.get(f"/findings/{life.id}/timeline", params={"limit": 3})).json()
    asked = {"limit": 3, "cursor": first["next_cursor"]}
    rest = (await life.officer.get(f"/findings/{life.id}/timeline", params=asked)).json()
    assert first["items"] + rest["items"] == whole
