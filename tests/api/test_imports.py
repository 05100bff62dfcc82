"""Imports: a register as offices keep it in a file, row by row, and what a bad row is told."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col

from models.enterprises import Enterprise
from models.events import Event
from models.words import Role
from services.rules.sheets import MOST_ROWS
from tests.world import OTHER_TOWN, OTHER_VILLAGE, VILLAGE, Person, World

USCC = "914403001922038216"
OTHER_USCC = "91110000802100433B"
HEAD = "企业名称,统一社会信用代码,区划代码,行业"
TWO = f"{HEAD}\n宏达机械加工厂,{USCC},{VILLAGE},机械加工制造\n老王废品收购站,,{VILLAGE},MIXD\n"


async def send(person: Person, file: str | bytes, mode: str = "good_rows", **more: Any) -> httpx.Response:
    """The file as a body of its own."""
    content = file.encode() if isinstance(file, str) else file
    headers = {"Content-Type": "text/csv", **more.pop("headers", {})}
    params = {"mode": mode, **more}
    return await person.call("POST", "/enterprises/imports", content=content, params=params, headers=headers)


async def done(person: Person, file: str | bytes, mode: str = "good_rows") -> dict[str, Any]:
    answer = await send(person, file, mode)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def counts(made: dict[str, Any]) -> tuple[int, int, int, bool]:
    return made["created"], made["updated"], made["unchanged"], made["applied"]


def told(made: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(problem["row"], problem["column"], problem["code"]) for problem in made["problems"]]


async def listed(person: Person) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await person.get("/enterprises")).json()["items"]
    return items


async def test_a_file_puts_its_rows_on_the_register_and_again_changes_nothing(world: World) -> None:
    officer = await world.officer()
    first, again = await done(officer, TWO), await done(officer, TWO)
    assert counts(first) == (2, 0, 0, True)
    assert counts(again) == (0, 0, 2, True)
    factory, dealer = await listed(officer)
    assert (factory["name"], factory["uscc"], factory["main_industry"]) == ("宏达机械加工厂", USCC, "MECH")
    assert dealer["office_code"] is not None
    assert (factory["version"], dealer["version"]) == (1, 1)
    async with world.rows() as tx:
        kinds = list(await tx.scalars(sa.select(col(Event.kind)).where(col(Event.kind).startswith("enterprise"))))
    assert sorted(kinds) == ["enterprise.registered"] * 2 + ["enterprises.imported"] * 2


async def test_two_rows_of_one_name_are_one_where_one_of_them_has_no_code_and_the_file_imports_again(
    world: World,
) -> None:
    officer = await world.officer()
    coded, bare = f"甲厂,914403001922038216,{VILLAGE},MECH", f"甲厂,,{VILLAGE},MECH"
    for first, second in ((coded, bare), (bare, coded)):
        made = await done(officer, "\n".join((HEAD, first, second)), mode="dry_run")
        assert (counts(made), told(made)) == ((1, 0, 0, False), [(3, "企业名称", "row_repeated")])
    namesakes = "\n".join((HEAD, coded, coded.replace("914403001922038216", "91420582MA4RD0X60T")))
    assert counts(await done(officer, namesakes, mode="good_rows")) == (2, 0, 0, True)
    assert counts(await done(officer, namesakes, mode="good_rows")) == (0, 0, 2, True)


async def test_what_a_file_has_no_column_of_is_named_as_the_office_calls_it(world: World) -> None:
    refused = (await send(await world.officer(), "企业名称,地址\n甲厂,甲村\n")).json()
    assert (refused["reason"], refused["columns"]) == ("no_headings", ["区划代码", "行业"])


async def test_a_dry_run_tells_what_would_happen_and_writes_nothing(world: World) -> None:
    officer = await world.officer()
    headers = {"Content-Type": "text/csv"}
    made = await officer.call("POST", "/enterprises/imports", content=TWO.encode(), headers=headers)
    assert (made.json()["mode"], counts(made.json())) == ("dry_run", (2, 0, 0, False))
    assert await listed(officer) == []


async def test_all_or_nothing_writes_nothing_when_one_row_is_bad(world: World) -> None:
    officer = await world.officer()
    made = await done(officer, TWO + f"第三家,,{OTHER_TOWN},MECH\n", mode="all_or_nothing")
    assert counts(made) == (2, 0, 0, False)
    assert told(made) == [(4, "区划代码", "region_out_of_sight")]
    assert await listed(officer) == []
    assert counts(await done(officer, TWO, mode="all_or_nothing")) == (2, 0, 0, True)


async def test_good_rows_are_taken_and_each_bad_one_is_told_by_row_column_and_reason(world: World) -> None:
    officer = await world.officer()
    bad = [
        f",,{VILLAGE},MECH",
        f"甲厂,9.14403E+17,{VILLAGE},MECH",
        f"乙厂,914403001922038000,{VILLAGE},MECH",
        f"丙厂,12345,{VILLAGE},MECH",
        "丁厂,,420582,MECH",
        "戊厂,,邻村,MECH",
        f"己厂,,{OTHER_TOWN},MECH",
        f"庚厂,,{VILLAGE},航天",
        f"{'辛' * 201},,{VILLAGE},MECH",
        f"壬厂,,{VILLAGE},MECH,工业路8号",
        f"癸厂,{USCC},{VILLAGE},MECH",
    ]
    made = await done(officer, TWO + "\n".join(bad) + "\n")
    assert counts(made) == (2, 0, 0, True)
    assert (made["rows"], told(made)) == (
        13,
        [
            (4, "企业名称", "cell_empty"),
            (5, "统一社会信用代码", "number_rounded"),
            (6, "统一社会信用代码", "number_rounded"),
            (7, "统一社会信用代码", "uscc_malformed"),
            (8, "区划代码", "region_malformed"),
            (9, "区划代码", "region_unknown"),
            (10, "区划代码", "region_out_of_sight"),
            (11, "行业", "industry_unknown"),
            (12, "企业名称", "string_too_long"),
            (13, "企业名称", "row_overflows"),
            (14, "企业名称", "row_repeated"),
        ],
    )
    assert all(
        "\u4e00" <= problem["detail"][0] <= "\u9fff" or problem["detail"][0] in "19" for problem in made["problems"]
    )


async def test_an_office_file_with_title_synonyms_and_mangled_numbers_is_read_as_it_was_meant(world: World) -> None:
    await world.regions()
    officer = await world.officer()
    file = "\n".join(
        [
            "某镇企业台账,,,,,,,,,",
            "序号,单位名称,信用代码,所属村（社区）,所属行业,涉及行业,负责人,电话,安全员,联系电话,地址",
            '1,宏达机械（有限）公司,９１４４０３００１９２２０３８２１６,甲村,机械加工制造,有限空间、MIXD,张三,13800000000.0,李四,１３９００００００００,"甲村,8号"',
            f"2,老王废品收购站,无,{VILLAGE}.0,MIXD,/,—,,,,",
            f'3,供销社,="{OTHER_USCC}",420582104202,MIXD,,,,,,',
            ",,,,,,,,,,",
        ]
    ).replace("有限空间", "CATR")
    made = await done(officer, file.encode("gb18030"))
    assert (told(made), counts(made), made["rows"]) == ([], (3, 0, 0, True), 3)
    assert made["ignored_columns"] == ["序号"]
    items = {item["name"]: item for item in await listed(officer)}
    factory = items["宏达机械（有限）公司"]
    assert (factory["uscc"], factory["region"], factory["industries"]) == (USCC, VILLAGE, ["CATR", "MECH", "MIXD"])
    assert (factory["principal_name"], factory["principal_phone"]) == ("张三", "13800000000")
    assert (factory["safety_manager_name"], factory["safety_manager_phone"]) == ("李四", "13900000000")
    assert factory["address"] == "甲村,8号"
    assert (items["老王废品收购站"]["uscc"], items["老王废品收购站"]["principal_name"]) == (None, None)
    assert (items["供销社"]["uscc"], items["供销社"]["region"]) == (OTHER_USCC, OTHER_VILLAGE)


async def test_rows_meet_their_enterprise_by_uscc_then_office_code_then_name_and_region(world: World) -> None:
    officer = await world.officer()
    by_uscc = await world.enterprise(by=officer, uscc=USCC)
    by_code = await world.enterprise(by=officer, name="老王废品收购站")
    by_name = await world.enterprise(by=officer, name="乙村（第一）砖厂")
    code = (await officer.get(f"/enterprises/{by_code}")).json()["office_code"]
    rows = [
        f"宏达重工,{USCC},,{OTHER_VILLAGE},MECH,新路1号",
        f"老王回收站,,{code},{VILLAGE},MECH,",
        f"乙村(第一)砖厂,{OTHER_USCC},,{VILLAGE},MECH,窑边",
        f"丙厂,,T420582104-AAAAAA,{VILLAGE},MECH,",
    ]
    made = await done(officer, "企业名称,信用代码,办公室编号,区划代码,行业,地址\n" + "\n".join(rows))
    assert (counts(made), told(made)) == ((0, 3, 0, True), [(5, "办公室编号", "office_code_unknown")])
    shown = [(await officer.get(f"/enterprises/{made}")).json() for made in (by_uscc, by_code, by_name)]
    assert [row["name"] for row in shown] == ["宏达重工", "老王回收站", "乙村(第一)砖厂"]
    assert [row["version"] for row in shown] == [2, 2, 2]
    assert (shown[0]["region"], shown[0]["address"], shown[2]["uscc"]) == (OTHER_VILLAGE, "新路1号", OTHER_USCC)


async def test_an_empty_cell_leaves_what_the_register_knows(world: World) -> None:
    officer = await world.officer()
    made = await world.enterprise(by=officer, uscc=USCC, address="工业路8号", industries=["CATR"])
    again = await done(officer, f"{HEAD},地址,其他行业\n宏达机械加工厂,{USCC},{VILLAGE},MECH,,\n")
    assert counts(again) == (0, 0, 1, True)
    shown = (await officer.get(f"/enterprises/{made}")).json()
    assert (shown["address"], shown["industries"]) == ("工业路8号", ["CATR", "MECH"])


async def test_a_row_that_may_mean_two_enterprises_changes_neither(world: World) -> None:
    officer = await world.officer()
    for _ in range(2):
        await world.enterprise(by=officer)
    made = await done(officer, f"{HEAD},地址\n宏达机械加工厂,,{VILLAGE},MECH,新路\n")
    assert (counts(made), told(made)) == ((0, 0, 0, True), [(2, "企业名称", "match_ambiguous")])


async def test_a_row_changes_nothing_that_its_sender_does_not_see(world: World) -> None:
    made = await world.enterprise(uscc=USCC, main_industry="FUEL")
    abroad = await world.enterprise(uscc=OTHER_USCC, region=OTHER_TOWN)
    department = await world.person(Role.DEPARTMENT, industries=["MECH"])
    answer = await done(
        department, f"{HEAD}\n抢名,{USCC},{VILLAGE},MECH\n抢地,{OTHER_USCC},{VILLAGE},MECH\n加油,,{VILLAGE},FUEL\n"
    )
    assert (counts(answer), told(answer)) == ((2, 0, 0, True), [(4, "行业", "industry_out_of_sight")])
    async with world.rows() as tx:
        for known in (made, abroad):
            row = await tx.scalar(sa.select(Enterprise).where(col(Enterprise.id) == known))
            assert row is not None
            assert (row.name, row.version) == ("宏达机械加工厂", 1)


async def test_an_import_is_seen_by_its_maker_alone(world: World) -> None:
    officer, colleague = await world.officer(), await world.officer()
    made = await done(officer, TWO, mode="dry_run")
    own = await officer.get(f"/imports/{made['id']}")
    hidden, absent = await colleague.get(f"/imports/{made['id']}"), await colleague.get(f"/imports/{uuid4()}")
    assert own.json() == made
    assert (hidden.status_code, hidden.content) == (404, absent.content)


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.VILLAGE, Role.LEADER, Role.ADMIN, Role.ENTERPRISE])
async def test_who_may_not_import_is_told_so_and_nothing_is_written(world: World, role: Role) -> None:
    refused = await send(await world.person(role), TWO)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert await listed(await world.officer()) == []


async def test_the_same_import_sent_twice_is_done_once_and_another_file_under_its_id_conflicts(world: World) -> None:
    officer, import_id = await world.officer(), str(uuid4())
    first, again = await send(officer, TWO, id=import_id), await send(officer, TWO, id=import_id)
    other = await send(officer, TWO + f"丙厂,,{VILLAGE},MECH\n", id=import_id)
    mode = await send(officer, TWO, mode="dry_run", id=import_id)
    assert [answer.status_code for answer in (first, again, other, mode)] == [201, 200, 409, 409]
    assert first.json() == again.json()
    assert first.json()["id"] == import_id
    key = {"Idempotency-Key": "monday"}
    keyed = [await send(officer, TWO, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in keyed] == [201, 200]
    assert keyed[0].json()["id"] == keyed[1].json()["id"]


async def test_a_form_with_one_file_is_taken_like_the_bare_body(world: World) -> None:
    officer = await world.officer()
    files = {"file": ("台账.csv", BytesIO(TWO.encode("utf-8-sig")), "text/csv")}
    made = await officer.call("POST", "/enterprises/imports?mode=good_rows", files=files)
    assert (made.status_code, counts(made.json())) == (201, (2, 0, 0, True))
    missing = await officer.call("POST", "/enterprises/imports", data={"file": "x"}, files={"other": b"x"})
    assert (missing.status_code, missing.json()["errors"][0]["code"]) == (422, "file_missing")


UNREADABLE: list[tuple[bytes, str]] = [
    (b"", "empty"),
    (b" \r\n ", "empty"),
    (b"PK\x03\x04rest of a workbook", "damaged"),
    (TWO.encode() + b"\x00", "not_text"),
    (TWO.encode("utf-16"), "not_text"),
    (b"\xff\xff\xff,\xff\n", "encoding"),
    (f'{HEAD}\n"宏达'.encode(), "not_csv"),
    (f"{HEAD}\n{'厂' * 140_000},,,\n".encode(), "not_csv"),
    ("企业名称,地址\n宏达,甲村\n".encode(), "no_headings"),
    (b"a,b\n1,2\n" * 20, "no_headings"),
    (f"{HEAD},单位名称\n".encode(), "headings_twice"),
    ((HEAD + "\n" + f"厂,,{VILLAGE},MECH\n" * (MOST_ROWS + 1)).encode(), "too_many_rows"),
]


@pytest.mark.parametrize(
    ("file", "reason"), UNREADABLE, ids=[f"{n}-{reason}" for n, (_, reason) in enumerate(UNREADABLE)]
)
async def test_a_file_that_is_none_is_refused_with_the_reason_in_chinese(
    world: World, file: bytes, reason: str
) -> None:
    refused = await send(await world.officer(), file)
    assert refused.status_code == 422, refused.text
    problem = refused.json()
    assert (problem["code"], problem["reason"]) == ("import_unreadable", reason)
    assert any("\u4e00" <= char <= "\u9fff" for char in problem["detail"])


async def test_a_half_surrogate_in_gb18030_or_utf8_never_reaches_the_database(world: World) -> None:
    officer = await world.officer()
    cesu = f"{HEAD}\n甲".encode() + b"\xed\xa0\x80" + f"厂,,{VILLAGE},MECH\n".encode()
    answer = await send(officer, cesu)
    assert answer.status_code in (201, 422)
    assert all(char < "\ud800" or char > "\udfff" for item in await listed(officer) for char in item["name"])


async def test_a_body_that_says_it_is_something_else_is_not_guessed_at(world: World) -> None:
    officer = await world.officer()
    for kind in ("application/json", "image/png", ""):
        answer = await officer.call("POST", "/enterprises/imports", content=b"{}", headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unknown"), kind
    cut = await officer.call(
        "POST", "/enterprises/imports", content=b"--x\r\n", headers={"Content-Type": "multipart/form-data"}
    )
    assert cut.status_code == 400


@pytest.mark.parametrize("wrong", [{"mode": "quietly"}, {"id": "7"}, {"id": "00000000-0000-1000-8000-000000000000"}])
async def test_a_mode_or_an_id_that_is_none_is_named_by_its_pointer(world: World, wrong: dict[str, str]) -> None:
    refused = await send(await world.officer(), TWO, **wrong)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == f"#/query/{next(iter(wrong))}"
