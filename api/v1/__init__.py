"""Version 1 of the API: one router a resource."""

from fastapi import APIRouter

from api.v1 import (
    arrivals,
    auth,
    avoidances,
    checklists,
    departments,
    documents,
    draws,
    enterprises,
    extensions,
    findings,
    imports,
    industries,
    info,
    inspections,
    log,
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
# Phones ask for the first few all day, and each router before theirs is tried in vain.
for resource in (
    inspections,
    photos,
    findings,
    worklist,
    arrivals,
    statistics,
    me,
    auth,
    info,
    users,
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
    log,
    draws,
    avoidances,
):
    router.include_router(resource.router)
