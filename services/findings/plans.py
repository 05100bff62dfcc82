"""整改方案: filed for the enterprise, accepted by the office once it has all of the 五落实 (field-facts 7)."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.findings import Finding, RectificationPlan
from models.steps import PlanDecisionWrite, PlanWrite
from models.words import EventKind, Move, PlanState
from services import acts
from services.access import Actor, Deed, finding_for
from services.errors import InvalidInput
from services.findings.errors import NoPlanWaits, PlanIncomplete, PlanWaits
from services.findings.filing import is_on_behalf
from services.findings.moves import Standing, after, changed, moved
from services.versions import refuse_stale

FIVE_POINTS = ("measures", "responsible_person", "deadline", "funding", "contingency_plan")
"""五落实: 措施、责任人、时限、资金、预案."""


async def file_plan(
    tx: AsyncSession, actor: Actor, finding_id: UUID, body: PlanWrite, *, version: int | None, at: datetime
) -> tuple[Finding, bool]:
    """File a plan for an ordered finding; one at a time waits for the office.

    Raises NotFound, NotAllowed, IdConflict, IdTaken, VersionMismatch, InvalidInput, IllegalTransition, PlanWaits.
    """
    finding = await finding_for(tx, actor, finding_id, Deed.FILE_OWN, Deed.FILE_ON_BEHALF)
    on_behalf = await is_on_behalf(tx, actor, finding, body.on_behalf_of)
    begun = await acts.begin(tx, actor, "filePlan", body, at=at, subject_id=finding.id)
    if not begun.is_new:
        return finding, False
    refuse_stale(finding, version)
    after(Standing.of(finding), Move.ACCEPT_PLAN)
    last = await _last_plan(tx, finding)
    if last is not None and last.state is PlanState.FILED:
        raise PlanWaits
    plan = RectificationPlan(
        **body.model_dump(exclude={"id", "on_behalf_of"}),
        id=begun.id,
        finding_id=finding.id,
        state=PlanState.FILED,
        filed_by=actor.id,
        filed_at=at,
        on_behalf=on_behalf,
    )
    with changed(tx, actor, finding, EventKind.FINDING_PLAN_FILED, at=at, paper=plan):
        pass
    await tx.flush()
    return finding, True


async def decide_plan(
    tx: AsyncSession, actor: Actor, finding_id: UUID, body: PlanDecisionWrite, *, version: int | None, at: datetime
) -> tuple[Finding, bool]:
    """Accept the plan that waits, which moves the finding on, or return it with a reason.

    Raises NotFound, NotAllowed, IdConflict, IdTaken, VersionMismatch, NoPlanWaits, PlanIncomplete, InvalidInput,
    IllegalTransition.
    """
    finding = await finding_for(tx, actor, finding_id, Deed.ACCEPT_PLAN)
    begun = await acts.begin(tx, actor, "acceptPlan", body, at=at, subject_id=finding.id)
    if not begun.is_new:
        return finding, False
    refuse_stale(finding, version)
    plan = await _last_plan(tx, finding)
    if plan is None or plan.state is not PlanState.FILED:
        raise NoPlanWaits(plan.state if plan else None)
    if body.accepted:
        if missing := missing_points(plan):
            raise PlanIncomplete(missing)
        with moved(tx, actor, finding, Move.ACCEPT_PLAN, at=at, paper=plan):
            _decide(plan, PlanState.ACCEPTED, actor, body.note, at)
    else:
        if body.note is None:
            raise InvalidInput.at("/note", "reason_needed", "say why, so that the other side knows what to change")
        with changed(tx, actor, finding, EventKind.FINDING_PLAN_RETURNED, at=at, paper=plan):
            _decide(plan, PlanState.RETURNED, actor, body.note, at)
    await tx.flush()
    return finding, True


def missing_points(plan: RectificationPlan) -> list[str]:
    """The 五落实 that a plan lacks, by field."""
    return [name for name in FIVE_POINTS if not getattr(plan, name)]


def _decide(plan: RectificationPlan, state: PlanState, actor: Actor, note: str | None, at: datetime) -> None:
    plan.state, plan.decided_by, plan.decided_at, plan.decision_note = state, actor.id, at, note


async def _last_plan(tx: AsyncSession, finding: Finding) -> RectificationPlan | None:
    query = sa.select(RectificationPlan).where(col(RectificationPlan.finding_id) == finding.id)
    newest = query.order_by(col(RectificationPlan.filed_at).desc(), col(RectificationPlan.id).desc()).limit(1)
    plan: RectificationPlan | None = await tx.scalar(newest)
    return plan
