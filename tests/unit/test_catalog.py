"""The catalogue's files: what is in them is well formed, and what is not is named by file and line."""

from collections.abc import Callable
from datetime import date, timedelta

import chinese_calendar
import pytest

from models.words import DayKind, Grade, LimitUnit
from services.catalog_folders import CATALOG
from services.rules.catalog_draws import read_caps, read_kinds, read_weights
from services.rules.catalog_files import DAY_KINDS, GRADES, CatalogError, CatalogRows, read_catalog
from services.rules.catalog_law import read_law
from services.rules.clocks import Rule, Unit, WorkCalendar

INDUSTRIES = (
    *("CHEM", "FUEL", "MECH", "MINE", "ROAD", "CONS", "SEQ", "CRWD"),
    *("PIPE", "SCHL", "FOPR", "CATR", "FIRW", "FDRG", "MIXD"),
)


def real(name: str) -> str:
    return (CATALOG / name).read_text(encoding="utf-8")


def changed(name: str, old: str, new: str) -> Callable[[str], str]:
    """The real files, one of them edited."""
    assert old in real(name)
    return lambda asked: real(asked).replace(old, new, 1) if asked == name else real(asked)


@pytest.fixture(scope="module")
def rows() -> CatalogRows:
    return read_catalog(real)


def test_every_industry_of_the_field_has_a_checklist_of_ten_items_or_more(rows: CatalogRows) -> None:
    assert tuple(row.code for row in rows.industries) == INDUSTRIES
    counts = {code: sum(item.checklist == code for item in rows.items) for code in INDUSTRIES}
    assert min(counts.values()) >= 10


def test_every_item_has_a_basis_that_can_be_printed_without_working_marks(rows: CatalogRows) -> None:
    assert [item.code for item in rows.items if set(item.basis) & set("[]|;")] == []


def test_an_item_checked_against_the_statute_says_so_and_one_from_a_standard_does_not(rows: CatalogRows) -> None:
    by_code = {item.code: item for item in rows.items}
    shutter, exits = by_code["MIXD11"], by_code["CRWD01"]
    assert shutter.verified
    assert shutter.basis == "《消防法》第二十八条、第六十条；《安全生产法》第四十二条"
    assert not exits.verified
    assert exits.default_grade == "major"


def test_every_rule_that_the_code_asks_for_has_a_row(rows: CatalogRows) -> None:
    assert set(Rule) - {row.id for row in rows.limits} == set()


def test_the_words_of_the_files_are_the_words_of_the_tables() -> None:
    assert {*GRADES} == {str(grade) for grade in Grade}
    assert {*DAY_KINDS} == {str(kind) for kind in DayKind}
    assert {str(unit) for unit in Unit} == {str(unit) for unit in LimitUnit}


def test_the_calendar_agrees_with_the_published_one_on_every_day_of_three_years(rows: CatalogRows) -> None:
    calendar = WorkCalendar(
        holidays={row.day: row.name for row in rows.days if row.kind == "holiday"},
        workdays={row.day: row.name for row in rows.days if row.kind == "workday"},
        years=frozenset(row.year for row in rows.years),
    )
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(366 + 365 + 365)]
    assert [day for day in days if calendar.is_working_day(day) != chinese_calendar.is_workday(day)] == []
    assert not calendar.is_known(2027)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        pytest.param(
            "checklists/MIXD.csv", "MIXD02", "MIXD01", "checklists/MIXD.csv, line 3: MIXD01 was there", id="code twice"
        ),
        pytest.param("checklists/MIXD.csv", "MIXD01", "CRWD01", "line 2: code must be MIXD", id="foreign code"),
        pytest.param("checklists/MIXD.csv", ",major,", ",grave,", "line 2: default_grade must be", id="grade"),
        pytest.param("checklists/MIXD.csv", ",no\n", ",maybe\n", "line 2: verified must be", id="verified"),
        pytest.param("checklists/MIXD.csv", "MIXD01,major", "MIXD01", "line 2: 4 columns where 5", id="columns"),
        pytest.param("checklists/index.csv", ",1,CHEM,", ",1,COAL,", "line 2: industry must be", id="industry"),
        pytest.param("checklists/index.csv", "2026-11-24", "2026-11-31", "published_on must be a date", id="date"),
        pytest.param("checklists/index.csv", "CHEM,1,", "CHEM,0,", "version must be a whole number", id="version"),
        pytest.param("industries.csv", "FUEL,", "CHEM,", "industries.csv, line 3: CHEM was there", id="industry twice"),
        pytest.param("industries.csv", "加油站", " 加油站", "line 3: name_zh is empty or has blanks", id="blank"),
        pytest.param("industries.csv", "code,name_zh", "code,name", "line 1: the first line must be", id="header"),
        pytest.param("limits.csv", ",hours,", ",weeks,", "limits.csv, line 2: unit must be", id="unit"),
        pytest.param("limits.csv", ",2026-01-31,", ",2026-02-01,", "extension.ask_before overlaps", id="overlap"),
        pytest.param("limits.csv", ",2026-01-31,", ",2007-01-31,", "to lies before from", id="period"),
        pytest.param("calendar.csv", "2024-01-01", "2024-01-06", "must fall on a weekday", id="holiday on Saturday"),
        pytest.param("calendar_years.csv", "2024,", "2023,", "2024 is not in calendar_years.csv", id="unknown year"),
        pytest.param("limits.csv", "紧急检查补办审批", '"紧急检查补办审批', "limits.csv, line", id="open quote"),
    ],
)
def test_a_bad_line_is_named_with_its_file(name: str, old: str, new: str, said: str) -> None:
    with pytest.raises(CatalogError, match="catalog/") as refused:
        read_catalog(changed(name, old, new))
    assert said in str(refused.value)


def test_each_file_of_the_folder_is_read() -> None:
    asked: set[str] = set()

    def listening(name: str) -> str:
        asked.add(name)
        return real(name)

    read_catalog(listening)
    read_law(listening)
    assert list(read_caps(listening))
    assert list(read_kinds(listening))
    assert list(read_weights(listening))
    read_where_used = {"import_columns.csv", "import_words.csv", "name_endings.csv", "screen_sizes.csv"}
    assert asked == {path.relative_to(CATALOG).as_posix() for path in CATALOG.rglob("*.csv")} - read_where_used
