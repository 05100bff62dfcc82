"""Rows against the events that tell of them: what the events add up to is what must stand there.

Two people may change a row in another order than their requests began, so events of a row are not replayed but counted:
each takes away what was before and adds what came after, and one value must be left over, whatever their order.
"""

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from models.events import Event
from models.words import EventKind
from services.log.checking.faults import Fault
from services.log.checking.named import Named, strays, use_faults
from services.log.checking.written import as_written
from services.rules.canonical import canonical_json
from services.sealing import box_hash

AT_ONCE = 500

UNTOLD = {
    ("visit", "region"): "it follows the enterprise (decision 0005)",
    ("inspection", "region"): "it follows the enterprise (decision 0005)",
    ("finding", "region"): "it follows the enterprise (decision 0005)",
    ("photo", "no_pictures"): "what the decoder made of the bytes, not what anybody did",
    ("device_session", "generation"): "it rises with each refresh of a token",
    ("device_session", "rotated_at"): "the time of the last refresh",
    ("device_session", "queue_count"): "what the phone said last of what waits on it",
    ("device_session", "queue_oldest_at"): "what the phone said last of what waits on it",
    ("device_session", "queue_told_at"): "what the phone said last of what waits on it",
}
"""Columns that change without an event, and why that is no change of state."""

BESIDE = {
    ("inspection", "officers"): (  # as services/inspections/keeping.py tells of them
        "SELECT inspection_id, user_id || ' ' || coalesce(card_number, '-') || ' ' "
        "|| CASE WHEN card_valid THEN 'valid' ELSE 'not valid' END "
        "FROM inspection_inspector WHERE inspection_id = ANY(:ids)"
    ),
    ("visit", "inspectors"): "SELECT visit_id, user_id FROM visit_inspector WHERE visit_id = ANY(:ids)",
    ("enterprise", "industries"): (
        "SELECT enterprise_id, industry FROM enterprise_industry WHERE enterprise_id = ANY(:ids)"
    ),
    ("department", "industries"): (
        "SELECT department_id, industry FROM department_industry WHERE department_id = ANY(:ids)"
    ),
}
"""What an event tells beside the row, as a list that lies in another table."""

NO_ROW = {
    ("inspection", "report_sha256"),
    ("inspection", "photo_uses"),
    ("finding", "photo_uses"),
    ("log_epoch", "papers"),
    ("enterprise", "took_in"),
    ("arrival_confirmation", "enterprise_id"),  # for whoever sees the event; its code's own events tell it
}
"""What an event tells beside the row that is no column of it: sent.py and named.py beside this file, or a fact of that
day or of another row."""

PAPERS = {
    "finding": (
        *("extension", "ordered_finding", "rectification", "rectification_plan", "reinspection_result"),
        *("transfer", "withdrawal", "write_off"),
    ),
    "orders": ("order_document",),
}
"""Papers on the file of a record, which its events tell as `table.column`."""
BY = {"finding": "finding_id", "orders": "order_id"}
BYTES = {"order_document": "pdf"}
"""What is told by its hash alone: services/log/checking/sent.py holds the bytes to it."""

GO_ALONG = {(table, "enterprise_id") for table in ("visit", "inspection", "finding", "invitation", "avoidance")}
"""What goes into another enterprise with its own (decision 0023), as the events of that one tell."""

_MERGED = sa.text("SELECT id, merged_into FROM enterprise WHERE merged_into IS NOT NULL")
_OF_TABLE = sa.select(Event).order_by(col(Event.subject_id), col(Event.at), col(Event.id))
Counts = dict[str, "Counter[str]"]


