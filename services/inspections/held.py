"""A held report is released or rejected by the office."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.inspections import Inspection, InspectionVersion
from models.reports import HeldResolution, Report
from models.words import EventKind, HeldDecision, InspectionState
from services import acts, events
from services.access import Actor, Deed, get_for
from services.errors import NotFound
from services.inspections.apply import apply
from services.inspections.cases import Case
from services.inspections.errors import NotApplicable, WrongInspectionState
from services.inspections.keeping import officers_told
from services.inspections.parsing import read_sent
from services.inspections.pictures import unhide
from services.inspections.submit import HOLDABLE, reasons_of
from services.inspections.whole import Whole
from services.officers import officers
from services.photos.naming import lock_photos


async def resolve_held(
    tx: AsyncSession,
    actor: Actor,
    inspection_id: UUID,
    body: HeldResolution,
    *,
    others_reinspect: bool,
    at: datetime,
) -> tuple[Inspection, bool]:
    """Release applies the report again as its author's, judged by its own day; what still stands against it is a 409.

    Raises NotFound, NotAllowed, WrongInspectionState, NotApplicable, and what acts.begin raises.
    """
    inspection = await get_for(tx, actor, Inspection, inspection_id, lock=True)
    actor.require(Deed.RESOLVE_HELD)
    begun = await acts.begin(tx, actor, "resolveHeldInspection", body, at=at, subject_id=inspection.id)
    if not begun.is_new:
        return inspection, False
    if inspection.state is not InspectionState.HELD:
        raise WrongInspectionState(inspection.state)
    before, told = events.snapshot(inspection), {}
    kind = EventKind.INSPECTION_REJECTED
    if body.decision is HeldDecision.RELEASE:
        applied = await _release(tx, actor, inspection, body, others_reinspect, at)
        told["photo_uses"] = applied.photo_uses
        told["officers"] = officers_told(row for row, _ in applied.inspectors)
        kind = EventKind.INSPECTION_RELEASED
    else:
        inspection.state = InspectionState.REJECTED
    inspection.held_decided_by, inspection.held_note = actor.id, body.note
    inspection.version += 1
    before = {**before, **dict.fromkeys(told)}
    events.record(tx, actor, kind, inspection, before=before, beside=told, at=at, note=body.note)
    await tx.flush()
    return inspection, True


async def _release(
    tx: AsyncSession,
    actor: Actor,
    inspection: Inspection,
    body: HeldResolution,
    others_reinspect: bool,
    at: datetime,
) -> Whole:
    """As it stands then; its `photo_uses` are what it did not name yet while it was held."""
    case = await _case(tx, inspection, others_reinspect, at)
    case = replace(case.seen_by(actor), enterprise_id=body.enterprise_id)
    await lock_photos(tx, case.report.photo_ids())
    inspection.state, inspection.held_reasons = InspectionState.ACCEPTED, []
    try:
        applied = await apply(tx, case, inspection)
    except HOLDABLE as error:
        raise NotApplicable(reasons_of(error)) from error
    inspection.held_region = None  # sight follows the enterprise from now on
    await unhide(tx, inspection)
    return applied


async def _case(tx: AsyncSession, inspection: Inspection, others_reinspect: bool, at: datetime) -> Case:
    """The report as it came, with its author as they are now."""
    first = sa.select(InspectionVersion).where(col(InspectionVersion.inspection_id) == inspection.id)
    sent = (await tx.scalars(first.order_by(col(InspectionVersion.version)).limit(1))).one()
    people = await officers(tx, [inspection.submitted_by], also_disabled=True)
    if inspection.submitted_by not in people:
        raise NotFound
    skew = inspection.skew_seconds
    return Case(
        sent=read_sent(sent.raw, Report),
        author=people[inspection.submitted_by],
        received_at=inspection.received_at,
        at=at,
        others_reinspect=others_reinspect,
        device_time=None if skew is None else inspection.received_at - timedelta(seconds=skew),
    )
