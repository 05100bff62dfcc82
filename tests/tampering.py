"""Random single tamperings, made straight in the database or on the disk as somebody does who owns both."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlmodel import SQLModel

from services.log.checking.rows import BY, NO_ROW, PAPERS, UNTOLD
from services.rules.canonical import event_hash

Row = dict[str, Any]

EVENT_COLUMNS = ("at", "kind", "subject", "subject_id", "actor_id", "region", "enterprise_id", "body", "nonce", "hash")
"""What an event says of itself; its id is tampered with by taking it away."""


@dataclass(frozen=True)
class Deed:
    """What was done, and the words of which one line of the check must name it."""

    what: str
    names: tuple[str, ...]


TOUCHED = (
    *("event", "log_leaf", "log_node", "log_checkpoint", "log_epoch", "inspection_version", "photo_use"),
    *("answer", "inspection_inspector"),
    *(paper for papers in PAPERS.values() for paper in papers),
)
"""Beside the tables that events tell of."""

MADE_UP = {
    "finding": "id",
    "inspection": "id",
    **dict.fromkeys(("rectification_plan", "rectification", "extension"), "id"),
    **dict.fromkeys(("ordered_finding", "order_document"), "order_id"),
    "reinspection_result": "inspection_id",
    "photo_use": "photo_id",
}
"""Rows that are put in as copies of others, under another key."""

OF_KIND: dict[str, Any] = {
    "uuid": UUID("0198f2a0-0000-7000-8000-0000000000ff"),
    "timestamp with time zone": datetime(2026, 11, 24, tzinfo=UTC),
    "date": date(2026, 11, 24),
    "integer": 7,
    "bigint": 7,
    "double precision": 7.5,
    "boolean": True,
    "text": "某某",
    "character varying": "42",
}
"""What stands where nothing stood."""

CHECKS_BETWEEN = """
    SELECT conrelid::regclass::text AS name, conname, pg_get_constraintdef(oid) AS said FROM pg_constraint
    WHERE contype = 'c' AND cardinality(conkey) > 1 AND conrelid::regclass::text = ANY (%s)
