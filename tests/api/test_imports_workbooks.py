"""Imports of workbooks: as offices have them, and as nobody should send them."""

import io
import re
import time
import zipfile
from dataclasses import replace
from typing import Any

import httpx
import pytest
import python_calamine as calamine
import xlsxwriter

from services.confined.works import WORKBOOKS
from services.imports import files
from tests.api.test_imports import OTHER_USCC, USCC, counts, listed
from tests.workbooks import MAIN, ONE_CELL, by_hand, sheet_xml, with_lying_size, workbook
from tests.world import OTHER_VILLAGE, VILLAGE, Person, World

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = ["企业名称", "统一社会信用代码", "区划代码", "行业"]


async def send(person: Person, file: bytes, mode: str = "good_rows", kind: str = "enterprises") -> httpx.Response:
    """The workbook as a body of its own."""
    path = f"/{kind}/imports?mode={mode}"
    return await person.call("POST", path, content=file, headers={"Content-Type": XLSX})


async def done(person: Person, file: bytes, mode: str = "good_rows", kind: str = "enterprises") -> dict[str, Any]:
    answer = await send(person, file, mode, kind)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def as_offices_have_it() -> bytes:
    """A title, headings of two lines, a village merged over its rows, numbers where codes should be, things hidden."""
    rows: list[list[Any]] = [
        ["某镇企业台账"],
        ["序号", "单位名称", "信用代码", "所属村", "所属行业", "主要负责人", None, "备注"],
        [None, None, None, None, None, "姓名", "电话", None],
        [1, "宏达机械厂", USCC, "甲村", "机械加工制造", "张三", 13800000000.0, None],
        [2, "老王废品站", None, None, "MIXD", "李四", "１３９００００００００", None],
        [3, "供销社", 914403001922038216.0, None, "MIXD", None, None, None],
        [4, "公式厂", None, None, None, None, None, None],
    ]
    other: list[list[Any]] = [
        [*HEAD],
        ["乙村砖厂", OTHER_USCC, int(OTHER_VILLAGE), "MIXD"],
        ["远村砖厂", None, True, "MIXD"],
    ]

    def more(book: xlsxwriter.Workbook) -> None:
        sheet = book.get_worksheet_by_name("台账")
        sheet.merge_range("A1:H1", "某镇企业台账")
        for column in "ABCDEH":
            heading = rows[1]["ABCDEFGH".index(column)]
            sheet.merge_range(f"{column}2:{column}3", heading)
        sheet.merge_range("F2:G2", "主要负责人")
        sheet.merge_range("D4:D7", "甲村")
        sheet.write_formula("E7", "=1/0", None, "#DIV/0!")
        sheet.set_row(4, None, None, {"hidden": True})
        sheet.set_column("H:H", None, None, {"hidden": True})
        book.get_worksheet_by_name("旧台账").hide()

    return workbook(
        {"台账": rows, "乙村": other, "旧台账": [[*HEAD], ["旧厂", None, VILLAGE, "MIXD"]], "说明": [["看"]]}, more
    )


async def test_a_workbook_as_offices_have_it_is_read_as_it_was_meant(world: World) -> None:
    await world.regions()
    officer = await world.officer()
    made = await done(officer, as_offices_have_it())
    assert counts(made) == (3, 0, 0, True)
    bad = [(p["sheet"], p["cell"], p["column"], p["value_class"], p["code"]) for p in made["problems"]]
    assert bad == [
        ("台账", "C6", "信用代码", "number", "number_rounded"),
        ("台账", "E7", "所属行业", "error", "cell_error"),
        ("乙村", "C3", "区划代码", "boolean", "region_unknown"),
    ]
    assert [(note["sheet"], note["code"], note["detail"].partition("：")[2]) for note in made["notes"]] == [
        ("台账", "hidden_rows", "5"),
        ("台账", "hidden_columns", "H"),
        ("台账", "merged_cells", "5、6、7"),
        ("旧台账", "hidden_sheet", ""),
        ("说明", "sheet_without_headings", ""),
    ]
    items = {item["name"]: item for item in await listed(officer)}
    assert set(items) == {"宏达机械厂", "老王废品站", "乙村砖厂"}
    assert (items["宏达机械厂"]["uscc"], items["宏达机械厂"]["region"]) == (USCC, VILLAGE)
    assert items["宏达机械厂"]["principal_phone"] == "13800000000"
    assert (items["老王废品站"]["region"], items["老王废品站"]["principal_phone"]) == (VILLAGE, "13900000000")
    assert items["乙村砖厂"]["region"] == OTHER_VILLAGE
    again = await done(officer, as_offices_have_it())
    assert (counts(again), again["changes"]) == ((0, 0, 3, True), [])


