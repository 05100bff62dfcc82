"""Regions, departments and people by file; first passwords as a sheet; large files by the worker."""

import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from models.events import Event
from models.imports import ImportWork
from models.users import User
from models.words import ImportState, Role
from services.imports import running
from services.jobs import imports as jobs_of_imports
from tests.api.test_imports import counts, told
from tests.api.test_imports import done as done_enterprises
from tests.api.test_imports_workbooks import done as done_xlsx
from tests.database import TestDatabase
from tests.makers_accounts import device
from tests.papers import words
from tests.workbooks import workbook
from tests.worker import working
from tests.world import TOWN, VILLAGE, Person, World

HEAD = "姓名,岗位,村（社区）,部门,账号,手机号,执法证号,发证日期,有效期至"


async def done(person: Person, kind: str, file: str, mode: str = "good_rows") -> dict[str, Any]:
    answer = await person.call(
        "POST", f"/{kind}/imports?mode={mode}", content=file.encode("gb18030"), headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_regions_by_file_are_made_and_renamed_and_the_same_file_changes_nothing(world: World) -> None:
    admin = await world.admin()
    rows: list[list[Any]] = [
        ["行政区划", None],
        ["代码", "名称"],
        [420582104000.0, "某镇"],
        ["420582104201", "甲村"],
        ["4205821", "?"],
    ]
    first = await done_xlsx(admin, workbook({"区划": rows}), kind="regions")
    assert (counts(first), told(first)) == ((2, 0, 0, True), [(5, "代码", "region_code_wrong")])
    assert counts(await done_xlsx(admin, workbook({"区划": rows[:4]}), kind="regions")) == (0, 0, 2, True)
    asked = await done(admin, "regions", "区划代码,名称\n420582104201,甲社区\n420582104201,乙\n", "dry_run")
    assert (counts(asked), told(asked)) == ((0, 1, 0, False), [(3, "区划代码", "row_repeated")])
    assert [(c["before"], c["after"]) for c in asked["changes"]] == [("甲村", "甲社区")]
    await done(admin, "regions", "区划代码,名称\n420582104201,甲社区\n", "all_or_nothing")
    names = {item["code"]: item["name"] for item in (await admin.get("/regions")).json()["items"]}
    assert names == {TOWN: "某镇", VILLAGE: "甲社区"}


async def test_departments_by_file_answer_for_their_industries(world: World) -> None:
    admin = await world.admin()
    made = await done(admin, "departments", "部门,主管行业\n住建办,建筑施工、MIXD\n某办,航天\n")
    assert (counts(made), told(made)) == ((1, 0, 0, True), [(3, "主管行业", "industry_unknown")])
    again = await done(admin, "departments", "科室,行业\n住建办,CONS MIXD\n")
    changed = await done(admin, "departments", "科室,行业\n 住建办,CONS\n")
    assert (counts(again), counts(changed)) == ((0, 0, 1, True), (0, 1, 0, True))
    assert (changed["changes"][0]["before"], changed["changes"][0]["after"]) == ("CONS、MIXD", "CONS")
    [department] = (await admin.get("/departments")).json()["items"]
    assert (department["name"], department["industries"]) == ("住建办", ["CONS"])


async def test_people_by_file_get_accounts_with_days_in_five_spellings(world: World) -> None:
    await world.regions()
    admin = await world.admin()
    await done(admin, "departments", "部门,主管行业\n住建办,CONS\n")
    rows = [
        "甲,执法人员,某镇,,,13800000001.0,鄂E1,2024/1/2,2028年12月31日",
        f"乙,检查员,{TOWN},,yi,,鄂E2,2024.1.2,20281231",
        "丙,部门,某镇,住建办,bing,,鄂E3,45293,2028-12-31",
        "丁,网格员,甲村,,ding,,,,",
        "戊,管理员,,,wu,,,,",
        "己,检查员,某镇,,ji,,鄂E4,明年,2028-12-31",
        "庚,检查员,某镇,,geng,,鄂E5,,",
        "辛,厨师,某镇,,xin,,,,",
        "壬,检查员,,,ren,,,,",
        "癸,检查员,某镇,,,,,,",
        "子,部门,某镇,农办,zi,,,,",
        "丑,检查员,某镇,,yi,,,,",
        "寅,检查员,某镇,,a b,,,,",
    ]
    made = await done(admin, "users", "\n".join([HEAD, *rows]))
    assert counts(made) == (4, 0, 0, True)
    assert told(made) == [
        (6, "岗位", "role_not_by_file"),
        (7, "发证日期", "day_unreadable"),
        (8, "执法证号", "card_incomplete"),
        (9, "岗位", "role_unknown"),
        (10, "村（社区）", "region_needed"),
        (11, "账号", "username_needed"),
        (12, "部门", "department_unknown"),
        (13, "账号", "row_repeated"),
        (14, "账号", "string_pattern_mismatch"),
    ]
    people = {item["name"]: item for item in (await admin.get("/users?limit=200")).json()["items"]}
    card = ("2024-01-02", "2028-12-31")
    assert [(people[name]["card_from"], people[name]["card_to"]) for name in "甲乙丙"] == [card] * 3
    assert (people["甲"]["username"], people["甲"]["role"]) == ("13800000001", "inspector")
    assert (people["丁"]["role"], people["丁"]["region"]) == ("village", VILLAGE)
    again = await done(admin, "users", "\n".join([HEAD, *rows[:4]]))
    changed = await done(admin, "users", "\n".join([HEAD, rows[1].replace("20281231", "2030-1-1")]), "all_or_nothing")
    assert (counts(again), counts(changed)) == ((0, 0, 4, True), (0, 1, 0, True))
    assert [(c["field"], c["before"], c["after"]) for c in changed["changes"]] == [
        ("card_to", "2028-12-31", "2030-01-01")
    ]
    async with world.rows() as tx:
        kept = await tx.scalar(sa.select(col(User.card_to)).where(col(User.username) == "yi"))
    assert kept == date(2030, 1, 1)


async def test_first_passwords_stand_on_the_sheet_alone_and_open_the_door_once(
    world: World, app: FastAPI, database: TestDatabase, capfd: pytest.CaptureFixture[str]
) -> None:
    await world.regions()
    admin = await world.admin()
    made = await done(admin, "users", f"{HEAD}\n甲,检查员,某镇,,jia,,,,\n乙,网格员,甲村,,yi,,,,\n")
    phone, other = device(app, "jia"), device(app, "yi")
    for guess in ("the password of an account that does not exist", "x"):
        assert (await phone.sign_in(guess)).status_code == 401
    path = f"/imports/{made['id']}/first-passwords"
    first, second = await admin.post(path, {}), await admin.post(path, {})
    for answer in (first, second):
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.headers["cache-control"] == "no-store"
    [old, _], [new, others] = passwords(first.content), passwords(second.content)
    assert len({old, new, others}) == 3
    assert (await phone.sign_in(old)).status_code == 401
    tokens = await phone.sign_in(new)
    assert tokens.status_code == 200, tokens.text
    access = tokens.json()["access_token"]
    assert (await phone.get("/enterprises", access)).json()["code"] == "password_change_needed"
    assert (await phone.change_password(access, new, "nine boats on the river")).status_code in (200, 204)
    third = passwords((await admin.post(path, {})).content)
    assert len(third) == 1  # who chose a password keeps it
    assert (await other.sign_in(others)).status_code == 401
    assert (await phone.sign_in("nine boats on the river")).status_code == 200
    async with world.rows() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).where(col(Event.kind) == "user.first_password_issued")) == 5
        for table in ("event", "users", "import_work", "enterprise_import"):
            text = "".join((await tx.scalars(sa.text(f"SELECT t::text FROM {table} t"))).all())
            assert not [word for word in (old, new, others, *third) if word in text]
    printed = "".join(capfd.readouterr())
    assert not [word for word in (old, new, others, *third) if word in printed]


