"""Loads catalog/ into its tables at every start: repeatable, and a published checklist is never changed or deleted."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, select

from models.briefs import VisitKind
from models.calendars import CalendarDay, CalendarYear
from models.checklists import Checklist, ChecklistItem
from models.draws import DrawWeight, VisitCap
from models.industries import Industry
from models.limits import LimitRule
from models.statutes import Criterion, CriterionClause, Fine, Statute
from models.words import DayKind, FineParty, FineStage, Grade, InspectionKind, LimitUnit, WeightFactor
from services.catalog_folders import CATALOG, Files, Read
from services.findings.recomputing import Moved, recompute
from services.limits import read_book
from services.rules.catalog_draws import KindRow, WeightRow
from services.rules.catalog_files import CatalogRows
from services.rules.catalog_law import FineRow

Table = TypeVar("Table", bound=SQLModel)


class PublishedVersionChanged(Exception):
    """The files word a checklist version otherwise than it was published: answers already rest on its words."""

    def __init__(self, code: str, version: int) -> None:
        super().__init__(
            f"catalog/checklists: {code} version {version} was published with other content; "
            f"put its old words back and publish the new ones as version {version + 1}."
        )


@dataclass(frozen=True, slots=True)
class CatalogCounts:
    """What the catalogue holds, and how many rows this load wrote (0 when nothing was new)."""

    industries: int
    checklists: int
    items: int
    limits: int
    calendar_days: int
    law: int
    drafts: int
    written: int


async def renew(
    tx: AsyncSession, folder: Path = CATALOG, *, own: Path | None = None, at: datetime
) -> tuple[CatalogCounts, list[Moved]]:
    """`load`, and work out anew every running day that the new rows move. Also names those days, each with its event.

    Run as the owner. Raises CatalogError or PublishedVersionChanged.
    """
    old = await read_book(tx)
    counts = await load(tx, folder, own=own)
    return counts, await recompute(tx, old, await read_book(tx), at=at)


async def load(tx: AsyncSession, folder: Path = CATALOG, *, own: Path | None = None) -> CatalogCounts:
    """Bring the tables up to the files, those of the office's own folder included.

    Industries are added and renamed, versions of checklists only added; the rest becomes what the files say, whose
    dated rows are their own history. Raises CatalogError (file and line) or PublishedVersionChanged.
    """
    read = Read(Files(folder, own))
    rows, law = read.rows, read.law
    await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("catalog"))))
    written = await _renew(tx, Industry, _industries(rows))
    written += await _publish(tx, _checklists(rows), _items(rows))
    written += await _mirror(tx, LimitRule, _limits(rows))
    written += await _mirror(tx, VisitCap, [VisitCap(**asdict(cap)) for cap in read.caps])
    written += await _mirror(tx, VisitKind, [_kind(row) for row in read.kinds])
    written += await _mirror(tx, DrawWeight, [_weight(row) for row in read.weights])
    written += await _mirror(
        tx, CalendarDay, [CalendarDay(day=d.day, kind=DayKind(d.kind), name=d.name) for d in rows.days]
    )
    written += await _mirror(tx, CalendarYear, [CalendarYear(year=y.year, source=y.source) for y in rows.years])
    written += await _mirror(tx, Statute, [Statute(**asdict(row)) for row in law.statutes])
    written += await _mirror(tx, Criterion, [Criterion(**asdict(row)) for row in law.criteria])
    written += await _mirror(tx, CriterionClause, [CriterionClause(**asdict(row)) for row in law.clauses])
    written += await _mirror(tx, Fine, [_fine(row) for row in law.fines])
    return CatalogCounts(
        industries=len(rows.industries),
        checklists=len(rows.checklists),
        items=len(rows.items),
        limits=len(rows.limits),
        calendar_days=len(rows.days),
        law=len(law.statutes) + len(law.criteria) + len(law.clauses) + len(law.fines),
        drafts=len(rows.drafts),
        written=written,
    )


def _fine(row: FineRow) -> Fine:
    return Fine(**{**asdict(row), "stage": FineStage(row.stage), "who": FineParty(row.who)})


def _kind(row: KindRow) -> VisitKind:
    return VisitKind(**{**asdict(row), "kind": InspectionKind(row.kind)})


def _weight(row: WeightRow) -> DrawWeight:
    return DrawWeight(**{**asdict(row), "factor": WeightFactor(row.factor)})


def _industries(rows: CatalogRows) -> list[Industry]:
    return [
        Industry(code=i.code, position=i.position, name_zh=i.name_zh, name_en=i.name_en, gb4754=list(i.gb4754))
        for i in rows.industries
    ]


def _checklists(rows: CatalogRows) -> list[Checklist]:
    return [
        Checklist(
            code=c.code,
            version=c.version,
            industry=c.industry,
            title=c.title,
            published_on=c.published_on,
            source=c.source,
            withdrawn_on=c.withdrawn_on,
        )
        for c in rows.checklists
    ]


def _items(rows: CatalogRows) -> list[ChecklistItem]:
    return [
        ChecklistItem(
            code=i.code,
            version=i.version,
            checklist=i.checklist,
            position=i.position,
            text=i.text,
            default_grade=Grade(i.default_grade),
            basis=i.basis,
            verified=i.verified,
        )
        for i in rows.items
    ]


def _limits(rows: CatalogRows) -> list[LimitRule]:
    return [
        LimitRule(
            id=r.id,
            valid_from=r.valid_from,
            name=r.name,
            value=r.value,
            unit=LimitUnit(r.unit),
            valid_to=r.valid_to,
            source=r.source,
            verified=r.verified,
        )
        for r in rows.limits
    ]


async def _publish(tx: AsyncSession, checklists: Sequence[Checklist], items: Sequence[ChecklistItem]) -> int:
    """Add versions that are new. Raises PublishedVersionChanged for a known one that reads differently now."""
    heads = await _stored(tx, Checklist)
    withdrawn = 0
    known = _by_version((await _stored(tx, ChecklistItem)).values())
    wanted = _by_version(items)
    for head in checklists:
        stored, version = heads.get(_key(head)), (head.code, head.version)
        if stored is not None and (_worded(stored) != _worded(head) or known.get(version) != wanted.get(version)):
            raise PublishedVersionChanged(head.code, head.version)
        if stored is not None and stored.withdrawn_on != head.withdrawn_on:
            stored.withdrawn_on, withdrawn = head.withdrawn_on, withdrawn + 1
    new = [head for head in checklists if _key(head) not in heads]
    versions = {(head.code, head.version) for head in new}
    new_items = [item for item in items if (item.checklist, item.version) in versions]
    tx.add_all(new)
    await tx.flush()
    tx.add_all(new_items)
    await tx.flush()
    return len(new) + len(new_items) + withdrawn


def _worded(head: Checklist) -> tuple[object, ...]:
    """What a published version may never change; on which day it is withdrawn is said later."""
    return (head.code, head.version, head.industry, head.title, head.published_on, head.source)


def _by_version(items: Iterable[ChecklistItem]) -> dict[tuple[str, int], list[tuple[object, ...]]]:
    grouped: dict[tuple[str, int], list[tuple[object, ...]]] = {}
    for item in sorted(items, key=lambda item: item.position):
        grouped.setdefault((item.checklist, item.version), []).append(_reads(item))
    return grouped


async def _renew(tx: AsyncSession, table: type[Table], wanted: Sequence[Table]) -> int:
    """Add what is new, rewrite what reads differently; leave the rest."""
    stored = await _stored(tx, table)
    new = [row for row in wanted if _key(row) not in stored]
    changed = [row for row in wanted if _key(row) in stored and _reads(stored[_key(row)]) != _reads(row)]
    tx.add_all(new)
    for row in changed:
        await tx.merge(row)
    await tx.flush()
    return len(new) + len(changed)


async def _mirror(tx: AsyncSession, table: type[Table], wanted: Sequence[Table]) -> int:
    """`_renew`, and delete what the files no longer hold."""
    kept = {_key(row) for row in wanted}
    gone = [row for key, row in (await _stored(tx, table)).items() if key not in kept]
    for row in gone:
        await tx.delete(row)
    return len(gone) + await _renew(tx, table, wanted)


async def _stored(tx: AsyncSession, table: type[Table]) -> dict[tuple[object, ...], Table]:
    return {_key(row): row for row in (await tx.scalars(select(table))).all()}


def _key(row: SQLModel) -> tuple[object, ...]:
    return tuple(sa.inspect(type(row)).primary_key_from_instance(row))


def _reads(row: SQLModel) -> tuple[object, ...]:
    """The row's content, comparable whether it comes from a file or from the database."""
    columns = sa.inspect(type(row)).column_attrs
    return tuple(getattr(row, column.key) for column in columns)
