"""Me 本人."""

from fastapi import APIRouter

from api.base_path import V1
from api.deps import Now, SignedIn, Tx
from models.me import MeRead
from services import me

router = APIRouter(prefix=f"{V1}/me", tags=["登录"])


@router.get("", operation_id="getMe", summary="我是谁")
async def get_me(actor: SignedIn, tx: Tx, now: Now) -> MeRead:
    """本人的角色、可做的事、区划、部门与执法证；尚未修改初始密码时也可查看。"""
    return await me.me(tx, actor, at=now)
