"""A register as offices keep it: sheets in, rows of named cells out. No database, no tables.

A title stands above the headings, headings are merged or of two lines, a second sheet holds another village.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.rules.names import normalise_name
from services.rules.sheets import MOST_ROWS, Area, CellKind, FileFault, Sheet, SheetLine, UnreadableFile

HEADING_ROWS = 10


@dataclass(frozen=True)
class Layout:
    """What a register's columns are: `meanings` the field of each normalised heading, `needed` those that must be.

    A bare 电话 belongs to the person on its left: `phones` names the phone of each person's column. `names` is what
    each field is called where the file has no column of it.
    """

    meanings: Mapping[str, str]
    names: Mapping[str, str]
    needed: tuple[str, ...]
    codes: frozenset[str]
    lists: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    phones: Mapping[str, str] = field(default_factory=dict)


class Note(StrEnum):
    """What a sheet hid or left out, which whoever sent it should know."""

    HIDDEN_ROWS = "hidden_rows"
    HIDDEN_COLUMNS = "hidden_columns"
    HIDDEN_SHEET = "hidden_sheet"
    NO_HEADINGS = "sheet_without_headings"
    MERGED = "merged_cells"


@dataclass(frozen=True, slots=True)
class Told:
    """A note of one sheet; `numbers` are rows as a spreadsheet numbers them, or places of columns."""

    sheet: str
    note: Note
    numbers: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row that holds anything; `overflow` when it has cells beyond the headings."""

    table: "Table"
    number: int
    cells: Mapping[str, str]
    kinds: Mapping[str, CellKind]
    overflow: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's headings: the text of each field's column, or its name, and the place."""

    sheet: str
    headings: Mapping[str, str]
    places: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """The rows below the headings of all sheets, the headings that mean nothing to us, and what else is to be said."""

    rows: Sequence[FileRow]
    ignored: Sequence[str]
    told: Sequence[Told]


def read_register(sheets: Sequence[Sheet], layout: Layout) -> RegisterFile:
    """The file's rows. Hidden rows and columns are read and told, hidden sheets are told. Raises UnreadableFile."""
    rows: list[FileRow] = []
    ignored: dict[str, None] = {}
    told: list[Told] = []
    found = False
    for sheet in sheets:
        if sheet.is_hidden:
            told.append(Told(sheet.name, Note.HIDDEN_SHEET))
            continue
        lines = _filled(sheet)
        start = _headings(sheet, lines, layout)
        if start is None:
            told += [Told(sheet.name, Note.NO_HEADINGS)] if lines else []
            continue
        found = True
        below, texts = start
        fields = _checked(texts, layout)
        rows += _below(sheet, below, texts, fields, layout)
        told += _told(sheet, below, len(texts))
        ignored.update({text: None for place, text in enumerate(texts) if place not in fields and text})
        if len(rows) > MOST_ROWS:
            raise UnreadableFile(FileFault.TOO_MANY_ROWS)
    if not found:
        raise UnreadableFile(FileFault.NO_HEADINGS, [layout.names[field] for field in layout.needed])
    return RegisterFile(rows, list(ignored), told)


def _filled(sheet: Sheet) -> Sequence[SheetLine]:
    """The lines, each with what was merged downwards into it: such a cell is kept once, in the uppermost line."""
    downwards = [area for area in sheet.merged if area.bottom > area.top]
    if not downwards:
        return sheet.lines
    lines = {line.number: line for line in sheet.lines}
    for area in downwards:
        said = lines.get(area.top)
        if said is None or said.kind(area.left) is CellKind.EMPTY:
            continue
        for number in range(area.top + 1, area.bottom + 1):
            if number in lines:
                lines[number] = _put(lines[number], area.left, said.cells[area.left], said.kind(area.left))
    return list(lines.values())


def _put(line: SheetLine, place: int, text: str, kind: CellKind) -> SheetLine:
    missing = max(0, place + 1 - len(line.cells))
    cells = [*line.cells, *[""] * missing]
    kinds = line.kinds + CellKind.EMPTY * missing
    cells[place] = text
    return SheetLine(line.number, cells, kinds[:place] + kind + kinds[place + 1 :])


