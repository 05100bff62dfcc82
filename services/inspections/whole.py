"""An inspection with all that belongs to it; of its photos, whose bytes come later, the reading asks anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.findings import Finding
from models.inspections import Answer, Inspection, InspectionInspector, ReinspectionResult
from models.users import User
from models.visits import Visit


@dataclass
class Whole:
    """Rows as they are in the database; each inspector with their name, all in the order in which they are shown.

    `photo_uses` is what an event has to tell of the photos that were just named (services/photos/naming.py).
    """

    inspection: Inspection
    enterprise_name: str | None
    inspectors: Sequence[tuple[InspectionInspector, str]]
    answers: Sequence[Answer]
    findings: Sequence[Finding]
    visit: Visit | None
    verdicts: Sequence[ReinspectionResult] = field(default=())
    photo_uses: Sequence[str] = field(default=())


async def whole(tx: AsyncSession, inspection: Inspection) -> Whole:
    """Of an inspection that was in sight: its enterprise was so, too."""
    answers = sa.select(Answer).where(col(Answer.inspection_id) == inspection.id).order_by(col(Answer.item))
    found = sa.select(Finding).where(col(Finding.inspection_id) == inspection.id).order_by(col(Finding.position))
    name = sa.select(col(Enterprise.name)).where(col(Enterprise.id) == inspection.enterprise_id)
    return Whole(
        inspection=inspection,
        enterprise_name=None if inspection.enterprise_id is None else await tx.scalar(name),
        inspectors=await _inspectors(tx, inspection.id),
        answers=(await tx.scalars(answers)).all(),
        findings=(await tx.scalars(found)).all(),
        visit=None if inspection.visit_id is None else await tx.get(Visit, inspection.visit_id),
        verdicts=await verdicts(tx, inspection.id),
    )


async def verdicts(tx: AsyncSession, inspection_id: UUID) -> Sequence[ReinspectionResult]:
    """What a re-inspection said of each finding."""
    query = sa.select(ReinspectionResult).where(col(ReinspectionResult.inspection_id) == inspection_id)
    return (await tx.scalars(query.order_by(col(ReinspectionResult.finding_id)))).all()


async def _inspectors(tx: AsyncSession, inspection_id: UUID) -> Sequence[tuple[InspectionInspector, str]]:
    query = (
        sa.select(InspectionInspector, col(User.name))
        .join(User, col(User.id) == col(InspectionInspector.user_id))
        .where(col(InspectionInspector.inspection_id) == inspection_id)
        .order_by(col(InspectionInspector.position))
    )
    return [(row, name) for row, name in (await tx.execute(query)).all()]