async def test_a_dry_run_shows_field_by_field_what_a_changed_file_would_change(world: World) -> None:
    officer = await world.officer()
    made = await world.enterprise(by=officer, uscc=USCC, address="工业路8号", industries=["CATR"])
    head: list[Any] = [*HEAD, "地址", "其他行业", "经度", "纬度"]
    file = workbook({"台账": [head, ["宏达重工", USCC, VILLAGE, "MECH", "新路1号", "MIXD", 111.3, 30.7]]})
    told_of = await done(officer, file, "dry_run")
    changes = [(c["sheet"], c["row"], c["name"], c["column"], c["before"], c["after"]) for c in told_of["changes"]]
    row = ("台账", 2, "宏达机械加工厂")
    assert changes == [
        (*row, "企业名称", "宏达机械加工厂", "宏达重工"),
        (*row, "地址", "工业路8号", "新路1号"),
        (*row, "其他行业", "CATR、MECH", "MECH、MIXD"),
        (*row, "经度", None, "111.3"),
        (*row, "纬度", None, "30.7"),
        (*row, "坐标系", None, "WGS84"),
    ]
    assert (told_of["change_count"], counts(told_of)) == (6, (0, 1, 0, False))
    assert (await officer.get(f"/enterprises/{made}")).json()["name"] == "宏达机械加工厂"
    assert counts(await done(officer, file, "all_or_nothing")) == (0, 1, 0, True)
    shown = (await officer.get(f"/enterprises/{made}")).json()
    assert (shown["name"], shown["location"]["lon"], shown["industries"]) == ("宏达重工", 111.3, ["MECH", "MIXD"])


async def test_the_marked_workbook_shows_each_bad_cell_where_it_stood_and_comes_back_mended(world: World) -> None:
    await world.regions()
    officer, colleague = await world.officer(), await world.officer()
    made = await done(officer, as_offices_have_it(), "all_or_nothing")
    path = f"/imports/{made['id']}/marked.xlsx"
    answer = await officer.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    book = calamine.load_workbook(io.BytesIO(answer.content))
    assert book.sheet_names == ["台账", "乙村", "旧台账", "说明", "有误的单元格", "将改或已改的内容", "疑似重复"]
    assert book.get_sheet_by_name("台账").to_python(skip_empty_area=False)[5][2] == "9.14403001922038E+17"
    listing = book.get_sheet_by_name("有误的单元格").to_python()
    assert [row[:5] for row in listing[1:]] == [
        ["台账", "6", "C6", "信用代码", "数字"],
        ["台账", "7", "E7", "所属行业", "公式错误"],
        ["乙村", "3", "C3", "区划代码", "逻辑值"],
    ]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        comments = parts.read("xl/comments1.xml").decode()
        cells = parts.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r'ref="(\w+)"', comments.partition("<commentList>")[2]) == ["C6", "E7"]
    assert "末位变成了零" in comments
    assert re.findall(r'<c r="(\w+)" s="1"', cells) == ["C6", "E7"]
    assert counts(await done(officer, answer.content, "dry_run"))[:3] == (3, 0, 0)
    assert (await colleague.get(path)).status_code == 404


FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(f"<!ENTITY b{n} '{'&a;' * 9}'>" for n in range(9)) + "]>"
SPACES = " " * 120_000_000
BOMBS: dict[str, tuple[str, Any]] = {
    "one cell at XFD1048576": ("far_cell", lambda: by_hand(sheet_xml(ONE_CELL + FAR))),
    "the same without addresses": (
        "far_cell",
        lambda: by_hand(sheet_xml(f'{ONE_CELL}<row r="1048576"><c><v>1</v></c></row>')),
    ),
    "the same under another prefix": (
        "far_cell",
        lambda: by_hand(
            f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c r="XFD9"><x:v>1</x:v></x:c></x:row>'
            "</x:sheetData></x:worksheet>"
        ),
    ),
    "spaces that deflate to nothing": (
        "too_large_inside",
        lambda: by_hand(sheet_xml(ONE_CELL), **{"xl/x.xml": SPACES}),
    ),
    "a directory that lies of a size": (
        "damaged",
        lambda: with_lying_size(
            by_hand(sheet_xml(ONE_CELL), strings=f'<sst xmlns="{MAIN}"><si><t>{SPACES}</t></si></sst>'),
            "xl/sharedStrings.xml",
            1000,
        ),
    ),
    "entities that grow": ("markup", lambda: by_hand(sheet_xml("&b8;", LAUGHS))),
    "shared strings without end": (
        "too_large_inside",
        lambda: by_hand(sheet_xml(ONE_CELL), strings=f'<sst xmlns="{MAIN}"><si><t>{"a" * 60_000_000}</t></si></sst>'),
    ),
    "a hundred thousand sheets": (
        "too_many_sheets",
        lambda: by_hand(sheet_xml(ONE_CELL), names=[f"s{n}" for n in range(100_000)]),
    ),
    "merged over and over": (
        "too_heavy",
        lambda: by_hand(
            sheet_xml(ONE_CELL).replace("</worksheet>", '<mergeCell ref="A1:XFD1048576"/>' * 9 + "</worksheet>")
        ),
    ),
    "under a password": (
        "encrypted",
        lambda: b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
    ),
    "an old workbook": ("old_workbook", lambda: b"\xd0\xcf\x11\xe0" + bytes(2000)),
    "cut off": ("damaged", lambda: by_hand(sheet_xml(ONE_CELL))[:-40]),
    "a cut sheet": ("damaged", lambda: by_hand(sheet_xml(ONE_CELL)[:-9])),
    "no workbook at all": ("not_workbook", lambda: by_hand("<a/>").replace(b"xl/workbook.xml", b"wd/document.xml")),
}


MEMORY = 400_000_000
"""Bytes of address space, the interpreter's own included: a bomb that calamine was given would not fit."""


@pytest.mark.parametrize("name", BOMBS)
async def test_a_workbook_that_is_a_bomb_is_refused_in_time_and_harms_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    narrow = replace(WORKBOOKS, limits=replace(WORKBOOKS.limits, memory_bytes=MEMORY))
    monkeypatch.setattr(files, "WORKBOOKS", narrow)
    reason, make = BOMBS[name]
    officer, bomb = await world.officer(), make()
    began = time.monotonic()
    refused = await send(officer, bomb)
    assert time.monotonic() - began < 5
    assert (refused.status_code, refused.json().get("reason")) == (422, reason), refused.text
    assert (await officer.get("/me")).status_code == 200


async def test_what_kills_its_reader_is_the_files_fault_and_not_ours(world: World) -> None:
    """A long text that a hundred thousand cells name: small by every count, and three gigabytes once it is read."""
    cell = '<c t="s"><v>0</v></c>'
    rows = f"<row>{cell * 200}</row>" * 500
    refused = await send(
        await world.officer(),
        by_hand(sheet_xml(rows), strings=f'<sst xmlns="{MAIN}"><si><t>{"a" * 30_000}</t></si></sst>'),
    )
    assert (refused.status_code, refused.json().get("reason")) == (422, "too_heavy"), refused.text
