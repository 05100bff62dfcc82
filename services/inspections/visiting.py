"""What an accepted inspection makes of its visit: done, or one to be approved afterwards."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.inspections import Inspection
from models.visits import Visit, VisitInspector
from models.words import EventKind, InspectionKind, VisitBasis, VisitState
from services import events
from services.chance import chance
from services.inspections.cases import Case
from services.inspections.errors import NotApplicable
from services.inspections.resolving import Resolved
from services.rules.clocks import Rule, RuleBook
from services.visits import open_at_arrival

URGENT_LEGAL_BASIS = "国办发〔2024〕54号：紧急情况需当场实施的，事后补办手续"
URGENT_TASK_SOURCE = "紧急情况"


async def visited(
    tx: AsyncSession, case: Case, inspection: Inspection, resolved: Resolved, book: RuleBook
) -> Visit | None:
    """Link the inspection with its visit, and make one where nobody planned it.

    A patrol leaves a planned visit undone; a re-inspection follows from the order and needs no plan of its own.
    """
    due = book.due_time(Rule.URGENT_APPROVAL, inspection.arrived_at)
    approve_by = None if due is None else due.at
    visit = resolved.visit
    if visit is not None and inspection.kind is not InspectionKind.PATROL:
        await _done(tx, case, visit, resolved.enterprise, approve_by)
    elif visit is None and inspection.kind not in (InspectionKind.PATROL, InspectionKind.REINSPECTION):
        visit = _urgent(tx, case, inspection, resolved, approve_by)
    inspection.visit_id = None if visit is None else visit.id
    return visit


async def _done(tx: AsyncSession, case: Case, seen: Visit, enterprise: Enterprise, approve_by: datetime | None) -> None:
    lock = sa.select(Visit).where(col(Visit.id) == seen.id).with_for_update(key_share=True)
    visit = (await tx.scalars(lock.execution_options(populate_existing=True))).one()
    if visit.state is VisitState.CANCELLED:  # meanwhile
        raise NotApplicable(["visit_cancelled"])
    if visit.arrived_at is not None:
        return
    before = events.snapshot(visit)
    open_at_arrival(tx, visit, enterprise)
    visit.arrived_at = case.report.arrived_at
    if visit.state is VisitState.APPROVED:
        visit.state = VisitState.DONE
    else:
        visit.approve_by = approve_by
    visit.version += 1
    events.record(tx, case.author, EventKind.VISIT_DONE, visit, before=before, at=case.at)


def _urgent(
    tx: AsyncSession, case: Case, inspection: Inspection, resolved: Resolved, approve_by: datetime | None
) -> Visit:
    """A visit that is approved after it was done, by anyone who may, but not by who reported it."""
    visit = Visit(
        id=chance(tx).secret_id(),
        enterprise_id=resolved.enterprise.id,
        region=resolved.enterprise.region,
        kind=inspection.kind,
        basis=VisitBasis.URGENT,
        legal_basis=URGENT_LEGAL_BASIS,
        task_source=URGENT_TASK_SOURCE,
        content=inspection.urgent_reason,
        release_at=inspection.arrived_at,
        state=VisitState.PROPOSED,
        made_by=case.author.id,
        made_at=case.at,
        approve_by=approve_by,
        arrived_at=inspection.arrived_at,
    )
    tx.add(visit)
    people = [inspector.user_id for inspector in resolved.inspectors]
    tx.add_all([VisitInspector(visit_id=visit.id, user_id=user_id) for user_id in people])
    events.record(tx, case.author, EventKind.VISIT_PLANNED, visit, at=case.at, beside={"inspectors": people})
    return visit
