"""A finding with its whole file, as one who must act on it needs it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from models.enterprises import Enterprise
from models.findings import (
    Extension,
    Finding,
    FindingOrderRead,
    FindingPhotoRead,
    FindingRead,
    NextMove,
    Rectification,
    RectificationPlan,
    Transfer,
    Withdrawal,
    WriteOff,
)
from models.inspections import Inspection, ReinspectionResult
from models.limits import DueDateRead
from models.orders import Order, OrderedFinding
from models.photos import PhotoUse
from models.shapes import Read
from models.steps import (
    PlanRead,
    RectificationRead,
    ReinspectionRead,
    TransferRead,
    WithdrawalRead,
    WriteOffRead,
)
from models.words import FindingState, PhotoPurpose
from services import extensions, limits
from services.findings.moves import Standing, allowed
from services.findings.plans import missing_points
from services.findings.queries import summary
from services.photos.naming import has_preview, is_missing
from services.rules.clocks import Rule, local_date
from services.wall import beyond_sight

Paper = TypeVar("Paper", bound=SQLModel)
Shown = TypeVar("Shown", bound=Read)
Told = TypeVar("Told")

ENDED_BY: dict[FindingState, type[SQLModel]] = {
    FindingState.CLOSED: WriteOff,
    FindingState.TRANSFERRED: Transfer,
    FindingState.WITHDRAWN: Withdrawal,
}


async def shown(tx: AsyncSession, finding: Finding, *, today: date) -> FindingRead:
    """The finding and everything on its file; the reader's sight of it is settled before."""
    return (await shown_all(tx, [finding], today=today))[0]


async def shown_all(tx: AsyncSession, findings: Sequence[Finding], *, today: date) -> list[FindingRead]:
    """The same of many, in their order: as many questions as for one."""
    names = await _enterprise_names(tx, findings)
    orders = await _orders(tx, findings)
    plans = await _papers(tx, RectificationPlan, findings)
    asked = await _papers(tx, Extension, findings)
    rectifications = await _papers(tx, Rectification, findings)
    reinspections = await _reinspections(tx, findings)
    ends = await _ends(tx, findings)
    photos = await _photos(tx, findings)
    told = []
    for finding in findings:
        reinspection_due, extension_ask_by = await _dates(tx, finding)
        head = summary(finding, names[finding.enterprise_id], today)
        more = finding.model_dump(include=FindingRead.model_fields.keys() - type(head).model_fields.keys())
        read = FindingRead(
            **head.model_dump(),
            **more,
            reinspection_due=reinspection_due,
            extension_ask_by=extension_ask_by,
            next_moves=[NextMove(move=move, label=move.label) for move in allowed(Standing.of(finding))],
            orders=orders[finding.id],
            plans=[_plan(plan) for plan in plans[finding.id]],
            extensions=await extensions.shown(tx, asked[finding.id]),
            rectifications=[_rectification(row) for row in rectifications[finding.id]],
            reinspections=reinspections[finding.id],
            write_off=_end(ends, WriteOffRead, finding, FindingState.CLOSED),
            transfer=_end(ends, TransferRead, finding, FindingState.TRANSFERRED),
            withdrawal=_end(ends, WithdrawalRead, finding, FindingState.WITHDRAWN),
            photos=photos[finding.id],
        )
        told.append(read)
    return told


async def _dates(tx: AsyncSession, finding: Finding) -> tuple[DueDateRead | None, DueDateRead | None]:
    """Last day to look again, and last day to ask for more time: each only while it matters, with its reason."""
    if finding.state is FindingState.REPORTED and finding.reported_at is not None:
        book = await limits.rule_book(tx)
        due = book.due_if_any(Rule.REINSPECTION_AFTER_REPORT, local_date(finding.reported_at))
        return limits.shown(due) if due else None, None
    if finding.state in extensions.BEING_CURED and finding.deadline is not None:
        return None, extensions.ask_by_of(finding.deadline, await limits.rule_book(tx))
    return None, None


async def _enterprise_names(tx: AsyncSession, findings: Sequence[Finding]) -> dict[UUID, str]:
    ids = {finding.enterprise_id for finding in findings}
    query = sa.select(col(Enterprise.id), col(Enterprise.name)).where(col(Enterprise.id).in_(ids))
    return {row[0]: row[1] for row in (await tx.execute(query)).all()}


