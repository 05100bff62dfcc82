"""Industries 行业领域."""

from fastapi import APIRouter

from api.base_path import V1
from api.deps import Caller, Tx
from api.paging import Asked, Page
from models.industries import IndustryRead
from services import industries

router = APIRouter(prefix=f"{V1}/industries", tags=["行业与检查表"])


@router.get("", operation_id="listIndustries", summary="行业领域列表")
async def list_industries(_: Caller, tx: Tx, asked: Asked) -> Page[IndustryRead]:
    """全部行业领域（监管分类）及其与 GB/T 4754 的对应；登录即可查看。"""
    found = await industries.list_industries(tx, after=asked.after, limit=asked.limit)
    return asked.page([IndustryRead.of(row) for row in found.rows], found)
