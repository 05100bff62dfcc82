"""An import as one act: read, judged, and applied as its mode says, all in the caller's transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise, EnterprisePatch, EnterpriseWrite
from models.imports import EnterpriseImport, ImportRead, ImportWrite, RowProblem
from models.words import EventKind, ImportMode
from services import acts, events
from services.access import Actor, Deed, sees, sees_import
from services.chance import chance
from services.enterprises import Entry, add_all, change, industries_of
from services.errors import IdTaken, InProgress, NotFound
from services.imports.errors import ImportUnreadable
from services.imports.matching import Plan, plan
from services.imports.reading import Reading, gazetteer, read
from services.rules.register_files import UnreadableFile

BATCH = 50
ONE_AT_A_TIME = "enterprise_import"


async def run(
    tx: AsyncSession, actor: Actor, body: ImportWrite, raw: bytes, *, at: datetime
) -> tuple[EnterpriseImport, bool]:
    """Import a file, or show what this id imported before.

    Raises NotAllowed, IdConflict, IdTaken, InProgress (also while somebody else's import is being applied),
    ImportUnreadable.
    """
    actor.require(Deed.IMPORT_ENTERPRISES)
    begun = await acts.begin(tx, actor, "importEnterprises", body, at=at)
    if not begun.is_new:
        known = await tx.scalar(_seen(actor, begun.id))
        if known is None:
            raise IdTaken
        return known, False
    if body.mode is not ImportMode.DRY_RUN:
        await _alone(tx)
    names = await gazetteer(tx, actor)
    try:
        reading = await asyncio.to_thread(read, raw, actor, names)
    except UnreadableFile as unreadable:
        raise ImportUnreadable(unreadable.fault, unreadable.columns) from None
    planned = await plan(tx, actor, reading, names)
    applied = _is_applied(body.mode, reading)
    if applied:
        await _apply(tx, actor, planned, at)
    made = _result(actor, begun.id, body, reading, planned, applied=applied, at=at)
    tx.add(made)
    events.record(tx, actor, EventKind.ENTERPRISES_IMPORTED, made, at=at)
    await tx.flush()
    return made, True


async def get(tx: AsyncSession, actor: Actor, import_id: UUID) -> EnterpriseImport:
    """An import of one's own. Raises NotFound."""
    found = await tx.scalar(_seen(actor, import_id))
    if found is None:
        raise NotFound
    return found


def shown(row: EnterpriseImport) -> ImportRead:
    """The import as its maker sees it."""
    return ImportRead.model_validate(row, from_attributes=True)


def _seen(actor: Actor, import_id: UUID) -> "sa.Select[EnterpriseImport]":
    return sa.select(EnterpriseImport).where(col(EnterpriseImport.id) == import_id, sees_import(actor))


async def _alone(tx: AsyncSession) -> None:
    """One import is applied at a time: two of the same file at once would both find nothing on the register."""
    lock = sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(ONE_AT_A_TIME, 0))
    if not await tx.scalar(sa.select(lock)):
        raise InProgress


def _is_applied(mode: ImportMode, reading: Reading) -> bool:
    if mode is ImportMode.DRY_RUN:
        return False
    return mode is ImportMode.GOOD_ROWS or not reading.problems


async def _apply(tx: AsyncSession, actor: Actor, planned: Plan, at: datetime) -> None:
    """Write in batches, so that other requests get their turn in between."""
    for first in range(0, len(planned.new), BATCH):
        await _add(tx, actor, planned.new[first : first + BATCH], at)
    ids = sorted(planned.changes)
    for first in range(0, len(ids), BATCH):
        await _change(tx, actor, ids[first : first + BATCH], planned.changes, at)


async def _add(tx: AsyncSession, actor: Actor, writes: Sequence[EnterpriseWrite], at: datetime) -> None:
    await add_all(tx, actor, [Entry(chance(tx).new_id(), write) for write in writes], at)


async def _change(
    tx: AsyncSession, actor: Actor, ids: Sequence[UUID], changes: Mapping[UUID, EnterprisePatch], at: datetime
) -> None:
    wanted = sa.select(Enterprise).where(col(Enterprise.id).in_(ids), sees(actor, Enterprise))
    locked = wanted.order_by(col(Enterprise.id)).with_for_update(of=Enterprise, key_share=True)
    rows = (await tx.scalars(locked.execution_options(populate_existing=True))).all()
    trades = await industries_of(tx, ids)
    for row in rows:
        row.version += 1
        await change(tx, actor, row, frozenset(trades.get(row.id, ())), changes[row.id], at=at)


def _result(
    actor: Actor, import_id: UUID, body: ImportWrite, reading: Reading, planned: Plan, *, applied: bool, at: datetime
) -> EnterpriseImport:
    problems = sorted(reading.problems, key=_place)
    return EnterpriseImport(
        id=import_id,
        made_by=actor.id,
        mode=body.mode,
        file_sha256=body.file_sha256,
        created_at=at,
        rows=reading.rows,
        created=len(planned.new),
        updated=len(planned.changes),
        unchanged=planned.unchanged,
        applied=applied,
        ignored_columns=list(reading.ignored),
        problems=[problem.model_dump() for problem in problems],
    )


def _place(problem: RowProblem) -> int:
    return problem.row
