"""Questions to the findings: one, and lists by deadline."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.departments import DepartmentIndustry
from models.enterprises import Enterprise
from models.findings import NO_DEADLINE, Finding, FindingFilter, FindingSummaryRead
from services.access import Actor, get_for, sees
from services.findings.clocks import is_overdue, is_reinspection_overdue, overdue, reinspection_overdue
from services.paging import Key, Order, Slice, rows_of
from services.readings import tell
from services.sight import within

# Written as the index has it, a constant and no parameter, or it would not be used.
_DUE: ColumnElement[date] = sa.func.coalesce(col(Finding.deadline), sa.literal_column(NO_DEADLINE, sa.Date))
BY_DEADLINE = Order((_DUE, col(Finding.id)))


async def list_findings(
    tx: AsyncSession, actor: Actor, asked: FindingFilter, *, today: date, after: Key | None, limit: int
) -> Slice[Any]:
    """Findings within sight that match all that is asked, by deadline; those without one come last.

    What the list shows and no more, the enterprise's name with it: rows for `shown_in_list`.
    """
    named = sa.select(*_SHOWN).join(Enterprise, col(Enterprise.id) == col(Finding.enterprise_id))
    query = _narrowed(named.where(sees(actor, Finding)), asked, today)
    return await rows_of(tx, query, BY_DEADLINE, lambda f: (f.deadline or date.max, f.id), after=after, limit=limit)


async def get_finding(tx: AsyncSession, actor: Actor, finding_id: UUID) -> Finding:
    """One finding. Raises NotFound."""
    tell(tx, 1)
    return await get_for(tx, actor, Finding, finding_id)


def shown_in_list(rows: Sequence[Any], *, today: date) -> list[FindingSummaryRead]:
    """Findings as lists show them."""
    return [summary(row, row.enterprise_name, today) for row in rows]


def summary(finding: Any, enterprise_name: str, today: date) -> FindingSummaryRead:
    """A finding, or its row in a list, as a list shows it."""
    return FindingSummaryRead(
        **{name: getattr(finding, name) for name in _AS_STORED},
        enterprise_name=enterprise_name,
        grade_label=finding.grade.label,
        state_label=finding.state.label,
        overdue=overdue(finding, today),
        reinspection_overdue=reinspection_overdue(finding, today),
    )


_AS_STORED = sorted(FindingSummaryRead.model_fields.keys() & Finding.model_fields.keys())
_SHOWN = (*[getattr(Finding, name) for name in _AS_STORED], col(Enterprise.name).label("enterprise_name"))


def _narrowed(query: Select[Any], asked: FindingFilter, today: date) -> Select[Any]:
    same = {
        col(Finding.grade): asked.grade,
        col(Finding.enterprise_id): asked.enterprise_id,
        col(Finding.inspection_id): asked.inspection_id,
        col(Finding.industry): asked.industry,
    }
    query = query.where(*[column == value for column, value in same.items() if value is not None])
    if asked.state:
        query = query.where(col(Finding.state).in_(asked.state))
    if asked.region is not None:
        query = query.where(within(asked.region, col(Finding.region)))
    if asked.department_id is not None:
        trades = sa.select(col(DepartmentIndustry.industry))
        query = query.where(
            col(Finding.industry).in_(trades.where(col(DepartmentIndustry.department_id) == asked.department_id))
        )
    return _narrowed_by_time(query, asked, today).where(*_with_text(asked.q))


def _narrowed_by_time(query: Select[Any], asked: FindingFilter, today: date) -> Select[Any]:
    if asked.due_before is not None:
        query = query.where(asked.due_before > _DUE)
    for wanted, condition in ((asked.overdue, is_overdue), (asked.reinspection_overdue, is_reinspection_overdue)):
        if wanted is not None:
            query = query.where(
                condition(today) if wanted else sa.func.coalesce(condition(today), sa.false()).is_(False)
            )
    return query


def _with_text(q: str | None) -> list[ColumnElement[bool]]:
    """The text as it was typed, within what is seen already: in the description, or in the enterprise's name."""
    if q is None:
        return []
    texts = (col(Finding.description), col(Enterprise.name))
    return [sa.or_(*[text.icontains(q, autoescape=True) for text in texts])]
