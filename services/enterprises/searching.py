"""Finding an enterprise 在门口查找: by name, pinyin, code, phone or place. Every part reaches an index (design 6)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.enterprises import (
    Enterprise,
    EnterpriseIndustry,
    EnterpriseListed,
    EnterpriseSize,
    GridCell,
    NameBigram,
    RiskLevel,
    SearchKey,
)
from models.findings import OPEN, Finding
from models.inspections import Inspection
from models.words import EnterpriseStatus, InspectionKind, InspectionState
from services.access import Actor, sight_of
from services.enterprises.queries import COLUMNS, beside, told
from services.errors import InvalidInput
from services.paging import Key, Order, Slice, page_of, page_statement
from services.rules.clocks import SHANGHAI
from services.rules.codes import normalise_code
from services.rules.grid import cells_around
from services.rules.names import normalise_name
from services.rules.places import MEAN_RADIUS_M, Place, to_wgs84
from services.rules.search_keys import asked_keys
from services.sight import Sight, seen_by

BY_NAME = Order((col(Enterprise.name), col(Enterprise.id)))

SHORTEST_TEXT = 2
SHORTEST_CODE = 4
PAIRS = ("pair_0", "pair_1", "pair_2", "pair_3")
"""Pairs of a text that are asked by index, the rest by comparing the whole text: with six, planning took 10 ms more."""
KEYS = ("key_0", "key_1", "key_2", "key_3")
"""As many as `asked_keys` gives."""
MOST_SHAPES = 256
_TEXT = sa.bindparam("text", type_=sa.String)

_PLAN_FOR_THIS_ASKER = sa.select(sa.func.set_config("plan_cache_mode", "force_custom_plan", True))
"""A prepared question keeps one plan for all, and what suits a town reads the whole register of a county."""


@dataclass(frozen=True)
class Near:
    """Within so many metres of a place, in whatever datum it is given."""

    place: Place
    radius_m: int


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; None asks nothing."""

    q: str | None = None
    region: str | None = None
    industry: str | None = None
    status: EnterpriseStatus | None = None
    size: EnterpriseSize | None = None
    risk: RiskLevel | None = None
    not_visited_since: date | None = None
    has_open_findings: bool | None = None
    near: Near | None = None


@dataclass(frozen=True)
class Shape:
    """How a question reads: those that differ in their values alone are one statement, which is built once."""

    sight: Sight
    given: frozenset[str]
    """Names of the values it is asked with."""
    has_open_findings: bool | None
    is_first: bool


async def list_enterprises(
    tx: AsyncSession, actor: Actor, filters: Filters, *, after: Key | None, limit: int
) -> Slice[EnterpriseListed]:
    """Enterprises in sight, by name, or the nearest first. Raises InvalidInput for a `q` of one character."""
    sight, values = sight_of(actor), values_of(filters)
    statement = _page(Shape(sight.shape(), frozenset(values), filters.has_open_findings, is_first=after is None))
    if _depends_on_who_asks(filters):
        await tx.execute(_PLAN_FOR_THIS_ASKER)
    order, key_of = (BY_NAME, _name_of) if filters.near is None else (NEAREST_FIRST, _distance_of)
    found = await page_of(tx, statement, order, key_of, {**sight.values(), **values}, after=after, limit=limit)
    return Slice([EnterpriseListed(**told(row, row), distance_m=row.distance_m) for row in found.rows], found.last)


def _depends_on_who_asks(filters: Filters) -> bool:
    """Whether the rows are best reached by the filter or by the sight, according to how much there is of each."""
    return filters.not_visited_since is not None or filters.has_open_findings is not None


def values_of(filters: Filters) -> dict[str, object]:
    """What a question is asked with. Raises InvalidInput."""
    named = {"industry": filters.industry, "status": filters.status, "size": filters.size, "risk": filters.risk}
    values: dict[str, object] = {name: value for name, value in named.items() if value is not None}
    if filters.region is not None:
        values |= _range_of("region", filters.region)
    if filters.not_visited_since is not None:
        values["since"] = datetime.combine(filters.not_visited_since, time(), SHANGHAI)
    if filters.q is not None:
        values |= _values_of_text(filters.q)
    if filters.near is not None:
        values["lon"], values["lat"] = to_wgs84(filters.near.place)
        values["radius_m"] = filters.near.radius_m
        values["cells"] = cells_around(filters.near.place, filters.near.radius_m)
    return values


def _values_of_text(q: str) -> dict[str, object]:
    text = normalise_name(q)
    if len(text) < SHORTEST_TEXT:
        raise InvalidInput.at("#/query/q", "query_too_short", "two characters at least")
    pairs = dict.fromkeys(text[at : at + 2] for at in range(len(text) - 1))
    values: dict[str, object] = {"text": text, **dict(zip(PAIRS, pairs, strict=False))}
    code = normalise_code(q)
    if len(code) >= SHORTEST_CODE and code.isascii() and code.replace("-", "").isalnum():
        values |= _range_of("code", code)
    for name, key in zip(KEYS, asked_keys(q), strict=False):
        values |= _range_of(name, key)
    return values


