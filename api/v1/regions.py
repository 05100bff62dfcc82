"""Regions 行政区划."""

from fastapi import APIRouter, Response

from api.base_path import V1
from api.deps import Caller, IfMatch, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import answered, tagged
from models.regions import RegionPatch, RegionRead, RegionWrite
from models.shapes import RegionCode
from services import regions
from services.errors import IdConflict, IdTaken, VersionMismatch, VersionRequired

router = APIRouter(prefix=f"{V1}/regions", tags=["行政区划"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="createRegion",
    summary="设立区划",
    responses=tagged(201) | problems(IdConflict, IdTaken),
)
async def create_region(body: RegionWrite, actor: Caller, tx: Tx, now: Now, response: Response) -> RegionRead:
    """设立一个行政区划。代码 2、4、6、9 或 12 位，上级为其前缀；同一代码、同一名称重发即得已有的区划。"""
    region, is_new = await regions.create(tx, actor, body, at=now)
    return answered(response, regions.shown(region), is_new=is_new)


@router.get("", operation_id="listRegions", summary="区划列表")
async def list_regions(actor: Caller, tx: Tx, asked: Asked) -> Page[RegionRead]:
    """本级及下级的全部区划，按代码排列。"""
    found = await regions.list_regions(tx, actor, after=asked.after, limit=asked.limit)
    return asked.page([regions.shown(row) for row in found.rows], found)


@router.patch(
    "/{code}",
    operation_id="updateRegion",
    summary="修改区划",
    responses=tagged() | problems(VersionRequired, VersionMismatch),
)
async def update_region(
    code: RegionCode, body: RegionPatch, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> RegionRead:
    """修改区划名称；代码不变。须带 If-Match（所读版本）。"""
    region = await regions.update(tx, actor, code, body, version=version, at=now)
    return answered(response, regions.shown(region))