def _headings(
    sheet: Sheet, lines: Sequence[SheetLine], layout: Layout
) -> tuple[Sequence[SheetLine], Sequence[str]] | None:
    """The lines below the headings, and the headings' texts."""
    for at, line in enumerate(lines):
        if line.number > HEADING_ROWS:
            return None
        texts = _spread(sheet, line)
        named = _fields(texts, layout)
        name = next((place for place, field in named.items() if field == layout.needed[0]), None)
        if len(set(named.values())) < 2 or name is None:
            continue
        below = lines[at + 1] if at + 1 < len(lines) else None
        if below is not None and any(_holds(area, line, below, name) for area in sheet.merged):
            return lines[at + 2 :], _joined(texts, _spread(sheet, below), layout)
        return lines[at + 1 :], texts
    return None


def _holds(area: Area, line: SheetLine, below: SheetLine, place: int) -> bool:
    """Whether a cell of the first line goes on in the second: then the headings are of two lines."""
    return area.top <= line.number and below.number <= area.bottom and area.left <= place <= area.right


def _spread(sheet: Sheet, line: SheetLine) -> list[str]:
    """A line of headings, each said in every cell that it was merged over."""
    texts = [cell.strip() for cell in line.cells]
    for area in sheet.merged:
        if area.top <= line.number <= area.bottom and area.left < len(texts) and area.right > area.left:
            texts += [""] * (area.right + 1 - len(texts))
            texts[area.left : area.right + 1] = [texts[area.left]] * (area.right + 1 - area.left)
    return texts


def _joined(upper: Sequence[str], lower: Sequence[str], layout: Layout) -> list[str]:
    """Headings of two lines as one: 主要负责人 above 电话 is 主要负责人电话, what goes on below itself is itself."""
    texts: list[str] = []
    for place in range(max(len(upper), len(lower))):
        above = upper[place] if place < len(upper) else ""
        below = lower[place] if place < len(lower) else ""
        whole = above if above == below else above + below
        is_known = normalise_name(whole) in layout.meanings or normalise_name(below) not in layout.meanings
        texts.append(whole if is_known else below)
    return texts


def _fields(texts: Sequence[str], layout: Layout) -> dict[int, str]:
    """The field of each column that has one; a bare 电话 belongs to the person on its left."""
    fields: dict[int, str] = {}
    phone = next(iter(layout.phones.values()), "phone")
    for place, heading in enumerate(texts):
        field = layout.meanings.get(normalise_name(heading))
        if field is None:
            continue
        phone = layout.phones.get(field, phone)
        fields[place] = phone if field == "phone" else field
    return fields


def _checked(texts: Sequence[str], layout: Layout) -> dict[int, str]:
    fields = _fields(texts, layout)
    named = list(fields.values())
    missing = [field for field in layout.needed if field not in named]
    if missing:
        raise UnreadableFile(FileFault.NO_HEADINGS, [layout.names[field] for field in missing])
    twice = [texts[place] for place, field in fields.items() if named.count(field) > 1]
    if twice:
        raise UnreadableFile(FileFault.HEADINGS_TWICE, twice)
    return fields


def _below(
    sheet: Sheet, lines: Sequence[SheetLine], texts: Sequence[str], fields: Mapping[int, str], layout: Layout
) -> Iterator[FileRow]:
    table = Table(
        sheet.name,
        {**layout.names, **{field: texts[place] for place, field in fields.items()}},
        {field: place for place, field in fields.items()},
    )
    for line in lines:
        cells = {field: line.cells[place] for place, field in fields.items() if place < len(line.cells)}
        kinds = {field: line.kind(place) for place, field in fields.items()}
        yield FileRow(table, line.number, cells, kinds, any(cell.strip() for cell in line.cells[len(texts) :]))


def _told(sheet: Sheet, lines: Sequence[SheetLine], width: int) -> Iterator[Told]:
    below = {line.number for line in lines}
    hidden_rows = [number for number in sheet.hidden_rows if number in below]
    hidden_columns = [place for place in sheet.hidden_columns if place < width]
    merged = sorted({number for area in sheet.merged for number in range(area.top + 1, area.bottom + 1)} & below)
    for note, numbers in (
        (Note.HIDDEN_ROWS, hidden_rows),
        (Note.HIDDEN_COLUMNS, hidden_columns),
        (Note.MERGED, merged),
    ):
        if numbers:
            yield Told(sheet.name, note, numbers)
