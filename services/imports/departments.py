"""Departments by file: matched by name, with the industries they answer for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.departments import Department, DepartmentIndustry, DepartmentPatch, DepartmentWrite
from models.words import EventKind, ImportKind
from services import departments
from services.access import Actor, Deed
from services.chance import chance
from services.imports.reading import (
    Reading,
    Wrong,
    in_parts,
    industries_by_name,
    layout_of,
    plain_cells,
    shaped,
    told_change,
)
from services.imports.register import Plan, Progress, Register
from services.rules.names import normalise_name
from services.rules.register_cells import several
from services.rules.register_files import FileRow, Layout


class Departments(Register):
    """The list of departments, which administrators keep."""

    kind = ImportKind.DEPARTMENTS
    deed = Deed.MANAGE_ACCOUNTS
    imported = EventKind.DEPARTMENTS_IMPORTED

    def layout(self) -> Layout:
        """A name and industries."""
        return layout_of(self.kind, ("name", "industries"), (), lists=frozenset({"industries"}))

    async def plan(
        self,
        tx: AsyncSession,
        actor: Actor,  # noqa: ARG002  (each register has this shape)
        reading: Reading,
        progress: Progress,
    ) -> Plan:
        """Matched by name; there are a few dozen, so all are read once."""
        made = DepartmentPlan()
        industries = await industries_by_name(tx)
        there = {normalise_name(row.name): row for row in (await tx.scalars(sa.select(Department))).all()}
        owned: dict[UUID, set[str]] = {row.id: set() for row in there.values()}
        link = DepartmentIndustry
        for department_id, code in await tx.execute(sa.select(col(link.department_id), col(link.industry))):
            owned.setdefault(department_id, set()).add(code)
        taken: set[str] = set()
        for part in in_parts(reading.file.rows):
            for row in part:
                write = _read(reading, row, industries, taken)
                known = None if write is None else there.get(normalise_name(write.name))
                if write is not None:
                    made.settle(row, write, known, set() if known is None else owned[known.id])
            await progress.judged(len(part))
        return made


@dataclass
class DepartmentPlan(Plan):
    """New departments, and other industries of known ones."""

    new: list[DepartmentWrite] = field(default_factory=list)
    owning: list[tuple[Department, list[str]]] = field(default_factory=list)

    def settle(self, row: FileRow, write: DepartmentWrite, known: Department | None, owned: set[str]) -> None:
        """What one good row comes to."""
        if known is None:
            self.new.append(write)
            self.created += 1
        elif owned == set(write.industries):
            self.unchanged += 1
        else:
            self.owning.append((known, write.industries))
            self.updated += 1
            self.changes.append(told_change(row, known.name, "industries", owned, write.industries))

    async def apply(self, tx: AsyncSession, actor: Actor, at: datetime, progress: Progress) -> list[UUID]:
        """By the service functions of single calls."""
        made: list[UUID] = []
        for write in self.new:
            named = write.model_copy(update={"id": chance(tx).new_id()})  # else the import's own key would name it
            owned, _ = await departments.create(tx, actor, named, at=at)
            made.append(owned.department.id)
            await progress.written(1)
        for row, industries in self.owning:
            patch = DepartmentPatch(industries=industries)
            await departments.update(tx, actor, row.id, patch, version=row.version, at=at)
            await progress.written(1)
        return made


def _read(reading: Reading, row: FileRow, industries: Mapping[str, str], taken: set[str]) -> DepartmentWrite | None:
    wrong: list[Wrong] = []
    cells = plain_cells(reading.layout, row, wrong)
    codes = [industries.get(normalise_name(part)) for part in several(cells.get("industries", ""))]
    if None in codes:
        wrong.append(("industries", "industry_unknown"))
    name = normalise_name(cells.get("name", ""))
    if not wrong and name in taken:
        wrong.append(("name", "row_repeated"))
    body = {"name": cells.get("name"), "industries": sorted({code for code in codes if code is not None})}
    write = None if wrong else shaped(DepartmentWrite, body, wrong)
    reading.refuse(row, wrong)
    if write is not None:
        taken.add(name)
    return write
