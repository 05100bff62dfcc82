"""Info 服务信息."""

from fastapi import APIRouter

from api.base_path import V1
from api.deps import AtOffice, Now
from models.info import ServerInfoRead
from services.info import server_info

router = APIRouter(prefix=f"{V1}/info", tags=["服务信息"])


@router.get("", operation_id="getServerInfo", summary="服务信息")
async def get_server_info(office: AtOffice, now: Now) -> ServerInfoRead:
    """无须登录：服务器时间、版本、各项上限、仍受支持的最旧手机端版本，以及全部枚举的中文名称。"""
    return server_info(office.settings, at=now)
