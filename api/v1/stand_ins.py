"""Stand-ins 替岗."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import answered, tagged
from models.stand_ins import StandInEnd, StandInRead, StandInWrite
from services import stand_ins
from services.errors import IdConflict, IdTaken
from services.stand_ins import StandInEnded, StandInOverlaps

router = APIRouter(prefix=f"{V1}/stand-ins", tags=["替岗"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="createStandIn",
    summary="安排替岗",
    responses=tagged(201) | problems(IdConflict, IdTaken, StandInOverlaps),
)
async def create_stand_in(body: StandInWrite, actor: Caller, tx: Tx, now: Now, response: Response) -> StandInRead:
    """人员请假期间由谁代为检查或审批，写明起止日期、范围和理由；双随机抽中的检查不由人替，应重新抽取。"""
    stand_in, is_new = await stand_ins.create(tx, actor, body, at=now)
    return answered(response, stand_ins.shown([stand_in])[0], is_new=is_new)


@router.get("", operation_id="listStandIns", summary="替岗列表")
async def list_stand_ins(actor: Caller, tx: Tx, asked: Asked) -> Page[StandInRead]:
    """本人请假和替别人的岗；镇安办和分管领导可见辖区内人员的替岗。"""
    found = await stand_ins.list_stand_ins(tx, actor, after=asked.after, limit=asked.limit)
    return asked.page(stand_ins.shown(found.rows), found)


@router.post(
    "/{stand_in_id}/end",
    status_code=201,
    operation_id="endStandIn",
    summary="结束替岗",
    responses=tagged(201) | problems(IdConflict, IdTaken, StandInEnded),
)
async def end_stand_in(
    stand_in_id: UUID, body: StandInEnd, actor: Caller, tx: Tx, now: Now, response: Response
) -> StandInRead:
    """提前返岗即结束；替岗期间已做的检查和审批不受影响。"""
    stand_in, is_new = await stand_ins.end(tx, actor, stand_in_id, body, at=now)
    return answered(response, stand_ins.shown([stand_in])[0], is_new=is_new)
