"""Questions to the register: one enterprise, a list, a name's two characters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.enterprises import Enterprise, EnterpriseIndustry, EnterpriseRead, NameBigram
from models.shapes import LocationRead
from models.words import EnterpriseStatus
from services.access import Actor, get_for, sees
from services.errors import InvalidInput, NotFound
from services.paging import Key, Order, Slice, slice_of
from services.rules.codes import normalise_code, read_uscc
from services.rules.names import normalise_name

BY_NAME = Order((col(Enterprise.name), col(Enterprise.id)))

SHORTEST_TEXT = 2
SHORTEST_CODE = 4
MOST_PAIRS = 6
"""Pairs of a text that are asked by index; the rest is left to the comparison with the whole text."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; None asks nothing."""

    q: str | None = None
    region: str | None = None
    industry: str | None = None
    status: EnterpriseStatus | None = None


async def get(tx: AsyncSession, actor: Actor, enterprise_id: UUID) -> Enterprise:
    """One enterprise. Raises NotFound."""
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


async def list_enterprises(
    tx: AsyncSession, actor: Actor, filters: Filters, *, after: Key | None, limit: int
) -> Slice[Enterprise]:
    """Enterprises in sight, by name. Raises InvalidInput for a `q` of one character."""
    query = asked(sa.select(Enterprise).where(sees(actor, Enterprise)), filters)
    return await slice_of(tx, query, BY_NAME, lambda row: (row.name, row.id), after=after, limit=limit)


def asked(query: Select[Any], filters: Filters) -> Select[Any]:
    """The query narrowed by the filters. Raises InvalidInput."""
    if filters.region is not None:
        query = query.where(_between(col(Enterprise.region), filters.region))
    if filters.industry is not None:
        linked = sa.select(col(EnterpriseIndustry.enterprise_id))
        query = query.where(col(Enterprise.id).in_(linked.where(col(EnterpriseIndustry.industry) == filters.industry)))
    if filters.status is not None:
        query = query.where(col(Enterprise.status) == filters.status)
    return query if filters.q is None else query.where(_found(filters.q))


async def shown(tx: AsyncSession, actor: Actor, rows: Sequence[Enterprise]) -> list[EnterpriseRead]:
    """Enterprises as clients see them, with their industries and warnings; two questions for any number of rows."""
    industries = await industries_of(tx, [row.id for row in rows])
    shared = await _shared_usccs(tx, actor, {row.uscc for row in rows if row.uscc is not None})
    return [_read(row, sorted(industries.get(row.id, ())), row.uscc in shared) for row in rows]


async def industries_of(tx: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """All industries of these enterprises."""
    link = EnterpriseIndustry
    rows = await tx.execute(
        sa.select(col(link.enterprise_id), col(link.industry)).where(col(link.enterprise_id).in_(ids))
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
    query = sa.select(uscc).where(uscc.in_(sorted(usccs)), sees(actor, Enterprise)).group_by(uscc)
    return {code for code in (await tx.scalars(query.having(sa.func.count() > 1))).all() if code is not None}


def _read(row: Enterprise, industries: list[str], is_shared: bool) -> EnterpriseRead:
    warnings = ["uscc_seen_elsewhere"] if is_shared else []
    if row.uscc is not None and not read_uscc(row.uscc).check_digit_ok:
        warnings.insert(0, "uscc_check_digit")
    return EnterpriseRead(
        **row.model_dump(include=EnterpriseRead.model_fields.keys() - {"location", "industries", "warnings"}),
        location=LocationRead.of(row),
        industries=industries,
        warnings=warnings,
    )


def _found(q: str) -> ColumnElement[bool]:
    """Enterprises whose name contains the text, or one of whose codes begins with it; every part reaches an index."""
    text = normalise_name(q)
    if len(text) < SHORTEST_TEXT:
        raise InvalidInput.at("#/query/q", "query_too_short", "two characters at least")
    parts = [_named(text)]
    code = normalise_code(q)
    if len(code) >= SHORTEST_CODE and code.isascii() and code.replace("-", "").isalnum():
        coded = aliased(Enterprise)
        parts += [sa.select(col(coded.id)).where(_between(column, code)) for column in (coded.uscc, coded.office_code)]
    return col(Enterprise.id).in_(sa.union_all(*parts))


def _named(text: str) -> Select[UUID]:
    """Ids of names that contain the text: its pairs are asked by equality, then the whole is compared."""
    named = aliased(Enterprise)
    query = sa.select(col(named.id)).where(sa.func.strpos(col(named.name_normal), text) > 0)
    pairs = dict.fromkeys(text[at : at + 2] for at in range(len(text) - 1))
    for pair in list(pairs)[:MOST_PAIRS]:
        at = aliased(NameBigram)
        here = sa.and_(col(at.enterprise_id) == col(named.id), col(at.region) == col(named.region))
        query = query.join(at, sa.and_(col(at.bigram) == pair, here))
    return query


def _between(column: Any, code: str) -> ColumnElement[bool]:
    """Codes that begin with this one, as a range that walks an index of C collation."""
    return sa.and_(column >= code, column < code[:-1] + chr(ord(code[-1]) + 1))
