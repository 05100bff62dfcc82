"""Finding an enterprise 在门口查找: by name, pinyin, code, phone or place. Every part reaches an index (design 6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple
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
from services.access import Actor, sees
from services.enterprises.queries import shown
from services.errors import InvalidInput
from services.paging import Key, Order, Slice, rows_of
from services.rules.clocks import SHANGHAI
from services.rules.codes import normalise_code
from services.rules.grid import cells_around
from services.rules.names import normalise_name
from services.rules.places import MEAN_RADIUS_M, Place, to_wgs84
from services.rules.search_keys import asked_keys

BY_NAME = Order((col(Enterprise.name), col(Enterprise.id)))

SHORTEST_TEXT = 2
SHORTEST_CODE = 4
MOST_PAIRS = 4
"""Pairs of a text that are asked by index, the rest by comparing the whole text: with six, planning took 10 ms more."""

_PLAN_FOR_THIS_ASKER = sa.select(sa.func.set_config("plan_cache_mode", "force_custom_plan", True))
"""A prepared question keeps one plan for all, and what suits a town reads the whole register of a county."""

# Made once: an alias of a table of twenty columns costs more than the question that is asked with it.
NAMED, CODED, PAST = aliased(Enterprise), aliased(Enterprise), aliased(Enterprise)
PAIRS = [aliased(NameBigram) for _ in range(MOST_PAIRS)]


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


class Found(NamedTuple):
    """One row of a list."""

    enterprise: Enterprise
    distance_m: int | None


async def list_enterprises(
    tx: AsyncSession, actor: Actor, filters: Filters, *, after: Key | None, limit: int
) -> Slice[EnterpriseListed]:
    """Enterprises in sight, by name, or the nearest first. Raises InvalidInput for a `q` of one character."""
    query, order = listed(sees(actor, Enterprise), filters)
    if _depends_on_who_asks(filters):
        await tx.execute(_PLAN_FOR_THIS_ASKER)
    found = await rows_of(tx, query, order, _key_of(filters), after=after, limit=limit)
    rows = [Found(*row) for row in found.rows]
    read = await shown(tx, actor, [row.enterprise for row in rows])
    items = [EnterpriseListed(**dict(one), distance_m=row.distance_m) for one, row in zip(read, rows, strict=True)]
    return Slice(items, found.last)


def _depends_on_who_asks(filters: Filters) -> bool:
    """Whether the rows are best reached by the filter or by the sight, according to how much there is of each."""
    return filters.not_visited_since is not None or filters.has_open_findings is not None


def listed(seen: ColumnElement[bool], filters: Filters) -> tuple[Select[*tuple[Any, ...]], Order]:
    """The question behind a list, and its order. Raises InvalidInput."""
    one: Select[*tuple[Any, ...]] = sa.select(Enterprise, sa.null().label("distance_m"))
    query = asked(one.where(seen), filters)
    if filters.near is None:
        return query, BY_NAME
    metres = _metres_from(filters.near.place)
    query = query.with_only_columns(Enterprise, metres.label("distance_m"))
    query = query.join(GridCell, col(GridCell.enterprise_id) == col(Enterprise.id))
    around = cells_around(filters.near.place, filters.near.radius_m)
    query = query.where(col(GridCell.cell).in_(around), metres <= filters.near.radius_m)
    return query, Order((metres, col(Enterprise.id)))


def asked(query: Select[*tuple[Any, ...]], filters: Filters) -> Select[*tuple[Any, ...]]:
    """The query narrowed by the filters. Raises InvalidInput."""
    return query.where(*_conditions(filters))


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.region is not None:
        yield _between(col(Enterprise.region), filters.region)
    if filters.industry is not None:
        linked = sa.select(col(EnterpriseIndustry.enterprise_id))
        yield col(Enterprise.id).in_(linked.where(col(EnterpriseIndustry.industry) == filters.industry))
    if filters.status is None:
        yield col(Enterprise.status) != EnterpriseStatus.MERGED  # the past of another one, and no place to visit
    for column, value in ((Enterprise.status, filters.status), (Enterprise.size, filters.size)):
        if value is not None:
            yield col(column) == value
    if filters.risk is not None:
        yield col(Enterprise.risk) == filters.risk
    if filters.not_visited_since is not None:
        yield ~_visited_since(filters.not_visited_since)
    if filters.has_open_findings is not None:
        yield _has_open_findings() if filters.has_open_findings else ~_has_open_findings()
    if filters.q is not None:
        yield _found(filters.q)


def _visited_since(day: date) -> ColumnElement[bool]:
    """Inspected on that day or later; a patrol is no inspection."""
    of_it = sa.exists().where(
        col(Inspection.enterprise_id) == col(Enterprise.id),
        col(Inspection.arrived_at) >= datetime.combine(day, time(), SHANGHAI),
        col(Inspection.state) == InspectionState.ACCEPTED,
        col(Inspection.kind) != InspectionKind.PATROL,
    )
    return of_it.correlate(Enterprise)


def _has_open_findings() -> ColumnElement[bool]:
    of_it = sa.exists().where(col(Finding.enterprise_id) == col(Enterprise.id), col(Finding.state).in_(OPEN))
    return of_it.correlate(Enterprise)


def _found(q: str) -> ColumnElement[bool]:
    """Enterprises whose name contains the text or is read so, or that have a code or a phone that is meant by it."""
    text = normalise_name(q)
    if len(text) < SHORTEST_TEXT:
        raise InvalidInput.at("#/query/q", "query_too_short", "two characters at least")
    parts = [_named(text)]
    code = normalise_code(q)
    was = [sa.func.strpos(col(PAST.name_normal), text) > 0]
    if len(code) >= SHORTEST_CODE and code.isascii() and code.replace("-", "").isalnum():
        parts += [sa.select(col(CODED.id)).where(_between(column, code)) for column in (CODED.uscc, CODED.office_code)]
        was += [_between(column, code) for column in (PAST.uscc, PAST.office_code)]
    keyed = sa.select(col(SearchKey.enterprise_id))
    parts += [keyed.where(_between(col(SearchKey.key), key)) for key in asked_keys(q)]
    was_merged = col(PAST.merged_into).is_not(None)  # by its own index: they are few
    parts.append(sa.select(sa.type_coerce(col(PAST.merged_into), sa.Uuid())).where(was_merged, sa.or_(*was)))
    return col(Enterprise.id).in_(sa.union_all(*parts))


def _named(text: str) -> Select[UUID]:
    """Ids of names that contain the text: its pairs are asked by equality, then the whole is compared."""
    query = sa.select(col(NAMED.id)).where(sa.func.strpos(col(NAMED.name_normal), text) > 0)
    pairs = dict.fromkeys(text[at : at + 2] for at in range(len(text) - 1))
    for pair, at in zip(pairs, PAIRS, strict=False):
        here = sa.and_(col(at.enterprise_id) == col(NAMED.id), col(at.region) == col(NAMED.region))
        query = query.join(at, sa.and_(col(at.bigram) == pair, here))
    return query


def _metres_from(place: Place) -> ColumnElement[int]:
    """Whole metres to the cell's place, as services.rules.places measures them."""
    lon, lat = to_wgs84(place)
    north = sa.func.sin(sa.func.radians(col(GridCell.lat) - lat) / 2)
    east = sa.func.sin(sa.func.radians(col(GridCell.lon) - lon) / 2)
    half = north * north + sa.func.cos(sa.func.radians(lat)) * sa.func.cos(sa.func.radians(col(GridCell.lat))) * (
        east * east
    )
    metres = 2 * MEAN_RADIUS_M * sa.func.asin(sa.func.least(1.0, sa.func.sqrt(half)))
    return sa.cast(sa.func.round(metres), sa.Integer)


def _key_of(filters: Filters) -> Any:
    if filters.near is None:
        return lambda row: (row[0].name, row[0].id)
    return lambda row: (row[1], row[0].id)


def _between(column: Any, code: str) -> ColumnElement[bool]:
    """Codes that begin with this one, as a range that walks an index of C collation."""
    return sa.and_(column >= code, column < code[:-1] + chr(ord(code[-1]) + 1))
