"""A row of a register becomes what createEnterprise takes, judged as createEnterprise judges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import EnterpriseSize, EnterpriseWrite, RiskLevel, StandardLevel
from models.regions import Region
from models.words import Datum, LocationSource, Word
from services.access import Actor, in_region
from services.enterprises import input_errors
from services.imports.reading import Reading, Wrong, industries_by_name, meant, plain_cells, shaped
from services.rules.names import normalise_name
from services.rules.register_cells import several
from services.rules.register_files import FileRow

LISTS = frozenset({"main_industry", "industries"})
WORDED: dict[str, type[Word]] = {"size": EnterpriseSize, "risk": RiskLevel, "standard_level": StandardLevel}
PLACE = ("lon", "lat", "crs")


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

    row: FileRow
    write: EnterpriseWrite
    office_code: str | None


async def gazetteer(tx: AsyncSession, actor: Actor) -> Gazetteer:
    """What rows may name instead of a code."""
    regions: dict[str, list[str]] = {}
    within = sa.select(col(Region.code), col(Region.name)).where(in_region(actor, col(Region.code)))
    for code, name in await tx.execute(within):
        regions.setdefault(normalise_name(name), []).append(code)
    return Gazetteer(await industries_by_name(tx), regions)


def read_rows(reading: Reading, rows: Sequence[FileRow], actor: Actor, names: Gazetteer) -> list[RegisterRow]:
    """The good ones; what is wrong with the others is noted. Without the database, for a thread."""
    good = []
    for row in rows:
        wrong: list[Wrong] = []
        read = _read_row(reading, row, actor, names, wrong)
        reading.refuse(row, wrong)
        good += [] if read is None or wrong else [read]
    return good


def _read_row(reading: Reading, row: FileRow, actor: Actor, names: Gazetteer, wrong: list[Wrong]) -> RegisterRow | None:
    cells = plain_cells(reading.layout, row, wrong)
    office_code = cells.pop("office_code", None)
    body = {} if wrong else _coded(cells, names, wrong)
    write = None if wrong else shaped(EnterpriseWrite, body, wrong)
    if write is None:
        return None
    errors = input_errors(actor, write, names.known_industries)
    wrong += [(error.pointer.split("/")[1], error.code) for error in errors]
    return RegisterRow(row, write, office_code)


def _coded(cells: Mapping[str, str], names: Gazetteer, wrong: list[Wrong]) -> dict[str, object]:
    """The cells as a body of createEnterprise, names of industries and villages replaced by their codes."""
    body: dict[str, object] = {name: text for name, text in cells.items() if name not in LISTS and name not in PLACE}
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
    for name, words in WORDED.items():
        if name in cells:
            body[name] = meant(words, name, cells[name])
            wrong += [(name, "word_unknown")] if body[name] is None else []
    if "lon" in cells or "lat" in cells:
        body["location"] = _location(cells, wrong)
    return body


def _location(cells: Mapping[str, str], wrong: list[Wrong]) -> dict[str, object] | None:
    """A place that somebody wrote into a table: no accuracy, and no device that could have been deceived."""
    degrees: dict[str, float] = {}
    for name, most in (("lon", 180.0), ("lat", 90.0)):
        try:
            degrees[name] = float(cells.get(name, ""))
        except ValueError:
            degrees[name] = nan
        if not abs(degrees[name]) <= most:
            wrong.append((name, "degrees_unreadable"))
    datum = cells.get("crs", Datum.WGS84.value)
    if datum not in set(Datum):
        wrong.append(("crs", "crs_unknown"))
    return None if wrong else {**degrees, "crs": datum, "source": LocationSource.MANUAL.value}


def _industry(text: str, names: Gazetteer) -> str | None:
    return names.industries.get(normalise_name(text))
