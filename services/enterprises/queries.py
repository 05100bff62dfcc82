"""Questions to the register about enterprises at hand; lists are in searching.py."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise, EnterpriseIndustry, EnterpriseRead
from models.findings import OPEN, Finding
from models.shapes import LocationRead
from models.words import EnterpriseStatus
from services.access import Actor, get_for, sees
from services.enterprises.errors import EnterpriseMerged
from services.errors import NotFound
from services.readings import tell
from services.rules.codes import read_uscc

_QUOTED, _ESCAPED = '"{}"', str.maketrans({'"': r"\"", "\\": r"\\"})


async def get(tx: AsyncSession, actor: Actor, enterprise_id: UUID) -> Enterprise:
    """One enterprise. Raises NotFound."""
    tell(tx, 1)
    return await get_for(tx, actor, Enterprise, enterprise_id)


async def standing(tx: AsyncSession, actor: Actor, enterprise_id: UUID) -> Enterprise:
    """The enterprise for a new record that copies its region: it stays where it is until this transaction ends.

    Without the shared lock a record could be added under the old region just when everything else moves to the new
    one. Take it before locks on other rows. Raises NotFound.
    """
    seen = sa.select(Enterprise).where(col(Enterprise.id) == enterprise_id, sees(actor, Enterprise))
    row = await tx.scalar(seen.with_for_update(of=Enterprise, read=True).execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def expect_unmerged(row: Enterprise) -> None:
    """Raises EnterpriseMerged: nothing new is put on what is only the past of another one."""
    if row.merged_into is not None:
        raise EnterpriseMerged(row.merged_into)


def known_as(enterprise_id: UUID | None) -> Select[UUID]:
    """The ids under which an enterprise stands in what is never changed: its own, and those of what it took in."""
    one, into = col(Enterprise.id), col(Enterprise.merged_into)
    return sa.select(one).where(sa.or_(one == enterprise_id, into == enterprise_id))


async def kept_ids(tx: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Of those that were merged, as far as they are in sight: which enterprise each is now."""
    moved = sa.select(col(Enterprise.id), col(Enterprise.merged_into)).where(col(Enterprise.id).in_(ids))
    rows = await tx.execute(moved.where(col(Enterprise.merged_into).is_not(None)))
    return {row.id: row.merged_into for row in rows}


def is_any(column: Any, values: Collection[UUID] | Collection[str]) -> ColumnElement[bool]:
    """A list of ids or codes as one parameter, so that the question is prepared once for any number of them.

    As PostgreSQL reads an array: the driver would write one by two regular expressions an element.
    """
    kind = sa.Uuid() if column.type.python_type is UUID else sa.Text()
    written = ",".join(_QUOTED.format(str(value).translate(_ESCAPED)) for value in values)
    found: ColumnElement[bool] = column == sa.any_(sa.cast(sa.literal(f"{{{written}}}", sa.Text), sa.ARRAY(kind)))
    return found


async def shown(tx: AsyncSession, actor: Actor, rows: Sequence[Enterprise]) -> list[EnterpriseRead]:
    """Enterprises as clients see them, with their industries and warnings; two questions for any number of rows."""
    industries = await industries_of(tx, [row.id for row in rows])
    shared = await _shared_usccs(tx, actor, {row.uscc for row in rows if row.uscc is not None})
    unsettled = await _with_open_findings(tx, actor, [row.id for row in rows if row.status is EnterpriseStatus.CLOSED])
    return [
        _read(
            row,
            sorted(industries.get(row.id, ())),
            is_shared=row.uscc in shared and row.merged_into is None,
            is_unsettled=row.id in unsettled,
        )
        for row in rows
    ]


async def industries_of(tx: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """All industries of these enterprises."""
    link = EnterpriseIndustry
    rows = await tx.execute(
        sa.select(col(link.enterprise_id), col(link.industry)).where(is_any(col(link.enterprise_id), ids))
    )
    linked: dict[UUID, set[str]] = {}
    for enterprise_id, industry in rows:
        linked.setdefault(enterprise_id, set()).add(industry)
    return linked


async def _shared_usccs(tx: AsyncSession, actor: Actor, usccs: set[str]) -> set[str]:
    """Those codes that more than one enterprise in sight has; what is out of sight gives no hint of itself."""
    if not usccs:
        return set()
    uscc = col(Enterprise.uscc)
    query = sa.select(uscc).where(is_any(uscc, sorted(usccs)), sees(actor, Enterprise))
    query = query.where(col(Enterprise.merged_into).is_(None)).group_by(uscc)
    return {code for code in (await tx.scalars(query.having(sa.func.count() > 1))).all() if code is not None}


async def _with_open_findings(tx: AsyncSession, actor: Actor, closed: Sequence[UUID]) -> set[UUID]:
    """Those that were closed though something found there is still open, as far as the actor sees it."""
    if not closed:
        return set()
    still = sa.and_(col(Finding.enterprise_id).in_(closed), col(Finding.state).in_(OPEN), sees(actor, Finding))
    return set((await tx.scalars(sa.select(col(Finding.enterprise_id)).where(still).distinct())).all())


def _read(row: Enterprise, industries: list[str], *, is_shared: bool, is_unsettled: bool) -> EnterpriseRead:
    warnings = ["uscc_seen_elsewhere"] if is_shared else []
    warnings += ["closed_with_open_findings"] if is_unsettled else []
    if row.uscc is not None and not read_uscc(row.uscc).check_digit_ok:
        warnings.insert(0, "uscc_check_digit")
    return EnterpriseRead(
        **row.model_dump(include=EnterpriseRead.model_fields.keys() - {"location", "industries", "warnings"}),
        location=LocationRead.of(row),
        industries=industries,
        warnings=warnings,
    )
