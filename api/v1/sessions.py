"""Sessions 登录设备."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import marked
from models.sessions import SessionRead, SessionRevocation
from services import sessions
from services.errors import IdConflict, IdTaken

router = APIRouter(prefix=f"{V1}/sessions", tags=["登录"], route_class=JsonRoute)


@router.get("", operation_id="listSessions", summary="登录设备列表")
async def list_sessions(
    actor: Caller,
    tx: Tx,
    asked: Asked,
    user_id: Annotated[UUID | None, Query(description="此人的设备；不写则为本人")] = None,
    live: Annotated[bool | None, Query(description="true 只列仍在登录的，false 只列已退出的")] = None,
) -> Page[SessionRead]:
    """本人在哪些设备上登录；管理员与安全员可查任何人的。最近使用时间精确到访问令牌的有效期之内。"""
    found = await sessions.list_sessions(tx, actor, user_id=user_id, live=live, after=asked.after, limit=asked.limit)
    return asked.page([sessions.shown(row, actor) for row in found.rows], found)


@router.post(
    "/{session_id}/revocation",
    status_code=201,
    operation_id="revokeSession",
    summary="使设备退出登录",
    responses=problems(IdConflict, IdTaken),
)
async def revoke_session(
    session_id: UUID, body: SessionRevocation, actor: Caller, tx: Tx, now: Now, response: Response
) -> SessionRead:
    """手机丢失时使该设备立即退出登录：其下一次请求、续期、传了一半的照片都被拒绝。本人、管理员、安全员可办，须写明理由。"""
    row, is_new = await sessions.revoke(tx, actor, session_id, body, at=now)
    return marked(response, sessions.shown(row, actor), is_new=is_new)
