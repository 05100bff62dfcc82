"""Exports 导出: the register as a file."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import StreamingResponse

from api.base_path import V1
from api.deps import AtOffice, InShort, Now
from api.headers import DISPOSITION
from api.ranges import BINARY
from api.v1.enterprises import filters
from models.words import ExportForm
from services import exports
from services.enterprises import Filters

router = APIRouter(prefix=V1, tags=["导入导出"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
Narrowed = Annotated[Filters, Depends(filters)]


def _file(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "headers": DISPOSITION, "content": {media_type: BINARY}}}


@router.get(
    "/enterprises/export.xlsx",
    operation_id="exportEnterprises",
    summary="导出企业台账",
    response_class=StreamingResponse,
    responses=_file(XLSX, "工作簿（xlsx）"),
)
async def export_enterprises(acting: InShort, office: AtOffice, now: Now, narrowed: Narrowed) -> StreamingResponse:
    """看得见的企业，筛选条件与企业列表相同。导出的文件可原样再导入；以 = + - @ 开头的内容仍是文字，不会变成公式。

    最后一列写明由谁在哪天导出。
    """
    body = await exports.enterprises(acting, narrowed, ExportForm.XLSX, office.settings.data, at=now)
    return _sent(body, XLSX, "enterprises.xlsx")


@router.get(
    "/enterprises/export.csv",
    operation_id="exportEnterprisesAsCsv",
    summary="导出企业台账（CSV）",
    response_class=StreamingResponse,
    responses=_file(CSV, "CSV（UTF-8，带 BOM）"),
)
async def export_enterprises_as_csv(
    acting: InShort, office: AtOffice, now: Now, narrowed: Narrowed
) -> StreamingResponse:
    """内容与工作簿相同；以 = + - @ 开头的内容前加一个单引号，再导入时去掉。"""
    body = await exports.enterprises(acting, narrowed, ExportForm.CSV, office.settings.data, at=now)
    return _sent(body, CSV, "enterprises.csv")


def _sent(body: AsyncIterator[bytes], media_type: str, name: str) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(body, headers=headers, media_type=media_type)
