"""A register as offices keep it in a file: bytes in, rows of named cells out. No database, no tables.

What spreadsheets do to such files was tried: 13800000000 comes back as 13800000000.0, an 18-digit code typed as a
number has lost its last digits, codes are full-width, a title stands above the headings.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.rules.codes import normalise_code, read_uscc, trim_region_code
from services.rules.names import normalise_name

MOST_ROWS = 20_000
HEADING_ROWS = 10
NEEDED = ("name", "region", "main_industry")
PHONES = {"principal_name": "principal_phone", "safety_manager_name": "safety_manager_phone"}
CODES = frozenset({"uscc", "office_code", "region", "principal_phone", "safety_manager_phone"})
LISTS = frozenset({"main_industry", "industries"})

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_EMPTY_WORDS = frozenset({"无", "暂无", "没有", "/", "\\", "-", "—", "——", "--", "N/A", "n/a"})
_TEXT_FORMULA = re.compile(r'="(.*)"')
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_POINT_ZERO = re.compile(r"(\d+)\.0+")
_SEPARATORS = re.compile(r"[,;、/|\s]+")


class FileFault(StrEnum):
    """Why a file as a whole can't be read."""

    EMPTY = "empty"
    WORKBOOK = "workbook"
    NOT_TEXT = "not_text"
    ENCODING = "encoding"
    NOT_CSV = "not_csv"
    NO_HEADINGS = "no_headings"
    HEADINGS_TWICE = "headings_twice"
    TOO_MANY_ROWS = "too_many_rows"


class UnreadableFile(Exception):
    """The file as a whole can't be read; `columns` names those that are missing or stand twice."""

    def __init__(self, fault: FileFault, columns: Sequence[str] = ()) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.columns = list(columns)


class BadCell(Exception):
    """A cell that means nothing we could take; `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row that holds anything, as a spreadsheet numbers it; `overflow` when it has cells beyond the headings."""

    number: int
    cells: Mapping[str, str]
    overflow: bool


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """The rows below the headings, the heading of each field, and the headings that mean nothing to us."""

    rows: Sequence[FileRow]
    headings: Mapping[str, str]
    ignored: Sequence[str]


def read_register(raw: bytes, meanings: Mapping[str, str]) -> RegisterFile:
    """The file's rows. `meanings` names the field of each normalised heading. Raises UnreadableFile."""
    lines = _lines(_decoded(raw))
    for number, line in lines:
        fields = _fields(line, meanings)
        if len(set(fields.values())) >= 2 and "name" in fields.values():
            return _below(lines, line, fields)
        if number >= HEADING_ROWS:
            break
    raise UnreadableFile(FileFault.NO_HEADINGS, NEEDED)


def plain(field: str, cell: str) -> str | None:
    """What a cell says, or None when it says nothing. Free text is kept; codes and phones are mended.

    Raises BadCell when the spreadsheet has destroyed a number.
    """
    text = cell.strip()
    if field not in CODES and field not in LISTS:
        return None if text in _EMPTY_WORDS or not text else text
    formula = _TEXT_FORMULA.fullmatch(text)
    text = unicodedata.normalize("NFKC", formula[1] if formula else text).removeprefix("'").strip()
    if text in _EMPTY_WORDS or not text:
        return None
    if field not in CODES:
        return text
    if _SCIENTIFIC.fullmatch(text):
        raise BadCell("number_rounded")
    whole = _POINT_ZERO.fullmatch(text)
    return _code(field, whole[1] if whole else text)


def several(text: str) -> list[str]:
    """The parts of a cell that lists things."""
    return [part for part in _SEPARATORS.split(text) if part]


def _code(field: str, text: str) -> str:
    if field == "uscc":
        reading = read_uscc(text)
        # Spreadsheets keep fifteen digits and put zeros for the rest.
        if reading.code.isdecimal() and reading.code.endswith("000") and not reading.check_digit_ok:
            raise BadCell("number_rounded")
        return reading.code
    if field == "region":
        code = trim_region_code(text)
        return code if code.isdecimal() else text
    return normalise_code(text) if field == "office_code" else text


def _decoded(raw: bytes) -> str:
    if not raw.strip():
        raise UnreadableFile(FileFault.EMPTY)
    if raw.startswith(_WORKBOOKS):
        raise UnreadableFile(FileFault.WORKBOOK)
    if b"\x00" in raw:
        raise UnreadableFile(FileFault.NOT_TEXT)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(FileFault.ENCODING)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    start = text[:4000]
    delimiter = max(",\t;", key=start.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from enumerate(rows, start=1)
    except csv.Error:
        raise UnreadableFile(FileFault.NOT_CSV) from None


def _fields(line: Sequence[str], meanings: Mapping[str, str]) -> dict[int, str]:
    """The field of each column that has one; a bare 电话 belongs to the person on its left."""
    fields: dict[int, str] = {}
    phone = PHONES["principal_name"]
    for place, heading in enumerate(line):
        field = meanings.get(normalise_name(heading))
        if field is None:
            continue
        phone = PHONES.get(field, phone)
        fields[place] = phone if field == "phone" else field
    return fields


def _below(lines: Iterator[tuple[int, list[str]]], line: Sequence[str], fields: Mapping[int, str]) -> RegisterFile:
    named = list(fields.values())
    missing = [field for field in NEEDED if field not in named]
    if missing:
        raise UnreadableFile(FileFault.NO_HEADINGS, missing)
    twice = [line[place].strip() for place, field in fields.items() if named.count(field) > 1]
    if twice:
        raise UnreadableFile(FileFault.HEADINGS_TWICE, twice)
    rows: list[FileRow] = []
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) == MOST_ROWS:
            raise UnreadableFile(FileFault.TOO_MANY_ROWS)
        taken = {field: cells[place] for place, field in fields.items() if place < len(cells)}
        rows.append(FileRow(number, taken, any(cell.strip() for cell in cells[len(line) :])))
    headings = {field: line[place].strip() for place, field in fields.items()}
    ignored = [heading.strip() for place, heading in enumerate(line) if place not in fields and heading.strip()]
    return RegisterFile(rows, headings, ignored)
