"""Statutes, the criteria of major hazards, and fines, as the catalogue's files hold them; and whether names agree."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from services.rules.catalog_files import CatalogRows, Line, Seen, lines

STAGES = frozenset({"first", "refused", "accident"})
WHO = frozenset({"unit", "person"})
OF_THE_OFFICE = ("地方规定", "本系统建议值", "工作惯例")
"""How a basis begins that is no statute and says so itself."""

CLAUSE = re.compile(r"第[一二三四五六七八九十百]+条(?:第（[一二三四五六七八九十]+）项)?")


@dataclass(frozen=True, slots=True)
class StatuteRow:
    cited: str
    title: str
    number: str | None
    issuer: str | None
    valid_from: date | None
    valid_to: date | None
    note: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class CriterionRow:
    code: str
    cited: str
    domain: str
    number: str
    issuer: str
    valid_from: date | None
    valid_to: date | None
    note: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class ClauseRow:
    criterion: str
    position: int
    clause: str
    text: str
    applies_when: str
    verified: bool


@dataclass(frozen=True, slots=True)
class FineRow:
    position: int
    statute: str
    article: str
    violation: str
    stage: str
    who: str
    min_yuan: int | None
    max_yuan: int | None
    also: str | None
    valid_from: date
    valid_to: date | None
    verified: bool


@dataclass(frozen=True, slots=True)
class LawRows:
    """All of it, checked: clauses name a known standard, fines a known statute."""

    statutes: tuple[StatuteRow, ...]
    criteria: tuple[CriterionRow, ...]
    clauses: tuple[ClauseRow, ...]
    fines: tuple[FineRow, ...]


def read_law(text_of: Callable[[str], str]) -> LawRows:
    """From the files; `text_of` as in `read_catalog`. Raises CatalogError at the first line that is wrong."""
    statutes = tuple(_statutes(text_of("statutes.csv")))
    criteria = tuple(_criteria(text_of("criteria.csv")))
    clauses = tuple(_clauses(text_of("criteria_clauses.csv"), frozenset(row.code for row in criteria)))
    fines = tuple(_fines(text_of("fines.csv"), frozenset(row.cited for row in statutes)))
    return LawRows(statutes, criteria, clauses, fines)


def loose_ends(rows: CatalogRows, law: LawRows) -> list[str]:
    """Every basis or source that names what no row holds, or what had ended before it was named."""
    began = {(row.code, row.version): row.published_on for row in rows.checklists}
    named = [(f"{i.code} v{i.version}", i.basis, began[i.checklist, i.version]) for i in rows.items]
    named += [(f"limits {limit.id}", limit.source, limit.valid_from) for limit in rows.limits]
    return [
        f"{where}: {wrong}"
        for where, basis, on in named
        for part in basis.split("；")
        for wrong in _wrong(part, on, law)
    ]


def _wrong(part: str, on: date, law: LawRows) -> Iterator[str]:
    known: list[StatuteRow | CriterionRow] = [*law.criteria, *law.statutes]
    names = sorted((row for row in known if part.startswith(row.cited)), key=lambda row: -len(row.cited))
    if not names:
        if not part.startswith(OF_THE_OFFICE):
            yield f"no statute or standard is known by the name of {part}"
        return
    named = names[0]
    if named.valid_to is not None and named.valid_to < on:
        yield f"{named.cited} ended on {named.valid_to}"
    if isinstance(named, CriterionRow):
        held = [row.clause for row in law.clauses if row.criterion == named.code]
        for clause in CLAUSE.findall(part.removeprefix(named.cited)) if held else ():
            if not any(row.startswith(clause) for row in held):
                yield f"{named.cited} has no {clause}"


def _statutes(text: str) -> Iterator[StatuteRow]:
    seen = Seen()
    for line in lines("statutes.csv", text, "cited,title,number,issuer,from,to,note,verified"):
        yield StatuteRow(
            seen.once(line, line.text("cited")),
            line.text("title"),
            line.cells["number"] or None,
            line.cells["issuer"] or None,
            *_period(line),
            line.cells["note"] or None,
            line.answer("verified"),
        )


def _criteria(text: str) -> Iterator[CriterionRow]:
    seen = Seen()
    for line in lines("criteria.csv", text, "code,cited,domain,number,issuer,from,to,note,verified"):
        yield CriterionRow(
            seen.once(line, line.text("code")),
            line.text("cited"),
            line.text("domain"),
            line.text("number"),
            line.text("issuer"),
            *_period(line),
            line.cells["note"] or None,
            line.answer("verified"),
        )


def _clauses(text: str, criteria: frozenset[str]) -> Iterator[ClauseRow]:
    seen = Seen()
    rows = lines("criteria_clauses.csv", text, "standard,clause,text,applies_when,verified")
    for position, line in enumerate(rows, start=1):
        criterion = line.one_of("standard", criteria)
        seen.once(line, f"{criterion} {line.text('clause')}")
        yield ClauseRow(
            criterion,
            position,
            line.text("clause"),
            line.text("text"),
            line.text("applies_when"),
            line.answer("verified"),
        )


def _fines(text: str, statutes: frozenset[str]) -> Iterator[FineRow]:
    columns = "statute,article,violation,stage,who,min_yuan,max_yuan,also,from,to,verified"
    for position, line in enumerate(lines("fines.csv", text, columns), start=1):
        least, most = _yuan(line, "min_yuan"), _yuan(line, "max_yuan")
        also = line.cells["also"] or None
        if (least is None) != (most is None) or (least is not None and most is not None and least > most):
            raise line.error("min_yuan and max_yuan go together, the smaller first")
        if most is None and also is None:
            raise line.error("neither an amount nor anything else")
        yield FineRow(
            position,
            line.one_of("statute", statutes),
            line.text("article"),
            line.text("violation"),
            line.one_of("stage", STAGES),
            line.one_of("who", WHO),
            least,
            most,
            also,
            line.day("from"),
            _period(line)[1],
            line.answer("verified"),
        )


def _period(line: Line) -> tuple[date | None, date | None]:
    """An empty first day is one that is not known; an empty last one is still to come."""
    first = line.day("from") if line.cells["from"] else None
    last = line.day("to") if line.cells["to"] else None
    if first is not None and last is not None and last < first:
        raise line.error("to lies before from")
    return first, last


def _yuan(line: Line, column: str) -> int | None:
    text = line.cells[column]
    if text and not (text.isascii() and text.isdecimal()):
        raise line.error(f"{column} must be whole yuan")
    return int(text) if text else None
