"""What every kind of import shares: a file as it was understood, and what is wrong with its rows."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.imports import RowChange, RowProblem, SheetNote, ValueClass
from models.industries import Industry
from models.words import ImportKind, Word
from services.imports.errors import NOTES, OTHERWISE, REASONS
from services.rules.names import normalise_name
from services.rules.register_cells import BadCell, plain
from services.rules.register_files import FileRow, Layout, Note, RegisterFile, Told
from services.rules.sheets import CellKind, column_letters

COLUMNS = Path(__file__).resolve().parents[2] / "catalog" / "import_columns.csv"
WORDS = COLUMNS.with_name("import_words.csv")
AT_ONCE = 200
MOST_NAMED = 20
"""Hidden rows or columns that a note names one by one."""

Shape = TypeVar("Shape", bound=BaseModel)
AnyWord = TypeVar("AnyWord", bound=Word)
Wrong = tuple[str, str]
"""A field and a code."""

CLASSES = {
    CellKind.TEXT: ValueClass.TEXT,
    CellKind.NUMBER: ValueClass.NUMBER,
    CellKind.DATE: ValueClass.DATE,
    CellKind.BOOLEAN: ValueClass.BOOLEAN,
    CellKind.ERROR: ValueClass.ERROR,
    CellKind.EMPTY: ValueClass.EMPTY,
}


@dataclass
class Reading:
    """A file, and all that is wrong with its rows."""

    layout: Layout
    file: RegisterFile
    problems: list[RowProblem] = field(default_factory=list)

    def refuse(self, row: FileRow, wrong: Iterable[Wrong]) -> None:
        """Note what is wrong with a row, in the columns of the fields."""
        for name, code in dict.fromkeys(wrong):
            place = row.table.places.get(name)
            self.problems.append(
                RowProblem(
                    sheet=row.table.sheet,
                    row=row.number,
                    column=row.table.headings.get(name, name),
                    cell=f"{column_letters(place or 0)}{row.number}",
                    value_class=CLASSES[row.kinds.get(name, CellKind.EMPTY)],
                    code=code,
                    detail=REASONS.get(code, OTHERWISE),
                )
            )

    def in_order(self) -> list[RowProblem]:
        """The problems as the file goes."""
        sheets = list(dict.fromkeys(row.table.sheet for row in self.file.rows))
        return sorted(self.problems, key=lambda problem: (sheets.index(problem.sheet), problem.row))


def layout_of(kind: ImportKind, needed: tuple[str, ...], codes: Iterable[str], **more: object) -> Layout:
    """The layout of a kind whose headings stand in the catalogue."""
    headings = [(line["field"], line["heading"]) for line in _headings() if line["register"] == kind.value]
    meanings = {normalise_name(heading): name for name, heading in headings}
    names = dict(reversed(headings))  # the first is what a field is called
    return Layout(meanings, names, needed, frozenset(codes), **more)  # type: ignore[arg-type]


@cache
def _headings() -> list[dict[str, str]]:
    """The headings that offices use."""
    with COLUMNS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def meant(words: type[AnyWord], field: str, text: str) -> AnyWord | None:
    """The member that offices mean by this text: by its label, its code, or a word of the catalogue."""
    said = normalise_name(text)
    value = _words().get((field, said)) or _own(words).get(said)
    return None if value is None else words(value)


@cache
def _own(words: type[Word]) -> dict[str, str]:
    """The value of each member by what it calls itself."""
    return {normalise_name(name): member.value for member in words for name in (member.value, member.label)}


@cache
def _words() -> dict[tuple[str, str], str]:
    """The value of each word that offices use, by field."""
    with WORDS.open(encoding="utf-8", newline="") as lines:
        return {(line["field"], normalise_name(line["word"])): line["value"] for line in csv.DictReader(lines)}


def plain_cells(layout: Layout, row: FileRow, wrong: list[Wrong]) -> dict[str, str]:
    """The cells that say something."""
    cells: dict[str, str] = {}
    wrong += [(layout.needed[0], "row_overflows")] if row.overflow else []
    for name, cell in row.cells.items():
        try:
            text = plain(layout, name, cell)
        except BadCell as bad:
            wrong.append((name, bad.code))
        else:
            if text is not None:
                cells[name] = text
    refused = {name for name, _ in wrong}
    wrong += [(name, "cell_empty") for name in layout.needed if name not in cells and name not in refused]
    return cells


def shaped(shape: type[Shape], body: object, wrong: list[Wrong]) -> Shape | None:
    """The body as a call would bring it; what a call would refuse is noted."""
    try:
        return shape.model_validate(body)
    except ValidationError as refused:
        for error in refused.errors():
            name = str(error["loc"][0])
            wrong.append((name, "region_malformed" if name == "region" else error["type"]))
    return None


def in_parts(rows: Sequence[FileRow]) -> Iterator[Sequence[FileRow]]:
    """So many rows as one question to the database may name."""
    return (rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE))


def told_change(row: FileRow, name: str, field: str, before: object, after: object) -> RowChange:
    """One field that a row changes."""
    return RowChange(
        sheet=row.table.sheet,
        row=row.number,
        name=name,
        column=row.table.headings.get(field, field),
        field=field,
        before=_text(before),
        after=_text(after),
    )


def note_of(told: Told) -> SheetNote:
    """A note as people read it, with the rows or columns it is about."""
    named = [column_letters(n) if told.note is Note.HIDDEN_COLUMNS else str(n) for n in told.numbers[:MOST_NAMED]]
    more = f" 等 {len(told.numbers)} 处" if len(told.numbers) > MOST_NAMED else ""
    where = f"：{'、'.join(named)}{more}" if named else ""
    return SheetNote(sheet=told.sheet, code=told.note.value, detail=NOTES[told.note] + where)


async def industries_by_name(tx: AsyncSession) -> dict[str, str]:
    """Codes of industries by their names and by themselves, as names are compared."""
    found: dict[str, str] = {}
    for code, name in await tx.execute(sa.select(col(Industry.code), col(Industry.name_zh))):
        found[normalise_name(code)] = found[normalise_name(name)] = code
    return found


def _text(value: object) -> str | None:
    if value is None:
        return None
    return "、".join(sorted(map(str, value))) if isinstance(value, list | set | frozenset) else str(value)
