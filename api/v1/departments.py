"""Departments 部门."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.base_path import V1
from api.deps import Caller, IfMatch, Now, Tx
from api.json_bodies import JsonRoute
from api.paging import Asked, Page
from api.problems import problems
from api.versions import answered, tagged
from models.departments import DepartmentPatch, DepartmentRead, DepartmentWrite
from services import departments
from services.errors import IdConflict, IdTaken, VersionMismatch, VersionRequired

router = APIRouter(prefix=f"{V1}/departments", tags=["部门"], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    operation_id="createDepartment",
    summary="设立部门",
    responses=tagged(201) | problems(IdConflict, IdTaken),
)
async def create_department(
    body: DepartmentWrite, actor: Caller, tx: Tx, now: Now, response: Response
) -> DepartmentRead:
    """设立一个部门及其主管的行业领域（管行业必须管安全）。"""
    owned, is_new = await departments.create(tx, actor, body, at=now)
    return answered(response, departments.shown(owned), is_new=is_new)


@router.get("", operation_id="listDepartments", summary="部门列表")
async def list_departments(_: Caller, tx: Tx, asked: Asked) -> Page[DepartmentRead]:
    """全部部门及其主管的行业领域。"""
    found = await departments.list_departments(tx, after=asked.after, limit=asked.limit)
    return asked.page([departments.shown(row) for row in found.rows], found)


@router.patch(
    "/{department_id}",
    operation_id="updateDepartment",
    summary="修改部门",
    responses=tagged() | problems(VersionRequired, VersionMismatch),
)
async def update_department(
    department_id: UUID, body: DepartmentPatch, version: IfMatch, actor: Caller, tx: Tx, now: Now, response: Response
) -> DepartmentRead:
    """修改部门；`industries` 整体替换，其人员的可见范围随即改变。须带 If-Match（所读版本）。"""
    owned = await departments.update(tx, actor, department_id, body, version=version, at=now)
    return answered(response, departments.shown(owned))