@dataclass
class Told:
    """What the events of one subject add up to: by column, and by `table.column` of the papers on its file."""

    subject: str
    subject_id: UUID
    lives: list[dict[str, Any]] = field(default_factory=list)
    ended: int = 0
    counts: Counts = field(default_factory=lambda: defaultdict(Counter))
    named: Named = field(default_factory=Named)

    def hear(self, event: Event) -> Iterator[str]:
        """One event more; what contradicts itself is said."""
        body = json.loads(event.body)
        before, after = body["before"], body["after"]
        if before is None:
            self.lives.append(after)
        self.named.hear(event, after)
        self._count(after, 1)
        self._count(before or {}, -1)
        if event.kind == EventKind.PHOTO_DETACHED.value:
            self.ended += 1
            gone = next((life for life in self.lives if life["sha256"] == body["note"]), None)
            if gone is None:
                yield f"event {event.id} takes away a photo that none brought"
                return
            self.lives.remove(gone)
            self._count(gone, -1)

    def _count(self, values: dict[str, Any], by: int) -> None:
        for name, value in values.items():
            self.counts[name][_text(value)] += 0 if value is None else by

    @property
    def columns(self) -> list[str]:
        """What was told of the row itself."""
        return sorted(name for name in self.counts if "." not in name)

    def tells_of(self, paper: str) -> bool:
        """Whether such papers are told of: an order of a version that did not tell yet says nothing of its own."""
        return self.subject != "orders" or any(name.startswith(f"{paper}.") for name in self.counts)

    def left(self, name: str, now: Mapping[str, str] = MappingProxyType({})) -> list[str]:
        """The values that are left over; a negative one shows as a value that was taken away and never came.

        `now` says what a value that was told has become since, elsewhere told of.
        """
        counts: Counter[str] = Counter()
        for value, times in self.counts[name].items():
            counts[now.get(value, value)] += times
        return sorted(value for value, times in counts.items() for _ in range(abs(times)))


async def row_faults(tx: AsyncSession) -> AsyncIterator[Fault]:
    """Every row that events tell of, and every row of such a table that none does."""
    for table in await _subjects(tx):
        if table not in SQLModel.metadata.tables:
            yield Fault(f"events of {table}", "there is no such table")
            continue
        rows = await tx.stream(_OF_TABLE.where(col(Event.subject) == table), execution_options={"yield_per": 1_000})
        batch: dict[UUID, Told] = {}
        async for event in rows.scalars():
            if event.subject_id not in batch:
                if len(batch) >= AT_ONCE:
                    async for fault in _batch_faults(tx, table, batch):
                        yield fault
                    batch = {}
                batch[event.subject_id] = Told(table, event.subject_id)
            try:
                contradictions = list(batch[event.subject_id].hear(event))
            except (ValueError, KeyError, TypeError, AttributeError):
                contradictions = []  # its body cannot be read: services/log/checking/told.py names it
            for what in contradictions:
                yield Fault(f"{table} {event.subject_id}", what)
        async for fault in _batch_faults(tx, table, batch):
            yield fault
    async for fault in _never_told(tx):
        yield fault
    async for fault in strays(tx):
        yield fault


async def _subjects(tx: AsyncSession) -> list[str]:
    """Tables that events tell of."""
    return sorted((await tx.scalars(sa.select(col(Event.subject)).distinct())).all())


async def _batch_faults(tx: AsyncSession, table: str, batch: dict[UUID, Told]) -> AsyncIterator[Fault]:
    if not batch:
        return
    rows = await _rows(tx, table, batch)
    beside = {name: await _beside(tx, query, batch) for (of, name), query in BESIDE.items() if of == table}
    merged = {_text(one): _text(into) for one, into in (await tx.execute(_MERGED)).all()}
    for subject_id, told in batch.items():
        lists = {name: found[subject_id] for name, found in beside.items()}
        for what in _own_faults(told, rows.get(subject_id), lists, merged):
            yield Fault(f"{table} {subject_id}", what)
    for paper in PAPERS.get(table, ()):
        async for fault in _paper_faults(tx, paper, batch, BY[table]):
            yield fault
    async for fault in use_faults(tx, table, {subject_id: told.named for subject_id, told in batch.items()}):
        yield fault


def _own_faults(
    told: Told, row: dict[str, Any] | None, beside: dict[str, list[Any]], merged: dict[str, str]
) -> Iterator[str]:
    """Records of an enterprise that was merged stand with the other one (decision 0023), as its own events tell."""
    is_gone = bool(told.ended) and not told.lives
    if row is None:
        if not is_gone:
            yield "events tell of it, but the row is not there"
        return
    if is_gone or not told.lives:
        yield "the row is there, but its events tell of no beginning"
        return
    for name in told.columns:
        if (told.subject, name) in UNTOLD or (told.subject, name) in NO_ROW:
            continue
        if name in beside:
            if [_text(sorted(json.loads(value))) for value in told.left(name)] != [_text(sorted(beside[name]))]:
                yield f"{name} is not what its events say"
        elif name not in row:
            yield f"its events tell of {name}, which is no column of it"
        elif told.left(name, merged if (told.subject, name) in GO_ALONG else {}) != (
            [] if row[name] is None else [_text(row[name])]
        ):
            yield f"column {name} is not what its events say"


