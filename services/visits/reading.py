"""Visits as those who may know of them see them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.limits import DueTimeRead
from models.visits import Visit, VisitFacts, VisitInspector, VisitRead
from models.words import VisitState
from services import limits
from services.access import Actor, sees_visit
from services.errors import NotFound
from services.paging import Key, Order, Slice, slice_of
from services.rules.clocks import Rule, RuleBook
from services.visits.sealed import looked_into, shown_facts

NEWEST_FIRST = Order((col(Visit.release_at), col(Visit.id)), descending=True)


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


async def shown(
    tx: AsyncSession, actor: Actor, visits: Sequence[Visit], *, at: datetime, is_own_act: bool = False
) -> list[VisitRead]:
    """Visits as clients see them, with their inspectors and, where one is awaited, the last moment for the approval.

    Each that is sealed is looked at by that, and the look an event; of one's own act an event tells already.
    """
    facts = await (shown_facts(tx, actor, visits) if is_own_act else looked_into(tx, actor, visits, at=at))
    named = await _named(tx, [visit.id for visit in visits])
    book = await limits.rule_book(tx) if any(visit.approve_by for visit in visits) else None
    return [_read(visit, facts[visit.id], named.get(visit.id, []), book) for visit in visits]


def approval_due(visit: Visit, book: RuleBook | None) -> DueTimeRead | None:
    """By when a visit that was inspected before its approval must be approved, and by which rule."""
    if book is None or visit.approve_by is None or visit.arrived_at is None:
        return None
    due = book.due_time(Rule.URGENT_APPROVAL, visit.arrived_at)
    return None if due is None else limits.shown_time(due)


async def _named(tx: AsyncSession, visit_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    query = sa.select(col(VisitInspector.visit_id), col(VisitInspector.user_id))
    rows = await tx.execute(
        query.where(col(VisitInspector.visit_id).in_(visit_ids)).order_by(col(VisitInspector.user_id))
    )
    named: dict[UUID, list[UUID]] = {}
    for visit_id, user_id in rows.all():
        named.setdefault(visit_id, []).append(user_id)
    return named


def _read(visit: Visit, facts: VisitFacts, inspectors: list[UUID], book: RuleBook | None) -> VisitRead:
    told = facts.model_dump(exclude={"approval_note"})
    derived = {"kind_label", "basis_label", "state_label", "inspectors", "approval_due"}
    return VisitRead(
        **visit.model_dump(include=VisitRead.model_fields.keys() - derived - told.keys()),
        **told,
        kind_label=facts.kind.label,
        basis_label=facts.basis.label,
        state_label=visit.state.label,
        inspectors=inspectors,
        approval_due=approval_due(visit, book),
    )
