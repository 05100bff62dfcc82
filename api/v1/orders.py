"""Orders 责令限期整改指令书."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import marked
from models.orders import OrderRead, OrderSummaryRead, OrderWrite
from services import orders
from services.errors import IdConflict, IdTaken
from services.findings.errors import CardNotValid, IllegalTransition
from services.orders import NotInOrgansPower, PatrolCarriesNoOrder

router = APIRouter(prefix=f"{V1}/orders", tags=["责令整改"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="issueOrder",
    summary="签发责令限期整改指令书",
    responses=problems(IdConflict, IdTaken, CardNotValid, IllegalTransition, NotInOrgansPower, PatrolCarriesNoOrder),
)
async def issue_order(body: OrderWrite, actor: Caller, tx: Tx, now: Now, response: Response) -> OrderRead:
    """一份文书，多条隐患，一个文号。每条须四定齐全（措施、标准、期限、责任人），重大隐患须有判定依据；协助机关无权签发，应当移送。"""
    order, is_new = await orders.issue(tx, actor, body, at=now)
    return marked(response, await orders.shown(tx, order), is_new=is_new)


@router.get("", operation_id="listOrders", summary="指令书列表")
async def list_orders(
    actor: Caller, tx: Tx, asked: Asked, enterprise_id: UUID | None = None, inspection_id: UUID | None = None
) -> Page[OrderSummaryRead]:
    """最近签发的在前。"""
    found = await orders.list_orders(
        tx, actor, enterprise_id=enterprise_id, inspection_id=inspection_id, after=asked.after, limit=asked.limit
    )
    return asked.page(await orders.shown_in_list(tx, found.rows), found)


@router.get("/{order_id}", operation_id="getOrder", summary="查看指令书")
async def get_order(order_id: UUID, actor: Caller, tx: Tx) -> OrderRead:
    """文书及其所列隐患，均为签发时的内容。"""
    return await orders.shown(tx, await orders.get_order(tx, actor, order_id))
