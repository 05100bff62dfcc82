"""Exports: a file that imports back to the same, and in which no text becomes a formula."""

import asyncio
import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
import python_calamine as calamine

from cli.registers import RegisterRefused, export_to, import_from
from models.enterprises import EnterpriseSize, RiskLevel, StandardLevel
from models.words import ImportKind, ImportMode, Role, Word
from services.exports import HEADINGS
from services.rules.sheets import csv_sheet, quoted
from services.settings import DatabaseUrls
from tests.api.test_imports import OTHER_USCC, USCC, counts
from tests.api.test_imports import done as done_csv
from tests.api.test_imports_workbooks import done as done_xlsx
from tests.database import TestDatabase
from tests.world import OTHER_TOWN, OTHER_VILLAGE, VILLAGE, Person, World

WICKED = (
    "=1+1",
    "+86 厂",
    "-5度冷库",
    "@某厂",
    "\t制表厂",
    "\r回车厂",
    "＝全角厂",
    "'=引号厂",
    "''@厂",
    '换\n行,"厂"',
    " 空格厂 ",
)
FIX = {"lon": 111.28, "lat": 30.69, "crs": "GCJ02", "source": "gps", "accuracy_m": 9}


async def town(world: World) -> Person:
    """A register whose names would harm a careless spreadsheet."""
    officer = await world.officer()
    for name in WICKED:
        await world.enterprise(by=officer, name=name, address=name, principal_name=name)
    more = {"principal_phone": "＋８６ １３８", "safety_manager_name": "李四", "safety_manager_phone": "0717-1 转 8"}
    await world.enterprise(
        by=officer, uscc=USCC, location=FIX, industries=["CATR", "MIXD"], size="micro", risk="orange", **more
    )
    await world.enterprise(by=officer, name="宏达机械加工厂")  # the same name twice
    await world.enterprise(name="邻镇厂", region=OTHER_TOWN)
    return officer


async def exported(person: Person, form: str, ask: str = "") -> bytes:
    answer = await person.get(f"/enterprises/export.{form}{ask}")
    assert answer.status_code == 200, answer.text
    assert f"enterprises.{form}" in answer.headers["content-disposition"]
    return answer.content


