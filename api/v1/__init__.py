"""Version 1 of the API: one router a resource."""

from fastapi import APIRouter

from api.problems import declared, problems
from api.v1 import (
    auth,
    checklists,
    departments,
    documents,
    enterprises,
    extensions,
    findings,
    imports,
    industries,
    info,
    inspections,
    me,
    orders,
    organs,
    photos,
    regions,
    statistics,
    users,
    visits,
    worklist,
)
from services.auth import PasswordChangeNeeded
from services.errors import InProgress, InvalidInput, NotAllowed, NotFound
from services.tokens import TokenInvalid

# What any operation may answer, so that no client meets an undeclared one.
COMMON = {
    **problems(TokenInvalid, NotAllowed, PasswordChangeNeeded, NotFound, InvalidInput, InProgress),
    400: declared(["bad_request: 请求无法读取"]),
    408: declared(["body_too_slow: 上传太慢，已中断"]),
    413: declared(["body_too_large: 提交的内容太大"]),
    503: declared(["unavailable: 暂时无法处理，请稍后重试（Retry-After）"]),
}

router = APIRouter(prefix="/api/v1", responses=COMMON)
for resource in (
    auth,
    me,
    info,
    users,
    findings,
    orders,
    documents,
    extensions,
    organs,
    regions,
    departments,
    industries,
    checklists,
    enterprises,
    imports,
    visits,
    photos,
    statistics,
    worklist,
    inspections,
):
    router.include_router(resource.router)
