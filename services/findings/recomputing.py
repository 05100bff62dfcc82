"""What a newly loaded calendar or rule does to days that were computed before it was known."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.findings import Extension, Finding
from models.words import EventKind, ExtensionState, FindingState
from services import events
from services.findings.moves import changed
from services.rules.clocks import Rule, RuleBook, local_date


@dataclass(frozen=True)
class Moved:
    """A day that is another one now, and what it is the last day for."""

    finding_id: UUID
    rule: Rule
    was: date
    now: date


async def recompute(tx: AsyncSession, old: RuleBook, new: RuleBook, *, at: datetime) -> list[Moved]:
    """Every computed day that still runs, worked out anew; each that moved leaves an event on its finding.

    Run as the owner or a job, which see all. The days of re-inspections are stored, and whatever process wrote them
    while it still had the old book, they are right after this; the office's day to answer a request is worked out at
    each look, so there only the event is missing.
    """
    moved = await _reinspections(tx, new, at)
    if old != new:
        moved += await _answers(tx, old, new, at)
    await tx.flush()
    return moved


async def _reinspections(tx: AsyncSession, new: RuleBook, at: datetime) -> list[Moved]:
    waiting = (
        sa.select(Finding)
        .where(col(Finding.state) == FindingState.REPORTED, col(Finding.reinspect_by).is_not(None))
        .order_by(col(Finding.id))
        .with_for_update(key_share=True)
    )
    moved: list[Moved] = []
    for finding in (await tx.scalars(waiting)).all():
        if finding.reported_at is None or finding.reinspect_by is None:
            continue
        due = new.due_if_any(Rule.REINSPECTION_AFTER_REPORT, local_date(finding.reported_at))
        if due is not None and due.on != finding.reinspect_by:
            moved.append(Moved(finding.id, Rule.REINSPECTION_AFTER_REPORT, finding.reinspect_by, due.on))
            with changed(tx, None, finding, EventKind.FINDING_DATES_RECOMPUTED, at=at):
                finding.reinspect_by = due.on
    return moved


async def _answers(tx: AsyncSession, old: RuleBook, new: RuleBook, at: datetime) -> list[Moved]:
    asked = (
        sa.select(Extension, Finding)
        .join(Finding, col(Finding.id) == col(Extension.finding_id))
        .where(col(Extension.state) == ExtensionState.ASKED)
        .order_by(col(Extension.id))
    )
    moved: list[Moved] = []
    for extension, finding in (await tx.execute(asked)).all():
        start = local_date(extension.asked_at)
        was, now = (book.due_if_any(Rule.EXTENSION_ANSWER, start) for book in (old, new))
        if was is not None and now is not None and was.on != now.on:
            moved.append(Moved(finding.id, Rule.EXTENSION_ANSWER, was.on, now.on))
            before = {**events.snapshot(finding), "extension.answer_by": was.on}
            kind, beside = EventKind.FINDING_DATES_RECOMPUTED, {"extension.answer_by": now.on}
            events.record(tx, None, kind, finding, at=at, before=before, beside=beside)
    return moved
