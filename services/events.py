"""Events 记录: every change of state, written in its own transaction, blinded and hashed (design 6, the past)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from models.events import Event
from models.words import EventKind
from services.access import Actor
from services.chance import chance
from services.rules.canonical import HASH_ALGORITHM, NONCE_BYTES, canonical_json, event_hash

Snapshot = Mapping[str, object]

NOT_TOLD = {
    *("password_hash", "key_hash", "code_hash", "device_id", "identity_sealed", "sealed", "qr_text", "short"),
    *("version", "name_normal", "name_core", "last_used_at", "seen_networks"),
    *("problems", "changes", "notes", "cautions"),
}
"""Columns that no event repeats: secrets (of a sealed box the hash is told beside), and what follows from events."""


def snapshot(row: SQLModel) -> Snapshot:
    """The row's columns as they are now; take it before a change and give it to `record`."""
    names = sa.inspect(type(row)).column_attrs.keys()
    return {name: getattr(row, name) for name in names if name not in NOT_TOLD}


def record(
    tx: AsyncSession,
    actor: Actor | None,
    kind: EventKind,
    row: SQLModel,
    *,
    at: datetime,
    before: Snapshot | None = None,
    beside: Snapshot | None = None,
    note: str | None = None,
) -> None:
    """Tell of a change of `row`: the fields that differ from `before` (all of them when it is new).

    `beside` is what belongs to the row but lies in other tables; `before`, if given, then names the same fields.
    """
    now = {**snapshot(row), **(beside or {})}
    was = before or {}
    changed = {name for name in now if before is None or now[name] != was[name]}
    subject_id = subject_id_of(row)
    event_id = chance(tx).new_id()
    region, enterprise_id = _region(now), _enterprise_id(row, now)
    body = canonical_json(
        {
            "id": event_id,
            "at": at,
            "kind": kind.value,
            "subject": {"table": row.__tablename__, "id": subject_id},
            "region": region,
            "enterprise_id": enterprise_id,
            "actor": None if actor is None else {"id": actor.id, "role": actor.role.value},
            "before": _told(was, changed) if before is not None else None,
            "after": _told(now, changed),
            "note": note,
        }
    )
    nonce = chance(tx).bytes(NONCE_BYTES)
    tx.add(
        Event(
            id=event_id,
            at=at,
            kind=kind.value,
            subject=str(row.__tablename__),
            subject_id=subject_id,
            actor_id=None if actor is None else actor.id,
            region=region,
            enterprise_id=enterprise_id,
            body=body.decode(),
            nonce=nonce,
            algorithm=HASH_ALGORITHM,
            hash=event_hash(body, nonce),
        )
    )


def subject_id_of(row: SQLModel) -> UUID:
    """The row's id; of a region, which its code names, a UUID 5 of that code."""
    own = getattr(row, "id", None)
    return own if isinstance(own, UUID) else uuid5(NAMESPACE_URL, f"{row.__tablename__}:{getattr(row, 'code', '')}")


def _told(values: Snapshot, changed: set[str]) -> dict[str, object]:
    return {name: values[name] for name in sorted(changed) if name in values}


def _region(values: Snapshot) -> str | None:
    region = values.get("region")
    return region if isinstance(region, str) else None


def _enterprise_id(row: SQLModel, values: Snapshot) -> Any:
    return values["id"] if row.__tablename__ == "enterprise" else values.get("enterprise_id")