"""
"""Checks of one column against another: who owns the database takes them away before they edit one of the two."""


class Tamperer:
    """Does one thing to the database or the store; `undo` puts all back as it was."""

    def __init__(self, connection: "psycopg.Connection[Row]", photos: Path, chance: random.Random) -> None:
        self.db, self.photos, self.chance = connection, photos, chance
        self._disk: tuple[Path, bytes] | None = None
        query = (
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        )
        found = connection.execute(query).fetchall()
        self._kinds = {(row["table_name"], row["column_name"]): row["data_type"] for row in found}
        connection.execute("DROP SCHEMA IF EXISTS honest CASCADE; CREATE SCHEMA honest")
        subjects = [row["subject"] for row in connection.execute("SELECT DISTINCT subject FROM event").fetchall()]
        self._touched = sorted({*TOUCHED, *subjects})
        for table in self._touched:
            connection.execute(f"CREATE TABLE honest.{table} AS SELECT * FROM public.{table}")
        self._checks = connection.execute(CHECKS_BETWEEN, [self._touched]).fetchall()
        for check in self._checks:
            connection.execute(f"ALTER TABLE {check['name']} DROP CONSTRAINT {check['conname']}")

    def leave(self) -> None:
        """The copies go, and what was taken from the tables comes back."""
        for check in self._checks:
            self.db.execute(f"ALTER TABLE {check['name']} ADD CONSTRAINT {check['conname']} {check['said']}")
        self.db.execute("DROP SCHEMA honest CASCADE")

    def undo(self) -> None:
        """All as it was."""
        deletes = "".join(f"DELETE FROM {t}; INSERT INTO {t} SELECT * FROM honest.{t};" for t in self._touched)
        self.db.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes} COMMIT")
        if self._disk is not None:
            path, data = self._disk
            path.unlink(missing_ok=True)
            path.write_bytes(data)
            self._disk = None

    def tamper(self) -> Deed:
        """One of the ways, at random."""
        self.db.execute("BEGIN")
        self.db.execute("SET LOCAL session_replication_role = replica")
        ways: list[Callable[[], Deed]] = [
            self.edit_event,
            self.edit_event,
            self.delete_event,
            self.insert_event,
            self.swap_events,
            self.edit_row,
            self.edit_row,
            self.edit_row,
            self.delete_row,
            self.insert_row,
            self.edit_paper,
            self.edit_paper,
            self.delete_paper,
            self.edit_use,
            self.edit_use,
            self.delete_use,
            self.edit_photo,
            self.delete_photo,
            self.truncate_log,
            self.edit_leaf,
            self.swap_leaves,
            self.edit_node,
            self.edit_checkpoint,
            self.delete_checkpoint,
            self.edit_report,
            self.edit_answer,
            self.delete_answer,
            self.edit_officer,
            self.delete_officer,
        ]
        deed = self.chance.choice(ways)()
        self.db.execute("COMMIT")
        return deed

    def edit_event(self) -> Deed:
        """One column of one event; also with a hash that fits its body again."""
        row, column = self._any("event"), self.chance.choice(EVENT_COLUMNS)
        self._set("event", {"id": row["id"]}, {column: self._fitting("event", column, row[column])})
        if column in ("body", "nonce") and self.chance.random() < 0.5:
            changed = self._one("SELECT * FROM event WHERE id = %s", row["id"])
            fitting = event_hash(changed["body"].encode(), bytes(changed["nonce"])[:16].ljust(16, b"0"))
            self._set("event", {"id": row["id"]}, {"hash": fitting})
        return Deed(f"edit event.{column}", (str(row["id"]),))

    def delete_event(self) -> Deed:
        row = self._any("event")
        self.db.execute("DELETE FROM event WHERE id = %s", [row["id"]])
        return Deed("delete event", (str(row["id"]),))

    def insert_event(self) -> Deed:
        """A copy of another under an id of its own, whole in itself."""
        row = self._any("event")
        new = uuid4()
        body = row["body"].replace(str(row["id"]), str(new))
        self._insert("event", {**row, "id": new, "body": body, "hash": event_hash(body.encode(), bytes(row["nonce"]))})
        return Deed("insert event", (str(new),))

    def swap_events(self) -> Deed:
        one, other = self._two("event", "id")
        for mine, theirs in ((one, other), (other, one)):
            self._set("event", {"id": mine["id"]}, {name: theirs[name] for name in ("body", "nonce", "hash")})
        return Deed("swap events", (str(one["id"]),))

    def edit_row(self) -> Deed:
        """Any told column of any row that events name."""
        event = self._one("SELECT subject, subject_id FROM event WHERE subject <> 'region' ORDER BY random() LIMIT 1")
        table, row_id = event["subject"], event["subject_id"]
        found = self.db.execute(sql.SQL("SELECT * FROM {} WHERE id = %s").format(sql.Identifier(table)), [row_id])
        row = found.fetchone()
        if row is None:
            return self.edit_row()
        told = self._one("SELECT body FROM event WHERE subject_id = %s ORDER BY at, id LIMIT 1", row_id)
        names = [
            name for name in self._told(told["body"]) if name in row and name != "id" and self._is_told(table, name)
        ]
        column = self.chance.choice(sorted(names))
        self._set(table, {"id": row_id}, {column: self._fitting(table, column, row[column])})
        return Deed(f"edit {table}.{column}", (str(row_id), column))

    def delete_row(self) -> Deed:
        event = self._one("SELECT subject, subject_id FROM event WHERE subject <> 'region' ORDER BY random() LIMIT 1")
        table, row_id = sql.Identifier(event["subject"]), event["subject_id"]
        if not self.db.execute(sql.SQL("DELETE FROM {} WHERE id = %s").format(table), [row_id]).rowcount:
            return self.delete_row()
        return Deed(f"delete {event['subject']}", (str(row_id),))

    def insert_row(self) -> Deed:
        """A finding, an inspection, a paper or a photo's naming that nobody ever reported."""
        table, new = self.chance.choice(sorted(MADE_UP)), uuid4()
        row = {**self._any(table), MADE_UP[table]: new}
        self._insert(table, row)
        return Deed(f"insert {table}", (table, str(row["finding_id"] if table in PAPERS["finding"] else new)))

    def edit_paper(self) -> Deed:
        """One column of a paper on some record's file; or its bytes, perhaps with a hash that fits."""
        subject, table, row = self._paper()
        column = self.chance.choice(sorted(set(row) - {BY[subject]}))
        key = {name: row[name] for name in ("id", "order_id", "inspection_id", BY[subject]) if name in row}
        value = self._fitting(table, column, row[column])
        fits = {"sha256": sha256(value).digest()} if column == "pdf" and self.chance.random() < 0.5 else {}
        self._set(table, key, {column: value, **fits})
        return Deed(f"edit {table}.{column}", (table, str(row[BY[subject]])))

    def delete_paper(self) -> Deed:
        subject, table, row = self._paper()
        key = {name: row[name] for name in ("id", "order_id", "inspection_id", BY[subject]) if name in row}
        self._delete(table, key)
        return Deed(f"delete {table}", (table, str(row[BY[subject]])))

    def edit_use(self) -> Deed:
        """What a record says of a photo that it names, or where that can be seen."""
        row = self._any("photo_use")
        key = {name: row[name] for name in ("photo_id", "subject_id")}
        column = self.chance.choice(sorted(row))
        self._set("photo_use", key, {column: self._fitting("photo_use", column, row[column])})
        return Deed(f"edit photo_use.{column}", ("photo_use", str(row["photo_id"])))

    def delete_use(self) -> Deed:
        row = self._any("photo_use")
        self._delete("photo_use", {name: row[name] for name in ("photo_id", "subject_id")})
        return Deed("delete photo_use", ("photo_use", str(row["photo_id"])))

    def edit_photo(self) -> Deed:
        """A bit, or the tail, of an original."""
        row = self._any("photo")
        path = self._original(row["sha256"])
        data = path.read_bytes()
        self._disk = (path, data)
        at = self.chance.randrange(len(data))
        changed = data[:at] if self.chance.random() < 0.3 else data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        path.unlink()
        path.write_bytes(changed)
        return Deed("edit photo", (str(row["id"]),))

    def delete_photo(self) -> Deed:
        row = self._any("photo")
        path = self._original(row["sha256"])
        self._disk = (path, path.read_bytes())
        path.unlink()
        return Deed("delete photo", (str(row["id"]),))

    def truncate_log(self) -> Deed:
        """Everything from some leaf on: events, leaves, nodes and heads, as if it had never been."""
        size = self._one("SELECT max(position) AS size FROM log_leaf")["size"]
        first = self.chance.randint(1, size)
        self.db.execute("DELETE FROM event WHERE id IN (SELECT event_id FROM log_leaf WHERE position >= %s)", [first])
        self.db.execute("DELETE FROM log_leaf WHERE position >= %s", [first])
        self.db.execute("DELETE FROM log_node WHERE ((place + 1) << level) > %s", [first])
        self.db.execute("DELETE FROM log_checkpoint WHERE size > %s", [first])
        return Deed("truncate", ("the head kept beside the photos",))

    def edit_leaf(self) -> Deed:
        row = self._any("log_leaf")
        column = self.chance.choice(["event_hash", "event_id"])
        self._set("log_leaf", {"position": row["position"]}, {column: self._other(row[column])})
        return Deed(f"edit log_leaf.{column}", (f"log_leaf {row['position']}",))

    def swap_leaves(self) -> Deed:
        one, other = self._two("log_leaf", "position")
        self._set("log_leaf", {"position": one["position"]}, {"event_id": uuid4()})
        for mine, theirs in ((other, one), (one, other)):
            content = {name: theirs[name] for name in ("event_id", "event_hash")}
            self._set("log_leaf", {"position": mine["position"]}, content)
        return Deed("swap leaves", ("log_node",))

    def edit_node(self) -> Deed:
        row = self._any("log_node")
        key = {"level": row["level"], "place": row["place"]}
        self._set("log_node", key, {"hash": self._other(row["hash"])})
        return Deed("edit node", (f"log_node {row['level']}/{row['place']}",))

    def edit_checkpoint(self) -> Deed:
        row = self._any("log_checkpoint")
        column = self.chance.choice(["size", "root", "at", "note"])
        self._set("log_checkpoint", {"number": row["number"]}, {column: self._other(row[column])})
        return Deed(f"edit log_checkpoint.{column}", (f"log_checkpoint {row['number']}",))

    def delete_checkpoint(self) -> Deed:
        row = self._any("log_checkpoint")
        self.db.execute("DELETE FROM log_checkpoint WHERE number = %s", [row["number"]])
        last = self._one("SELECT coalesce(max(number), 0) AS number FROM log_checkpoint")["number"]
        where = "the head kept beside the photos" if row["number"] > last else "signed heads were taken away"
        return Deed("delete checkpoint", (where,))

    def edit_report(self) -> Deed:
        """The bytes of a report as it was sent; perhaps with a hash that fits."""
        row = self._any("inspection_version")
        raw = self._other(bytes(row["raw"]))
        fits = {"sha256": sha256(raw).digest()} if self.chance.random() < 0.5 else {}
        key = {"inspection_id": row["inspection_id"], "version": row["version"]}
        self._set("inspection_version", key, {"raw": raw, **fits})
        return Deed("edit report", (f"inspection_version {row['inspection_id']}",))

    def edit_answer(self) -> Deed:
        row, column = self._any("answer"), self.chance.choice(["item", "result", "note"])
        key = {"inspection_id": row["inspection_id"], "item": row["item"]}
        self._set("answer", key, {column: self._fitting("answer", column, row[column])})
        return Deed(f"edit answer.{column}", (str(row["inspection_id"]), f"answer {row['item']}"))

    def delete_answer(self) -> Deed:
        row = self._any("answer")
        self._delete("answer", {"inspection_id": row["inspection_id"], "item": row["item"]})
        return Deed("delete answer", (str(row["inspection_id"]), f"answer {row['item']}"))

    def edit_officer(self) -> Deed:
        """Somebody else was there, or with a card that was another, or was not valid."""
        row, column = self._any("inspection_inspector"), self.chance.choice(["user_id", "card_number", "card_valid"])
        key = {name: row[name] for name in ("inspection_id", "user_id")}
        other = {"user_id": uuid4(), "card_number": f"{row['card_number']}1", "card_valid": not row["card_valid"]}
        self._set("inspection_inspector", key, {column: other[column]})
        told = (str(row["inspection_id"]), "inspection_inspector" if column == "user_id" else "officers")
        return Deed(f"edit officer.{column}", told)

    def delete_officer(self) -> Deed:
        row = self._any("inspection_inspector")
        self._delete("inspection_inspector", {name: row[name] for name in ("inspection_id", "user_id")})
        return Deed("delete officer", (str(row["inspection_id"]), "inspection_inspector"))

    def _paper(self) -> tuple[str, str, Row]:
        """Whose it is, its table, and one of that table where there is any."""
        subject = self.chance.choice(sorted(PAPERS))
        table = self.chance.choice(PAPERS[subject])
        return subject, table, self._any(table)

    def _any(self, table: str) -> Row:
        return self._one(sql.SQL("SELECT * FROM {} ORDER BY random() LIMIT 1").format(sql.Identifier(table)))

    def _two(self, table: str, key: str) -> tuple[Row, Row]:
        one = self._any(table)
        query = sql.SQL("SELECT * FROM {} WHERE {} <> %s ORDER BY random() LIMIT 1")
        return one, self._one(query.format(sql.Identifier(table), sql.Identifier(key)), one[key])

    def _one(self, query: Any, *given: object) -> Row:
        row = self.db.execute(query, given or None).fetchone()
        assert row is not None
        return dict(row)

    def _set(self, table: str, key: Row, values: Row) -> None:
        query = sql.SQL("UPDATE {} SET {} WHERE {}").format(
            sql.Identifier(table), self._pairs(values, ", "), self._pairs(key, " AND ")
        )
        self.db.execute(query, [*self._adapted(table, values), *key.values()])

    def _delete(self, table: str, key: Row) -> None:
        query = sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(table), self._pairs(key, " AND "))
        self.db.execute(query, list(key.values()))

    def _insert(self, table: str, row: Row) -> None:
        query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() for _ in row),
        )
        self.db.execute(query, self._adapted(table, row))

    def _adapted(self, table: str, row: Row) -> list[Any]:
        is_json = [self._kinds[table, name] == "jsonb" and row[name] is not None for name in row]
        return [Jsonb(value) if json_here else value for value, json_here in zip(row.values(), is_json, strict=True)]

    @staticmethod
    def _pairs(values: Row, between: str) -> sql.Composed:
        return sql.SQL(between).join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values)

    @staticmethod
    def _told(body: str) -> list[str]:
        return list(json.loads(body)["after"])

    @staticmethod
    def _is_told(table: str, column: str) -> bool:
        return (table, column) not in UNTOLD and (table, column) not in NO_ROW

    def _fitting(self, table: str, column: str, value: Any) -> Any:
        """Another value that the column's checks let in."""
        kind = SQLModel.metadata.tables[table].c[column].type
        words = getattr(kind, "enums", None)
        if words:
            return self.chance.choice([word for word in words if word != value])
        return OF_KIND[self._kinds[table, column]] if value is None else self._other(value)

    def _other(self, value: Any) -> Any:
        """Another value of the same kind."""
        if isinstance(value, bool):
            return not value
        if isinstance(value, int | float):
            return value + 1
        if isinstance(value, date):
            return value + timedelta(days=1)
        if isinstance(value, UUID):
            return uuid4()
        if isinstance(value, list):
            return [*value, "x"]
        data = bytes(value) if isinstance(value, bytes | memoryview) else None
        if data is not None:
            at = self.chance.randrange(len(data))
            return data[:at] + bytes([data[at] ^ (1 << self.chance.randrange(8))]) + data[at + 1 :]
        at = self.chance.randrange(len(value)) if value else 0
        return value[:at] + ("7" if value[at : at + 1] != "7" else "8") + value[at + 1 :]

    def _original(self, name: str) -> Path:
        return self.photos / "originals" / name[:2] / name[2:4] / name
