"""Visits 检查安排: planned in silence, approved, released to their inspectors, and done or cancelled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.limits import DueTimeRead
from models.visits import Visit, VisitApproval, VisitCancellation, VisitInspector, VisitRead, VisitWrite
from models.words import EventKind, InspectionKind, VisitState
from services import acts, events, limits
from services.access import Actor, Deed, sees, sees_visit
from services.acts import IDEMPOTENCY_KEY
from services.chance import chance
from services.enterprises import standing
from services.errors import Conflict, Gone, IdTaken, InputError, InvalidInput, NotAllowed, NotFound
from services.officers import officers
from services.paging import Key, Order, Slice, slice_of
from services.rules.clocks import Rule, RuleBook

NEWEST_FIRST = Order((col(Visit.release_at), col(Visit.id)), descending=True)
TWO = 2


@dataclass(eq=False)
class VisitCancelled(Gone):
    """The visit was cancelled."""

    code: ClassVar[str] = "visit_cancelled"
    title: ClassVar[str] = "该检查安排已取消"


@dataclass(eq=False)
class VisitSettled(Conflict):
    """The visit is past this step; `state` says how far it is."""

    code: ClassVar[str] = "visit_settled"
    title: ClassVar[str] = "该检查安排已办过这一步"
    state: VisitState


async def plan(tx: AsyncSession, actor: Actor, body: VisitWrite, *, at: datetime) -> tuple[Visit, bool]:
    """A new visit, or the one this id planned before.

    Raises NotAllowed, InvalidInput, IdConflict, IdTaken, InProgress, VisitCancelled.
    """
    actor.require(Deed.PLAN_VISIT)
    known = body.id or tx.info.get(IDEMPOTENCY_KEY) or chance(tx).secret_id()
    enterprise = await _enterprise(tx, actor, body.enterprise_id)
    begun = await acts.begin(tx, actor, "planVisit", body, at=at, act_id=known)
    if not begun.is_new:
        return await _planned(tx, actor, begun.id, at=at), False
    inspectors = list(dict.fromkeys(body.inspectors))
    await _check_people(tx, actor, body, inspectors, enterprise)
    visit = Visit(
        **body.model_dump(exclude={"id", "inspectors"}),
        id=begun.id,
        region=enterprise.region,
        state=VisitState.PROPOSED,
        made_by=actor.id,
        made_at=at,
    )
    tx.add(visit)
    await tx.flush()
    tx.add_all([VisitInspector(visit_id=visit.id, user_id=user_id) for user_id in inspectors])
    events.record(tx, actor, EventKind.VISIT_PLANNED, visit, at=at, beside={"inspectors": inspectors})
    await tx.flush()
    return visit, True


async def approve(
    tx: AsyncSession, actor: Actor, visit_id: UUID, body: VisitApproval, *, at: datetime
) -> tuple[Visit, bool]:
    """The second person's word. Late is possible: an urgent visit is approved after it was done (field-facts 1).

    Raises NotFound, NotAllowed, VisitCancelled, VisitSettled, and what acts.begin raises.
    """
    visit = await get(tx, actor, visit_id, at=at, lock=True)
    actor.require(Deed.APPROVE_VISIT)
    if actor.id != visit.approver_id and (visit.approver_id is not None or actor.id == visit.made_by):
        raise NotAllowed(Deed.APPROVE_VISIT)
    begun = await acts.begin(tx, actor, "approveVisit", body, at=at, subject_id=visit.id)
    if not begun.is_new:
        return visit, False
    if visit.state is VisitState.CANCELLED:
        raise VisitCancelled
    if visit.state is not VisitState.PROPOSED:
        raise VisitSettled(visit.state)
    before = events.snapshot(visit)
    visit.state = VisitState.APPROVED if visit.arrived_at is None else VisitState.DONE
    visit.approved_by, visit.approved_at = actor.id, at
    visit.version += 1
    events.record(tx, actor, EventKind.VISIT_APPROVED, visit, before=before, at=at, note=body.note)
    await tx.flush()
    return visit, True


async def cancel(
    tx: AsyncSession, actor: Actor, visit_id: UUID, body: VisitCancellation, *, at: datetime
) -> tuple[Visit, bool]:
    """By its maker or its approver, as long as nobody has arrived.

    Raises NotFound, NotAllowed, VisitCancelled, VisitSettled, and what acts.begin raises.
    """
    visit = await get(tx, actor, visit_id, at=at, lock=True)
    if actor.id not in (visit.made_by, visit.approver_id):
        raise NotAllowed(Deed.PLAN_VISIT)
    begun = await acts.begin(tx, actor, "cancelVisit", body, at=at, subject_id=visit.id)
    if not begun.is_new:
        return visit, False
    if visit.state is VisitState.CANCELLED:
        raise VisitCancelled
    if visit.arrived_at is not None:
        raise VisitSettled(visit.state)
    before = events.snapshot(visit)
    visit.state = VisitState.CANCELLED
    visit.cancelled_by, visit.cancelled_at, visit.cancel_reason = actor.id, at, body.reason
    visit.version += 1
    events.record(tx, actor, EventKind.VISIT_CANCELLED, visit, before=before, at=at, note=body.reason)
    await tx.flush()
    return visit, True


async def get(tx: AsyncSession, actor: Actor, visit_id: UUID, *, at: datetime, lock: bool = False) -> Visit:
    """One visit. Raises NotFound for absent, unreleased and unseen alike."""
    query = sa.select(Visit).where(col(Visit.id) == visit_id, sees_visit(actor, at=at))
    visit = await tx.scalar(query.with_for_update(key_share=True) if lock else query)
    if visit is None:
        raise NotFound
    return visit


async def list_visits(
    tx: AsyncSession, actor: Actor, *, state: VisitState | None, at: datetime, after: Key | None, limit: int
) -> Slice[Visit]:
    """Visits the actor may know of, the latest release first."""
    query = sa.select(Visit).where(sees_visit(actor, at=at))
    if state is not None:
        query = query.where(col(Visit.state) == state)
    return await slice_of(tx, query, NEWEST_FIRST, lambda visit: (visit.release_at, visit.id), after=after, limit=limit)


async def shown(tx: AsyncSession, visits: Sequence[Visit]) -> list[VisitRead]:
    """Visits as clients see them, with their inspectors and, where one is awaited, the last moment for the approval."""
    named = await _named(tx, [visit.id for visit in visits])
    book = await limits.rule_book(tx) if any(visit.approve_by for visit in visits) else None
    return [_read(visit, named.get(visit.id, []), book) for visit in visits]


def approval_due(visit: Visit, book: RuleBook | None) -> DueTimeRead | None:
    """By when a visit that was inspected before its approval must be approved, and by which rule."""
    if book is None or visit.approve_by is None or visit.arrived_at is None:
        return None
    due = book.due_time(Rule.URGENT_APPROVAL, visit.arrived_at)
    return None if due is None else limits.shown_time(due)


async def _enterprise(tx: AsyncSession, actor: Actor, enterprise_id: UUID) -> Enterprise:
    """One out of sight answers like one that does not exist (reliability 0.10)."""
    try:
        return await standing(tx, actor, enterprise_id)
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


async def _may_approve(tx: AsyncSession, officer: Actor | None, enterprise_id: UUID) -> bool:
    if officer is None or not officer.may(Deed.APPROVE_VISIT):
        return False
    seen = sa.exists().where(col(Enterprise.id) == enterprise_id, sees(officer, Enterprise))
    return bool(await tx.scalar(sa.select(seen)))


async def _named(tx: AsyncSession, visit_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    query = sa.select(col(VisitInspector.visit_id), col(VisitInspector.user_id))
    rows = await tx.execute(
        query.where(col(VisitInspector.visit_id).in_(visit_ids)).order_by(col(VisitInspector.user_id))
    )
    named: dict[UUID, list[UUID]] = {}
    for visit_id, user_id in rows.all():
        named.setdefault(visit_id, []).append(user_id)
    return named


def _read(visit: Visit, inspectors: list[UUID], book: RuleBook | None) -> VisitRead:
    derived = {"kind_label", "basis_label", "state_label", "inspectors", "approval_due"}
    return VisitRead(
        **visit.model_dump(include=VisitRead.model_fields.keys() - derived),
        kind_label=visit.kind.label,
        basis_label=visit.basis.label,
        state_label=visit.state.label,
        inspectors=inspectors,
        approval_due=approval_due(visit, book),
    )
