"""Statutes 法规, criteria of major hazards 判定标准 and fines 罚则."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.paging import Asked, Page
from models.shapes import Day, Line
from models.statutes import CriterionRead, FineRead, StatuteRead
from services import statutes
from services.rules.clocks import local_date

router = APIRouter(prefix=V1, tags=["行业与检查表"])

OnDay = Annotated[Day | None, Query(description="哪一天有效；不写为今天", examples=["2026-03-01"])]
Domain = Annotated[Line | None, Query(description="领域", examples=["工贸"])]
Cited = Annotated[Line | None, Query(description="法规名称，见 listStatutes", examples=["《安全生产法》"])]
Article = Annotated[Line | None, Query(description="条款", examples=["第一百零二条"])]


@router.get("/statutes", operation_id="listStatutes", summary="法规和技术标准列表")
async def list_statutes(_: Caller, tx: Tx, now: Now, asked: Asked, on: OnDay = None) -> Page[StatuteRead]:
    """该日有效的法律、法规、规章和技术标准，含施行和失效日期；施行日期为空的是尚未核实。登录即可查看。"""
    found = await statutes.list_statutes(tx, on=on or local_date(now), after=asked.after, limit=asked.limit)
    return asked.page([StatuteRead.of(row) for row in found.rows], found)


@router.get("/criteria", operation_id="listCriteria", summary="重大事故隐患判定标准")
async def list_criteria(
    _: Caller, tx: Tx, now: Now, asked: Asked, on: OnDay = None, domain: Domain = None
) -> Page[CriterionRead]:
    """该日有效的判定标准及其条款：领域、文号、发布机关、施行日期、适用情形、是否核对过原文。登录即可查看。"""
    day = on or local_date(now)
    found = await statutes.list_criteria(tx, on=day, domain=domain, after=asked.after, limit=asked.limit)
    return asked.page(await statutes.with_clauses(tx, list(found.rows)), found)


@router.get("/fines", operation_id="listFines", summary="罚则")
async def list_fines(
    _: Caller, tx: Tx, now: Now, asked: Asked, on: OnDay = None, statute: Cited = None, article: Article = None
) -> Page[FineRead]:
    """该日有效的罚则：违法行为、初次或拒不改正、处罚对象、金额（元，含两端）。登录即可查看。"""
    day = on or local_date(now)
    found = await statutes.list_fines(
        tx, on=day, statute=statute, article=article, after=asked.after, limit=asked.limit
    )
    return asked.page([FineRead.of(row) for row in found.rows], found)