@lru_cache(MOST_SHAPES)
def _page(shape: Shape) -> Select[*tuple[Any, ...]]:
    """The question behind a page of a list."""
    sight, is_near = shape.sight.places(), "cells" in shape.given
    distance: ColumnElement[Any] = _METRES if is_near else sa.null()
    query: Select[*tuple[Any, ...]] = sa.select(*COLUMNS, *beside(sight), distance.label("distance_m"))
    query = query.where(seen_by(sight, Enterprise), *conditions(shape.given, shape.has_open_findings))
    if not is_near:
        return page_statement(query, BY_NAME, is_first=shape.is_first)
    query = query.join(GridCell, col(GridCell.enterprise_id) == col(Enterprise.id))
    around = sa.and_(col(GridCell.cell).in_(sa.bindparam("cells", expanding=True)), sa.bindparam("radius_m") >= _METRES)
    return page_statement(query.where(around), NEAREST_FIRST, is_first=shape.is_first)


def conditions(given: Collection[str], has_open_findings: bool | None) -> Iterator[ColumnElement[bool]]:
    """What narrows a list to its filters, with places for the values."""
    if "region_from" in given:
        yield _between(col(Enterprise.region), "region")
    if "industry" in given:
        linked = sa.select(col(EnterpriseIndustry.enterprise_id))
        yield col(Enterprise.id).in_(linked.where(col(EnterpriseIndustry.industry) == sa.bindparam("industry")))
    if "status" not in given:
        yield col(Enterprise.status) != EnterpriseStatus.MERGED  # the past of another one, and no place to visit
    for name in ("status", "size", "risk"):
        if name in given:
            yield col(getattr(Enterprise, name)) == sa.bindparam(name)
    if "since" in given:
        yield ~_visited_since()
    if has_open_findings is not None:
        yield _has_open_findings() if has_open_findings else ~_has_open_findings()
    if "text" in given:
        yield _found(given)


def _visited_since() -> ColumnElement[bool]:
    """Inspected on that day or later; a patrol is no inspection."""
    of_it = sa.exists().where(
        col(Inspection.enterprise_id) == col(Enterprise.id),
        col(Inspection.arrived_at) >= sa.bindparam("since"),
        col(Inspection.state) == InspectionState.ACCEPTED,
        col(Inspection.kind) != InspectionKind.PATROL,
    )
    return of_it.correlate(Enterprise)


def _has_open_findings() -> ColumnElement[bool]:
    of_it = sa.exists().where(col(Finding.enterprise_id) == col(Enterprise.id), col(Finding.state).in_(OPEN))
    return of_it.correlate(Enterprise)


def _found(given: Collection[str]) -> ColumnElement[bool]:
    """Enterprises whose name contains the text or is read so, or that have a code or a phone that is meant by it."""
    coded, past = aliased(Enterprise), aliased(Enterprise)
    parts = [_named(given)]
    was = [sa.func.strpos(col(past.name_normal), _TEXT) > 0]
    if "code_from" in given:
        parts += [
            sa.select(col(coded.id)).where(_between(column, "code")) for column in (coded.uscc, coded.office_code)
        ]
        was += [_between(column, "code") for column in (past.uscc, past.office_code)]
    keyed = sa.select(col(SearchKey.enterprise_id))
    parts += [keyed.where(_between(col(SearchKey.key), key)) for key in KEYS if f"{key}_from" in given]
    was_merged = col(past.merged_into).is_not(None)  # by its own index: they are few
    parts.append(sa.select(sa.type_coerce(col(past.merged_into), sa.Uuid())).where(was_merged, sa.or_(*was)))
    return col(Enterprise.id).in_(sa.union_all(*parts))


def _named(given: Collection[str]) -> Select[UUID]:
    """Ids of names that contain the text: its pairs are asked by equality, then the whole is compared."""
    named = aliased(Enterprise)
    query = sa.select(col(named.id)).where(sa.func.strpos(col(named.name_normal), _TEXT) > 0)
    for pair in PAIRS:
        if pair in given:
            at = aliased(NameBigram)
            here = sa.and_(col(at.enterprise_id) == col(named.id), col(at.region) == col(named.region))
            query = query.join(at, sa.and_(col(at.bigram) == sa.bindparam(pair), here))
    return query


def _metres() -> ColumnElement[int]:
    """Whole metres to the cell's place, as services.rules.places measures them."""
    lon, lat = sa.bindparam("lon", type_=sa.Float), sa.bindparam("lat", type_=sa.Float)
    north = sa.func.sin(sa.func.radians(col(GridCell.lat) - lat) / 2)
    east = sa.func.sin(sa.func.radians(col(GridCell.lon) - lon) / 2)
    half = north * north + sa.func.cos(sa.func.radians(lat)) * sa.func.cos(sa.func.radians(col(GridCell.lat))) * (
        east * east
    )
    metres = 2 * MEAN_RADIUS_M * sa.func.asin(sa.func.least(1.0, sa.func.sqrt(half)))
    return sa.cast(sa.func.round(metres), sa.Integer)


_METRES = _metres()
NEAREST_FIRST = Order((_METRES, col(Enterprise.id)))


def _name_of(row: Any) -> tuple[object, ...]:
    return row.name, row.id


def _distance_of(row: Any) -> tuple[object, ...]:
    return row.distance_m, row.id


def _range_of(name: str, code: str) -> dict[str, object]:
    """Codes that begin with this one, as a range that walks an index of C collation."""
    return {f"{name}_from": code, f"{name}_past": code[:-1] + chr(ord(code[-1]) + 1)}


def _between(column: Any, name: str) -> ColumnElement[bool]:
    return sa.and_(column >= sa.bindparam(f"{name}_from"), column < sa.bindparam(f"{name}_past"))
