"""What a well-formed catalogue is: text of the files in, checked rows out. No reading of files, no database."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from services.rules.clocks import ONE_DAY, SATURDAY, Unit

DRAFT = date.max
"""The day of publication of a version that is not published: its line has none."""

CHANGEABLE = "单位可改"
"""What the source of a shipped limit says that an office may replace from a day on, by a row of its own."""

GRADES = frozenset({"general", "major"})
DAY_KINDS = frozenset({"holiday", "workday"})
ANSWERS = {"yes": True, "no": False}


class CatalogError(Exception):
    """A catalogue that cannot be loaded; the text names file and line for the person who edited it."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        self.file, self.line, self.problem = file, line, problem
        place = file if file.startswith("/") else f"catalog/{file}"
        super().__init__(f"{place}, line {line}: {problem}" if line else f"{place}: {problem}")


@dataclass(frozen=True, slots=True)
class IndustryRow:
    code: str
    position: int
    name_zh: str
    name_en: str
    gb4754: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    code: str
    version: int
    industry: str
    title: str
    published_on: date
    source: str
    file: str
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True)
class ItemRow:
    code: str
    version: int
    checklist: str
    position: int
    text: str
    default_grade: str
    basis: str
    verified: bool


@dataclass(frozen=True, slots=True)
class LimitRow:
    id: str
    name: str
    value: int
    unit: str
    valid_from: date
    valid_to: date | None
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class DayRow:
    day: date
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class YearRow:
    year: int
    source: str


