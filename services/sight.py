"""The condition of sight: region range AND trades, or own enterprise. services/access.py tells what an actor's is."""

from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.enterprises import Enterprise, EnterpriseIndustry
from models.findings import Finding
from models.orders import Order
from services.rules.codes import region_range

DEEPEST = 12
"""Digits of a village's code, the deepest region there is."""
OTHER = aliased(Enterprise)
"""A second enterprise, for questions about two."""


@dataclass(frozen=True)
class Sight:
    """All that `seen_by` rests on; what somebody lacks is None. Without a region and an enterprise nothing is seen.

    Either values, or the places for them in a statement that is built once for all whose sight reads alike.
    """

    region_from: Any = None
    region_past: Any = None  # a village has a first code alone
    trades: Any = None
    enterprise_id: Any = None

    def values(self) -> dict[str, object]:
        """By the names of their places."""
        return {f"sight_{name}": value for name, value in vars(self).items() if value is not None}

    def shape(self) -> "Sight":
        """The same for all whose sight reads alike, to be known by."""
        return Sight(**{name: True for name, value in vars(self).items() if value is not None})

    def places(self) -> "Sight":
        """Places instead of values."""
        given = [name for name, value in vars(self).items() if value is not None]
        return Sight(**{name: sa.bindparam(f"sight_{name}", expanding=name == "trades") for name in given})


def seen_by(sight: Sight, table: Any) -> ColumnElement[bool]:
    """For any table that carries `region` and `enterprise_id`, or is the register or OTHER."""
    if sight.enterprise_id is None and sight.region_from is None:
        return sa.false()
    if table is Order:
        # An order keeps the region it was issued in, for it is never changed; it is seen with its enterprise.
        own = sa.exists().where(col(Enterprise.id) == col(Order.enterprise_id), seen_by(sight, Enterprise))
        return own.correlate(Order)
    is_register = table is Enterprise or table is OTHER
    enterprise_id = col(table.id) if is_register else table.enterprise_id
    if sight.enterprise_id is not None:
        is_own: ColumnElement[bool] = enterprise_id == sight.enterprise_id
        if is_register:  # also those that it took in: its past
            is_own = sa.or_(is_own, col(table.merged_into) == sight.enterprise_id)
        return is_own
    seen = _lies_between(table.region, sight.region_from, sight.region_past)
    if sight.trades is not None:
        seen = sa.and_(seen, _in_trades(sight.trades, table, enterprise_id))
    return seen


def within(code: str, region: Any) -> ColumnElement[bool]:
    """Whether a region column lies in a region."""
    return _lies_between(region, *bounds(code))


def bounds(code: str) -> tuple[str, str | None]:
    """The first code of a region, and the first past it. A village is one code: equality keeps an index's order."""
    return (code, None) if len(code) == DEEPEST else region_range(code)


def _lies_between(region: Any, first: Any, past: Any) -> ColumnElement[bool]:
    if past is None:
        return cast("ColumnElement[bool]", region == first)
    return sa.and_(region >= first, region < past)


def _in_trades(own: Any, table: Any, enterprise_id: Any) -> ColumnElement[bool]:
    link = sa.exists().where(
        col(EnterpriseIndustry.enterprise_id) == enterprise_id, col(EnterpriseIndustry.industry).in_(own)
    )
    return sa.or_(col(Finding.industry).in_(own), link) if table is Finding else link
