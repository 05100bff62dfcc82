"""An import as one act: sent, judged, and applied as its mode says, in one transaction of its sender's.

What is small is done at once; what is large waits for the worker, which does the very same (decision 0016).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.imports import MOST_TOLD, EnterpriseImport, ImportRead, ImportWork, ImportWrite
from models.words import ImportKind, ImportMode, ImportState
from services import acts, events
from services.access import Actor, sees_import, sees_import_work
from services.chance import chance
from services.confined.runner import Confined
from services.errors import IdTaken, InProgress, NotFound
from services.imports import kept
from services.imports.departments import Departments
from services.imports.enterprises import Enterprises
from services.imports.errors import ImportFileGone, ImportUnreadable
from services.imports.files import sheets_of
from services.imports.reading import Reading, note_of
from services.imports.regions import Regions
from services.imports.register import Plan, Progress, Register, Unheard
from services.imports.users import Users
from services.queue import ask_for_import
from services.rules.register_files import RegisterFile, read_register
from services.rules.sheets import Sheet, UnreadableFile
from services.sealing import seals

REGISTERS: dict[ImportKind, Register] = {kind.kind: kind for kind in (Enterprises(), Regions(), Departments(), Users())}
OPERATIONS = {kind: f"import{kind.value.capitalize()}" for kind in ImportKind}
AT_ONCE_ROWS = 500
"""Measured: some two seconds. More would hold a request and its connection for too long."""
ONE_AT_A_TIME = "enterprise_import"


async def opened(confined: Confined, actor: Actor, kind: ImportKind, raw: bytes) -> list[Sheet]:
    """The file's sheets, for somebody who may import them, with no transaction open meanwhile.

    Raises NotAllowed, ImportUnreadable, ConfinedFailed.
    """
    register = REGISTERS[kind]
    actor.require(register.deed)
    try:
        sheets = await sheets_of(confined, raw)
        await asyncio.to_thread(read_register, sheets, register.layout())
    except UnreadableFile as unreadable:
        raise ImportUnreadable(unreadable.fault, unreadable.columns) from None
    return sheets


async def send(
    tx: AsyncSession,
    actor: Actor,
    kind: ImportKind,
    body: ImportWrite,
    sheets: Sequence[Sheet],
    *,
    at: datetime,
    waits: bool = False,
) -> tuple[ImportRead, bool]:
    """Import sheets that `opened` opened, or show what this id imported before.

    Who `waits` has also a large file done before this returns: a command, which holds nobody up.

    Raises NotAllowed, IdConflict, IdTaken, InProgress (also while somebody else's import is being applied).
    """
    register = REGISTERS[kind]
    actor.require(register.deed)
    begun = await acts.begin(tx, actor, OPERATIONS[kind], body, at=at)
    if not begun.is_new:
        try:
            return await get(tx, actor, begun.id), False
        except NotFound:
            raise IdTaken from None
    file = await asyncio.to_thread(read_register, sheets, register.layout())
    box = await asyncio.to_thread(kept.closed, seals(tx), chance(tx), begun.id, sheets)
    work = ImportWork(
        id=begun.id,
        kind=kind,
        made_by=actor.id,
        mode=body.mode,
        file_sha256=body.file_sha256,
        sent_at=at,
        state=ImportState.WAITING,
        rows=len(file.rows),
        sealed=box,
    )
    tx.add(work)
    await tx.flush()
    if work.rows > AT_ONCE_ROWS and not waits:
        await ask_for_import(tx, work.id)
        return _shown(work, None), True
    made = await carry_out(tx, actor, work, file, Unheard(), at=at)
    return _shown(work, made), True


async def carry_out(
    tx: AsyncSession, actor: Actor, work: ImportWork, file: RegisterFile, progress: Progress, *, at: datetime
) -> EnterpriseImport:
    """Judge and, as the mode says, write. Raises NotAllowed, InProgress."""
    register = REGISTERS[work.kind]
    actor.require(register.deed)
    if work.mode is not ImportMode.DRY_RUN:
        await _alone(tx)
    reading = Reading(register.layout(), file)
    plan = await register.plan(tx, actor, reading, progress)
    applied = _is_applied(work.mode, reading)
    if applied:
        ids = await plan.apply(tx, actor, at, progress)
        work.made_ids = [str(made) for made in ids]
    made = _result(work, reading, plan, applied=applied, at=at)
    tx.add(made)
    work.state, work.rows_judged = ImportState.DONE, work.rows
    events.record(tx, actor, register.imported, made, at=at)
    await tx.flush()
    return made


async def carry_out_kept(
    tx: AsyncSession, actor: Actor, import_id: UUID, sheets: Sequence[Sheet], progress: Progress, *, at: datetime
) -> None:
    """What was sent earlier, once, however many workers are at it. Raises NotAllowed, InProgress."""
    await _alone(tx, str(import_id))
    work = await work_of(tx, actor, import_id)
    if work is not None and work.state is not ImportState.DONE:
        file = await asyncio.to_thread(read_register, sheets, REGISTERS[work.kind].layout())
        await carry_out(tx, actor, work, file, progress, at=at)


async def get(tx: AsyncSession, actor: Actor, import_id: UUID) -> ImportRead:
    """An import of one's own. Raises NotFound."""
    made, work = await result_of(tx, actor, import_id), await work_of(tx, actor, import_id)
    if made is None and work is None:
        raise NotFound
    return _shown(work, made)


@dataclass(frozen=True)
class Made:
    """What an import made: of which kind, and the ids."""

    kind: ImportKind
    ids: list[UUID]


async def made_by_import(tx: AsyncSession, actor: Actor, import_id: UUID) -> Made:
    """What one's own import made. Raises NotFound, InProgress while it is not done, ImportFileGone some weeks later."""
    made, work = await result_of(tx, actor, import_id), await work_of(tx, actor, import_id)
    if made is None:
        raise NotFound if work is None else InProgress
    if work is None:
        raise ImportFileGone
    return Made(made.kind, [UUID(known) for known in work.made_ids])


async def result_of(tx: AsyncSession, actor: Actor, import_id: UUID) -> EnterpriseImport | None:
    """What became of one's own import, once it is done."""
    own = sa.select(EnterpriseImport).where(col(EnterpriseImport.id) == import_id, sees_import(actor))
    made: EnterpriseImport | None = await tx.scalar(own)
    return made


async def work_of(tx: AsyncSession, actor: Actor, import_id: UUID) -> ImportWork | None:
    """What one sent, if it is still kept."""
    own = sa.select(ImportWork).where(col(ImportWork.id) == import_id, sees_import_work(actor))
    work: ImportWork | None = await tx.scalar(own)
    return work


def _shown(work: ImportWork | None, made: EnterpriseImport | None) -> ImportRead:
    """An import as its maker sees it: its result or, before there is one, how far it is."""
    if made is not None:
        return _of_result(made)
    assert work is not None
    return ImportRead(
        **work.model_dump(include={"id", "kind", "mode", "state", "rows", "rows_judged", "rows_written"}),
        created_at=work.sent_at,
        **dict.fromkeys(("created", "updated", "unchanged"), 0),
        **dict.fromkeys(("problem_count", "change_count", "caution_count"), 0),
        **{name: [] for name in ("ignored_columns", "notes", "problems", "changes", "cautions")},
        applied=False,
    )


def _of_result(made: EnterpriseImport) -> ImportRead:
    written = made.created + made.updated if made.applied else 0
    return ImportRead.model_validate(
        {
            **made.model_dump(include=set(ImportRead.model_fields)),
            "state": ImportState.DONE,
            "rows_judged": made.rows,
            "rows_written": written,
            "problem_count": len(made.problems),
            "problems": made.problems[:MOST_TOLD],
            "change_count": len(made.changes),
            "changes": made.changes[:MOST_TOLD],
            "caution_count": len(made.cautions),
            "cautions": made.cautions[:MOST_TOLD],
        }
    )


async def _alone(tx: AsyncSession, what: str = ONE_AT_A_TIME) -> None:
    """One import is applied at a time: two of the same file at once would both find nothing on the register."""
    lock = sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(what, 0))
    if not await tx.scalar(sa.select(lock)):
        raise InProgress


def _is_applied(mode: ImportMode, reading: Reading) -> bool:
    if mode is ImportMode.DRY_RUN:
        return False
    return mode is ImportMode.GOOD_ROWS or not reading.problems


def _result(work: ImportWork, reading: Reading, plan: Plan, *, applied: bool, at: datetime) -> EnterpriseImport:
    return EnterpriseImport(
        id=work.id,
        kind=work.kind,
        made_by=work.made_by,
        mode=work.mode,
        file_sha256=work.file_sha256,
        created_at=at,
        rows=work.rows,
        created=plan.created,
        updated=plan.updated,
        unchanged=plan.unchanged,
        applied=applied,
        ignored_columns=list(reading.file.ignored),
        problems=[problem.model_dump() for problem in reading.in_order()],
        changes=[change.model_dump() for change in plan.changes],
        cautions=[caution.model_dump(mode="json") for caution in plan.cautions],
        notes=[note_of(told).model_dump() for told in reading.file.told],
    )
