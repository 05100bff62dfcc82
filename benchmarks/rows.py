"""The rows that one report left, read back as a pattern: the floor inserts the same again in one statement."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

SCHEMAS = ("public", "procrastinate")
# What triggers write, and what tells of processes and sign-ins, not of the report.
NOT_OF_THE_REPORT = ("procrastinate_events", "procrastinate_workers", "device_session")
TABLES = """
    SELECT c.oid, n.nspname, c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = ANY(%s) AND NOT c.relname = ANY(%s)
"""
COLUMNS = """
    SELECT attname, atttypid FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''
      AND coalesce(pg_get_expr(adbin, adrelid), '') NOT LIKE 'nextval%%'
    ORDER BY attnum
"""
NOW = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint % 4294967296"
JSONB = 3802

Value = object
Connection = psycopg.Connection[tuple[Value, ...]]


@dataclass(frozen=True)
class Pattern:
    """Rows of several tables as one INSERT of many; what was new in them is new each time."""

    statement: bytes
    values: tuple[Value, ...]
    ids: frozenset[UUID]
    hashes: tuple[str, ...]

    @cached_property
    def _changing(self) -> list[int]:
        """Places of the values that differ from report to report."""
        told = [*map(str, self.ids), *self.hashes]
        return [place for place, value in enumerate(self.values) if any(known in _text(value) for known in told)]

    def again(self, hashes: Sequence[str]) -> list[Value]:
        """Parameters for the same rows with other ids, and with these SHA-256 of photos in place of the first."""
        changed = {**{str(known): str(uuid4()) for known in self.ids}, **dict(zip(self.hashes, hashes, strict=True))}
        values = list(self.values)
        for place in self._changing:
            values[place] = _with(values[place], changed)
        return values


def _text(value: Value) -> str:
    """Job arguments and lock names hold a hash too; events and raw reports name ids, but nothing checks those."""
    if isinstance(value, Jsonb):
        return json.dumps(value.obj)
    return str(value) if isinstance(value, UUID | str) and len(str(value)) < 100 else ""


def _with(value: Value, changed: dict[str, str]) -> Value:
    text = _text(value)
    found = changed.get(text)
    if found is None:
        known = next(known for known in changed if known in text)
        found = text.replace(known, changed[known])
    if isinstance(value, Jsonb):
        return Jsonb(json.loads(found))
    return UUID(found) if isinstance(value, UUID) else found


def moment(connection: Connection) -> int:
    """Rows of later transactions have this xmin or a greater one."""
    found = connection.execute(NOW).fetchone()
    assert found is not None
    return int(str(found[0]))


def pattern(connection: Connection, since: int, until: int) -> Pattern:
    """All that transactions between two moments inserted."""
    inserts: list[sql.Composed] = []
    values: list[Value] = []
    ids: set[UUID] = set()
    hashes: list[str] = []
    for oid, schema, table in connection.execute(TABLES, [list(SCHEMAS), list(NOT_OF_THE_REPORT)]).fetchall():
        columns = [(str(name), kind) for name, kind in connection.execute(COLUMNS, [oid]).fetchall()]
        names = [sql.Identifier(name) for name, _ in columns]
        place = sql.Identifier(str(schema), str(table))
        written = sql.SQL("xmin::text::bigint >= {} AND xmin::text::bigint < {}").format(since, until)
        chosen = sql.SQL("SELECT {} FROM {} WHERE {}").format(sql.SQL(", ").join(names), place, written)
        rows = connection.execute(chosen).fetchall()
        if not rows:
            continue
        known = [name for name, _ in columns]
        if "id" in known:
            ids |= {value for row in rows if isinstance(value := row[known.index("id")], UUID)}
        if table == "photo":
            hashes = [str(row[known.index("sha256")]) for row in rows]
        kinds = [kind for _, kind in columns]
        given = [Jsonb(v) if kind == JSONB else v for row in rows for kind, v in zip(kinds, row, strict=True)]
        inserts.append(_insert(place, names, len(rows), len(values) + 1))
        values += given
    statement = sql.SQL("WITH {} SELECT").format(sql.SQL(", ").join(_named(inserts))).as_bytes(connection)
    return Pattern(statement, tuple(values), frozenset(ids), tuple(hashes))


def _insert(place: sql.Identifier, names: list[sql.Identifier], rows: int, first: int) -> sql.Composed:
    """With the database's own placeholders, so that the driver has nothing to rewrite."""
    starts = range(first, first + rows * len(names), len(names))
    values = ", ".join(f"({', '.join(f'${start + number}' for number in range(len(names)))})" for start in starts)
    return sql.SQL("INSERT INTO {} ({}) VALUES ").format(place, sql.SQL(", ").join(names)) + sql.SQL(values)


def _named(inserts: Iterable[sql.Composed]) -> list[sql.Composed]:
    return [
        sql.SQL("{} AS ({})").format(sql.Identifier(f"part{number}"), insert) for number, insert in enumerate(inserts)
    ]
