"""Questions to the register about enterprises at hand; lists are in searching.py."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.enterprises import Enterprise, EnterpriseIndustry, EnterpriseRead
from models.findings import OPEN, Finding
from models.shapes import LocationRead
from models.words import EnterpriseStatus
from services.access import Actor, get_for, sees, sight_of
from services.enterprises.errors import EnterpriseMerged
from services.errors import NotFound
from services.readings import tell
from services.rules.codes import read_uscc
from services.sight import OTHER, Sight, seen_by

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
    """A list of ids or codes as one parameter, so that the question is prepared once for any number of them."""
    return _is_any_of(column, sa.literal(as_array(values), sa.types.NullType()))


def _is_any_of(column: Any, listed: sa.BindParameter[Any]) -> ColumnElement[bool]:
    """`listed` is what as_array wrote, without a type of its own: a text that is cast to an array is read anew for each
    row that it is compared with.
    """
    kind = sa.Uuid() if column.type.python_type is UUID else sa.Text()
    found: ColumnElement[bool] = column == sa.any_(sa.cast(listed, sa.ARRAY(kind)))
    return found


def as_array(values: Collection[UUID] | Collection[str]) -> str:
    """A list as PostgreSQL reads one: the driver would write it by two regular expressions an element."""
    written = ",".join(_QUOTED.format(str(value).translate(_ESCAPED)) for value in values)
    return f"{{{written}}}"


async def shown(tx: AsyncSession, actor: Actor, rows: Sequence[Enterprise]) -> list[EnterpriseRead]:
    """Enterprises as clients see them, with their industries and warnings; one question for any number of rows."""
    sight = sight_of(actor)
    given = {**sight.values(), "ids": as_array([row.id for row in rows])}
    found = {row.id: row for row in await tx.execute(_beside_at_hand(sight.shape()), given)} if rows else {}
    return [EnterpriseRead(**told(row, found.get(row.id, _NOTHING))) for row in rows]


class Beside(NamedTuple):
    """What `beside` finds of an enterprise; these are found of one that just moved out of sight."""

    industries: list[str] | None = None
    is_shared: bool = False
    is_unsettled: bool = False


_NOTHING = Beside()
STORED = EnterpriseRead.model_fields.keys() - {"location", "industries", "warnings"}
PLACE = ("lon", "lat", "accuracy_m", "crs", "location_source", "mocked")
COLUMNS = [getattr(Enterprise, name) for name in (*sorted(STORED), *PLACE)]
"""What a list reads of an enterprise's own row."""


def beside(sight: Sight) -> list[ColumnElement[Any]]:
    """Columns of what its own row does not tell; what is out of sight gives no hint of itself."""
    industry, own_id = col(EnterpriseIndustry.industry), col(Enterprise.id)
    industries = sa.select(sa.func.array_agg(aggregate_order_by(industry, industry)))
    industries = industries.where(col(EnterpriseIndustry.enterprise_id) == own_id)
    # Selected from by name: where nobody sees anything, nothing else would say what is asked.
    others = sa.select(col(OTHER.id)).where(col(OTHER.uscc) == col(Enterprise.uscc), col(OTHER.id) != own_id)
    others = others.where(col(OTHER.merged_into).is_(None), seen_by(sight, OTHER))
    left = sa.select(col(Finding.id)).where(col(Finding.enterprise_id) == own_id, col(Finding.state).in_(OPEN))
    left = left.where(seen_by(sight, Finding))
    is_shared = sa.and_(col(Enterprise.merged_into).is_(None), others.correlate(Enterprise).exists())
    is_unsettled = sa.and_(col(Enterprise.status) == EnterpriseStatus.CLOSED, left.correlate(Enterprise).exists())
    return [
        industries.correlate(Enterprise).scalar_subquery().label("industries"),
        is_shared.label("is_shared"),
        is_unsettled.label("is_unsettled"),
    ]


def told(row: Any, more: Any) -> dict[str, Any]:
    """The fields of a shape: of an enterprise or its row in a list, and of what `beside` found."""
    warnings = []
    if row.uscc is not None and not read_uscc(row.uscc).check_digit_ok:
        warnings.append("uscc_check_digit")
    if more.is_shared:
        warnings.append("uscc_seen_elsewhere")
    if more.is_unsettled:
        warnings.append("closed_with_open_findings")
    fields = {name: getattr(row, name) for name in STORED}
    return {**fields, "location": LocationRead.of(row), "industries": more.industries or [], "warnings": warnings}


@lru_cache
def _beside_at_hand(shape: Sight) -> Select[*tuple[Any, ...]]:
    at_hand = _is_any_of(col(Enterprise.id), sa.bindparam("ids", type_=sa.types.NullType()))
    return sa.select(col(Enterprise.id), *beside(shape.places())).where(at_hand)


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
