"""Statutes, criteria of major hazards and fines, as they stood on a day; no secret, so who signed in may read them."""

from collections import defaultdict
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.statutes import Criterion, CriterionClause, CriterionRead, Fine, Statute
from services.paging import Key, Order, Slice, slice_of

BY_NAME = Order((col(Statute.cited),))
BY_CODE = Order((col(Criterion.code),))
BY_POSITION = Order((col(Fine.position),))


async def list_statutes(tx: AsyncSession, *, on: date, after: Key | None, limit: int) -> Slice[Statute]:
    """What was in force that day, and what has no known first day, by the name it is cited by."""
    query = sa.select(Statute).where(_held(Statute, on))
    return await slice_of(tx, query, BY_NAME, lambda statute: (statute.cited,), after=after, limit=limit)


async def list_criteria(
    tx: AsyncSession, *, on: date, domain: str | None, after: Key | None, limit: int
) -> Slice[Criterion]:
    """The criteria in force that day, by code; of one domain where it is named."""
    query = sa.select(Criterion).where(_held(Criterion, on))
    if domain is not None:
        query = query.where(col(Criterion.domain) == domain)
    return await slice_of(tx, query, BY_CODE, lambda criterion: (criterion.code,), after=after, limit=limit)


async def with_clauses(tx: AsyncSession, criteria: list[Criterion]) -> list[CriterionRead]:
    """Criteria as clients see them."""
    codes = [criterion.code for criterion in criteria]
    query = sa.select(CriterionClause).where(col(CriterionClause.criterion).in_(codes))
    clauses: defaultdict[str, list[CriterionClause]] = defaultdict(list)
    for clause in await tx.scalars(query.order_by(col(CriterionClause.position))):
        clauses[clause.criterion].append(clause)
    return [CriterionRead.with_clauses(criterion, clauses[criterion.code]) for criterion in criteria]


async def list_fines(
    tx: AsyncSession, *, on: date, statute: str | None, article: str | None, after: Key | None, limit: int
) -> Slice[Fine]:
    """The fines in force that day, in the statutes' order; of one statute or article where it is named."""
    query = sa.select(Fine).where(_held(Fine, on))
    if statute is not None:
        query = query.where(col(Fine.statute) == statute)
    if article is not None:
        query = query.where(col(Fine.article) == article)
    return await slice_of(tx, query, BY_POSITION, lambda fine: (fine.position,), after=after, limit=limit)


def _held(table: type[Any], on: date) -> ColumnElement[bool]:
    first, last = table.valid_from, table.valid_to
    return sa.and_(sa.or_(first.is_(None), first <= on), sa.or_(last.is_(None), last >= on))
