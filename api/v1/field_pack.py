"""The field pack 离线包."""

from asyncio import to_thread
from gzip import compress
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.base_path import V1
from api.deps import Caller, Now, Tx
from models.field_pack import FieldPackRead
from models.shapes import Line
from services import field_pack

router = APIRouter(prefix=f"{V1}/field-pack", tags=["检查"])

Cursor = Annotated[
    Line | None,
    Query(max_length=36, pattern=r"^[0-9a-fA-F-]{36}$", description="上次回答中的 cursor；不写或已失效则给整包"),
]


@router.get("", operation_id="getFieldPack", summary="离线包", response_model=FieldPackRead)
async def get_field_pack(actor: Caller, tx: Tx, now: Now, request: Request, cursor: Cursor = None) -> Response:
    """手机几天没有信号也够用的一切：辖区台账、检查表、未销号隐患及缩略图地址、门口码指纹（扫码即知是哪家）、期限、放假安排、各枚举的中文。

    带上次的 `cursor` 只给变化；删除的、看不到了的列在 `gone`。`complete` 为真时先清空旧数据。压缩传输（gzip）。
    """
    pack = await field_pack.read(tx, actor, cursor=cursor, at=now)
    plain = pack.model_dump_json().encode()
    headers = {"Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(plain, media_type="application/json", headers=headers)
    packed = await to_thread(compress, plain, mtime=0)
    return Response(packed, media_type="application/json", headers={**headers, "Content-Encoding": "gzip"})
