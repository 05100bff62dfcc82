"""The brief at the door: an enterprise's past in one answer, within the reader's sight."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.briefs import (
    BriefPlanRead,
    BriefVisitRead,
    EnterpriseBriefRead,
    FailedBeforeRead,
    VisitKind,
    VisitsOfYearRead,
    YearlyCapRead,
)
from models.enterprises import Enterprise
from models.findings import ENTERPRISE_MUST_ACT, OPEN, Finding, Rectification, RectificationPlan
from models.inspections import Inspection
from models.photos import PhotoUse
from models.words import InspectionKind, InspectionState, PhotoPurpose, PlanState
from services import limits
from services.access import Actor, sees, sees_use
from services.checklists import items_by_code
from services.draws import weights
from services.enterprises.queries import get, shown
from services.findings.clocks import overdue
from services.findings.queries import summary
from services.rules.clocks import SHANGHAI, LimitNotInForce, Rule, local_date
from services.rules.visit_counts import sentence

LAST_VISITS = 5
MOST_ITEMS = 20
CURED = (PhotoPurpose.AFTER, PhotoPurpose.FIXED_ON_SITE, PhotoPurpose.REINSPECTION)


async def brief(
    tx: AsyncSession, actor: Actor, enterprise_id: UUID, kind: InspectionKind, *, at: datetime
) -> EnterpriseBriefRead:
    """For a visit of that kind today. Raises NotFound."""
    enterprise = await get(tx, actor, enterprise_id)
    today = local_date(at)
    [read] = await shown(tx, actor, [enterprise])
    found = sa.select(Finding).where(col(Finding.enterprise_id) == enterprise.id, sees(actor, Finding))
    findings = (await tx.scalars(found.order_by(col(Finding.found_on).desc(), col(Finding.id)))).all()
    still_open = [finding for finding in findings if finding.state in OPEN]
    summaries = [summary(finding, enterprise.name, today) for finding in still_open]
    return EnterpriseBriefRead(
        enterprise=read,
        last_visits=await _last_visits(tx, actor, enterprise, findings),
        open_findings=sorted(summaries, key=lambda one: (not one.overdue, one.deadline or date.max)),
        overdue=sum(one.overdue for one in summaries),
        failed_before=await _failed_before(tx, actor, findings, today),
        plans=await _plans(tx, still_open, today),
        visits_of_year=await _visits_of_year(tx, actor, enterprise, kind, today),
    )


async def _last_visits(
    tx: AsyncSession, actor: Actor, enterprise: Enterprise, findings: Sequence[Finding]
) -> list[BriefVisitRead]:
    made = sa.select(Inspection).where(
        col(Inspection.enterprise_id) == enterprise.id,
        col(Inspection.state) == InspectionState.ACCEPTED,
        sees(actor, Inspection),
    )
    rows = (await tx.scalars(made.order_by(col(Inspection.arrived_at).desc()).limit(LAST_VISITS))).all()
    return [
        BriefVisitRead(
            inspection_id=row.id,
            kind=row.kind,
            kind_label=row.kind.label,
            arrived_at=row.arrived_at,
            findings=sum(finding.inspection_id == row.id for finding in findings),
        )
        for row in rows
    ]


async def _failed_before(
    tx: AsyncSession, actor: Actor, findings: Sequence[Finding], today: date
) -> list[FailedBeforeRead]:
    by_item: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.item is not None:
            by_item.setdefault(finding.item, []).append(finding)
    often = sorted(by_item.items(), key=lambda one: (-len(one[1]), one[0]))[:MOST_ITEMS]
    # Of a hazard that is open again, what tells is how it was cured the last time.
    last = {item: next((row for row in rows if row.state not in OPEN), rows[0]) for item, rows in often}
    ids = [finding.id for finding in last.values()]
    words = await items_by_code(tx, [item for item, _ in often], on=today)
    cures, photos = await _cures(tx, ids), await _photos(tx, actor, ids)
    return [
        FailedBeforeRead(
            item=item,
            text=words[item].item.text if item in words else None,
            times=len(rows),
            finding_id=last[item].id,
            found_on=last[item].found_on,
            state=last[item].state,
            state_label=last[item].state.label,
            closed_at=last[item].closed_at,
            cured_by=cures.get(last[item].id, last[item].fixed_on_site),
            photo_ids=photos.get(last[item].id, []),
        )
        for item, rows in often
    ]


async def _cures(tx: AsyncSession, finding_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What was last reported as done."""
    told = sa.select(col(Rectification.finding_id), col(Rectification.text))
    told = told.where(col(Rectification.finding_id).in_(finding_ids)).order_by(col(Rectification.filed_at))
    return {row.finding_id: row.text for row in await tx.execute(told)}


