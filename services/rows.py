"""Many new rows in one statement: a report writes some thirty into a dozen tables, and each round trip costs both ends.

Foreign keys are checked when a statement ends, so inside one the order of tables does not matter.
"""

import json
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel


async def insert_new(tx: AsyncSession) -> None:
    """Write what was added to the transaction; the rows are the session's no longer, so change none of them after it.

    Each row brings its values along: defaults of the database are not asked for. Raises IntegrityError.
    """
    rows: dict[sa.Table, list[SQLModel]] = {}
    for row in list(tx.new):
        rows.setdefault(_table(row), []).append(row)
        tx.expunge(row)
    if not rows:
        return
    given = {table.name: json.dumps([_values(row) for row in each], ensure_ascii=False) for table, each in rows.items()}
    await (await tx.connection()).exec_driver_sql(_statement(tuple(rows)), given)


@lru_cache
def _statement(tables: tuple[sa.Table, ...]) -> str:
    """WITH new_a AS (INSERT INTO a … SELECT … FROM json_to_recordset(…)), new_b AS (…) SELECT 1: one parameter each."""
    every: sa.Select[int] = sa.select(sa.literal_column("1", sa.Integer)).add_cte(*map(_insert, tables))
    return str(every.compile(dialect=postgresql.psycopg.dialect()))  # type: ignore[no-untyped-call]


def _insert(table: sa.Table) -> sa.CTE:
    columns = [sa.column(column.name, column.type) for column in _written(table)]
    rows = sa.cast(sa.bindparam(table.name, type_=sa.Text), sa.JSON)
    source = sa.func.json_to_recordset(rows).table_valued(*columns, name="given").render_derived(with_types=True)
    names = [column.name for column in columns]
    return sa.insert(table).from_select(names, sa.select(source)).cte(f"new_{table.name}")


@lru_cache
def _written(table: sa.Table) -> tuple[sa.Column[Any], ...]:
    """Every column but numbers that the database gives."""
    return tuple(column for column in table.columns if column.identity is None)


def _table(row: SQLModel) -> sa.Table:
    table: sa.Table = sa.inspect(type(row)).local_table
    return table


def _values(row: SQLModel) -> dict[str, object]:
    return {column.name: _as_json(getattr(row, column.name)) for column in _written(_table(row))}


def _as_json(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return value
