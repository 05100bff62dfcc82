"""Confined work: the sheets of an .xlsx workbook.

Two passes. The first reads every XML part as XML, cell by cell, and refuses what would make the second fall: calamine
lays a sheet out as one rectangle, so a 5 kB file with one cell at XFD1048576 asks for 550 GB. It also finds what
calamine does not tell: hidden rows and columns, and cells that show an error. The second takes the values.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from xml.parsers import expat

from services.confined.protocol import Answer, Fact, Refused
from services.rules.register_files import HEADING_ROWS
from services.rules.sheets import (
    MOST_COLUMNS,
    MOST_ROWS,
    Area,
    CellKind,
    FileFault,
    Sheet,
    SheetLine,
    cell_place,
    to_json,
)

MOST_PARTS = 2_000
MOST_INSIDE_BYTES = 96_000_000
"""20,000 rows of thirty columns are some 35 MB of XML."""
MOST_SHEETS = 100
LAST_ROW = 100_000
MOST_CELLS = 4_000_000
"""Of the rectangle from A1 to the last row and the last column: 130 MB in calamine."""
MOST_MERGED = 200_000
"""Rows that merged cells may reach over, all areas together."""
LONGEST = 32_767
"""Characters of a cell, as spreadsheets have it (ECMA-376 leaves it open)."""
LARGEST_ANSWER = 50_000_000
PIECE = 1 << 16
ERROR = "#N/A"
WIDEST_WHOLE = 10**15
"""Spreadsheets keep fifteen digits of a number."""

_SHARES = b"\xd0\xcf\x11\xe0"
_XML = (".xml", ".rels", ".vml")


@dataclass
class Survey:
    """What the first pass found in one sheet's part; rows are numbered from 1, columns from 0."""

    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)
    is_sheet: bool = False
    last_row: int = 0
    width: int = 0


def prepare(options: dict[str, Fact]) -> None:  # noqa: ARG001  (each work has this shape)
    """Calamine, and the codecs that zipfile would load at first use."""
    import python_calamine  # noqa: F401

    "".encode("cp437")
    "".encode("utf-16-le")
    "".encode("utf-8", "surrogatepass")
    expat.ParserCreate().Parse(b"<a/>", True)


def work(data: bytes, options: dict[str, Fact]) -> Answer:  # noqa: ARG001
    """The sheets as JSON. Raises Refused with the name of a FileFault."""
    surveys, targets = _surveyed(data)
    sheets = list(_read(data, surveys, targets))
    if sum(len(sheet.lines) for sheet in sheets if not sheet.is_hidden) > MOST_ROWS + MOST_SHEETS * HEADING_ROWS:
        raise Refused(FileFault.TOO_MANY_ROWS)
    told = to_json(sheets)
    if len(told) > LARGEST_ANSWER:
        raise Refused(FileFault.TOO_LARGE_INSIDE)
    return Answer(parts={"sheets": told})


def _surveyed(data: bytes) -> tuple[dict[str, Survey], dict[str, str]]:
    """What each part of a sheet holds, by its path, and the path of each sheet, by its name."""
    if data.startswith(_SHARES):
        raise Refused(FileFault.ENCRYPTED if "EncryptedPackage".encode("utf-16-le") in data else FileFault.OLD_WORKBOOK)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _survey_all(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, expat.ExpatError):
        raise Refused(FileFault.DAMAGED) from None
    except RuntimeError as error:  # zipfile's words for a password, and for a compression that it does not know
        raise Refused(FileFault.ENCRYPTED if "password" in str(error) else FileFault.DAMAGED) from None


def _survey_all(archive: zipfile.ZipFile) -> tuple[dict[str, Survey], dict[str, str]]:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_INSIDE_BYTES:
        raise Refused(FileFault.TOO_LARGE_INSIDE)
    by_path = {part.filename.replace("\\", "/").casefold(): part for part in parts}
    if "xl/workbook.xml" not in by_path:
        raise Refused(FileFault.NOT_WORKBOOK)
    surveys: dict[str, Survey] = {}
    sheets: dict[str, str] = {}
    relations: dict[str, str] = {}
    for path, part in by_path.items():
        if not path.endswith(_XML):
            continue
        survey = Survey()
        _parse(archive, part, _Pass(survey, sheets, relations if path == "xl/_rels/workbook.xml.rels" else {}))
        if survey.is_sheet:
            surveys[path] = survey
    if len(sheets) > MOST_SHEETS:
        raise Refused(FileFault.TOO_MANY_SHEETS)
    return surveys, {name: _path(relations.get(key, "")) for name, key in sheets.items()}


def _path(target: str) -> str:
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/").casefold()


def _parse(archive: zipfile.ZipFile, part: zipfile.ZipInfo, passing: "_Pass") -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = passing.start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    with archive.open(part) as stream:
        while piece := stream.read(PIECE):
            parser.Parse(piece, False)
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    """No spreadsheet writes one; entities that grow are declared in it."""
    raise Refused(FileFault.MARKUP)


