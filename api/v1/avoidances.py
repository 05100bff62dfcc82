"""Avoidances 回避."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import answered, tagged
from models.avoidances import AvoidanceEnd, AvoidanceRead, AvoidanceWrite
from services import avoidances
from services.avoidances import AvoidanceEnded
from services.enterprises.errors import EnterpriseMerged
from services.errors import IdConflict, IdTaken

router = APIRouter(prefix=f"{V1}/avoidances", tags=["回避"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="createAvoidance",
    summary="登记回避",
    responses=tagged(201) | problems(IdConflict, IdTaken, EnterpriseMerged),
)
async def create_avoidance(body: AvoidanceWrite, actor: Caller, tx: Tx, now: Now, response: Response) -> AvoidanceRead:
    """登记检查人员应当回避的企业或村，写明理由；抽取时自动排除。"""
    avoidance, is_new = await avoidances.create(tx, actor, body, at=now)
    return answered(response, avoidances.shown([avoidance])[0], is_new=is_new)


@router.get("", operation_id="listAvoidances", summary="回避列表")
async def list_avoidances(actor: Caller, tx: Tx, asked: Asked) -> Page[AvoidanceRead]:
    """本人的回避；镇安办和分管领导可见辖区内人员的回避。"""
    found = await avoidances.list_avoidances(tx, actor, after=asked.after, limit=asked.limit)
    return asked.page(avoidances.shown(found.rows), found)


@router.post(
    "/{avoidance_id}/end",
    status_code=201,
    operation_id="endAvoidance",
    summary="解除回避",
    responses=tagged(201) | problems(IdConflict, IdTaken, AvoidanceEnded),
)
async def end_avoidance(
    avoidance_id: UUID, body: AvoidanceEnd, actor: Caller, tx: Tx, now: Now, response: Response
) -> AvoidanceRead:
    """回避事由消失后解除；已做的抽取不受影响。"""
    avoidance, is_new = await avoidances.end(tx, actor, avoidance_id, body, at=now)
    return answered(response, avoidances.shown([avoidance])[0], is_new=is_new)
