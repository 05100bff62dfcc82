"""Visits are planned in silence, approved by a second person, or called off."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.visits import Visit, VisitApproval, VisitCancellation, VisitFacts, VisitInspector, VisitWrite
from models.words import EventKind, InspectionKind, VisitState
from services import acts, events
from services.access import Actor, Deed, approves_visit, get_for, sees, sees_visit
from services.acts import IDEMPOTENCY_KEY
from services.chance import chance
from services.enterprises import expect_unmerged
from services.errors import IdTaken, InputError, InvalidInput, NotAllowed, NotFound
from services.officers import officers
from services.rules.clocks import local_date
from services.visits.errors import VisitCancelled, VisitSettled
from services.visits.reading import get
from services.visits.sealed import COLUMNS, facts_of, seal, told

TWO = 2


async def plan(tx: AsyncSession, actor: Actor, body: VisitWrite, *, at: datetime) -> tuple[Visit, bool]:
    """A new visit, or the one this id planned before.

    Raises NotAllowed, InvalidInput, EnterpriseMerged, IdConflict, IdTaken, InProgress, VisitCancelled.
    """
    actor.require(Deed.PLAN_VISIT)
    known = body.id or tx.info.get(IDEMPOTENCY_KEY) or chance(tx).secret_id()
    enterprise = await _enterprise(tx, actor, body.enterprise_id)
    begun = await acts.begin(tx, actor, "planVisit", body, at=at, act_id=known, blinded=True)
    if not begun.is_new:
        return await _planned(tx, actor, begun.id, at=at), False
    expect_unmerged(enterprise)
    inspectors = list(dict.fromkeys(body.inspectors))
    await _check_people(tx, actor, body, inspectors, enterprise)
    facts = VisitFacts(**body.model_dump(include=set(COLUMNS)), region=enterprise.region)
    visit = Visit(
        id=begun.id,
        release_at=body.release_at,
        approver_id=body.approver_id,
        state=VisitState.PROPOSED,
        made_by=actor.id,
        made_at=at,
    )
    await add(tx, actor, visit, facts, inspectors, at=at)
    return visit, True


async def add(
    tx: AsyncSession, actor: Actor, visit: Visit, facts: VisitFacts, inspectors: Sequence[UUID], *, at: datetime
) -> None:
    """A new visit, sealed before it is written, with its officers and its event."""
    seal(tx, visit, facts)
    tx.add(visit)
    await tx.flush()
    tx.add_all([VisitInspector(visit_id=visit.id, user_id=user_id) for user_id in inspectors])
    beside = {"inspectors": list(inspectors), **told(visit)}
    events.record(tx, actor, EventKind.VISIT_PLANNED, visit, at=at, beside=beside)
    await tx.flush()


async def approve(
    tx: AsyncSession, actor: Actor, visit_id: UUID, body: VisitApproval, *, at: datetime
) -> tuple[Visit, bool]:
    """The second person's word. Late is possible: an urgent visit is approved after it was done (field-facts 1).

    Raises NotFound, NotAllowed, VisitCancelled, VisitSettled, and what acts.begin raises.
    """
    visit = await get(tx, actor, visit_id, at=at, lock=True)
    actor.require(Deed.APPROVE_VISIT)
    await _expect_approver(tx, actor, visit, at)
    begun = await acts.begin(tx, actor, "approveVisit", body, at=at, subject_id=visit.id, blinded=True)
    if not begun.is_new:
        return visit, False
    if visit.state is VisitState.CANCELLED:
        raise VisitCancelled
    if visit.state is not VisitState.PROPOSED:
        raise VisitSettled(visit.state)
    before = {**events.snapshot(visit), **told(visit)}
    visit.state = VisitState.APPROVED if visit.arrived_at is None else VisitState.DONE
    visit.approved_by, visit.approved_at = actor.id, at
    note = _written(tx, visit, "approval_note", body.note)
    visit.version += 1
    events.record(tx, actor, EventKind.VISIT_APPROVED, visit, before=before, beside=told(visit), at=at, note=note)
    await tx.flush()
    return visit, True


async def cancel(
    tx: AsyncSession, actor: Actor, visit_id: UUID, body: VisitCancellation, *, at: datetime
) -> tuple[Visit, bool]:
    """By its maker or its approver, as long as nobody has arrived.

    Raises NotFound, NotAllowed, VisitCancelled, VisitSettled, and what acts.begin raises.
    """
    visit = await get(tx, actor, visit_id, at=at, lock=True)
    if actor.id != visit.made_by and not await _is_approver(tx, actor, visit, at):
        raise NotAllowed(Deed.PLAN_VISIT)
    begun = await acts.begin(tx, actor, "cancelVisit", body, at=at, subject_id=visit.id, blinded=True)
    if not begun.is_new:
        return visit, False
    if visit.state is VisitState.CANCELLED:
        raise VisitCancelled
    if visit.arrived_at is not None:
        raise VisitSettled(visit.state)
    await cancelled(tx, actor, visit, body.reason, at=at)
    return visit, True


async def cancelled(tx: AsyncSession, actor: Actor, visit: Visit, reason: str, *, at: datetime) -> None:
    """The visit, locked and not arrived, called off; the reason of one that is sealed is sealed with it."""
    before = {**events.snapshot(visit), **told(visit)}
    visit.state = VisitState.CANCELLED
    visit.cancelled_by, visit.cancelled_at = actor.id, at
    visit.cancel_reason = note = _written(tx, visit, "cancel_reason", reason)
    visit.version += 1
    events.record(tx, actor, EventKind.VISIT_CANCELLED, visit, before=before, beside=told(visit), at=at, note=note)
    await tx.flush()


def _written(tx: AsyncSession, visit: Visit, name: str, words: str | None) -> str | None:
    """What people write of a sealed visit may name the enterprise: into the box with it, and nothing to the event."""
    if words is None or not visit.is_sealed:
        return words
    seal(tx, visit, facts_of(tx, visit).model_copy(update={name: words}))
    return None


async def _enterprise(tx: AsyncSession, actor: Actor, enterprise_id: UUID) -> Enterprise:
    """One out of sight answers like one that does not exist (reliability 0.10).

    Without a lock: it would stand in the enterprise's own row, for whoever reads the disk. Where the enterprise lies
    is read anew at its arrival.
    """
    try:
        return await get_for(tx, actor, Enterprise, enterprise_id)
    except NotFound:
        raise InvalidInput.at("/enterprise_id", "enterprise_unknown", "no such enterprise") from None


async def _planned(tx: AsyncSession, actor: Actor, visit_id: UUID, *, at: datetime) -> Visit:
    visit = await tx.scalar(sa.select(Visit).where(col(Visit.id) == visit_id, sees_visit(actor, at=at)))
    if visit is None:
        raise IdTaken
    if visit.state is VisitState.CANCELLED:
        raise VisitCancelled
    return visit


async def _check_people(
    tx: AsyncSession, actor: Actor, body: VisitWrite, inspectors: Sequence[UUID], enterprise: Enterprise
) -> None:
    people = await officers(tx, [*inspectors, body.approver_id])
    errors = [
        InputError(f"/inspectors/{place}", "inspector_unsuited", "no inspector of this enterprise's region")
        for place, user_id in enumerate(body.inspectors)
        if user_id not in people or not _may_inspect(people[user_id], enterprise.region)
    ]
    if body.kind is not InspectionKind.PATROL and len(inspectors) < TWO:
        errors.append(InputError("/inspectors", "two_inspectors_needed", "an inspection needs two (行政处罚法 第42条)"))
    if body.approver_id == actor.id:
        errors.append(InputError("/approver_id", "approver_is_maker", "somebody else must approve"))
    elif not await _may_approve(tx, people.get(body.approver_id), enterprise.id):
        errors.append(InputError("/approver_id", "approver_unsuited", "nobody who may approve visits there"))
    if errors:
        raise InvalidInput(errors)


def _may_inspect(officer: Actor, region: str) -> bool:
    return (officer.may(Deed.REPORT_INSPECTION) or officer.may(Deed.PATROL)) and officer.covers(region)


async def _expect_approver(tx: AsyncSession, actor: Actor, visit: Visit, at: datetime) -> None:
    """Its approver or who stands in for them; of an urgent one anybody who approves, but never its maker."""
    if visit.approver_id is None and actor.id != visit.made_by:
        return
    if not await _is_approver(tx, actor, visit, at):
        raise NotAllowed(Deed.APPROVE_VISIT)


async def _is_approver(tx: AsyncSession, actor: Actor, visit: Visit, at: datetime) -> bool:
    approves = approves_visit(actor, on=local_date(at))
    return actor.id == visit.approver_id or bool(
        await tx.scalar(sa.select(sa.exists().where(col(Visit.id) == visit.id, approves)))
    )


async def _may_approve(tx: AsyncSession, officer: Actor | None, enterprise_id: UUID) -> bool:
    if officer is None or not officer.may(Deed.APPROVE_VISIT):
        return False
    seen = sa.exists().where(col(Enterprise.id) == enterprise_id, sees(officer, Enterprise))
    return bool(await tx.scalar(sa.select(seen)))
