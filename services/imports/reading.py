"""Rows of a file become what the register takes, each with all that is wrong with it."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import EnterpriseWrite
from models.imports import RowProblem
from models.industries import Industry
from models.regions import Region
from services.access import Actor, in_region
from services.enterprises import input_errors
from services.imports.errors import OTHERWISE, REASONS
from services.rules.names import normalise_name
from services.rules.register_files import LISTS, NEEDED, BadCell, FileRow, plain, read_register, several

COLUMNS = Path(__file__).resolve().parents[2] / "catalog" / "import_columns.csv"


@dataclass(frozen=True)
class Gazetteer:
    """Codes by the names that offices write: industries, and the villages in the actor's range."""

    industries: Mapping[str, str]
    regions: Mapping[str, Sequence[str]]

    @property
    def known_industries(self) -> frozenset[str]:
        """All codes of industries."""
        return frozenset(self.industries.values())


@dataclass(frozen=True)
class RegisterRow:
    """One good row: `write` is what it says, `office_code` which place it means."""

    number: int
    write: EnterpriseWrite
    office_code: str | None


@dataclass
class Reading:
    """A file as it was understood."""

    headings: Mapping[str, str]
    ignored: Sequence[str]
    rows: int
    good: list[RegisterRow] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    def refuse(self, number: int, name: str, code: str) -> None:
        """Note what is wrong with a row, in the column of the field that has this name."""
        reason = REASONS.get(code, OTHERWISE)
        self.problems.append(RowProblem(row=number, column=self.headings.get(name, name), code=code, detail=reason))


async def gazetteer(tx: AsyncSession, actor: Actor) -> Gazetteer:
    """What rows may name instead of a code."""
    industries: dict[str, str] = {}
    for code, name in await tx.execute(sa.select(col(Industry.code), col(Industry.name_zh))):
        industries[normalise_name(code)] = industries[normalise_name(name)] = code
    regions: dict[str, list[str]] = {}
    within = sa.select(col(Region.code), col(Region.name)).where(in_region(actor, col(Region.code)))
    for code, name in await tx.execute(within):
        regions.setdefault(normalise_name(name), []).append(code)
    return Gazetteer(industries, regions)


def read(raw: bytes, actor: Actor, names: Gazetteer) -> Reading:
    """The whole file, judged row by row as createEnterprise judges; without the database, for a thread.

    Raises UnreadableFile.
    """
    file = read_register(raw, _meanings())
    reading = Reading(file.headings, file.ignored, len(file.rows))
    for row in file.rows:
        _read_row(reading, row, actor, names)
    return reading


def _read_row(reading: Reading, row: FileRow, actor: Actor, names: Gazetteer) -> None:
    wrong: list[tuple[str, str]] = [("name", "row_overflows")] if row.overflow else []
    cells = _plain_cells(row, wrong)
    office_code = cells.pop("office_code", None)
    body = {} if wrong else _coded(cells, names, wrong)
    write = None if wrong else _write(body, wrong)
    if write is not None:
        errors = input_errors(actor, write, names.known_industries)
        wrong += [(error.pointer.split("/")[1], error.code) for error in errors]
        if not wrong:
            reading.good.append(RegisterRow(row.number, write, office_code))
    for name, code in dict.fromkeys(wrong):
        reading.refuse(row.number, name, code)


def _plain_cells(row: FileRow, wrong: list[tuple[str, str]]) -> dict[str, str]:
    """The cells that say something."""
    cells: dict[str, str] = {}
    for name, cell in row.cells.items():
        try:
            text = plain(name, cell)
        except BadCell as bad:
            wrong.append((name, bad.code))
        else:
            if text is not None:
                cells[name] = text
    refused = {name for name, _ in wrong}
    wrong += [(name, "cell_empty") for name in NEEDED if name not in cells and name not in refused]
    return cells


def _coded(cells: Mapping[str, str], names: Gazetteer, wrong: list[tuple[str, str]]) -> dict[str, object]:
    """The cells as a body of createEnterprise, names of industries and villages replaced by their codes."""
    body: dict[str, object] = {name: text for name, text in cells.items() if name not in LISTS}
    region = cells["region"]
    if not region.isdecimal():
        places = names.regions.get(normalise_name(region), [])
        if len(places) == 1:
            body["region"] = places[0]
        else:
            wrong.append(("region", "region_ambiguous" if places else "region_unknown"))
    main, *more = [_industry(part, names) for part in several(cells["main_industry"])] or [None]
    others = [_industry(part, names) for part in several(cells.get("industries", ""))]
    if main is None or None in more:
        wrong.append(("main_industry", "industry_unknown"))
    if None in others:
        wrong.append(("industries", "industry_unknown"))
    body["main_industry"] = main
    body["industries"] = sorted({code for code in [*more, *others] if code is not None})
    return body


def _industry(text: str, names: Gazetteer) -> str | None:
    return names.industries.get(normalise_name(text))


def _write(body: Mapping[str, object], wrong: list[tuple[str, str]]) -> EnterpriseWrite | None:
    try:
        return EnterpriseWrite.model_validate(body)
    except ValidationError as refused:
        wrong += [(str(error["loc"][0]), _code(str(error["loc"][0]), error["type"])) for error in refused.errors()]
    return None


def _code(name: str, kind: str) -> str:
    return "region_malformed" if name == "region" else kind


@cache
def _meanings() -> dict[str, str]:
    """The field of each heading that offices use."""
    with COLUMNS.open(encoding="utf-8", newline="") as lines:
        return {normalise_name(line["heading"]): line["field"] for line in csv.DictReader(lines)}
