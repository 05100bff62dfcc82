"""Work that visits, reports, photos and phones make."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.auth import DeviceSession
from models.enterprises import Enterprise
from models.findings import Finding
from models.inspections import Inspection
from models.photos import PhotoUse
from models.users import User
from models.visits import Visit
from models.words import FindingState, InspectionKind, InspectionState, VisitState, WorkKind
from models.worklist import WorkItem
from services.access import Deed, approves_visit, in_region, inspects_visit, sees, sees_inspection
from services.photos.naming import is_missing
from services.rules.clocks import Rule
from services.visits import looked_into
from services.worklist.source import Asked, Rows, Source, by_limit, item, plain

BEFORE_VISIT = plain("visit.approval", "检查前须经批准")
ON_RELEASE = plain("visit.release", "已批准的检查安排")
ONLY_CARDED = plain("inspection.patrol", "巡查不计检查，发现问题须由两名持证人员检查（国办发〔2024〕54号）")
OFFICE_DECIDES = plain("inspection.held", "未能入库的检查须由镇安办处理")
PHOTO_PROMISED = plain("photo.missing", "检查中登记的照片尚未传到")

REPORTERS = frozenset({Deed.REPORT_INSPECTION, Deed.PATROL})


def _to_approve(asked: Asked) -> Rows:
    """Visits whose named approver this is or stands in for, and urgent ones, which anyone who approves there may."""
    urgent = sa.and_(col(Visit.approver_id).is_(None), col(Visit.made_by) != asked.actor.id, sees(asked.actor, Visit))
    return sa.select(Visit).where(
        col(Visit.state) == VisitState.PROPOSED, sa.or_(approves_visit(asked.actor, on=asked.today), urgent)
    )


@dataclass(frozen=True)
class _Planned:
    """A visit as its worklist shows it, whatever of it is sealed."""

    visit: Visit
    kind: InspectionKind
    enterprise: tuple[UUID, str]


async def _looked_into(tx: AsyncSession, asked: Asked, rows: Sequence[Any]) -> list[_Planned]:
    facts = await looked_into(tx, asked.actor, [row[0] for row in rows], at=asked.at)
    named = sa.select(col(Enterprise.id), col(Enterprise.name))
    found = await tx.execute(named.where(col(Enterprise.id).in_({one.enterprise_id for one in facts.values()})))
    names: dict[UUID, str] = {row.id: row.name for row in found}
    return [
        _Planned(visit, one.kind, (one.enterprise_id, names.get(one.enterprise_id, "")))
        for visit, one in ((row[0], facts[row[0].id]) for row in rows)
    ]


def _approval(asked: Asked, row: _Planned) -> WorkItem:
    visit = row.visit
    due = asked.book.due_time(Rule.URGENT_APPROVAL, visit.arrived_at) if visit.arrived_at else None
    return item(
        WorkKind.APPROVE_VISIT, "visit", visit.id, f"{row.kind.label} {row.enterprise[1]}", by_limit(due, BEFORE_VISIT),
        asked=asked, enterprise=row.enterprise, due_at=visit.approve_by or visit.release_at,
    )  # fmt: skip


def _to_make(asked: Asked) -> Rows:
    mine = inspects_visit(asked.actor, on=asked.today)
    return (
        sa.select(Visit)
        .where(col(Visit.state) == VisitState.APPROVED, col(Visit.arrived_at).is_(None))
        .where(col(Visit.release_at) <= asked.at, mine)
    )


def _visit(asked: Asked, row: _Planned) -> WorkItem:
    return item(
        WorkKind.MAKE_VISIT, "visit", row.visit.id, f"{row.kind.label} {row.enterprise[1]}", ON_RELEASE,
        asked=asked, enterprise=row.enterprise,
    )  # fmt: skip


def _patrols(asked: Asked) -> Rows:
    """Patrols with something found that nobody has inspected since; for who sees the place and can plan a visit."""
    found = sa.exists().where(
        col(Finding.inspection_id) == col(Inspection.id), col(Finding.state) == FindingState.REGISTERED
    )
    later = aliased(Inspection)
    inspected = sa.exists().where(
        col(later.enterprise_id) == col(Inspection.enterprise_id),
        col(later.kind) != InspectionKind.PATROL,
        col(later.state) == InspectionState.ACCEPTED,
        col(later.arrived_at) > col(Inspection.arrived_at),
    )
    return (
        sa.select(Inspection, col(Enterprise.name))
        .join(Enterprise, sa.and_(col(Enterprise.id) == col(Inspection.enterprise_id), sees(asked.actor, Enterprise)))
        .where(col(Inspection.kind) == InspectionKind.PATROL, sees_inspection(asked.actor), found, ~inspected)
    )


def _patrol(asked: Asked, row: Any) -> WorkItem:
    patrol: Inspection = row[0]
    return item(
        WorkKind.FOLLOW_UP_PATROL, "inspection", patrol.id, f"巡查 {row[1]}", ONLY_CARDED,
        asked=asked, enterprise=(patrol.enterprise_id, row[1]),
    )  # fmt: skip


def _held(asked: Asked) -> Rows:
    its_enterprise = col(Enterprise.id) == col(Inspection.enterprise_id)
    return (
        sa.select(Inspection, col(Enterprise.name))
        .outerjoin(Enterprise, sa.and_(its_enterprise, sees(asked.actor, Enterprise)))
        .where(col(Inspection.state) == InspectionState.HELD, sees_inspection(asked.actor))
    )


def _held_report(asked: Asked, row: Any) -> WorkItem:
    report: Inspection = row[0]
    return item(
        WorkKind.RESOLVE_HELD, "inspection", report.id, "、".join(report.held_reasons), OFFICE_DECIDES,
        asked=asked, enterprise=(report.enterprise_id if row[1] else None, row[1]),
    )  # fmt: skip


def _missing(asked: Asked) -> Rows:
    """Records of one's own whose photos have not come; the phone that took them has to be online."""
    return (
        sa.select(col(PhotoUse.subject), col(PhotoUse.subject_id), sa.func.count(), sa.func.min(PhotoUse.named_at))
        .where(col(PhotoUse.named_by) == asked.actor.id, is_missing())
        .group_by(col(PhotoUse.subject), col(PhotoUse.subject_id))
    )


