"""An office's own rows beside the shipped catalogue, and names that must lead somewhere."""

from datetime import date
from pathlib import Path

import pytest

from services.catalog_folders import Files, Read
from services.rules.catalog_files import CatalogError

INDEX = "code,version,industry,title,published_on,source,file,withdrawn_on\n"
ITEMS = "code,default_grade,text,basis,verified\n"
LIMITS = "id,name,value,unit,from,to,source,verified\n"


def own(folder: Path, **files: str) -> Path:
    """A folder with these files; `__` in a name is a folder's slash."""
    for name, text in files.items():
        file = folder / f"{name.replace('__', '/')}.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def scrap_yards(**more: str) -> dict[str, str]:
    listing = "FEIP,1,FEIP,废品收购站检查表,2026-12-01,本镇,FEIP.csv,\n"
    item = "FEIP01,general,夜间住人,《消防法》第十九条；地方规定,no\n"
    files = {"industries": "code,name_zh,name_en,gb4754\nFEIP,废品收购站,Scrap yards,\n"}
    return files | {"checklists__index": INDEX + listing, "checklists__FEIP": ITEMS + item} | more


def refused(folder: Path) -> str:
    with pytest.raises(CatalogError) as error:
        Read(Files(own=folder))
    return str(error.value)


def test_the_shipped_catalogue_has_no_name_that_leads_nowhere() -> None:
    assert Read(Files()).loose == []


def test_an_office_adds_a_trade_with_its_list_and_changes_a_limit_that_is_its_own_to_set(tmp_path: Path) -> None:
    limit = "phone.silent,手机无联系提醒,12,hours,2026-12-01,,本镇规定（地方规定），单位可改,yes\n"
    read = Read(Files(own=own(tmp_path, **scrap_yards(limits=LIMITS + limit))))
    assert (read.rows.industries[-1].name_zh, read.rows.items[-1].code) == ("废品收购站", "FEIP01")
    silent = [(row.value, row.valid_to) for row in read.rows.limits if row.id == "phone.silent"]
    assert silent == [(24, date(2026, 11, 30)), (12, None)]


def test_what_the_law_sets_an_office_does_not_change_and_is_told_its_own_line(tmp_path: Path) -> None:
    limit = "penalty.payment,缴纳罚款,30,calendar_days,2026-12-01,,地方规定,yes\n"
    assert f"{tmp_path}/limits.csv, line 2: penalty.payment overlaps" in refused(own(tmp_path, limits=LIMITS + limit))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"industries": "code,name_zh,name_en,gb4754\nFUEL,加油站,Fuel,\n"}, "industries.csv, line 2: FUEL was there"),
        ({"checklists__MIXD": ITEMS}, "a shipped checklist has a file of this name"),
        ({"limits": "id,name\n"}, "limits.csv, line 1: the first line must be"),
    ],
    ids=["industry", "file", "heading"],
)
def test_own_rows_that_collide_with_shipped_ones_are_refused(tmp_path: Path, files: dict[str, str], said: str) -> None:
    assert said in refused(own(tmp_path, **files))


def test_an_item_code_that_another_list_has_is_refused(tmp_path: Path) -> None:
    index = INDEX + "MIXD1,1,MIXD,补充表,2026-12-01,本镇,M.csv,\n"
    folder = own(tmp_path, checklists__index=index, checklists__M=f"{ITEMS}MIXD11,general,住人,地方规定,no\n")
    assert "MIXD11 is an item of MIXD already" in refused(folder)


@pytest.mark.parametrize(
    ("basis", "loose"),
    [
        ("《消防法令》第三条", "no statute or standard is known by the name of 《消防法令》第三条"),
        ("《工贸企业重大事故隐患判定标准》（应急管理部令第10号）第十三条第（九）项", "has no 第十三条第（九）项"),
        ("《安全生产违法行为行政处罚办法》（原安全监管总局令第15号）", "ended on 2026-01-31"),
    ],
)
def test_a_basis_that_leads_nowhere_is_named_with_its_item(tmp_path: Path, basis: str, loose: str) -> None:
    items = f"{ITEMS}FEIP01,general,夜间住人,{basis},no\n"
    [found] = Read(Files(own=own(tmp_path, **scrap_yards(checklists__FEIP=items)))).loose
    assert found.startswith("FEIP01 v1: ")
    assert loose in found


def test_a_draft_is_checked_but_not_published(tmp_path: Path) -> None:
    draft = INDEX + "FEIP,1,FEIP,废品收购站检查表,,本镇,FEIP.csv,\n"
    read = Read(Files(own=own(tmp_path, **scrap_yards(checklists__index=draft))))
    assert read.rows.drafts == ("FEIP v1",)
    assert not any(row.checklist == "FEIP" for row in read.rows.items)
    bad = {"checklists__index": draft, "checklists__FEIP": "code\n"}
    assert "FEIP.csv" in refused(own(tmp_path, **scrap_yards(**bad)))
