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
    VerdictRead,
)
from models.photos import PhotoUse
from models.shapes import LocationRead
from models.visits import Visit
from models.words import Role
from services import limits
from services.access import Actor
from services.inspections.queries import counts
from services.inspections.whole import Whole, whole
from services.photos.naming import has_preview, is_missing
from services.visits import approval_due


async def summaries(tx: AsyncSession, rows: Sequence[Inspection]) -> list[InspectionSummaryRead]:
    """A page of the list; three questions for any number of rows."""
    findings, missing = await counts(tx, [row.id for row in rows])
    names = await _enterprise_names(tx, {row.enterprise_id for row in rows if row.enterprise_id is not None})
    return [
        _summary(
            row,
            None if row.enterprise_id is None else names.get(row.enterprise_id),
            findings.get(row.id, 0),
            missing.get(row.id, 0),
        )
        for row in rows
    ]


async def shown(tx: AsyncSession, actor: Actor, row: Inspection) -> InspectionRead | InspectedRead:
    """One inspection for this reader; an enterprise is not told of visits, reasons, warnings and notes."""
    return await shown_whole(tx, actor, await whole(tx, row))


async def shown_whole(tx: AsyncSession, actor: Actor, whole: Whole) -> InspectionRead | InspectedRead:
    """The same, of what is in hand already."""
    row, photos = whole.inspection, await _photos(tx, whole.inspection.id)
    missing = [photo.id for photo in photos if not photo.stored]
    summary = _summary(row, whole.enterprise_name, len(whole.findings), len(missing))
    inspected = InspectedRead(
        **dict(summary),
        left_at=row.left_at,
        credentials_shown=row.credentials_shown,
        unit_signed=row.unit_signed,
        refusal_note=row.refusal_note,
        inspectors=[_inspector(inspector, name) for inspector, name in whole.inspectors],
        answers=[_answer(answer) for answer in whole.answers],
        findings=[_finding(finding) for finding in whole.findings],
        reinspections=[VerdictRead(**verdict.model_dump(include=VERDICT)) for verdict in whole.verdicts],
        photos=photos,
        missing_photos=missing,
    )
    if actor.role is Role.ENTERPRISE:
        return inspected
    visit = None if whole.visit is None else await _visit(tx, whole.visit)
    return InspectionRead(
        **dict(inspected), **row.model_dump(include=OFFICE_ONLY), visit=visit, location=LocationRead.of(row)
    )


PHOTOS = (
    sa.select(PhotoUse, is_missing(), has_preview())
    .where(col(PhotoUse.inspection_id) == sa.bindparam("inspection_id"))
    .order_by(col(PhotoUse.finding_id).nulls_last(), col(PhotoUse.position), col(PhotoUse.photo_id))
)
OFFICE_ONLY = InspectionRead.model_fields.keys() - InspectedRead.model_fields.keys() - {"visit", "location"}
VERDICT = set(VerdictRead.model_fields)
FINDING = InspectionFindingRead.model_fields.keys() - {"grade_label", "state_label"}


def _summary(row: Inspection, enterprise_name: str | None, findings: int, missing: int) -> InspectionSummaryRead:
    return InspectionSummaryRead(
        id=row.id,
        kind=row.kind,
        kind_label=row.kind.label,
        state=row.state,
        state_label=row.state.label,
        enterprise_id=row.enterprise_id,
        enterprise_name=enterprise_name,
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


async def _visit(tx: AsyncSession, visit: Visit) -> InspectionVisitRead:
    is_awaited = visit.approve_by is not None and visit.approved_at is None
    return InspectionVisitRead(
        id=visit.id,
        state=visit.state,
        state_label=visit.state.label,
        approved_at=visit.approved_at,
        approval_due=approval_due(visit, await limits.rule_book(tx) if is_awaited else None),
    )


def _inspector(row: InspectionInspector, name: str) -> InspectorRead:
    return InspectorRead(user_id=row.user_id, name=name, card_number=row.card_number, card_valid=row.card_valid)


def _answer(row: Answer) -> AnswerRead:
    return AnswerRead(
        item=row.item,
        item_version=row.item_version,
        result=row.result,
        result_label=row.result.label,
        note=row.note,
    )


def _finding(row: Finding) -> InspectionFindingRead:
    return InspectionFindingRead(
        **row.model_dump(include=FINDING), grade_label=row.grade.label, state_label=row.state.label
    )


async def _photos(tx: AsyncSession, inspection_id: UUID) -> list[InspectionPhotoRead]:
    """One entry a photo, whatever names it; it is stored when it is so for each that names it."""
    rows = await tx.execute(PHOTOS, {"inspection_id": inspection_id})
    entries: dict[UUID, InspectionPhotoRead] = {}
    for use, missing, has_small in rows.all():
        known = entries.get(use.photo_id)
        others = known.finding_ids if known else []
        entries[use.photo_id] = InspectionPhotoRead(
            id=use.photo_id,
            purpose=known.purpose if known else use.purpose,
            purpose_label=known.purpose_label if known else use.purpose.label,
            finding_ids=[*others, use.finding_id] if use.finding_id else others,
            stored=not missing and (known is None or known.stored),
            preview=(missing and has_small) or (known is not None and known.preview),
        )
    return list(entries.values())
