"""Organs 机关."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.base_path import V1
from api.deps import Caller, IfMatch, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import answered, tagged
from models.organs import OrganPatch, OrganRead, OrganWrite
from services import organs
from services.errors import IdConflict, IdTaken, VersionMismatch, VersionRequired

router = APIRouter(prefix=f"{V1}/organs", tags=["机关"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="createOrgan",
    summary="设立机关",
    responses=tagged(201) | problems(IdConflict, IdTaken),
)
async def create_organ(body: OrganWrite, actor: Caller, tx: Tx, now: Now, response: Response) -> OrganRead:
    """设立一个机关。除“协助”外的执法权限须写明决定文号（行政处罚法第24条）。"""
    organ, is_new = await organs.create(tx, actor, body, at=now)
    return answered(response, organs.shown(organ), is_new=is_new)


@router.get("", operation_id="listOrgans", summary="机关列表")
async def list_organs(actor: Caller, tx: Tx, asked: Asked) -> Page[OrganRead]:
    """本级及下级的全部机关。"""
    found = await organs.list_organs(tx, actor, after=asked.after, limit=asked.limit)
    return asked.page([organs.shown(row) for row in found.rows], found)


@router.patch(
    "/{organ_id}",
    operation_id="updateOrgan",
    summary="修改机关",
    responses=tagged() | problems(VersionRequired, VersionMismatch),
)
async def update_organ(
    organ_id: UUID, body: OrganPatch, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> OrganRead:
    """修改机关。须带 If-Match（所读版本）。"""
    organ = await organs.update(tx, actor, organ_id, body, version=version, at=now)
    return answered(response, organs.shown(organ))
