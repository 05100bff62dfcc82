"""Regions by file: a code is its own identity, so a row either makes it or gives it another name."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.regions import Region, RegionPatch, RegionWrite
from models.words import EventKind, ImportKind
from services import events, regions
from services.access import Actor, Deed
from services.imports.reading import Reading, Wrong, in_parts, layout_of, plain_cells, shaped, told_change
from services.imports.register import Plan, Progress, Register
from services.rules.codes import is_region_code
from services.rules.register_files import FileRow, Layout


class Regions(Register):
    """The list of regions, which administrators keep."""

    kind = ImportKind.REGIONS
    deed = Deed.MANAGE_ACCOUNTS
    imported = EventKind.REGIONS_IMPORTED

    def layout(self) -> Layout:
        """A code and a name."""
        return layout_of(self.kind, ("code", "name"), ("code",))

    async def plan(
        self,
        tx: AsyncSession,
        actor: Actor,  # noqa: ARG002  (each register has this shape)
        reading: Reading,
        progress: Progress,
    ) -> Plan:
        """Matched by code."""
        made = RegionPlan()
        taken: set[str] = set()
        for part in in_parts(reading.file.rows):
            writes = [(row, write) for row in part if (write := _read(reading, row, taken)) is not None]
            codes = [write.code for _, write in writes]
            query = sa.select(Region).where(col(Region.code).in_(codes))
            there = {region.code: region for region in (await tx.scalars(query)).all()}
            for row, write in writes:
                made.settle(row, write, there.get(write.code))
            await progress.judged(len(part))
        return made


@dataclass
class RegionPlan(Plan):
    """New regions, and new names of known ones."""

    new: list[RegionWrite] = field(default_factory=list)
    renamed: list[tuple[Region, str]] = field(default_factory=list)

    def settle(self, row: FileRow, write: RegionWrite, region: Region | None) -> None:
        """What one good row comes to."""
        if region is None:
            self.new.append(write)
            self.created += 1
        elif region.name == write.name:
            self.unchanged += 1
        else:
            self.renamed.append((region, write.name))
            self.updated += 1
            self.changes.append(told_change(row, region.name, "name", region.name, write.name))

    async def apply(self, tx: AsyncSession, actor: Actor, at: datetime, progress: Progress) -> list[UUID]:
        """By the service functions of single calls."""
        made: list[UUID] = []
        for write in self.new:
            region, _ = await regions.create(tx, actor, write, at=at)
            made.append(events.subject_id_of(region))
            await progress.written(1)
        for region, name in self.renamed:
            await regions.update(tx, actor, region.code, RegionPatch(name=name), version=region.version, at=at)
            await progress.written(1)
        return made


def _read(reading: Reading, row: FileRow, taken: set[str]) -> RegionWrite | None:
    wrong: list[Wrong] = []
    cells = plain_cells(reading.layout, row, wrong)
    code = cells.get("code", "")
    if not wrong and not is_region_code(code):
        wrong.append(("code", "region_code_wrong"))
    if not wrong and code in taken:
        wrong.append(("code", "row_repeated"))
    write = None if wrong else shaped(RegionWrite, cells, wrong)
    reading.refuse(row, wrong)
    if write is not None:
        taken.add(code)
    return write
