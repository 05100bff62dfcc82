"""API keys 接口密钥."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import marked
from models.api_keys import ApiKeyMade, ApiKeyRead, ApiKeyRevocation, ApiKeyWrite
from services import api_keys
from services.api_keys import TooManyApiKeys
from services.errors import IdConflict, IdTaken

router = APIRouter(prefix=f"{V1}/api-keys", tags=["接口密钥"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="createApiKey",
    summary="发放接口密钥",
    responses=problems(TooManyApiKeys, IdConflict, IdTaken),
)
async def create_api_key(body: ApiKeyWrite, actor: Caller, tx: Tx, now: Now, response: Response) -> ApiKeyMade:
    """为对接系统的账号发放密钥，`key` 只显示这一次；最长有效期见限期表。每账号同时两把，便于更换。"""
    made, is_new = await api_keys.create(tx, actor, body, at=now)
    return marked(response, made, is_new=is_new)


@router.get("", operation_id="listApiKeys", summary="接口密钥列表")
async def list_api_keys(
    actor: Caller,
    tx: Tx,
    now: Now,
    asked: Asked,
    user_id: Annotated[UUID | None, Query(description="只列此账号的")] = None,
) -> Page[ApiKeyRead]:
    """管理员与安全员看到全部，其他人只看到本账号的；密钥本身不再显示。"""
    found = await api_keys.list_keys(tx, actor, user_id=user_id, after=asked.after, limit=asked.limit)
    return asked.page([api_keys.shown(key, at=now) for key in found.rows], found)


@router.post(
    "/{api_key_id}/revocation",
    status_code=201,
    operation_id="revokeApiKey",
    summary="作废接口密钥",
    responses=problems(IdConflict, IdTaken),
)
async def revoke_api_key(
    api_key_id: UUID, body: ApiKeyRevocation, actor: Caller, tx: Tx, now: Now, response: Response
) -> ApiKeyRead:
    """立即作废：该密钥的下一次请求即被拒绝。须写明理由。"""
    key, is_new = await api_keys.revoke(tx, actor, api_key_id, body, at=now)
    return marked(response, api_keys.shown(key, at=now), is_new=is_new)
