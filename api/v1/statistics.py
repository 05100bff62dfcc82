"""Statistics 统计."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.base_path import V1
from api.deps import Caller, Now, Tx
from models.shapes import Code, RegionCode
from models.statistics import StatisticsRead
from models.words import Dimension, Grade
from services import statistics
from services.rules.clocks import local_date
from services.statistics import Wanted

router = APIRouter(prefix=f"{V1}/statistics", tags=["统计"])

Month = Annotated[str | None, Query(pattern=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$", examples=["2026-11"])]


@router.get("", operation_id="getStatistics", summary="隐患统计")
async def get_statistics(
    actor: Caller,
    tx: Tx,
    now: Now,
    by: Annotated[list[Dimension], Query(max_length=5, description="按哪些维度分组")] = [Dimension.MONTH],  # noqa: B006
    from_month: Month = None,
    to_month: Month = None,
    region: Annotated[RegionCode | None, Query()] = None,
    region_level: Annotated[int, Query(ge=2, le=12, description="区划按前几位汇总：县6、镇9、村12")] = 12,
    industry: Annotated[Code | None, Query()] = None,
    grade: Grade | None = None,
) -> StatisticsRead:
    """按月份、区划、行业、等级、状态统计隐患，给出整改率、逾期率；本单位复查逾期单列。"""
    dimensions = tuple(dict.fromkeys(by))
    wanted = Wanted(dimensions, _first_day(from_month), _first_day(to_month), region, region_level, industry, grade)
    return await statistics.read(tx, actor, wanted, today=local_date(now))


def _first_day(month: str | None) -> date | None:
    return None if month is None else date.fromisoformat(f"{month}-01")
