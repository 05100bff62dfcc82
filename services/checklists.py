"""Checklists 检查表: which published version held on a day, and its items."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.checklists import Checklist, ChecklistItem
from services.errors import NotFound
from services.paging import Key, Order, Slice, slice_of

BY_CODE = Order((col(Checklist.code),))
_OF_LIST = sa.and_(
    col(Checklist.code) == col(ChecklistItem.checklist), col(Checklist.version) == col(ChecklistItem.version)
)


@dataclass(frozen=True)
class Worded:
    """An item as it read on some day, and the industry of the list that it stands in."""

    item: ChecklistItem
    industry: str


async def list_checklists(
    tx: AsyncSession, *, on: date, industry: str | None, after: Key | None, limit: int
) -> Slice[Checklist]:
    """The version of each checklist that holds on that day, by code; no secret, so any signed-in user may read it."""
    query = sa.select(Checklist).where(holds(on))
    if industry is not None:
        query = query.where(col(Checklist.industry) == industry)
    return await slice_of(tx, query, BY_CODE, lambda checklist: (checklist.code,), after=after, limit=limit)


async def get_checklist(
    tx: AsyncSession, code: str, *, version: int | None, on: date
) -> tuple[Checklist, Sequence[ChecklistItem]]:
    """One version with its items: the named one, else the one that holds on that day. Raises NotFound."""
    wanted = holds(on) if version is None else col(Checklist.version) == version
    checklist = await tx.scalar(sa.select(Checklist).where(col(Checklist.code) == code, wanted))
    if checklist is None:
        raise NotFound
    items = sa.select(ChecklistItem).where(
        col(ChecklistItem.checklist) == code, col(ChecklistItem.version) == checklist.version
    )
    return checklist, (await tx.scalars(items.order_by(col(ChecklistItem.position)))).all()


async def items_by_code(tx: AsyncSession, codes: Collection[str], *, on: date) -> dict[str, Worded]:
    """Each item as it was worded on that day; a code that never was published is absent.

    An item dropped since then is found in the last version that had it: a phone may be older than the catalogue.
    """
    if not codes:
        return {}
    query = (
        sa.select(ChecklistItem, col(Checklist.industry))
        .join(Checklist, _OF_LIST)
        .where(col(ChecklistItem.code).in_(codes))
        .ext(distinct_on(col(ChecklistItem.code)))
        .order_by(col(ChecklistItem.code), *_best_first(on))
    )
    return {item.code: Worded(item, industry) for item, industry in (await tx.execute(query)).all()}


async def items_of(tx: AsyncSession, industries: Collection[str], *, on: date) -> Sequence[ChecklistItem]:
    """All items of these industries' lists in the versions that hold on that day, as they are walked."""
    items = sa.select(ChecklistItem).join(Checklist, _OF_LIST)
    held = items.where(col(Checklist.industry).in_(industries), holds(on))
    return (await tx.scalars(held.order_by(col(ChecklistItem.checklist), col(ChecklistItem.position)))).all()


def _version() -> sa.Tuple:
    return sa.tuple_(col(Checklist.code), col(Checklist.version))


def holds(on: date) -> ColumnElement[bool]:
    """The version that holds on a day; of a list that was withdrawn by then, none: an older one does not come back."""
    withdrawn_on = col(Checklist.withdrawn_on)
    return sa.and_(_version().in_(_holding(on)), sa.or_(withdrawn_on.is_(None), withdrawn_on > on))


def _holding(on: date) -> sa.Select[str, int]:
    return (
        sa.select(col(Checklist.code), col(Checklist.version))
        .ext(distinct_on(col(Checklist.code)))
        .order_by(col(Checklist.code), *_best_first(on))
    )


def _best_first(on: date) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """The newest version published by that day; for a day before the first one, the first one."""
    too_new = col(Checklist.published_on) > on
    return too_new, sa.case((too_new, col(Checklist.version)), else_=-col(Checklist.version))
