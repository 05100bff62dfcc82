"""Keyset paging for every list: rows after a key, in the order of the key's columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.errors import InvalidInput
from services.readings import tell

Row = TypeVar("Row")
Key = tuple[str | None, ...]


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """Some rows, and the key of the last one if there are more."""

    rows: Sequence[Row] = field(default_factory=list)
    last: Key | None = None


@dataclass(frozen=True)
class Order:
    """The columns that order a list; the last one is unique. Nulls must not occur: give a coalesced expression."""

    columns: tuple[Any, ...]
    descending: bool = False

    def after(self, key: Key) -> ColumnElement[bool]:
        """The rows behind a key. Raises InvalidInput when the key is not of this list."""
        values = self.values(key).values()
        return self._is_past([sa.literal(v, c.type) for v, c in zip(values, self.columns, strict=True)])

    def after_places(self) -> ColumnElement[bool]:
        """The same of a statement that is built once, and asked with the `values` of a key."""
        places = zip(self._names(), self.columns, strict=True)
        return self._is_past([sa.bindparam(name, type_=column.type) for name, column in places])

    def values(self, key: Key) -> dict[str, object]:
        """A key's values by the names of their places. Raises InvalidInput when the key is not of this list."""
        if len(key) != len(self.columns):
            raise _foreign()
        return {
            name: _parsed(column, text) for name, column, text in zip(self._names(), self.columns, key, strict=True)
        }

    def _is_past(self, bounds: Sequence[Any]) -> ColumnElement[bool]:
        mine, bound = sa.tuple_(*self.columns), sa.tuple_(*bounds)
        return mine < bound if self.descending else mine > bound

    def _names(self) -> list[str]:
        return [f"after_{place}" for place in range(len(self.columns))]

    def by(self) -> list[ColumnElement[Any]]:
        """For ORDER BY."""
        return [column.desc() if self.descending else column.asc() for column in self.columns]


KeyOf = Callable[[Any], Sequence[object]]
"""A row's values for the order's columns."""


async def slice_of(
    tx: AsyncSession, query: Select[Any], order: Order, key_of: KeyOf, *, after: Key | None, limit: int
) -> Slice[Any]:
    """At most `limit` rows of a table behind `after`."""
    return _cut(tx, (await tx.scalars(_behind(query, order, after, limit))).all(), key_of, limit)


async def rows_of(
    tx: AsyncSession, query: Select[*tuple[Any, ...]], order: Order, key_of: KeyOf, *, after: Key | None, limit: int
) -> Slice[Any]:
    """The same of a query for columns, which costs half as much where a list shows few of a table's."""
    return _cut(tx, (await tx.execute(_behind(query, order, after, limit))).all(), key_of, limit)


def page_statement(query: Select[*tuple[Any, ...]], order: Order, *, is_first: bool) -> Select[*tuple[Any, ...]]:
    """A page without its values: built once where a list is asked so often that building it would cost most."""
    if not is_first:
        query = query.where(order.after_places())
    return query.order_by(*order.by()).limit(sa.bindparam("most", type_=sa.Integer))


async def page_of(
    tx: AsyncSession,
    statement: Select[*tuple[Any, ...]],
    order: Order,
    key_of: KeyOf,
    values: Mapping[str, object],
    *,
    after: Key | None,
    limit: int,
) -> Slice[Any]:
    """The rows of a `page_statement`, asked with these values."""
    behind = {} if after is None else order.values(after)
    rows = (await tx.execute(statement, {**values, **behind, "most": limit + 1})).all()
    return _cut(tx, rows, key_of, limit)


def _behind(query: Select[*tuple[Any, ...]], order: Order, after: Key | None, limit: int) -> Select[*tuple[Any, ...]]:
    """One more than the limit tells whether there are more."""
    if after is not None:
        query = query.where(order.after(after))
    return query.order_by(*order.by()).limit(limit + 1)


def _cut(tx: AsyncSession, rows: Sequence[Any], key_of: KeyOf, limit: int) -> Slice[Any]:
    tell(tx, min(len(rows), limit))
    if len(rows) <= limit:
        return Slice(rows)
    return Slice(rows[:limit], tuple(_text(value) for value in key_of(rows[limit - 1])))


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _parsed(column: Any, text: str | None) -> object:
    # A decorated type, such as SQLModel's time in UTC, tells only by the one it wraps what Python makes of it.
    kind: type = getattr(column.type, "impl_instance", column.type).python_type
    try:
        if text is None:
            raise ValueError
        if kind is datetime:
            return datetime.fromisoformat(text)
        if kind is date:
            return date.fromisoformat(text)
        return UUID(text) if kind is UUID else kind(text)
    except ValueError:
        raise _foreign() from None


def _foreign() -> InvalidInput:
    return InvalidInput.at("#/query/cursor", "cursor_unreadable", "this is not a cursor of this list")