def cells(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


async def test_what_is_exported_imports_back_to_the_same_and_nothing_is_a_formula(world: World) -> None:
    officer = await town(world)
    raw, book = await exported(officer, "csv"), await exported(officer, "xlsx")
    rows = len(WICKED) + 2
    assert counts(await done_csv(officer, raw, "all_or_nothing")) == (0, 0, rows, True)
    assert counts(await done_xlsx(officer, book, "all_or_nothing")) == (0, 0, rows, True)
    names = {row[0] for row in calamine.load_workbook(io.BytesIO(book)).get_sheet_by_index(0).to_python()[1:]}
    assert names == {*WICKED, "宏达机械加工厂"}
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert set(re.findall(r'<c r="\w+" s="\d+" t="(\w+)"', sheet)) <= {"inlineStr", "s", "str"}
    assert not [cell for row in cells(raw) for cell in row if re.match(r"[=+\-@\t\r＝＋－＠]", cell)]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_every_size_risk_and_level_of_standardisation_comes_back_as_it_was(world: World, form: str) -> None:
    officer = await world.officer()
    words: dict[str, type[Word]] = {"size": EnterpriseSize, "risk": RiskLevel, "standard_level": StandardLevel}
    told = {f"{field}厂{word.value}": (field, word.value) for field, of in words.items() for word in of}
    ids = {
        name: await world.enterprise(by=officer, name=name, **{field: value}) for name, (field, value) in told.items()
    }
    raw = await exported(officer, form)
    for enterprise_id in ids.values():
        emptied = await officer.patch(f"/enterprises/{enterprise_id}", dict.fromkeys(words), version=1)
        assert emptied.status_code == 200, emptied.text
    done = done_csv if form == "csv" else done_xlsx
    assert counts(await done(officer, raw, "all_or_nothing")) == (0, len(told), 0, True)
    for name, (field, value) in told.items():
        read = (await officer.get(f"/enterprises/{ids[name]}")).json()
        assert {one: read[one] for one in words} == {**dict.fromkeys(words), field: value}
    assert counts(await done(officer, raw, "all_or_nothing")) == (0, 0, len(told), True)


@pytest.mark.parametrize(
    ("said", "level"), [("二级", "2"), ("3级", "3"), ("标准化一级", "1"), ("b级", "B"), ("D", "D")]
)
async def test_a_level_of_standardisation_is_read_as_offices_write_it(world: World, said: str, level: str) -> None:
    officer = await world.officer()
    file = f"企业名称,区划代码,行业,安全生产标准化等级\n宏达厂,{VILLAGE},MECH,{said}\n"
    assert counts(await done_csv(officer, file, "all_or_nothing")) == (1, 0, 0, True)
    [made] = (await officer.get("/enterprises")).json()["items"]
    assert made["standard_level"] == level


async def test_an_export_fills_an_empty_office_with_the_same_register(world: World, database: TestDatabase) -> None:
    officer = await town(world)
    kept = [row[:2] + row[3:] for row in cells(await exported(officer, "csv"))]  # the other office makes its own codes
    database.execute("DELETE FROM name_bigram")
    database.execute("DELETE FROM enterprise_industry")
    database.execute("DELETE FROM enterprise")
    text = io.StringIO(newline="")
    csv.writer(text).writerows([*kept[:1], *[row for row in kept[1:] if row[0] != "宏达机械加工厂" or row[1]]])
    made = await done_csv(officer, text.getvalue(), "all_or_nothing")
    assert counts(made) == (len(WICKED) + 1, 0, 0, True)
    again = [row[:2] + row[3:] for row in cells(await exported(officer, "csv"))]
    assert sorted(map(str, again)) == sorted(
        re.sub("＋８６ １３８", "+86 138", str(row)) for row in kept if row[0] != "宏达机械加工厂" or row[1]
    )


async def test_an_export_has_what_its_reader_sees_and_the_filters_leave(world: World) -> None:
    await town(world)
    officer = await world.officer(region=VILLAGE)
    boss = await world.boss(await world.enterprise(name="老王", region=OTHER_VILLAGE))
    assert [row[0] for row in cells(await exported(boss, "csv"))[1:]] == ["老王"]
    assert [row[0] for row in cells(await exported(officer, "csv", "?industry=CATR"))[1:]] == ["宏达机械加工厂"]
    assert cells(await exported(await world.person(Role.ADMIN, region=None), "csv")) == [HEADINGS]
    short = await officer.get("/enterprises/export.xlsx?q=厂")
    assert (short.status_code, short.json()["code"]) == (422, "invalid_input")


async def test_every_row_of_an_export_names_who_took_it_out_and_when(world: World) -> None:
    officer = await town(world)
    raw, book = await exported(officer, "csv"), await exported(officer, "xlsx")
    sheet = calamine.load_workbook(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    for rows in (cells(raw), sheet):
        assert [row[-1] for row in rows] == ["导出", *[f"{officer.user.name} 2026-11-24"] * (len(WICKED) + 2)]
    looked = await done_csv(officer, raw, "dry_run")
    assert looked["ignored_columns"] == ["导出"]


async def test_an_export_of_several_pages_is_whole_and_in_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = await world.officer()
    rows = "".join(f"厂{n:02d},,{VILLAGE},MECH\n" for n in range(25))
    await done_csv(officer, f"企业名称,统一社会信用代码,区划代码,行业\n{rows}甲,{OTHER_USCC},{VILLAGE},MIXD\n")
    monkeypatch.setattr("services.exports.AT_ONCE", 10)
    names = [row[0] for row in cells(await exported(officer, "csv"))[1:]]
    assert names == [f"厂{n:02d}" for n in range(25)] + ["甲"]


@pytest.mark.parametrize("text", [*WICKED, "'", "''", "'x", "厂", ""])
def test_a_quoted_text_is_the_same_once_it_is_read(text: str) -> None:
    line = io.StringIO(newline="")
    csv.writer(line).writerow([quoted(text), "x", "y"])
    assert csv_sheet(line.getvalue().encode()).lines[0].cells[0] == text


async def test_the_command_line_does_the_same_as_one_of_the_offices_people(
    world: World, database: TestDatabase, tmp_path: Path
) -> None:
    officer = await town(world)
    urls, settings = DatabaseUrls(database.service_url, ""), world.office.settings
    path, name = tmp_path / "台账.xlsx", officer.user.username
    assert await asyncio.to_thread(export_to, urls, settings, path, name) == path.stat().st_size
    again = await asyncio.to_thread(
        import_from, urls, settings, path, name, ImportKind.ENTERPRISES, ImportMode.GOOD_ROWS
    )
    assert (again.created, again.updated, again.unchanged, again.applied) == (0, 0, len(WICKED) + 2, True)
    for wrong, who in ((path, name), (tmp_path / "x.pdf", name), (tmp_path / "x.csv", "nobody")):
        with pytest.raises(RegisterRefused):
            await asyncio.to_thread(export_to, urls, settings, wrong, who)
    clerk = (await world.inspector()).user.username
    with pytest.raises(RegisterRefused, match="您的角色不能做这件事"):
        await asyncio.to_thread(import_from, urls, settings, path, clerk, ImportKind.ENTERPRISES, ImportMode.DRY_RUN)