def passwords(pdf: bytes) -> list[str]:
    """As they stand on the sheet."""
    return re.findall(r"初始密码：(\S{4}-\S{4}-\S{4})", "".join(words(pdf)))


async def test_a_sheet_is_for_its_import_alone_and_only_while_somebody_waits(world: World) -> None:
    await world.regions()
    admin, other, officer = await world.admin(), await world.admin(), await world.officer()
    made = await done(admin, "users", f"{HEAD}\n甲,检查员,某镇,,jia,,,,\n", "dry_run")
    path = f"/imports/{made['id']}/first-passwords"
    nobody = await admin.post(path, {})
    assert (nobody.status_code, nobody.json()["code"]) == (409, "no_first_passwords")
    assert (await other.post(path, {})).status_code == 404
    register = await done_enterprises(officer, f"企业名称,区划代码,行业\n厂,{VILLAGE},MECH\n")
    assert (await officer.post(f"/imports/{register['id']}/first-passwords", {})).status_code == 403


async def test_a_large_file_is_done_by_the_worker_as_its_sender_and_tells_how_far_it_is(
    world: World, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "AT_ONCE_ROWS", 3)
    officer = await world.person(Role.DEPARTMENT, industries=["MECH"])
    rows = "".join(f"厂{n},{VILLAGE},MECH\n" for n in range(4))
    file = f"企业名称,区划代码,行业\n{rows}加油站,{VILLAGE},FUEL\n邻厂,420582105,MECH\n"
    async with working(world, database) as worker:
        sent = await done_enterprises(officer, file)
        assert (sent["state"], sent["rows"], counts(sent)) == ("waiting", 6, (0, 0, 0, False))
        marked = await officer.get(f"/imports/{sent['id']}/marked.xlsx")
        assert (marked.status_code, marked.json()["code"]) == (423, "in_progress")
        await worker.run()
        shown = (await officer.get(f"/imports/{sent['id']}")).json()
        assert (shown["state"], shown["rows_judged"], shown["rows_written"]) == ("done", 6, 4)
        assert counts(shown) == (4, 0, 0, True)
        assert told(shown) == [(6, "行业", "industry_out_of_sight"), (7, "区划代码", "region_out_of_sight")]
        disabled = await done_enterprises(officer, file + f"丙厂,{VILLAGE},MECH\n")
        async with world.rows.begin() as tx:
            await tx.execute(sa.update(User).where(col(User.id) == officer.id).values(disabled_at=world.clock.now()))
        await worker.run()
        async with world.rows.begin() as tx:
            state = await tx.scalar(
                sa.select(col(ImportWork.state)).where(sa.cast(col(ImportWork.id), sa.Text) == disabled["id"])
            )
            assert state is ImportState.FAILED
        world.clock.forward(days=31)
        await jobs_of_imports.sweep(worker.workshop)
        async with world.rows.begin() as tx:
            assert await tx.scalar(sa.select(sa.func.count()).select_from(ImportWork)) == 0
