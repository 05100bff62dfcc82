"""Departments 部门: 管行业必须管安全; the industries one owns are the sight of its people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.departments import Department, DepartmentIndustry, DepartmentPatch, DepartmentRead, DepartmentWrite
from models.industries import Industry
from models.words import EventKind
from services import acts, events
from services.access import Actor, Deed
from services.errors import InputError, InvalidInput, NotFound
from services.paging import Key, Order, Slice, slice_of
from services.versions import expect

BY_NAME = Order((col(Department.name), col(Department.id)))


@dataclass(frozen=True)
class Owned:
    """A department with the industries it answers for, in order."""

    department: Department
    industries: list[str]


async def create(tx: AsyncSession, actor: Actor, body: DepartmentWrite, *, at: datetime) -> tuple[Owned, bool]:
    """A new department, or the one this id made before. Raises NotAllowed, InvalidInput, IdConflict, IdTaken."""
    actor.require(Deed.MANAGE_ACCOUNTS)
    begun = await acts.begin(tx, actor, "createDepartment", body, at=at)
    if not begun.is_new:
        return (await _with_industries(tx, [await tx.get_one(Department, begun.id)]))[0], False
    industries = await _known(tx, body.industries)
    department = Department(id=begun.id, name=body.name, created_at=at)
    tx.add(department)
    await tx.flush()
    await _own(tx, department.id, industries)
    events.record(tx, actor, EventKind.DEPARTMENT_CREATED, department, at=at, beside={"industries": industries})
    await tx.flush()
    return Owned(department, industries), True


async def list_departments(tx: AsyncSession, *, after: Key | None, limit: int) -> Slice[Owned]:
    """All departments by name: which office answers for which trade is no secret."""
    found = await slice_of(tx, sa.select(Department), BY_NAME, lambda row: (row.name, row.id), after=after, limit=limit)
    return Slice(await _with_industries(tx, found.rows), found.last)


async def update(
    tx: AsyncSession, actor: Actor, department_id: UUID, body: DepartmentPatch, *, version: int | None, at: datetime
) -> Owned:
    """Change what the patch names; sight follows at the next call.

    Raises NotFound, NotAllowed, VersionRequired, VersionMismatch, InvalidInput.
    """
    query = sa.select(Department).where(col(Department.id) == department_id).with_for_update(key_share=True)
    department = await tx.scalar(query.execution_options(populate_existing=True))
    if department is None:
        raise NotFound
    actor.require(Deed.MANAGE_ACCOUNTS)
    expect(department, version)
    was = (await _with_industries(tx, [department]))[0].industries
    before = {**events.snapshot(department), "industries": was}
    industries = was if body.industries is None else await _known(tx, body.industries)
    if body.name is not None:
        department.name = body.name
    if industries != was:
        await tx.execute(sa.delete(DepartmentIndustry).where(col(DepartmentIndustry.department_id) == department.id))
        await _own(tx, department.id, industries)
    beside = {"industries": industries}
    events.record(tx, actor, EventKind.DEPARTMENT_CHANGED, department, before=before, beside=beside, at=at)
    await tx.flush()
    return Owned(department, industries)


def shown(owned: Owned) -> DepartmentRead:
    """The department as clients see it."""
    department = owned.department
    return DepartmentRead(
        id=department.id, name=department.name, industries=owned.industries, version=department.version
    )


async def _known(tx: AsyncSession, codes: Sequence[str]) -> list[str]:
    """The codes once each and in order. Raises InvalidInput for one that is not of the catalogue."""
    there = set((await tx.scalars(sa.select(col(Industry.code)).where(col(Industry.code).in_(codes)))).all())
    wrong = [
        InputError(f"/industries/{place}", "industry_unknown", "no such industry: see listIndustries")
        for place, code in enumerate(codes)
        if code not in there
    ]
    if wrong:
        raise InvalidInput(wrong)
    return sorted(there)


async def _own(tx: AsyncSession, department_id: UUID, industries: Collection[str]) -> None:
    tx.add_all([DepartmentIndustry(department_id=department_id, industry=code) for code in industries])
    await tx.flush()


async def _with_industries(tx: AsyncSession, departments: Sequence[Department]) -> list[Owned]:
    ids = [department.id for department in departments]
    links = await tx.execute(
        sa.select(col(DepartmentIndustry.department_id), col(DepartmentIndustry.industry))
        .where(col(DepartmentIndustry.department_id).in_(ids))
        .order_by(col(DepartmentIndustry.industry))
    )
    of: dict[UUID, list[str]] = {department_id: [] for department_id in ids}
    for department_id, industry in links:
        of[department_id].append(industry)
    return [Owned(department, of[department.id]) for department in departments]
