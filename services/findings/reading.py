"""A finding with its whole file, as one who must act on it needs it."""

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

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
from models.words import FindingState
from services import extensions, limits
from services.findings.moves import Standing, allowed
from services.findings.plans import missing_points
from services.findings.queries import summary
from services.photos.naming import is_missing
from services.rules.clocks import Rule, local_date

Paper = TypeVar("Paper", bound=SQLModel)
Shown = TypeVar("Shown", bound=Read)


async def shown(tx: AsyncSession, finding: Finding, *, today: date) -> FindingRead:
    """The finding and everything on its file; the reader's sight of it is settled before."""
    enterprise = await tx.get_one(Enterprise, finding.enterprise_id)
    reinspection_due, extension_ask_by = await _dates(tx, finding)
    head = summary(finding, enterprise.name, today)
    more = finding.model_dump(include=FindingRead.model_fields.keys() - type(head).model_fields.keys())
    return FindingRead(
        **head.model_dump(),
        **more,
        reinspection_due=reinspection_due,
        extension_ask_by=extension_ask_by,
        next_moves=[NextMove(move=move, label=move.label) for move in allowed(Standing.of(finding))],
        orders=await _orders(tx, finding),
        plans=[_plan(plan) for plan in await _papers(tx, RectificationPlan, finding)],
        extensions=await extensions.shown(tx, await _papers(tx, Extension, finding)),
        rectifications=[_rectification(row) for row in await _papers(tx, Rectification, finding)],
        reinspections=await _reinspections(tx, finding),
        write_off=await _end(tx, WriteOff, WriteOffRead, finding, FindingState.CLOSED),
        transfer=await _end(tx, Transfer, TransferRead, finding, FindingState.TRANSFERRED),
        withdrawal=await _end(tx, Withdrawal, WithdrawalRead, finding, FindingState.WITHDRAWN),
        photos=await _photos(tx, finding),
    )


async def _dates(tx: AsyncSession, finding: Finding) -> tuple[DueDateRead | None, DueDateRead | None]:
    """Last day to look again, and last day to ask for more time: each only while it matters, with its reason."""
    if finding.state is FindingState.REPORTED and finding.reported_at is not None:
        book = await limits.rule_book(tx)
        due = book.due_if_any(Rule.REINSPECTION_AFTER_REPORT, local_date(finding.reported_at))
        return limits.shown(due) if due else None, None
    if finding.state in extensions.BEING_CURED and finding.deadline is not None:
        return None, extensions.ask_by_of(finding.deadline, await limits.rule_book(tx))
    return None, None


async def _end(
    tx: AsyncSession, table: type[Paper], read: type[Shown], finding: Finding, state: FindingState
) -> Shown | None:
    """The paper that ended the finding; a state that it does not end in has none."""
    if finding.state is not state:
        return None
    return read.model_validate((await _papers(tx, table, finding))[0], from_attributes=True)


async def _papers(tx: AsyncSession, table: type[Paper], finding: Finding) -> Sequence[Paper]:
    """The papers of one kind on the finding's file; ids made later sort later, but a phone's clock may differ."""
    when = next(name for name in ("filed_at", "asked_at", "at") if name in table.model_fields)
    query = sa.select(table).where(table.finding_id == finding.id)  # type: ignore[attr-defined]
    return (await tx.scalars(query.order_by(getattr(table, when), table.id))).all()  # type: ignore[attr-defined]


async def _orders(tx: AsyncSession, finding: Finding) -> list[FindingOrderRead]:
    query = (
        sa.select(col(Order.id), col(Order.number), col(Order.issued_on), col(OrderedFinding.deadline))
        .join(OrderedFinding, col(OrderedFinding.order_id) == col(Order.id))
        .where(col(OrderedFinding.finding_id) == finding.id)
        .order_by(col(Order.issued_at), col(Order.id))
    )
    return [FindingOrderRead.model_validate(row, from_attributes=True) for row in (await tx.execute(query)).all()]


async def _reinspections(tx: AsyncSession, finding: Finding) -> list[ReinspectionRead]:
    said = ReinspectionResult
    query = (
        sa.select(
            col(said.inspection_id),
            col(Inspection.arrived_at),
            col(said.passed),
            col(said.note),
            col(said.same_officers_reason),
        )
        .join(Inspection, col(Inspection.id) == col(said.inspection_id))
        .where(col(said.finding_id) == finding.id)
        .order_by(col(Inspection.received_at), col(Inspection.id))
    )
    return [ReinspectionRead.model_validate(row, from_attributes=True) for row in (await tx.execute(query)).all()]


async def _photos(tx: AsyncSession, finding: Finding) -> list[FindingPhotoRead]:
    query = (
        sa.select(PhotoUse, is_missing())
        .where(col(PhotoUse.finding_id) == finding.id)
        .order_by(col(PhotoUse.named_at), col(PhotoUse.subject_id), col(PhotoUse.position), col(PhotoUse.photo_id))
    )
    return [_photo(use, misses) for use, misses in (await tx.execute(query))]


def _photo(use: PhotoUse, misses: bool) -> FindingPhotoRead:
    return FindingPhotoRead(
        id=use.photo_id,
        purpose=use.purpose,
        purpose_label=use.purpose.label,
        subject_id=use.subject_id,
        arrived=not misses,
    )


def _plan(plan: RectificationPlan) -> PlanRead:
    return PlanRead.model_validate(
        {**plan.model_dump(), "state_label": plan.state.label, "missing": missing_points(plan)}
    )


def _rectification(row: Rectification) -> RectificationRead:
    return RectificationRead.model_validate(row, from_attributes=True)
