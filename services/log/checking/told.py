"""Events against themselves: hash, canonical body, and the columns that repeat parts of it."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.events import Event
from models.log import LogLeaf
from services.log.checking.faults import Fault
from services.log.verifying import PROMISE
from services.rules.canonical import HASH_ALGORITHM, NotCanonicalError, canonical_json, event_hash

AT_ONCE = 1_000
_EVENTS = sa.select(Event, col(LogLeaf.position)).outerjoin(LogLeaf, col(LogLeaf.event_id) == col(Event.id))


async def event_faults(tx: AsyncSession, *, now: datetime) -> AsyncIterator[Fault]:
    """Every event; one without a leaf is a fault once its promise is broken."""
    rows = await tx.stream(_EVENTS, execution_options={"yield_per": AT_ONCE})
    async for event, position in rows:
        where = f"event {event.id} ({event.kind} of {event.subject} {event.subject_id})"
        if position is None and now - event.at > PROMISE:
            yield Fault(where, "it has no leaf, though one was promised within 60 s")
        for what in body_faults(event):
            yield Fault(where, what)


def body_faults(event: Event) -> Iterator[str]:
    """What does not agree within one event."""
    if event.algorithm != HASH_ALGORITHM:
        yield f"its hash is said to be {event.algorithm}"
    try:
        if event_hash(event.body.encode(), event.nonce) != event.hash:
            yield "its hash is not that of its body and nonce"
        body = json.loads(event.body)
        if canonical_json(body) != event.body.encode():
            yield "its body is not canonical JSON"
    except (ValueError, NotCanonicalError) as error:
        yield f"its body or nonce cannot be read: {error}"
        return
    try:
        columns = _columns(body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield f"its body does not say what every event says: {type(error).__name__} {error}"
        return
    for name, said in columns.items():
        if getattr(event, name) != said:
            yield f"its column {name} is not what its body says"


def _columns(body: dict[str, Any]) -> dict[str, object]:
    """What the columns must be."""
    subject, actor = body["subject"], body["actor"]
    told: dict[str, object] = {
        "id": UUID(body["id"]),
        "at": datetime.fromisoformat(body["at"]),
        "kind": body["kind"],
        "subject": subject["table"],
        "subject_id": UUID(subject["id"]),
        "actor_id": UUID(actor["id"]) if actor else None,
    }
    if "region" in body:  # older events do not say it
        enterprise_id = body["enterprise_id"]
        told |= {"region": body["region"], "enterprise_id": UUID(enterprise_id) if enterprise_id else None}
    return told
