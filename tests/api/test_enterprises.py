"""Enterprises: the register, and who may put what on it."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import col

from models.enterprises import Enterprise, EnterprisePatch, EnterpriseWrite
from models.events import Event
from models.words import Role
from services.access import Actor
from services.chance import CHANCE, SeededChance
from services.enterprises import Entry, add_all, register, update
from services.enterprises.registering import OFFICE_CODE_BYTES
from services.errors import IdTaken, InvalidInput
from tests.world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, Person, World

USCC = "914403001922038216"
WRONG_CHECK = "914403001922038217"
FACTORY = {"name": "宏达机械加工厂", "region": VILLAGE, "main_industry": "MECH"}
ID = "0198f000-0000-7000-8000-000000000001"


async def test_a_factory_is_registered_with_its_code_and_its_industries(world: World) -> None:
    inspector = await world.inspector()
    made = await inspector.post("/enterprises", {**FACTORY, "uscc": USCC, "industries": ["CATR"]})
    assert made.status_code == 201, made.text
    assert made.json()["uscc"] == USCC
    assert made.json()["office_code"] is None
    assert made.json()["industries"] == ["CATR", "MECH"]
    assert made.json()["status"] == "active"
    assert made.json()["warnings"] == []
    assert made.headers["etag"] == '"1"'
    shown = (await inspector.get(f"/enterprises/{made.json()['id']}")).json()
    assert {**shown, "likely_duplicates": []} == made.json()


async def test_the_place_is_kept_in_the_datum_in_which_the_device_gave_it(world: World) -> None:
    inspector = await world.inspector()
    place = {"lon": 111.28, "lat": 30.69, "accuracy_m": 12.5, "crs": "GCJ02", "source": "manual", "mocked": True}
    made = await inspector.post("/enterprises", {**FACTORY, "location": place})
    assert made.json()["location"] == place


async def test_a_stall_without_a_uscc_gets_a_code_of_the_office(world: World) -> None:
    inspector = await world.inspector()
    made = await inspector.post("/enterprises", {**FACTORY, "name": "老王废品收购站"})
    assert made.json()["office_code"].startswith(f"T{TOWN}-")


class SameTwice(SeededChance):
    """Gives the first two office codes the same bytes."""

    drawn = 0

    def bytes(self, count: int) -> bytes:
        if count != OFFICE_CODE_BYTES or type(self).drawn == 0:
            return super().bytes(count)
        type(self).drawn -= 1
        return b"\x07" * count


def acting(officer: Person) -> Actor:
    user = officer.user
    return Actor(user.id, "", user.role, frozenset(), TOWN, None, None, None, None, None, None, None, False)


async def test_an_office_code_that_somebody_has_already_is_drawn_again(world: World) -> None:
    officer, SameTwice.drawn = await world.officer(), 2
    entries = [Entry(uuid4(), EnterpriseWrite.model_validate(FACTORY)) for _ in range(2)]
    async with world.rows.begin() as tx:
        tx.info[CHANCE] = SameTwice.of(1)
        rows = await add_all(tx, acting(officer), entries, world.clock.now())
    assert len({row.office_code for row in rows}) == 2
    assert len((await officer.get("/enterprises")).json()["items"]) == 2


async def test_a_uscc_taken_away_leaves_an_office_code_even_if_the_first_drawn_is_taken(world: World) -> None:
    officer, SameTwice.drawn = await world.officer(), 2
    made = await world.enterprise(by=officer, uscc=USCC)
    async with world.rows.begin() as tx:
        tx.info[CHANCE] = SameTwice.of(1)
        stall = Entry(uuid4(), EnterpriseWrite.model_validate(FACTORY))
        await add_all(tx, acting(officer), [stall], world.clock.now())
        patch = EnterprisePatch(uscc=None)
        await update(tx, acting(officer), UUID(made), patch, version=1, at=world.clock.now())
    shown = (await officer.get(f"/enterprises/{made}")).json()
    assert (shown["uscc"], shown["name"], shown["version"]) == (None, "宏达机械加工厂", 2)
    assert shown["office_code"].startswith(f"T{TOWN}-")


async def test_a_wrong_check_digit_is_kept_with_a_warning_because_such_codes_were_issued(world: World) -> None:
    made = await (await world.inspector()).post("/enterprises", {**FACTORY, "uscc": WRONG_CHECK})
    assert (made.status_code, made.json()["uscc"]) == (201, WRONG_CHECK)
    assert made.json()["warnings"] == ["uscc_check_digit"]


async def test_full_width_characters_and_blanks_in_a_uscc_are_read_as_the_code_they_mean(world: World) -> None:
    made = await (await world.inspector()).post("/enterprises", {**FACTORY, "uscc": "９１４４０３００ 1922038216"})
    assert made.json()["uscc"] == USCC


async def test_a_second_enterprise_with_the_same_uscc_warns_only_who_sees_both(world: World) -> None:
    officer, neighbour = await world.officer(), await world.officer(region=OTHER_TOWN)
    elsewhere = {**FACTORY, "uscc": USCC, "region": OTHER_TOWN}
    assert (await neighbour.post("/enterprises", elsewhere)).status_code == 201
    first = await officer.post("/enterprises", {**FACTORY, "uscc": USCC})
    second = await officer.post("/enterprises", {**FACTORY, "uscc": USCC, "name": "宏达二厂"})
    assert (first.status_code, first.json()["warnings"]) == (201, [])
    assert (second.status_code, second.json()["warnings"]) == (201, ["uscc_seen_elsewhere"])
    listed = (await neighbour.get("/enterprises")).json()["items"]
    assert [item["warnings"] for item in listed] == [[]]


BAD: list[tuple[dict[str, Any], str, str | None]] = [
    ({"uscc": "12345"}, "/uscc", "uscc_malformed"),
    ({"uscc": "9144030019220382\x0016"}, "/uscc", "text_unstorable"),
    ({"uscc": 914403001922038216}, "/uscc", "string_type"),
    ({"region": "420582"}, "/region", "region_malformed"),
    ({"region": "420582104000"}, "/region", "region_malformed"),
    ({"region": "٤٢٠٥٨٢١٠٤"}, "/region", "string_pattern_mismatch"),
    ({"region": OTHER_TOWN}, "/region", "region_out_of_sight"),
    ({"main_industry": "SPACE"}, "/main_industry", "industry_unknown"),
    ({"industries": ["CATR", "SPACE"]}, "/industries/1", "industry_unknown"),
    ({"industries": ["CATR"] * 33}, "/industries", "too_long"),
    ({"name": ""}, "/name", "string_too_short"),
    ({"name": "厂" * 201}, "/name", "string_too_long"),
    ({"name": "厂\x00"}, "/name", "text_unstorable"),
    ({"name": ["厂"]}, "/name", "string_type"),
    ({"location": {"lon": 400, "lat": 30}}, "/location/lon", "less_than_equal"),
    ({"location": {"lon": "111.28", "lat": 30}}, "/location/lon", None),
    ({"status": "active"}, "/status", "extra_forbidden"),
    ({"id": "0198f000-0000-1000-8000-000000000001"}, "/id", "value_error"),
]


@pytest.mark.parametrize(("wrong", "pointer", "code"), BAD)
async def test_what_the_register_refuses_is_named_by_pointer_and_nothing_is_kept(
    world: World, wrong: dict[str, Any], pointer: str, code: str | None
) -> None:
    inspector = await world.inspector()
    refused = await inspector.post("/enterprises", {**FACTORY, **wrong})
    assert refused.status_code == 422, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    errors = refused.json()["errors"]
    assert errors[0]["pointer"].startswith(pointer)
    assert code is None or errors[0]["code"] == code
    assert (await (await world.officer(region=COUNTY)).get("/enterprises")).json()["items"] == []


async def test_half_a_surrogate_pair_in_a_name_is_refused_and_not_a_server_error(world: World) -> None:
    inspector = await world.inspector()
    raw = b'{"name": "\\ud800", "region": "420582104201", "main_industry": "MECH"}'
    headers = {"Content-Type": "application/json"}
    refused = await inspector.call("POST", "/enterprises", content=raw, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/name")


async def test_the_same_enterprise_sent_twice_is_made_once_and_other_content_conflicts(world: World) -> None:
    inspector = await world.inspector()
    body = {**FACTORY, "id": ID}
    first, again = await inspector.post("/enterprises", body), await inspector.post("/enterprises", body)
    other = await inspector.post("/enterprises", {**body, "name": "别的厂"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == again.json()
    assert other.json()["code"] == "id_conflict"
    assert len((await inspector.get("/enterprises")).json()["items"]) == 1


async def test_an_id_that_stands_out_of_sight_is_refused_without_telling_why(world: World) -> None:
    neighbour, inspector = await world.inspector(region=OTHER_TOWN), await world.inspector()
    await neighbour.post("/enterprises", {**FACTORY, "id": ID, "region": OTHER_TOWN})
    taken = await inspector.post("/enterprises", {**FACTORY, "id": ID})
    assert (taken.status_code, taken.json()["code"]) == (409, "id_taken")


async def test_a_village_proposes_and_an_office_confirms_for_good(world: World) -> None:
    village, officer = await world.village(), await world.officer()
    made = (await village.post("/enterprises", FACTORY)).json()
    path = f"/enterprises/{made['id']}"
    assert made["status"] == "proposed"
    own = await village.patch(path, {"status": "active"})
    confirmed = await officer.patch(path, {"status": "active"})
    back = await officer.patch(path, {"status": "proposed"}, version=2)
    assert (own.status_code, own.json()["code"]) == (403, "not_allowed")
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "active")
    assert (back.status_code, back.json()["errors"][0]["code"]) == (422, "already_confirmed")


async def test_a_department_registers_enterprises_of_its_own_trades_alone(world: World) -> None:
    department = await world.person(Role.DEPARTMENT, industries=["FUEL", "CHEM"])
    refused = await department.post("/enterprises", FACTORY)
    made = await department.post("/enterprises", {**FACTORY, "main_industry": "FUEL", "industries": ["CATR"]})
    assert refused.json()["errors"][0]["code"] == "industry_out_of_sight"
    assert (made.status_code, made.json()["industries"]) == (201, ["CATR", "FUEL"])


async def test_a_department_takes_no_trade_away_that_another_one_answers_for(world: World) -> None:
    department = await world.person(Role.DEPARTMENT, industries=["FUEL", "CHEM"])
    made = await world.enterprise(main_industry="FUEL", industries=["CATR"])
    path = f"/enterprises/{made}"
    foreign = await department.patch(path, {"industries": []})
    own = await department.patch(path, {"main_industry": "CHEM", "industries": ["CATR"]})
    assert foreign.json()["errors"][0]["code"] == "industry_of_others"
    assert (own.status_code, own.json()["industries"]) == (200, ["CATR", "CHEM"])


@pytest.mark.parametrize("role", [Role.ADMIN, Role.LEADER])
async def test_who_neither_registers_nor_proposes_is_told_so(world: World, role: Role) -> None:
    refused = await (await world.person(role)).post("/enterprises", FACTORY)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


async def test_absent_leaves_unchanged_and_null_empties_what_may_be_empty(world: World) -> None:
    officer = await world.officer()
    place = {"lon": 111.28, "lat": 30.69}
    made = await world.enterprise(by=officer, address="工业路8号", principal_name="张三", location=place, uscc=USCC)
    path = f"/enterprises/{made}"
    changed = await officer.patch(path, {"address": None, "location": None, "uscc": None, "principal_phone": "110"})
    refused = await officer.patch(path, {"name": None, "industries": None}, version=2)
    shown = changed.json()
    assert (shown["address"], shown["location"], shown["uscc"]) == (None, None, None)
    assert (shown["principal_name"], shown["principal_phone"]) == ("张三", "110")
    assert shown["office_code"] is not None
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/name", "/industries"]


async def test_a_change_needs_the_version_that_was_read(world: World) -> None:
    officer = await world.officer()
    path = f"/enterprises/{await world.enterprise(by=officer)}"
    without = await officer.patch(path, {"address": "甲"}, version=None)
    right = await officer.patch(path, {"address": "甲"}, version=1)
    stale = await officer.patch(path, {"address": "乙"}, version=1)
    assert (without.status_code, right.status_code, stale.status_code) == (428, 200, 412)
    assert right.headers["etag"] == '"2"'


async def test_an_enterprise_changes_its_contacts_and_nothing_else_of_itself(world: World) -> None:
    made = await world.enterprise()
    boss, path = await world.boss(made), f"/enterprises/{made}"
    contacts = await boss.patch(path, {"principal_name": "李四", "safety_manager_phone": "13900000000"})
    for field, value in {"name": "别的厂", "region": OTHER_VILLAGE, "uscc": USCC, "industries": ["CATR"]}.items():
        refused = await boss.patch(path, {field: value, "principal_name": "王五"}, version=2)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed"), field
    assert contacts.json()["principal_name"] == "李四"
    assert (await boss.get(path)).json() == contacts.json()


async def test_what_is_out_of_sight_answers_exactly_like_what_does_not_exist(world: World) -> None:
    made = await world.enterprise()
    other = await world.enterprise(name="乙村砖厂", region=OTHER_VILLAGE, main_industry="FUEL")
    blind = [
        await world.village(OTHER_VILLAGE),
        await world.person(Role.DEPARTMENT, industries=["FUEL"]),
        await world.boss(other),
        await world.admin(),
        await world.person(Role.OFFICE, region=None),
    ]
    for person in blind:
        for absent, hidden in (
            (await person.get(f"/enterprises/{uuid4()}"), await person.get(f"/enterprises/{made}")),
            (
                await person.patch(f"/enterprises/{uuid4()}", {"address": "甲"}),
                await person.patch(f"/enterprises/{made}", {"address": "甲"}),
            ),
        ):
            assert (hidden.status_code, hidden.content) == (404, absent.content), person.user.role
            assert hidden.headers.keys() == absent.headers.keys()


async def test_a_list_holds_what_its_reader_sees_and_no_more(world: World) -> None:
    made = await world.enterprise()
    other = await world.enterprise(name="乙村加油站", region=OTHER_VILLAGE, main_industry="FUEL")
    readers = {
        "village": (await world.village(), [made]),
        "department": (await world.person(Role.DEPARTMENT, industries=["FUEL"]), [other]),
        "boss": (await world.boss(made), [made]),
        "officer": (await world.officer(), sorted([made, other])),
        "neighbour": (await world.officer(region=OTHER_TOWN), []),
        "admin": (await world.admin(), []),
    }
    for name, (person, sees) in readers.items():
        items = (await person.get("/enterprises")).json()["items"]
        assert sorted(item["id"] for item in items) == sees, name


async def test_registering_and_changing_leave_an_event_with_the_industries_too(world: World) -> None:
    officer = await world.officer()
    made = await world.enterprise(by=officer, industries=["CATR"])
    await officer.patch(f"/enterprises/{made}", {"industries": ["FUEL"]})
    async with world.rows() as tx:
        events = (
            await tx.scalars(sa.select(Event).where(col(Event.enterprise_id) == made).order_by(col(Event.at)))
        ).all()
        [row] = (await tx.scalars(sa.select(Enterprise))).all()
    kinds = {event.kind: event.body for event in events}
    assert '"industries":["CATR","MECH"]' in kinds["enterprise.registered"]
    assert '"after":{"industries":["FUEL","MECH"]}' in kinds["enterprise.changed"]
    assert row.version == 2


async def test_an_enterprise_that_comes_with_a_report_is_judged_alike_and_pointed_at_in_it(
    world: World,
) -> None:
    actor, at = acting(await world.officer()), world.clock.now()
    wrong = EnterpriseWrite.model_validate({**FACTORY, "region": OTHER_TOWN, "uscc": "12345"})
    async with world.rows.begin() as tx:
        with pytest.raises(InvalidInput) as refused:
            await register(tx, actor, wrong, uuid4(), at, under="/enterprise")
        made = await register(tx, actor, EnterpriseWrite.model_validate(FACTORY), UUID(ID), at)
        with pytest.raises(IdTaken):
            await register(tx, actor, EnterpriseWrite.model_validate(FACTORY), UUID(ID), at)
    assert [error.pointer for error in refused.value.errors] == ["/enterprise/uscc", "/enterprise/region"]
    assert made.office_code is not None
