"""The catalogue in the database: loaded at every start, and what was published stays."""

import shutil
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlalchemy.exc
from sqlalchemy.ext.asyncio import AsyncSession

from models.industries import Industry
from services import catalog, checklists, limits
from services.catalog import PublishedVersionChanged
from services.catalog_folders import CATALOG
from services.chance import TrueChance
from services.database import engine_for, sessions_for
from services.errors import NotFound
from services.rules.clocks import Rule, Unit, UnknownLimit
from tests.database import TestDatabase


@pytest.fixture
async def owner(database: TestDatabase) -> AsyncIterator[AsyncSession]:
    """A transaction of the owner, never committed."""
    engine = engine_for(database.owner_url, 1)
    async with sessions_for(engine, TrueChance())() as tx:
        yield tx
        await tx.rollback()
    await engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the catalogue to edit."""
    return Path(shutil.copytree(CATALOG, tmp_path / "catalog"))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def publish_second_version_of_mixd(folder: Path) -> None:
    """Version 2, from 1 March 2027: MIXD01 reworded, MIXD11 dropped."""
    lines = (folder / "checklists" / "MIXD.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    second = "".join(lines[:-1]).replace("危险物品车间仓库商店与宿舍同楼", "新的表述")
    (folder / "checklists" / "MIXD-2.csv").write_text(second, encoding="utf-8")
    with (folder / "checklists" / "index.csv").open("a", encoding="utf-8") as index:
        index.write("MIXD,2,MIXD,三合一检查表（第二版）,2027-03-01,依据修订,MIXD-2.csv,\n")


async def test_loading_a_second_time_writes_nothing(owner: AsyncSession) -> None:
    counts = await catalog.load(owner)
    assert (counts.written, counts.industries, counts.items) == (0, 15, 171)


async def test_a_new_version_leaves_the_old_one_readable_and_holds_from_its_day(
    owner: AsyncSession, folder: Path
) -> None:
    publish_second_version_of_mixd(folder)
    assert (await catalog.load(owner, folder)).written == 11
    before, _ = await checklists.get_checklist(owner, "MIXD", version=None, on=date(2027, 2, 28))
    after, items = await checklists.get_checklist(owner, "MIXD", version=None, on=date(2027, 3, 1))
    _, old_items = await checklists.get_checklist(owner, "MIXD", version=1, on=date(2027, 3, 1))
    assert (before.version, after.version, len(items), len(old_items)) == (1, 2, 10, 11)
    listed = await checklists.list_checklists(owner, on=date(2027, 3, 1), industry="MIXD", after=None, limit=5)
    assert [row.version for row in listed.rows] == [2]


async def test_a_withdrawn_list_holds_no_more_from_its_day_but_stays_readable(
    owner: AsyncSession, folder: Path
) -> None:
    edit(folder / "checklists" / "index.csv", "PIPE.csv,", "PIPE.csv,2027-03-01")
    assert (await catalog.load(owner, folder)).written == 1
    before, _ = await checklists.get_checklist(owner, "PIPE", version=None, on=date(2027, 2, 28))
    with pytest.raises(NotFound):
        await checklists.get_checklist(owner, "PIPE", version=None, on=date(2027, 3, 1))
    _, items = await checklists.get_checklist(owner, "PIPE", version=before.version, on=date(2027, 3, 1))
    assert len(items) == 10
    assert "PIPE01" in await checklists.items_by_code(owner, ["PIPE01"], on=date(2027, 3, 1))


async def test_an_answer_finds_the_words_of_its_day_and_a_dropped_item_its_last_ones(
    owner: AsyncSession, folder: Path
) -> None:
    publish_second_version_of_mixd(folder)
    await catalog.load(owner, folder)
    codes = ["MIXD01", "MIXD11", "NONE01"]
    old = await checklists.items_by_code(owner, codes, on=date(2026, 12, 1))
    new = await checklists.items_by_code(owner, codes, on=date(2027, 3, 1))
    assert (old["MIXD01"].item.version, old["MIXD01"].item.text) == (1, "危险物品车间仓库商店与宿舍同楼")
    assert (new["MIXD01"].item.version, new["MIXD01"].item.text) == (2, "新的表述")
    assert new["MIXD11"].item.version == 1
    assert "NONE01" not in old | new


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param("MIXD.csv", "卷帘门唯一出口夜间锁闭", "卷帘门锁闭", id="item reworded"),
        pytest.param("MIXD.csv", "MIXD08,general", "MIXD08,major", id="grade raised"),
        pytest.param("index.csv", "加油站检查表", "加油加气站检查表", id="title changed"),
    ],
)
async def test_a_published_version_that_reads_differently_is_refused_and_says_what_to_do(
    owner: AsyncSession, folder: Path, file: str, old: str, new: str
) -> None:
    edit(folder / "checklists" / file, old, new)
    with pytest.raises(PublishedVersionChanged, match="as version 2"):
        await catalog.load(owner, folder)


async def test_a_version_taken_out_of_the_files_stays_in_the_database(owner: AsyncSession, folder: Path) -> None:
    edit(folder / "checklists" / "index.csv", "MIXD,1,", "MIXE,1,")
    (folder / "checklists" / "MIXD.csv").write_text("code,default_grade,text,basis,verified\n", encoding="utf-8")
    await catalog.load(owner, folder)
    _, items = await checklists.get_checklist(owner, "MIXD", version=1, on=date(2026, 12, 1))
    assert len(items) == 11


async def test_an_industry_is_renamed_and_a_limit_replaced_by_the_next_load(owner: AsyncSession, folder: Path) -> None:
    edit(folder / "industries.csv", "加油站", "加油加气站")
    edit(folder / "limits.csv", "rectification.general,一般隐患整改期限建议,30", "rectification.usual,整改期限,20")
    assert (await catalog.load(owner, folder)).written == 3
    fuel = await owner.get(Industry, "FUEL")
    assert fuel is not None
    assert fuel.name_zh == "加油加气站"
    assert (await limits.limit(owner, "rectification.usual", date(2026, 11, 24))).value == 20
    with pytest.raises(UnknownLimit):
        await limits.limit(owner, Rule.RECTIFICATION_GENERAL, date(2026, 11, 24))


async def test_spring_festival_moves_the_reinspection_to_the_first_day_of_work(owner: AsyncSession) -> None:
    due = await limits.due(owner, Rule.REINSPECTION_AFTER_REPORT, date(2026, 2, 10))
    shown = limits.shown(due)
    assert (shown.on, shown.provisional, shown.verified) == (date(2026, 2, 24), False, False)
    assert shown.skipped == [date(2026, 2, day) for day in (20, 21, 22, 23)]
    assert "第二十三条" in shown.source


async def test_the_source_of_an_extension_changes_with_the_order_that_replaced_the_old_one(owner: AsyncSession) -> None:
    book = await limits.rule_book(owner)
    old, new = (book.limit(Rule.EXTENSION_ANSWER, day) for day in (date(2026, 1, 31), date(2026, 2, 1)))
    assert ("第15号" in old.source, "第18号" in new.source) == (True, True)
    assert book.limit(Rule.URGENT_APPROVAL, date(2026, 1, 1)).unit is Unit.HOURS


async def test_the_service_role_may_read_the_catalogue_but_not_change_it(database: TestDatabase) -> None:
    engine = engine_for(database.service_url, 1)
    async with sessions_for(engine, TrueChance())() as tx:
        assert (await limits.rule_book(tx)).calendar.is_known(2026)
        with pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"):
            await tx.execute(sa.text("UPDATE limit_rule SET value = 99"))
    await engine.dispose()