def _photos(asked: Asked, row: Any) -> WorkItem:
    subject, subject_id, count, _ = row
    return item(WorkKind.SEND_PHOTOS, subject, subject_id, f"缺 {count} 张照片", PHOTO_PROMISED, asked=asked)


def _silent(asked: Asked) -> Rows:
    """Phones that told of waiting reports and have not been heard of since the limit."""
    limit = asked.book.due_time(Rule.PHONE_SILENT, asked.at)
    since = asked.at - (limit.at - asked.at) if limit else asked.at
    return (
        sa.select(DeviceSession, User)
        .join(User, col(User.id) == col(DeviceSession.user_id))
        .where(col(DeviceSession.queue_count) > 0, col(DeviceSession.queue_told_at) < since)
        .where(in_region(asked.actor, col(User.region)))
    )


def _phone(asked: Asked, row: Any) -> WorkItem:
    session: DeviceSession = row[0]
    user: User = row[1]
    told_at = session.queue_told_at or asked.at
    due = asked.book.due_time(Rule.PHONE_SILENT, told_at)
    return item(
        WorkKind.CALL_PHONE, "user", user.id, f"{user.name}的手机还有 {session.queue_count} 份未上传",
        by_limit(due, PHOTO_PROMISED), asked=asked, due_at=due.at if due else told_at,
    )  # fmt: skip


SOURCES = (
    Source(
        WorkKind.APPROVE_VISIT,
        frozenset({Deed.APPROVE_VISIT}),
        _to_approve,
        col(Visit.release_at),
        col(Visit.id),
        _approval,
        _looked_into,
    ),
    Source(
        WorkKind.MAKE_VISIT,
        frozenset({Deed.REPORT_INSPECTION}),
        _to_make,
        col(Visit.release_at),
        col(Visit.id),
        _visit,
        _looked_into,
    ),
    Source(
        WorkKind.FOLLOW_UP_PATROL,
        frozenset({Deed.PLAN_VISIT}),
        _patrols,
        col(Inspection.arrived_at),
        col(Inspection.id),
        _patrol,
    ),
    Source(
        WorkKind.RESOLVE_HELD,
        frozenset({Deed.RESOLVE_HELD}),
        _held,
        col(Inspection.received_at),
        col(Inspection.id),
        _held_report,
    ),
    Source(
        WorkKind.SEND_PHOTOS,
        REPORTERS,
        _missing,
        sa.func.min(PhotoUse.named_at),
        col(PhotoUse.subject_id),
        _photos,
    ),
    Source(
        WorkKind.CALL_PHONE,
        frozenset({Deed.RESOLVE_HELD}),
        _silent,
        col(DeviceSession.queue_told_at),
        col(DeviceSession.id),
        _phone,
    ),
)
