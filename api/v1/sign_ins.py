"""Sign-ins 登录记录."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.base_path import V1
from api.deps import Caller, Tx
from api.paging import Asked, Page
from models.sign_ins import SignInRead
from models.words import SignInOutcome
from services import sign_ins

router = APIRouter(prefix=f"{V1}/sign-ins", tags=["审计"])


@router.get("", operation_id="listSignIns", summary="登录记录")
async def list_sign_ins(
    actor: Caller,
    tx: Tx,
    asked: Asked,
    user_id: Annotated[UUID | None, Query(description="只列此人的")] = None,
    outcome: Annotated[SignInOutcome | None, Query(description="只列登录成功或被拒绝的")] = None,
) -> Page[SignInRead]:
    """审计员与安全员可查。成功的每次一条；被拒绝的每账号、每网段、每小时一条，不存的账号合为一条，不记所填账号。"""
    found = await sign_ins.list_sign_ins(
        tx, actor, user_id=user_id, outcome=outcome, after=asked.after, limit=asked.limit
    )
    return asked.page([sign_ins.shown(row) for row in found.rows], found)
