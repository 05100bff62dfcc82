"""Arrivals 到场: a code at the gate, and the second officer's phone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.json_bodies import JsonRoute
from api.problems import problems
from api.versions import marked
from models.arrivals import ArrivalCodeRead, ArrivalConfirmationRead, ArrivalWrite
from services import arrivals
from services.arrivals import OwnArrivalCode
from services.errors import IdConflict, IdTaken

router = APIRouter(prefix=V1, tags=["检查"], route_class=JsonRoute)


@router.post(
    "/enterprises/{enterprise_id}/arrival-codes",
    status_code=201,
    operation_id="getArrivalCode",
    summary="取到场码",
    responses=problems(IdConflict, IdTaken),
)
async def get_arrival_code(
    enterprise_id: UUID, body: ArrivalWrite, actor: Caller, tx: Tx, now: Now, response: Response
) -> ArrivalCodeRead:
    """到场时由服务器给出的短码，只给本人、本企业、此刻；可拍入照片，写入报告 arrival_code，并由第二名检查员确认。

    没有信号取不到也不影响上报；企业看不到。
    """
    shown, is_new = await arrivals.issue(tx, actor, enterprise_id, body, at=now)
    return marked(response, shown, is_new=is_new)


@router.post(
    "/arrival-codes/{code}/confirmations",
    status_code=201,
    operation_id="confirmArrival",
    summary="确认到场",
    responses=problems(IdConflict, IdTaken, OwnArrivalCode),
)
async def confirm_arrival(
    code: Annotated[str, Path(max_length=64, description="到场码，不分大小写")],
    body: ArrivalWrite,
    actor: Caller,
    tx: Tx,
    now: Now,
    response: Response,
) -> ArrivalConfirmationRead:
    """第二名检查员用自己的手机、自己的账号确认也在现场；迟到的确认照收，但不作佐证。"""
    shown, is_new = await arrivals.confirm(tx, actor, code, body, at=now)
    return marked(response, shown, is_new=is_new)
