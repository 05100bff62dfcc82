"""Version 1 of the API: one router a resource."""

from fastapi import APIRouter

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

router = APIRouter(prefix="/api/v1")
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