@dataclass(frozen=True, slots=True)
class CatalogRows:
    """The whole catalogue, checked: every name that one file takes from another is there. `drafts` are only checked."""

    industries: tuple[IndustryRow, ...]
    checklists: tuple[ChecklistRow, ...]
    items: tuple[ItemRow, ...]
    limits: tuple[LimitRow, ...]
    days: tuple[DayRow, ...]
    years: tuple[YearRow, ...]
    drafts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one file; its getters refuse what the column may not hold."""

    file: str
    number: int
    cells: Mapping[str, str]

    def error(self, problem: str) -> CatalogError:
        """The same line, with what is wrong with it."""
        return CatalogError(self.file, self.number, problem)

    def text(self, column: str) -> str:
        """A cell that must hold something, without blanks around it."""
        value = self.cells[column]
        if not value or value != value.strip():
            raise self.error(f"{column} is empty or has blanks around it")
        return value

    def whole(self, column: str) -> int:
        """A positive whole number."""
        value = self.text(column)
        if not value.isdecimal() or not value.isascii() or int(value) == 0:
            raise self.error(f"{column} must be a whole number above 0")
        return int(value)

    def day(self, column: str) -> date:
        """A date like 2026-02-17."""
        try:
            return date.fromisoformat(self.text(column))
        except ValueError:
            raise self.error(f"{column} must be a date like 2026-02-17") from None

    def one_of(self, column: str, allowed: frozenset[str]) -> str:
        """A word of a closed set."""
        value = self.text(column)
        if value not in allowed:
            raise self.error(f"{column} must be one of {', '.join(sorted(allowed))}")
        return value

    def answer(self, column: str) -> bool:
        """yes or no."""
        return ANSWERS[self.one_of(column, frozenset(ANSWERS))]


def read_catalog(text_of: Callable[[str], str]) -> CatalogRows:
    """The catalogue from its files; `text_of` gives a file's text by its name under catalog/.

    Raises CatalogError at the first line that is wrong.
    """
    industries = tuple(read_industries(text_of("industries.csv")))
    listed = tuple(read_checklists(text_of("checklists/index.csv"), frozenset(row.code for row in industries)))
    checked = {listing: tuple(read_items(listing, text_of)) for listing in listed}
    _refuse_shared_codes(checked)
    checklists = tuple(listing for listing in listed if listing.published_on != DRAFT)
    items = tuple(item for checklist in checklists for item in checked[checklist])
    drafts = tuple(f"{listing.code} v{listing.version}" for listing in listed if listing.published_on == DRAFT)
    years = tuple(read_years(text_of("calendar_years.csv")))
    days = tuple(read_days(text_of("calendar.csv"), frozenset(row.year for row in years)))
    return CatalogRows(industries, checklists, items, tuple(read_limits(text_of("limits.csv"))), days, years, drafts)


def _refuse_shared_codes(checked: Mapping[ChecklistRow, tuple[ItemRow, ...]]) -> None:
    """MECH1 + 2 would read like MECH + 12."""
    owners: dict[str, str] = {}
    for listing, items in checked.items():
        for item in items:
            if owners.setdefault(item.code, listing.code) != listing.code:
                problem = f"{item.code} is an item of {owners[item.code]} already"
                raise CatalogError(f"checklists/{listing.file}", item.position + 1, problem)


def read_industries(text: str) -> Iterator[IndustryRow]:
    """industries.csv, in the order in which lists show them."""
    seen = Seen()
    for position, line in enumerate(lines("industries.csv", text, "code,name_zh,name_en,gb4754"), start=1):
        code = seen.once(line, line.text("code"))
        mapped = tuple(line.cells["gb4754"].split(";")) if line.cells["gb4754"] else ()
        yield IndustryRow(code, position, line.text("name_zh"), line.text("name_en"), mapped)


def read_checklists(text: str, industries: frozenset[str]) -> Iterator[ChecklistRow]:
    """checklists/index.csv: one line a published version, the file of its items last."""
    seen = Seen()
    columns = "code,version,industry,title,published_on,source,file,withdrawn_on"
    for line in lines("checklists/index.csv", text, columns):
        code, version = line.text("code"), line.whole("version")
        seen.once(line, f"{code} version {version}")
        yield ChecklistRow(
            code=code,
            version=version,
            industry=line.one_of("industry", industries),
            title=line.text("title"),
            published_on=line.day("published_on") if line.cells["published_on"] else DRAFT,
            source=line.text("source"),
            file=line.text("file"),
            withdrawn_on=line.day("withdrawn_on") if line.cells["withdrawn_on"] else None,
        )


def read_items(checklist: ChecklistRow, text_of: Callable[[str], str]) -> Iterator[ItemRow]:
    """The items of one version; an item's code starts with its checklist's, so no two checklists share one."""
    seen = Seen()
    file = f"checklists/{checklist.file}"
    items = lines(file, text_of(file), "code,default_grade,text,basis,verified")
    for position, line in enumerate(items, start=1):
        code = seen.once(line, line.text("code"))
        if not code.startswith(checklist.code) or not code[len(checklist.code) :].isdecimal():
            raise line.error(f"code must be {checklist.code} and a number")
        yield ItemRow(
            code=code,
            version=checklist.version,
            checklist=checklist.code,
            position=position,
            text=line.text("text"),
            default_grade=line.one_of("default_grade", GRADES),
            basis=line.text("basis"),
            verified=line.answer("verified"),
        )


def read_limits(text: str) -> Iterator[LimitRow]:
    """limits.csv: the periods of one rule follow each other; where a row may be changed, the next one ends it."""
    last: dict[str, LimitRow] = {}
    for line in lines("limits.csv", text, "id,name,value,unit,from,to,source,verified"):
        row = _limit(line)
        before = last.get(row.id)
        if before is not None:
            if before.valid_to is None and CHANGEABLE in before.source and row.valid_from > before.valid_from:
                before = replace(before, valid_to=row.valid_from - ONE_DAY)
            if before.valid_to is None or row.valid_from <= before.valid_to:
                raise line.error(f"{row.id} overlaps its earlier period")
            yield before
        last[row.id] = row
    yield from last.values()


def _limit(line: Line) -> LimitRow:
    start, end = line.day("from"), line.day("to") if line.cells["to"] else None
    if end is not None and end < start:
        raise line.error("to lies before from")
    return LimitRow(
        id=line.text("id"),
        name=line.text("name"),
        value=line.whole("value"),
        unit=line.one_of("unit", frozenset(Unit)),
        valid_from=start,
        valid_to=end,
        source=line.text("source"),
        verified=line.answer("verified"),
    )


def read_years(text: str) -> Iterator[YearRow]:
    """calendar_years.csv: the years whose arrangement has been published."""
    seen = Seen()
    for line in lines("calendar_years.csv", text, "year,source"):
        seen.once(line, line.text("year"))
        yield YearRow(line.whole("year"), line.text("source"))


def read_days(text: str, years: frozenset[int]) -> Iterator[DayRow]:
    """calendar.csv: weekdays off and weekend days worked, of known years only."""
    seen = Seen()
    for line in lines("calendar.csv", text, "date,kind,name"):
        day, kind = line.day("date"), line.one_of("kind", DAY_KINDS)
        seen.once(line, str(day))
        if day.year not in years:
            raise line.error(f"{day.year} is not in calendar_years.csv")
        if (kind == "holiday") != (day.weekday() < SATURDAY):
            raise line.error("a holiday must fall on a weekday and a workday on a weekend; others need no line")
        yield DayRow(day, kind, line.text("name"))


class Seen:
    """Keys that one file has used so far."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def once(self, line: Line, key: str) -> str:
        """The key, or CatalogError if an earlier line had it."""
        if key in self._keys:
            raise line.error(f"{key} was there before")
        self._keys.add(key)
        return key


def lines(file: str, text: str, columns: str) -> Iterator[Line]:
    """The lines of a file whose first one names these columns. Raises CatalogError."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    wanted = columns.split(",")
    try:
        if next(reader, []) != wanted:
            raise CatalogError(file, 1, f"the first line must be {columns}")
        for cells in reader:
            if len(cells) != len(wanted):
                raise CatalogError(file, reader.line_num, f"{len(cells)} columns where {len(wanted)} are named")
            yield Line(file, reader.line_num, dict(zip(wanted, cells, strict=True)))
    except csv.Error as error:
        raise CatalogError(file, reader.line_num, str(error)) from None