async def _paper_faults(tx: AsyncSession, paper: str, batch: dict[UUID, Told], by: str) -> AsyncIterator[Fault]:
    """Papers of records: those on file must be those that were told, whichever of them said what."""
    table = SQLModel.metadata.tables[paper]
    columns = [column for column in table.c if column.name != BYTES.get(paper)]
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = await tx.execute(sa.select(*as_written(columns)).where(table.c[by].in_(batch)))
    for row in rows.mappings().all():
        found[row[by]].append(dict(row))
    for record_id, told in batch.items():
        if not told.tells_of(paper):
            continue
        for column in sorted({column.name for column in columns} - {by}):
            there = sorted(_text(row[column]) for row in found[record_id] if row[column] is not None)
            if told.left(f"{paper}.{column}") != there:
                yield Fault(f"{paper} of {told.subject} {record_id}", f"column {column} is not what its events say")


async def _rows(tx: AsyncSession, table: str, batch: dict[UUID, Told]) -> dict[UUID, dict[str, Any]]:
    """The rows by the id that events know them by."""
    source = SQLModel.metadata.tables[table]
    if "id" in source.c:
        found = await tx.execute(sa.select(*as_written(source.c)).where(source.c.id.in_(batch)))
        return {row["id"]: _with_hash(dict(row)) for row in found.mappings().all()}
    rows = (await tx.execute(sa.select(*as_written(source.c)))).mappings().all()
    return {_id_of(table, row["code"]): dict(row) for row in rows}


def _with_hash(row: dict[str, Any]) -> dict[str, Any]:
    """Events tell of a sealed box by its hash (decision 0014): here it is made of the box that lies there."""
    box = row.get("sealed")
    return row if box is None else {**row, "sealed_sha256": box_hash(box)}


async def _beside(tx: AsyncSession, query: str, batch: dict[UUID, Told]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for subject_id, value in (await tx.execute(sa.text(query), {"ids": list(batch)})).all():
        found[subject_id].append(str(value))
    return found


_OF_EVENTS = {
    "avoidance",
    "bulk_reading",
    "stand_in",
    "invitation",
    "gate_code",
    "draw",
    "department",
    "enterprise",
    "enterprise_import",
    "finding",
    "inspection",
    "log_epoch",
    "orders",
    "organ",
    "photo",
    "region",
    "users",
    "visit",
    "device_session",
}
"""Tables whose every row must have been told of."""


async def _never_told(tx: AsyncSession) -> AsyncIterator[Fault]:
    for table in sorted(_OF_EVENTS):
        source = SQLModel.metadata.tables[table]
        key = source.c.id if "id" in source.c else source.c.code
        if "id" in source.c:
            told = sa.exists().where(col(Event.subject_id) == key, col(Event.subject) == table)
            silent = await tx.execute(sa.select(key).where(~told))
            names = [row[0] for row in silent.all()]
        else:
            known = set((await tx.scalars(sa.select(col(Event.subject_id)).where(col(Event.subject) == table))).all())
            names = [code for (code,) in (await tx.execute(sa.select(key))).all() if _id_of(table, code) not in known]
        for name in names:
            yield Fault(f"{table} {name}", "no event tells of this row")
    for subject, papers in PAPERS.items():
        for paper in papers:
            by = SQLModel.metadata.tables[paper].c[BY[subject]]
            told = sa.exists().where(col(Event.subject_id) == by, col(Event.subject) == subject)
            for (record_id,) in (await tx.execute(sa.select(by).where(~told))).all():
                yield Fault(f"{paper} of {subject} {record_id}", "no event tells of the record")


def _id_of(table: str, code: str) -> UUID:
    """As services/events.py `subject_id_of` makes it."""
    return uuid5(NAMESPACE_URL, f"{table}:{code}")


def _text(value: object) -> str:
    """One text for one value; a number that came as 12 is the database's 12.0, bytes are told as hexadecimal digits."""
    value = value.hex() if isinstance(value, bytes) else value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return canonical_json(float(value) if is_number else value).decode()  # type: ignore[arg-type]
