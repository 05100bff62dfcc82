"""Limits 期限和阈值."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.base_path import V1
from api.deps import Caller, Now, Tx
from api.paging import Asked, Page
from api.problems import problems
from models.limits import DeadlineRead, LimitRead
from models.shapes import Code, Day
from services import limits
from services.errors import NotFound
from services.limits import NoDeadline
from services.rules.clocks import local_date

router = APIRouter(prefix=f"{V1}/limits", tags=["行业与检查表"])

OnDay = Annotated[Day | None, Query(description="哪一天有效的规定；不写为今天", examples=["2026-03-01"])]
RuleName = Annotated[Code, Path(description="期限代码，见 listLimits", examples=["reinspection.after_report"])]
Start = Annotated[Day | None, Query(description="起算日，当日不计入；不写为今天（小时计的为此刻）")]
Before = Annotated[Day | None, Query(description="倒算：在这一天之前；与 start 同时给出时只看这一个")]


@router.get("", operation_id="listLimits", summary="期限和阈值列表")
async def list_limits(_: Caller, tx: Tx, now: Now, asked: Asked, on: OnDay = None) -> Page[LimitRead]:
    """该日有效的每条期限和阈值：数值、单位、依据、是否核对过原文。登录即可查看。"""
    found = await limits.list_limits(tx, on=on or local_date(now), after=asked.after, limit=asked.limit)
    return asked.page([LimitRead.of(row) for row in found.rows], found)


@router.get(
    "/{rule}/deadline",
    operation_id="explainDeadline",
    summary="期限怎么算出来的",
    responses=problems(NotFound, NoDeadline),
)
async def explain_deadline(
    rule: RuleName, _: Caller, tx: Tx, now: Now, start: Start = None, before: Before = None
) -> DeadlineRead:
    """按一条规定从起算日算到截止日，用一段中文说明：哪条规定、依据、跳过了哪些日子、是否因放假安排未公布而暂定。"""
    return await limits.explain_deadline(tx, rule, start=start, before=before, at=now)