async def _photos(tx: AsyncSession, actor: Actor, finding_ids: Sequence[UUID]) -> dict[UUID | None, list[UUID]]:
    uses = sa.select(col(PhotoUse.finding_id), col(PhotoUse.photo_id)).where(
        col(PhotoUse.finding_id).in_(finding_ids), col(PhotoUse.purpose).in_(CURED), sees_use(actor)
    )
    named: dict[UUID | None, list[UUID]] = {}
    for finding_id, photo_id in await tx.execute(uses.order_by(col(PhotoUse.named_at), col(PhotoUse.position))):
        named.setdefault(finding_id, []).append(photo_id)
    return named


async def _plans(tx: AsyncSession, still_open: Sequence[Finding], today: date) -> list[BriefPlanRead]:
    of = {finding.id: finding for finding in still_open}
    filed = sa.select(RectificationPlan).where(
        col(RectificationPlan.finding_id).in_(of), col(RectificationPlan.state) != PlanState.RETURNED
    )
    rows = (await tx.scalars(filed.order_by(col(RectificationPlan.deadline).nulls_last()))).all()
    soon = await _soon(tx, today)
    return [
        BriefPlanRead(
            finding_id=row.finding_id,
            state=row.state,
            state_label=row.state.label,
            deadline=row.deadline,
            expires_soon=row.deadline is not None
            and today <= row.deadline <= soon
            and of[row.finding_id].state in ENTERPRISE_MUST_ACT,
            overdue=row.deadline is not None and row.deadline < today and overdue(of[row.finding_id], today),
        )
        for row in rows
    ]


async def _soon(tx: AsyncSession, today: date) -> date:
    """The last day that is near; today, where no limit says how near that is."""
    try:
        days = (await limits.rule_book(tx)).limit(Rule.PLAN_EXPIRES_SOON, today).value
    except LimitNotInForce:
        days = 0
    return today + timedelta(days=days)


async def _visits_of_year(
    tx: AsyncSession, actor: Actor, enterprise: Enterprise, kind: InspectionKind, today: date
) -> VisitsOfYearRead:
    kinds = {row.kind: row for row in await tx.scalars(sa.select(VisitKind))}
    counting = [row.kind for row in kinds.values() if row.counts]
    made = sa.select(sa.func.count()).where(
        col(Inspection.enterprise_id) == enterprise.id,
        col(Inspection.state) == InspectionState.ACCEPTED,
        col(Inspection.kind).in_(counting),
        col(Inspection.arrived_at) >= datetime(today.year, 1, 1, tzinfo=SHANGHAI),
        sees(actor, Inspection),
    )
    counted = await tx.scalar(made) or 0
    caps = await weights.caps(tx, today)
    cap = caps.nearest(enterprise.region, enterprise.main_industry, enterprise.standard_level)
    rule = kinds.get(kind)
    counts = rule is not None and rule.counts
    return VisitsOfYearRead(
        year=today.year,
        counted=counted,
        cap=None if cap is None else YearlyCapRead.model_validate(cap, from_attributes=True),
        kind=kind,
        counts=counts,
        verified=rule is not None and rule.verified,
        sentence=sentence(kind.label, counts=counts, counted=counted, per_year=None if cap is None else cap.per_year),
    )