async def _ends(tx: AsyncSession, findings: Sequence[Finding]) -> dict[UUID, SQLModel]:
    """The paper that ended each; no state but these has one."""
    found: dict[UUID, SQLModel] = {}
    for state, table in ENDED_BY.items():
        ended = [finding for finding in findings if finding.state is state]
        if ended:
            found |= {finding_id: papers[0] for finding_id, papers in (await _papers(tx, table, ended)).items()}
    return found


def _end(ends: Mapping[UUID, SQLModel], read: type[Shown], finding: Finding, state: FindingState) -> Shown | None:
    return read.model_validate(ends[finding.id], from_attributes=True) if finding.state is state else None


async def _papers(tx: AsyncSession, table: type[Paper], findings: Sequence[Finding]) -> Mapping[UUID, list[Paper]]:
    """The papers of one kind on each file; ids made later sort later, but a phone's clock may differ."""
    when = next(name for name in ("filed_at", "asked_at", "at") if name in table.model_fields)
    query = sa.select(table).where(table.finding_id.in_(_ids(findings)))  # type: ignore[attr-defined]
    rows = (await tx.scalars(query.order_by(getattr(table, when), table.id))).all()  # type: ignore[attr-defined]
    return _by_finding((row.finding_id, row) for row in rows)  # type: ignore[attr-defined]


async def _orders(tx: AsyncSession, findings: Sequence[Finding]) -> Mapping[UUID, list[FindingOrderRead]]:
    query = (
        sa.select(
            col(OrderedFinding.finding_id),
            col(Order.id),
            col(Order.number),
            col(Order.issued_on),
            col(OrderedFinding.deadline),
        )
        .join(OrderedFinding, col(OrderedFinding.order_id) == col(Order.id))
        .where(col(OrderedFinding.finding_id).in_(_ids(findings)))
        .order_by(col(Order.issued_at), col(Order.id))
    )
    rows = (await tx.execute(query)).all()
    return _by_finding((row[0], FindingOrderRead.model_validate(row, from_attributes=True)) for row in rows)


async def _reinspections(tx: AsyncSession, findings: Sequence[Finding]) -> Mapping[UUID, list[ReinspectionRead]]:
    """Of findings in sight: how it went is told also where the visit itself is none that the reader sees, as that at an
    enterprise of another trade.
    """
    said = ReinspectionResult
    query = (
        sa.select(
            col(said.finding_id),
            col(said.inspection_id),
            col(Inspection.arrived_at),
            col(said.passed),
            col(said.note),
            col(said.same_officers_reason),
        )
        .join(Inspection, col(Inspection.id) == col(said.inspection_id))
        .where(col(said.finding_id).in_(_ids(findings)))
        .order_by(col(Inspection.received_at), col(Inspection.id))
    )
    async with beyond_sight(tx):
        rows = (await tx.execute(query)).all()
    return _by_finding((row[0], ReinspectionRead.model_validate(row, from_attributes=True)) for row in rows)


async def _photos(tx: AsyncSession, findings: Sequence[Finding]) -> Mapping[UUID, list[FindingPhotoRead]]:
    use = PhotoUse
    said = (col(use.finding_id), col(use.photo_id), col(use.purpose), col(use.subject_id))
    query = (
        sa.select(*said, is_missing(), has_preview())
        .where(col(use.finding_id).in_(_ids(findings)))
        .order_by(col(use.named_at), col(use.subject_id), col(use.position), col(use.photo_id))
    )
    return _by_finding((row[0], _photo(*row[1:])) for row in (await tx.execute(query)).all())


def _ids(findings: Sequence[Finding]) -> list[UUID]:
    return [finding.id for finding in findings]


def _by_finding(rows: Iterable[tuple[UUID | None, Told]]) -> Mapping[UUID, list[Told]]:
    """Each finding's in the order in which they came; of one that has none, an empty list."""
    found: defaultdict[UUID, list[Told]] = defaultdict(list)
    for finding_id, row in rows:
        if finding_id is not None:
            found[finding_id].append(row)
    return found


def _photo(
    photo_id: UUID, purpose: PhotoPurpose, subject_id: UUID, misses: bool, has_preview: bool
) -> FindingPhotoRead:
    return FindingPhotoRead(
        id=photo_id,
        purpose=purpose,
        purpose_label=purpose.label,
        subject_id=subject_id,
        arrived=not misses,
        preview=misses and has_preview,
    )


def _plan(plan: RectificationPlan) -> PlanRead:
    return PlanRead.model_validate(
        {**plan.model_dump(), "state_label": plan.state.label, "missing": missing_points(plan)}
    )


def _rectification(row: Rectification) -> RectificationRead:
    return RectificationRead.model_validate(row, from_attributes=True)
