"""Photo uses against the events of the records that name them: each is told by its photo's id and its row's hash."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from models.events import Event
from models.words import EventKind
from services.log.checking.faults import Fault
from services.log.checking.written import as_written
from services.photos.naming import use_told

USES = SQLModel.metadata.tables["photo_use"]
OF_RECORD = {
    "inspection": USES.c.inspection_id,
    "finding": sa.case((USES.c.inspection_id.is_(None), USES.c.finding_id)),
}
"""Whose events tell of a use: of a report's the inspection's, of a rectification's the finding's."""
NAMING = {
    EventKind.INSPECTION_REPORTED,
    EventKind.INSPECTION_HELD,
    EventKind.INSPECTION_RELEASED,
    EventKind.INSPECTION_AMENDED,
    EventKind.FINDING_REPORTED,
}
_OF_NOBODY = sa.select(USES.c.photo_id, USES.c.subject, USES.c.subject_id).where(
    ~sa.exists().where(col(Event.subject_id) == sa.func.coalesce(USES.c.inspection_id, USES.c.finding_id))
)


@dataclass
class Named:
    """What one record's events tell of the photos that it names."""

    uses: "Counter[str]" = field(default_factory=Counter)
    silent: set[datetime] = field(default_factory=set)
    """When an event named photos without telling which: it was written by a version that did not tell yet."""

    def hear(self, event: Event, after: Mapping[str, Any]) -> None:
        """One event more."""
        if event.kind not in NAMING:
            return
        if "photo_uses" in after:
            self.uses.update(after["photo_uses"])
        else:
            self.silent.add(event.at)


async def use_faults(tx: AsyncSession, table: str, named: Mapping[UUID, Named]) -> AsyncIterator[Fault]:
    """Of these records: each use that is told stands there as it was told, and no other."""
    if table not in OF_RECORD:
        return
    rows: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    uses = sa.select(*as_written(USES.c), OF_RECORD[table].label("of"))
    found = await tx.execute(uses.where(OF_RECORD[table].in_(named)))
    for one in found.mappings().all():
        rows[one["of"]].append({name: value for name, value in one.items() if name != "of"})
    for record_id, record in named.items():
        missing = record.uses.copy()
        for row in rows[record_id]:
            use = next((told for told in map(use_told, (row, _as_it_came(row))) if missing[told]), None)
            if use is not None:
                missing[use] -= 1
            elif row["named_at"] not in record.silent:
                yield _fault(row["photo_id"], table, record_id, "no event tells of it as it stands there")
        for use in missing.elements():
            yield _fault(
                use.partition(" ")[0], table, record_id, "an event tells of it, but it does not stand there so"
            )


async def strays(tx: AsyncSession) -> AsyncIterator[Fault]:
    """Uses of records that no event tells of."""
    for photo_id, subject, subject_id in (await tx.execute(_OF_NOBODY)).all():
        yield _fault(photo_id, subject, subject_id, "no event tells of the record that names it")


def _as_it_came(row: Mapping[str, Any]) -> dict[str, Any]:
    """An earlier version told a phone's whole numbers without the point that the database gives them."""
    return {name: int(told) if isinstance(told, float) and told.is_integer() else told for name, told in row.items()}


def _fault(photo_id: object, table: str, record_id: UUID, what: str) -> Fault:
    return Fault(f"photo_use {photo_id} of {table} {record_id}", what)
