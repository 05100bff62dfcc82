"""Checklists 检查表."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.paging import Asked, Page
from models.checklists import ChecklistDetailRead, ChecklistRead
from models.shapes import Code, Day
from services import checklists
from services.rules.clocks import local_date

router = APIRouter(prefix=f"{V1}/checklists", tags=["行业与检查表"])

ByIndustry = Annotated[Code | None, Query(description="行业领域代码", examples=["MIXD"])]
OnDay = Annotated[Day | None, Query(description="哪一天有效的版本；不写为今天", examples=["2026-11-24"])]
Version = Annotated[int | None, Query(ge=1, le=32767, description="版本号；不写为今天有效的版本", examples=[1])]


@router.get("", operation_id="listChecklists", summary="检查表列表")
async def list_checklists(
    _: Caller, tx: Tx, now: Now, asked: Asked, industry: ByIndustry = None, on: OnDay = None
) -> Page[ChecklistRead]:
    """每张检查表在该日有效的版本；早于首版的日期给首版。登录即可查看。"""
    day = on or local_date(now)
    found = await checklists.list_checklists(tx, on=day, industry=industry, after=asked.after, limit=asked.limit)
    return asked.page([ChecklistRead.of(row) for row in found.rows], found)


@router.get("/{code}", operation_id="getChecklist", summary="检查表及检查项")
async def get_checklist(
    code: Annotated[Code, Path(examples=["MIXD"])],
    _: Caller,
    tx: Tx,
    now: Now,
    version: Version = None,
    on: OnDay = None,
) -> ChecklistDetailRead:
    """一个版本的全部检查项：缺陷表述、默认等级、依据、依据是否已核对原文。已发布的版本不再改动，撤销的仍可按版本号查看。"""
    checklist, items = await checklists.get_checklist(tx, code, version=version, on=on or local_date(now))
    return ChecklistDetailRead.with_items(checklist, items)