class _Pass:
    """The elements of one part as they come, of whatever namespace prefix."""

    def __init__(self, survey: Survey, sheets: dict[str, str], relations: dict[str, str]) -> None:
        self.survey, self.sheets, self.relations = survey, sheets, relations
        self.row, self.column, self.is_error, self.reached = 0, -1, False, 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        handle = _ELEMENTS.get(name.rpartition(":")[2])
        if handle is not None:
            handle(self, attributes)

    def worksheet(self, _: dict[str, str]) -> None:
        self.survey.is_sheet = True

    def begin_row(self, attributes: dict[str, str]) -> None:
        self.row = int(attributes.get("r") or self.row + 1)
        self.column = -1
        if attributes.get("hidden") in ("1", "true"):
            self.survey.hidden_rows.append(self.row)

    def cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
        else:
            self.row, self.column = cell_place(reference)
        self.is_error = attributes.get("t") == "e"

    def value(self, _: dict[str, str]) -> None:
        if self.row > LAST_ROW or self.column >= MOST_COLUMNS:
            raise Refused(FileFault.FAR_CELL)
        survey = self.survey
        survey.last_row, survey.width = max(survey.last_row, self.row), max(survey.width, self.column + 1)
        if survey.last_row * survey.width > MOST_CELLS:
            raise Refused(FileFault.FAR_CELL)
        if self.is_error:
            survey.errors.add((self.row, self.column))

    def columns(self, attributes: dict[str, str]) -> None:
        if attributes.get("hidden") in ("1", "true"):
            first, last = int(attributes.get("min", 1)), int(attributes.get("max", 1))
            self.survey.hidden_columns.update(range(max(first, 1) - 1, min(last, MOST_COLUMNS)))

    def merge(self, attributes: dict[str, str]) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        top, left = cell_place(first)
        bottom, right = cell_place(last or first)
        area = Area(top, left, min(bottom, LAST_ROW), min(right, MOST_COLUMNS - 1))
        self.reached += max(0, area.bottom - area.top) + 1
        if self.reached > MOST_MERGED:
            raise Refused(FileFault.TOO_HEAVY)
        self.survey.merged.append(area)

    def sheet(self, attributes: dict[str, str]) -> None:
        key = next((value for name, value in attributes.items() if name.rpartition(":")[2] == "id"), "")
        self.sheets[attributes.get("name", "")] = key
        if len(self.sheets) > MOST_SHEETS:
            raise Refused(FileFault.TOO_MANY_SHEETS)

    def relation(self, attributes: dict[str, str]) -> None:
        self.relations[attributes.get("Id", "")] = attributes.get("Target", "")


_ELEMENTS = {
    "worksheet": _Pass.worksheet,
    "row": _Pass.begin_row,
    "c": _Pass.cell,
    "v": _Pass.value,
    "is": _Pass.value,
    "col": _Pass.columns,
    "mergeCell": _Pass.merge,
    "sheet": _Pass.sheet,
    "Relationship": _Pass.relation,
}


def _read(data: bytes, surveys: dict[str, Survey], targets: dict[str, str]) -> Iterator[Sheet]:
    import python_calamine as calamine

    try:
        workbook = calamine.load_workbook(io.BytesIO(data))
        for told in workbook.sheets_metadata:
            if told.typ is not calamine.SheetTypeEnum.WorkSheet:
                continue
            survey = surveys.get(targets.get(told.name, ""), Survey())
            rows = workbook.get_sheet_by_name(told.name).to_python(skip_empty_area=False)
            hidden = told.visible is not calamine.SheetVisibleEnum.Visible
            yield _sheet(told.name, hidden, rows, survey)
    except calamine.PasswordError:
        raise Refused(FileFault.ENCRYPTED) from None
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, calamine.WorksheetNotFound):
        raise Refused(FileFault.DAMAGED) from None


def _sheet(name: str, is_hidden: bool, rows: Sequence[Sequence[object]], survey: Survey) -> Sheet:
    errors: dict[int, set[int]] = {}
    for row, column in survey.errors:
        errors.setdefault(row, set()).add(column)
    lines = [_line(number, values, errors.get(number, set())) for number, values in enumerate(rows, start=1)]
    return Sheet(
        name,
        [line for line in lines if line.kinds.strip(CellKind.EMPTY)],
        is_hidden,
        survey.hidden_rows,
        sorted(survey.hidden_columns),
        survey.merged,
    )


def _line(number: int, values: Sequence[object], errors: set[int]) -> SheetLine:
    told = [(ERROR, CellKind.ERROR) if place in errors else _cell(value) for place, value in enumerate(values)]
    kinds = "".join(kind for _, kind in told)
    width = len(kinds.rstrip(CellKind.EMPTY))
    return SheetLine(number, [text for text, _ in told[:width]], kinds[:width])


def _cell(value: object) -> tuple[str, CellKind]:
    match value:
        case str():
            if len(value) > LONGEST:
                raise Refused(FileFault.TOO_LARGE_INSIDE)
            return value, CellKind.TEXT if value.strip() else CellKind.EMPTY
        case bool():
            return str(value).upper(), CellKind.BOOLEAN
        case int() | float():
            return _number(value), CellKind.NUMBER
        case datetime() if value.time() == time():
            return value.date().isoformat(), CellKind.DATE
        case datetime() | date() | time():
            return value.isoformat(), CellKind.DATE
        case timedelta():
            return str(value), CellKind.DATE
        case _:
            return "", CellKind.EMPTY


def _number(value: float) -> str:
    """A whole number as its digits, unless the spreadsheet had no room for all of them: then as it lost them."""
    if abs(value) >= WIDEST_WHOLE:
        return f"{value:.14E}"
    return str(int(value)) if value == int(value) else repr(value)
