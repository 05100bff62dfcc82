"""Visits 检查安排."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import answered, tagged
from models.visits import Visit, VisitApproval, VisitCancellation, VisitRead, VisitWrite
from models.words import VisitState
from services import visits
from services.access import Actor
from services.enterprises.errors import EnterpriseMerged
from services.errors import IdConflict, IdTaken
from services.visits import VisitCancelled, VisitSettled

router = APIRouter(prefix=f"{V1}/visits", tags=["检查安排"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="planVisit",
    summary="安排检查",
    responses=tagged(201) | problems(IdConflict, IdTaken, VisitCancelled, EnterpriseMerged),
)
async def plan_visit(body: VisitWrite, actor: Caller, tx: Tx, now: Now, response: Response) -> VisitRead:
    """安排一次检查，须由另一人批准；到 release_at 才对检查人员可见，企业始终不可见。编号须为 UUID 4（不透露时间）。"""
    visit, is_new = await visits.plan(tx, actor, body, at=now)
    return answered(response, await _shown(tx, actor, visit, now, is_new), is_new=is_new)


@router.get("", operation_id="listVisits", summary="检查安排列表")
async def list_visits(
    actor: Caller, tx: Tx, now: Now, asked: Asked, state: VisitState | None = None
) -> Page[VisitRead]:
    """本人安排、待本人批准、或已公开给本人的检查；到场之后按辖区可见。"""
    found = await visits.list_visits(tx, actor, state=state, at=now, after=asked.after, limit=asked.limit)
    return asked.page(await visits.shown(tx, actor, found.rows, at=now), found)


@router.get("/{visit_id}", operation_id="getVisit", summary="查看检查安排", responses=tagged())
async def get_visit(visit_id: UUID, actor: Caller, tx: Tx, now: Now, response: Response) -> VisitRead:
    """一次检查安排；未公开的与不存在的回答相同。"""
    visit = await visits.get(tx, actor, visit_id, at=now)
    return answered(response, await _shown(tx, actor, visit, now))


@router.post(
    "/{visit_id}/approval",
    status_code=201,
    operation_id="approveVisit",
    summary="批准检查",
    responses=tagged(201) | problems(IdConflict, IdTaken, VisitCancelled, VisitSettled),
)
async def approve_visit(
    visit_id: UUID, body: VisitApproval, actor: Caller, tx: Tx, now: Now, response: Response
) -> VisitRead:
    """由安排人以外的人批准。紧急检查可事后补批，期限见 approval_due。"""
    visit, is_new = await visits.approve(tx, actor, visit_id, body, at=now)
    return answered(response, await _shown(tx, actor, visit, now, is_new), is_new=is_new)


@router.post(
    "/{visit_id}/cancellation",
    status_code=201,
    operation_id="cancelVisit",
    summary="取消检查",
    responses=tagged(201) | problems(IdConflict, IdTaken, VisitCancelled, VisitSettled),
)
async def cancel_visit(
    visit_id: UUID, body: VisitCancellation, actor: Caller, tx: Tx, now: Now, response: Response
) -> VisitRead:
    """安排人或批准人说明理由后取消；到场之后不能取消。"""
    visit, is_new = await visits.cancel(tx, actor, visit_id, body, at=now)
    return answered(response, await _shown(tx, actor, visit, now, is_new), is_new=is_new)


async def _shown(tx: AsyncSession, actor: Actor, visit: Visit, now: datetime, is_own_act: bool = False) -> VisitRead:
    [shown] = await visits.shown(tx, actor, [visit], at=now, is_own_act=is_own_act)
    return shown
