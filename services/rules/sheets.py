"""Sheets of cells, whatever file they came in: each line with its number, its texts and what its cells were."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST_ROWS = 20_000
MOST_COLUMNS = 256
"""Of one sheet; a register has some twenty."""

_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,8})", re.ASCII)

DELIMITERS = ",\t;"


class CellKind(StrEnum):
    """What a cell was before it became text; one letter each, so that a line's kinds are one short text."""

    TEXT = "t"
    NUMBER = "n"
    DATE = "d"
    BOOLEAN = "b"
    ERROR = "e"
    EMPTY = "-"


class FileFault(StrEnum):
    """Why a file as a whole can't be read."""

    EMPTY = "empty"
    NOT_TEXT = "not_text"
    ENCODING = "encoding"
    NOT_CSV = "not_csv"
    OLD_WORKBOOK = "old_workbook"
    ENCRYPTED = "encrypted"
    NOT_WORKBOOK = "not_workbook"
    DAMAGED = "damaged"
    MARKUP = "markup"
    TOO_LARGE_INSIDE = "too_large_inside"
    TOO_MANY_SHEETS = "too_many_sheets"
    FAR_CELL = "far_cell"
    TOO_HEAVY = "too_heavy"
    NO_HEADINGS = "no_headings"
    HEADINGS_TWICE = "headings_twice"
    TOO_MANY_ROWS = "too_many_rows"


class UnreadableFile(Exception):
    """The file as a whole can't be read; `columns` names those that are missing or stand twice."""

    def __init__(self, fault: FileFault, columns: Sequence[str] = ()) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.columns = list(columns)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line that holds anything, as a spreadsheet numbers it; `kinds` has a letter of CellKind for each cell."""

    number: int
    cells: Sequence[str]
    kinds: str

    def kind(self, place: int) -> CellKind:
        """What the cell at this place was; beyond the line there is nothing."""
        return CellKind(self.kinds[place]) if place < len(self.kinds) else CellKind.EMPTY


@dataclass(frozen=True, slots=True)
class Area:
    """Merged cells: first and last line by their numbers, first and last place from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; a CSV file is one without a name. Hidden columns are places from 0."""

    name: str
    lines: Sequence[SheetLine]
    is_hidden: bool = False
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[int] = ()
    merged: Sequence[Area] = ()


def column_letters(place: int) -> str:
    """A, B … Z, AA: the name of a column that stands at this place, from 0."""
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def cell_place(reference: str) -> tuple[int, int]:
    """Row from 1 and column from 0 of a reference like C7 or $C$7. Raises ValueError."""
    match = _REFERENCE.fullmatch(reference.replace("$", ""))
    if match is None:
        raise ValueError("not a reference to a cell")
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column - 1


def to_json(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as the confined child hands them over, and as they are kept."""
    told = [
        {
            "name": sheet.name,
            "is_hidden": sheet.is_hidden,
            "hidden_rows": list(sheet.hidden_rows),
            "hidden_columns": list(sheet.hidden_columns),
            "merged": [[area.top, area.left, area.bottom, area.right] for area in sheet.merged],
            "lines": [[line.number, list(line.cells), line.kinds] for line in sheet.lines],
        }
        for sheet in sheets
    ]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def from_json(raw: bytes) -> list[Sheet]:
    """What `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    told: list[dict[str, Any]] = json.loads(raw.decode("utf-8", "surrogatepass"))
    return [_sheet(sheet) for sheet in told]


def csv_sheet(raw: bytes) -> Sheet:
    """A file of text. Raises UnreadableFile."""
    lines = [
        SheetLine(number, cells, "".join(CellKind.TEXT if cell.strip() else CellKind.EMPTY for cell in cells))
        for number, cells in _lines(_decoded(raw))
        if any(cell.strip() for cell in cells)
    ]
    return Sheet("", lines)


_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def quoted(text: str) -> str:
    """A text as a cell of a CSV file that no spreadsheet takes for a formula; `csv_sheet` takes the quote off again."""
    return f"'{text}" if _FORMULA.match(text) else text


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _sheet(told: Mapping[str, Any]) -> Sheet:
    return Sheet(
        str(told["name"]),
        [SheetLine(int(number), [str(cell) for cell in cells], str(kinds)) for number, cells, kinds in told["lines"]],
        bool(told["is_hidden"]),
        [int(number) for number in told["hidden_rows"]],
        [int(place) for place in told["hidden_columns"]],
        [Area(*map(int, area)) for area in told["merged"]],
    )


def _decoded(raw: bytes) -> str:
    if not raw.strip():
        raise UnreadableFile(FileFault.EMPTY)
    if b"\x00" in raw:
        raise UnreadableFile(FileFault.NOT_TEXT)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(FileFault.ENCODING)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    # The first line that has any: of the headings, or of a title that a spreadsheet wrote as wide as these.
    split = next((line for line in text[:4000].splitlines() if any(mark in line for mark in DELIMITERS)), "")
    delimiter = max(DELIMITERS, key=split.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(rows, start=1):
            yield number, [_unquoted(cell) for cell in cells]
    except csv.Error:
        raise UnreadableFile(FileFault.NOT_CSV) from None
