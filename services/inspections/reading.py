"""Inspections as clients see them: everything for those who inspect, less for the enterprise that was inspected."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise
from models.findings import Finding
from models.inspections import (
    Answer,
    AnswerRead,
    InspectedRead,
    Inspection,
    InspectionFindingRead,
    InspectionInspector,
    InspectionPhotoRead,
    InspectionRead,
    InspectionSummaryRead,
    InspectionVisitRead,
    InspectorRead,
    ReinspectionResult,
    VerdictRead,
)
from models.photos import PhotoUse
from models.shapes import LocationRead
from models.users import User
from models.visits import Visit
from models.words import Role
from services import limits
from services.access import Actor
from services.inspections.queries import counts
from services.photos.naming import is_missing
from services.visits import approval_due


async def summaries(tx: AsyncSession, rows: Sequence[Inspection]) -> list[InspectionSummaryRead]:
    """A page of the list; three questions for any number of rows."""
    findings, missing = await counts(tx, [row.id for row in rows])
    names = await _enterprise_names(tx, {row.enterprise_id for row in rows if row.enterprise_id is not None})
    return [_summary(row, findings.get(row.id, 0), missing.get(row.id, 0), names) for row in rows]


async def shown(tx: AsyncSession, actor: Actor, row: Inspection) -> InspectionRead | InspectedRead:
    """One inspection for this reader; an enterprise is not told of visits, reasons, warnings and notes."""
    [summary] = await summaries(tx, [row])
    photos = await _photos(tx, row.id)
    inspected = InspectedRead(
        **summary.model_dump(),
        left_at=row.left_at,
        credentials_shown=row.credentials_shown,
        unit_signed=row.unit_signed,
        refusal_note=row.refusal_note,
        inspectors=await _inspectors(tx, row.id),
        answers=await _answers(tx, row.id),
        findings=await _findings(tx, row.id),
        reinspections=await _verdicts(tx, row.id),
        photos=photos,
        missing_photos=[photo.id for photo in photos if not photo.stored],
    )
    return inspected if actor.role is Role.ENTERPRISE else await _whole(tx, row, inspected)


async def _whole(tx: AsyncSession, row: Inspection, inspected: InspectedRead) -> InspectionRead:
    own = InspectionRead.model_fields.keys() - InspectedRead.model_fields.keys() - {"visit", "location"}
    parts = {name: getattr(inspected, name) for name in InspectedRead.model_fields}
    return InspectionRead(
        **parts, **row.model_dump(include=own), visit=await _visit(tx, row.visit_id), location=LocationRead.of(row)
    )


def _summary(row: Inspection, findings: int, missing: int, names: dict[UUID, str]) -> InspectionSummaryRead:
    return InspectionSummaryRead(
        id=row.id,
        kind=row.kind,
        kind_label=row.kind.label,
        state=row.state,
        state_label=row.state.label,
        enterprise_id=row.enterprise_id,
        enterprise_name=None if row.enterprise_id is None else names.get(row.enterprise_id),
        region=row.region,
        arrived_at=row.arrived_at,
        received_at=row.received_at,
        findings_count=findings,
        missing_photos_count=missing,
        version=row.version,
    )


async def _enterprise_names(tx: AsyncSession, ids: set[UUID]) -> dict[UUID, str]:
    """Of enterprises that were in sight with their inspections."""
    query = sa.select(col(Enterprise.id), col(Enterprise.name)).where(col(Enterprise.id).in_(ids))
    return dict((await tx.execute(query)).all())


async def _visit(tx: AsyncSession, visit_id: UUID | None) -> InspectionVisitRead | None:
    visit = None if visit_id is None else await tx.get(Visit, visit_id)
    if visit is None:
        return None
    book = await limits.rule_book(tx) if visit.approve_by is not None and visit.approved_at is None else None
    return InspectionVisitRead(
        id=visit.id,
        state=visit.state,
        state_label=visit.state.label,
        approved_at=visit.approved_at,
        approval_due=approval_due(visit, book),
    )


async def _inspectors(tx: AsyncSession, inspection_id: UUID) -> list[InspectorRead]:
    query = (
        sa.select(InspectionInspector, col(User.name))
        .join(User, col(User.id) == col(InspectionInspector.user_id))
        .where(col(InspectionInspector.inspection_id) == inspection_id)
        .order_by(col(InspectionInspector.position))
    )
    return [
        InspectorRead(user_id=row.user_id, name=name, card_number=row.card_number, card_valid=row.card_valid)
        for row, name in (await tx.execute(query)).all()
    ]


async def _answers(tx: AsyncSession, inspection_id: UUID) -> list[AnswerRead]:
    query = sa.select(Answer).where(col(Answer.inspection_id) == inspection_id).order_by(col(Answer.item))
    return [
        AnswerRead(
            item=row.item,
            item_version=row.item_version,
            result=row.result,
            result_label=row.result.label,
            note=row.note,
        )
        for row in (await tx.scalars(query)).all()
    ]


async def _findings(tx: AsyncSession, inspection_id: UUID) -> list[InspectionFindingRead]:
    query = sa.select(Finding).where(col(Finding.inspection_id) == inspection_id).order_by(col(Finding.position))
    labels = {"grade_label", "state_label"}
    return [
        InspectionFindingRead(
            **row.model_dump(include=InspectionFindingRead.model_fields.keys() - labels),
            grade_label=row.grade.label,
            state_label=row.state.label,
        )
        for row in (await tx.scalars(query)).all()
    ]


async def _verdicts(tx: AsyncSession, inspection_id: UUID) -> list[VerdictRead]:
    query = sa.select(ReinspectionResult).where(col(ReinspectionResult.inspection_id) == inspection_id)
    rows = await tx.scalars(query.order_by(col(ReinspectionResult.finding_id)))
    return [VerdictRead(**row.model_dump(include=set(VerdictRead.model_fields))) for row in rows.all()]


async def _photos(tx: AsyncSession, inspection_id: UUID) -> list[InspectionPhotoRead]:
    """One entry a photo, whatever names it; it is stored when it is so for each that names it."""
    query = sa.select(PhotoUse, is_missing()).where(col(PhotoUse.inspection_id) == inspection_id)
    order = (col(PhotoUse.finding_id).nulls_last(), col(PhotoUse.position), col(PhotoUse.photo_id))
    entries: dict[UUID, InspectionPhotoRead] = {}
    for use, missing in (await tx.execute(query.order_by(*order))).all():
        known = entries.get(use.photo_id)
        others = known.finding_ids if known else []
        entries[use.photo_id] = InspectionPhotoRead(
            id=use.photo_id,
            purpose=known.purpose if known else use.purpose,
            purpose_label=known.purpose_label if known else use.purpose.label,
            finding_ids=[*others, use.finding_id] if use.finding_id else others,
            stored=not missing and (known is None or known.stored),
        )
    return list(entries.values())
